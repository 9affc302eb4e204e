/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "passes.h"

/* A tensor as functions of a root: none for the root itself. */
typedef struct chain {
    uint32_t root, count;
    const ir_function *functions;
} chain;

static int uses_input(const ir_function *f, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (f[i].code == IR_TIMES_INPUT || f[i].code == IR_PLUS_INPUT)
            return 1;
    return 0;
}

/* Rounding to a grid on the way must stay: such a tensor is its own root. */
static chain chain_of(const ir_graph *g, uint32_t tensor)
{
    const uint32_t p = ir_producer(g, tensor);
    if (p == IR_NONE || g->ops[p].code != IR_FUNCTION || g->tensors[tensor].type)
        return (chain){tensor, 0, NULL};
    return (chain){g->ops[p].inputs[0], g->ops[p].function_count, g->ops[p].functions};
}

static int is_linear(const chain *c, float *factor, float *shift)
{
    *factor = 1;
    *shift = 0;
    if (c->count > 1 || (c->count == 1 && c->functions[0].code != IR_LINEAR && c->functions[0].code != IR_IDENTITY))
        return 0;
    if (c->count == 1 && c->functions[0].code == IR_LINEAR) {
        *factor = c->functions[0].alpha;
        *shift = c->functions[0].beta;
    }
    return 1;
}

static int is_identity(const ir_function *f)
{
    return f->code == IR_IDENTITY ||
           (f->code == IR_LINEAR && f->alpha >= 1 && f->alpha <= 1 && f->beta >= 0 && f->beta <= 0);
}

/* Drops what does nothing and joins neighbours that are one function; how many are left. */
static uint32_t simplify(ir_function *functions, uint32_t count)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < count; i++) {
        const ir_function f = functions[i];
        ir_function *last = n ? &functions[n - 1] : NULL;
        if (is_identity(&f))
            continue;
        if (last && last->code == IR_LINEAR && f.code == IR_LINEAR) {
            last->alpha *= f.alpha;
            last->beta = last->beta * f.alpha + f.beta;
            n -= (uint32_t)is_identity(last);
        } else if (last && last->code == IR_CLAMP && f.code == IR_CLAMP) {
            last->alpha = fminf(fmaxf(last->alpha, f.alpha), f.beta);
            last->beta = fminf(fmaxf(last->beta, f.alpha), f.beta);
        } else if (n == 1 && f.code == IR_TIMES_INPUT && (last->code == IR_SIGMOID || last->code == IR_HARD_SIGMOID)) {
            last->code = last->code == IR_SIGMOID ? IR_SILU : IR_HARD_SWISH;
        } else {
            functions[n++] = f;
        }
    }
    return n;
}

/* A chain in the making has room for two and what joins them. */
enum { LONG_CHAIN = 2 * IR_MAX_CHAIN + 4 };

static void append(ir_function *to, uint32_t *n, ir_function f)
{
    to[(*n)++] = f;
}

static void append_linear(ir_function *to, uint32_t *n, float factor, float shift)
{
    append(to, n, (ir_function){.code = IR_LINEAR, .alpha = factor, .beta = shift});
}

/* other combined with factor * root + shift, as a chain; 0 if it is none. first: other is the left operand. */
static int combine(ir_code code, const chain *other, float factor, float shift, int first, ir_function *to, uint32_t *n)
{
    *n = other->count;
    if (*n)
        memcpy(to, other->functions, *n * sizeof *to);
    if (code == IR_MUL) {
        if (shift < 0 || shift > 0)
            return 0;
        append(to, n, (ir_function){.code = IR_TIMES_INPUT});
        append_linear(to, n, factor, 0);
        return 1;
    }
    if (!(fabsf(factor) > 0))
        return 0;
    /* o + (factor x + shift), o - (...), or (...) - o, as (+-o / factor + x) * factor + shift with signs. */
    const float sign = code == IR_SUB && !first ? -1.0f : 1.0f, whole = code == IR_SUB && first ? -1.0f : 1.0f;
    append_linear(to, n, sign * whole / factor, 0);
    append(to, n, (ir_function){.code = IR_PLUS_INPUT});
    append_linear(to, n, whole * factor, whole * shift);
    return 1;
}

