/* Normalisations and softmaxes.
 * SPDX-License-Identifier: MIT */
#include "convert.h"

static bdc_status read_epsilon(const onnx_importer *m, const onnx_node *n, net_attributes *a)
{
    BDC_TRY(onnx_float(m, n, "epsilon", 1e-5f, &a->alpha));
    return a->alpha >= 0 && a->alpha <= 1 ? BDC_OK : onnx_invalid(m, n, "attribute 'epsilon' is outside [0, 1]");
}

static bdc_status convert_batch_norm(onnx_importer *m, const onnx_node *n, net_code code)
{
    net_attributes a = {0};
    int training, per_channel, is_test;
    float momentum;
    BDC_TRY(read_epsilon(m, n, &a));
    BDC_TRY(onnx_float(m, n, "momentum", 0.9f, &momentum));
    BDC_TRY(onnx_flag(m, n, "training_mode", 0, &training));
    BDC_TRY(onnx_flag(m, n, "spatial", 1, &per_channel));
    BDC_TRY(onnx_flag(m, n, "is_test", m->opset < 7 ? 0 : 1, &is_test));
    if (training || !is_test)
        return onnx_unsupported(m, n,
                                training ? "attribute 'training_mode' is 1: export the model for inference"
                                         : "attribute 'is_test' is 0: export the model for inference");
    if (!per_channel)
        return onnx_unsupported(m, n, "attribute 'spatial' is 0, which is not supported");
    return onnx_emit_node(m, n, code, 5, &a, NULL);
}

static bdc_status convert_instance_norm(onnx_importer *m, const onnx_node *n, net_code code)
{
    net_attributes a = {0};
    BDC_TRY(read_epsilon(m, n, &a));
    return onnx_emit_node(m, n, code, 3, &a, NULL);
}

/* One number per group becomes one per channel: [G] -> [G, 1] -> [G, C / G] -> [C]. */
static bdc_status per_channel(onnx_importer *m, const onnx_node *n, uint32_t groups, uint32_t channels, uint32_t *x)
{
    const onnx_shape column = {.rank = 2, .dims = {groups, 1}}, wide = {.rank = 2, .dims = {groups, channels / groups}},
                     flat = {.rank = 1, .dims = {channels}};
    BDC_TRY(onnx_reshape(m, n, *x, &column, x));
    if (channels != groups)
        BDC_TRY(onnx_emit(m, n, NET_EXPAND, x, 1, NULL, &wide, x));
    return onnx_reshape(m, n, *x, &flat, x);
}

/* Scale and bias are per group in opset 18 and per channel since 21. */
static bdc_status convert_group_norm(onnx_importer *m, const onnx_node *n, net_code code)
{
    const net_tensor x = onnx_input_tensor(m, n, 0);
    net_attributes a = {0};
    int64_t groups, stash;
    uint32_t inputs[3], y;
    BDC_TRY(read_epsilon(m, n, &a));
    BDC_TRY(onnx_int(m, n, "num_groups", 0, &groups));
    BDC_TRY(onnx_int(m, n, "stash_type", NET_FLOAT, &stash));
    if (x.rank < 2 || groups < 1 || groups > x.dims[1] || x.dims[1] % groups)
        return onnx_invalid(m, n, "attribute 'num_groups' does not divide the channels");
    if (stash != NET_FLOAT)
        return onnx_unsupported(m, n, "attribute 'stash_type' is not float");
    a.group = (uint32_t)groups;
    for (uint32_t i = 0; i < 3; i++)
        inputs[i] = onnx_input(m, n, i);
    for (uint32_t i = 1; m->opset < 21 && i < 3; i++)
        BDC_TRY(per_channel(m, n, a.group, x.dims[1], &inputs[i]));
    BDC_TRY(onnx_emit(m, n, code, inputs, 3, &a, NULL, &y));
    return onnx_set_output(m, n, 0, y);
}

static bdc_status convert_layer_norm(onnx_importer *m, const onnx_node *n, net_code code)
{
    net_attributes a = {0};
    int64_t stash;
    const uint32_t outputs = code == NET_LAYER_NORMALIZATION ? 3 : 1;
    uint32_t inputs[3], count = 0, ys[3];
    uint8_t wanted[3] = {1};
    BDC_TRY(read_epsilon(m, n, &a));
    BDC_TRY(onnx_axis(m, n, "axis", -1, onnx_input_tensor(m, n, 0).rank, &a.axis));
    BDC_TRY(onnx_int(m, n, "stash_type", NET_FLOAT, &stash));
    if (stash != NET_FLOAT)
        return onnx_unsupported(m, n, "attribute 'stash_type' is not float");
    for (uint32_t i = 0; i < 3; i++) {
        inputs[i] = onnx_input(m, n, i);
        count = inputs[i] == NET_NONE ? count : i + 1;
        wanted[i] = i == 0 || (uint8_t)onnx_wants_output(n, i);
    }
    BDC_TRY(onnx_emit_many(m, n, code, inputs, count, &a, NULL, outputs, ys, wanted));
    for (uint32_t i = 1; i < outputs; i++)
        BDC_TRY(onnx_set_output(m, n, i, ys[i]));
    return onnx_set_output(m, n, 0, ys[0]);
}

