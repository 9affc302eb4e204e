/* Convolution on Helium: windows are copied to scratch, two by two (scratch_mve.h), and multiplied there (tiles_mve.c); a single pixel,
 * as of a fully connected layer, is multiplied where it lies. Weights are read where they are.
 * SPDX-License-Identifier: MIT */
#include "tiles_mve.h"

size_t bds_conv_scratch_bytes_of_mve(const bds_window *w)
{
    const size_t mine = bds_conv_scratch_bytes_mve(w), reference = bds_window_scratch_bytes_ref(w);

    return mine > reference ? mine : reference; /* whose layers of 16 bits are these, too */
}

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

/* ---- Windows to scratch --------------------------------------------------------------------------------------------- */

/* n bytes, those in scratch 16 by 16, a block every `step` bytes. */
static inline void copy(int8_t *to, const int8_t *from, uint32_t n, uint32_t step)
{
    __asm__ volatile("wlstp.8 lr, %2, 2f\n"
                     "1:\n\t"
                     "vldrb.u8 q0, [%1], #16\n\t"
                     "vstrb.8 q0, [%0]\n\t"
                     "add %0, %3\n\t"
                     "letp lr, 1b\n"
                     "2:"
                     : "+r"(to), "+r"(from)
                     : "r"(n), "r"(step)
                     : "q0", "lr", "memory");
}

static inline void fill_blocks(int8_t *to, int8_t value, uint32_t n, uint32_t step)
{
    const int8x16_t all = vdupq_n_s8(value);

    for (uint32_t i = 0; i < n; i += 16, to += step)
        vst1q_s8(to, all);
}

/* The windows of a convolution, one after the other in order of the result. */
typedef struct gathering {
    const bds_window *w;
    int8_t *apart; /* null: windows go straight to their place */
    uint32_t depth, whole;
    int32_t y, x; /* of the window's first pixel */
    uint32_t column;
} gathering;

static gathering gathering_at(const bds_window *w, const bds_conv_cut_mve *cut, int8_t *apart, uint32_t pixel)
{
    const uint32_t row = pixel / w->out_width, column = pixel % w->out_width;
    const gathering g = {w,
                         cut->apart ? apart : NULL,
                         cut->depth,
                         cut->whole,
                         (int32_t)(row * w->stride_h) - (int32_t)w->pad_top,
                         (int32_t)(column * w->stride_w) - (int32_t)w->pad_left,
                         column};
    return g;
}

static void next_window(gathering *g)
{
    g->x += (int32_t)g->w->stride_w;
    if (++g->column == g->w->out_width) {
        g->column = 0;
        g->x = -(int32_t)g->w->pad_left;
        g->y += (int32_t)g->w->stride_h;
    }
}

/* The current window to `to`, blocks of 16 bytes 32 bytes apart. */
static void gather(const gathering *g, int8_t *to)
{
    const bds_window *w = g->w;
    const uint32_t step = g->apart ? 16 : 32, channels = w->channels, across = w->dilation_w;
    int8_t *start = g->apart ? g->apart : to;
    /* Columns [first, last) of the window are inside x. */
    const int32_t end = ((int32_t)w->width - g->x + (int32_t)across - 1) / (int32_t)across;
    const uint32_t first = g->x < 0 ? ((uint32_t)-g->x + across - 1) / across : 0;
    const uint32_t last = end < 0 ? 0 : (uint32_t)end < w->kernel_w ? (uint32_t)end : w->kernel_w;
    const uint32_t inside = last > first ? last - first : 0;
    const uint32_t together = across == 1 && w->pixel == channels ? inside * channels : 0;
    int32_t y = g->y;

    if (inside < w->kernel_w || y < 0 || y + (int32_t)((w->kernel_h - 1) * w->dilation_h) >= (int32_t)w->height)
        fill_blocks(start, (int8_t)w->zero_point, g->depth, step);
    for (uint32_t ky = 0; ky < w->kernel_h; ky++, y += (int32_t)w->dilation_h) {
        const uint32_t at = (ky * w->kernel_w + first) * channels;
        const int8_t *from;
        int8_t *place = start + (g->apart ? at : 2 * at);

        if ((uint32_t)y >= w->height || inside == 0)
            continue;
        from = (const int8_t *)w->x +
               ((size_t)(uint32_t)y * w->width + (uint32_t)(g->x + (int32_t)(first * across))) * w->pixel;
        if (together)
            copy(place, from, together, step);
        else
            for (uint32_t i = 0; i < inside; i++, from += (size_t)across * w->pixel)
                copy(place + (g->apart ? i * channels : 2 * i * channels), from, channels, step);
    }
    if (g->apart)
        copy(to, g->apart, g->whole, 32);
}

