/* UNIDIRECTIONAL_SEQUENCE_LSTM in float, or with weights of int8: no projection, no layer normalisation, all four gates.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "tflite.h"

/* The operator's inputs, in its order of the gates: input, forget, cell, output. The state's two variables begin at zero. */
enum {
    X = 0,
    WEIGHTS = 1,
    RECURRENT = 5,
    PEEPHOLES = 9,
    BIASES = 12,
    PROJECTION = 16,
    STATES = 18,
    NORMS = 20,
    END = 24
};
enum { HIDDEN_LIMIT = 1 << 20 };

/* Where ONNX's gates, input, output, forget, cell, stand in it; peepholes have no cell gate. */
static const uint32_t gate_order[4] = {0, 3, 1, 2}, peephole_order[3] = {0, 2, 1};

static bdc_status check_inputs(tfl_importer *m, uint32_t *hidden)
{
    for (uint32_t i = 0; i < END; i++) {
        int wanted = i < PEEPHOLES || (i >= BIASES && i < PROJECTION), state = i == STATES || i == STATES + 1;
        if (wanted && !tfl_has(m, i))
            return tfl_refuse(m, BDC_E_UNSUPPORTED,
                              "lacks weights or a bias of one of its gates, which is not supported");
        if (!wanted && !state && i >= PROJECTION && tfl_has(m, i))
            return tfl_refuse(m, BDC_E_UNSUPPORTED,
                              "has a projection or a layer normalisation, which is not supported");
        if (tfl_has(m, i) && state != tfl_input(m, i)->is_variable)
            return tfl_refuse(m, BDC_E_UNSUPPORTED, "has a state that is no variable, or a variable that is no state");
        if (i >= PEEPHOLES && i < BIASES && tfl_has(m, i) != tfl_has(m, PEEPHOLES))
            return tfl_refuse(m, BDC_E_UNSUPPORTED, "has only some of the peepholes, which is not supported");
    }
    if (tfl_input(m, X)->type != TFL_FLOAT32)
        return tfl_refuse(m, BDC_E_UNSUPPORTED, "is quantised, which is not supported");
    *hidden = tfl_input(m, RECURRENT)->rank == 2 ? tfl_input(m, RECURRENT)->dims[0] : 0;
    if (!*hidden || *hidden > HIDDEN_LIMIT || tfl_input(m, X)->rank != 3)
        return tfl_refuse(m, BDC_E_INVALID, "has an input or recurrent weights of a wrong shape");
    return BDC_OK;
}

/* Inputs first + order[k], one below the other, with one dimension of 1 more in front. extra: one more part. */
static bdc_status join(tfl_importer *m, uint32_t first, const uint32_t *order, uint32_t count, uint32_t extra,
                       uint32_t *joined)
{
    uint32_t parts[5], dims[NET_MAX_RANK];
    for (uint32_t k = 0; k < count; k++)
        BDC_TRY(tfl_real_parameter(m, first + order[k], &parts[k]));
    if (extra != NET_NONE)
        parts[count++] = extra;
    const net_attributes a = {.axis = 0};
    BDC_TRY(tfl_emit(m, NET_CONCAT, parts, count, &a, NULL, joined));
    const net_tensor *t = tfl_net_tensor(m, *joined);
    if (t->rank > 2)
        return tfl_refuse(m, BDC_E_INVALID, "has weights of more than two dimensions");
    dims[0] = 1;
    for (uint32_t k = 0; k < t->rank; k++)
        dims[1 + k] = t->dims[k];
    return tfl_reshape(m, *joined, t->rank + 1, dims, joined);
}

static bdc_status cell_activation(tfl_importer *m, net_code *code)
{
    tfl_activation activation;
    BDC_TRY(tfl_fused(m, 0, &activation));
    if (activation != TFL_ACT_TANH && activation != TFL_ACT_RELU)
        return tfl_refuse(m, BDC_E_UNSUPPORTED, "has an activation other than TANH and RELU");
    *code = activation == TFL_ACT_TANH ? NET_TANH : NET_RELU;
    return BDC_OK;
}

bdc_status tfl_sequence_lstm(tfl_importer *m, net_code code)
{
    uint32_t inputs[8], hidden, zeros, y;
    net_code activation;
    for (uint32_t i = 0; i < 8; i++)
        inputs[i] = NET_NONE;
    BDC_TRY(check_inputs(m, &hidden));
    BDC_TRY(cell_activation(m, &activation));
    int batch_first = tfl_option(m, 3, 1, 0) == 0;
    net_recurrent *r = BDC_NEW(m->context, net_recurrent, 1);
    const uint32_t gates = 4 * hidden;
    float *none = BDC_NEW(m->context, float, gates);
    if (!r || !none)
        return BDC_E_MEMORY;
    *r = (net_recurrent){.hidden = hidden,
                         .activations = {NET_SIGMOID, activation, activation},
                         .cell_clip = fb_float(&m->op->options, 1, 0),
                         .batch_first = batch_first};
    if (!(r->cell_clip >= 0) || isinf(r->cell_clip))
        return tfl_refuse(m, BDC_E_INVALID, "has a cell_clip that is negative or not a number");
    BDC_TRY(tfl_constant(m, NET_FLOAT, 1, &gates, none, &zeros));
    BDC_TRY(tfl_real(m, X, &inputs[0]));
    BDC_TRY(join(m, WEIGHTS, gate_order, 4, NET_NONE, &inputs[1]));
    BDC_TRY(join(m, RECURRENT, gate_order, 4, NET_NONE, &inputs[2]));
    BDC_TRY(join(m, BIASES, gate_order, 4, zeros, &inputs[3])); /* the recurrent weights have no bias of their own */
    if (tfl_has(m, PEEPHOLES))
        BDC_TRY(join(m, PEEPHOLES, peephole_order, 3, NET_NONE, &inputs[7]));
    const net_attributes a = {.recurrent = r};
    BDC_TRY(tfl_emit(m, code, inputs, tfl_has(m, PEEPHOLES) ? 8 : 4, &a, NULL, &y));
    const net_tensor *x = tfl_net_tensor(m, inputs[0]);
    const uint32_t dims[3] = {x->dims[0], x->dims[1], hidden};
    BDC_TRY(tfl_reshape(m, y, 3, dims, &y));
    return tfl_finish(m, 0, y, TFL_ACT_NONE);
}
