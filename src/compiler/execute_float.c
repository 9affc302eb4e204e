/* Runs the layers in float32, HWC order: buffers, order, and which function does which operator.
 * SPDX-License-Identifier: MIT */
#include "execute_float.h"

#include <math.h>
#include <string.h>

#include "execute_operands.h"
#include "memory_plan.h"
#include "net_run.h"

static void clamp(float *out, size_t n, float lo, float hi)
{
    if (isinf(lo) && isinf(hi))
        return;
    for (size_t i = 0; i < n; i++) { /* comparisons, which compilers vectorise where fminf and fmaxf are calls */
        const float raised = out[i] > lo ? out[i] : lo;
        out[i] = raised < hi ? raised : hi;
    }
}

static void snap(const ir_tensor *t, float *data)
{
    for (size_t i = 0; t->type && i < ir_count(t); i++)
        data[i] = (float)ir_snap(t, (double)data[i]);
}

static void function(const operands *o)
{
    for (size_t i = 0; i < ir_count(o->x); i++)
        o->out[i] = ir_apply(o->op, o->in[i]);
}

static void reshape(const operands *o)
{
    memcpy(o->out, o->in, ir_count(o->y) * sizeof *o->out);
}

static void concat(const operands *o, const float_run *r)
{
    const size_t pixels = (size_t)o->y->h * o->y->w;
    float *out = o->out;
    for (uint32_t i = 0; i < o->op->input_count; i++) {
        const uint32_t x = o->op->inputs[i], channels = r->graph->tensors[x].c;
        for (size_t p = 0; p < pixels; p++)
            memcpy(out + p * o->y->c, r->data[x] + p * channels, channels * sizeof *out);
        out += channels;
    }
}

void float_run_step(const float_run *r, const ir_op *op)
{
    static void (*const functions[])(const operands *o) = {
        [IR_CONV] = execute_conv,
        [IR_GEMM] = execute_gemm,
        [IR_AFFINE] = execute_affine,
        [IR_FUNCTION] = function,
        [IR_ADD] = execute_arithmetic,
        [IR_SUB] = execute_arithmetic,
        [IR_MUL] = execute_arithmetic,
        [IR_MIN] = execute_arithmetic,
        [IR_MAX] = execute_arithmetic,
        [IR_MAX_POOL] = execute_pool,
        [IR_AVG_POOL] = execute_pool,
        [IR_PAD] = execute_pad,
        [IR_RESHAPE] = reshape,
        [IR_VIEW] = execute_view,
        [IR_SOFTMAX] = execute_softmax,
        [IR_PRELU] = execute_prelu,
        [IR_MATMUL] = execute_matmul,
        [IR_RESIZE] = execute_resize,
        [IR_LAYER_NORM] = execute_layer_norm,
        [IR_INSTANCE_NORM] = execute_instance_norm,
        [IR_ARG_MAX] = execute_arg_max,
    };
    const ir_tensor *tensors = r->graph->tensors;
    const uint32_t a = op->inputs[0], b = op->input_count > 1 ? op->inputs[1] : IR_NONE;
    operands o = {.op = op, .x = &tensors[a], .y = &tensors[op->output], .in = r->data[a]};
    o.out = r->data[op->output];
    o.scratch = r->scratch;
    if (b != IR_NONE) {
        o.b = &tensors[b];
        o.in_b = r->data[b];
    }
    if (op->code == IR_CONCAT)
        concat(&o, r);
    else
        functions[op->code](&o);
    clamp(o.out, ir_count(o.y), op->lo, op->hi);
    if (op->code != IR_RESHAPE && op->code != IR_VIEW)
        snap(o.y, o.out);
}

bdc_status float_run_create(bdc_context *c, const ir_graph *g, float_run *run)
{
    memory_buffer *buffers = BDC_NEW(c, memory_buffer, g->tensor_count);
    size_t scratch = 0;
    for (uint32_t i = 0; i < g->op_count; i++) {
        const size_t need = execute_scratch(g, &g->ops[i]);
        scratch = need > scratch ? need : scratch;
    }
    run->context = c;
    run->graph = g;
    run->data = BDC_NEW(c, float *, g->tensor_count);
    run->scratch = BDC_NEW(c, float, scratch);
    if (!buffers || !run->data || !run->scratch)
        return BDC_E_MEMORY;
    for (uint32_t i = 0; i < g->tensor_count; i++)
        buffers[i] = (memory_buffer){.bytes = (uint64_t)ir_count(&g->tensors[i]) * sizeof(float), .over = MEMORY_ALONE};
    for (uint32_t i = 0; i < g->op_count; i++) {
        buffers[g->ops[i].output].first = buffers[g->ops[i].output].last = i + 1;
        for (uint32_t k = 0; k < g->ops[i].input_count; k++)
            buffers[g->ops[i].inputs[k]].last = i + 1;
    }
    for (uint32_t i = 0; i < g->output_count; i++)
        buffers[g->outputs[i]].last = g->op_count + 1;
    uint64_t total;
    BDC_TRY(memory_plan(c, buffers, g->tensor_count, &total));
    uint8_t *memory = total > SIZE_MAX / 8 ? NULL : bdc_alloc(c, (size_t)total, 1);
    if (!memory)
        return bdc_fail(c, BDC_E_MEMORY, "Out of memory: the network needs %u MiB to run in float.",
                        (unsigned)(total >> 20) + 1u);
    for (uint32_t i = 0; i < g->tensor_count; i++)
        run->data[i] = (float *)(void *)(memory + buffers[i].offset);
    return BDC_OK;
}

void float_run_execute(const float_run *run, float_observer *observer, void *cookie)
{
    const ir_graph *g = run->graph;
    for (uint32_t i = 0; i < g->input_count; i++) {
        snap(&g->tensors[g->inputs[i]], run->data[g->inputs[i]]);
        if (observer)
            observer(cookie, g->inputs[i], run->data[g->inputs[i]]);
    }
    for (uint32_t i = 0; i < g->op_count; i++) {
        float_run_step(run, &g->ops[i]);
        if (observer)
            observer(cookie, g->ops[i].output, run->data[g->ops[i].output]);
    }
}

bdc_status bdc_run_float(bdc_graph *graph, const float *const *inputs, float *const *outputs)
{
    if (!graph)
        return BDC_E_ARGUMENT;
    bdc_context *c = graph->context;
    const ir_graph *g = &graph->ir;
    if (!inputs || !outputs)
        return bdc_fail(c, BDC_E_ARGUMENT, "No input or output was given.");
    if (graph->net && graph->optimised <= 0)
        return net_run_float(graph, inputs, outputs);
    if (!graph->runner || graph->runner->graph != g || graph->runner_optimised != graph->optimised) {
        float_run *r = BDC_NEW(c, float_run, 1);
        if (!r)
            return BDC_E_MEMORY;
        BDC_TRY(float_run_create(c, g, r));
        graph->runner = r;
        graph->runner_optimised = graph->optimised;
    }
    const float_run *r = graph->runner;
    for (uint32_t i = 0; i < g->input_count; i++)
        ir_port_in(&graph->input_ports[i], &g->tensors[g->inputs[i]], inputs[i], r->data[g->inputs[i]]);
    float_run_execute(r, NULL, NULL);
    for (uint32_t i = 0; i < g->output_count; i++)
        ir_port_out(&graph->output_ports[i], &g->tensors[g->outputs[i]], r->data[g->outputs[i]], outputs[i]);
    return BDC_OK;
}