static bdc_status convert_lp_norm(onnx_importer *m, const onnx_node *n, net_code code)
{
    net_attributes a = {0};
    int64_t p;
    BDC_TRY(onnx_axis(m, n, "axis", -1, onnx_input_tensor(m, n, 0).rank, &a.axis));
    BDC_TRY(onnx_int(m, n, "p", 2, &p));
    if (p != 1 && p != 2)
        return onnx_unsupported(m, n, "attribute 'p' is neither 1 nor 2");
    a.mode = (int)p;
    return onnx_emit_node(m, n, code, 1, &a, NULL);
}

static bdc_status convert_mvn(onnx_importer *m, const onnx_node *n, net_code code)
{
    static const int64_t usual[3] = {0, 2, 3};
    const int64_t *axes;
    net_attributes a = {0};
    BDC_TRY(onnx_ints(m, n, "axes", &axes, &a.axis_count));
    if (!axes)
        a.axis_count = 3;
    BDC_TRY(onnx_normal_axes(m, n, axes ? axes : usual, a.axis_count, onnx_input_tensor(m, n, 0).rank, a.axes));
    return onnx_emit_node(m, n, code, 1, &a, NULL);
}

static bdc_status convert_lrn(onnx_importer *m, const onnx_node *n, net_code code)
{
    net_attributes a = {0};
    int64_t size;
    BDC_TRY(onnx_float(m, n, "alpha", 1e-4f, &a.alpha));
    BDC_TRY(onnx_float(m, n, "beta", 0.75f, &a.beta));
    BDC_TRY(onnx_float(m, n, "bias", 1, &a.gamma));
    BDC_TRY(onnx_int(m, n, "size", 0, &size));
    if (size < 1 || size > UINT16_MAX)
        return onnx_invalid(m, n, "attribute 'size' is out of range");
    a.group = (uint32_t)size;
    return onnx_emit_node(m, n, code, 1, &a, NULL);
}

/* Before opset 13 it went over all dimensions from axis on, taken as one. */
static bdc_status convert_softmax(onnx_importer *m, const onnx_node *n, net_code code)
{
    const net_tensor x = onnx_input_tensor(m, n, 0);
    net_attributes a = {0};
    uint32_t y = onnx_input(m, n, 0);
    BDC_TRY(onnx_axis(m, n, "axis", m->opset < 13 ? 1 : -1, x.rank, &a.axis));
    if (m->opset >= 13 || a.axis + 1 == x.rank)
        return onnx_emit_node(m, n, code, 1, &a, NULL);
    const onnx_shape whole = onnx_shape_of(m, y);
    onnx_shape flat = {.rank = 2, .dims = {1, 1}};
    for (uint32_t i = 0; i < x.rank; i++)
        flat.dims[i < a.axis ? 0 : 1] *= x.dims[i];
    a.axis = 1;
    BDC_TRY(onnx_reshape(m, n, y, &flat, &y));
    BDC_TRY(onnx_emit_1(m, n, code, y, &a, &y));
    BDC_TRY(onnx_reshape(m, n, y, &whole, &y));
    return onnx_set_output(m, n, 0, y);
}

const onnx_row onnx_normalise_rows[] = {
    {"BatchNormalization", NET_BATCH_NORMALIZATION, convert_batch_norm, 5, 5, 1},
    {"GroupNormalization", NET_GROUP_NORMALIZATION, convert_group_norm, 3, 3, 1},
    {"Hardmax", NET_HARDMAX, convert_softmax, 1, 1, 1},
    {"InstanceNormalization", NET_INSTANCE_NORMALIZATION, convert_instance_norm, 3, 3, 1},
    {"LRN", NET_LRN, convert_lrn, 1, 1, 1},
    {"LayerNormalization", NET_LAYER_NORMALIZATION, convert_layer_norm, 2, 3, 3},
    {"LogSoftmax", NET_LOG_SOFTMAX, convert_softmax, 1, 1, 1},
    {"LpNormalization", NET_LP_NORMALIZATION, convert_lp_norm, 1, 1, 1},
    {"MeanVarianceNormalization", NET_MEAN_VARIANCE_NORMALIZATION, convert_mvn, 1, 1, 1},
    {"RMSNormalization", NET_RMS_NORMALIZATION, convert_layer_norm, 2, 2, 1},
    {"SimplifiedLayerNormalization", NET_RMS_NORMALIZATION, convert_layer_norm, 2, 2, 1},
    {"Softmax", NET_SOFTMAX, convert_softmax, 1, 1, 1},
    {0},
};
