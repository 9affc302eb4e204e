/* Depthwise convolution with NEON: 4 windows x 16 channels at a time, in the last block 4 x 8. Products of 8 bits meet two by two in 16,
 * which suffices unless both weights are -128, and are widened once; blocks with larger weights widen before they multiply.
 * SPDX-License-Identifier: MIT */
#include "neon.h"
#include "rows.h"

enum { WINDOWS = 4 };

/* A row of windows of one block. */
typedef struct block_row {
    const int8_t *const *rows; /* one for each of the kernel's, at column 0 */
    uint32_t first;            /* channel */
    uint32_t kernel_h, kernel_w;
    size_t column_step, window_step; /* bytes from one column of the kernel, and from one window, to the next */
    const void *weights;
    const int32_t *bias;       /* width */
    const int16_t *multiplier; /* width */
    const bds_requant *rq;
    int8_t *out;
    size_t out_stride;
    uint32_t out_width, channels; /* channels that exist: all, unless there are fewer than 8 */
} block_row;

/* `vectors` is 4 for 16 channels, 2 for 8, in the lower half of each register. */
static inline __attribute__((always_inline)) int8x16_t load_bytes(const int8_t *from, int vectors)
{
    return vectors == 4 ? vld1q_s8(from) : vcombine_s8(vld1_s8(from), vdup_n_s8(0));
}

/* acc[vectors * i + v] += channels 4v .. 4v + 3 of one or two taps of window i; b is of no concern if two is 0. */
static inline __attribute__((always_inline)) void add_taps(int32x4_t *acc, int windows, int vectors, int two,
                                                           const int8_t *a, const int8_t *b, size_t step,
                                                           const int8_t *wa, const int8_t *wb)
{
    const int8x16_t weights_a = load_bytes(wa, vectors), weights_b = two ? load_bytes(wb, vectors) : weights_a;

    for (int i = 0; i < windows; i++, acc += vectors) {
        const int8x16_t of_a = load_bytes(a + (size_t)i * step, vectors);
        const int8x16_t of_b = two ? load_bytes(b + (size_t)i * step, vectors) : of_a;
        int16x8_t low = vmull_s8(vget_low_s8(of_a), vget_low_s8(weights_a)), high;

        if (two)
            low = vmlal_s8(low, vget_low_s8(of_b), vget_low_s8(weights_b));
        acc[0] = vaddw_s16(acc[0], vget_low_s16(low));
        acc[1] = vaddw_high_s16(acc[1], low);
        if (vectors == 4) {
            high = vmull_high_s8(of_a, weights_a);
            if (two)
                high = vmlal_high_s8(high, of_b, weights_b);
            acc[2] = vaddw_s16(acc[2], vget_low_s16(high));
            acc[3] = vaddw_high_s16(acc[3], high);
        }
    }
}

static inline __attribute__((always_inline)) void add_wide_tap(int32x4_t *acc, int windows, int vectors,
                                                               const int8_t *a, size_t step, const int16_t *w)
{
    const int16x8_t low_weights = vld1q_s16(w), high_weights = vectors == 4 ? vld1q_s16(w + 8) : low_weights;

    for (int i = 0; i < windows; i++, acc += vectors) {
        const int8x16_t of_a = load_bytes(a + (size_t)i * step, vectors);
        const int16x8_t low = vmovl_s8(vget_low_s8(of_a));

        acc[0] = vmlal_s16(acc[0], vget_low_s16(low), vget_low_s16(low_weights));
        acc[1] = vmlal_high_s16(acc[1], low, low_weights);
        if (vectors == 4) {
            const int16x8_t high = vmovl_high_s8(of_a);

            acc[2] = vmlal_s16(acc[2], vget_low_s16(high), vget_low_s16(high_weights));
            acc[3] = vmlal_high_s16(acc[3], high, high_weights);
        }
    }
}

