/* float32 in CHW order. Reference quality: plain loops, with the innermost along rows so that compilers can vectorise them.
 * SPDX-License-Identifier: MIT */
#include "execute_float.h"

#include <math.h>
#include <string.h>

#include "memory_plan.h"

/* Floats of the patches at hand, about a second-level cache; and pixels of them. */
#define PATCH_FLOATS 65536
#define BLOCK 256

typedef struct operands {
    const ir_op *op;
    const ir_tensor *x, *y;
    const float *in;
    float *out;
    float *scratch; /* PATCH_FLOATS */
} operands;

static void clamp(float *out, size_t n, float lo, float hi)
{
    if (isinf(lo) && isinf(hi))
        return;
    for (size_t i = 0; i < n; i++)
        out[i] = fminf(fmaxf(out[i], lo), hi);
}

/* Outputs o in [*first, *end) of a row see input pixel o * stride + offset inside [0, n). */
static void inside(int64_t offset, uint32_t stride, uint32_t n, uint32_t outputs, uint32_t *first, uint32_t *end)
{
    int64_t low = offset >= 0 ? 0 : (-offset + stride - 1) / stride;
    int64_t high = n - 1 - offset < 0 ? 0 : (n - 1 - offset) / stride + 1;
    *first = (uint32_t)(low < outputs ? low : outputs);
    *end = (uint32_t)(high < outputs ? high : outputs);
    if (*end < *first)
        *end = *first;
}

/* out += weight * the picture in, moved to where tap (ky, kx) of the window looks. */
static void add_tap(const operands *o, const float *in, float *out, float weight, uint32_t ky, uint32_t kx)
{
    const ir_window *w = &o->op->window;
    const uint32_t in_w = o->x->w, out_w = o->y->w;
    uint32_t y0, y1, x0, x1;
    int64_t dy = (int64_t)ky * w->dilation_h - w->pad_top, dx = (int64_t)kx * w->dilation_w - w->pad_left;
    inside(dy, w->stride_h, o->x->h, o->y->h, &y0, &y1);
    inside(dx, w->stride_w, in_w, out_w, &x0, &x1);
    if (w->stride_h == 1 && w->stride_w == 1 && in_w == out_w && dx == 0) { /* whole rows: take them as one */
        const float *from = in + ((int64_t)y0 + dy) * in_w;
        float *to = out + (size_t)y0 * out_w;
        for (size_t i = 0; i < (size_t)(y1 - y0) * out_w; i++)
            to[i] += weight * from[i];
        return;
    }
    for (uint32_t y = y0; y < y1; y++) {
        const float *from = in + ((int64_t)y * w->stride_h + dy) * in_w + dx;
        float *to = out + (size_t)y * out_w;
        if (w->stride_w == 1)
            for (uint32_t x = x0; x < x1; x++)
                to[x] += weight * from[x];
        else
            for (uint32_t x = x0; x < x1; x++)
                to[x] += weight * from[(size_t)x * w->stride_w];
    }
}

/* Depthwise and other thin convolutions: tap by tap over the whole picture. */
static void conv_by_taps(const operands *o)
{
    const ir_op *op = o->op;
    const uint32_t taps = op->window.kernel_h * op->window.kernel_w, group_in = o->x->c / op->groups,
                   group_out = o->y->c / op->groups;
    const size_t in_plane = (size_t)o->x->h * o->x->w, plane = (size_t)o->y->h * o->y->w;
    for (uint32_t c = 0; c < o->y->c; c++) {
        float *out = o->out + c * plane;
        const float *in = o->in + (size_t)(c / group_out) * group_in * in_plane;
        const float *weights = op->weights + (size_t)c * group_in * taps;
        for (size_t i = 0; i < plane; i++)
            out[i] = op->bias ? op->bias[c] : 0;
        for (uint32_t i = 0; i < group_in; i++)
            for (uint32_t t = 0; t < taps; t++)
                add_tap(o, in + i * in_plane, out, weights[(size_t)i * taps + t], t / op->window.kernel_w,
                        t % op->window.kernel_w);
    }
}

/* patch[i] = the input that one tap sees at output pixels first + i, 0 in the padding. */
static void gather_tap(const operands *o, const float *in, uint32_t ky, uint32_t kx, size_t first, size_t n,
                       float *patch)
{
    const ir_window *w = &o->op->window;
    size_t oy = first / o->y->w, ox = first % o->y->w;
    for (size_t i = 0; i < n; i++) {
        int64_t y = (int64_t)oy * w->stride_h - w->pad_top + (int64_t)ky * w->dilation_h;
        int64_t x = (int64_t)ox * w->stride_w - w->pad_left + (int64_t)kx * w->dilation_w;
        int inside_picture = y >= 0 && y < o->x->h && x >= 0 && x < o->x->w;
        patch[i] = inside_picture ? in[(size_t)y * o->x->w + (size_t)x] : 0;
        if (++ox == o->y->w) {
            ox = 0;
            oy++;
        }
    }
}

