/* Depthwise convolution on Helium. Kernels of 3 x 3 go channel by channel: a channel alone lies in scratch, where VMLADAV multiplies
 * 4 x 4 of its pixels at once by a kernel that has zeros around it. Others go pixel by pixel, four channels at a time.
 * SPDX-License-Identifier: MIT */
#include "../ref/window.h"
#include "mve.h"

size_t bds_depthwise_scratch_bytes_of_mve(const bds_window *w)
{
    const size_t mine = bds_depthwise_scratch_bytes_mve(w, sizeof(int8_t *)),
                 reference = bds_window_scratch_bytes_ref(w);

    return mine > reference ? mine : reference;
}

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

/* Rows of a strip, and what all channels have in common. */
typedef struct strip {
    int8_t *pixels, *weights;
    uint32_t pitch;
    uint32_t first_row, rows; /* of the result */
    int8_t *inside;           /* where the first pixel of x goes that is in the strip */
    const int8_t *from;       /* that pixel */
    uint32_t inside_rows, inside_columns;
} strip;

static strip strip_at(const bds_depthwise *d, const bds_depthwise_cut_mve *cut, uint32_t row)
{
    const bds_window *w = &d->window;
    const uint32_t rows = w->row_end - row < cut->rows ? w->row_end - row : cut->rows;
    const uint32_t height = bds_depthwise_height_mve(rows, w->stride_h), room = cut->pitch - w->pad_left;
    const int32_t y = (int32_t)(row * w->stride_h) - (int32_t)w->pad_top;
    const uint32_t above = y < 0 ? (uint32_t)-y : 0, first = y < 0 ? 0 : (uint32_t)y;
    const uint32_t below = first < w->height ? w->height - first : 0, left = height > above ? height - above : 0;
    strip s = {d->scratch,
               NULL,
               cut->pitch,
               row,
               rows,
               NULL,
               NULL,
               below < left ? below : left,
               w->width < room ? w->width : room};

    s.weights = s.pixels + (size_t)cut->pitch * cut->height;
    s.inside = s.pixels + above * cut->pitch + w->pad_left;
    s.from = (const int8_t *)w->x + (size_t)first * w->width * w->pixel;
    __builtin_memset(s.pixels, w->zero_point, (size_t)height * cut->pitch);
    __builtin_memset(s.weights, 0, BDS_DEPTHWISE_WEIGHTS_MVE);
    return s;
}

/* The pixels of channel c. */
static void take_channel(const strip *s, const bds_window *w, uint32_t c)
{
    const uint16x8_t eight = vmulq_n_u16(vidupq_n_u16(0, 1), (uint16_t)w->pixel);
    const int8_t *row = s->from + c;
    int8_t *to_row = s->inside;

    for (uint32_t i = 0; i < s->inside_rows; i++, row += w->width * w->pixel, to_row += s->pitch) {
        const int8_t *from = row;
        int8_t *to = to_row;

        __asm__ volatile("wlstp.16 lr, %[n], 2f\n"
                         "1:\n\t"
                         "vldrb.u16 q0, [%[from], %q[eight]]\n\t"
                         "add %[from], %[step]\n\t"
                         "vstrb.16 q0, [%[to]], #8\n\t"
                         "letp lr, 1b\n"
                         "2:"
                         : [from] "+r"(from), [to] "+l"(to)
                         : [n] "r"(s->inside_columns), [step] "r"(8 * w->pixel), [eight] "w"(eight)
                         : "q0", "lr", "memory");
    }
}

enum { WEIGHTS_AT = 8 }; /* zeros before and behind */

/* The kernel of channel c, a row every four bytes. */
static void take_weights(const strip *s, const bds_depthwise *d, uint32_t c)
{
    const uint32_t channels = d->window.channels;
    const uint32x4_t three = vmulq_n_u32(vidupq_n_u32(0, 1), channels);
    const int8_t *from = (const int8_t *)d->weights + c;
    const mve_pred16_t there = vctp32q(3);

    for (uint32_t i = 0; i < 3; i++, from += 3 * channels)
        vstrbq_s32(s->weights + WEIGHTS_AT + 4 * i, vldrbq_gather_offset_z_s32(from, three, there));
}

/* What is the same for all tiles of a channel. */
typedef struct channel {
    int32_t bias, rounding, up; /* up: to the left, so that int8 is the upper byte and saturates */
    int32x4_t multiplier;
} channel;

