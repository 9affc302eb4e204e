/* A channel is constant if it has the same value at every pixel: the bias of an output whose weights are all 0, and what functions and
 * pools make of it. A layer that reads it can take it into its bias, unless its padding shows the layer another value. A channel is
 * needed if some reader can neither do that nor do without it. What is not needed goes.
 *
 * In a network that the file quantised this is done in integers: the constant is the integer that the runtime would compute, and
 * the next bias grows by a whole number.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "passes.h"

/* Per channel of one tensor. */
typedef struct channels {
    uint8_t *constant, *needed;
    double *value;   /* real, where constant */
    uint32_t *place; /* index among those that stay, or IR_NONE */
    uint32_t left;
} channels;

typedef struct dead {
    bdc_context *context;
    ir_graph *graph;
    channels *of; /* per tensor */
    int changed;
} dead;

static const ir_tensor *tensor(const dead *d, uint32_t i)
{
    return &d->graph->tensors[i];
}

static int has_padding(const ir_op *op)
{
    const ir_window *w = &op->window;
    return w->pad_top || w->pad_left || w->pad_bottom || w->pad_right;
}

static int same(double a, double b)
{
    return !(a < b) && !(a > b);
}

/* How an operator's channels belong together. */
typedef enum relation {
    WHOLE, /* it looks at all channels in ways of its own: all stay */
    TIED,  /* channel c of the result comes from channel c of each input */
    DENSE, /* each output reads every channel */
    JOINED /* concat */
} relation;

static relation relation_of(const dead *d, const ir_op *op)
{
    const ir_tensor *x = tensor(d, op->inputs[0]), *y = tensor(d, op->output);
    switch (op->code) {
    case IR_CONV:
        return op->groups == 1 ? DENSE : ir_is_depthwise(op, x, y) ? TIED : WHOLE;
    case IR_GEMM:
        return DENSE;
    case IR_AFFINE:
    case IR_FUNCTION:
    case IR_PRELU:
    case IR_ADD:
    case IR_SUB:
    case IR_MUL:
    case IR_MIN:
    case IR_MAX:
    case IR_MAX_POOL:
    case IR_AVG_POOL:
    case IR_PAD:
    case IR_RESIZE:
        return TIED;
    case IR_RESHAPE:
        return x->c == y->c ? TIED : WHOLE;
    case IR_INSTANCE_NORM:
        return op->groups == x->c ? TIED : WHOLE;
    case IR_CONCAT:
        return JOINED;
    default:
        return WHOLE;
    }
}

/* ---- Which channels are constant --------------------------------------------------------------------------------------- */

static int all_zero(const ir_op *op, size_t row, uint32_t o)
{
    for (size_t i = 0; i < row; i++)
        if (op->weights[o * row + i] < 0 || op->weights[o * row + i] > 0 ||
            (op->integers && op->integers->weights[o * row + i]))
            return 0;
    return 1;
}

static double clamped(const ir_op *op, double x)
{
    return fmin(fmax(x, (double)op->lo), (double)op->hi);
}

/* The bias as the quantised layer would store it: the nearest integer to real / scale, halves upward, within the clamp. */
static double stored_bias(const dead *d, const ir_op *op, uint32_t o)
{
    const ir_tensor *x = tensor(d, op->inputs[0]), *y = tensor(d, op->output);
    const double unit = x->scale * op->integers->scales[o] / y->scale;
    const double steps = floor((op->integers->bias ? op->integers->bias[o] * unit : 0) + 0.5);
    return ir_snap(y, clamped(op, steps * y->scale));
}

static void constants_of_layer(const dead *d, const ir_op *op)
{
    const ir_tensor *x = tensor(d, op->inputs[0]), *y = tensor(d, op->output);
    const size_t row = ir_weight_row(d->graph, op);
    const int fixed = op->integers && x->type && y->type;
    channels *to = &d->of[op->output];
    if (op->integers && !fixed)
        return; /* what it becomes is not known yet */
    for (uint32_t o = 0; o < y->c; o++) {
        if (!all_zero(op, row, o))
            continue;
        to->constant[o] = 1;
        to->value[o] = fixed ? stored_bias(d, op, o) : ir_snap(y, clamped(op, op->bias ? (double)op->bias[o] : 0));
    }
}