/* ---- Pairs of pixels ------------------------------------------------------------------------------------------------ */

/* The pairs in scratch, times all channels. */
static void multiply_pairs(bds_tiles_mve *t, const bds_conv *c, const four_channels *f, const bds_conv_cut_mve *cut,
                           size_t pixel, uint32_t pixels)
{
    const uint32_t depth = cut->depth, rest = c->channels % 4;
    int8_t *const out = (int8_t *)c->out + pixel * c->out_stride;
    int8_t few[2 * BDS_CONV_PAIRS_MVE * 4];

    t->x_end = t->x + (size_t)((pixels + 1) & ~1u) * cut->whole;
    t->out_stride = pixels == 1 ? 0 : (uint32_t)c->out_stride; /* the second is none */
    t->out = out;
    t->groups = c->channels / 4;
    t->bias = f->bias;
    t->multiplier = f->multiplier;
    for (uint32_t i = 0; i < 4; i++)
        t->rows[i] = (const int8_t *)c->weights + (i < f->last ? i : f->last) * depth;
    if (t->groups) {
        bds_tiles_run_mve(t);
        if (rest == 0)
            return;
        for (uint32_t i = 0; i < 4; i++)
            t->rows[i] += (size_t)(c->channels - 4) * depth; /* the last four */
        t->bias = f->bias + c->channels - 4;
        t->multiplier = f->multiplier + c->channels - 4;
        t->out = out + c->channels - 4;
        t->groups = 1;
        bds_tiles_run_mve(t);
        return;
    }
    t->out = few;
    t->out_stride = 4;
    t->groups = 1;
    bds_tiles_run_mve(t);
    for (uint32_t p = 0; p < pixels; p++)
        for (uint32_t n = 0; n < c->channels; n++)
            out[p * c->out_stride + n] = few[4 * p + n];
}

static void conv_pairs(const bds_conv *c, const bds_conv_cut_mve *cut)
{
    const bds_window *w = &c->window;
    const uint32_t begin = w->row_begin * w->out_width, end = w->row_end * w->out_width;
    const bds_scale_mve scale = bds_scale_of_mve(&c->rq);
    int8_t *const scratch = c->scratch, *const apart = scratch + 2 * (size_t)cut->pairs * cut->whole;
    bds_tiles_mve t = {.blocks = (int32_t)(cut->whole / 16) - 1,
                       .rounding = scale.rounding,
                       .left = scale.left,
                       .shift = scale.shift,
                       .x = scratch,
                       .four_rows = 4 * cut->depth,
                       .last = cut->depth - (cut->whole - 16),
                       .lo = c->rq.lo,
                       .hi = c->rq.hi};
    gathering g = gathering_at(w, cut, apart, begin);
    four_channels f;

    repeat_channels(&f, c);
    for (uint32_t i = begin; i < end;) {
        uint32_t n = end - i < 2 * cut->pairs ? end - i : 2 * cut->pairs;

        if ((end - i) % 2 && n > 1) /* an odd one: the second of these two comes again */
            n = 2;
        for (uint32_t k = 0; k < n; k++) {
            gather(&g, scratch + (size_t)(k & ~1u) * cut->whole + (k & 1) * 16);
            if (k + 1 < n || (end - i) % 2 == 0)
                next_window(&g);
        }
        multiply_pairs(&t, c, &f, cut, i, n);
        i += (end - i) % 2 ? 1 : n;
    }
}

