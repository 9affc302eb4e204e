/* LSTM, GRU and RNN, written out step by step: each gate of each step is a fully connected layer over input and state together. The
 * layers of one gate have the same weights in every step.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "lower.h"

enum { MAX_STEPS = 128 };

/* One direction of the operator at hand. */
typedef struct cell {
    const net_recurrent *r;
    uint32_t gates, hidden, inputs, direction, batch;
    const float *w, *u, *b;   /* [gates * hidden][inputs], [gates * hidden][hidden], [2][gates * hidden] or null */
    lower_layer gate[4];      /* over [x, h] */
    lower_layer candidate[2]; /* GRU with linear_before_reset: the input's part and the state's */
    lower_value peephole[3];
    int has_peepholes;
} cell;

/* Rows of gate k over input and state, input only or state only, with biases. */
static bdc_status gate_layer(lowering *l, const cell *c, uint32_t k, int use_input, int use_state, lower_layer *out)
{
    const uint32_t h = c->hidden, depth = (use_input ? c->inputs : 0) + (use_state ? h : 0);
    float *weights = BDC_NEW(l->context, float, (size_t)h *depth), *bias = BDC_NEW(l->context, float, h);
    if (!weights || !bias)
        return BDC_E_MEMORY;
    for (uint32_t i = 0; i < h; i++) {
        const size_t row = (size_t)k * h + i;
        float *to = weights + (size_t)i * depth;
        if (use_input)
            memcpy(to, c->w + row * c->inputs, c->inputs * sizeof *to);
        if (use_state)
            memcpy(to + (use_input ? c->inputs : 0), c->u + row * h, h * sizeof *to);
        if (c->b && use_input)
            bias[i] += c->b[row];
        if (c->b && use_state)
            bias[i] += c->b[(size_t)c->gates * h + row];
    }
    *out = (lower_layer){.weights = weights, .bias = bias, .channels = h};
    return BDC_OK;
}

static bdc_status activate(lowering *l, const cell *c, uint32_t which, lower_value *x)
{
    const uint32_t i = c->direction * 3 + which;
    const net_attributes a = {.alpha = c->r->activation_alpha[i], .beta = c->r->activation_beta[i]};
    if (c->r->clip > 0)
        BDC_TRY(lower_function(l, x, (ir_function){.code = IR_CLAMP, .alpha = -c->r->clip, .beta = c->r->clip}, x));
    return lower_function(l, x, lower_function_of(c->r->activations[i], &a), x);
}

/* gate k of [x, h], with a peephole on the cell's state where there are some. */
static bdc_status gate(lowering *l, const cell *c, uint32_t k, const lower_value *xh, int peephole,
                       const lower_value *state, uint32_t activation, lower_value *y)
{
    BDC_TRY(lower_dense_layer(l, xh, &c->gate[k], y));
    if (c->has_peepholes && peephole >= 0) {
        lower_value seen;
        BDC_TRY(lower_binary(l, IR_MUL, state, &c->peephole[peephole], &seen));
        BDC_TRY(lower_binary(l, IR_ADD, y, &seen, y));
    }
    return activate(l, c, activation, y);
}

/* i, o, f, c: C' = f C + i c~, H' = o h(C'). */
static bdc_status step_lstm(lowering *l, const cell *c, const lower_value *xh, lower_value *h, lower_value *state)
{
    lower_value i, o, f, candidate, kept, added, next;
    BDC_TRY(gate(l, c, 0, xh, 0, state, 0, &i));
    if (c->r->input_forget)
        BDC_TRY(lower_linear(l, &i, -1, 1, &f));
    else
        BDC_TRY(gate(l, c, 2, xh, 2, state, 0, &f));
    BDC_TRY(gate(l, c, 3, xh, -1, NULL, 1, &candidate));
    BDC_TRY(lower_binary(l, IR_MUL, state, &f, &kept));
    BDC_TRY(lower_binary(l, IR_MUL, &i, &candidate, &added));
    BDC_TRY(lower_binary(l, IR_ADD, &kept, &added, &next));
    const float limit = c->r->cell_clip;
    if (limit > 0)
        BDC_TRY(lower_function(l, &next, (ir_function){.code = IR_CLAMP, .alpha = -limit, .beta = limit}, &next));
    BDC_TRY(gate(l, c, 1, xh, 1, &next, 0, &o));
    *state = next;
    const uint32_t k = c->direction * 3 + 2;
    const net_attributes a = {.alpha = c->r->activation_alpha[k], .beta = c->r->activation_beta[k]};
    BDC_TRY(lower_function(l, &next, lower_function_of(c->r->activations[k], &a), &next));
    return lower_binary(l, IR_MUL, &o, &next, h);
}