/* A product or sum of two functions of one tensor becomes a function of it; 0 if it does not. */
static int fuse_pair(ir_op *op, const chain *a, const chain *b)
{
    ir_function functions[LONG_CHAIN];
    uint32_t n = 0;
    float factor, shift;
    if (a->root != b->root)
        return 0;
    int fits = is_linear(b, &factor, &shift) && combine(op->code, a, factor, shift, 1, functions, &n);
    if (!fits)
        fits = is_linear(a, &factor, &shift) && combine(op->code, b, factor, shift, 0, functions, &n);
    if (!fits)
        return 0;
    append_linear(functions, &n, op->code == IR_MUL ? op->factor : 1, 0);
    n = simplify(functions, n);
    if (n > IR_MAX_CHAIN)
        return 0;
    op->code = IR_FUNCTION;
    op->inputs[0] = a->root;
    op->input_count = 1;
    op->function_count = n;
    op->factor = 1;
    memcpy(op->functions, functions, n * sizeof *functions);
    return 1;
}

static void fuse_binary(const ir_graph *g, ir_op *op)
{
    const chain a = chain_of(g, op->inputs[0]), b = chain_of(g, op->inputs[1]);
    const chain only_a = {op->inputs[0], 0, NULL}, only_b = {op->inputs[1], 0, NULL};
    if (!ir_same_shape(&g->tensors[op->inputs[0]], &g->tensors[op->inputs[1]]) || !isinf(op->lo) || !isinf(op->hi))
        return;
    if (!fuse_pair(op, &a, &b) && !fuse_pair(op, &only_a, &b))
        fuse_pair(op, &a, &only_b);
}

/* A function behind a function. */
static void fuse_unary(ir_graph *g, ir_op *op)
{
    const chain before = chain_of(g, op->inputs[0]);
    ir_function functions[LONG_CHAIN];
    uint32_t n = before.count + op->function_count;
    if (before.root == op->inputs[0] || ir_use_count(g, op->inputs[0]) != 1 ||
        (before.count && uses_input(op->functions, op->function_count)))
        return;
    if (before.count)
        memcpy(functions, before.functions, before.count * sizeof *functions);
    memcpy(functions + before.count, op->functions, op->function_count * sizeof *functions);
    n = simplify(functions, n);
    if (n > IR_MAX_CHAIN)
        return;
    memcpy(op->functions, functions, n * sizeof *functions);
    op->function_count = n;
    g->ops[ir_producer(g, op->inputs[0])].dead = 1;
    op->inputs[0] = before.root;
}

bdc_status pass_chain_functions(bdc_context *c, ir_graph *g)
{
    for (uint32_t i = 0; i < g->op_count; i++) {
        ir_op *op = &g->ops[i];
        if (op->dead)
            continue;
        if (op->code == IR_MUL || op->code == IR_ADD || op->code == IR_SUB)
            fuse_binary(g, op);
        if (op->code != IR_FUNCTION)
            continue;
        fuse_unary(g, op);
        op->function_count = simplify(op->functions, op->function_count);
        ir_tensor *x = &g->tensors[op->inputs[0]], *y = &g->tensors[op->output];
        if (op->function_count || !ir_same_shape(x, y) || !ir_grid_agrees(y, x) || !isinf(op->lo) || !isinf(op->hi))
            continue;
        int is_input = 0, is_output = 0;
        for (uint32_t k = 0; k < g->input_count; k++)
            is_input |= g->inputs[k] == op->inputs[0];
        for (uint32_t k = 0; k < g->output_count; k++)
            is_output |= g->outputs[k] == op->output || g->outputs[k] == op->inputs[0];
        if (is_input && is_output)
            continue;
        if (is_output && ir_use_count(g, op->inputs[0]) > 1)
            continue; /* an output of its own */
        ir_replace_uses(g, op->output, op->inputs[0]);
        op->dead = 1;
    }
    return pass_dead_code(c, g);
}
