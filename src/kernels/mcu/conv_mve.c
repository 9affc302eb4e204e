/* Convolution on Helium: windows are copied to scratch, two by two (scratch_mve.h), and multiplied there (tiles_mve.c); a single pixel,
 * as of a fully connected layer, is multiplied where it lies. Weights are read where they are.
 * SPDX-License-Identifier: MIT */
#include "gather_mve.h"
#include "tiles_mve.h"

/* The constants of four channels. */
typedef struct four_channels {
    const int32_t *bias;
    const int16_t *multiplier;
    uint32_t last; /* the last of them that exists */
    int32_t own_bias[4];
    int16_t own_multiplier[4];
} four_channels;

/* Fewer than four channels in all: repeats the last one. */
static void repeat_channels(four_channels *f, const bds_conv *c)
{
    f->bias = c->rq.bias;
    f->multiplier = c->rq.multiplier;
    f->last = 3;
    if (c->channels >= 4)
        return;
    f->last = c->channels - 1;
    for (uint32_t i = 0; i < 4; i++) {
        const uint32_t n = i < f->last ? i : f->last;
        f->own_bias[i] = c->rq.bias[n];
        f->own_multiplier[i] = c->rq.multiplier[n];
    }
    f->bias = f->own_bias;
    f->multiplier = f->own_multiplier;
}

/* The n pixels of t times all channels, to the result from its pixel number `first` on. */
static void multiply(bds_tiles_mve *t, const bds_conv *c, const four_channels *f, void (*run)(bds_tiles_mve *),
                     size_t first, uint32_t n)
{
    const uint32_t rest = c->channels % 4, depth = t->four_rows / 4;
    int8_t *const out = (int8_t *)c->out + first * c->out_stride;
    int8_t few[2 * BDS_CONV_PAIRS_MVE * 4];

    t->out_stride = n == 1 ? 0 : (uint32_t)c->out_stride; /* the second of a pair is none */
    t->out = out;
    t->groups = c->channels / 4;
    t->bias = f->bias;
    t->multiplier = f->multiplier;
    for (uint32_t i = 0; i < 4; i++)
        t->rows[i] = (const int8_t *)c->weights + (i < f->last ? i : f->last) * depth;
    if (t->groups) {
        run(t);
        if (rest == 0)
            return;
        for (uint32_t i = 0; i < 4; i++) /* the last four */
            t->rows[i] = (const int8_t *)c->weights + (size_t)(c->channels - 4 + i) * depth;
        t->bias = f->bias + c->channels - 4;
        t->multiplier = f->multiplier + c->channels - 4;
        t->out = out + c->channels - 4;
        t->groups = 1;
        run(t);
        return;
    }
    t->out = few;
    t->out_stride = 4;
    t->groups = 1;
    run(t);
    for (uint32_t p = 0; p < n; p++)
        for (uint32_t i = 0; i < c->channels; i++)
            out[p * c->out_stride + i] = few[4 * p + i];
}

void bds_conv_s8_mve(const bds_conv *c)
{
    const bds_window *w = &c->window;
    const bds_conv_cut_mve cut = bds_conv_cut_of_mve(w);
    const uint32_t begin = w->row_begin * w->out_width, end = w->row_end * w->out_width;
    const bds_scale_mve scale = bds_scale_of_mve(&c->rq);
    bds_tiles_mve t; /* not cleared: a small C library's memset is slow */
    int8_t *const scratch = c->scratch;
    bds_gathering_mve g;
    four_channels f;

    t.blocks = cut.whole / 16 - 1;
    t.last = cut.depth - (cut.whole - 16);
    t.rounding = scale.rounding;
    t.left = scale.left;
    t.shift = scale.shift;
    t.lo = c->rq.lo;
    t.hi = c->rq.hi;
    t.four_rows = 4 * cut.depth;
    t.x = cut.pairs ? scratch : w->x;
    repeat_channels(&f, c);
    if (cut.pairs == 0) {
        multiply(&t, c, &f, bds_pixel_run_mve, 0, 1);
        return;
    }
    bds_gather_begin_mve(&g, w, &cut, scratch + 2 * (size_t)cut.pairs * cut.whole, begin);
    for (uint32_t i = begin; i < end;) {
        const uint32_t odd = (end - i) % 2, left = end - i, most = 2 * cut.pairs;
        /* Of an odd number the second pixel comes twice. */
        const uint32_t n = odd && left > 1 ? 2 : left < most ? left : most, ahead = odd ? 1 : n;

        bds_gather_mve(&g, scratch, n, ahead);
        t.x_end = scratch + (size_t)((n + 1) & ~1u) * cut.whole;
        multiply(&t, c, &f, bds_tiles_run_mve, i, n);
        i += ahead;
    }
}
