/* LSTM, GRU and RNN. x [T, N, I], w [D, G H, I], r [D, G H, H], b [D, 2 G H], lengths [N], h [D, N, H], for LSTM also c [D, N, H] and
 * peepholes p [D, 3 H] -> y [T, D, N, H], last h [D, N, H], last c; with batch_first N stands in front of T and of D.
 * D directions, G gates: i o f c of an LSTM, z r h of a GRU, one of an RNN.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "../float_kernels.h"
#include "../real.h"
#include "operands.h"

typedef struct sizes {
    uint32_t steps, batch, input, hidden, directions, gates;
} sizes;

static uint32_t gate_count(net_code code)
{
    return code == NET_LSTM ? 4 : code == NET_GRU ? 3 : 1;
}

static sizes find_sizes(const net_tensor *x, const net_op *op)
{
    const net_recurrent *r = op->a.recurrent;
    return (sizes){.steps = x->dims[r->batch_first ? 1 : 0],
                   .batch = x->dims[r->batch_first ? 0 : 1],
                   .input = x->dims[2],
                   .hidden = r->hidden,
                   .directions = r->direction == NET_BIDIRECTIONAL ? 2 : 1,
                   .gates = gate_count(op->code)};
}

/* ---- infer ----------------------------------------------------------------------------------------------------- */

static int can_activate(net_code code)
{
    switch ((int)code) {
    case NET_NOTHING: /* the operator's usual one */
    case NET_IDENTITY:
    case NET_SIGMOID:
    case NET_TANH:
    case NET_RELU:
    case NET_LEAKY_RELU:
    case NET_THRESHOLDED_RELU:
    case NET_HARD_SIGMOID:
    case NET_ELU:
    case NET_SOFTSIGN:
    case NET_SOFTPLUS:
        return 1;
    default:
        return 0;
    }
}

static bdc_status check_shape(const op_infer *i, uint32_t n, const char *what, uint32_t rank, uint32_t d0, uint32_t d1,
                              uint32_t d2)
{
    const net_tensor *t = infer_input(i, n);
    const uint32_t dims[3] = {d0, d1, d2};
    int fits = !t || t->rank == rank;
    for (uint32_t d = 0; t && fits && d < rank; d++)
        fits = t->dims[d] == dims[d];
    if (fits)
        return BDC_OK;
    return bdc_fail(i->context, BDC_E_INVALID, "%s '%s': the shape of %s does not fit the input and hidden_size %u.",
                    i->op->type, i->op->name, what, i->op->a.recurrent->hidden);
}

/* Types of all inputs but the lengths. */
static bdc_status check_types(const op_infer *i)
{
    BDC_TRY(infer_type(i, infer_input(i, 0), TYPES_REAL));
    for (uint32_t n = 1; n < i->op->input_count; n++) {
        if (n == 4)
            BDC_TRY(infer_type(i, infer_input(i, n), TYPE_SET(NET_INT32)));
        else
            BDC_TRY(infer_same_type(i, infer_input(i, 0), infer_input(i, n)));
    }
    return BDC_OK;
}

static bdc_status infer_recurrent(const op_infer *i)
{
    const int lstm = i->op->code == NET_LSTM;
    const net_recurrent *r = i->op->a.recurrent;
    BDC_TRY(infer_counts(i, 3, lstm ? 8 : 6, 0, lstm ? 3 : 2));
    BDC_TRY(check_types(i));
    BDC_TRY(infer_rank(i, infer_input(i, 0), 3, 3));
    if (!r || r->hidden < 1 || r->hidden > 1 << 20)
        return infer_bad_attribute(i, "hidden_size");
    if ((int)r->direction < 0 || r->direction > NET_BIDIRECTIONAL)
        return infer_bad_attribute(i, "direction");
    if (!(r->clip >= 0) || !(r->cell_clip >= 0))
        return infer_bad_attribute(i, "clip");
    for (uint32_t k = 0; k < 6; k++)
        if (!can_activate(r->activations[k]))
            return infer_unsupported(i, "one of its activations is not supported");
    const sizes s = find_sizes(infer_input(i, 0), i->op);
    const uint32_t n = s.batch, d = s.directions, h = s.hidden, b = r->batch_first ? n : d, c = r->batch_first ? d : n;
    if ((uint64_t)(s.steps ? s.steps : 1) * n * s.gates * h > NET_MAX_ELEMENTS)
        return bdc_fail(i->context, BDC_E_LIMIT, "%s '%s': its gates have more than %d elements.", i->op->type,
                        i->op->name, NET_MAX_ELEMENTS);
    BDC_TRY(check_shape(i, 1, "W", 3, d, s.gates * h, s.input));
    BDC_TRY(check_shape(i, 2, "R", 3, d, s.gates * h, h));
    BDC_TRY(check_shape(i, 3, "B", 2, d, 2 * s.gates * h, 0));
    BDC_TRY(check_shape(i, 4, "sequence_lens", 1, n, 0, 0));
    BDC_TRY(check_shape(i, 5, "initial_h", 3, b, c, h));
    BDC_TRY(check_shape(i, 6, "initial_c", 3, b, c, h));
    BDC_TRY(check_shape(i, 7, "P", 2, d, 3 * h, 0));
    const net_type type = infer_input(i, 0)->type;
    const uint32_t all[4] = {s.steps, d, n, h}, all_batch_first[4] = {n, s.steps, d, h}, last[3] = {b, c, h};
    BDC_TRY(infer_set(i, 0, type, 4, r->batch_first ? all_batch_first : all));
    BDC_TRY(infer_set(i, 1, type, 3, last));
    return infer_set(i, 2, type, 3, last);
}

