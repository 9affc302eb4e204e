/* ONNX's operators, one function each: checks every attribute and shape, then adds operators to the graph.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "../format.h"
#include "onnx.h"

/* A shape in ONNX's terms. */
typedef struct shape {
    uint32_t rank;
    uint64_t dims[ONNX_MAX_RANK];
} shape;

static bdc_status reject(const onnx_importer *m, const onnx_node *n, bdc_status status, const char *why)
{
    return bdc_fail(m->context, status, "%s '%s': %s.", n->type, n->name, why);
}

static bdc_status unsupported(const onnx_importer *m, const onnx_node *n, const char *why)
{
    return reject(m, n, BDC_E_UNSUPPORTED, why);
}

static bdc_status invalid(const onnx_importer *m, const onnx_node *n, const char *why)
{
    return reject(m, n, BDC_E_INVALID, why);
}

/* ---- Attributes ------------------------------------------------------------------------------------------------- */

static const onnx_attribute *attribute(const onnx_node *n, const char *name)
{
    for (uint32_t i = 0; i < n->attribute_count; i++)
        if (wire_equal(n->attributes[i].name, name))
            return &n->attributes[i];
    return NULL;
}

static int64_t attribute_int(const onnx_node *n, const char *name, int64_t otherwise)
{
    const onnx_attribute *a = attribute(n, name);
    return a ? a->i : otherwise;
}

static float attribute_float(const onnx_node *n, const char *name, float otherwise)
{
    const onnx_attribute *a = attribute(n, name);
    return a ? a->f : otherwise;
}

/* Reads a list of integers in [low, 65535]; *count 0 if it is absent. */
static bdc_status attribute_sizes(const onnx_importer *m, const onnx_node *n, const char *name, uint32_t low,
                                  uint32_t max, uint32_t *out, uint32_t *count)
{
    const onnx_attribute *a = attribute(n, name);
    const int64_t *ints;
    size_t found = 0;
    *count = 0;
    if (!a)
        return BDC_OK;
    BDC_TRY(onnx_attribute_ints(m->context, a, &ints, &found));
    if (found > max)
        return bdc_fail(m->context, BDC_E_INVALID, "%s '%s': attribute '%s' has too many elements.", n->type, n->name,
                        name);
    for (size_t i = 0; i < found; i++) {
        if (ints[i] < (int64_t)low || ints[i] > (int64_t)BDF_MAX_DIM)
            return bdc_fail(m->context, BDC_E_UNSUPPORTED, "%s '%s': attribute '%s' has a value outside [%u, %u].",
                            n->type, n->name, name, low, BDF_MAX_DIM);
        out[i] = (uint32_t)ints[i];
    }
    *count = (uint32_t)found;
    return BDC_OK;
}

/* ---- Inputs and outputs ----------------------------------------------------------------------------------------- */

static int has_input(const onnx_node *n, uint32_t i)
{
    return i < n->input_count && n->inputs[i].n;
}

static bdc_status activation(const onnx_importer *m, const onnx_node *n, uint32_t i, uint32_t *tensor)
{
    const onnx_value *v = has_input(n, i) ? onnx_find(m, n->inputs[i]) : NULL;
    if (!v)
        return bdc_fail(m->context, BDC_E_INVALID, "%s '%s': input %u is missing.", n->type, n->name, i);
    if (v->kind != ONNX_ACTIVATION)
        return bdc_fail(m->context, BDC_E_UNSUPPORTED,
                        "%s '%s': input %u is a constant; it should come from the network.", n->type, n->name, i);
    *tensor = v->tensor;
    return BDC_OK;
}

/* *t is null if the optional input is left out. */
static bdc_status constant(const onnx_importer *m, const onnx_node *n, uint32_t i, int required, onnx_tensor **t)
{
    const onnx_value *v = has_input(n, i) ? onnx_find(m, n->inputs[i]) : NULL;
    *t = NULL;
    if (!v)
        return required ? bdc_fail(m->context, BDC_E_INVALID, "%s '%s': input %u is missing.", n->type, n->name, i)
                        : BDC_OK;
    if (v->kind != ONNX_CONSTANT)
        return bdc_fail(m->context, BDC_E_UNSUPPORTED, "%s '%s': input %u must be a constant.", n->type, n->name, i);
    *t = v->constant;
    return BDC_OK;
}

/* A required constant vector of exactly count floats. */
static bdc_status vector(const onnx_importer *m, const onnx_node *n, uint32_t i, uint32_t count, const float **floats)
{
    onnx_tensor *t;
    BDC_TRY(constant(m, n, i, 1, &t));
    if (t->count != count)
        return bdc_fail(m->context, BDC_E_INVALID, "%s '%s': the constant '%s' has %u elements, not %u.", n->type,
                        n->name, t->name, (unsigned)t->count, count);
    return onnx_tensor_floats(m->context, t, floats);
}

/* Gives the node's first output a tensor. */
static bdc_status set_output(onnx_importer *m, const onnx_node *n, uint32_t tensor)
{
    onnx_value *v = n->output_count ? onnx_find(m, n->outputs[0]) : NULL;
    if (!v)
        return invalid(m, n, "the node has no output");
    v->kind = ONNX_ACTIVATION;
    v->tensor = tensor;
    return BDC_OK;
}

/* Makes a new tensor for the first output. */
static bdc_status new_output(onnx_importer *m, const onnx_node *n, uint32_t c, uint32_t h, uint32_t w, uint32_t rank,
                             uint32_t *tensor)
{
    if (!n->output_count)
        return invalid(m, n, "the node has no output");
    BDC_TRY(ir_add_tensor(m->context, m->graph, onnx_text(m->context, n->outputs[0]), c, h, w, tensor));
    m->graph->tensors[*tensor].rank = rank;
    return set_output(m, n, *tensor);
}

/* Adds an operator with one input whose output has the same shape. */
static bdc_status same_shape_op(onnx_importer *m, const onnx_node *n, ir_code code, uint32_t x, ir_op **op)
{
    ir_tensor t = m->graph->tensors[x];
    uint32_t y;
    BDC_TRY(new_output(m, n, t.c, t.h, t.w, t.rank, &y));
    BDC_TRY(ir_add_op(m->context, m->graph, code, 1, op));
    (*op)->inputs[0] = x;
    (*op)->output = y;
    return BDC_OK;
}

static shape shape_of(const ir_tensor *t)
{
    shape s = {t->rank, {1}};
    if (t->rank == 1)
        s.dims[0] = t->c;
    if (t->rank >= 2)
        s.dims[1] = t->c;
    if (t->rank == 3)
        s.dims[2] = t->w;
    if (t->rank == 4) {
        s.dims[2] = t->h;
        s.dims[3] = t->w;
    }
    return s;
}

