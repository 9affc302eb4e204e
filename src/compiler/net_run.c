/* Runs a net in floating point; bdc_run.
 * SPDX-License-Identifier: MIT */
#include "net_run.h"

#include <string.h>

#include "ir.h"

/* ---- Buffers --------------------------------------------------------------------------------------------------- */

enum { CLASSES = 8 * 64 };

/* Sizes are rounded up to eighths of a power of two, so that a buffer fits again; each class keeps a list of free ones. Both take
 * constant time, whatever the network. */
static uint32_t size_class(size_t bytes, size_t *rounded)
{
    uint32_t shift = 0;
    size_t eighths = (bytes + 15) / 16;
    while (eighths > 15) {
        eighths = (eighths + 1) / 2;
        shift++;
    }
    *rounded = (eighths << shift) * 16;
    return shift * 8 + (uint32_t)eighths; /* up to 15 as they are, then 8 to 15 of each power */
}

typedef struct buffer {
    void *memory;
    uint32_t next; /* free one of the same class */
} buffer;

typedef struct pool {
    bdc_context *context;
    buffer *buffers;
    uint32_t count, first_free[CLASSES];
} pool;

static bdc_status take(pool *p, size_t bytes, uint32_t *index)
{
    size_t rounded;
    const uint32_t of = size_class(bytes, &rounded);
    *index = p->first_free[of];
    if (*index != NET_NONE) {
        p->first_free[of] = p->buffers[*index].next;
        return BDC_OK;
    }
    *index = p->count++;
    p->buffers[*index].memory = bdc_alloc(p->context, rounded, 1);
    return p->buffers[*index].memory ? BDC_OK : BDC_E_MEMORY;
}

static void give_back(pool *p, uint32_t index, size_t bytes)
{
    size_t rounded;
    const uint32_t of = size_class(bytes, &rounded);
    p->buffers[index].next = p->first_free[of];
    p->first_free[of] = index;
}

static size_t bytes_of(const net_tensor *t)
{
    return net_count(t) * net_type_bytes(t->type);
}

/* The last operator that reads each tensor, or makes it when nobody reads it; outputs of the net stay: NET_NONE. */
static bdc_status last_uses(bdc_context *c, const net_graph *g, uint32_t **last)
{
    *last = BDC_NEW(c, uint32_t, g->tensor_count);
    if (!*last)
        return BDC_E_MEMORY;
    for (uint32_t i = 0; i < g->op_count; i++) {
        const net_op *op = &g->ops[i];
        for (uint32_t k = 0; k < op->output_count; k++)
            if (op->outputs[k] != NET_NONE)
                (*last)[op->outputs[k]] = i;
        for (uint32_t k = 0; k < op->input_count; k++)
            if (op->inputs[k] != NET_NONE)
                (*last)[op->inputs[k]] = i;
    }
    for (uint32_t i = 0; i < g->output_count; i++)
        (*last)[g->outputs[i]] = NET_NONE;
    for (uint32_t i = 0; i < g->input_count; i++) /* filled before the run and perhaps read again by the caller */
        (*last)[g->inputs[i]] = NET_NONE;
    return BDC_OK;
}

/* Gives back what an operator was the last to touch. */
static void release(pool *p, const net_graph *g, const uint32_t *links, uint32_t count, uint32_t op, uint32_t *last,
                    const uint32_t *buffer_of)
{
    for (uint32_t k = 0; k < count; k++) {
        const uint32_t t = links[k];
        if (t == NET_NONE || last[t] != op || buffer_of[t] == NET_NONE)
            continue;
        give_back(p, buffer_of[t], bytes_of(&g->tensors[t]));
        last[t] = NET_NONE; /* once only */
    }
}

static bdc_status place(net_run *run, pool *p, uint32_t tensor, uint32_t *buffer_of)
{
    const net_tensor *t = &run->graph->tensors[tensor];
    if (t->data || buffer_of[tensor] != NET_NONE)
        return BDC_OK;
    BDC_TRY(take(p, bytes_of(t), &buffer_of[tensor]));
    run->data[tensor] = p->buffers[buffer_of[tensor]].memory;
    return BDC_OK;
}

bdc_status net_run_create(bdc_context *c, const net_graph *g, net_run *run)
{
    *run = (net_run){c, g, BDC_NEW(c, void *, g->tensor_count)};
    pool *p = BDC_NEW(c, pool, 1);
    uint32_t *buffer_of = BDC_NEW(c, uint32_t, g->tensor_count), *last;
    if (!run->data || !p || !buffer_of)
        return BDC_E_MEMORY;
    p->context = c;
    p->buffers = BDC_NEW(c, buffer, g->tensor_count);
    if (!p->buffers)
        return BDC_E_MEMORY;
    BDC_TRY(last_uses(c, g, &last));
    for (uint32_t i = 0; i < CLASSES; i++)
        p->first_free[i] = NET_NONE;
    for (uint32_t i = 0; i < g->tensor_count; i++) {
        buffer_of[i] = NET_NONE;
        memcpy(&run->data[i], &g->tensors[i].data, sizeof run->data[i]); /* constants; net_eval only reads them */
    }
    for (uint32_t i = 0; i < g->input_count; i++)
        BDC_TRY(place(run, p, g->inputs[i], buffer_of));
    for (uint32_t i = 0; i < g->op_count; i++) {
        const net_op *op = &g->ops[i];
        for (uint32_t k = 0; k < op->output_count; k++)
            if (op->outputs[k] != NET_NONE)
                BDC_TRY(place(run, p, op->outputs[k], buffer_of));
        release(p, g, op->inputs, op->input_count, i, last, buffer_of);
        release(p, g, op->outputs, op->output_count, i, last, buffer_of);
    }
    return BDC_OK;
}