/* z, r, h: H' = h~ + z (H - h~). */
static bdc_status step_gru(lowering *l, const cell *c, const lower_value *x, const lower_value *xh, lower_value *h)
{
    lower_value z, r, candidate, other, difference;
    BDC_TRY(gate(l, c, 0, xh, -1, NULL, 0, &z));
    BDC_TRY(gate(l, c, 1, xh, -1, NULL, 0, &r));
    if (c->r->linear_before_reset) {
        BDC_TRY(lower_dense_layer(l, h, &c->candidate[1], &other));
        BDC_TRY(lower_binary(l, IR_MUL, &r, &other, &other));
        BDC_TRY(lower_dense_layer(l, x, &c->candidate[0], &candidate));
        BDC_TRY(lower_binary(l, IR_ADD, &candidate, &other, &candidate));
    } else {
        lower_value both[2] = {*x};
        BDC_TRY(lower_binary(l, IR_MUL, &r, h, &both[1]));
        BDC_TRY(lower_concat(l, both, 2, 1, &other));
        BDC_TRY(lower_dense_layer(l, &other, &c->gate[2], &candidate));
    }
    BDC_TRY(activate(l, c, 1, &candidate));
    BDC_TRY(lower_binary(l, IR_SUB, h, &candidate, &difference));
    BDC_TRY(lower_binary(l, IR_MUL, &z, &difference, &difference));
    return lower_binary(l, IR_ADD, &candidate, &difference, h);
}

/* Constant input i, which may be left out, of this direction: the floats from there on. */
static bdc_status weights_of(lowering *l, uint32_t i, uint32_t direction, const float **out)
{
    lower_value v;
    *out = NULL;
    if (!lower_has_input(l, i))
        return BDC_OK;
    BDC_TRY(lower_input(l, i, &v));
    if (!v.array)
        return lower_refuse(l, "weights and biases must be constants");
    const uint32_t one[2] = {lower_dim(&v, 0), (uint32_t)(net_count(lower_shape_in(l, i)) / lower_dim(&v, 0))};
    BDC_TRY(lower_floats(l, &v, out));
    *out += (size_t)direction * one[1];
    return BDC_OK;
}

/* The first state [batch, hidden]: zeros, or input i. */
static bdc_status first_state(lowering *l, const cell *c, uint32_t i, lower_value *y)
{
    const uint32_t dims[2] = {c->batch, c->hidden};
    if (lower_has_input(l, i)) {
        const uint32_t axis = c->r->batch_first ? 1 : 0;
        BDC_TRY(lower_input(l, i, y));
        BDC_TRY(lower_slice(l, y, axis, c->direction, 1, 1));
        BDC_TRY(lower_reshape(l, y, 2, dims));
    } else {
        float *zeros = BDC_NEW(l->context, float, (size_t)dims[0] * dims[1]);
        if (!zeros)
            return BDC_E_MEMORY;
        BDC_TRY(lower_make_constant(l, zeros, 2, dims, y));
    }
    if (y->array)
        BDC_TRY(lower_materialise(l, y));
    return BDC_OK;
}

static bdc_status prepare(lowering *l, uint32_t direction, uint32_t inputs, uint32_t batch, cell *c)
{
    const net_code code = l->op->code;
    *c = (cell){.r = l->op->a.recurrent, .direction = direction, .inputs = inputs, .batch = batch};
    c->gates = code == NET_LSTM ? 4 : code == NET_GRU ? 3 : 1;
    c->hidden = c->r->hidden;
    BDC_TRY(weights_of(l, 1, direction, &c->w));
    BDC_TRY(weights_of(l, 2, direction, &c->u));
    BDC_TRY(weights_of(l, 3, direction, &c->b));
    if (!c->w || !c->u)
        return lower_refuse(l, "its weights are missing");
    for (uint32_t k = 0; k < c->gates; k++)
        BDC_TRY(gate_layer(l, c, k, 1, 1, &c->gate[k]));
    if (code == NET_GRU)
        for (int k = 0; k < 2; k++)
            BDC_TRY(gate_layer(l, c, 2, k == 0, k == 1, &c->candidate[k]));
    const float *p = NULL;
    if (code == NET_LSTM)
        BDC_TRY(weights_of(l, 7, direction, &p));
    c->has_peepholes = p != NULL;
    for (uint32_t k = 0; p && k < 3; k++)
        BDC_TRY(lower_make_constant(l, p + (size_t)k * c->hidden, 1, &c->hidden, &c->peephole[k]));
    return BDC_OK;
}

