/* What bdc_compile says about a finished file.
 * SPDX-License-Identifier: MIT */
#include "compile.h"

static const char *kind_name(uint32_t code)
{
    static const char *const names[] = {"none",          "conv",
                                        "depthwise",     "fully connected",
                                        "add",           "mul",
                                        "max pool",      "average pool",
                                        "concat",        "pad",
                                        "table",         "softmax",
                                        "reshape",       "view",
                                        "matmul",        "min",
                                        "max",           "table per channel",
                                        "resize",        "layer norm",
                                        "instance norm", "arg max",
                                        "convert"};
    return code < sizeof names / sizeof *names ? names[code] : "unknown";
}

static void describe_shapes(const ir_graph *g, const ir_op *op, const bdf_op *r, bdc_layer *l)
{
    const ir_tensor *x = &g->tensors[op->inputs[0]], *y = &g->tensors[op->output];
    *l = (bdc_layer){
        .name = y->name, .kind = kind_name(r->code), .input = {x->h, x->w, x->c}, .output = {y->h, y->w, y->c}};
    l->kernel_h = r->kernel_h;
    l->kernel_w = r->kernel_w;
    l->stride_h = r->stride_h;
    l->stride_w = r->stride_w;
    l->macs = ir_macs(g, op);
}

static void describe_weights(const compilation *k, uint32_t i, bdc_layer *l)
{
    const bdf_op *r = &k->file.ops[i];
    const layer_result *stored = &k->z.layers[i];
    const ir_op *before = &k->exact.ops[i];
    if (r->weights == BDF_NONE)
        return;
    const bdc_choice *choice = scales_choice(k->z.options, &k->graph, &k->graph.ops[i]);
    l->weight_count = k->file.blobs[r->weights].count;
    l->weight_bytes = k->file.blobs[r->weights].stored_bytes;
    l->removed_count =
        (uint32_t)(ir_weight_row(&k->exact, before) * k->exact.tensors[before->output].c) - l->weight_count;
    l->weights = choice && !before->integers ? choice->weights : BDC_W8;
    l->coarse_channels = stored->coarse;
    for (uint32_t n = 0; n < l->weight_count; n++)
        l->zero_count += stored->wide ? !stored->wide[n] : !stored->weights[n];
}

bdc_status compile_describe(const compilation *k, uint64_t activation_bytes, bdc_compiled *out)
{
    const ir_graph *g = &k->graph;
    const quant *logits = &k->z.quants[g->outputs[0]];
    bdc_layer *layers = BDC_NEW(k->context, bdc_layer, g->op_count);
    if (!layers)
        return BDC_E_MEMORY;
    for (uint32_t i = 0; i < g->op_count; i++) {
        bdc_layer *l = &layers[i];
        describe_shapes(g, &g->ops[i], &k->file.ops[i], l);
        describe_weights(k, i, l);
        l->scale = k->z.quants[g->ops[i].output].scale;
        l->zero_point = k->z.quants[g->ops[i].output].zero_point;
        out->macs += l->macs;
        out->weight_count += l->weight_count;
        out->weight_bytes += l->weight_bytes;
        out->zero_count += l->zero_count;
        out->removed_count += l->removed_count;
    }
    const double before = (double)out->weight_count + out->removed_count;
    out->sparsity = before > 0 ? ((double)out->zero_count + out->removed_count) / before : 0;
    out->layers = layers;
    out->layer_count = g->op_count;
    out->activation_bytes = (uint32_t)activation_bytes;
    out->labels = ir_count(&g->tensors[g->outputs[0]]);
    out->logit_scale = logits->scale;
    out->logit_zero_point = logits->zero_point;
    out->gate_step = k->gate == IR_NONE ? BDF_NONE : ir_producer(g, k->gate);
    out->gate_channels = k->gate == IR_NONE ? 0 : g->tensors[k->gate].c;
    return BDC_OK;
}
