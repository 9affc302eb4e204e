/* SPDX-License-Identifier: MIT */
#include "truth.h"

#include <string.h>

#include "format.h"

/* The part of the drawn mask that the model sees. */
typedef struct part {
    const uint8_t *pixels;
    size_t stride;
    uint32_t width, height, channels;
} part;

static part cropped(const bds_image *drawn, uint32_t crop)
{
    part p = {drawn->pixels, drawn->stride, drawn->width, drawn->height, drawn->channels};
    if (crop == BDF_CROP_CENTRE_SQUARE) {
        const uint32_t side = p.width < p.height ? p.width : p.height;
        p.pixels += (p.height - side) / 2 * p.stride + (size_t)((p.width - side) / 2) * p.channels;
        p.width = p.height = side;
    }
    return p;
}

/* Alpha does not count. */
static uint32_t level(const part *p, uint32_t x, uint32_t y)
{
    const uint8_t *pixel = p->pixels + y * p->stride + (size_t)x * p->channels;
    return p->channels < 3 ? pixel[0] : ((uint32_t)pixel[0] + pixel[1] + pixel[2]) / 3;
}

/* In units of 1/out of a drawn pixel, a drawn pixel is `out` long and one of the result `in`: how much of pixel i lies under result o. */
static uint64_t overlap(uint32_t i, uint32_t in, uint32_t o, uint32_t out)
{
    const uint64_t a = (uint64_t)i * out, b = (uint64_t)o * in, a_end = a + out, b_end = b + in;
    const uint64_t begin = a > b ? a : b, end = a_end < b_end ? a_end : b_end;
    return end > begin ? end - begin : 0;
}

/* The area of the ones under a pixel of the result, whole being width * height of the part: under 2^32. */
static uint64_t ones_under(const part *p, uint32_t x, uint32_t y, uint32_t width, uint32_t height)
{
    const uint32_t left = (uint32_t)((uint64_t)x * p->width / width),
                   top = (uint32_t)((uint64_t)y * p->height / height);
    uint64_t sum = 0, wide, high;
    for (uint32_t j = top; j < p->height && (high = overlap(j, p->height, y, height)) > 0; j++)
        for (uint32_t i = left; i < p->width && (wide = overlap(i, p->width, x, width)) > 0; i++)
            sum += level(p, i, j) >= 128 ? wide * high : 0;
    return sum;
}

int64_t truth_make(uint8_t *truth, uint32_t width, uint32_t height, const bds_image *drawn, uint32_t crop)
{
    const part p = cropped(drawn, crop), whole = cropped(drawn, BDF_CROP_NONE);
    uint32_t most = 0;
    int64_t ones = 0;
    for (uint32_t y = 0; y < whole.height; y++)
        for (uint32_t x = 0; x < whole.width; x++)
            most = level(&whole, x, y) > most ? level(&whole, x, y) : most;
    if (most > 0 && most < 128)
        return -1;
    for (uint32_t y = 0; y < height; y++)
        for (uint32_t x = 0; x < width; x++) {
            const int one = 2 * ones_under(&p, x, y, width, height) >= (uint64_t)p.width * p.height;
            truth[(size_t)y * width + x] = (uint8_t)one;
            ones += one;
        }
    return ones;
}
