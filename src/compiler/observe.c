/* What the caller may see of the layers: every float tensor as it is made, the order of elements at the ends, and whether the file
 * fixed all scales. The graph is optimised first, if it was not.
 * SPDX-License-Identifier: MIT */
#include "execute_float.h"
#include "scales.h"

typedef struct watcher {
    const ir_graph *graph;
    bdc_on_layer *see;
    void *cookie;
} watcher;

static void observe(void *cookie, uint32_t tensor, const float *values)
{
    const watcher *w = cookie;
    const ir_tensor *t = &w->graph->tensors[tensor];
    const uint32_t producer = ir_producer(w->graph, tensor);
    if (producer == IR_NONE)
        return; /* an input */
    const ir_op *op = &w->graph->ops[producer];
    bdc_seen seen = {.name = t->name, .kind = ir_name(op->code), .shape = {t->h, t->w, t->c}, .values = values};
    seen.has_weights = op->code == IR_CONV || op->code == IR_GEMM;
    w->see(w->cookie, &seen);
}

bdc_status bdc_run_layers(bdc_graph *graph, const float *const *inputs, bdc_on_layer *see, void *cookie)
{
    if (!graph)
        return BDC_E_ARGUMENT;
    bdc_context *c = graph->context;
    const ir_graph *g = &graph->ir;
    if (!inputs || !see)
        return bdc_fail(c, BDC_E_ARGUMENT, "No input or no observer was given.");
    BDC_TRY(bdc_optimise(graph, 1));
    float_run run;
    watcher w = {g, see, cookie};
    bdc_mark mark = bdc_mark_set(c);
    BDC_TRY(float_run_create(c, g, &run));
    for (uint32_t i = 0; i < g->input_count; i++)
        ir_port_in(&graph->input_ports[i], &g->tensors[g->inputs[i]], inputs[i], run.data[g->inputs[i]]);
    float_run_execute(&run, observe, &w);
    bdc_mark_release(c, mark);
    return BDC_OK;
}

static int channels_first(const ir_graph *g, const ir_port *ports, const uint32_t *tensors, uint32_t count, uint32_t i)
{
    return ports && i < count && ports[i].channels_first && !ir_order_free(&g->tensors[tensors[i]]);
}

int bdc_input_is_channels_first(bdc_graph *graph, uint32_t i)
{
    if (!graph || bdc_optimise(graph, 1) != BDC_OK)
        return 0;
    return channels_first(&graph->ir, graph->input_ports, graph->ir.inputs, graph->ir.input_count, i);
}

int bdc_output_is_channels_first(bdc_graph *graph, uint32_t i)
{
    if (!graph || bdc_optimise(graph, 1) != BDC_OK)
        return 0;
    return channels_first(&graph->ir, graph->output_ports, graph->ir.outputs, graph->ir.output_count, i);
}

int bdc_is_quantised(bdc_graph *graph)
{
    if (!graph || bdc_optimise(graph, 1) != BDC_OK)
        return 0;
    bdc_context *c = graph->context;
    bdc_error *error = c->error, unseen;
    const bdc_options none = {0};
    quant *quants;
    bdc_mark mark = bdc_mark_set(c);
    c->error = &unseen; /* a no is no failure */
    const int fixed = scales_choose(c, &graph->ir, &none, 0, &quants) == BDC_OK;
    c->error = error;
    bdc_mark_release(c, mark);
    return fixed;
}
