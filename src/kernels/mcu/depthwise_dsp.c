/* Depthwise convolution, four channels at a time: 3 x 3 over rows of pairs, any other window over pointers to its pixels.
 * SPDX-License-Identifier: MIT */
#include "rows_dsp.h"
#include "walk.h"

/* ---- 3 x 3 --------------------------------------------------------------------------------------------------------- */

/* Rows and columns are counted from the padding's first here. Pair j is rows 2 * j and 2 * j + 1. */
typedef struct depthwise_dsp {
    const bds_depthwise *d;
    channel_dsp *channels;           /* four whose windows begin in the upper row of a pair, four of the lower one */
    uint32_t *pairs[2];              /* of pair j in pairs[j % 2]: [four channels][columns] */
    uint32_t next;                   /* j of the pair to be made next */
    uint32_t columns;                /* before.. + inside.. + those behind x */
    uint32_t before, inside, behind; /* of a row */
    uint32_t first;                  /* of the four channels */
    const int8_t *x;                 /* its value in the first column that is inside, in row 0 of x */
    uint32_t zeros;                  /* four times the zero point */
} depthwise_dsp;

/* Both of a pair times 2^left; they fit int16. */
static uint32_t shifted(uint32_t pair, int32_t left)
{
    return (pair & 0xffff0000) << left | (pair << left & 0xffff);
}

/* Four channels' weights in one row, and in the row below it, as word `at` of each channel. */
static void take_pairs(channel_dsp four[4], size_t at, uint32_t even, uint32_t odd, uint32_t even_b, uint32_t odd_b)
{
    four[0].weights[at] = bds_lows(even, even_b);
    four[1].weights[at] = bds_lows(odd, odd_b);
    four[2].weights[at] = bds_highs(even, even_b);
    four[3].weights[at] = bds_highs(odd, odd_b);
}

static void take_weights(depthwise_dsp *v, const mcu_requant *q)
{
    const bds_requant *rq = &v->d->rq;
    const uint32_t step = v->d->window.channels;
    const int8_t *w = (const int8_t *)v->d->weights + v->first;
    channel_dsp *upper = v->channels, *lower = upper + 4;

    for (uint32_t x = 0; x < 3; x++, w += step) {
        const uint32_t a = bds_load_4(w), b = bds_load_4(w + 3 * step), c = bds_load_4(w + 6 * step);
        const uint32_t a_even = bds_even(a), a_odd = bds_odd(a), b_even = bds_even(b), b_odd = bds_odd(b);
        const uint32_t c_even = bds_even(c), c_odd = bds_odd(c);

        take_pairs(upper, x, a_even, a_odd, b_even, b_odd);
        take_pairs(upper, 3 + x, c_even, c_odd, 0, 0);
        take_pairs(lower, x, 0, 0, a_even, a_odd);
        take_pairs(lower, 3 + x, b_even, b_odd, c_even, c_odd);
    }
    for (uint32_t i = 0; i < 4; i++) {
        lower[i].bias = upper[i].bias = rq->bias[v->first + i] * (1 << q->left);
        lower[i].multiplier = upper[i].multiplier = rq->multiplier[v->first + i];
    }
    for (uint32_t i = 0; q->left && i < 8; i++)
        for (uint32_t x = 0; x < 6; x++)
            upper[i].weights[x] = shifted(upper[i].weights[x], q->left);
}

static uint32_t *outside(uint32_t *to, const depthwise_dsp *v, uint32_t count)
{
    const uint32_t pair = bds_even(v->zeros), columns = v->columns;

    for (; count; count--, to++)
        to[0] = to[columns] = to[2 * columns] = to[3 * columns] = pair;
    return to;
}

/* Four channels of row y, or of what is outside x; *step is from one column to the next. */
static const int8_t *line(const depthwise_dsp *v, int32_t y, uint32_t *step)
{
    const bds_window *w = &v->d->window;

    if (y < 0 || y >= (int32_t)w->height) {
        *step = 0;
        return (const int8_t *)&v->zeros;
    }
    *step = w->pixel;
    return v->x + (size_t)y * w->width * w->pixel;
}

static void make_pairs(depthwise_dsp *v, uint32_t j)
{
    const uint32_t columns = v->columns;
    const int32_t y = (int32_t)(2 * j) - (int32_t)v->d->window.pad_top;
    uint32_t *to = v->pairs[j % 2], step_a, step_b;
    const int8_t *a = line(v, y, &step_a), *b = line(v, y + 1, &step_b);

    to = outside(to, v, v->before);
    for (uint32_t *end = to + v->inside; to < end; to++, a += step_a, b += step_b) {
        const uint32_t upper = bds_load_4(a), lower = bds_load_4(b);
        const uint32_t even = bds_even(upper), odd = bds_odd(upper), even_b = bds_even(lower), odd_b = bds_odd(lower);

        to[0] = bds_lows(even, even_b);
        to[columns] = bds_lows(odd, odd_b);
        to[2 * columns] = bds_highs(even, even_b);
        to[3 * columns] = bds_highs(odd, odd_b);
    }
    outside(to, v, v->behind);
}

