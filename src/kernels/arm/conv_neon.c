/* Convolution with NEON: tiles of 2 pixels x 16 channels. Two products of 8 bits, of two neighbouring groups, meet in 16; their sums
 * are added in pairs to lanes of 32 bits, of which there are two for each channel: fewer instructions, and half of the
 * multiplications, than with values widened to 16 bits. Weights of -128 would be one too many (fours.h).
 * SPDX-License-Identifier: MIT */
#include "fours.h"
#include "neon.h"

/* acc[2 * (vectors * i + v)] += channels 4v and 4v + 1 of pixel i, the next one channels 4v + 2 and 4v + 3. One group, which x[i] has in
 * every fourth of its register. */
static inline __attribute__((always_inline)) void multiply_group(int32x4_t *acc, int pixels, int vectors,
                                                                 const int8_t *w, const int8x16_t *x)
{
    const int8x16x4_t four = load_registers(w, vectors);

    for (int i = 0; i < pixels; i++)
        for (int v = 0; v < vectors; v++) {
            int32x4_t *to = acc + 2 * (vectors * i + v);

            to[0] = vpadalq_s16(to[0], vmull_s8(vget_low_s8(four.val[v]), vget_low_s8(x[i])));
            to[1] = vpadalq_s16(to[1], vmull_high_s8(four.val[v], x[i]));
        }
}

/* Channels 4v .. 4v + 7 of two groups, x[i] the first, y[i] the second, with w[0] and w[1], w[2] and w[3]. */
static inline __attribute__((always_inline)) void
multiply_eight(int32x4_t *acc, int pixels, int step, const int8x16_t *w, const int8x16_t *x, const int8x16_t *y)
{
    for (int i = 0; i < pixels; i++, acc += step)
        for (int v = 0; v < 2; v++) {
            const int8x16_t a = w[v], b = w[2 + v];
            int16x8_t low = vmull_s8(vget_low_s8(a), vget_low_s8(x[i])), high = vmull_high_s8(a, x[i]);

            low = vmlal_s8(low, vget_low_s8(b), vget_low_s8(y[i]));
            high = vmlal_high_s8(high, b, y[i]);
            acc[2 * v] = vpadalq_s16(acc[2 * v], low);
            acc[2 * v + 1] = vpadalq_s16(acc[2 * v + 1], high);
        }
}

static inline __attribute__((always_inline)) void multiply_two(int32x4_t *acc, int pixels, int vectors, const int8_t *w,
                                                               const int8x16_t *x, const int8x16_t *y)
{
    const int8_t *next = w + 16 * vectors;

    for (int v = 0; v < vectors; v += 2) {
        const int8x16_t four[4] = {vld1q_s8(w + 16 * v), vld1q_s8(w + 16 * v + 16), vld1q_s8(next + 16 * v),
                                   vld1q_s8(next + 16 * v + 16)};

        multiply_eight(acc + 2 * v, pixels, 2 * vectors, four, x, y);
    }
}

static inline __attribute__((always_inline)) void tile(int32x4_t *acc, int pixels, int vectors,
                                                       const uint8_t *const x[2], const bds_panel *p)
{
    const int8_t *w = p->weights;
    int8x16_t a[2], b[2];
    int32x4_t all[2];

    for (uint32_t segment = 0; segment < p->segments; segment++) {
        size_t k = segment * p->segment_step;
        uint32_t groups = p->groups;

        for (; groups >= 4; groups -= 4, k += 16, w += 64 * vectors) {
            for (int i = 0; i < pixels; i++) {
                all[i] = vreinterpretq_s32_u8(vld1q_u8(x[i] + k));
                a[i] = vreinterpretq_s8_s32(vdupq_laneq_s32(all[i], 0));
                b[i] = vreinterpretq_s8_s32(vdupq_laneq_s32(all[i], 1));
            }
            multiply_two(acc, pixels, vectors, w, a, b);
            for (int i = 0; i < pixels; i++) {
                a[i] = vreinterpretq_s8_s32(vdupq_laneq_s32(all[i], 2));
                b[i] = vreinterpretq_s8_s32(vdupq_laneq_s32(all[i], 3));
            }
            multiply_two(acc, pixels, vectors, w + 32 * vectors, a, b);
        }
        if (groups >= 2) {
            for (int i = 0; i < pixels; i++) {
                a[i] = load_four(x[i] + k);
                b[i] = load_four(x[i] + k + 4);
            }
            multiply_two(acc, pixels, vectors, w, a, b);
            k += 8;
            w += 32 * vectors;
        }
        if (groups & 1) {
            for (int i = 0; i < pixels; i++)
                a[i] = load_four(x[i] + k);
            multiply_group(acc, pixels, vectors, w, a);
            w += 16 * vectors;
        }
    }
}

