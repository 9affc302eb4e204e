/* bdc_compile: the order of the last steps.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "../bedside.h"
#include "compile.h"
#include "memory_plan.h"
#include "passes/passes.h"
#include "prune.h"

/* ---- Activations ------------------------------------------------------------------------------------------------ */

static uint64_t tensor_bytes(const bdf_tensor *t)
{
    return (uint64_t)t->dims[1] * t->dims[2] * t->dims[3] * (t->type == BDS_INT16 ? 2 : 1);
}

/* The input that an elementwise operator may write over: it dies here and has the result's size. */
static uint32_t written_over(const bdc_file *f, const memory_buffer *buffers, uint32_t i)
{
    const bdf_op *op = &f->ops[i];
    const uint32_t may = 1u << BDF_ADD | 1u << BDF_MUL | 1u << BDF_TABLE | 1u << BDF_RESHAPE | 1u << BDF_MIN |
                         1u << BDF_MAX | 1u << BDF_CHANNEL_TABLE | 1u << BDF_LAYER_NORM | 1u << BDF_INSTANCE_NORM |
                         1u << BDF_CONVERT;
    if (!(may >> op->code & 1u))
        return MEMORY_ALONE;
    for (uint32_t k = 0; k < op->input_count; k++) {
        uint32_t x = f->links[op->input_first + k];
        if (buffers[x].last == i + 1 && buffers[x].bytes == buffers[op->output].bytes)
            return x;
    }
    return MEMORY_ALONE;
}

/* Time 0: the inputs are filled; i + 1: operator i runs; op_count + 1: the caller reads. gate stays for the result. */
static bdc_status place_activations(bdc_context *c, const bdc_file *f, const ir_graph *g, uint32_t gate,
                                    uint64_t *total)
{
    memory_buffer *buffers = BDC_NEW(c, memory_buffer, f->tensor_count);
    if (!buffers)
        return BDC_E_MEMORY;
    for (uint32_t i = 0; i < f->tensor_count; i++)
        buffers[i] = (memory_buffer){.bytes = tensor_bytes(&f->tensors[i]), .over = MEMORY_ALONE};
    for (uint32_t i = 0; i < f->op_count; i++) {
        const bdf_op *op = &f->ops[i];
        buffers[op->output].first = buffers[op->output].last = i + 1;
        for (uint32_t k = 0; k < op->input_count; k++)
            buffers[f->links[op->input_first + k]].last = i + 1;
    }
    for (uint32_t i = 0; i < g->output_count; i++)
        buffers[g->outputs[i]].last = f->op_count + 1;
    if (gate != IR_NONE)
        buffers[gate].last = f->op_count + 1;
    for (uint32_t i = 0; i < f->op_count; i++)
        buffers[f->ops[i].output].over = written_over(f, buffers, i);
    BDC_TRY(memory_plan(c, buffers, f->tensor_count, total));
    if (*total > BDF_MAX_TENSOR_BYTES)
        return bdc_fail(c, BDC_E_LIMIT, "The activations need %u MiB at once; at most 256 are allowed.",
                        (unsigned)(*total >> 20));
    for (uint32_t i = 0; i < f->tensor_count; i++)
        f->tensors[i].arena_offset = (uint32_t)buffers[i].offset;
    return BDC_OK;
}

/* ---- Records ---------------------------------------------------------------------------------------------------- */

static bdc_status make_tensors(const quantiser *z)
{
    const ir_graph *g = z->graph;
    bdc_file *f = z->file;
    if (g->tensor_count > BDF_MAX_TENSORS)
        return bdc_fail(z->context, BDC_E_LIMIT, "The network has more than %u tensors.", BDF_MAX_TENSORS);
    f->tensors = BDC_NEW(z->context, bdf_tensor, g->tensor_count);
    if (!f->tensors)
        return BDC_E_MEMORY;
    f->tensor_count = g->tensor_count;
    for (uint32_t i = 0; i < g->tensor_count; i++) {
        const ir_tensor *t = &g->tensors[i];
        const quant *q = &z->quants[i];
        f->tensors[i] = (bdf_tensor){.dims = {1, t->h, t->w, t->c},
                                     .type = (uint16_t)q->type,
                                     .zero_point = q->zero_point,
                                     .scale = (float)q->scale};
    }
    return BDC_OK;
}