/* ---- A single pixel ------------------------------------------------------------------------------------------------- */

/* bias[i] + x * rows[i], four sums of n products. */
static inline int32x4_t four_sums(const int8_t *x, const int8_t *const rows[4], const int32_t *bias, uint32_t n)
{
    register const int8_t *r0 = rows[0], *r1 = rows[1], *r2 = rows[2], *r3 = rows[3];
    int32_t a0 = bias[0], a1 = bias[1], a2 = bias[2], a3 = bias[3];
    int32x4_t sums;

    __asm__("wlstp.8 lr, %[n], 2f\n"
            "1:\n\t"
            "vldrb.u8 q0, [%[x]], #16\n\t"
            "vldrb.u8 q1, [%[r0]], #16\n\t"
            "vmladava.s8 %[a0], q0, q1\n\t"
            "vldrb.u8 q2, [%[r1]], #16\n\t"
            "vmladava.s8 %[a1], q0, q2\n\t"
            "vldrb.u8 q1, [%[r2]], #16\n\t"
            "vmladava.s8 %[a2], q0, q1\n\t"
            "vldrb.u8 q2, [%[r3]], #16\n\t"
            "vmladava.s8 %[a3], q0, q2\n\t"
            "letp lr, 1b\n"
            "2:\n\t"
            "vmov %q[sums][2], %q[sums][0], %[a0], %[a2]\n\t"
            "vmov %q[sums][3], %q[sums][1], %[a1], %[a3]"
            : [x] "+r"(x), [r0] "+r"(r0), [r1] "+r"(r1), [r2] "+r"(r2), [r3] "+r"(r3), [a0] "+Te"(a0), [a1] "+Te"(a1),
              [a2] "+Te"(a2), [a3] "+Te"(a3), [sums] "=w"(sums)
            : [n] "r"(n)
            : "q0", "q1", "q2", "lr", "memory");
    return sums;
}

static void conv_pixel(const bds_conv *c, uint32_t depth)
{
    const bds_scale_mve scale = bds_scale_of_mve(&c->rq);
    const int32x4_t lo = vdupq_n_s32(c->rq.lo), hi = vdupq_n_s32(c->rq.hi);
    const int8_t *rows[4];
    four_channels f;

    repeat_channels(&f, c);
    for (uint32_t i = 0; i < 4; i++)
        rows[i] = (const int8_t *)c->weights + (i < f.last ? i : f.last) * depth;
    for (uint32_t n = 0; n < c->channels;) {
        int32x4_t y = four_sums(c->window.x, rows, f.bias + n, depth);
        uint32_t next = bds_next_vector(n, c->channels < 4 ? 4 : c->channels, 4);

        y = vqdmlashq_n_s32(vshlq_r_s32(y, scale.left), bds_multipliers_mve(f.multiplier + n), scale.rounding);
        y = vminq_s32(vmaxq_s32(vshlq_r_s32(y, scale.shift), lo), hi);
        vstrbq_p_s32((int8_t *)c->out + n, y, vctp32q(c->channels));
        for (uint32_t i = 0; i < 4; i++)
            rows[i] += (next - n) * depth;
        n = next;
    }
}

void bds_conv_mve(const bds_conv *c)
{
    const bds_window *w = &c->window;
    const bds_conv_cut_mve cut = bds_conv_cut_of_mve(w);

    if (w->wide || c->weights_wide || c->out_wide)
        bds_conv_ref(c);
    else if (cut.pairs == 0 && w->width && w->height)
        conv_pixel(c, cut.depth);
    else
        conv_pairs(c, &cut);
}
