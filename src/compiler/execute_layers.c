/* Layers with weights and products of matrices, float32 in HWC order. Plain loops, the innermost such that compilers vectorise it.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "execute_operands.h"

enum { BLOCK = 256 }; /* pixels whose patches are at hand */

/* Depthwise and other thin convolutions: for each pixel tap by tap, all channels at once. Weights are turned to [taps][C] first. */
static void conv_by_taps(const operands *o)
{
    const ir_op *op = o->op;
    const ir_window *w = &op->window;
    const uint32_t channels = o->y->c, taps = w->kernel_h * w->kernel_w;
    for (uint32_t k = 0; k < taps; k++)
        for (uint32_t c = 0; c < channels; c++)
            o->scratch[(size_t)k * channels + c] = op->weights[(size_t)c * taps + k];
    float *restrict out = o->out;
    for (uint32_t oy = 0; oy < o->y->h; oy++)
        for (uint32_t ox = 0; ox < o->y->w; ox++, out += channels) {
            for (uint32_t c = 0; c < channels; c++)
                out[c] = op->bias ? op->bias[c] : 0;
            for (uint32_t k = 0; k < taps; k++) {
                int64_t y = (int64_t)oy * w->stride_h + (int64_t)(k / w->kernel_w) * w->dilation_h - w->pad_top;
                int64_t x = (int64_t)ox * w->stride_w + (int64_t)(k % w->kernel_w) * w->dilation_w - w->pad_left;
                if (y < 0 || x < 0 || y >= o->x->h || x >= o->x->w)
                    continue;
                const float *in = o->in + ((size_t)y * o->x->w + (size_t)x) * channels;
                const float *weights = o->scratch + (size_t)k * channels;
                for (uint32_t c = 0; c < channels; c++)
                    out[c] += weights[c] * in[c];
            }
        }
}

/* patch[d * n + i] = the input that weight d sees at output pixel first + i, 0 in the padding. */
static void gather(const operands *o, uint32_t group, size_t first, size_t n, float *patches)
{
    const ir_window *w = &o->op->window;
    const uint32_t taps = w->kernel_h * w->kernel_w, channels = o->x->c, group_in = channels / o->op->groups;
    for (uint32_t k = 0; k < taps; k++, patches += n * group_in) {
        size_t oy = first / o->y->w, ox = first % o->y->w;
        for (size_t i = 0; i < n; i++) {
            int64_t y = (int64_t)oy * w->stride_h - w->pad_top + (int64_t)(k / w->kernel_w) * w->dilation_h;
            int64_t x = (int64_t)ox * w->stride_w - w->pad_left + (int64_t)(k % w->kernel_w) * w->dilation_w;
            int inside = y >= 0 && y < o->x->h && x >= 0 && x < o->x->w;
            const float *in = o->in + (inside ? ((size_t)y * o->x->w + (size_t)x) * channels + group * group_in : 0);
            for (uint32_t c = 0; c < group_in; c++)
                patches[c * n + i] = inside ? in[c] : 0;
            if (++ox == o->y->w) {
                ox = 0;
                oy++;
            }
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

/* The patches of some pixels side by side, then a matrix product. */
static void conv_by_patches(const operands *o, size_t depth)
{
    const ir_op *op = o->op;
    const uint32_t channels = o->y->c, group_out = channels / op->groups;
    const size_t plane = (size_t)o->y->h * o->y->w;
    size_t most = EXECUTE_SCRATCH / depth;
    float block[4][BLOCK];
    most = most > BLOCK ? BLOCK : most;
    for (uint32_t g = 0; g < op->groups; g++)
        for (size_t first = 0; first < plane; first += most) {
            const size_t n = plane - first < most ? plane - first : most;
            gather(o, g, first, n, o->scratch);
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
                    for (size_t i = 0; i < n; i++)
                        o->out[(first + i) * channels + (size_t)g * group_out + c + k] = out[k][i];
            }
        }
}

/* Rows so long that no patch fits: one result at a time. */
static void conv_by_rows(const operands *o, size_t depth)
{
    const ir_op *op = o->op;
    const ir_window *w = &op->window;
    const uint32_t channels = o->y->c, group_in = o->x->c / op->groups, group_out = channels / op->groups;
    for (size_t i = 0; i < ir_count(o->y); i++) {
        const uint32_t c = (uint32_t)(i % channels);
        const size_t pixel = i / channels;
        const float *weights = op->weights + c * depth;
        float sum = op->bias ? op->bias[c] : 0;
        for (uint32_t k = 0; k < w->kernel_h * w->kernel_w; k++, weights += group_in) {
            int64_t y =
                (int64_t)(pixel / o->y->w) * w->stride_h - w->pad_top + (int64_t)(k / w->kernel_w) * w->dilation_h;
            int64_t x =
                (int64_t)(pixel % o->y->w) * w->stride_w - w->pad_left + (int64_t)(k % w->kernel_w) * w->dilation_w;
            if (y < 0 || x < 0 || y >= o->x->h || x >= o->x->w)
                continue;
            const float *in = o->in + ((size_t)y * o->x->w + (size_t)x) * o->x->c + (size_t)(c / group_out) * group_in;
            for (uint32_t d = 0; d < group_in; d++)
                sum += weights[d] * in[d];
        }
        o->out[i] = sum;
    }
}

void execute_conv(const operands *o)
{
    const ir_op *op = o->op;
    const uint32_t taps = op->window.kernel_h * op->window.kernel_w;
    const size_t depth = (size_t)(o->x->c / op->groups) * taps;
    if (op->groups == o->x->c && op->groups == o->y->c && (size_t)taps * op->groups <= EXECUTE_SCRATCH)
        conv_by_taps(o);
    else if (depth <= EXECUTE_SCRATCH / 8)
        conv_by_patches(o, depth);
    else
        conv_by_rows(o, depth);
}

void execute_gemm(const operands *o)
{
    const size_t depth = ir_count(o->x);
    for (uint32_t c = 0; c < o->y->c; c++) {
        double sum = o->op->bias ? (double)o->op->bias[c] : 0;
        for (size_t i = 0; i < depth; i++)
            sum += (double)o->op->weights[c * depth + i] * (double)o->in[i];
        o->out[c] = (float)sum;
    }
}

void execute_matmul(const operands *o)
{
    const uint32_t rows = o->y->w, columns = o->y->c, depth = o->x->c;
    const int transposed = o->op->transpose_b;
    for (uint32_t h = 0; h < o->y->h; h++) {
        const float *b = o->in_b + (size_t)h * depth * columns;
        for (uint32_t m = 0; m < rows; m++) {
            const float *a = o->in + ((size_t)h * rows + m) * depth;
            float *restrict out = o->out + ((size_t)h * rows + m) * columns;
            memset(out, 0, columns * sizeof *out);
            for (uint32_t n = 0; transposed && n < columns; n++)
                for (uint32_t k = 0; k < depth; k++)
                    out[n] += a[k] * b[(size_t)n * depth + k];
            for (uint32_t k = 0; !transposed && k < depth; k++)
                for (uint32_t n = 0; n < columns; n++)
                    out[n] += a[k] * b[(size_t)k * columns + n];
        }
    }
}
