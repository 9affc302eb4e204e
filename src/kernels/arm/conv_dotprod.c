/* Convolution with NEON's dot product: tiles of 4 pixels x 16 channels. One SDOT multiplies four values of a pixel, one lane of a
 * register of sixteen, with those of four channels.
 * SPDX-License-Identifier: MIT */
#include "fours.h"
#include "neon.h"

/* One group of all channels: w, and lane `lane` of x[i] for pixel i. */
#define MULTIPLY_GROUP(acc, w, x, lane)                                                                                \
    for (int v = 0; v < vectors; v++) {                                                                                \
        const int8x16_t four = vld1q_s8((w) + 16 * v);                                                                 \
                                                                                                                       \
        for (int i = 0; i < pixels; i++)                                                                               \
            (acc)[vectors * i + v] = vdotq_laneq_s32((acc)[vectors * i + v], four, (x)[i], lane);                      \
    }

static inline int8x16_t load_four(const uint8_t *from)
{
    int32_t four;

    __builtin_memcpy(&four, from, sizeof four);
    return vreinterpretq_s8_s32(vdupq_n_s32(four));
}

/* acc[vectors * i + v] += channels 4v .. 4v + 3 of pixel i. */
static inline __attribute__((always_inline)) void tile(int32x4_t *acc, int pixels, int vectors,
                                                       const uint8_t *const x[4], const bds_panel *p)
{
    const int8_t *w = p->weights;
    int8x16_t a[4];

    for (uint32_t segment = 0; segment < p->segments; segment++) {
        size_t k = segment * p->segment_step;
        uint32_t groups = p->groups;

        for (; groups >= 4; groups -= 4, k += 16, w += 64 * vectors) {
            for (int i = 0; i < pixels; i++)
                a[i] = vreinterpretq_s8_u8(vld1q_u8(x[i] + k));
            MULTIPLY_GROUP(acc, w, a, 0)
            MULTIPLY_GROUP(acc, w + 16 * vectors, a, 1)
            MULTIPLY_GROUP(acc, w + 32 * vectors, a, 2)
            MULTIPLY_GROUP(acc, w + 48 * vectors, a, 3)
        }
        for (; groups > 0; groups--, k += 4, w += 16 * vectors) {
            for (int i = 0; i < pixels; i++)
                a[i] = load_four(x[i] + k);
            MULTIPLY_GROUP(acc, w, a, 0)
        }
    }
}

static inline __attribute__((always_inline)) void
add_rest(int32x4_t *acc, int pixels, int vectors, const uint8_t *const x[4], const bds_panel *p, const bds_rest *rest)
{
    const uint32_t *place = bds_rest_places(rest);
    const int8_t *w = bds_rest_weights(rest, p->segments * p->groups);
    int8x16_t a[4];

    if (rest->doubled)
        for (int i = 0; i < pixels * vectors; i++)
            acc[i] = vaddq_s32(acc[i], acc[i]);
    for (uint32_t j = 0; j < rest->count; j++, w += 16 * vectors) {
        for (int i = 0; i < pixels; i++)
            a[i] = load_four(x[i] + bds_rest_offset(p, place[j]));
        MULTIPLY_GROUP(acc, w, a, 0)
    }
}

/* pixels and vectors are constants at each call. */
static inline __attribute__((always_inline)) int8_t *
multiply_pixels(const bds_panel *p, bds_pixel_walk *walk, int8_t *out, int pixels, int vectors, const rounder *rounding)
{
    const bds_rest *rest = bds_rest_of(p);
    const uint8_t *x[4];
    int32x4_t acc[16], m[4];

    for (int i = 0; i < pixels; i++) {
        x[i] = bds_next_pixel(walk, p);
        for (int v = 0; v < vectors; v++)
            acc[vectors * i + v] = vdupq_n_s32(0);
    }
    tile(acc, pixels, vectors, x, p);
    if (rest->count | rest->doubled)
        add_rest(acc, pixels, vectors, x, p, rest);
    for (int v = 0; v < vectors; v++) {
        const int32x4_t bias = vld1q_s32(p->bias + 4 * v);

        m[v] = load_multipliers(p->multiplier + 4 * v);
        for (int i = 0; i < pixels; i++)
            acc[vectors * i + v] = vaddq_s32(acc[vectors * i + v], bias);
    }
    for (int i = 0; i < pixels; i++, out += p->out_stride)
        store_channels(out, requantise_vectors(acc + vectors * i, m, vectors, rounding), vectors, p->channels);
    return out;
}

static inline __attribute__((always_inline)) void multiply_panel(const bds_panel *p, int vectors)
{
    const rounder rounding = rounder_of(p->rq);
    bds_pixel_walk walk = {p->x, p->row_pixels};
    int8_t *out = p->out;
    uint32_t left = p->pixels;

    for (; left >= 4; left -= 4)
        out = multiply_pixels(p, &walk, out, 4, vectors, &rounding);
    if (left >= 2)
        out = multiply_pixels(p, &walk, out, 2, vectors, &rounding);
    if (left & 1)
        multiply_pixels(p, &walk, out, 1, vectors, &rounding);
}

static void multiply(const bds_panel *p)
{
    if (p->width == BDS_PANEL)
        multiply_panel(p, 4);
    else
        multiply_panel(p, 2);
}

void bds_conv_s8_4x16c4_dotprod(const bds_conv *c)
{
    bds_conv_panels(c, &bds_fours, bds_fours_convert, multiply);
}
