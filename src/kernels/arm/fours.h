/* Weights of the convolution as fours of int8 (panels.h), and what a weight has beyond them: legacy weights reach from -255 to 255,
 * and two products of -128 * -128 are one more than int16 holds. Few weights are so large, so each panel is followed by a list of the
 * groups in which one is, with the difference:
 *
 *   rest  {count, doubled}, uint32 [all groups] segment * 2^16 + group, int8 [count][channels of the panel][4]
 *
 * doubled: the panel's weights are halves, so sums are doubled before the rest is added. This is for +255, which is more than two
 * int8 make.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_KERNELS_FOURS_H
#define BEDSIDE_KERNELS_FOURS_H

#include "../panels.h"

/* 16 bytes. */
typedef struct bds_rest {
    uint32_t count, doubled, unused[2];
} bds_rest;

static const bds_form bds_fours = {
    .group = 4, .value_bytes = 1, .rest = 1, .tile = 4, .strip_bytes = 8192, .block_bytes = 8192};

static inline const bds_rest *bds_rest_of(const bds_panel *p)
{
    const size_t weights = (size_t)p->segments * p->groups * p->width * 4;

    return (const bds_rest *)(const void *)((const uint8_t *)p->weights + weights);
}

static inline const uint32_t *bds_rest_places(const bds_rest *rest)
{
    return (const uint32_t *)(const void *)(rest + 1);
}

/* all_groups: of all segments. */
static inline const int8_t *bds_rest_weights(const bds_rest *rest, uint32_t all_groups)
{
    return (const int8_t *)(const void *)(rest + 1) + bds_rest_places_bytes(all_groups);
}

/* Where in a pixel's window the group lies. */
static inline size_t bds_rest_offset(const bds_panel *p, uint32_t place)
{
    return (place >> 16) * p->segment_step + 4 * (size_t)(place & 0xffff);
}

/* The next n pixels; n is a constant. */
static inline __attribute__((always_inline)) void bds_next_pixels(const uint8_t **x, int n, bds_pixel_walk *walk,
                                                                  const bds_panel *p)
{
    if (walk->left > (uint32_t)n) {
        for (int i = 0; i < n; i++)
            x[i] = walk->at + (size_t)i * p->pixel_step;
        walk->at += (size_t)n * p->pixel_step;
        walk->left -= (uint32_t)n;
    } else {
#pragma GCC unroll 4
        for (int i = 0; i < n; i++)
            x[i] = bds_next_pixel(walk, p);
    }
}

/* fours_neon.c; least: of a panel's weights, -127 or -128. */
void bds_fours_pack(void *packed, const void *weights, int wide, const bds_window *w, uint32_t channels, int32_t least);
size_t bds_fours_bytes(const bds_window *w, uint32_t channels, int wide);
size_t bds_fours_scratch_bytes(const bds_window *w);

/* Bytes as they are. */
static inline void bds_fours_convert(void *to, const int8_t *from, uint32_t n)
{
    __builtin_memcpy(to, from, n);
}

#endif