/* What becomes of a constant in an operator that works on each channel by itself; 0 if it is constant no longer. */
static int constant_through(const dead *d, const ir_op *op, uint32_t c, double in, double *out)
{
    const ir_tensor *x = tensor(d, op->inputs[0]), *y = tensor(d, op->output);
    switch (op->code) {
    case IR_FUNCTION:
        *out = ir_snap(y, clamped(op, (double)ir_apply(op, (float)in)));
        return 1;
    case IR_AFFINE:
        *out = clamped(op, in * (double)op->weights[c] + (double)op->bias[c]);
        return !y->type;
    case IR_PRELU:
        *out = in < 0 ? in * (double)op->weights[c] : in;
        return !y->type;
    case IR_MAX_POOL:
    case IR_RESHAPE:
    case IR_RESIZE:
        *out = clamped(op, in);
        return ir_grid_agrees(y, x);
    case IR_AVG_POOL: /* with one grid the runtime's sum of n equal steps gives that step */
        *out = clamped(op, in);
        return ir_grid_agrees(y, x) && (!op->include_pad || !has_padding(op) || same(in, 0));
    case IR_PAD:
        *out = in;
        return same(in, (double)op->alpha) && ir_grid_agrees(y, x);
    default:
        return 0;
    }
}

/* Of two constants; 0 if the runtime's rounded multipliers might take the result for another step of a grid. */
static int constant_of_two(const ir_op *op, const ir_tensor *y, double a, double b, double *out)
{
    const double exact = op->code == IR_ADD   ? a + b
                         : op->code == IR_SUB ? a - b
                         : op->code == IR_MUL ? a * b * (double)op->factor
                         : op->code == IR_MIN ? fmin(a, b)
                                              : fmax(a, b);
    *out = ir_snap(y, clamped(op, exact));
    if (!y->type || op->code == IR_MIN || op->code == IR_MAX)
        return 1;
    const double steps = exact / y->scale; /* errors stay below 1 in 60 of a step */
    return fabs(steps - floor(steps) - 0.5) > 1.0 / 32;
}

static void find_constants(const dead *d)
{
    for (uint32_t i = 0; i < d->graph->op_count; i++) {
        const ir_op *op = &d->graph->ops[i];
        channels *to = &d->of[op->output];
        if (op->code == IR_CONV || op->code == IR_GEMM)
            constants_of_layer(d, op);
        for (uint32_t k = 0, at = 0; op->code == IR_CONCAT && k < op->input_count; k++) {
            const channels *from = &d->of[op->inputs[k]];
            for (uint32_t c = 0; c < tensor(d, op->inputs[k])->c; c++, at++)
                if (from->constant[c] && ir_grid_agrees(tensor(d, op->output), tensor(d, op->inputs[k]))) {
                    to->constant[at] = 1;
                    to->value[at] = from->value[c];
                }
        }
        if (relation_of(d, op) != TIED || op->code == IR_CONV)
            continue;
        const channels *a = &d->of[op->inputs[0]], *b = op->input_count > 1 ? &d->of[op->inputs[1]] : NULL;
        for (uint32_t c = 0; c < tensor(d, op->output)->c; c++)
            if (a->constant[c] && !b)
                to->constant[c] = (uint8_t)constant_through(d, op, c, a->value[c], &to->value[c]);
            else if (a->constant[c] && b->constant[c])
                to->constant[c] =
                    (uint8_t)constant_of_two(op, tensor(d, op->output), a->value[c], b->value[c], &to->value[c]);
    }
}

/* ---- Which are needed --------------------------------------------------------------------------------------------------- */

static void need(dead *d, uint32_t t, uint32_t c)
{
    d->changed |= !d->of[t].needed[c];
    d->of[t].needed[c] = 1;
}

static void need_all(dead *d, uint32_t t)
{
    for (uint32_t c = 0; c < tensor(d, t)->c; c++)
        need(d, t, c);
}

/* The channels that a dense layer must see for its needed outputs. */
static void need_of_layer(dead *d, const ir_op *op)
{
    const ir_tensor *x = tensor(d, op->inputs[0]), *y = tensor(d, op->output);
    const channels *from = &d->of[op->inputs[0]];
    const size_t row = ir_weight_row(d->graph, op);
    for (uint32_t o = 0; o < y->c; o++) {
        if (!d->of[op->output].needed[o])
            continue;
        for (size_t i = 0; i < row; i++) {
            const uint32_t c = (uint32_t)(i % x->c);
            const int zero =
                same((double)op->weights[o * row + i], 0) && !(op->integers && op->integers->weights[o * row + i]);
            const int folds = from->constant[c] && (!has_padding(op) || same(from->value[c], 0));
            if (!zero && !folds)
                need(d, op->inputs[0], c);
        }
    }
}

