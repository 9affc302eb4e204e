/* Arithmetic, pools and what moves elements, float32 in HWC order.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "execute_operands.h"

/* b is repeated over height and width if it has one pixel. */
void execute_arithmetic(const operands *o)
{
    const size_t n = ir_count(o->x), step = o->b->h * o->b->w == 1 ? o->x->c : n;
    for (size_t first = 0; first < n; first += step) {
        const float *a = o->in + first, *b = o->in_b;
        float *out = o->out + first;
        switch (o->op->code) {
        case IR_ADD:
            for (size_t i = 0; i < step; i++)
                out[i] = a[i] + b[i];
            break;
        case IR_SUB:
            for (size_t i = 0; i < step; i++)
                out[i] = a[i] - b[i];
            break;
        case IR_MUL:
            for (size_t i = 0; i < step; i++)
                out[i] = a[i] * b[i] * o->op->factor;
            break;
        case IR_MIN:
            for (size_t i = 0; i < step; i++)
                out[i] = fminf(a[i], b[i]);
            break;
        default:
            for (size_t i = 0; i < step; i++)
                out[i] = fmaxf(a[i], b[i]);
        }
    }
}

void execute_affine(const operands *o)
{
    const uint32_t channels = o->x->c;
    for (size_t first = 0; first < ir_count(o->x); first += channels)
        for (uint32_t c = 0; c < channels; c++)
            o->out[first + c] = o->in[first + c] * o->op->weights[c] + o->op->bias[c];
}

void execute_prelu(const operands *o)
{
    const uint32_t channels = o->x->c;
    for (size_t first = 0; first < ir_count(o->x); first += channels)
        for (uint32_t c = 0; c < channels; c++) {
            float x = o->in[first + c];
            o->out[first + c] = x < 0 ? x * o->op->weights[c] : x;
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
            float value = in[((size_t)y * o->x->w + (size_t)x) * o->x->c];
            most = fmaxf(most, value);
            sum += (double)value;
            n++;
        }
    if (o->op->code == IR_MAX_POOL)
        return most;
    return (float)(sum / (o->op->include_pad ? w->kernel_h * w->kernel_w : n));
}

void execute_pool(const operands *o)
{
    float *out = o->out;
    for (uint32_t y = 0; y < o->y->h; y++)
        for (uint32_t x = 0; x < o->y->w; x++)
            for (uint32_t c = 0; c < o->y->c; c++)
                *out++ = pool_window(o, o->in + c, y, x);
}

void execute_pad(const operands *o)
{
    const ir_window *w = &o->op->window;
    const size_t row = (size_t)o->x->w * o->x->c;
    for (size_t i = 0; i < ir_count(o->y); i++)
        o->out[i] = o->op->alpha;
    for (uint32_t y = 0; y < o->x->h; y++)
        memcpy(o->out + ((size_t)(y + w->pad_top) * o->y->w + w->pad_left) * o->x->c, o->in + y * row,
               row * sizeof *o->out);
}

void execute_view(const operands *o)
{
    const ir_view *v = o->op->view;
    float *out = o->out;
    uint32_t i[6] = {0};
    int64_t at = v->offset;
    const size_t n = ir_count(o->y);
    while (out < o->out + n) {
        for (uint32_t k = 0; k < v->count[5]; k++)
            *out++ = o->in[at + (int64_t)k * v->stride[5]];
        for (int d = 4; d >= 0; d--) {
            at += v->stride[d];
            if (++i[d] < v->count[d])
                break;
            at -= (int64_t)v->count[d] * v->stride[d];
            i[d] = 0;
        }
    }
}

/* The fraction of b on top of a. */
static float between(float a, float b, float fraction)
{
    return a + (b - a) * fraction;
}

void execute_resize(const operands *o)
{
    const ir_resize *r = o->op->resize;
    const uint32_t channels = o->x->c;
    const size_t row = (size_t)o->x->w * channels;
    float *out = o->out;
    for (uint32_t y = 0; y < o->y->h; y++) {
        const float *upper = o->in + r->row_first[y] * row, *lower = o->in + r->row_second[y] * row;
        for (uint32_t x = 0; x < o->y->w; x++) {
            const size_t left = (size_t)r->column_first[x] * channels, right = (size_t)r->column_second[x] * channels;
            for (uint32_t c = 0; c < channels; c++) {
                float a = between(upper[left + c], upper[right + c], r->column_fraction[x]);
                float b = between(lower[left + c], lower[right + c], r->column_fraction[x]);
                *out++ = between(a, b, r->row_fraction[y]);
            }
        }
    }
}
