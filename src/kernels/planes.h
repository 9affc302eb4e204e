/* What the SIMD forms of the depthwise convolution share. Rows of x are read in pairs: row 2q and 2q + 1 of the padded picture lie
 * interleaved, so that one instruction takes a value of each with its weight.
 *
 *   plane    int16 [columns][8][2]                               one pair of rows, 8 channels
 *   weights  int16 [ceil(channels / 8)][2][planes][kernel_w][8][2]  for windows that begin in an even or odd row; 0 where the pair has
 *                                                                   a row that is not the kernel's
 *
 * The last block ends at the last channel, and so may repeat channels of the one before it, to the same result. With fewer than 8
 * channels in all the reference computes.
 *
 * An instruction set brings two functions: one interleaves, one computes a row of windows of 8 channels.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_KERNELS_PLANES_H
#define BEDSIDE_KERNELS_PLANES_H

#include "ref/ref.h"

enum {
    BDS_BLOCK = 8,            /* channels of a block */
    BDS_RING_BYTES = 131072,  /* of planes, unless the least that is needed takes more: within a first-level cache */
    BDS_RING_LIMIT = 1 << 24, /* bytes of the least: above it the reference computes */
    BDS_PLANES = 64           /* planes under a window at most: above it the reference computes */
};

/* A row of windows of one block. */
typedef struct bds_plane_row {
    const int16_t *const *plane; /* that the windows lie in, at column 0 */
    uint32_t planes, kernel_w;
    size_t column_step, pixel_step; /* int16 values from one column of the kernel, and from one window, to the next */
    const int16_t *weights;
    const int32_t *bias;       /* 8, multiplied by 2^left as the weights are */
    const int16_t *multiplier; /* 8 */
    const bds_requant *rq;     /* zero point, clamp and shift */
    const void *constants;     /* what the instruction set has made of rq, once for all rows */
    int8_t *out;
    size_t out_stride;
    uint32_t out_width;
    const int16_t *places[BDS_PLANES]; /* what plane ... */
    int32_t scaled[BDS_BLOCK];         /* ... and, with a left, bias point to */
} bds_plane_row;

/* to[2 * i] = a[i], to[2 * i + 1] = b[i] for i < 8. */
typedef void bds_interleave(int16_t *to, const int8_t *a, const int8_t *b);
typedef void bds_window_row(const bds_plane_row *r);

/* How the windows are read. */
typedef struct bds_planes {
    uint32_t planes;  /* under a window; 0: none of this suits */
    uint32_t ring;    /* planes kept */
    uint32_t columns; /* of the padded picture */
    uint32_t blocks;  /* whose planes are kept at the same time */
    uint32_t all_blocks;
} bds_planes;

/* planes.c */
bds_planes bds_planes_of(const bds_window *w);
size_t bds_planes_bytes(const bds_window *w);
void bds_planes_pack(void *packed, const void *weights, int wide, const bds_window *w, uint32_t left);
size_t bds_planes_scratch_bytes(const bds_window *w);

/* The plane of a window's j-th pair of rows, counted from the one in which it begins; odd: it begins with the pair's second row. */
static inline uint32_t bds_plane_offset(const bds_window *w, uint32_t odd, uint32_t j)
{
    return w->dilation_h == 1 ? j : (odd + j * w->dilation_h) / 2;
}

/* The first channel of a block. */
static inline uint32_t bds_block_first(uint32_t block, uint32_t channels)
{
    const uint32_t c = block * BDS_BLOCK;

    return c + BDS_BLOCK <= channels ? c : channels - BDS_BLOCK;
}

/* Plane q of the block of 8 channels from c on. */
static inline __attribute__((always_inline)) void bds_fill_plane(int16_t *to, const bds_window *w, uint32_t columns,
                                                                 uint32_t q, uint32_t c, bds_interleave *interleave)
{
    const int64_t y = 2 * (int64_t)q - w->pad_top;
    const uint32_t left = w->pad_left < columns ? w->pad_left : columns;
    const uint32_t inside = w->width < columns - left ? w->width : columns - left;
    const int first = y >= 0 && y < w->height, second = y + 1 >= 0 && y + 1 < w->height;
    int8_t outside[BDS_BLOCK];
    const int8_t *a = first ? (const int8_t *)w->x + (size_t)y * w->width * w->pixel + c : outside;
    const int8_t *b = second ? (const int8_t *)w->x + (size_t)(y + 1) * w->width * w->pixel + c : outside;

    __builtin_memset(outside, w->zero_point, sizeof outside);
    for (uint32_t i = 0; i < left; i++, to += 2 * BDS_BLOCK)
        interleave(to, outside, outside);
    for (uint32_t i = 0; i < inside; i++, to += 2 * BDS_BLOCK) {
        interleave(to, a, b);
        a += first ? w->pixel : 0;
        b += second ? w->pixel : 0;
    }
    for (uint32_t i = left + inside; i < columns; i++, to += 2 * BDS_BLOCK)
        interleave(to, outside, outside);
}

