/* What the SIMD forms of the indirect GEMM share: the packed weights, the widened rows and the loops around the tiles.
 *
 *   weights  int16 [ceil(channels / 16)][pairs][16][2]   one panel per 16 channels, pairs = ceil(depth / 2), zero-padded
 *   rows     int16 [rows][2 * pairs]                     a block of pixels, gathered from their taps and widened once
 *
 * An instruction set brings two functions: one widens bytes, one multiplies a block of rows with one panel.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_KERNELS_PANELS_H
#define BEDSIDE_KERNELS_PANELS_H

#include "ref/ref.h"

enum {
    BDS_PANEL = 16,          /* channels of a GEMM panel */
    BDS_DEPTHWISE_BLOCK = 8, /* channels of a block of depthwise weights */
    BDS_BLOCK_ROWS = 32,     /* pixels at most in a block ... */
    BDS_BLOCK_VALUES = 8192, /* ... and int16 values, unless two rows are longer: half of a small first-level cache */
    BDS_PANEL_DEPTH = 65535  /* a deeper product goes to the reference: no size computed here can wrap */
};

/* One block of rows times one panel. */
typedef struct bds_panel {
    const int16_t *rows;
    uint32_t row_count, pairs;
    const int16_t *weights;
    const int32_t *bias;       /* 16; zero for channels that do not exist */
    const int16_t *multiplier; /* 16 */
    const bds_requant *rq;     /* all but bias and multiplier */
    int8_t *out;
    size_t out_stride;
    uint32_t channels; /* that exist, [1, 16] */
} bds_panel;

typedef void bds_widen(int16_t *to, const int8_t *from, uint32_t n);
typedef void bds_multiply(const bds_panel *p);

/* panels.c */
size_t bds_panels_bytes(uint32_t channels, uint32_t depth);
void bds_panels_pack(void *packed, const void *weights, int wide, uint32_t channels, uint32_t depth);
size_t bds_panels_scratch_bytes(uint32_t depth);
size_t bds_depthwise_blocks_bytes(uint32_t taps, uint32_t channels);
void bds_depthwise_blocks_pack(void *packed, const void *weights, int wide, uint32_t taps, uint32_t channels);

/* Even, so that tiles of two rows come out whole. */
static inline uint32_t bds_block_rows(uint32_t depth)
{
    uint32_t rows = BDS_BLOCK_VALUES / (depth + 1) & ~1u;

    return rows < 2 ? 2 : rows > BDS_BLOCK_ROWS ? BDS_BLOCK_ROWS : rows;
}

/* One pixel's taps, one after the other; taps that touch in memory are taken in one go. An odd depth is filled with a zero. */
static inline __attribute__((always_inline)) void bds_gather(int16_t *row, const bds_gemm *g, const int8_t *const *taps,
                                                             bds_widen *widen)
{
    for (uint32_t t = 0; t < g->tap_count;) {
        const int8_t *from = taps[t];
        uint32_t n = g->tap_values;

        for (t++; t < g->tap_count && taps[t] == from + n; t++)
            n += g->tap_values;
        widen(row, from, n);
        row += n;
    }
    if (g->tap_count * g->tap_values & 1)
        *row = 0;
}

static inline __attribute__((always_inline)) void bds_gemm_panels(const bds_gemm *g, bds_widen *widen,
                                                                  bds_multiply *multiply)
{
    uint32_t depth = g->tap_count * g->tap_values, block = bds_block_rows(depth), pairs = (depth + 1) / 2;
    int16_t *rows = g->scratch;

    if (depth > BDS_PANEL_DEPTH || g->x_wide || g->out_wide) {
        bds_gemm_ref(g);
        return;
    }
    for (uint32_t first = 0; first < g->pixels; first += block) {
        bds_panel p = {.rows = rows, .pairs = pairs, .weights = g->weights, .rq = &g->rq, .out_stride = g->out_stride};

        p.row_count = g->pixels - first < block ? g->pixels - first : block;
        for (uint32_t r = 0; r < p.row_count; r++)
            bds_gather(rows + (size_t)r * pairs * 2, g, g->taps + (size_t)(first + r) * g->tap_count, widen);

        for (uint32_t n = 0; n < g->channels; n += BDS_PANEL, p.weights += (size_t)pairs * BDS_PANEL * 2) {
            int32_t bias[BDS_PANEL] = {0};
            int16_t multiplier[BDS_PANEL] = {0};

            p.out = (int8_t *)g->out + first * g->out_stride + n;
            p.bias = g->rq.bias + n;
            p.multiplier = g->rq.multiplier + n;
            p.channels = g->channels - n < BDS_PANEL ? g->channels - n : BDS_PANEL;
            if (p.channels < BDS_PANEL) {
                for (uint32_t i = 0; i < p.channels; i++) {
                    bias[i] = p.bias[i];
                    multiplier[i] = p.multiplier[i];
                }
                p.bias = bias;
                p.multiplier = multiplier;
            }
            multiply(&p);
        }
    }
}

/* Depthwise weights: int16 [ceil(channels / 8)][pairs][8][2], pairs of taps, zero-padded. The last block ends at the last
 * channel and so may repeat channels of the one before it; fewer channels than one block go to the reference, raw. */
static inline uint32_t bds_depthwise_block_first(uint32_t c, uint32_t channels)
{
    return c + BDS_DEPTHWISE_BLOCK <= channels ? c : channels - BDS_DEPTHWISE_BLOCK;
}

#endif