static bdc_status make_inputs(quantiser *z)
{
    const ir_graph *g = z->graph;
    bdc_file *f = z->file;
    f->inputs = BDC_NEW(z->context, bdf_input, g->input_count);
    if (!f->inputs)
        return BDC_E_MEMORY;
    f->input_count = g->input_count;
    for (uint32_t i = 0; i < g->input_count; i++)
        f->inputs[i] = (bdf_input){.tensor = g->inputs[i], .table = BDF_NONE, .max_chroma = BDF_NONE};
    const bdc_image_input *image = z->options->image;
    if (!image)
        return BDC_OK;
    int8_t *table;
    const ir_tensor *t = &g->tensors[g->inputs[0]];
    BDC_TRY(scales_pixel_table(z->context, t, &z->quants[g->inputs[0]], image, &table));
    f->inputs[0].is_image = 1;
    f->inputs[0].crop = (uint16_t)image->crop;
    f->inputs[0].max_chroma = image->max_chroma;
    return bdc_file_blob(f, BDS_INT8, table, (size_t)t->c * 256, &f->inputs[0].table);
}

/* Doubles the scale of a tensor's group; layers that read or make one of the group are no longer decided. */
static void widen(quantiser *z, uint32_t tensor)
{
    const ir_graph *g = z->graph;
    const uint32_t group = z->quants[tensor].group;
    scales_widen(g, z->quants, tensor);
    for (uint32_t i = 0; i < g->op_count; i++)
        if (z->quants[g->ops[i].inputs[0]].group == group || z->quants[g->ops[i].output].group == group)
            z->layers[i] = (layer_result){0};
}

/* All operators; a result whose scale is too fine for the arithmetic is widened, and everything done once more. */
static bdc_status make_ops(quantiser *z, bdc_coder coder)
{
    const ir_graph *g = z->graph;
    for (int attempt = 0; attempt < 200; attempt++) {
        bdc_file empty = {
            .context = z->context, .coder = coder, .meta = z->options->meta, .meta_count = z->options->meta_count};
        uint32_t i = 0;
        *z->file = empty;
        z->too_fine = IR_NONE;
        for (; i < g->op_count && z->too_fine == IR_NONE; i++) {
            BDC_TRY(quantise_op(z, i));
            BDC_TRY(bdc_report_progress(z->context, "encode", i, g->op_count));
        }
        if (z->too_fine == IR_NONE)
            return BDC_OK;
        if (z->quants[z->too_fine].fixed)
            break;
        widen(z, z->too_fine);
    }
    return bdc_fail(z->context, BDC_E_LIMIT,
                    "Tensor '%s' has a range that 8-bit arithmetic cannot reach from its inputs.",
                    g->tensors[z->too_fine].name);
}

/* The features that the last layer reads: the logits' only source, one pixel. */
static uint32_t find_features(const ir_graph *g)
{
    uint32_t last = ir_producer(g, g->outputs[0]);
    if (last == IR_NONE || (g->ops[last].code != IR_GEMM && g->ops[last].code != IR_CONV))
        return IR_NONE;
    uint32_t x = g->ops[last].inputs[0];
    int vector = g->tensors[x].h * g->tensors[x].w == 1;
    return vector && ir_producer(g, x) != IR_NONE ? x : IR_NONE;
}

/* The result that the gate pools: the named one or, of a segmentation's with the fewest pixels, but more than one, the last that ends
 * in a rectifier; the last of all if none does. */