/* 3 x 3 without dilation; stride is a constant. */
static inline __attribute__((always_inline)) void sum_3x3(int32x4_t *acc, int windows, int vectors, const block_row *r,
                                                          size_t at, uint32_t stride)
{
    const size_t column = r->column_step, step = stride * column;
    const int8_t *x0 = r->rows[0] + at, *x1 = r->rows[1] + at, *x2 = r->rows[2] + at, *w = r->weights;
    const int width = 4 * vectors;

    add_taps(acc, windows, vectors, 1, x0, x0 + column, step, w, w + width);
    add_taps(acc, windows, vectors, 1, x0 + 2 * column, x1, step, w + 2 * width, w + 3 * width);
    add_taps(acc, windows, vectors, 1, x1 + column, x1 + 2 * column, step, w + 4 * width, w + 5 * width);
    add_taps(acc, windows, vectors, 1, x2, x2 + column, step, w + 6 * width, w + 7 * width);
    add_taps(acc, windows, vectors, 0, x2 + 2 * column, x2, step, w + 8 * width, w);
}

static inline __attribute__((always_inline)) void sum_any(int32x4_t *acc, int windows, int vectors, const block_row *r,
                                                          size_t at)
{
    const size_t step = r->window_step;
    const int width = 4 * vectors;
    const int8_t *w = r->weights;

    for (uint32_t ky = 0; ky < r->kernel_h; ky++) {
        const int8_t *x = r->rows[ky] + at;
        uint32_t left = r->kernel_w;

        for (; left >= 2; left -= 2, x += 2 * r->column_step, w += 2 * width)
            add_taps(acc, windows, vectors, 1, x, x + r->column_step, step, w, w + width);
        if (left) {
            add_taps(acc, windows, vectors, 0, x, x, step, w, w);
            w += width;
        }
    }
}

static inline __attribute__((always_inline)) void sum_wide(int32x4_t *acc, int windows, int vectors, const block_row *r,
                                                           size_t at)
{
    const int16_t *w = r->weights;

    for (uint32_t ky = 0; ky < r->kernel_h; ky++) {
        const int8_t *x = r->rows[ky] + at;

        for (uint32_t kx = 0; kx < r->kernel_w; kx++, x += r->column_step, w += 4 * vectors)
            add_wide_tap(acc, windows, vectors, x, r->window_step, w);
    }
}

/* What sums a row's windows. */
typedef enum kind {
    ANY,
    DENSE,  /* 3 x 3 without dilation, stride 1 */
    STEP_2, /* the same, stride 2 */
    WIDE    /* any, wide weights */
} kind;

/* The windows from number `begin` on. */
static inline __attribute__((always_inline)) void some_windows(const block_row *r, uint32_t begin, int windows,
                                                               int vectors, kind k, const rounder *rounding)
{
    const size_t at = r->first + begin * r->window_step;
    int8_t *out = r->out + begin * r->out_stride;
    int32x4_t acc[WINDOWS * 4], m[4];
    int8x16_t y[WINDOWS];

    for (int i = 0; i < windows * vectors; i++)
        acc[i] = vld1q_s32(r->bias + 4 * (i % vectors));
    if (k == ANY)
        sum_any(acc, windows, vectors, r, at);
    else if (k == WIDE)
        sum_wide(acc, windows, vectors, r, at);
    else
        sum_3x3(acc, windows, vectors, r, at, k == DENSE ? 1 : 2);
    for (int v = 0; v < vectors; v++)
        m[v] = load_multipliers(r->multiplier + 4 * v);
    for (int i = 0; i < windows; i++)
        y[i] = requantise_vectors(acc + vectors * i, m, vectors, rounding);
#pragma GCC unroll 4
    for (int i = 0; i < windows; i++, out += r->out_stride)
        store_channels(out, y[i], vectors, r->channels);
}

/* Four windows, or two, at a time; the last ones may be some of those before, too. */
static inline __attribute__((always_inline)) void row_of(const block_row *r, int vectors, kind k)
{
    const rounder rounding = rounder_of(r->rq);
    const uint32_t all = r->out_width;

    for (uint32_t begin = 0; begin < all;) {
        if (all >= 4 && all - begin > 2) {
            begin = begin + 4 > all ? all - 4 : begin;
            some_windows(r, begin, 4, vectors, k, &rounding);
            begin += 4;
        } else if (all >= 2) {
            begin = begin + 2 > all ? all - 2 : begin;
            some_windows(r, begin, 2, vectors, k, &rounding);
            begin += 2;
        } else {
            some_windows(r, begin++, 1, vectors, k == WIDE ? WIDE : ANY, &rounding);
        }
    }
}