static uint32_t channel_axis(const ir_tensor *t)
{
    return t->rank == 1 ? 0 : 1;
}

/* An axis in [-rank, rank - 1] as an index; -1 if it is outside. */
static int normal_axis(int64_t axis, uint32_t rank)
{
    if (axis < -(int64_t)rank || axis >= (int64_t)rank)
        return -1;
    return (int)(axis < 0 ? axis + rank : axis);
}

/* A view from HWC to CHW (then it has one row of w * h * c) or, if to_chw is 0, from CHW to a tensor of c x h x w. */
static bdc_status transpose(onnx_importer *m, const onnx_node *n, uint32_t x, uint32_t c, uint32_t h, uint32_t w,
                            int to_chw, uint32_t *y)
{
    bdc_context *k = m->context;
    const uint32_t hwc[2] = {h * w, c}, chw[2] = {c, h * w}, swap[2] = {1, 0};
    ir_view *view = BDC_NEW(k, ir_view, 1);
    ir_op *op;
    if (!view || !n->output_count)
        return view ? invalid(m, n, "the node has no output") : BDC_E_MEMORY;
    *view = ir_permutation(2, to_chw ? hwc : chw, swap);
    /* CHW lies in memory as if c were the height. */
    BDC_TRY(ir_add_tensor(k, m->graph, onnx_text(k, n->outputs[0]), to_chw ? w : c, to_chw ? c : h, to_chw ? h : w, y));
    BDC_TRY(ir_add_op(k, m->graph, IR_VIEW, 1, &op));
    op->inputs[0] = x;
    op->output = *y;
    op->view = view;
    return BDC_OK;
}

/* The same elements under another shape. */
static bdc_status reshape_to(onnx_importer *m, const onnx_node *n, uint32_t x, const shape *s)
{
    ir_tensor in = m->graph->tensors[x];
    uint64_t count = 1;
    if (s->rank < 1 || s->rank > 4 || (s->rank > 1 && s->dims[0] != 1))
        return unsupported(m, n, "the new shape must have 1 to 4 dimensions and keep the batch of 1 in front");
    for (uint32_t i = 0; i < s->rank; i++) {
        if (s->dims[i] > BDF_MAX_DIM)
            return reject(m, n, BDC_E_LIMIT, "a dimension of the new shape is over 65535");
        count *= s->dims[i];
        if (count > BDF_MAX_TENSOR_BYTES)
            return invalid(m, n, "the new shape has another number of elements");
    }
    if (count != ir_count(&in))
        return invalid(m, n, "the new shape has another number of elements");
    uint32_t c = (uint32_t)s->dims[s->rank == 1 ? 0 : 1];
    uint32_t h = s->rank == 4 ? (uint32_t)s->dims[2] : 1;
    uint32_t w = s->rank == 4 ? (uint32_t)s->dims[3] : s->rank == 3 ? (uint32_t)s->dims[2] : 1;
    /* ONNX's order is CHW: what changes the channels goes through it. */
    int moves = !((in.c == c && in.h * in.w == h * w) || (ir_order_free(&in) && (c == 1 || h * w == 1)));
    ir_op *op;
    uint32_t y;
    if (moves && !ir_order_free(&in))
        BDC_TRY(transpose(m, n, x, in.c, in.h, in.w, 1, &x));
    if (!moves || c == 1 || h * w == 1) {
        BDC_TRY(new_output(m, n, c, h, w, s->rank, &y));
        BDC_TRY(ir_add_op(m->context, m->graph, IR_RESHAPE, 1, &op));
        op->inputs[0] = x;
        op->output = y;
        return BDC_OK;
    }
    BDC_TRY(transpose(m, n, x, c, h, w, 0, &y));
    m->graph->tensors[y].rank = s->rank;
    return set_output(m, n, y);
}

/* ---- Windows ---------------------------------------------------------------------------------------------------- */

static uint32_t same_padding(uint32_t in, uint32_t kernel, uint32_t stride, uint32_t dilation)
{
    uint64_t out = ((uint64_t)in + stride - 1) / stride;
    uint64_t need = (out - 1) * stride + (uint64_t)(kernel - 1) * dilation + 1;
    return need > in ? (uint32_t)(need - in) : 0;
}

/* Moves the end padding of one dimension so that a last, partial window fits (ceil_mode). */
static uint32_t ceil_padding(uint32_t in, uint32_t kernel, uint32_t stride, uint32_t begin, uint32_t end)
{
    uint64_t padded = (uint64_t)in + begin + end;
    if (padded < kernel)
        return end;
    uint64_t last = (padded - kernel + stride - 1) / stride * stride; /* where the last window starts */
    if (last >= (uint64_t)in + begin)
        last -= stride;
    uint64_t need = last + kernel;
    return need > padded ? (uint32_t)(need - in - begin) : end;
}