bdc_status net_run_execute(const net_run *run, net_observer *observer, void *cookie)
{
    const net_graph *g = run->graph;
    for (uint32_t i = 0; observer && i < g->input_count; i++)
        observer(cookie, g->inputs[i], run->data[g->inputs[i]]);
    for (uint32_t i = 0; i < g->op_count; i++) {
        const net_op *op = &g->ops[i];
        BDC_TRY(net_eval(run->context, g, op, run->data));
        for (uint32_t k = 0; observer && k < op->output_count; k++)
            if (op->outputs[k] != NET_NONE)
                observer(cookie, op->outputs[k], run->data[op->outputs[k]]);
    }
    return BDC_OK;
}

/* ---- The public side ------------------------------------------------------------------------------------------- */

static bdc_status need_runner(bdc_graph *graph)
{
    bdc_context *c = graph->context;
    if (graph->net_runner)
        return BDC_OK;
    net_run *run = BDC_NEW(c, net_run, 1);
    if (!run)
        return BDC_E_MEMORY;
    BDC_TRY(net_run_create(c, graph->net, run));
    graph->net_runner = run;
    return BDC_OK;
}

static bdc_status check_input(bdc_context *c, const net_tensor *t, const bdc_value *v)
{
    int fits = (int)v->type == (int)t->type && v->rank == t->rank && v->data;
    for (uint32_t i = 0; fits && i < t->rank; i++)
        fits = v->dims[i] == t->dims[i];
    return fits ? BDC_OK
                : bdc_fail(c, BDC_E_ARGUMENT,
                           "The input '%s' has no data, or another type or shape than the network's.", t->name);
}

static void set_output(const net_run *run, uint32_t tensor, bdc_value *v)
{
    const net_tensor *t = &run->graph->tensors[tensor];
    *v = (bdc_value){.name = t->name, .type = (bdc_type)t->type, .rank = t->rank, .data = v->data};
    memcpy(v->dims, t->dims, t->rank * sizeof *t->dims);
    if (!v->data)
        v->data = run->data[tensor];
    else if (bytes_of(t))
        memcpy(v->data, run->data[tensor], bytes_of(t));
}

bdc_status bdc_run(bdc_graph *graph, const bdc_value *inputs, bdc_value *outputs)
{
    if (!graph)
        return BDC_E_ARGUMENT;
    BDC_TRY(need_runner(graph));
    const net_run *run = graph->net_runner;
    const net_graph *g = graph->net;
    if ((!inputs && g->input_count) || !outputs)
        return bdc_fail(graph->context, BDC_E_ARGUMENT, "No input or output was given.");
    for (uint32_t i = 0; i < g->input_count; i++) {
        const net_tensor *t = &g->tensors[g->inputs[i]];
        BDC_TRY(check_input(graph->context, t, &inputs[i]));
        if (bytes_of(t))
            memcpy(run->data[g->inputs[i]], inputs[i].data, bytes_of(t));
    }
    BDC_TRY(net_run_execute(run, NULL, NULL));
    for (uint32_t i = 0; i < g->output_count; i++)
        set_output(run, g->outputs[i], &outputs[i]);
    return BDC_OK;
}

static bdc_status must_be_float(bdc_context *c, const net_tensor *t)
{
    return t->type == NET_FLOAT
               ? BDC_OK
               : bdc_fail(c, BDC_E_UNSUPPORTED, "Tensor '%s' has type %s, not float.", t->name, net_type_name(t->type));
}

bdc_status net_run_float(bdc_graph *graph, const float *const *inputs, float *const *outputs)
{
    bdc_context *c = graph->context;
    BDC_TRY(need_runner(graph));
    const net_run *run = graph->net_runner;
    const net_graph *g = graph->net;
    for (uint32_t i = 0; i < g->input_count; i++)
        BDC_TRY(must_be_float(c, &g->tensors[g->inputs[i]]));
    for (uint32_t i = 0; i < g->output_count; i++)
        BDC_TRY(must_be_float(c, &g->tensors[g->outputs[i]]));
    for (uint32_t i = 0; i < g->input_count; i++)
        if (net_count(&g->tensors[g->inputs[i]]))
            memcpy(run->data[g->inputs[i]], inputs[i], bytes_of(&g->tensors[g->inputs[i]]));
    BDC_TRY(net_run_execute(run, NULL, NULL));
    for (uint32_t i = 0; i < g->output_count; i++)
        if (net_count(&g->tensors[g->outputs[i]]))
            memcpy(outputs[i], run->data[g->outputs[i]], bytes_of(&g->tensors[g->outputs[i]]));
    return BDC_OK;
}