static bdc_status find_pooled(bdc_context *c, const ir_graph *g, const bdc_options *o, uint32_t *features)
{
    uint32_t best = IR_NONE;
    for (uint32_t i = 0; i < g->op_count; i++) {
        const ir_op *op = &g->ops[i], *former = best == IR_NONE ? NULL : &g->ops[best];
        const ir_tensor *y = &g->tensors[op->output], *least = former ? &g->tensors[former->output] : NULL;
        if (o->gate_layer && strcmp(o->gate_layer, y->name) != 0)
            continue;
        if (op->output == g->outputs[0] || (!o->gate_layer && (y->h * y->w == 1 || y->c < 4)))
            continue;
        const int rectified = op->lo >= 0, fewer = least && y->h * y->w < least->h * least->w;
        if (!former || fewer || (y->h * y->w == least->h * least->w && (rectified || former->lo < 0)))
            best = i;
    }
    if (best == IR_NONE && o->gate_layer)
        return bdc_fail(c, BDC_E_ARGUMENT, "There is no layer '%s' for the gate to look at.", o->gate_layer);
    *features = best == IR_NONE ? IR_NONE : g->ops[best].output;
    return BDC_OK;
}

/* The largest side of at most 16 that divides both. */
static uint32_t common_side(uint32_t h, uint32_t w)
{
    uint32_t side = 16;
    while (h % side || w % side)
        side--;
    return side;
}

static bdc_status add_mean(bdc_context *c, ir_graph *g, uint32_t x, uint32_t kernel_h, uint32_t kernel_w, uint32_t *y)
{
    const ir_tensor t = g->tensors[x];
    ir_op *op;
    BDC_TRY(ir_add_tensor(c, g, "features", t.c, t.h / kernel_h, t.w / kernel_w, y));
    BDC_TRY(ir_add_op(c, g, IR_AVG_POOL, 1, &op));
    op->window = (ir_window){kernel_h, kernel_w, kernel_h, kernel_w, 1, 1, 0, 0, 0, 0};
    op->inputs[0] = x;
    op->output = *y;
    g->tensors[*y].lo = g->tensors[*y].least = t.lo;
    g->tensors[*y].hi = g->tensors[*y].most = t.hi;
    g->tensors[*y].type = t.type; /* where the file has a scale, means have the same */
    g->tensors[*y].scale = t.scale;
    g->tensors[*y].zero_point = t.zero_point;
    return BDC_OK;
}

/* The means of a result over height and width. Of more than 256 pixels in two steps: a window has a multiplier for each pixel. */
static bdc_status add_features(bdc_context *c, ir_graph *g, const bdc_options *o, uint32_t *gate)
{
    uint32_t x;
    *gate = IR_NONE;
    BDC_TRY(find_pooled(c, g, o, &x));
    if (x == IR_NONE)
        return BDC_OK;
    const ir_tensor t = g->tensors[x];
    if (t.h * t.w == 1) {
        *gate = x;
        return BDC_OK;
    }
    const uint32_t side = t.h * t.w > 256 ? common_side(t.h, t.w) : 1;
    if (side > 1)
        BDC_TRY(add_mean(c, g, x, side, side, &x));
    if (g->tensors[x].h * g->tensors[x].w > 1)
        BDC_TRY(add_mean(c, g, x, g->tensors[x].h, g->tensors[x].w, &x));
    /* Means vary less than what they are taken of: room for four times what calibration saw of them, if it did. */
    double least = 0, most = 0;
    for (uint32_t i = 0; t.mean && i < t.c; i++) {
        least = fmin(least, 4 * (double)t.mean[i]);
        most = fmax(most, 4 * (double)t.mean[i]);
    }
    if (t.mean && most > least) {
        g->tensors[x].lo = fmaxf(t.lo, (float)least);
        g->tensors[x].hi = fminf(t.hi, (float)most);
    }
    *gate = x;
    return BDC_OK;
}

/* Appends the layer that prepares the features for the gate; *gate becomes its result. */
static bdc_status append_projection(bdc_context *c, ir_graph *g, const bdc_result_spec *s, const float *weights,
                                    uint32_t *gate)
{
    ir_op *op;
    uint32_t y;
    BDC_TRY(ir_add_tensor(c, g, "gate", s->gate_projected, 1, 1, &y));
    BDC_TRY(ir_add_op(c, g, IR_GEMM, 1, &op));
    op->inputs[0] = *gate;
    op->output = *gate = y;
    op->weights = weights;
    op->bias = s->gate_offset;
    op->projects_gate = 1; /* on a coarse grid nothing is left of a whitening */
    return BDC_OK;
}