/* Kernel, strides, dilations and padding of a convolution or pool over x. kernel is used where the node states none. */
static bdc_status read_window(onnx_importer *m, const onnx_node *n, const ir_tensor *x, const uint32_t *kernel,
                              ir_window *out)
{
    uint32_t spatial = x->rank < 3 ? 0 : x->rank - 2, count;
    uint32_t k[2] = {1, 1}, s[2] = {1, 1}, d[2] = {1, 1}, p[4] = {0};
    if (!spatial)
        return unsupported(m, n, "the input has no height and width");
    BDC_TRY(attribute_sizes(m, n, "kernel_shape", 1, 2, k, &count));
    if (count == 0 && kernel)
        memcpy(k, kernel, sizeof k);
    else if (count != spatial)
        return invalid(m, n, "kernel_shape has the wrong number of elements");
    if (kernel && (k[0] != kernel[0] || (spatial == 2 && k[1] != kernel[1])))
        return invalid(m, n, "kernel_shape differs from the shape of the weights");
    BDC_TRY(attribute_sizes(m, n, "strides", 1, 2, s, &count));
    if (count && count != spatial)
        return invalid(m, n, "strides has the wrong number of elements");
    BDC_TRY(attribute_sizes(m, n, "dilations", 1, 2, d, &count));
    if (count && count != spatial)
        return invalid(m, n, "dilations has the wrong number of elements");
    BDC_TRY(attribute_sizes(m, n, "pads", 0, 4, p, &count));
    if (count && count != 2 * spatial)
        return invalid(m, n, "pads has the wrong number of elements");
    /* One dimension: lay it along the width. */
    uint32_t first = 2 - spatial;
    ir_window w = {.kernel_h = 1, .stride_h = 1, .dilation_h = 1};
    w.kernel_w = k[spatial - 1];
    w.stride_w = s[spatial - 1];
    w.dilation_w = d[spatial - 1];
    w.pad_left = p[spatial - 1];
    w.pad_right = p[2 * spatial - 1];
    if (first == 0) {
        w.kernel_h = k[0];
        w.stride_h = s[0];
        w.dilation_h = d[0];
        w.pad_top = p[0];
        w.pad_bottom = p[2];
    }
    const onnx_attribute *pad = attribute(n, "auto_pad");
    if (pad && !wire_equal(pad->s, "NOTSET") && pad->s.n) {
        w.pad_top = w.pad_left = w.pad_bottom = w.pad_right = 0;
        if (wire_equal(pad->s, "SAME_UPPER") || wire_equal(pad->s, "SAME_LOWER")) {
            uint32_t h = same_padding(x->h, w.kernel_h, w.stride_h, w.dilation_h);
            uint32_t v = same_padding(x->w, w.kernel_w, w.stride_w, w.dilation_w);
            int upper = wire_equal(pad->s, "SAME_UPPER");
            w.pad_top = upper ? h / 2 : h - h / 2;
            w.pad_bottom = h - w.pad_top;
            w.pad_left = upper ? v / 2 : v - v / 2;
            w.pad_right = v - w.pad_left;
        } else if (!wire_equal(pad->s, "VALID")) {
            return unsupported(m, n, "auto_pad has an unknown value");
        }
    }
    *out = w;
    return BDC_OK;
}

/* Adds an operator with a window; channels is the output's. */
static bdc_status window_op(onnx_importer *m, const onnx_node *n, ir_code code, uint32_t x, const ir_window *w,
                            uint32_t channels, ir_op **op)
{
    ir_tensor t = m->graph->tensors[x];
    uint32_t h = ir_window_out(t.h, w->kernel_h, w->stride_h, w->dilation_h, w->pad_top, w->pad_bottom);
    uint32_t v = ir_window_out(t.w, w->kernel_w, w->stride_w, w->dilation_w, w->pad_left, w->pad_right);
    if (!h || !v)
        return invalid(m, n, "the window is larger than the padded input");
    if (w->pad_top > BDF_MAX_DIM || w->pad_bottom > BDF_MAX_DIM || w->pad_left > BDF_MAX_DIM ||
        w->pad_right > BDF_MAX_DIM)
        return reject(m, n, BDC_E_LIMIT, "the padding is over 65535");
    uint32_t y;
    BDC_TRY(new_output(m, n, channels, h, v, t.rank, &y));
    BDC_TRY(ir_add_op(m->context, m->graph, code, 1, op));
    (*op)->inputs[0] = x;
    (*op)->output = y;
    (*op)->window = *w;
    return BDC_OK;
}

/* ---- Layers with weights ---------------------------------------------------------------------------------------- */

/* [rows][channels][taps] to [rows][taps][channels]: from CHW to HWC. */
static float *channels_last(bdc_context *c, const float *from, size_t rows, size_t channels, size_t taps)
{
    float *out = BDC_NEW(c, float, rows *channels *taps), *to = out;
    for (size_t r = 0; out && r < rows; r++, from += channels * taps)
        for (size_t t = 0; t < taps; t++)
            for (size_t i = 0; i < channels; i++)
                *to++ = from[i * taps + t];
    return out;
}

static bdc_status convert_conv(onnx_importer *m, const onnx_node *n)
{
    uint32_t x;
    onnx_tensor *weights;
    const float *w, *bias = NULL;
    BDC_TRY(activation(m, n, 0, &x));
    BDC_TRY(constant(m, n, 1, 1, &weights));
    ir_tensor t = m->graph->tensors[x];
    int64_t groups = attribute_int(n, "group", 1);
    if (t.rank < 3 || weights->rank != t.rank)
        return unsupported(m, n, "only convolutions of one or two dimensions are supported");
    for (uint32_t i = 0; i < weights->rank; i++)
        if (weights->dims[i] < 1 || weights->dims[i] > BDF_MAX_DIM)
            return invalid(m, n, "a dimension of the weights is outside [1, 65535]");
    if (groups < 1 || groups > (int64_t)t.c || t.c % groups || weights->dims[0] % (uint64_t)groups ||
        weights->dims[1] != t.c / (uint64_t)groups)
        return bdc_fail(m->context, BDC_E_INVALID,
                        "Conv '%s': weights for %u x %u channels do not fit an input of %u in its groups.", n->name,
                        (unsigned)weights->dims[0], (unsigned)weights->dims[1], t.c);
    BDC_TRY(onnx_tensor_floats(m->context, weights, &w));
    uint32_t out = (uint32_t)weights->dims[0];
    if (has_input(n, 2))
        BDC_TRY(vector(m, n, 2, out, &bias));
    uint32_t kernel[2] = {(uint32_t)weights->dims[2], t.rank == 4 ? (uint32_t)weights->dims[3] : 1};
    ir_window window;
    ir_op *op;
    BDC_TRY(read_window(m, n, &t, kernel, &window));
    BDC_TRY(window_op(m, n, IR_CONV, x, &window, out, &op));
    op->groups = (uint32_t)groups;
    op->weights = channels_last(m->context, w, out, (size_t)weights->dims[1], (size_t)kernel[0] * kernel[1]);
    op->bias = bias;
    if (!op->weights)
        return BDC_E_MEMORY;
    return BDC_OK;
}

