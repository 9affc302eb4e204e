/* Convolution in WebAssembly whose kernel has three columns: two neighbouring results of a row by four products instead of six
 * (S. Winograd's F(2, 3), Arithmetic Complexity of Computations, 1980), exact in integers because all of it is doubled. With four
 * pixels d and a row of the kernel g,
 *
 *   v = (d0 - d2, d1 + d2, d2 - d1, d1 - d3)             |v| <= 256
 *   u = (2 g0, g0 + g1 + g2, g0 - g1 + g2, 2 g2)         |u| <= 384
 *   2 y0 = m0 + m1 + m2,   2 y1 = m1 - m2 - m3,   m = sum of u * v over channels and rows
 *
 * Sums are taken modulo 2^32, and the doubled results are within it: |y| < 2^30. u is packed times 2^(left - 1), which stays below
 * 2^15, and then 2 y is the y * 2^left that the requantisation wants; only for left = 0 it has to be halved.
 *
 *   pixels   strips of rows of x, padded; a row is [tiles of 2 results][4][channels]
 *   weights  [panels][4][rows of the kernel][pairs of channels][16][2]; zeros for channels that do not exist
 * SPDX-License-Identifier: MIT */
#include "tile_simd128.h"

enum { STRIP_BYTES = 16384, TERMS = BDS_WINOGRAD_TERMS };

/* Of a strip of rows of v. */
typedef struct strip {
    uint32_t tiles;            /* of two results in a row of windows */
    uint32_t rows, block_rows; /* rows of x in the strip, rows of windows that they hold */
    size_t row_bytes;
    size_t padded_bytes; /* a row of x, padded and widened, from which one of v is made */
} strip;

static strip strip_of(const bds_window *w)
{
    const uint32_t tiles = (w->out_width + 1) / 2;
    strip s = {.tiles = tiles,
               .rows = w->kernel_h,
               .block_rows = 1,
               .row_bytes = (size_t)tiles * TERMS * w->channels * sizeof(int16_t),
               .padded_bytes = (size_t)(2 * tiles + 2) * w->channels * sizeof(int16_t)};

    while (s.block_rows < w->row_end && (s.rows + w->stride_h) * s.row_bytes <= STRIP_BYTES) {
        s.block_rows++;
        s.rows += w->stride_h;
    }
    return s;
}

size_t bds_winograd_scratch_bytes(const bds_window *w)
{
    const strip s = strip_of(w);

    return s.padded_bytes + s.rows * s.row_bytes;
}

/* A row of v from a padded row of x. */
static __attribute__((noinline)) void transform(int16_t *v, const int16_t *x, uint32_t tiles, uint32_t channels)
{
    for (; tiles > 0; tiles--, x += 2 * channels, v += TERMS * channels)
        for (uint32_t i = 0; i < channels; i += 8) {
            const v128_t d0 = wasm_v128_load(x + i), d1 = wasm_v128_load(x + channels + i);
            const v128_t d2 = wasm_v128_load(x + 2 * channels + i), d3 = wasm_v128_load(x + 3 * channels + i);

            wasm_v128_store(v + i, wasm_i16x8_sub(d0, d2));
            wasm_v128_store(v + channels + i, wasm_i16x8_add(d1, d2));
            wasm_v128_store(v + 2 * channels + i, wasm_i16x8_sub(d2, d1));
            wasm_v128_store(v + 3 * channels + i, wasm_i16x8_sub(d1, d3));
        }
}

/* What all tiles of a panel share. */
typedef struct panel {
    bds_panel term; /* of the weights of each term in turn */
    size_t term_bytes;
    v128_t bias[4], m[4];
    rounder rounding;
    uint32_t tiles, out_width, channels, left;
} panel;

/* Up to 16 channels of one result. sums: twice the result's, without the bias. */
static inline __attribute__((always_inline)) void finish(const panel *p, int8_t *out, v128_t *sums)
{
    v128_t y[2];

    for (int i = 0; i < 4; i++)
        sums[i] = wasm_i32x4_add(p->left ? sums[i] : wasm_i32x4_shr(sums[i], 1), p->bias[i]);
    requantise(y, sums, p->m, 4, 4, &p->rounding);
    if (p->channels == BDS_PANEL)
        wasm_v128_store(out, y[0]);
    else
        store_some(out, y[0], p->channels);
}

/* Both results of a tile, or the first. m: of term t m[8 * t], ... */
static inline __attribute__((always_inline)) void finish_tile(const panel *p, int8_t *out, const v128_t *m, int both)
{
    v128_t sums[4];

    for (int i = 0; i < 4; i++)
        sums[i] = wasm_i32x4_add(m[i], wasm_i32x4_add(m[8 + i], m[16 + i]));
    finish(p, out, sums);
    if (!both)
        return;
    for (int i = 0; i < 4; i++)
        sums[i] = wasm_i32x4_sub(wasm_i32x4_sub(m[8 + i], m[16 + i]), m[24 + i]);
    finish(p, out + p->term.out_stride, sums);
}

