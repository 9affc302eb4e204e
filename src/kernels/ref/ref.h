/* The reference kernels: one plain function per entry of the table, written to be read. Their results define what every faster
 * form must give, bit for bit.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_KERNELS_REF_H
#define BEDSIDE_KERNELS_REF_H

#include "../kernels.h"

/* Value i of int8 or, if wide, int16 values. */
static inline int32_t bds_load(const void *from, size_t i, int wide)
{
    return wide ? ((const int16_t *)from)[i] : ((const int8_t *)from)[i];
}

static inline void bds_store(void *to, size_t i, int32_t value, int wide)
{
    if (wide)
        ((int16_t *)to)[i] = (int16_t)value;
    else
        ((int8_t *)to)[i] = (int8_t)value;
}

/* Where the vector of `lanes` channels behind the one at c begins: the last one ends at the last channel and may overlap the one before
 * it. channels >= lanes. */
static inline uint32_t bds_next_vector(uint32_t c, uint32_t channels, uint32_t lanes)
{
    const uint32_t next = c + lanes, last = channels - lanes;

    return c < last && next > last ? last : next;
}

size_t bds_conv_packed_bytes_ref(const bds_window *w, uint32_t channels, int wide);
void bds_conv_pack_ref(void *packed, const void *weights, int wide, const bds_window *w, uint32_t channels,
                       uint32_t left);
void bds_conv_ref(const bds_conv *c);

size_t bds_depthwise_packed_bytes_ref(const bds_window *w);
void bds_depthwise_pack_ref(void *packed, const void *weights, int wide, const bds_window *w, uint32_t left);
void bds_depthwise_ref(const bds_depthwise *d);

/* Values of the row of zero points that windows outside x point to: none where each window is one pixel of x. */
static inline uint32_t bds_window_outside(const bds_window *w)
{
    const int inside = w->kernel_h == 1 && w->kernel_w == 1 && w->pad_top == 0 && w->pad_left == 0 &&
                       (uint64_t)(w->rows - 1) * w->stride_h < w->height &&
                       (uint64_t)(w->out_width - 1) * w->stride_w < w->width;

    return inside ? 0 : w->channels;
}

/* Scratch of both, with pointers of so many bytes. */
static inline size_t bds_window_scratch_bytes(const bds_window *w, size_t pointer)
{
    return (size_t)w->kernel_h * w->kernel_w * pointer + ((size_t)bds_window_outside(w) << w->wide);
}

/* window.c: the same for this machine. */
size_t bds_window_scratch_bytes_ref(const bds_window *w);

void bds_requantise_s8_ref(int8_t *out, const int32_t *acc, uint32_t count, const bds_requant *rq);
void bds_requantise_s16_ref(int16_t *out, const int32_t *acc, uint32_t count, const bds_requant *rq);
void bds_add_ref(const bds_add *a);
void bds_mul_ref(const bds_mul *m);
void bds_extreme_ref(const bds_extreme *e);
void bds_max_pool_ref(const bds_pool *p);
void bds_sum_pool_ref(int32_t *sum, const bds_pool *p, int32_t zero_point);
void bds_table_ref(const bds_table *t);
void bds_softmax_ref(const bds_softmax *s);
void bds_view_ref(const bds_view *v);
void bds_resize_ref(const bds_resize *r);
void bds_normalise_ref(const bds_normalise *n);
void bds_arg_max_ref(const bds_arg_max *a);

#endif