/* weights [out][in] of a fully connected layer from [in][out] or, if transposed, [out][in], times factor. */
static bdc_status dense(onnx_importer *m, const onnx_node *n, uint32_t x, onnx_tensor *weights, int transposed,
                        float factor, const float *bias, uint32_t bias_count, float bias_factor)
{
    bdc_context *c = m->context;
    ir_tensor t = m->graph->tensors[x];
    const float *w;
    if (t.rank != 2)
        return unsupported(m, n, "the left side must have the shape [1, N]");
    if (weights->rank != 2 || weights->dims[0] > BDF_MAX_DIM || weights->dims[1] > BDF_MAX_DIM)
        return unsupported(m, n, "the weights must be a matrix with sides up to 65535");
    uint32_t rows = (uint32_t)weights->dims[0], columns = (uint32_t)weights->dims[1];
    uint32_t in = transposed ? columns : rows, out = transposed ? rows : columns;
    if (in != t.c || !out)
        return bdc_fail(c, BDC_E_INVALID, "%s '%s': the weights are for %u inputs, the tensor has %u.", n->type,
                        n->name, in, t.c);
    if (bias && bias_count != out && bias_count != 1)
        return invalid(m, n, "the bias does not fit the number of outputs");
    BDC_TRY(onnx_tensor_floats(c, weights, &w));
    float *turned = BDC_NEW(c, float, (size_t)in *out);
    float *b = bias ? BDC_NEW(c, float, out) : NULL;
    if (!turned || (bias && !b))
        return BDC_E_MEMORY;
    for (uint32_t o = 0; o < out; o++)
        for (uint32_t i = 0; i < in; i++)
            turned[(size_t)o * in + i] = factor * (transposed ? w[(size_t)o * in + i] : w[(size_t)i * out + o]);
    for (uint32_t o = 0; b && o < out; o++)
        b[o] = bias_factor * bias[bias_count == 1 ? 0 : o];
    ir_op *op;
    uint32_t y;
    BDC_TRY(new_output(m, n, out, 1, 1, 2, &y));
    BDC_TRY(ir_add_op(c, m->graph, IR_GEMM, 1, &op));
    op->inputs[0] = x;
    op->output = y;
    op->weights = turned;
    op->bias = b;
    return BDC_OK;
}

static bdc_status convert_gemm(onnx_importer *m, const onnx_node *n)
{
    uint32_t x;
    onnx_tensor *weights, *bias;
    const float *b = NULL;
    BDC_TRY(activation(m, n, 0, &x));
    BDC_TRY(constant(m, n, 1, 1, &weights));
    BDC_TRY(constant(m, n, 2, 0, &bias));
    float alpha = attribute_float(n, "alpha", 1), beta = attribute_float(n, "beta", 1);
    if (!isfinite(alpha) || !isfinite(beta))
        return invalid(m, n, "alpha or beta is not a number");
    if (attribute_int(n, "transA", 0))
        return unsupported(m, n, "attribute 'transA' is not supported");
    if (bias) {
        BDC_TRY(onnx_tensor_floats(m->context, bias, &b));
        if (bias->count > BDF_MAX_DIM)
            return invalid(m, n, "the bias does not fit the number of outputs");
    }
    return dense(m, n, x, weights, attribute_int(n, "transB", 0) != 0, alpha, b, bias ? (uint32_t)bias->count : 0,
                 beta);
}

static bdc_status convert_matmul(onnx_importer *m, const onnx_node *n)
{
    uint32_t x;
    onnx_tensor *weights;
    BDC_TRY(activation(m, n, 0, &x));
    BDC_TRY(constant(m, n, 1, 1, &weights));
    return dense(m, n, x, weights, 0, 1, NULL, 0, 0);
}

static bdc_status convert_batch_norm(onnx_importer *m, const onnx_node *n)
{
    uint32_t x;
    const float *gain, *beta, *mean, *variance;
    BDC_TRY(activation(m, n, 0, &x));
    uint32_t channels = m->graph->tensors[x].c;
    BDC_TRY(vector(m, n, 1, channels, &gain));
    BDC_TRY(vector(m, n, 2, channels, &beta));
    BDC_TRY(vector(m, n, 3, channels, &mean));
    BDC_TRY(vector(m, n, 4, channels, &variance));
    double epsilon = (double)attribute_float(n, "epsilon", 1e-5f);
    if (attribute_int(n, "training_mode", 0) || attribute_int(n, "spatial", 1) != 1)
        return unsupported(m, n, "only inference with statistics per channel is supported");
    if (!(epsilon >= 0 && epsilon <= 1))
        return invalid(m, n, "attribute 'epsilon' is outside [0, 1]");
    float *scale = BDC_NEW(m->context, float, channels), *shift = BDC_NEW(m->context, float, channels);
    if (!scale || !shift)
        return BDC_E_MEMORY;
    for (uint32_t i = 0; i < channels; i++) {
        if (!((double)variance[i] + epsilon > 0))
            return invalid(m, n, "a variance is negative, or zero without an epsilon");
        double s = (double)gain[i] / sqrt((double)variance[i] + epsilon);
        scale[i] = (float)s;
        shift[i] = (float)((double)beta[i] - (double)mean[i] * s);
        if (!isfinite(scale[i]) || !isfinite(shift[i]))
            return invalid(m, n, "scale over standard deviation is not a number");
    }
    ir_op *op;
    BDC_TRY(same_shape_op(m, n, IR_AFFINE, x, &op));
    op->weights = scale;
    op->bias = shift;
    return BDC_OK;
}

/* ---- Functions of one number ------------------------------------------------------------------------------------ */

static bdc_status convert_function(onnx_importer *m, const onnx_node *n, ir_function_code function, float alpha,
                                   float beta)
{
    uint32_t x;
    ir_op *op;
    BDC_TRY(activation(m, n, 0, &x));
    if (isnan(alpha) || isnan(beta) || (function != IR_CLAMP && (!isfinite(alpha) || !isfinite(beta))))
        return invalid(m, n, "a parameter is not a number");
    BDC_TRY(same_shape_op(m, n, IR_FUNCTION, x, &op));
    op->functions[0] = (ir_function){.code = function, .alpha = alpha, .beta = beta};
    op->function_count = 1;
    return BDC_OK;
}

static bdc_status convert_relu(onnx_importer *m, const onnx_node *n)
{
    return convert_function(m, n, IR_CLAMP, 0, INFINITY);
}

static bdc_status convert_leaky_relu(onnx_importer *m, const onnx_node *n)
{
    return convert_function(m, n, IR_LEAKY_RELU, attribute_float(n, "alpha", 0.01f), 0);
}

static bdc_status convert_elu(onnx_importer *m, const onnx_node *n)
{
    return convert_function(m, n, IR_ELU, attribute_float(n, "alpha", 1), 0);
}

static bdc_status convert_sigmoid(onnx_importer *m, const onnx_node *n)
{
    return convert_function(m, n, IR_SIGMOID, 0, 0);
}

static bdc_status convert_tanh(onnx_importer *m, const onnx_node *n)
{
    return convert_function(m, n, IR_TANH, 0, 0);
}

static bdc_status convert_hard_sigmoid(onnx_importer *m, const onnx_node *n)
{
    return convert_function(m, n, IR_HARD_SIGMOID, attribute_float(n, "alpha", 0.2f), attribute_float(n, "beta", 0.5f));
}

static bdc_status convert_hard_swish(onnx_importer *m, const onnx_node *n)
{
    return convert_function(m, n, IR_HARD_SWISH, 1.0f / 6, 0.5f);
}

