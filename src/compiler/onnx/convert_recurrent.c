/* LSTM, GRU and RNN.
 * SPDX-License-Identifier: MIT */
#include "convert.h"

typedef struct activation {
    const char *name;
    net_code code;
    float alpha, beta;           /* when the node states none */
    int takes_alpha, takes_beta; /* of the node's lists */
} activation;

static const activation activations[] = {
    {"sigmoid", NET_SIGMOID, 0, 0, 0, 0},
    {"tanh", NET_TANH, 0, 0, 0, 0},
    {"relu", NET_RELU, 0, 0, 0, 0},
    {"leakyrelu", NET_LEAKY_RELU, 0.01f, 0, 1, 0},
    {"thresholdedrelu", NET_THRESHOLDED_RELU, 1, 0, 1, 0},
    {"hardsigmoid", NET_HARD_SIGMOID, 0.2f, 0.5f, 1, 1},
    {"elu", NET_ELU, 1, 0, 1, 0},
    {"softsign", NET_SOFTSIGN, 0, 0, 0, 0},
    {"softplus", NET_SOFTPLUS, 0, 0, 0, 0},
};

/* Case does not matter, says ONNX. */
static int same_word(wire_slice a, const char *lower)
{
    if (a.n != strlen(lower))
        return 0;
    for (size_t i = 0; i < a.n; i++)
        if ((a.at[i] | 32) != lower[i])
            return 0;
    return 1;
}

static bdc_status read_activations(const onnx_importer *m, const onnx_node *n, net_code code, net_recurrent *r)
{
    static const char *const usual[3] = {"sigmoid", "tanh", "tanh"};
    const uint32_t each = code == NET_LSTM ? 3 : code == NET_GRU ? 2 : 1;
    const uint32_t needed = each * (r->direction == NET_BIDIRECTIONAL ? 2 : 1);
    const wire_slice *names;
    const float *alphas, *betas;
    uint32_t count, alpha_count, beta_count, alpha_next = 0, beta_next = 0;
    BDC_TRY(onnx_texts(m, n, "activations", &names, &count));
    BDC_TRY(onnx_floats(m, n, "activation_alpha", &alphas, &alpha_count));
    BDC_TRY(onnx_floats(m, n, "activation_beta", &betas, &beta_count));
    if (names && count != needed)
        return onnx_invalid(m, n, "attribute 'activations' has the wrong number of elements");
    for (uint32_t i = 0; i < needed; i++) {
        const char *standard = code == NET_RNN ? "tanh" : usual[i % each];
        const activation *found = NULL;
        for (size_t k = 0; k < sizeof activations / sizeof *activations; k++)
            if (names ? same_word(names[i], activations[k].name) : strcmp(standard, activations[k].name) == 0)
                found = &activations[k];
        if (!found)
            return bdc_fail(m->context, BDC_E_UNSUPPORTED,
                            "%s '%s': attribute 'activations' has '%s', which is not supported.", n->type, n->name,
                            onnx_printable(m->context, names[i]));
        const uint32_t at = i / each * 3 + i % each;
        r->activations[at] = found->code;
        r->activation_alpha[at] = found->alpha;
        r->activation_beta[at] = found->beta;
        if (found->takes_alpha && alpha_next < alpha_count)
            r->activation_alpha[at] = alphas[alpha_next++];
        if (found->takes_beta && beta_next < beta_count)
            r->activation_beta[at] = betas[beta_next++];
    }
    return BDC_OK;
}

static bdc_status convert_recurrent(onnx_importer *m, const onnx_node *n, net_code code)
{
    net_recurrent *r = BDC_NEW(m->context, net_recurrent, 1);
    net_attributes a = {.recurrent = r};
    const uint32_t outputs = code == NET_LSTM ? 3 : 2;
    int64_t hidden, sequence;
    int direction;
    uint32_t inputs[8], count = 0, ys[3];
    uint8_t wanted[3] = {0};
    if (!r)
        return BDC_E_MEMORY;
    BDC_TRY(onnx_int(m, n, "hidden_size", 0, &hidden));
    BDC_TRY(onnx_word(m, n, "direction", "forward reverse bidirectional", &direction));
    BDC_TRY(onnx_float(m, n, "clip", 0, &r->clip));
    BDC_TRY(onnx_flag(m, n, "layout", 0, &r->batch_first));
    BDC_TRY(onnx_int(m, n, "output_sequence", 0, &sequence)); /* of opsets before 7: outputs are there or not */
    if (code == NET_LSTM)
        BDC_TRY(onnx_flag(m, n, "input_forget", 0, &r->input_forget));
    if (code == NET_GRU)
        BDC_TRY(onnx_flag(m, n, "linear_before_reset", 0, &r->linear_before_reset));
    memcpy(&r->direction, &direction, sizeof direction); /* the enumeration has the order of the words */
    BDC_TRY(read_activations(m, n, code, r));
    const net_tensor recurrence = onnx_input_tensor(m, n, 2); /* [directions, gates * hidden, hidden] */
    if (recurrence.rank != 3 || (hidden && hidden != (int64_t)recurrence.dims[2]))
        return onnx_invalid(m, n, "attribute 'hidden_size' is not that of the weights");
    if (r->clip < 0)
        return onnx_invalid(m, n, "attribute 'clip' is negative");
    r->hidden = recurrence.dims[2];
    for (uint32_t i = 0; i < n->input_count; i++) {
        inputs[i] = onnx_input(m, n, i);
        count = inputs[i] == NET_NONE ? count : i + 1;
    }
    for (uint32_t i = 0; i < outputs; i++)
        wanted[i] = (uint8_t)onnx_wants_output(n, i);
    BDC_TRY(onnx_emit_many(m, n, code, inputs, count, &a, NULL, outputs, ys, wanted));
    for (uint32_t i = 0; i < outputs; i++)
        if (wanted[i])
            BDC_TRY(onnx_set_output(m, n, i, ys[i]));
    return BDC_OK;
}

const onnx_row onnx_recurrent_rows[] = {
    {"GRU", NET_GRU, convert_recurrent, 3, 6, 2},
    {"LSTM", NET_LSTM, convert_recurrent, 3, 8, 3},
    {"RNN", NET_RNN, convert_recurrent, 3, 6, 2},
    {0},
};