/* ---- eval ------------------------------------------------------------------------------------------------------ */

/* One direction at work. Gates are [N][G H]. */
typedef struct direction {
    const op_eval *e;
    const net_recurrent *r;
    sizes s;
    uint32_t index;
    const float *recurrent, *bias, *peephole; /* of this direction; bias and peephole may be null */
    float *from_input;                        /* [T N][G H] or [N T][G H]: w x + both biases */
    float *from_hidden;                       /* [N][G H] of one step: r h */
    float *h, *c;                             /* [N][H], the state */
    float *gated;                             /* GRU: [N][H] */
    float *scratch;
} direction;

static float activate(const direction *d, uint32_t which, float x)
{
    const uint32_t k = d->index * 3 + which;
    const double v = x, alpha = d->r->activation_alpha[k], beta = d->r->activation_beta[k];
    net_code code = d->r->activations[k];
    if (code == NET_NOTHING)
        code = which == 0 && d->s.gates > 1 ? NET_SIGMOID : NET_TANH;
    switch ((int)code) {
    case NET_SIGMOID:
        return (float)real_sigmoid(v);
    case NET_TANH:
        return (float)real_tanh(v);
    case NET_RELU:
        return x > 0 ? x : 0;
    case NET_LEAKY_RELU:
        return x >= 0 ? x : (float)(alpha * v);
    case NET_THRESHOLDED_RELU:
        return v > alpha ? x : 0;
    case NET_HARD_SIGMOID:
        return (float)fmax(0, fmin(1, alpha * v + beta));
    case NET_ELU:
        return x >= 0 ? x : (float)(alpha * (real_exp(v) - 1));
    case NET_SOFTSIGN:
        return (float)(v / (1 + fabs(v)));
    case NET_SOFTPLUS:
        return (float)(fmax(v, 0) + real_log(1 + real_exp(-fabs(v))));
    default:
        return x;
    }
}

static float clipped(const direction *d, float x)
{
    return d->r->clip > 0 ? fminf(fmaxf(x, -d->r->clip), d->r->clip) : x;
}

/* Gate g of unit u: what it has from the input at x and from the state at h. */
static float gate(const direction *d, uint32_t g, uint32_t u, const float *x, const float *h)
{
    return x[g * d->s.hidden + u] + h[g * d->s.hidden + u];
}

static void lstm_step(const direction *d, uint32_t n, const float *x)
{
    enum { I, O, F, C };
    const uint32_t hidden = d->s.hidden;
    const float *from = d->from_hidden + (size_t)n * 4 * hidden, *p = d->peephole;
    for (uint32_t u = 0; u < hidden; u++) {
        float *h = d->h + (size_t)n * hidden + u, *c = d->c + (size_t)n * hidden + u;
        const float in_sum = gate(d, I, u, x, from) + (p ? p[u] * *c : 0),
                    forget_sum = gate(d, F, u, x, from) + (p ? p[2 * hidden + u] * *c : 0);
        const float in = activate(d, 0, clipped(d, in_sum)),
                    forget = d->r->input_forget ? 1 - in : activate(d, 0, clipped(d, forget_sum)),
                    cell = activate(d, 1, clipped(d, gate(d, C, u, x, from)));
        *c = forget * *c + in * cell;
        if (d->r->cell_clip > 0)
            *c = fminf(fmaxf(*c, -d->r->cell_clip), d->r->cell_clip);
        const float out = gate(d, O, u, x, from) + (p ? p[hidden + u] * *c : 0);
        *h = activate(d, 0, clipped(d, out)) * activate(d, 2, *c);
    }
}

/* The bias of the state's part of gate h, which linear_before_reset keeps apart. */
static float hidden_bias(const direction *d, uint32_t u)
{
    return d->bias && d->r->linear_before_reset ? d->bias[5 * d->s.hidden + u] : 0;
}