static bdc_status convert_clip(onnx_importer *m, const onnx_node *n)
{
    float bound[2] = {attribute_float(n, "min", -INFINITY), attribute_float(n, "max", INFINITY)};
    for (uint32_t i = 0; i < 2; i++) {
        const float *value;
        if (!has_input(n, i + 1))
            continue;
        BDC_TRY(vector(m, n, i + 1, 1, &value));
        bound[i] = value[0];
    }
    if (!(bound[0] <= bound[1]))
        return invalid(m, n, "the lower bound is above the upper");
    return convert_function(m, n, IR_CLAMP, bound[0], bound[1]);
}

/* ---- Arithmetic ------------------------------------------------------------------------------------------------- */

/* A constant that numpy's broadcasting repeats over height and width of x, as one value per channel. */
static bdc_status per_channel(onnx_importer *m, const onnx_node *n, const ir_tensor *x, onnx_tensor *t,
                              const float **out)
{
    const float *values;
    shape s = shape_of(x);
    uint32_t axis = channel_axis(x);
    if (t->rank > x->rank && t->count != 1)
        return unsupported(m, n, "the constant has more dimensions than the tensor");
    if (t->count == 0)
        return invalid(m, n, "the constant is empty");
    BDC_TRY(onnx_tensor_floats(m->context, t, &values));
    float *v = BDC_NEW(m->context, float, x->c);
    if (!v)
        return BDC_E_MEMORY;
    *out = v;
    if (t->count == 1) {
        for (uint32_t i = 0; i < x->c; i++)
            v[i] = values[0];
        return BDC_OK;
    }
    uint64_t spatial = 1, channels = 1;
    for (uint32_t i = 0; i < t->rank; i++) {
        uint32_t of = x->rank - t->rank + i; /* aligned at the last dimension */
        if (t->dims[i] != 1 && t->dims[i] != s.dims[of])
            return unsupported(m, n, "the constant's shape does not fit the tensor's");
        if (of == axis)
            channels = t->dims[i];
        else if (of > axis)
            spatial *= t->dims[i];
    }
    for (uint32_t i = 0; i < x->c; i++) {
        const float *row = values + (channels == 1 ? 0 : i * spatial);
        v[i] = row[0];
        for (uint64_t k = 1; k < spatial; k++)
            if (row[k] != row[0])
                return unsupported(m, n, "a constant that changes over height or width is not supported");
    }
    return BDC_OK;
}

/* x * scale + shift per channel; null stands for 1 and 0. */
static bdc_status affine(onnx_importer *m, const onnx_node *n, uint32_t x, const float *scale, const float *shift)
{
    uint32_t channels = m->graph->tensors[x].c;
    float *one = BDC_NEW(m->context, float, channels), *zero = BDC_NEW(m->context, float, channels);
    ir_op *op;
    if (!one || !zero)
        return BDC_E_MEMORY;
    for (uint32_t i = 0; i < channels; i++)
        one[i] = 1;
    BDC_TRY(same_shape_op(m, n, IR_AFFINE, x, &op));
    op->weights = scale ? scale : one;
    op->bias = shift ? shift : zero;
    return BDC_OK;
}

static bdc_status arithmetic_with_constant(onnx_importer *m, const onnx_node *n, uint32_t x, onnx_tensor *t,
                                           int constant_first)
{
    ir_tensor in = m->graph->tensors[x];
    const float *given = NULL;
    BDC_TRY(per_channel(m, n, &in, t, &given));
    char kind = n->type[0]; /* Add, Sub, Mul, Div */
    if (kind == 'A')
        return affine(m, n, x, NULL, given);
    if (kind == 'M')
        return affine(m, n, x, given, NULL);
    if (kind == 'D' && constant_first)
        return unsupported(m, n, "a constant divided by a tensor is not supported");
    float *changed = BDC_NEW(m->context, float, in.c);
    if (!changed)
        return BDC_E_MEMORY;
    for (uint32_t i = 0; i < in.c; i++) {
        changed[i] = kind == 'D' ? 1 / given[i] : constant_first ? -1.0f : -given[i];
        if (!isfinite(changed[i]))
            return invalid(m, n, "division by zero");
    }
    if (kind == 'D')
        return affine(m, n, x, changed, NULL);
    return constant_first ? affine(m, n, x, changed, given) : affine(m, n, x, NULL, changed);
}

static bdc_status convert_arithmetic(onnx_importer *m, const onnx_node *n)
{
    const onnx_value *v[2] = {NULL, NULL};
    if (n->input_count != 2)
        return invalid(m, n, "two inputs are needed");
    for (uint32_t i = 0; i < 2; i++)
        if (!(v[i] = onnx_find(m, n->inputs[i])))
            return bdc_fail(m->context, BDC_E_INVALID, "%s '%s': input %u is missing.", n->type, n->name, i);
    if (v[0]->kind == ONNX_CONSTANT && v[1]->kind == ONNX_CONSTANT)
        return unsupported(m, n, "arithmetic between two constants is not supported: simplify the model first");
    for (int i = 0; i < 2; i++)
        if (v[i]->kind == ONNX_CONSTANT)
            return arithmetic_with_constant(m, n, v[1 - i]->tensor, v[i]->constant, i == 0);
    if (n->type[0] != 'A' && n->type[0] != 'M')
        return unsupported(m, n, "only a constant may be subtracted or divided by");
    uint32_t a = v[0]->tensor, b = v[1]->tensor;
    ir_tensor ta = m->graph->tensors[a], tb = m->graph->tensors[b];
    if (ta.h * ta.w < tb.h * tb.w) {
        uint32_t swap = a;
        a = b, b = swap;
        ir_tensor other = ta;
        ta = tb, tb = other;
    }
    if (ta.rank != tb.rank || !(ir_same_shape(&ta, &tb) || (ta.c == tb.c && tb.h == 1 && tb.w == 1)))
        return unsupported(m, n,
                           "the two tensors must have one shape, or one of them a single pixel of as many channels");
    ir_op *op;
    uint32_t y;
    BDC_TRY(new_output(m, n, ta.c, ta.h, ta.w, ta.rank, &y));
    BDC_TRY(ir_add_op(m->context, m->graph, n->type[0] == 'A' ? IR_ADD : IR_MUL, 2, &op));
    op->inputs[0] = a;
    op->inputs[1] = b;
    op->output = y;
    return BDC_OK;
}

/* ---- Pools ------------------------------------------------------------------------------------------------------ */