/* Stride 1: two by two pixels of the result from four by four of x. n: pairs of columns; to: which of the four are wanted. */
static inline void tiles_of_1(const int8_t *x, int8_t *out, uint32_t n, uint32_t wanted, const int8x16_t w[4],
                              uint16x8_t patch, uint32x4_t places, uint32_t step, const channel *k)
{
    int32_t a = (int32_t)wanted, b = (int32_t)n, c, e; /* the first two are read, then free */
    int8x16_t t;

    __asm__ volatile(
        "vmsr p0, %[a]\n\t"
        "wls lr, %[b], 2f\n"
        "1:\n\t"
        "vldrh.u16 %q[t], [%[x], %q[patch]]\n\t"
        "add %[x], #2\n\t"
        "vmladav.s8 %[a], %q[t], %q[w0]\n\t"
        "vmladav.s8 %[b], %q[t], %q[w1]\n\t"
        "vmladav.s8 %[c], %q[t], %q[w2]\n\t"
        "vmladav.s8 %[e], %q[t], %q[w3]\n\t"
        "vmov %q[t][2], %q[t][0], %[a], %[c]\n\t"
        "vmov %q[t][3], %q[t][1], %[b], %[e]\n\t"
        "vadd.i32 %q[t], %q[t], %[bias]\n\t"
        "vqdmlash.s32 %q[t], %q[m], %[rounding]\n\t"
        "vqshl.s32 %q[t], %[up]\n\t"
        "vshr.s32 %q[t], %q[t], #24\n\t"
        "vpst\n\t"
        "vstrbt.32 %q[t], [%[out], %q[places]]\n\t"
        "add %[out], %[step]\n\t"
        "le lr, 1b\n"
        "2:"
        : [x] "+r"(x), [out] "+r"(out), [a] "+Te"(a), [b] "+Te"(b), [c] "=&Te"(c), [e] "=&Te"(e), [t] "=&w"(t)
        : [w0] "w"(w[0]), [w1] "w"(w[1]), [w2] "w"(w[2]), [w3] "w"(w[3]), [patch] "w"(patch), [places] "w"(places),
          [m] "w"(k->multiplier), [bias] "r"(k->bias), [rounding] "r"(k->rounding), [up] "r"(k->up), [step] "r"(step)
        : "lr", "memory");
}

/* Stride 2: four pixels of a row. n: of four. */
static inline void tiles_of_2(const int8_t *x, int8_t *out, uint32_t n, uint32_t wanted, int8x16_t w, uint16x8_t patch,
                              uint32x4_t places, uint32_t step, const channel *k)
{
    int32_t a = (int32_t)wanted, b = (int32_t)n, c, e; /* the first two are read, then free */
    int8x16_t t;

    __asm__ volatile(
        "vmsr p0, %[a]\n\t"
        "wls lr, %[b], 2f\n"
        "1:\n\t"
        "vldrh.u16 %q[t], [%[x], %q[patch]]\n\t"
        "add %[x], #2\n\t"
        "vmladav.s8 %[a], %q[t], %q[w]\n\t"
        "vldrh.u16 %q[t], [%[x], %q[patch]]\n\t"
        "add %[x], #2\n\t"
        "vmladav.s8 %[b], %q[t], %q[w]\n\t"
        "vldrh.u16 %q[t], [%[x], %q[patch]]\n\t"
        "add %[x], #2\n\t"
        "vmladav.s8 %[c], %q[t], %q[w]\n\t"
        "vldrh.u16 %q[t], [%[x], %q[patch]]\n\t"
        "add %[x], #2\n\t"
        "vmladav.s8 %[e], %q[t], %q[w]\n\t"
        "vmov %q[t][2], %q[t][0], %[a], %[c]\n\t"
        "vmov %q[t][3], %q[t][1], %[b], %[e]\n\t"
        "vadd.i32 %q[t], %q[t], %[bias]\n\t"
        "vqdmlash.s32 %q[t], %q[m], %[rounding]\n\t"
        "vqshl.s32 %q[t], %[up]\n\t"
        "vshr.s32 %q[t], %q[t], #24\n\t"
        "vpst\n\t"
        "vstrbt.32 %q[t], [%[out], %q[places]]\n\t"
        "add %[out], %[step]\n\t"
        "le lr, 1b\n"
        "2:"
        : [x] "+r"(x), [out] "+r"(out), [a] "+Te"(a), [b] "+Te"(b), [c] "=&Te"(c), [e] "=&Te"(e), [t] "=&w"(t)
        : [w] "w"(w), [patch] "w"(patch), [places] "w"(places), [m] "w"(k->multiplier), [bias] "r"(k->bias),
          [rounding] "r"(k->rounding), [up] "r"(k->up), [step] "r"(step)
        : "lr", "memory");
}