/* out[c][i] = bias + sum over d of weights[c][d] * patches[d][i] for four channels, so that each patch is loaded once for all. */
static void multiply_four(float *const out[4], const float *const weights[4], const float *patches, size_t depth,
                          size_t n)
{
    float *restrict a = out[0], *restrict b = out[1], *restrict c = out[2], *restrict e = out[3];
    for (size_t d = 0; d < depth; d++) {
        const float *p = patches + d * n;
        const float wa = weights[0][d], wb = weights[1][d], wc = weights[2][d], we = weights[3][d];
        for (size_t i = 0; i < n; i++) {
            a[i] += wa * p[i];
            b[i] += wb * p[i];
            c[i] += wc * p[i];
            e[i] += we * p[i];
        }
    }
}

/* All others: the patches of some pixels side by side, then a matrix product. */
static void conv_by_patches(const operands *o)
{
    const ir_op *op = o->op;
    const uint32_t taps = op->window.kernel_h * op->window.kernel_w, group_in = o->x->c / op->groups,
                   group_out = o->y->c / op->groups;
    const size_t depth = (size_t)group_in * taps, in_plane = (size_t)o->x->h * o->x->w,
                 plane = (size_t)o->y->h * o->y->w;
    size_t most = PATCH_FLOATS / depth;
    float block[4][BLOCK];
    most = most > BLOCK ? BLOCK : most;
    for (uint32_t g = 0; g < op->groups; g++)
        for (size_t first = 0; first < plane; first += most) {
            const size_t n = plane - first < most ? plane - first : most;
            for (size_t d = 0; d < depth; d++)
                gather_tap(o, o->in + (g * group_in + d / taps) * in_plane, (uint32_t)(d % taps) / op->window.kernel_w,
                           (uint32_t)(d % taps) % op->window.kernel_w, first, n, o->scratch + d * n);
            for (uint32_t c = 0; c < group_out; c += 4) {
                float *const out[4] = {block[0], block[1], block[2], block[3]};
                const float *weights[4];
                for (uint32_t k = 0; k < 4; k++) { /* a last, incomplete four repeats its last channel */
                    size_t channel = (size_t)g * group_out + (c + k < group_out ? c + k : group_out - 1);
                    weights[k] = op->weights + channel * depth;
                    for (size_t i = 0; i < n; i++)
                        out[k][i] = op->bias ? op->bias[channel] : 0;
                }
                multiply_four(out, weights, o->scratch, depth, n);
                for (uint32_t k = 0; k < 4 && c + k < group_out; k++)
                    memcpy(o->out + ((size_t)g * group_out + c + k) * plane + first, out[k], n * sizeof(float));
            }
        }
}

static void conv(const operands *o)
{
    const size_t depth = (size_t)(o->x->c / o->op->groups) * o->op->window.kernel_h * o->op->window.kernel_w;
    if (o->y->c / o->op->groups < 4 || depth > PATCH_FLOATS / 16)
        conv_by_taps(o);
    else
        conv_by_patches(o);
}

static void gemm(const operands *o)
{
    const size_t depth = ir_count(o->x);
    for (uint32_t c = 0; c < o->y->c; c++) {
        double sum = o->op->bias ? (double)o->op->bias[c] : 0;
        for (size_t i = 0; i < depth; i++)
            sum += (double)o->op->weights[c * depth + i] * (double)o->in[i];
        o->out[c] = (float)sum;
    }
}

static void affine(const operands *o)
{
    const size_t plane = (size_t)o->x->h * o->x->w;
    for (uint32_t c = 0; c < o->x->c; c++)
        for (size_t i = c * plane; i < (c + 1) * plane; i++)
            o->out[i] = o->in[i] * o->op->weights[c] + o->op->bias[c];
}

static void function(const operands *o)
{
    for (size_t i = 0; i < ir_count(o->x); i++)
        o->out[i] = ir_apply(o->op, o->in[i]);
}

/* b is repeated over height and width if it has one pixel. */
static void arithmetic(const operands *o, const ir_tensor *tb, const float *b)
{
    const size_t plane = (size_t)o->x->h * o->x->w;
    const int one = tb->h * tb->w == 1;
    for (uint32_t c = 0; c < o->x->c; c++)
        for (size_t i = c * plane; i < (c + 1) * plane; i++) {
            float other = b[one ? c : i];
            o->out[i] = o->op->code == IR_ADD ? o->in[i] + other : o->in[i] * other;
        }
}

