/* Convolution with NEON: tiles of 2 pixels x 16 channels. Two products of 8 bits, of two neighbouring groups, meet in 16; their sums
 * are added in pairs to lanes of 32 bits, of which there are two for each channel: fewer instructions, and half of the
 * multiplications, than with values widened to 16 bits. Weights of -128 would be one too many (fours.h).
 * SPDX-License-Identifier: MIT */
#include "fours.h"
#include "neon.h"

static inline int8x16_t load_four(const uint8_t *from)
{
    int32_t four;

    __builtin_memcpy(&four, from, sizeof four);
    return vreinterpretq_s8_s32(vdupq_n_s32(four));
}

/* One group: acc[2 * (vectors * i + v)] += channels 4v and 4v + 1 of pixel i, the next one channels 4v + 2 and 4v + 3. */
static inline __attribute__((always_inline)) void multiply_group(int32x4_t *acc, int pixels, int vectors,
                                                                 const int8_t *w, const uint8_t *const x[2], size_t k)
{
    for (int i = 0; i < pixels; i++) {
        const int8x16_t a = load_four(x[i] + k);

        for (int v = 0; v < vectors; v++) {
            const int8x16_t four = vld1q_s8(w + 16 * v);
            int32x4_t *to = acc + 2 * (vectors * i + v);

            to[0] = vpadalq_s16(to[0], vmull_s8(vget_low_s8(four), vget_low_s8(a)));
            to[1] = vpadalq_s16(to[1], vmull_high_s8(four, a));
        }
    }
}

/* Two groups. */
static inline __attribute__((always_inline)) void multiply_two(int32x4_t *acc, int pixels, int vectors, const int8_t *w,
                                                               const uint8_t *const x[2], size_t k)
{
    int8x16_t a[2], b[2];

    for (int i = 0; i < pixels; i++) {
        a[i] = load_four(x[i] + k);
        b[i] = load_four(x[i] + k + 4);
    }
    for (int v = 0; v < vectors; v++) {
        const int8x16_t four = vld1q_s8(w + 16 * v), next = vld1q_s8(w + 16 * (vectors + v));

        for (int i = 0; i < pixels; i++) {
            int32x4_t *to = acc + 2 * (vectors * i + v);
            int16x8_t low = vmull_s8(vget_low_s8(four), vget_low_s8(a[i])), high = vmull_high_s8(four, a[i]);

            low = vmlal_s8(low, vget_low_s8(next), vget_low_s8(b[i]));
            high = vmlal_high_s8(high, next, b[i]);
            to[0] = vpadalq_s16(to[0], low);
            to[1] = vpadalq_s16(to[1], high);
        }
    }
}

static inline __attribute__((always_inline)) void tile(int32x4_t *acc, int pixels, int vectors,
                                                       const uint8_t *const x[2], const bds_panel *p)
{
    const int8_t *w = p->weights;

    for (uint32_t segment = 0; segment < p->segments; segment++) {
        size_t k = segment * p->segment_step;
        uint32_t groups = p->groups;

        for (; groups >= 2; groups -= 2, k += 8, w += 32 * vectors)
            multiply_two(acc, pixels, vectors, w, x, k);
        if (groups) {
            multiply_group(acc, pixels, vectors, w, x, k);
            w += 16 * vectors;
        }
    }
}

static inline __attribute__((always_inline)) void
add_rest(int32x4_t *acc, int pixels, int vectors, const uint8_t *const x[2], const bds_panel *p, const bds_rest *rest)
{
    const uint32_t *place = bds_rest_places(rest);
    const int8_t *w = bds_rest_weights(rest, p->segments * p->groups);

    if (rest->doubled)
        for (int i = 0; i < 2 * pixels * vectors; i++)
            acc[i] = vaddq_s32(acc[i], acc[i]);
    for (uint32_t j = 0; j < rest->count; j++, w += 16 * vectors)
        multiply_group(acc, pixels, vectors, w, x, bds_rest_offset(p, place[j]));
}

/* pixels and vectors are constants at each call. */
static inline __attribute__((always_inline)) int8_t *
multiply_pixels(const bds_panel *p, bds_pixel_walk *walk, int8_t *out, int pixels, int vectors, const rounder *rounding)
{
    const bds_rest *rest = bds_rest_of(p);
    const uint8_t *x[2];
    int32x4_t acc[16], m[4];

    for (int i = 0; i < pixels; i++)
        x[i] = bds_next_pixel(walk, p);
    for (int i = 0; i < 2 * pixels * vectors; i++)
        acc[i] = vdupq_n_s32(0);
    tile(acc, pixels, vectors, x, p);
    if (rest->count | rest->doubled)
        add_rest(acc, pixels, vectors, x, p, rest);
    for (int v = 0; v < vectors; v++)
        m[v] = load_multipliers(p->multiplier + 4 * v);
    for (int i = 0; i < pixels; i++, out += p->out_stride) {
        int32x4_t sum[4];

        for (int v = 0; v < vectors; v++) {
            const int32x4_t *of = acc + 2 * (vectors * i + v);

            sum[v] = vaddq_s32(vpaddq_s32(of[0], of[1]), vld1q_s32(p->bias + 4 * v));
        }
        store_channels(out, requantise_vectors(sum, m, vectors, rounding), vectors, p->channels);
    }
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
    bds_conv_panels(c, &bds_fours, bds_fours_convert, multiply);
}