/* Channels that belong together stay together. */
static void need_together(dead *d, uint32_t a, uint32_t first, uint32_t b, uint32_t count)
{
    for (uint32_t c = 0; c < count; c++) {
        if (d->of[b].needed[c])
            need(d, a, first + c);
        if (d->of[a].needed[first + c])
            need(d, b, c);
    }
}

static void find_needed(dead *d)
{
    const ir_graph *g = d->graph;
    for (uint32_t i = 0; i < g->input_count; i++)
        need_all(d, g->inputs[i]);
    for (uint32_t i = 0; i < g->output_count; i++)
        need_all(d, g->outputs[i]);
    do {
        d->changed = 0;
        for (uint32_t i = g->op_count; i-- > 0;) {
            const ir_op *op = &g->ops[i];
            const relation r = relation_of(d, op);
            uint32_t any = 0, at = 0;
            for (uint32_t c = 0; c < tensor(d, op->output)->c; c++)
                any |= d->of[op->output].needed[c];
            if (!any)
                need(d, op->output, 0); /* a tensor has one channel at least */
            if (r == WHOLE)
                need_all(d, op->output);
            for (uint32_t k = 0; k < op->input_count; k++) {
                if (r == WHOLE)
                    need_all(d, op->inputs[k]);
                else if (r == TIED)
                    need_together(d, op->output, 0, op->inputs[k], tensor(d, op->output)->c);
                else if (r == JOINED)
                    need_together(d, op->output, at, op->inputs[k], tensor(d, op->inputs[k])->c);
                at += tensor(d, op->inputs[k])->c;
            }
            if (r == DENSE)
                need_of_layer(d, op);
        }
    } while (d->changed);
}

/* ---- Taking the others out ---------------------------------------------------------------------------------------------- */

/* The needed ones of n rows of floats. */
static bdc_status select_rows(const dead *d, const channels *kept, uint32_t n, size_t row, const float **rows)
{
    float *out = BDC_NEW(d->context, float, kept->left *row);
    if (!out)
        return BDC_E_MEMORY;
    for (uint32_t c = 0; c < n; c++)
        if (kept->place[c] != IR_NONE)
            memcpy(out + kept->place[c] * row, *rows + c * row, row * sizeof *out);
    *rows = out;
    return BDC_OK;
}

static bdc_status shrink_integers(const dead *d, const ir_op *op, const uint8_t *stays, size_t row, size_t left,
                                  const ir_integers **result)
{
    const ir_integers *old = op->integers;
    const ir_tensor *x = tensor(d, op->inputs[0]), *y = tensor(d, op->output);
    const channels *from = &d->of[op->inputs[0]], *to = &d->of[op->output];
    ir_integers *out = BDC_NEW(d->context, ir_integers, 1);
    int16_t *weights = BDC_NEW(d->context, int16_t, left * to->left);
    double *scales = BDC_NEW(d->context, double, to->left);
    int32_t *bias = BDC_NEW(d->context, int32_t, to->left);
    if (!out || !weights || !scales || !bias)
        return BDC_E_MEMORY;
    for (uint32_t o = 0; o < y->c; o++) {
        const uint32_t place = to->place[o];
        if (place == IR_NONE)
            continue;
        int64_t sum = old->bias ? old->bias[o] : 0;
        int16_t *w = weights + place * left;
        for (size_t i = 0; i < row; i++) {
            const uint32_t c = (uint32_t)(i % x->c);
            if (stays[i])
                *w++ = old->weights[o * row + i];
            else if (from->constant[c])
                sum += old->weights[o * row + i] * (int64_t)round(from->value[c] / x->scale);
        }
        if (sum > INT32_MAX || sum < INT32_MIN)
            return bdc_fail(d->context, BDC_E_LIMIT, "A bias of the layer that makes '%s' is beyond 32 bits.", y->name);
        scales[place] = old->scales[o];
        bias[place] = (int32_t)sum;
    }
    *out = (ir_integers){weights, scales, bias};
    *result = out;
    return BDC_OK;
}

