/* Depthwise convolution on Helium. Kernels of 3 x 3 go channel by channel: a channel alone lies in scratch, where VMLADAV multiplies
 * 4 x 4 of its pixels at once by a kernel that has zeros around it. Others go pixel by pixel, four channels at a time.
 * SPDX-License-Identifier: MIT */
#include "../ref/window.h"
#include "planes_mve.h"

/* ---- Any kernel ----------------------------------------------------------------------------------------------------- */

static void any_kernel(const bds_depthwise *d)
{
    const bds_window *w = &d->window;
    const window_pixels p = bds_window_pixels(w, d->scratch);
    const bds_scale_mve scale = bds_scale_of_mve(&d->rq);
    const int32x4_t lo = vdupq_n_s32(d->rq.lo), hi = vdupq_n_s32(d->rq.hi);
    int8_t *out = (int8_t *)d->out + (size_t)w->row_begin * w->out_width * w->channels;

    for (uint32_t row = w->row_begin; row < w->row_end; row++)
        for (uint32_t column = 0; column < w->out_width; column++, out += w->channels) {
            bds_window_move(&p, w, row, column);
            for (uint32_t c = 0; c < w->channels; c += 4) {
                const mve_pred16_t there = vctp32q(w->channels - c);
                const int8_t *weights = (const int8_t *)d->weights + c;
                int32x4_t y = vldrwq_z_s32(d->rq.bias + c, there);

                for (uint32_t t = 0; t < p.count; t++, weights += w->channels)
                    y = vaddq_s32(y, vmulq_s32(vldrbq_z_s32(p.taps[t] + c, there), vldrbq_z_s32(weights, there)));
                y = vqdmlashq_n_s32(vshlq_r_s32(y, scale.left),
                                    vshlq_n_s32(vldrhq_z_s32(d->rq.multiplier + c, there), 16), scale.rounding);
                y = vminq_s32(vmaxq_s32(vshlq_r_s32(y, scale.shift), lo), hi);
                vstrbq_p_s32(out + c, y, there);
            }
        }
}

/* ---- 3 x 3 ---------------------------------------------------------------------------------------------------------- */

/* A strip of one channel in scratch. It is copied eight values at a time, down the columns or along the rows, whichever are longer. */
typedef struct strip {
    int8_t *pixels, *weights;
    uint32_t pitch, rows; /* rows: of the result */
    const int8_t *from;   /* the first pixel of x that is in the strip */
    int8_t *to;           /* and its place */
    uint32_t lines, length;
    uint32_t step, to_step; /* from one value of a line to the next */
    int32_t skip, to_skip;  /* from what is behind the last eight of a line to the next line */
} strip;

static strip strip_at(const bds_depthwise *d, const bds_depthwise_cut_mve *cut, uint32_t row)
{
    const bds_window *w = &d->window;
    const uint32_t rows = w->row_end - row < cut->rows ? w->row_end - row : cut->rows;
    const uint32_t height = bds_depthwise_height_mve(rows, w->stride_h), room = cut->pitch - w->pad_left;
    const int32_t y = (int32_t)(row * w->stride_h) - (int32_t)w->pad_top;
    const uint32_t above = y < 0 ? (uint32_t)-y : 0, first = y < 0 ? 0 : (uint32_t)y, line = w->width * w->pixel;
    const uint32_t below = first < w->height ? w->height - first : 0, left = height > above ? height - above : 0;
    const uint32_t down = below < left ? below : left, across = w->width < room ? w->width : room;
    const int by_column = down > across && line <= 65535 / 7;
    const uint32_t bytes = cut->pitch * cut->height;
    strip s = {.pixels = d->scratch, .pitch = cut->pitch, .rows = rows};

    s.weights = s.pixels + bytes;
    s.from = (const int8_t *)w->x + (size_t)first * line;
    s.to = s.pixels + above * cut->pitch + w->pad_left;
    s.lines = by_column ? across : down;
    s.length = by_column ? down : across;
    s.step = by_column ? line : w->pixel;
    s.to_step = by_column ? cut->pitch : 1;
    s.skip = (int32_t)((by_column ? w->pixel : line) - ((s.length + 7) & ~7u) * s.step);
    s.to_skip = (int32_t)((by_column ? 1 : cut->pitch) - ((s.length + 7) & ~7u) * s.to_step);
    if (down == 0 || across == 0)
        s.lines = 0;
    for (uint32_t i = 0; i < bytes; i += 16)
        vstrbq_p_s8(s.pixels + i, vdupq_n_s8((int8_t)w->zero_point), vctp8q(bytes - i));
    vst1q_s8(s.weights, vdupq_n_s8(0));
    vst1q_s8(s.weights + 16, vdupq_n_s8(0));
    return s;
}

/* The pixels of channel c. */
static inline void take_channel(const strip *s, uint32_t c)
{
    const uint16x8_t eight = vidupq_n_u16(0, 1);
    const uint16x8_t lanes = vmulq_n_u16(eight, (uint16_t)s->step), to_lanes = vmulq_n_u16(eight, (uint16_t)s->to_step);
    const int8_t *from = s->from + c;
    int8_t *to = s->to;
    uint32_t lines = s->lines;

    if (lines == 0)
        return;
    __asm__ volatile("1:\n\t"
                     "wlstp.16 lr, %[length], 3f\n"
                     "2:\n\t"
                     "vldrb.u16 q0, [%[from], %q[lanes]]\n\t"
                     "add %[from], %[step]\n\t"
                     "vstrb.16 q0, [%[to], %q[to_lanes]]\n\t"
                     "add %[to], %[to_step]\n\t"
                     "letp lr, 2b\n"
                     "3:\n\t"
                     "add %[from], %[skip]\n\t"
                     "add %[to], %[to_skip]\n\t"
                     "subs %[lines], #1\n\t"
                     "bne 1b"
                     : [from] "+r"(from), [to] "+r"(to), [lines] "+r"(lines)
                     : [length] "r"(s->length), [step] "r"(8 * s->step), [to_step] "r"(8 * s->to_step),
                       [skip] "r"(s->skip), [to_skip] "r"(s->to_skip), [lanes] "w"(lanes), [to_lanes] "w"(to_lanes)
                     : "q0", "lr", "cc", "memory");
}