static inline __attribute__((always_inline)) void
add_rest(int32x4_t *acc, int pixels, int vectors, const uint8_t *const x[2], const bds_panel *p, const bds_rest *rest)
{
    const uint32_t *place = bds_rest_places(rest);
    const int8_t *w = bds_rest_weights(rest, p->segments * p->groups);
    int8x16_t a[2];

    if (rest->doubled)
        for (int i = 0; i < 2 * pixels * vectors; i++)
            acc[i] = vaddq_s32(acc[i], acc[i]);
    for (uint32_t j = 0; j < rest->count; j++, w += 16 * vectors) {
        for (int i = 0; i < pixels; i++)
            a[i] = load_four(x[i] + bds_rest_offset(p, place[j]));
        multiply_group(acc, pixels, vectors, w, a);
    }
}

/* pixels and vectors are constants at each call. */
static inline __attribute__((always_inline)) int8_t *
multiply_pixels(const bds_panel *p, bds_pixel_walk *walk, int8_t *out, int pixels, int vectors, const rounder *rounding)
{
    const bds_rest *rest = bds_rest_of(p);
    const uint8_t *x[2];
    int32x4_t acc[16], m[4];
    int8x16_t y[2];

    bds_next_pixels(x, pixels, walk, p);
    for (int i = 0; i < 2 * pixels * vectors; i++)
        acc[i] = vdupq_n_s32(0);
    tile(acc, pixels, vectors, x, p);
    if (rest->count | rest->doubled)
        add_rest(acc, pixels, vectors, x, p, rest);
    for (int v = 0; v < vectors; v++)
        m[v] = load_multipliers(p->multiplier + 4 * v);
    for (int i = 0; i < pixels; i++) {
        int32x4_t sum[4];

        for (int v = 0; v < vectors; v++) {
            const int32x4_t *of = acc + 2 * (vectors * i + v);

            sum[v] = vaddq_s32(vpaddq_s32(of[0], of[1]), vld1q_s32(p->bias + 4 * v));
        }
        y[i] = requantise_vectors(sum, m, vectors, rounding);
    }
#pragma GCC unroll 2
    for (int i = 0; i < pixels; i++, out += p->out_stride)
        store_channels(out, y[i], vectors, p->channels);
    return out;
}

static inline __attribute__((always_inline)) void multiply_panel(const bds_panel *p, int vectors)
{
    const rounder rounding = rounder_of(p->rq);
    bds_pixel_walk walk = {p->x, p->row_pixels};
    int8_t *out = p->out;
    uint32_t left = p->pixels;

    for (; left >= 2; left -= 2)
        out = multiply_pixels(p, &walk, out, 2, vectors, &rounding);
    if (left)
        multiply_pixels(p, &walk, out, 1, vectors, &rounding);
}

static void multiply(const bds_panel *p)
{
    if (p->width == BDS_PANEL)
        multiply_panel(p, 4);
    else
        multiply_panel(p, 2);
}

void bds_conv_s8_2x16c4_neon(const bds_conv *c)
{
    bds_conv_panels(c, &bds_fours, bds_fours_convert, multiply, NULL);
}