/* A row of windows. x: of v. */
static __attribute__((noinline)) void multiply_row(const panel *p, const uint8_t *x, int8_t *out)
{
    const size_t step = TERMS * p->term.pixel_step;

    for (uint32_t t = 0; t < p->tiles; t += 2, x += 2 * step, out += 4 * p->term.out_stride) {
        const uint8_t *x0 = x, *x1 = t + 1 < p->tiles ? x + step : x; /* the last may be alone */
        bds_panel term = p->term;
        v128_t m[8 * TERMS];

#pragma clang loop unroll(disable)
        for (int k = 0; k < TERMS; k++) {
            v128_t acc[8];

            for (int i = 0; i < 8; i++)
                acc[i] = wasm_i32x4_const_splat(0);
            tile(acc, 2, 4, x0, x1, &term);
            for (int i = 0; i < 8; i++)
                m[8 * k + i] = acc[i];
            x0 += p->term.pixel_step;
            x1 += p->term.pixel_step;
            term.weights = (const uint8_t *)term.weights + p->term_bytes;
        }
        finish_tile(p, out, m, 2 * t + 1 < p->out_width);
        if (t + 1 < p->tiles)
            finish_tile(p, out + 2 * p->term.out_stride, m + 4, 2 * t + 3 < p->out_width);
    }
}

/* The constants of the panel that begins with channel n. */
static void begin_panel(panel *p, const bds_conv *c, const bds_panel_place *at)
{
    int32_t bias[BDS_PANEL] = {0};
    int16_t multiplier[BDS_PANEL] = {0};

    p->channels = c->channels < at->width ? c->channels : at->width;
    for (uint32_t i = 0; i < p->channels; i++) {
        bias[i] = c->rq.bias[at->first + i] * (1 << c->rq.left);
        multiplier[i] = c->rq.multiplier[at->first + i];
    }
    for (int i = 0; i < 4; i++) {
        p->bias[i] = wasm_v128_load(bias + 4 * i);
        p->m[i] = wasm_u32x4_load16x4(multiplier + 4 * i);
    }
}

/* `rows` rows of windows from the row-th on, whose rows of v are in the strip, times all panels. */
static void all_panels(const bds_conv *c, panel *p, const strip *s, const uint8_t *v, uint32_t row, uint32_t rows)
{
    const bds_window *w = &c->window;
    const uint8_t *weights = c->weights;

    for (uint32_t n = 0; n < c->channels; weights += bds_winograd_panel_bytes(w)) {
        const bds_panel_place at = bds_panel_at(n, c->channels);
        int8_t *out = (int8_t *)c->out + (size_t)row * w->out_width * c->out_stride + at.first;

        begin_panel(p, c, &at);
        p->term.weights = weights;
        for (uint32_t i = 0; i < rows; i++)
            multiply_row(p, v + i * w->stride_h * s->row_bytes, out + (size_t)i * w->out_width * c->out_stride);
        n = at.next;
    }
}

void bds_winograd_s8_2x16c2_simd128(const bds_conv *c)
{
    const bds_window *w = &c->window;
    const strip s = strip_of(w);
    uint8_t *x = c->scratch, *v = x + s.padded_bytes;
    uint32_t have = 0; /* rows in the strip, from the first one that the current windows want */
    panel p = {.term = {.pixel_step = (size_t)w->channels * sizeof(int16_t),
                        .segment_step = s.row_bytes,
                        .segments = w->kernel_h,
                        .groups = w->channels / 2,
                        .out_stride = c->out_stride},
               .term_bytes = bds_winograd_panel_bytes(w) / TERMS,
               .rounding = rounder_of(&c->rq),
               .tiles = s.tiles,
               .out_width = w->out_width,
               .left = (uint32_t)c->rq.left};

    for (uint32_t row = w->row_begin; row < w->row_end; row += s.block_rows) {
        const uint32_t rows = w->row_end - row < s.block_rows ? w->row_end - row : s.block_rows;
        const uint32_t wanted = (rows - 1) * w->stride_h + w->kernel_h, passed = s.block_rows * w->stride_h;

        for (; have < wanted; have++) {
            bds_strip_row_simd128(x, w, 2 * s.tiles + 2, (int64_t)row * w->stride_h - w->pad_top + have);
            transform((int16_t *)(void *)(v + have * s.row_bytes), (const int16_t *)(const void *)x, s.tiles,
                      w->channels);
        }
        all_panels(c, &p, &s, v, row, rows);
        have = have > passed ? have - passed : 0;
        __builtin_memmove(v, v + passed * s.row_bytes, have * s.row_bytes);
    }
}