static void strip_of_1(const strip *s, const bds_depthwise *d, const channel *k, int8_t *out)
{
    const uint32_t width = d->window.out_width, channels = d->window.channels, row = width * channels;
    const int8_t *const at = s->weights + WEIGHTS_AT;
    const int8x16_t w[4] = {vld1q_s8(at), vld1q_s8(at - 1), vld1q_s8(at - 4), vld1q_s8(at - 5)};
    const uint16_t line = (uint16_t)s->pitch;
    const uint16_t offsets[8] = {0,
                                 2,
                                 line,
                                 (uint16_t)(line + 2),
                                 (uint16_t)(2 * line),
                                 (uint16_t)(2 * line + 2),
                                 (uint16_t)(3 * line),
                                 (uint16_t)(3 * line + 2)};
    const uint32_t spots[4] = {0, channels, row, row + channels};
    const int8_t *x = s->pixels;

    for (uint32_t i = 0; i < s->rows; i += 2, x += 2 * s->pitch, out += 2 * (size_t)row) {
        const uint32_t wanted = i + 1 < s->rows ? 0xffff : 0x00ff;

        tiles_of_1(x, out, width / 2, wanted, w, vld1q_u16(offsets), vld1q_u32(spots), 2 * channels, k);
        if (width % 2)
            tiles_of_1(x + width - 1, out + (size_t)(width - 1) * channels, 1, wanted & 0x0f0f, w, vld1q_u16(offsets),
                       vld1q_u32(spots), 0, k);
    }
}

static void strip_of_2(const strip *s, const bds_depthwise *d, const channel *k, int8_t *out)
{
    const uint32_t width = d->window.out_width, channels = d->window.channels, whole = width & ~3u;
    const int8x16_t w = vld1q_s8(s->weights + WEIGHTS_AT);
    const uint16_t line = (uint16_t)s->pitch;
    const uint16_t offsets[8] = {0, 2, line, (uint16_t)(line + 2), (uint16_t)(2 * line), (uint16_t)(2 * line + 2),
                                 0, 0};
    const uint32_t spots[4] = {0, channels, 2 * channels, 3 * channels};
    const int8_t *x = s->pixels;

    for (uint32_t i = 0; i < s->rows; i++, x += 2 * s->pitch, out += (size_t)width * channels) {
        tiles_of_2(x, out, whole / 4, 0xffff, w, vld1q_u16(offsets), vld1q_u32(spots), 4 * channels, k);
        if (whole < width)
            tiles_of_2(x + 2 * whole, out + (size_t)whole * channels, 1, (1u << 4 * (width - whole)) - 1, w,
                       vld1q_u16(offsets), vld1q_u32(spots), 0, k);
    }
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

    for (uint32_t row = w->row_begin; row < w->row_end; row += cut->rows) {
        const strip s = strip_at(d, cut, row);

        for (uint32_t c = 0; c < w->channels; c++) {
            const channel k = {d->rq.bias[c], scale->rounding, 24 + scale->shift,
                               vdupq_n_s32((int32_t)d->rq.multiplier[c] << 16)};

            take_channel(&s, w, c);
            take_weights(&s, d, c);
            if (w->stride_w == 1)
                strip_of_1(&s, d, &k, out + row * row_bytes + c);
            else
                strip_of_2(&s, d, &k, out + row * row_bytes + c);
        }
    }
    if (d->rq.lo > INT8_MIN || d->rq.hi < INT8_MAX)
        clamp(out + w->row_begin * row_bytes, (w->row_end - w->row_begin) * row_bytes, d->rq.lo, d->rq.hi);
}

void bds_depthwise_mve(const bds_depthwise *d)
{
    const bds_window *w = &d->window;
    const bds_depthwise_cut_mve cut = bds_depthwise_cut_of_mve(w);
    const bds_scale_mve scale = bds_scale_of_mve(&d->rq);

    if (w->wide || d->weights_wide || d->out_wide)
        bds_depthwise_ref(d);
    else if (cut.pitch && scale.left == 0)
        three_by_three(d, &cut, &scale);
    else
        any_kernel(d);
}