static bdc_status convert_pool(onnx_importer *m, const onnx_node *n)
{
    int maximum = n->type[0] == 'M';
    uint32_t x;
    ir_window w;
    ir_op *op;
    BDC_TRY(activation(m, n, 0, &x));
    ir_tensor t = m->graph->tensors[x];
    BDC_TRY(read_window(m, n, &t, NULL, &w));
    if (w.dilation_h != 1 || w.dilation_w != 1)
        return unsupported(m, n, "attribute 'dilations' other than 1 is not supported");
    if (attribute_int(n, "storage_order", 0))
        return unsupported(m, n, "attribute 'storage_order' is not supported");
    int include_pad = attribute_int(n, "count_include_pad", 0) != 0;
    if (attribute_int(n, "ceil_mode", 0)) {
        uint32_t bottom = ceil_padding(t.h, w.kernel_h, w.stride_h, w.pad_top, w.pad_bottom);
        uint32_t right = ceil_padding(t.w, w.kernel_w, w.stride_w, w.pad_left, w.pad_right);
        if (include_pad && (bottom != w.pad_bottom || right != w.pad_right))
            return unsupported(m, n, "ceil_mode together with count_include_pad is not supported");
        w.pad_bottom = bottom;
        w.pad_right = right;
    }
    if (w.pad_top >= w.kernel_h || w.pad_bottom >= w.kernel_h || w.pad_left >= w.kernel_w || w.pad_right >= w.kernel_w)
        return invalid(m, n, "the padding is as large as the window");
    BDC_TRY(window_op(m, n, maximum ? IR_MAX_POOL : IR_AVG_POOL, x, &w, t.c, &op));
    op->include_pad = include_pad;
    return BDC_OK;
}

static bdc_status global_pool(onnx_importer *m, const onnx_node *n, ir_code code, int keep)
{
    uint32_t x;
    ir_op *op;
    BDC_TRY(activation(m, n, 0, &x));
    ir_tensor t = m->graph->tensors[x];
    if (t.rank < 3)
        return unsupported(m, n, "the input has no height and width");
    ir_window w = {t.h, t.w, 1, 1, 1, 1, 0, 0, 0, 0};
    BDC_TRY(window_op(m, n, code, x, &w, t.c, &op));
    if (!keep)
        m->graph->tensors[op->output].rank = 2;
    return BDC_OK;
}

static bdc_status convert_global_average(onnx_importer *m, const onnx_node *n)
{
    return global_pool(m, n, IR_AVG_POOL, 1);
}

static bdc_status convert_global_max(onnx_importer *m, const onnx_node *n)
{
    return global_pool(m, n, IR_MAX_POOL, 1);
}

/* Integers from an attribute or, in newer opsets, from a constant input. *ints null if there are none. */
static bdc_status ints_of(onnx_importer *m, const onnx_node *n, const char *name, uint32_t input, const int64_t **ints,
                          size_t *count)
{
    const onnx_attribute *a = attribute(n, name);
    onnx_tensor *t;
    *ints = NULL;
    *count = 0;
    if (a)
        return onnx_attribute_ints(m->context, a, ints, count);
    BDC_TRY(constant(m, n, input, 0, &t));
    if (!t)
        return BDC_OK;
    *count = (size_t)t->count;
    return onnx_tensor_ints(m->context, t, ints);
}

static bdc_status convert_reduce_mean(onnx_importer *m, const onnx_node *n)
{
    uint32_t x, seen = 0;
    const int64_t *axes;
    size_t count;
    BDC_TRY(activation(m, n, 0, &x));
    uint32_t rank = m->graph->tensors[x].rank;
    BDC_TRY(ints_of(m, n, "axes", 1, &axes, &count));
    for (size_t i = 0; i < count; i++) {
        int axis = normal_axis(axes[i], rank);
        if (axis < 0)
            return invalid(m, n, "an axis is out of range");
        seen |= 1u << axis;
    }
    if (rank < 3 || seen != (1u << rank) - 4u)
        return unsupported(m, n, "only a mean over height and width together is supported");
    return global_pool(m, n, IR_AVG_POOL, attribute_int(n, "keepdims", 1) != 0);
}

/* ---- Shapes ----------------------------------------------------------------------------------------------------- */

static bdc_status convert_concat(onnx_importer *m, const onnx_node *n)
{
    if (n->input_count < 1 || n->input_count > 1024)
        return reject(m, n, BDC_E_LIMIT, "between 1 and 1024 inputs are supported");
    uint32_t *inputs = BDC_NEW(m->context, uint32_t, n->input_count);
    if (!inputs)
        return BDC_E_MEMORY;
    uint64_t channels = 0;
    for (uint32_t i = 0; i < n->input_count; i++) {
        BDC_TRY(activation(m, n, i, &inputs[i]));
        const ir_tensor *t = &m->graph->tensors[inputs[i]], *first = &m->graph->tensors[inputs[0]];
        if (t->rank != first->rank || t->h != first->h || t->w != first->w)
            return invalid(m, n, "the inputs differ in height, width or number of dimensions");
        channels += t->c;
    }
    ir_tensor first = m->graph->tensors[inputs[0]];
    const onnx_attribute *axis = attribute(n, "axis");
    if (!axis || normal_axis(axis->i, first.rank) != (int)channel_axis(&first))
        return unsupported(m, n, "only the channels can be joined");
    if (channels > BDF_MAX_DIM)
        return reject(m, n, BDC_E_LIMIT, "the result has over 65535 channels");
    uint32_t y;
    ir_op *op;
    BDC_TRY(new_output(m, n, (uint32_t)channels, first.h, first.w, first.rank, &y));
    BDC_TRY(ir_add_op(m->context, m->graph, IR_CONCAT, n->input_count, &op));
    memcpy(op->inputs, inputs, n->input_count * sizeof *inputs);
    op->output = y;
    return BDC_OK;
}