enum { WEIGHTS_AT = 8 }; /* zeros before and behind */

/* The kernel of channel c, a row every four bytes. */
static inline void take_weights(const strip *s, const bds_depthwise *d, uint32_t c)
{
    const uint32_t channels = d->window.channels;
    const uint32x4_t three = vmulq_n_u32(vidupq_n_u32(0, 1), channels);
    const int8_t *from = (const int8_t *)d->weights + c;
    const mve_pred16_t there = vctp32q(3);

    for (uint32_t i = 0; i < 3; i++, from += 3 * channels)
        vstrbq_s32(s->weights + WEIGHTS_AT + 4 * i, vldrbq_gather_offset_z_s32(from, three, there));
}

enum { ALL = 0xffff, LEFT = 0x0f0f, UPPER = 0x00ff }; /* lanes of a tile */

/* What all channels have in common. */
static void lay_out(bds_tile_lines_mve *t, const strip *s, const bds_window *w)
{
    const uint32_t pitch = s->pitch, rows = s->rows, columns = w->out_width, right = w->channels;
    const uint32_t down = columns * right;
    const int one = w->stride_w == 1, by_column = one && rows > columns;

    for (uint32_t i = 0; i < 8; i++)
        t->patch[i] = (uint16_t)(i / 2 * pitch + i % 2 * 2);
    for (uint32_t i = 0; i < 4; i++)
        t->spots[i] = one ? i / 2 * down + i % 2 * right : i * right;
    if (!one) {
        t->patch[6] = t->patch[7] = 0; /* weights of 0 */
        t->tiles = columns / 4;
        t->lines = rows;
        t->x_step = 2;
        t->out_step = 4 * right;
        t->x_line = 2 * pitch;
        t->out_line = down;
        t->last_wanted = ALL;
        t->rest_unwanted = ALL & ~((1u << columns % 4 * 4) - 1);
    } else {
        const uint32_t length = by_column ? rows : columns, across = by_column ? columns : rows;

        t->tiles = length / 2;
        t->lines = (across + 1) / 2;
        t->x_step = by_column ? 2 * pitch : 2;
        t->out_step = 2 * (by_column ? down : right);
        t->x_line = by_column ? 2 : 2 * pitch;
        t->out_line = 2 * (by_column ? right : down);
        t->last_wanted = across % 2 == 0 ? ALL : by_column ? LEFT : UPPER;
        t->rest_unwanted = length % 2 == 0 ? ALL : ALL & ~(by_column ? UPPER : LEFT);
    }
    t->wanted = ALL;
    t->weights = s->weights + WEIGHTS_AT;
}

/* An activation that the type's own ends are not: over what is there already. */
static void clamp(int8_t *y, size_t count, int32_t lo, int32_t hi)
{
    const int8x16_t least = vdupq_n_s8((int8_t)lo), most = vdupq_n_s8((int8_t)hi);

    for (size_t i = 0; i < count; i += 16) {
        const mve_pred16_t there = vctp8q((uint32_t)(count - i));

        vstrbq_p_s8(y + i, vminq_s8(vmaxq_s8(vldrbq_z_s8(y + i, there), least), most), there);
    }
}

static void three_by_three(const bds_depthwise *d, const bds_depthwise_cut_mve *cut, const bds_scale_mve *scale)
{
    const bds_window *w = &d->window;
    const size_t row_bytes = (size_t)w->out_width * w->channels;
    int8_t *const out = d->out;
    bds_tile_lines_mve t;

    t.rounding = scale->rounding;
    t.up = 24 + scale->shift;
    for (uint32_t row = w->row_begin; row < w->row_end; row += cut->rows) {
        const strip s = strip_at(d, cut, row);

        lay_out(&t, &s, w);
        for (uint32_t c = 0; c < w->channels; c++) {
            take_channel(&s, c);
            take_weights(&s, d, c);
            t.bias = d->rq.bias[c];
            t.multiplier = (int32_t)d->rq.multiplier[c] << 16;
            t.x = s.pixels;
            t.out = out + row * row_bytes + c;
            if (w->stride_w == 1)
                bds_tile_lines_1_mve(&t);
            else
                bds_tile_lines_2_mve(&t);
        }
    }
    if (d->rq.lo > INT8_MIN || d->rq.hi < INT8_MAX)
        clamp(out + w->row_begin * row_bytes, (w->row_end - w->row_begin) * row_bytes, d->rq.lo, d->rq.hi);
}

void bds_depthwise_s8_mve(const bds_depthwise *d)
{
    const bds_window *w = &d->window;
    const bds_depthwise_cut_mve cut = bds_depthwise_cut_of_mve(w);
    const bds_scale_mve scale = bds_scale_of_mve(&d->rq);

    if (cut.pitch && scale.left == 0)
        three_by_three(d, &cut, &scale);
    else
        any_kernel(d);
}
