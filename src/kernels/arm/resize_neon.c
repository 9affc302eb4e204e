/* Linear resizing with NEON: eight channels at a time; the last ones overlap those before. Weights of two directions sum to 2^20, so of
 * int8 nothing leaves 32 bits.
 * SPDX-License-Identifier: MIT */
#include "../ref/ref.h"
#include "neon.h"

enum { LANES = 8 };

/* Two lines' weights, in 1/1024. */
typedef struct weights {
    int16_t left, right;
    int32_t up, down;
} weights;

typedef struct halves {
    int32x4_t low, high;
} halves;

/* Of eight channels: a * left + b * right. */
static inline halves across(const int8_t *a, const int8_t *b, const weights *w)
{
    const int16x8_t x = vmovl_s8(vld1_s8(a)), y = vmovl_s8(vld1_s8(b));
    const halves sum = {vmlal_n_s16(vmull_n_s16(vget_low_s16(x), w->left), vget_low_s16(y), w->right),
                        vmlal_high_n_s16(vmull_high_n_s16(x, w->left), y, w->right)};

    return sum;
}

static inline int8x8_t mix(const int8_t *a, const int8_t *b, const int8_t *c, const int8_t *d, const weights *w)
{
    const halves above = across(a, b, w), below = across(c, d, w);
    const int32x4_t low = vmlaq_n_s32(vmulq_n_s32(above.low, w->up), below.low, w->down);
    const int32x4_t high = vmlaq_n_s32(vmulq_n_s32(above.high, w->up), below.high, w->down);

    return vmovn_s16(vmovn_high_s32(vmovn_s32(vrshrq_n_s32(low, 20)), vrshrq_n_s32(high, 20)));
}

static void resize_pixel(const bds_resize *r, int8_t *out, const uint16_t *row, const uint16_t *column)
{
    const weights w = {(int16_t)(1024 - column[2]), (int16_t)column[2], 1024 - row[2], row[2]};
    const int8_t *first = (const int8_t *)r->x + (size_t)row[0] * r->x_width * r->channels;
    const int8_t *second = (const int8_t *)r->x + (size_t)row[1] * r->x_width * r->channels;
    const size_t left = (size_t)column[0] * r->channels, right = (size_t)column[1] * r->channels;

    for (uint32_t i = 0; i < r->channels; i += LANES) {
        const uint32_t c = r->channels - i < LANES ? r->channels - LANES : i;

        vst1_s8(out + c, mix(first + left + c, first + right + c, second + left + c, second + right + c, &w));
    }
}

void bds_resize_neon(const bds_resize *r)
{
    const uint16_t *rows = r->lines, *columns = r->lines + (size_t)3 * r->height;
    int8_t *out = r->out;

    if (r->wide || r->channels < LANES) {
        bds_resize_ref(r);
        return;
    }
    for (uint32_t y = 0; y < r->height; y++)
        for (uint32_t x = 0; x < r->width; x++, out += r->channels)
            resize_pixel(r, out, rows + (size_t)3 * y, columns + (size_t)3 * x);
}
