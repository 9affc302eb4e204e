/* The two losses that files of evaluation runs carry, from operators that are there anyway.
 * SPDX-License-Identifier: MIT */
#include "convert.h"

typedef struct loss {
    int reduction; /* 0 mean, 1 sum, 2 none */
    int ignores;   /* targets that are `ignored` do not count */
    int64_t ignored;
} loss;

static bdc_status read_loss(const onnx_importer *m, const onnx_node *n, loss *l)
{
    BDC_TRY(onnx_word(m, n, "reduction", "mean sum none", &l->reduction));
    l->ignores = onnx_has_attribute(n, "ignore_index");
    return onnx_int(m, n, "ignore_index", 0, &l->ignored);
}

static bdc_status integer_scalar(onnx_importer *m, const onnx_node *n, net_type type, int64_t value, uint32_t *y)
{
    const onnx_shape scalar = {0};
    void *room;
    BDC_TRY(onnx_constant(m, n, NET_INT64, &scalar, &room, y));
    memcpy(room, &value, sizeof value);
    return onnx_cast(m, n, *y, type, y);
}

/* *x where condition is false, otherwise zero. */
static bdc_status zero_where(onnx_importer *m, const onnx_node *n, uint32_t condition, uint32_t *x)
{
    uint32_t inputs[3] = {condition, NET_NONE, *x};
    BDC_TRY(onnx_scalar(m, n, m->graph->tensors[*x].type, 0, &inputs[1]));
    return onnx_emit(m, n, NET_WHERE, inputs, 3, NULL, NULL, x);
}

static bdc_status reduce_all(onnx_importer *m, const onnx_node *n, net_code code, uint32_t x, uint32_t *y)
{
    net_attributes a = {.axis_count = m->graph->tensors[x].rank};
    for (uint32_t i = 0; i < a.axis_count; i++)
        a.axes[i] = i;
    return onnx_emit_1(m, n, code, x, &a, y);
}

/* The weight of each target: [N, d1, ...]; *w becomes NET_NONE when all weigh the same. */
static bdc_status weights_of_targets(onnx_importer *m, const onnx_node *n, uint32_t weight, uint32_t target,
                                     uint32_t ignored, net_type type, uint32_t *w)
{
    *w = NET_NONE;
    if (weight != NET_NONE) {
        BDC_TRY(onnx_emit_2(m, n, NET_GATHER, weight, target, w));
    } else if (ignored != NET_NONE) {
        const onnx_shape shape = onnx_shape_of(m, target);
        BDC_TRY(onnx_scalar(m, n, type, 1, w));
        BDC_TRY(onnx_emit(m, n, NET_EXPAND, w, 1, NULL, &shape, w));
    }
    return ignored == NET_NONE ? BDC_OK : zero_where(m, n, ignored, w);
}

/* -x[n, target[n, d], d] * weight[target[n, d]] of x [N, C, d1, ...] and target [N, d1, ...]; the mean is over the weights. */
static bdc_status emit_likelihood(onnx_importer *m, const onnx_node *n, const loss *l, uint32_t x, uint32_t target,
                                  uint32_t weight, uint32_t *y)
{
    const net_type type = m->graph->tensors[x].type;
    const onnx_shape shape = onnx_shape_of(m, target), from = onnx_shape_of(m, x);
    uint32_t ignored = NET_NONE, picks, w, sum, total;
    if (shape.rank + 1 != from.rank || shape.rank < 1)
        return onnx_invalid(m, n, "the targets do not have one dimension less than the scores");
    if (l->ignores) {
        BDC_TRY(integer_scalar(m, n, m->graph->tensors[target].type, l->ignored, &picks));
        BDC_TRY(onnx_emit_2(m, n, NET_EQUAL, target, picks, &ignored));
        BDC_TRY(zero_where(m, n, ignored, &target));
    }
    onnx_shape column = {.rank = from.rank, .dims = {shape.dims[0], 1}};
    for (uint32_t i = 1; i < shape.rank; i++)
        column.dims[i + 1] = shape.dims[i];
    BDC_TRY(onnx_reshape(m, n, target, &column, &picks));
    const net_attributes along = {.axis = 1};
    const uint32_t inputs[2] = {x, picks};
    BDC_TRY(onnx_emit(m, n, NET_GATHER_ELEMENTS, inputs, 2, &along, NULL, y));
    BDC_TRY(onnx_emit_1(m, n, NET_NEG, *y, NULL, y));
    BDC_TRY(onnx_reshape(m, n, *y, &shape, y));
    BDC_TRY(weights_of_targets(m, n, weight, target, ignored, type, &w));
    if (w != NET_NONE)
        BDC_TRY(onnx_emit_2(m, n, NET_MUL, *y, w, y));
    if (l->reduction == 2)
        return BDC_OK;
    if (l->reduction == 1 || w == NET_NONE)
        return reduce_all(m, n, l->reduction == 1 ? NET_REDUCE_SUM : NET_REDUCE_MEAN, *y, y);
    BDC_TRY(reduce_all(m, n, NET_REDUCE_SUM, *y, &sum));
    BDC_TRY(reduce_all(m, n, NET_REDUCE_SUM, w, &total));
    return onnx_emit_2(m, n, NET_DIV, sum, total, y);
}

static bdc_status convert_likelihood(onnx_importer *m, const onnx_node *n, net_code code)
{
    (void)code;
    loss l;
    uint32_t y;
    BDC_TRY(read_loss(m, n, &l));
    BDC_TRY(emit_likelihood(m, n, &l, onnx_input(m, n, 0), onnx_input(m, n, 1), onnx_input(m, n, 2), &y));
    return onnx_set_output(m, n, 0, y);
}

/* The same of the logarithms of a softmax, which are its second output. */
static bdc_status convert_cross_entropy(onnx_importer *m, const onnx_node *n, net_code code)
{
    (void)code;
    loss l;
    uint32_t y, logarithms;
    const net_attributes along = {.axis = 1};
    BDC_TRY(read_loss(m, n, &l));
    if (onnx_input_tensor(m, n, 0).rank < 2)
        return onnx_invalid(m, n, "the scores have fewer than two dimensions");
    BDC_TRY(onnx_emit_1(m, n, NET_LOG_SOFTMAX, onnx_input(m, n, 0), &along, &logarithms));
    BDC_TRY(onnx_set_output(m, n, 1, logarithms));
    BDC_TRY(emit_likelihood(m, n, &l, logarithms, onnx_input(m, n, 1), onnx_input(m, n, 2), &y));
    return onnx_set_output(m, n, 0, y);
}

const onnx_row onnx_loss_rows[] = {
    {"NegativeLogLikelihoodLoss", NET_NOTHING, convert_likelihood, 2, 3, 1},
    {"SoftmaxCrossEntropyLoss", NET_NOTHING, convert_cross_entropy, 2, 3, 2},
    {0},
};
