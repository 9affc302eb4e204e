/* Convolution with NEON's dot product: tiles of 4 pixels x 16 channels. One SDOT multiplies four values of a pixel, one lane of a
 * register of sixteen, with those of four channels.
 * SPDX-License-Identifier: MIT */
#include "fours.h"
#include "neon.h"

/* One group: weights of all channels, and lane `lane` of x[i] for pixel i; dot is vdotq_lane_s32 or vdotq_laneq_s32. */
#define MULTIPLY_GROUP(acc, weights, x, dot, lane)                                                                     \
    do {                                                                                                               \
        const int8x16x4_t four = load_registers(weights, vectors);                                                     \
                                                                                                                       \
        for (int i = 0; i < pixels; i++)                                                                               \
            for (int v = 0; v < vectors; v++)                                                                          \
                (acc)[vectors * i + v] = dot((acc)[vectors * i + v], four.val[v], (x)[i], lane);                       \
    } while (0)

/* acc[vectors * i + v] += channels 4v .. 4v + 3 of pixel i. */
static inline __attribute__((always_inline)) void tile(int32x4_t *acc, int pixels, int vectors,
                                                       const uint8_t *const x[4], const bds_panel *p)
{
    const int8_t *w = p->weights;
    int8x16_t a[4];
    int8x8_t two[4];

    for (uint32_t segment = 0; segment < p->segments; segment++) {
        size_t k = segment * p->segment_step;
        uint32_t groups = p->groups;

        for (; groups >= 4; groups -= 4, k += 16, w += 64 * vectors) {
            for (int i = 0; i < pixels; i++)
                a[i] = vreinterpretq_s8_u8(vld1q_u8(x[i] + k));
            MULTIPLY_GROUP(acc, w, a, vdotq_laneq_s32, 0);
            MULTIPLY_GROUP(acc, w + 16 * vectors, a, vdotq_laneq_s32, 1);
            MULTIPLY_GROUP(acc, w + 32 * vectors, a, vdotq_laneq_s32, 2);
            MULTIPLY_GROUP(acc, w + 48 * vectors, a, vdotq_laneq_s32, 3);
        }
        if (groups >= 2) {
            for (int i = 0; i < pixels; i++)
                two[i] = vreinterpret_s8_u8(vld1_u8(x[i] + k));
            MULTIPLY_GROUP(acc, w, two, vdotq_lane_s32, 0);
            MULTIPLY_GROUP(acc, w + 16 * vectors, two, vdotq_lane_s32, 1);
            k += 8;
            w += 32 * vectors;
        }
        if (groups & 1) {
            for (int i = 0; i < pixels; i++)
                a[i] = load_four(x[i] + k);
            MULTIPLY_GROUP(acc, w, a, vdotq_laneq_s32, 0);
            w += 16 * vectors;
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
        for (int i = 0; i < pixels * vectors; i++) /* the bias is not to be doubled */
            acc[i] = vsubq_s32(vaddq_s32(acc[i], acc[i]), vld1q_s32(p->bias + 4 * (i % vectors)));
    for (uint32_t j = 0; j < rest->count; j++, w += 16 * vectors) {
        for (int i = 0; i < pixels; i++)
            a[i] = load_four(x[i] + bds_rest_offset(p, place[j]));
        MULTIPLY_GROUP(acc, w, a, vdotq_laneq_s32, 0);
    }
}

/* pixels and vectors are constants at each call. */
static inline __attribute__((always_inline)) int8_t *
multiply_pixels(const bds_panel *p, bds_pixel_walk *walk, int8_t *out, int pixels, int vectors, const rounder *rounding)
{
    const bds_rest *rest = bds_rest_of(p);
    const uint8_t *x[4];
    int32x4_t acc[16], m[4];
    int8x16_t y[4];

    bds_next_pixels(x, pixels, walk, p);
    for (int i = 0; i < pixels * vectors; i++)
        acc[i] = vld1q_s32(p->bias + 4 * (i % vectors));
    tile(acc, pixels, vectors, x, p);
    if (rest->count | rest->doubled)
        add_rest(acc, pixels, vectors, x, p, rest);
    for (int v = 0; v < vectors; v++)
        m[v] = load_multipliers(p->multiplier + 4 * v);
    for (int i = 0; i < pixels; i++)
        y[i] = requantise_vectors(acc + vectors * i, m, vectors, rounding);
#pragma GCC unroll 4
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
    bds_conv_panels(c, &bds_fours, bds_fours_convert, multiply, NULL);
}