/* steps[t]: state after step t; last: the states at the end. */
static bdc_status run_direction(lowering *l, const cell *c, const lower_value *x, uint32_t steps, int backwards,
                                lower_value *states, lower_value *last_h, lower_value *last_c)
{
    const uint32_t time = c->r->batch_first ? 1 : 0, flat[2] = {c->batch, c->inputs};
    lower_value h, state = {0};
    BDC_TRY(first_state(l, c, 5, &h));
    if (l->op->code == NET_LSTM)
        BDC_TRY(first_state(l, c, 6, &state));
    for (uint32_t i = 0; i < steps; i++) {
        const uint32_t t = backwards ? steps - 1 - i : i;
        lower_value both[2] = {*x}, xh;
        BDC_TRY(lower_slice(l, &both[0], time, t, 1, 1));
        BDC_TRY(lower_reshape(l, &both[0], 2, flat));
        both[1] = h;
        BDC_TRY(lower_concat(l, both, 2, 1, &xh));
        if (l->op->code == NET_LSTM)
            BDC_TRY(step_lstm(l, c, &xh, &h, &state));
        else if (l->op->code == NET_GRU)
            BDC_TRY(step_gru(l, c, &both[0], &xh, &h));
        else
            BDC_TRY(gate(l, c, 0, &xh, -1, NULL, 0, &h));
        states[t] = h;
    }
    *last_h = h;
    *last_c = state;
    return BDC_OK;
}

static int wanted(const lowering *l, uint32_t i)
{
    return i < l->op->output_count && l->op->outputs[i] != NET_NONE && l->needed[l->op->outputs[i]];
}

/* Per direction a value [1, batch, hidden] (with batch first, [batch, 1, hidden]), joined. */
static bdc_status set_last(lowering *l, uint32_t output, lower_value *of_direction, uint32_t directions, const cell *c)
{
    const uint32_t axis = c->r->batch_first ? 1 : 0;
    const uint32_t dims[3] = {axis ? c->batch : 1, axis ? 1 : c->batch, c->hidden};
    lower_value y;
    if (!wanted(l, output))
        return BDC_OK;
    for (uint32_t d = 0; d < directions; d++)
        BDC_TRY(lower_reshape(l, &of_direction[d], 3, dims));
    BDC_TRY(lower_concat(l, of_direction, directions, axis, &y));
    lower_set(l, output, &y);
    return BDC_OK;
}

/* All steps: [time, directions, batch, hidden], or [batch, time, directions, hidden]. */
static bdc_status set_all(lowering *l, lower_value *const *states, uint32_t steps, uint32_t directions, const cell *c)
{
    const int first = c->r->batch_first;
    const uint32_t dims[4] = {first ? c->batch : 1, 1, first ? 1 : c->batch, c->hidden};
    lower_value of_direction[2], y;
    if (!wanted(l, 0))
        return BDC_OK;
    for (uint32_t d = 0; d < directions; d++) {
        for (uint32_t t = 0; t < steps; t++)
            BDC_TRY(lower_reshape(l, &states[d][t], 4, dims));
        BDC_TRY(lower_concat(l, states[d], steps, first ? 1 : 0, &of_direction[d]));
    }
    BDC_TRY(lower_concat(l, of_direction, directions, first ? 2 : 1, &y));
    lower_set(l, 0, &y);
    return BDC_OK;
}

bdc_status lower_op_recurrent(lowering *l)
{
    const net_recurrent *r = l->op->a.recurrent;
    lower_value x, *states[2], last_h[2], last_c[2];
    cell c = {0};
    float length;
    BDC_TRY(lower_activation(l, 0, &x));
    const uint32_t steps = lower_dim(&x, r->batch_first ? 1 : 0), batch = lower_dim(&x, r->batch_first ? 0 : 1);
    const uint32_t directions = r->direction == NET_BIDIRECTIONAL ? 2 : 1;
    if (steps > MAX_STEPS)
        return bdc_fail(l->context, BDC_E_LIMIT, "%s '%s': %u steps; at most %d are written out.", l->op->type,
                        l->op->name, steps, MAX_STEPS);
    if (lower_has_input(l, 4)) {
        BDC_TRY(lower_scalar(l, 4, &length));
        if (length < (float)steps || length > (float)steps)
            return lower_refuse(l, "sequences of different lengths are not supported");
    }
    for (uint32_t d = 0; d < directions; d++) {
        if (!(states[d] = BDC_NEW(l->context, lower_value, steps)))
            return BDC_E_MEMORY;
        BDC_TRY(prepare(l, d, lower_dim(&x, 2), batch, &c));
        BDC_TRY(
            run_direction(l, &c, &x, steps, d == 1 || r->direction == NET_REVERSE, states[d], &last_h[d], &last_c[d]));
    }
    BDC_TRY(set_all(l, states, steps, directions, &c));
    BDC_TRY(set_last(l, 1, last_h, directions, &c));
    return set_last(l, 2, last_c, directions, &c);
}