/* The same weights for features of which some are not left: those count nothing. */
static const float *spread_columns(bdc_context *c, const bdc_result_spec *s, const uint32_t *left, uint32_t columns)
{
    float *wide = BDC_NEW(c, float, (size_t)s->gate_projected *columns);
    for (uint32_t i = 0; wide && i < s->gate_projected; i++)
        for (uint32_t k = 0; k < s->gate_features; k++)
            wide[(size_t)i * columns + left[k]] = s->gate_projection[(size_t)i * s->gate_features + k];
    return wide;
}

/* The projection was made for the features that pruning has left; it is added after that, to the exact network as well. */
static bdc_status add_projection(compilation *k)
{
    bdc_context *c = k->context;
    const bdc_result_spec *s = k->result;
    const uint32_t tensors = k->graph.tensor_count;
    if (k->gate == IR_NONE || !s->gate_projection || !s->gate_offset || s->gate_features != k->graph.tensors[k->gate].c)
        return bdc_fail(c, BDC_E_ARGUMENT, "This network has no features to project for a gate, or no projection.");
    const size_t count = (size_t)s->gate_projected * s->gate_features;
    for (size_t i = 0; i < count; i++)
        if (!isfinite(s->gate_projection[i]) || !isfinite(s->gate_offset[i / s->gate_features]))
            return bdc_fail(c, BDC_E_ARGUMENT, "The gate's projection has a number that is not finite.");
    const float *exact = s->gate_projection;
    if (k->channels) {
        const uint32_t **channels = BDC_NEW(c, const uint32_t *, tensors + 1); /* of the new tensor all are left */
        if (!channels)
            return BDC_E_MEMORY;
        memcpy(channels, k->channels, tensors * sizeof *channels);
        k->channels = channels;
        if (channels[k->gate])
            exact = spread_columns(c, s, channels[k->gate], k->exact.tensors[k->gate].c);
    }
    uint32_t features = k->gate;
    if (!exact)
        return BDC_E_MEMORY;
    BDC_TRY(append_projection(c, &k->exact, s, exact, &features));
    BDC_TRY(append_projection(c, &k->graph, s, s->gate_projection, &k->gate));
    return BDC_OK;
}

/* The gate's distance is one of int8 results. A layer that was named must be one; of no named one there is no gate then. */
static bdc_status check_gate(compilation *k)
{
    const bdc_options *o = k->z.options;
    if (k->gate == IR_NONE || k->z.quants[k->gate].type == BDS_INT8)
        return BDC_OK;
    if (o->gate_layer)
        return bdc_fail(k->context, BDC_E_ARGUMENT,
                        "The gate cannot look at '%s': its result has 16 bits, and the gate needs 8.", o->gate_layer);
    k->gate = IR_NONE;
    return BDC_OK;
}

/* ---- Entry ------------------------------------------------------------------------------------------------------ */

static bdc_status check_options(const bdc_graph *graph, const bdc_options *o)
{
    bdc_context *c = graph->context;
    BDC_TRY(prune_check(c, o));
    for (uint32_t i = 0; i < o->meta_count; i++)
        if (!o->meta || !o->meta[i].key || !o->meta[i].text)
            return bdc_fail(c, BDC_E_ARGUMENT, "A metadata entry has no key or no text.");
    if (!o->image)
        return BDC_OK;
    uint32_t channels = graph->ir.tensors[graph->ir.inputs[0]].c;
    if (channels != 1 && channels != 3)
        return bdc_fail(c, BDC_E_UNSUPPORTED, "A picture has 1 or 3 channels; the network's input has %u.", channels);
    if (o->image->crop > BDF_CROP_CENTRE_SQUARE)
        return bdc_fail(c, BDC_E_ARGUMENT, "The crop is unknown.");
    for (uint32_t i = 0; i < channels; i++)
        if (!isfinite(o->image->mean[i]) || !(o->image->std[i] > 1e-6) || !(o->image->std[i] < 1e6) ||
            fabs(o->image->mean[i]) > 1e6)
            return bdc_fail(c, BDC_E_ARGUMENT, "The mean or standard deviation of channel %u is out of range.", i);
    return BDC_OK;
}