/* Of all rows that were to be computed. */
static void clamp_rows(const bds_depthwise *d)
{
    const bds_window *w = &d->window;
    const size_t row = (size_t)w->out_width * w->channels;

    bds_clamp_bytes((int8_t *)d->out + w->row_begin * row, (uint32_t)((w->row_end - w->row_begin) * row), d->rq.lo,
                    d->rq.hi);
}

void bds_depthwise_3x3_s8_dsp(const bds_depthwise *d)
{
    const bds_window *w = &d->window;
    const mcu_requant q = bds_requant_mcu(&d->rq);
    const uint32_t columns = (uint32_t)bds_depthwise_columns_dsp(w), step = w->channels;
    const uint32_t before = w->pad_left < columns ? w->pad_left : columns;
    const uint32_t inside = columns - before < w->width ? columns - before : w->width;
    depthwise_dsp v = {.d = d,
                       .channels = d->scratch,
                       .columns = columns,
                       .before = before,
                       .inside = inside,
                       .behind = columns - before - inside,
                       .zeros = (uint32_t)(w->zero_point & 0xff) * 0x01010101u};
    row_dsp r = {.rounding = q.rounding,
                 .shift = q.shift,
                 .step = step,
                 .fours = w->out_width / 4 * 4 * step,
                 .rest = w->out_width % 4 * step,
                 .skip = (columns - w->out_width * w->stride_w) * 4,
                 .back = w->out_width * step - 1};

    v.pairs[0] = (uint32_t *)(v.channels + 8);
    v.pairs[1] = v.pairs[0] + 4 * columns;
    for (uint32_t c = 0; c < step; c = bds_next_vector(c, step, 4)) {
        v.first = c;
        v.x = (const int8_t *)w->x + c;
        v.next = 0;
        take_weights(&v, &q);
        for (uint32_t row = w->row_begin; row < w->row_end; row++) {
            const uint32_t top = row * w->stride_h, j = top / 2;
            const uint32_t *above = v.pairs[j % 2], *below = v.pairs[(j + 1) % 2];
            const channel_dsp *four = v.channels + top % 2 * 4;

            for (v.next = v.next < j ? j : v.next; v.next < j + 2; v.next++)
                make_pairs(&v, v.next);
            r.out = (int8_t *)d->out + (size_t)row * w->out_width * step + c;
            if (w->stride_w == 1)
                bds_row_3x3_dsp(four, above, below, &r);
            else
                bds_row_3x3_stride_2_dsp(four, above, below, &r);
        }
    }
    if (q.clamps)
        clamp_rows(d);
}

/* ---- Any window ---------------------------------------------------------------------------------------------------- */

static void four_channels(int8_t *out, const bds_depthwise *d, const window_pixels *p, uint32_t c, const mcu_requant *q)
{
    const int8_t *w = (const int8_t *)d->weights + c;
    const int32_t *bias = d->rq.bias + c;
    const int16_t *m = d->rq.multiplier + c;
    int32_t sum[4] = {bias[0], bias[1], bias[2], bias[3]};

    for (uint32_t t = 0; t < p->count; t++, w += d->window.channels) {
        const uint32_t a = bds_load_4(p->taps[t] + c), b = bds_load_4(w);
        const uint32_t even = bds_even(a), odd = bds_odd(a), even_w = bds_even(b), odd_w = bds_odd(b);

        sum[0] = bds_low(even, even_w, sum[0]);
        sum[1] = bds_low(odd, odd_w, sum[1]);
        sum[2] = bds_high(even, even_w, sum[2]);
        sum[3] = bds_high(odd, odd_w, sum[3]);
    }
    for (uint32_t i = 0; i < 4; i++)
        out[c + i] = (int8_t)bds_requantise_dsp(sum[i], m[i], q);
}

static void one_channel(int8_t *out, const bds_depthwise *d, const window_pixels *p, uint32_t c, const mcu_requant *q)
{
    const int8_t *w = (const int8_t *)d->weights + c;
    int32_t sum = d->rq.bias[c];

    for (uint32_t t = 0; t < p->count; t++, w += d->window.channels)
        sum += p->taps[t][c] * *w;
    out[c] = (int8_t)bds_requantise_dsp(sum, d->rq.multiplier[c], q);
}

void bds_depthwise_s8_dsp(const bds_depthwise *d)
{
    if (bds_depthwise_is_3x3_dsp(&d->window))
        bds_depthwise_3x3_s8_dsp(d);
    else
        bds_walk_windows(d, four_channels, one_channel);
}