static bdc_status convert_pad(onnx_importer *m, const onnx_node *n)
{
    uint32_t x;
    const int64_t *pads, *axes = NULL;
    size_t count, axis_count = 0;
    onnx_tensor *value;
    const float *v = NULL;
    BDC_TRY(activation(m, n, 0, &x));
    ir_tensor t = m->graph->tensors[x];
    const onnx_attribute *mode = attribute(n, "mode");
    if (mode && mode->s.n && !wire_equal(mode->s, "constant"))
        return unsupported(m, n, "only padding with a constant is supported");
    BDC_TRY(ints_of(m, n, "pads", 1, &pads, &count));
    float fill = attribute_float(n, "value", 0);
    BDC_TRY(constant(m, n, 2, 0, &value));
    if (value) {
        BDC_TRY(vector(m, n, 2, 1, &v));
        fill = v[0];
    }
    if (!isfinite(fill))
        return unsupported(m, n, "the padding's value is not a finite number");
    if (has_input(n, 3))
        BDC_TRY(ints_of(m, n, "", 3, &axes, &axis_count));
    uint32_t begin[4] = {0}, end[4] = {0};
    size_t dims = axes ? axis_count : t.rank;
    if (!pads || dims > 4 || count != 2 * dims)
        return invalid(m, n, "'pads' has the wrong number of elements");
    for (size_t i = 0; i < dims; i++) {
        int axis = axes ? normal_axis(axes[i], t.rank) : (int)i;
        if (axis < 0)
            return invalid(m, n, "an axis is out of range");
        if (pads[i] < 0 || pads[dims + i] < 0)
            return unsupported(m, n, "negative padding is not supported");
        if (pads[i] > (int64_t)BDF_MAX_DIM || pads[dims + i] > (int64_t)BDF_MAX_DIM)
            return reject(m, n, BDC_E_LIMIT, "the padding is over 65535");
        begin[axis] = (uint32_t)pads[i];
        end[axis] = (uint32_t)pads[dims + i];
    }
    if (begin[0] || end[0] || begin[1] || end[1])
        return unsupported(m, n, "only height and width can be padded");
    ir_window w = {1, 1, 1, 1, 1, 1, 0, begin[t.rank == 4 ? 3 : 2], 0, end[t.rank == 4 ? 3 : 2]};
    if (t.rank == 4) {
        w.pad_top = begin[2];
        w.pad_bottom = end[2];
    }
    ir_op *op;
    BDC_TRY(window_op(m, n, IR_PAD, x, &w, t.c, &op));
    op->alpha = fill;
    return BDC_OK;
}

static bdc_status convert_flatten(onnx_importer *m, const onnx_node *n)
{
    uint32_t x;
    BDC_TRY(activation(m, n, 0, &x));
    const ir_tensor *t = &m->graph->tensors[x];
    int axis = normal_axis(attribute_int(n, "axis", 1), t->rank);
    if (axis < 0 || (uint32_t)axis > channel_axis(t))
        return unsupported(m, n, "attribute 'axis' must be 1");
    return reshape_to(m, n, x, &(shape){2, {1, ir_count(t)}});
}

static bdc_status convert_reshape(onnx_importer *m, const onnx_node *n)
{
    uint32_t x;
    const int64_t *wanted;
    size_t count;
    BDC_TRY(activation(m, n, 0, &x));
    const ir_tensor *t = &m->graph->tensors[x];
    shape in = shape_of(t), out = {0};
    BDC_TRY(ints_of(m, n, "", 1, &wanted, &count));
    if (!wanted || count < 1 || count > 4)
        return unsupported(m, n, "the new shape must be a constant of 1 to 4 dimensions");
    uint64_t known = 1;
    int open = -1;
    out.rank = (uint32_t)count;
    for (uint32_t i = 0; i < out.rank; i++) {
        int64_t d = wanted[i];
        if (d == -1) {
            if (open >= 0)
                return invalid(m, n, "the new shape has two open dimensions");
            open = (int)i;
            continue;
        }
        if (d == 0 && !attribute_int(n, "allowzero", 0) && i < in.rank)
            d = (int64_t)in.dims[i];
        if (d < 1 || d > (int64_t)BDF_MAX_DIM)
            return invalid(m, n, "a dimension of the new shape is outside [1, 65535]");
        out.dims[i] = (uint64_t)d;
        known *= (uint64_t)d;
    }
    if (open >= 0) {
        if (ir_count(t) % known)
            return invalid(m, n, "the new shape has another number of elements");
        out.dims[open] = ir_count(t) / known;
    }
    return reshape_to(m, n, x, &out);
}

static bdc_status convert_squeeze(onnx_importer *m, const onnx_node *n)
{
    uint32_t x, marked = 0;
    const int64_t *axes;
    size_t count;
    BDC_TRY(activation(m, n, 0, &x));
    shape in = shape_of(&m->graph->tensors[x]), out = {0};
    BDC_TRY(ints_of(m, n, "axes", 1, &axes, &count));
    for (size_t i = 0; i < count; i++) {
        int axis = normal_axis(axes[i], in.rank);
        if (axis < 0 || in.dims[axis] != 1)
            return invalid(m, n, "an axis is out of range or not of length 1");
        marked |= 1u << axis;
    }
    for (uint32_t i = 0; i < in.rank; i++)
        if (axes ? !(marked >> i & 1u) : in.dims[i] != 1)
            out.dims[out.rank++] = in.dims[i];
    return reshape_to(m, n, x, &out);
}

static bdc_status convert_unsqueeze(onnx_importer *m, const onnx_node *n)
{
    uint32_t x, marked = 0;
    const int64_t *axes;
    size_t count;
    BDC_TRY(activation(m, n, 0, &x));
    shape in = shape_of(&m->graph->tensors[x]), out = {0};
    BDC_TRY(ints_of(m, n, "axes", 1, &axes, &count));
    if (!axes || count > 4)
        return invalid(m, n, "axes are missing or too many");
    out.rank = in.rank + (uint32_t)count;
    for (size_t i = 0; i < count; i++) {
        int axis = normal_axis(axes[i], out.rank);
        if (axis < 0 || marked >> axis & 1u)
            return invalid(m, n, "an axis is out of range or named twice");
        marked |= 1u << axis;
    }
    for (uint32_t i = 0, k = 0; i < out.rank; i++)
        out.dims[i] = marked >> i & 1u ? 1 : in.dims[k++];
    return reshape_to(m, n, x, &out);
}

static bdc_status convert_softmax(onnx_importer *m, const onnx_node *n)
{
    uint32_t x;
    ir_op *op;
    BDC_TRY(activation(m, n, 0, &x));
    const ir_tensor *t = &m->graph->tensors[x];
    int axis = normal_axis(attribute_int(n, "axis", m->opset < 13 ? 1 : -1), t->rank);
    if (axis != (int)channel_axis(t) || (m->opset < 13 && t->h * t->w != 1))
        return unsupported(m, n, "only a softmax over the channels is supported");
    return same_shape_op(m, n, IR_SOFTMAX, x, &op);
}

/* ---- What does nothing ------------------------------------------------------------------------------------------ */

