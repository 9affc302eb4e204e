/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "passes.h"

enum { MOST_ELEMENTS = 1 << 24 }; /* of views that are looked at element by element */

/* Element of the view's input that element i of its result is. */
static uint32_t source_of(const ir_view *v, uint32_t i)
{
    int64_t at = v->offset;
    for (uint32_t d = 6; d-- > 0; i /= v->count[d])
        at += (int64_t)(i % v->count[d]) * v->stride[d];
    return (uint32_t)at;
}

/* The digits of a list of indices, if it has some: the fastest is as long as the steps stay even, and repeats all over. */
static int find_digits(uint32_t *index, uint32_t n, ir_view *v)
{
    *v = (ir_view){{1, 1, 1, 1, 1, 1}, {0}, (int32_t)index[0]};
    for (int d = 5; n > 1; d--) {
        const int64_t step = (int64_t)index[1] - index[0];
        uint32_t count = 2;
        if (d < 0)
            return 0;
        while (count < n && (int64_t)index[count] - index[count - 1] == step)
            count++;
        if (n % count)
            return 0;
        for (uint32_t block = 0; block < n; block += count)
            for (uint32_t k = 1; k < count; k++)
                if ((int64_t)index[block + k] - index[block] != k * step)
                    return 0;
        v->count[d] = count;
        v->stride[d] = (int32_t)step;
        n /= count;
        for (uint32_t i = 1; i < n; i++)
            index[i] = index[(size_t)i * count];
    }
    return 1;
}

/* A view of a view's result as a view of its input. */
static bdc_status compose(bdc_context *c, const ir_view *outer, const ir_view *inner, uint32_t n, const ir_view **view)
{
    const bdc_mark mark = bdc_mark_set(c);
    uint32_t *index = BDC_NEW(c, uint32_t, n);
    ir_view found;
    *view = NULL;
    if (!index)
        return BDC_E_MEMORY;
    for (uint32_t i = 0; i < n; i++)
        index[i] = source_of(inner, source_of(outer, i));
    const int fits = find_digits(index, n, &found);
    bdc_mark_release(c, mark);
    if (!fits)
        return BDC_OK;
    ir_view *kept = BDC_NEW(c, ir_view, 1);
    if (!kept)
        return BDC_E_MEMORY;
    *kept = found;
    *view = kept;
    return BDC_OK;
}

/* The only operator that reads a tensor, or null. */
static ir_op *only_reader(ir_graph *g, uint32_t tensor)
{
    if (ir_use_count(g, tensor) != 1)
        return NULL;
    for (uint32_t i = 0; i < g->op_count; i++)
        for (uint32_t k = 0; k < g->ops[i].input_count; k++)
            if (!g->ops[i].dead && g->ops[i].inputs[k] == tensor)
                return &g->ops[i];
    return NULL;
}

static void take_shape(ir_tensor *to, const ir_tensor *from)
{
    to->c = from->c;
    to->h = from->h;
    to->w = from->w;
}

/* view -> function -> view that only reorders: the function goes to the end. */
static void sink_function(ir_graph *g, ir_op *f)
{
    const uint32_t before = ir_producer(g, f->inputs[0]);
    ir_op *behind = only_reader(g, f->output);
    if (before == IR_NONE || g->ops[before].code != IR_VIEW || !behind || behind->code != IR_VIEW ||
        ir_use_count(g, f->inputs[0]) != 1)
        return;
    ir_tensor *middle = &g->tensors[f->output];
    const ir_tensor *end = &g->tensors[behind->output];
    if (ir_count(end) > ir_count(middle))
        return; /* more work */
    const ir_op function = *f;
    f->code = IR_VIEW;
    f->view = behind->view;
    f->function_count = 0;
    behind->code = IR_FUNCTION;
    behind->view = NULL;
    behind->function_count = function.function_count;
    memcpy(behind->functions, function.functions, sizeof behind->functions);
    behind->lo = function.lo;
    behind->hi = function.hi;
    f->lo = -INFINITY;
    f->hi = INFINITY;
    take_shape(middle, end);
    ir_take_grid(middle, &g->tensors[f->inputs[0]]);
}

static bdc_status join_view(bdc_context *c, ir_graph *g, ir_op *op)
{
    uint32_t p = ir_producer(g, op->inputs[0]);
    while (p != IR_NONE && g->ops[p].code == IR_RESHAPE) { /* a view reads memory, whatever its shape */
        op->inputs[0] = g->ops[p].inputs[0];
        p = ir_producer(g, op->inputs[0]);
    }
    const uint32_t n = ir_count(&g->tensors[op->output]);
    if (p == IR_NONE || g->ops[p].code != IR_VIEW || n > MOST_ELEMENTS)
        return BDC_OK;
    const ir_view *view;
    BDC_TRY(compose(c, op->view, g->ops[p].view, n, &view));
    if (view) {
        op->view = view;
        op->inputs[0] = g->ops[p].inputs[0];
    }
    return BDC_OK;
}

bdc_status pass_views(bdc_context *c, ir_graph *g)
{
    for (uint32_t i = 0; i < g->op_count; i++)
        if (g->ops[i].code == IR_FUNCTION && !g->ops[i].dead)
            sink_function(g, &g->ops[i]);
    for (uint32_t i = 0; i < g->op_count; i++) {
        ir_op *op = &g->ops[i];
        if (op->code != IR_VIEW || op->dead)
            continue;
        BDC_TRY(join_view(c, g, op));
        const ir_tensor *x = &g->tensors[op->inputs[0]], *y = &g->tensors[op->output];
        if (ir_view_is_copy(op->view, ir_count(x)) && ir_count(x) == ir_count(y))
            op->code = IR_RESHAPE;
        /* A reshape of the result alone: the view makes that shape. */
        const ir_op *reader = only_reader(g, op->output);
        if (op->code == IR_VIEW && reader && reader->code == IR_RESHAPE &&
            ir_grid_agrees(&g->tensors[reader->output], y)) {
            ir_op *gone = &g->ops[reader - g->ops];
            take_shape(&g->tensors[op->output], &g->tensors[gone->output]);
            ir_replace_uses(g, gone->output, op->output);
            gone->dead = 1;
        }
    }
    return pass_dead_code(c, g);
}