static bdc_status shrink_layer(const dead *d, ir_op *op)
{
    const ir_tensor *x = tensor(d, op->inputs[0]), *y = tensor(d, op->output);
    const channels *from = &d->of[op->inputs[0]], *to = &d->of[op->output];
    const size_t row = ir_weight_row(d->graph, op), left = row / x->c * from->left;
    uint8_t *stays = BDC_NEW(d->context, uint8_t, row);
    float *weights = BDC_NEW(d->context, float, left * to->left), *bias = BDC_NEW(d->context, float, to->left);
    if (!stays || !weights || !bias)
        return BDC_E_MEMORY;
    int folded = op->bias != NULL;
    for (size_t i = 0; i < row; i++)
        stays[i] = from->place[i % x->c] != IR_NONE;
    for (uint32_t o = 0; o < y->c; o++) {
        const uint32_t place = to->place[o];
        if (place == IR_NONE)
            continue;
        double sum = op->bias ? (double)op->bias[o] : 0;
        float *w = weights + place * left;
        for (size_t i = 0; i < row; i++) {
            const uint32_t c = (uint32_t)(i % x->c);
            if (stays[i])
                *w++ = op->weights[o * row + i];
            else if (from->constant[c])
                sum += (double)op->weights[o * row + i] * from->value[c];
        }
        bias[place] = (float)sum;
        folded |= bias[place] < 0 || bias[place] > 0;
    }
    if (op->integers)
        BDC_TRY(shrink_integers(d, op, stays, row, left, &op->integers));
    op->weights = weights;
    op->bias = folded ? bias : NULL;
    return BDC_OK;
}

/* Filters, factors and shifts of channels by themselves. */
static bdc_status shrink_tied(const dead *d, ir_op *op)
{
    const channels *kept = &d->of[op->output];
    const uint32_t n = tensor(d, op->output)->c;
    const size_t row = op->code == IR_CONV ? (size_t)op->window.kernel_h * op->window.kernel_w : 1;
    if (op->weights)
        BDC_TRY(select_rows(d, kept, n, row, &op->weights));
    if (op->bias)
        BDC_TRY(select_rows(d, kept, n, 1, &op->bias));
    if (op->code == IR_CONV || op->code == IR_INSTANCE_NORM)
        op->groups = kept->left;
    if (!op->integers)
        return BDC_OK;
    ir_integers *out = BDC_NEW(d->context, ir_integers, 1);
    int16_t *weights = BDC_NEW(d->context, int16_t, row * kept->left);
    double *scales = BDC_NEW(d->context, double, kept->left);
    int32_t *bias = op->integers->bias ? BDC_NEW(d->context, int32_t, kept->left) : NULL;
    if (!out || !weights || !scales || (op->integers->bias && !bias))
        return BDC_E_MEMORY;
    for (uint32_t c = 0; c < n; c++) {
        const uint32_t place = kept->place[c];
        if (place == IR_NONE)
            continue;
        memcpy(weights + place * row, op->integers->weights + c * row, row * sizeof *weights);
        scales[place] = op->integers->scales[c];
        if (bias)
            bias[place] = op->integers->bias[c];
    }
    *out = (ir_integers){weights, scales, bias};
    op->integers = out;
    return BDC_OK;
}

static int all_stay(const dead *d, const ir_op *op)
{
    int stay = d->of[op->output].left == tensor(d, op->output)->c;
    for (uint32_t k = 0; k < op->input_count; k++)
        stay = stay && d->of[op->inputs[k]].left == tensor(d, op->inputs[k])->c;
    return stay;
}

static bdc_status shrink(dead *d)
{
    ir_graph *g = d->graph;
    for (uint32_t t = 0; t < g->tensor_count; t++) {
        channels *k = &d->of[t];
        for (uint32_t c = 0; c < g->tensors[t].c; c++)
            k->place[c] = k->needed[c] ? k->left++ : IR_NONE;
    }
    for (uint32_t i = 0; i < g->op_count; i++) {
        ir_op *op = &g->ops[i];
        const relation r = relation_of(d, op);
        if (all_stay(d, op))
            continue;
        if (r == DENSE)
            BDC_TRY(shrink_layer(d, op));
        else if (r == TIED)
            BDC_TRY(shrink_tied(d, op));
    }
    for (uint32_t t = 0; t < g->tensor_count; t++)
        g->tensors[t].c = d->of[t].left;
    return BDC_OK;
}

bdc_status pass_dead_channels(bdc_context *c, ir_graph *g)
{
    BDC_TRY(ir_sweep(c, g)); /* no dead operators, no tensors that nobody knows */
    dead d = {.context = c, .graph = g, .of = BDC_NEW(c, channels, g->tensor_count)};
    if (!d.of)
        return BDC_E_MEMORY;
    for (uint32_t t = 0; t < g->tensor_count; t++) {
        const uint32_t n = g->tensors[t].c;
        d.of[t] = (channels){BDC_NEW(c, uint8_t, n), BDC_NEW(c, uint8_t, n), BDC_NEW(c, double, n),
                             BDC_NEW(c, uint32_t, n), 0};
        if (!d.of[t].constant || !d.of[t].needed || !d.of[t].value || !d.of[t].place)
            return BDC_E_MEMORY;
    }
    find_constants(&d);
    find_needed(&d);
    return shrink(&d);
}