/* What all rows of windows have in common. */
static inline bds_plane_row bds_plane_row_of(const bds_depthwise *d, const bds_planes *s, const void *constants)
{
    const bds_window *w = &d->window;
    bds_plane_row r;

    r.planes = s->planes;
    r.kernel_w = w->kernel_w;
    r.column_step = (size_t)w->dilation_w * 2 * BDS_BLOCK;
    r.pixel_step = (size_t)w->stride_w * 2 * BDS_BLOCK;
    r.rq = &d->rq;
    r.constants = constants;
    r.out_stride = w->channels;
    r.out_width = w->out_width;
    return r;
}

/* One block's row of windows. ring: the planes of this block, the row's first at `slot`. */
static inline __attribute__((always_inline)) void bds_block_row(const bds_depthwise *d, const bds_planes *s,
                                                                bds_plane_row *r, uint32_t row, uint32_t block,
                                                                const int16_t *ring, uint32_t slot,
                                                                bds_window_row *window_row)
{
    const bds_window *w = &d->window;
    const uint32_t odd = row * w->stride_h & 1, c = bds_block_first(block, w->channels);
    const size_t plane = (size_t)s->columns * 2 * BDS_BLOCK, weights = (size_t)s->planes * w->kernel_w * 2 * BDS_BLOCK;

    r->plane = r->places;
    r->weights = (const int16_t *)d->weights + (2 * (size_t)block + odd) * weights;
    r->bias = d->rq.bias + c;
    r->multiplier = d->rq.multiplier + c;
    r->out = (int8_t *)d->out + (size_t)row * w->out_width * w->channels + c;
    for (uint32_t j = 0; j < s->planes; j++) {
        const uint32_t at = slot + bds_plane_offset(w, odd, j);

        r->places[j] = ring + (at < s->ring ? at : at - s->ring) * plane;
    }
    if (d->rq.left) {
        for (uint32_t i = 0; i < BDS_BLOCK; i++)
            r->scaled[i] = r->bias[i] * (1 << d->rq.left);
        r->bias = r->scaled;
    }
    window_row(r);
}

static inline __attribute__((always_inline)) void bds_depthwise_planes(const bds_depthwise *d,
                                                                       bds_interleave *interleave,
                                                                       bds_window_row *window_row,
                                                                       const void *constants)
{
    const bds_window *w = &d->window;
    const bds_planes s = bds_planes_of(w);
    const size_t plane = (size_t)s.columns * 2 * BDS_BLOCK;
    bds_plane_row r = bds_plane_row_of(d, &s, constants);

    if (s.planes == 0 || w->wide || d->out_wide) {
        bds_depthwise_ref(d);
        return;
    }
    for (uint32_t first = 0; first < s.all_blocks; first += s.blocks) {
        const uint32_t end = s.all_blocks - first < s.blocks ? s.all_blocks : first + s.blocks;
        uint32_t filled = 0; /* planes up to here were filled */

        for (uint32_t row = w->row_begin; row < w->row_end; row++) {
            const uint32_t begin = row * w->stride_h / 2, wanted = begin + s.ring, slot = begin % s.ring;

            filled = filled > begin ? filled : begin;
            for (uint32_t block = first; block < end; block++) {
                int16_t *ring = (int16_t *)d->scratch + (block - first) * s.ring * plane;
                const uint32_t c = bds_block_first(block, w->channels);

                for (uint32_t q = filled; q < wanted; q++) {
                    const uint32_t at = slot + (q - begin);

                    bds_fill_plane(ring + (at < s.ring ? at : at - s.ring) * plane, w, s.columns, q, c, interleave);
                }
                bds_block_row(d, &s, &r, row, block, ring, slot, window_row);
            }
            filled = wanted;
        }
    }
}

#endif