/* Makes gate z in place of its sum, and r * h, or r * (the state's part of gate h), in gated. */
static void gru_first_half(const direction *d, uint32_t n, float *x)
{
    const uint32_t hidden = d->s.hidden;
    const float *from = d->from_hidden + (size_t)n * 3 * hidden;
    for (uint32_t u = 0; u < hidden; u++) {
        const float reset = activate(d, 0, clipped(d, gate(d, 1, u, x, from))),
                    state = d->r->linear_before_reset ? from[2 * hidden + u] + hidden_bias(d, u)
                                                      : d->h[(size_t)n * hidden + u];
        x[u] = activate(d, 0, clipped(d, gate(d, 0, u, x, from)));
        d->gated[(size_t)n * hidden + u] = reset * state;
    }
}

/* from: the state's part of gate h. */
static void gru_second_half(const direction *d, uint32_t n, const float *x, const float *from)
{
    const uint32_t hidden = d->s.hidden;
    for (uint32_t u = 0; u < hidden; u++) {
        float *h = d->h + (size_t)n * hidden + u;
        const float update = x[u], candidate = activate(d, 1, clipped(d, x[2 * hidden + u] + from[u]));
        *h = (1 - update) * candidate + update * *h;
    }
}

static void rnn_step(const direction *d, uint32_t n, const float *x)
{
    const uint32_t hidden = d->s.hidden;
    for (uint32_t u = 0; u < hidden; u++)
        d->h[(size_t)n * hidden + u] =
            activate(d, 0, clipped(d, gate(d, 0, u, x, d->from_hidden + (size_t)n * hidden)));
}

/* to [N][count] = state [N][H] times the rows of r from first on. */
static void multiply_state(const direction *d, const float *state, uint32_t first, uint32_t count, float *to,
                           size_t row)
{
    const float_matrix left = {state, d->s.hidden, 1},
                       right = {d->recurrent + (size_t)first * d->s.hidden, 1, d->s.hidden};
    for (size_t n = 0; n < d->s.batch; n++)
        for (size_t k = 0; k < count; k++)
            to[n * row + k] = 0;
    float_gemm(d->s.batch, count, d->s.hidden, left, right, to, row, d->scratch);
}

/* Time that picture n of the batch has at a step; NET_NONE: it is over. */
static uint32_t time_of(const direction *d, uint32_t n, uint32_t step)
{
    const int32_t *lengths = eval_input_data(d->e, 4);
    const uint32_t length = lengths ? (uint32_t)lengths[n] : d->s.steps;
    const int reverse = d->r->direction == NET_REVERSE || d->index == 1;
    return step >= length ? NET_NONE : reverse ? length - 1 - step : step;
}

static float *input_row(const direction *d, uint32_t n, uint32_t time)
{
    const size_t row = d->r->batch_first ? (size_t)n * d->s.steps + time : (size_t)time * d->s.batch + n;
    return d->from_input + row * d->s.gates * d->s.hidden;
}

static size_t state_offset(const direction *d, uint32_t n)
{
    const size_t row = d->r->batch_first ? (size_t)n * d->s.directions + d->index : (size_t)d->index * d->s.batch + n;
    return row * d->s.hidden;
}

static void store_result(const direction *d, uint32_t n, uint32_t time)
{
    float *y = eval_output_data(d->e, 0);
    const size_t row = d->r->batch_first ? ((size_t)n * d->s.steps + time) * d->s.directions + d->index
                                         : ((size_t)time * d->s.directions + d->index) * d->s.batch + n;
    if (y)
        memcpy(y + row * d->s.hidden, d->h + (size_t)n * d->s.hidden, d->s.hidden * sizeof *y);
}

static void run_step(const direction *d, uint32_t step)
{
    const net_code code = d->e->op->code;
    const uint32_t hidden = d->s.hidden, width = d->s.gates * hidden;
    const int late = code == NET_GRU && !d->r->linear_before_reset; /* gate h sees the state after the reset */
    multiply_state(d, d->h, 0, late ? 2 * hidden : width, d->from_hidden, width);
    for (uint32_t n = 0; n < d->s.batch && code == NET_GRU; n++)
        if (time_of(d, n, step) != NET_NONE)
            gru_first_half(d, n, input_row(d, n, time_of(d, n, step)));
    if (late)
        multiply_state(d, d->gated, 2 * hidden, hidden, d->from_hidden, width);
    for (uint32_t n = 0; n < d->s.batch; n++) {
        const uint32_t time = time_of(d, n, step);
        if (time == NET_NONE)
            continue;
        const float *x = input_row(d, n, time);
        if (code == NET_LSTM)
            lstm_step(d, n, x);
        else if (code == NET_GRU)
            gru_second_half(d, n, x, late ? d->from_hidden + (size_t)n * width : d->gated + (size_t)n * hidden);
        else
            rnn_step(d, n, x);
        store_result(d, n, time);
    }
}