typedef void some_row(const block_row *r);

static void any_16(const block_row *r)
{
    row_of(r, 4, ANY);
}

static void any_8(const block_row *r)
{
    row_of(r, 2, ANY);
}

static void dense_16(const block_row *r)
{
    row_of(r, 4, DENSE);
}

static void dense_8(const block_row *r)
{
    row_of(r, 2, DENSE);
}

static void step_2_16(const block_row *r)
{
    row_of(r, 4, STEP_2);
}

static void step_2_8(const block_row *r)
{
    row_of(r, 2, STEP_2);
}

static void wide_16(const block_row *r)
{
    row_of(r, 4, WIDE);
}

static void wide_8(const block_row *r)
{
    row_of(r, 2, WIDE);
}

/* Each a function of its own: together they would take registers from each other. */
static some_row *row_for(const bds_window *w, uint32_t width, const bds_block *block)
{
    static some_row *const rows[2][4] = {{any_8, dense_8, step_2_8, wide_8}, {any_16, dense_16, step_2_16, wide_16}};
    const int is_3x3 = w->kernel_h == 3 && w->kernel_w == 3 && w->dilation_w == 1 && w->stride_w <= 2;

    return rows[width == BDS_PANEL][block->wide ? WIDE : !is_3x3 ? ANY : w->stride_w == 1 ? DENSE : STEP_2];
}

static void block_row_of(const bds_depthwise *d, const bds_rows *s, const int8_t *const *rows, uint32_t row,
                         const bds_panel_place *at, const bds_block *block)
{
    const bds_window *w = &d->window;
    int32_t bias[BDS_PANEL] = {0};
    int16_t multiplier[BDS_PANEL] = {0};
    block_row r = {.rows = rows,
                   .first = at->first,
                   .kernel_h = w->kernel_h,
                   .kernel_w = w->kernel_w,
                   .column_step = w->dilation_w * s->pixel,
                   .window_step = w->stride_w * s->pixel,
                   .weights = block + 1,
                   .bias = d->rq.bias + at->first,
                   .multiplier = d->rq.multiplier + at->first,
                   .rq = &d->rq,
                   .out = (int8_t *)d->out + (size_t)row * w->out_width * w->channels + at->first,
                   .out_stride = w->channels,
                   .out_width = w->out_width,
                   .channels = w->channels < at->width ? w->channels : at->width};

    if (r.channels < at->width) {
        for (uint32_t i = 0; i < r.channels; i++) {
            bias[i] = r.bias[i];
            multiplier[i] = r.multiplier[i];
        }
        r.bias = bias;
        r.multiplier = multiplier;
    }
    row_for(w, at->width, block)(&r);
}

void bds_depthwise_s8_4x16_neon(const bds_depthwise *d)
{
    const bds_window *w = &d->window;
    const bds_rows s = bds_rows_of(w);
    const int8_t *rows[BDS_ROWS];
    int64_t filled = 0;

    if (s.kept == 0 || w->wide || d->out_wide) {
        bds_depthwise_ref(d);
        return;
    }
    __builtin_memset((int8_t *)d->scratch + (s.in_place ? 0 : s.kept) * s.row_bytes, w->zero_point, s.row_bytes + 16);
    for (uint32_t row = w->row_begin; row < w->row_end; row++) {
        const uint8_t *block = d->weights;

        bds_rows_move(rows, &s, w, row, d->scratch, &filled);
        for (uint32_t c = 0; c < w->channels;) {
            const bds_panel_place at = bds_panel_at(c, w->channels);

            block_row_of(d, &s, rows, row, &at, (const bds_block *)(const void *)block);
            block += bds_block_bytes(w, at.width);
            c = at.next;
        }
    }
}