static float pool_window(const operands *o, const float *in, uint32_t oy, uint32_t ox)
{
    const ir_window *w = &o->op->window;
    double sum = 0;
    float most = -INFINITY;
    uint32_t n = 0;
    for (uint32_t ky = 0; ky < w->kernel_h; ky++)
        for (uint32_t kx = 0; kx < w->kernel_w; kx++) {
            int64_t y = (int64_t)oy * w->stride_h - w->pad_top + ky, x = (int64_t)ox * w->stride_w - w->pad_left + kx;
            if (y < 0 || x < 0 || y >= o->x->h || x >= o->x->w)
                continue;
            float value = in[(size_t)y * o->x->w + (size_t)x];
            most = fmaxf(most, value);
            sum += (double)value;
            n++;
        }
    if (o->op->code == IR_MAX_POOL)
        return most;
    return (float)(sum / (o->op->include_pad ? w->kernel_h * w->kernel_w : n));
}

static void pool(const operands *o)
{
    float *out = o->out;
    for (uint32_t c = 0; c < o->y->c; c++)
        for (uint32_t y = 0; y < o->y->h; y++)
            for (uint32_t x = 0; x < o->y->w; x++)
                *out++ = pool_window(o, o->in + (size_t)c * o->x->h * o->x->w, y, x);
}

static void concat(const operands *o, const float_run *r)
{
    float *out = o->out;
    for (uint32_t i = 0; i < o->op->input_count; i++) {
        size_t n = ir_count(&r->graph->tensors[o->op->inputs[i]]);
        memcpy(out, r->data[o->op->inputs[i]], n * sizeof *out);
        out += n;
    }
}

static void pad(const operands *o)
{
    const ir_window *w = &o->op->window;
    for (size_t i = 0; i < ir_count(o->y); i++)
        o->out[i] = o->op->alpha;
    for (uint32_t c = 0; c < o->x->c; c++)
        for (uint32_t y = 0; y < o->x->h; y++)
            memcpy(o->out + ((size_t)c * o->y->h + y + w->pad_top) * o->y->w + w->pad_left,
                   o->in + ((size_t)c * o->x->h + y) * o->x->w, o->x->w * sizeof *o->out);
}

static void softmax(const operands *o)
{
    const size_t plane = (size_t)o->x->h * o->x->w;
    for (size_t p = 0; p < plane; p++) {
        float most = -INFINITY;
        double sum = 0;
        for (uint32_t c = 0; c < o->x->c; c++)
            most = fmaxf(most, o->in[c * plane + p]);
        for (uint32_t c = 0; c < o->x->c; c++)
            sum += exp((double)o->in[c * plane + p] - (double)most);
        for (uint32_t c = 0; c < o->x->c; c++)
            o->out[c * plane + p] = (float)(exp((double)o->in[c * plane + p] - (double)most) / sum);
    }
}

static void execute(const float_run *r, const ir_op *op)
{
    const ir_tensor *tensors = r->graph->tensors;
    operands o = {op,        &tensors[op->inputs[0]], &tensors[op->output], r->data[op->inputs[0]], r->data[op->output],
                  r->scratch};
    switch (op->code) {
    case IR_CONV:
        conv(&o);
        break;
    case IR_GEMM:
        gemm(&o);
        break;
    case IR_AFFINE:
        affine(&o);
        break;
    case IR_FUNCTION:
        function(&o);
        break;
    case IR_ADD:
    case IR_MUL:
        arithmetic(&o, &tensors[op->inputs[1]], r->data[op->inputs[1]]);
        break;
    case IR_MAX_POOL:
    case IR_AVG_POOL:
        pool(&o);
        break;
    case IR_CONCAT:
        concat(&o, r);
        break;
    case IR_PAD:
        pad(&o);
        break;
    case IR_RESHAPE:
        memcpy(o.out, o.in, ir_count(o.y) * sizeof *o.out);
        break;
    case IR_SOFTMAX:
        softmax(&o);
        break;
    }
    clamp(o.out, ir_count(o.y), op->lo, op->hi);
}

bdc_status float_run_create(bdc_context *c, const ir_graph *g, float_run *run)
{
    memory_buffer *buffers = BDC_NEW(c, memory_buffer, g->tensor_count);
    run->context = c;
    run->graph = g;
    run->data = BDC_NEW(c, float *, g->tensor_count);
    run->scratch = BDC_NEW(c, float, PATCH_FLOATS);
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
    for (uint32_t i = 0; observer && i < g->input_count; i++)
        observer(cookie, g->inputs[i], run->data[g->inputs[i]]);
    for (uint32_t i = 0; i < g->op_count; i++) {
        execute(run, &g->ops[i]);
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
        memcpy(r->data[g->inputs[i]], inputs[i], ir_count(&g->tensors[g->inputs[i]]) * sizeof(float));
    float_run_execute(r, NULL, NULL);
    for (uint32_t i = 0; i < g->output_count; i++)
        memcpy(outputs[i], r->data[g->outputs[i]], ir_count(&g->tensors[g->outputs[i]]) * sizeof(float));
    return BDC_OK;
}