/* from_input = both biases + w x, for all steps at once. */
static void multiply_input(const direction *d)
{
    const uint32_t hidden = d->s.hidden;
    const size_t width = (size_t)d->s.gates * hidden, rows = (size_t)d->s.steps * d->s.batch;
    const float *w = (const float *)eval_input_data(d->e, 1) + d->index * width * d->s.input;
    for (size_t row = 0; row < rows; row++)
        for (size_t k = 0; k < width; k++) {
            const int apart = d->e->op->code == NET_GRU && d->r->linear_before_reset && k >= 2 * (size_t)hidden;
            d->from_input[row * width + k] = !d->bias ? 0 : apart ? d->bias[k] : d->bias[k] + d->bias[width + k];
        }
    float_gemm(rows, width, d->s.input, (float_matrix){eval_input_data(d->e, 0), d->s.input, 1},
               (float_matrix){w, 1, d->s.input}, d->from_input, width, d->scratch);
}

static void load_state(const direction *d, uint32_t input, float *state)
{
    const float *from = eval_input_data(d->e, input);
    for (uint32_t n = 0; n < d->s.batch; n++)
        for (uint32_t u = 0; u < d->s.hidden; u++)
            state[(size_t)n * d->s.hidden + u] = from ? from[state_offset(d, n) + u] : 0;
}

static void store_state(const direction *d, uint32_t output, const float *state)
{
    float *to = eval_output_data(d->e, output);
    for (uint32_t n = 0; to && n < d->s.batch; n++)
        memcpy(to + state_offset(d, n), state + (size_t)n * d->s.hidden, d->s.hidden * sizeof *to);
}

static void run_direction(direction *d)
{
    const int lstm = d->e->op->code == NET_LSTM;
    const size_t width = (size_t)d->s.gates * d->s.hidden;
    const float *bias = eval_input_data(d->e, 3), *peephole = eval_input_data(d->e, 7);
    d->recurrent = (const float *)eval_input_data(d->e, 2) + d->index * width * d->s.hidden;
    d->bias = bias ? bias + d->index * 2 * width : NULL;
    d->peephole = peephole ? peephole + (size_t)d->index * 3 * d->s.hidden : NULL;
    multiply_input(d);
    load_state(d, 5, d->h);
    if (lstm)
        load_state(d, 6, d->c);
    for (uint32_t step = 0; step < d->s.steps; step++)
        run_step(d, step);
    store_state(d, 1, d->h);
    if (lstm)
        store_state(d, 2, d->c);
}

static size_t most(size_t a, size_t b)
{
    return a > b ? a : b;
}

static bdc_status recurrent_floats(const op_eval *e)
{
    direction d = {.e = e, .r = e->op->a.recurrent, .s = find_sizes(eval_input(e, 0), e->op)};
    const size_t width = (size_t)d.s.gates * d.s.hidden, rows = (size_t)d.s.steps * d.s.batch,
                 state = (size_t)d.s.batch * d.s.hidden;
    const int32_t *lengths = eval_input_data(e, 4);
    for (uint32_t n = 0; lengths && n < d.s.batch; n++)
        if (lengths[n] < 0 || (uint32_t)lengths[n] > d.s.steps)
            return bdc_fail(e->context, BDC_E_INVALID, "%s '%s': a length in sequence_lens is not within the %u steps.",
                            e->op->type, e->op->name, d.s.steps);
    d.from_input = BDC_NEW(e->context, float, rows *width);
    d.from_hidden = BDC_NEW(e->context, float, d.s.batch *width);
    d.h = BDC_NEW(e->context, float, state);
    d.c = BDC_NEW(e->context, float, state);
    d.gated = BDC_NEW(e->context, float, state);
    d.scratch =
        BDC_NEW(e->context, float,
                most(float_gemm_scratch(rows, width, d.s.input), float_gemm_scratch(d.s.batch, width, d.s.hidden)));
    if (!d.from_input || !d.from_hidden || !d.h || !d.c || !d.gated || !d.scratch)
        return BDC_E_MEMORY;
    if (eval_output(e, 0))
        memset(eval_output_data(e, 0), 0, net_count(eval_output(e, 0)) * sizeof(float));
    for (d.index = 0; d.index < d.s.directions; d.index++)
        run_direction(&d);
    return BDC_OK;
}

static bdc_status eval_recurrent(const op_eval *e)
{
    return eval_in_float(e, recurrent_floats);
}

const op_row *ops_recurrent_row(net_code code)
{
    static const op_row rows[] = {
        {"LSTM", infer_recurrent, eval_recurrent},
        {"GRU", infer_recurrent, eval_recurrent},
        {"RNN", infer_recurrent, eval_recurrent},
    };
    return code >= NET_LSTM && code <= NET_RNN ? &rows[code - NET_LSTM] : 0;
}