static bdc_status convert_identity(onnx_importer *m, const onnx_node *n)
{
    const onnx_value *in = has_input(n, 0) ? onnx_find(m, n->inputs[0]) : NULL;
    onnx_value *out = n->output_count ? onnx_find(m, n->outputs[0]) : NULL;
    if (!in || !out)
        return invalid(m, n, "an input or output is missing");
    out->kind = in->kind;
    out->tensor = in->tensor;
    out->constant = in->constant;
    return BDC_OK;
}

static bdc_status convert_dropout(onnx_importer *m, const onnx_node *n)
{
    onnx_tensor *training;
    const int64_t *flag;
    BDC_TRY(constant(m, n, 2, 0, &training));
    if (training) {
        BDC_TRY(onnx_tensor_ints(m->context, training, &flag));
        if (training->count != 1 || flag[0])
            return unsupported(m, n, "the model was exported for training");
    }
    return convert_identity(m, n);
}

static bdc_status convert_cast(onnx_importer *m, const onnx_node *n)
{
    uint32_t x;
    BDC_TRY(activation(m, n, 0, &x));
    if (attribute_int(n, "to", 0) != ONNX_FLOAT)
        return unsupported(m, n, "only a cast to float is supported");
    return convert_identity(m, n);
}

static bdc_status convert_constant(onnx_importer *m, const onnx_node *n)
{
    bdc_context *c = m->context;
    onnx_tensor *t = BDC_NEW(c, onnx_tensor, 1);
    onnx_value *out = n->output_count ? onnx_find(m, n->outputs[0]) : NULL;
    if (!t)
        return BDC_E_MEMORY;
    if (!out || n->attribute_count != 1)
        return invalid(m, n, "exactly one value and one output are needed");
    const onnx_attribute *a = &n->attributes[0];
    size_t count = 1;
    int list = 0;
    if (wire_equal(a->name, "value")) {
        BDC_TRY(onnx_tensor_read(c, a->t, t));
        count = (size_t)t->count;
    } else if (wire_equal(a->name, "value_float")) {
        float *f = BDC_NEW(c, float, 1);
        if (!f)
            return BDC_E_MEMORY;
        f[0] = a->f;
        t->floats = f;
    } else if (wire_equal(a->name, "value_int")) {
        int64_t *i = BDC_NEW(c, int64_t, 1);
        if (!i)
            return BDC_E_MEMORY;
        i[0] = a->i;
        t->ints = i;
    } else {
        list = 1;
        if (wire_equal(a->name, "value_floats"))
            BDC_TRY(onnx_attribute_floats(c, a, &t->floats, &count));
        else
            BDC_TRY(onnx_attribute_ints(c, a, &t->ints, &count));
    }
    for (size_t i = 0; t->floats && i < count; i++)
        if (isnan(t->floats[i]))
            return invalid(m, n, "a value is not a number");
    t->name = onnx_text(c, n->outputs[0]);
    t->count = count;
    if (list) {
        t->rank = 1;
        t->dims[0] = count;
    }
    out->kind = ONNX_CONSTANT;
    out->constant = t;
    return BDC_OK;
}

/* ---- The table -------------------------------------------------------------------------------------------------- */

typedef struct operator_entry {
    const char *type;
    bdc_status (*convert)(onnx_importer *m, const onnx_node *n);
    const char *attributes; /* all that are understood, separated by spaces */
} operator_entry;

static const operator_entry operators[] = {
    {"Add", convert_arithmetic, ""},
    {"AveragePool", convert_pool, "auto_pad ceil_mode count_include_pad dilations kernel_shape pads strides"},
    {"BatchNormalization", convert_batch_norm, "epsilon momentum spatial training_mode"},
    {"Cast", convert_cast, "to saturate"},
    {"Clip", convert_clip, "max min"},
    {"Concat", convert_concat, "axis"},
    {"Constant", convert_constant, "value value_float value_floats value_int value_ints"},
    {"Conv", convert_conv, "auto_pad dilations group kernel_shape pads strides"},
    {"Div", convert_arithmetic, ""},
    {"Dropout", convert_dropout, "ratio seed"},
    {"Elu", convert_elu, "alpha"},
    {"Flatten", convert_flatten, "axis"},
    {"Gemm", convert_gemm, "alpha beta transA transB"},
    {"GlobalAveragePool", convert_global_average, ""},
    {"GlobalMaxPool", convert_global_max, ""},
    {"HardSigmoid", convert_hard_sigmoid, "alpha beta"},
    {"HardSwish", convert_hard_swish, ""},
    {"Identity", convert_identity, ""},
    {"LeakyRelu", convert_leaky_relu, "alpha"},
    {"MatMul", convert_matmul, ""},
    {"MaxPool", convert_pool, "auto_pad ceil_mode dilations kernel_shape pads storage_order strides"},
    {"Mul", convert_arithmetic, ""},
    {"Pad", convert_pad, "mode pads value"},
    {"ReduceMean", convert_reduce_mean, "axes keepdims noop_with_empty_axes"},
    {"Relu", convert_relu, ""},
    {"Reshape", convert_reshape, "allowzero"},
    {"Sigmoid", convert_sigmoid, ""},
    {"Softmax", convert_softmax, "axis"},
    {"Squeeze", convert_squeeze, "axes"},
    {"Sub", convert_arithmetic, ""},
    {"Tanh", convert_tanh, ""},
    {"Unsqueeze", convert_unsqueeze, "axes"},
};

/* 1 if name is one of the words in list. */
static int listed(wire_slice name, const char *list)
{
    while (*list) {
        size_t n = strcspn(list, " ");
        if (n == name.n && n && memcmp(list, name.at, n) == 0)
            return 1;
        list += n + (list[n] == ' ');
    }
    return 0;
}

bdc_status onnx_convert(onnx_importer *m, const onnx_node *n)
{
    if (n->domain.n && !wire_equal(n->domain, "ai.onnx"))
        return bdc_fail(m->context, BDC_E_UNSUPPORTED, "Operator '%s' of the domain '%s' (node '%s') is not supported.",
                        n->type, onnx_text(m->context, n->domain), n->name);
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++) {
        const operator_entry *o = &operators[i];
        if (!wire_equal(n->op_type, o->type))
            continue;
        for (uint32_t k = 0; k < n->attribute_count; k++)
            if (!listed(n->attributes[k].name, o->attributes))
                return bdc_fail(m->context, BDC_E_UNSUPPORTED, "%s '%s': attribute '%s' is not known.", n->type,
                                n->name, onnx_text(m->context, n->attributes[k].name));
        return o->convert(m, n);
    }
    return bdc_fail(m->context, BDC_E_UNSUPPORTED, "Operator '%s' (node '%s') is not supported.", n->type, n->name);
}
