/* A strided copy.
 * SPDX-License-Identifier: MIT */
#include "ref.h"

enum { DIMS = 6 };

/* Only the dimensions that count, the fastest first; a dimension that goes on where the faster one ends becomes part of it. */
typedef struct walk {
    uint32_t dims, count[DIMS];
    int32_t stride[DIMS];
} walk;

static walk plan(const bds_view *v)
{
    walk w = {1, {1}, {1}};

    for (uint32_t d = DIMS; d-- > 0;) {
        uint32_t last = w.dims - 1;

        if (v->count[d] == 1)
            continue;
        if (w.count[last] == 1 || v->stride[d] == w.stride[last] * (int64_t)w.count[last]) {
            w.stride[last] = w.count[last] == 1 ? v->stride[d] : w.stride[last];
            w.count[last] *= v->count[d];
        } else {
            w.count[w.dims] = v->count[d];
            w.stride[w.dims++] = v->stride[d];
        }
    }
    return w;
}

/* Values at, at + stride ... of x, one after the other. */
static void copy(const bds_view *v, size_t to, int64_t at, uint32_t count, int32_t stride)
{
    if (stride == 1) {
        size_t size = v->wide ? 2 : 1;

        __builtin_memcpy((uint8_t *)v->out + to * size, (const uint8_t *)v->x + (size_t)at * size, count * size);
    } else if (v->wide) {
        for (uint32_t i = 0; i < count; i++, at += stride)
            ((int16_t *)v->out)[to + i] = ((const int16_t *)v->x)[at];
    } else {
        for (uint32_t i = 0; i < count; i++, at += stride)
            ((int8_t *)v->out)[to + i] = ((const int8_t *)v->x)[at];
    }
}

void bds_view_ref(const bds_view *v)
{
    walk w = plan(v);
    uint32_t index[DIMS] = {0}, d;
    int64_t at = v->offset;
    size_t to = 0;

    do {
        copy(v, to, at, w.count[0], w.stride[0]);
        to += w.count[0];
        for (d = 1; d < w.dims; d++) {
            at += w.stride[d];
            if (++index[d] < w.count[d])
                break;
            at -= (int64_t)w.stride[d] * w.count[d];
            index[d] = 0;
        }
    } while (d < w.dims);
}