bdc_status compile_begin(bdc_graph *graph, const bdc_options *options, const bdc_result_spec *result, compilation *k)
{
    bdc_context *c = graph->context;
    ir_graph *g = &k->graph;
    *k = (compilation){.context = c, .from = graph, .result = result};
    k->z = (quantiser){.context = c, .options = options, .graph = g, .file = &k->file};
    BDC_TRY(optimise(graph, options->keep_final, options->keep_dead_channels)); /* its layers are known then */
    BDC_TRY(check_options(graph, options));
    if (!graph->calibrated && options->sample) /* a network that the file quantised needs no samples */
        BDC_TRY(bdc_calibrate(graph, options));
    BDC_TRY(ir_copy(c, &graph->ir, g));
    BDC_TRY(scales_separate(c, g, options));
    if (options->no_gate)
        k->gate = IR_NONE;
    else if (options->segment || options->gate_layer)
        BDC_TRY(add_features(c, g, options, &k->gate));
    else
        k->gate = find_features(g);
    BDC_TRY(ir_copy(c, g, &k->exact));
    BDC_TRY(prune_channels(c, g, options, &k->channels));
    if (result && result->gate_projected)
        BDC_TRY(add_projection(k));
    BDC_TRY(scales_choose(c, g, options, graph->calibrated, &k->z.quants));
    BDC_TRY(check_gate(k));
    k->z.layers = BDC_NEW(c, layer_result, g->op_count);
    return k->z.layers ? BDC_OK : BDC_E_MEMORY;
}

bdc_status compile_decide(compilation *k, double *decibels)
{
    const bdc_options *o = k->z.options;
    const int fits = o->adaptive_rounding || o->reconstruct;
    double ratio;
    const bdc_mark mark = bdc_mark_set(k->context);
    BDC_TRY(make_ops(&k->z, BDC_CODER_RAW));
    if (fits) { /* the plain integers only settled the scales, so that no fit is done in vain */
        for (uint32_t i = 0; i < k->graph.op_count; i++)
            k->z.layers[i] = (layer_result){0};
        bdc_mark_release(k->context, mark);
    }
    return fits || decibels ? fit_network(&k->z, k->from, &k->exact, k->channels, decibels ? decibels : &ratio)
                            : BDC_OK;
}

bdc_status compile_write(compilation *k, bdc_compiled *compiled)
{
    quantiser *z = &k->z;
    uint64_t activation_bytes;
    BDC_TRY(make_ops(z, z->options->coder));
    BDC_TRY(make_tensors(z));
    BDC_TRY(make_inputs(z));
    for (uint32_t i = 0; i < k->graph.output_count; i++)
        BDC_TRY(bdc_file_link(&k->file, k->graph.outputs[i]));
    if (k->result)
        BDC_TRY(result_section(z, k->result, k->gate));
    BDC_TRY(place_activations(k->context, &k->file, &k->graph, k->gate, &activation_bytes));
    BDC_TRY(bdc_file_finish(&k->file, &compiled->bytes, &compiled->byte_count));
    return compile_describe(k, activation_bytes, compiled);
}

bdc_status bdc_compile(bdc_graph *graph, const bdc_options *options, const bdc_result_spec *result,
                       bdc_compiled *compiled)
{
    compilation k;
    if (!graph)
        return BDC_E_ARGUMENT;
    if (!options || !compiled)
        return bdc_fail(graph->context, BDC_E_ARGUMENT, "No options or no place for the result were given.");
    *compiled = (bdc_compiled){0};
    BDC_TRY(compile_begin(graph, options, result, &k));
    if (options->adaptive_rounding || options->reconstruct)
        BDC_TRY(compile_decide(&k, NULL));
    return compile_write(&k, compiled);
}

bdc_status bdc_signal_to_noise(bdc_graph *graph, const bdc_options *options, double *decibels)
{
    compilation k;
    if (!graph)
        return BDC_E_ARGUMENT;
    if (!options || !decibels)
        return bdc_fail(graph->context, BDC_E_ARGUMENT, "No options or no place for the result were given.");
    const bdc_mark mark = bdc_mark_set(graph->context);
    BDC_TRY(compile_begin(graph, options, NULL, &k));
    BDC_TRY(compile_decide(&k, decibels));
    (void)mark;
    return BDC_OK;
}
