/* Picture preparation in integers, one source row at a time. Every output value is the exactly rounded value of a rational
 * number, so no order of evaluation, vector width or compiler can change it. Normative text: docs/arithmetic-pictures.md.
 * SPDX-License-Identifier: MIT */
#include "image.h"

#include <string.h>

#include "format.h"
#include "requant.h"

#define MAX_SIDE 65535u
#define OPAQUE_MEAN 128 /* a picture whose mean alpha is less is seen through rather than seen */
#define BLANK_RANGE 4   /* a picture whose every channel spans less than this after resizing shows nothing */

/* The cropped part of the picture, and what is made of its pixels. */
typedef struct source {
    const uint8_t *pixels;
    size_t stride;
    uint32_t width, height;
    uint32_t step; /* bytes from pixel to pixel */
    uint32_t
        planes; /* channels that are resized: 3 for colour to colour, else 1 (grey is replicated only at the very end) */
    int mix;    /* the one plane is a mixture of R, G and B */
} source;

/* Where the resized values go, and what is remembered of them. */
typedef struct sink {
    int8_t *out;
    uint32_t width, height, channels;
    const int8_t *table;
    uint8_t low[3], high[3];
} sink;

/* The weights add up to 256, so white stays 255 and black 0. */
static uint32_t grey(const uint8_t *p)
{
    return (77u * p[0] + 150u * p[1] + 29u * p[2] + 128u) >> 8;
}

static uint32_t sample(const source *s, const uint8_t *p, uint32_t plane)
{
    return s->mix ? grey(p) : p[plane];
}

static void put(sink *k, uint32_t x, uint32_t y, uint32_t planes, const uint8_t value[3])
{
    int8_t *out = k->out + ((size_t)y * k->width + x) * k->channels;
    for (uint32_t c = 0; c < k->channels; c++)
        out[c] = k->table[c * 256 + value[planes == 1 ? 0 : c]];
    for (uint32_t p = 0; p < planes; p++) {
        if (value[p] < k->low[p])
            k->low[p] = value[p];
        if (value[p] > k->high[p])
            k->high[p] = value[p];
    }
}

/* ---- Shrinking: the mean over the area under each output pixel ---------------------------------------------------- */

/* Adds up n whole source pixels. n <= 65535, so a sum stays under 2^24. */
static void add_pixels(uint32_t sum[3], const source *s, const uint8_t *p, uint32_t n)
{
    if (s->planes == 3) {
        for (uint32_t i = 0; i < n; i++, p += s->step) {
            sum[0] += p[0];
            sum[1] += p[1];
            sum[2] += p[2];
        }
    } else if (s->mix) {
        for (uint32_t i = 0; i < n; i++, p += s->step)
            sum[0] += grey(p);
    } else {
        for (uint32_t i = 0; i < n; i++, p += s->step)
            sum[0] += *p;
    }
}

/* One source row to out_w weighted sums. In units of 1/out_w of a source pixel, a source pixel is out_w wide and an output
 * pixel s->width wide; the weights of an output pixel add up to s->width <= 65535, so a sum stays under 2^24. */
static void shrink_row(uint32_t *sums, uint32_t out_w, const source *s, const uint8_t *p)
{
    uint32_t left = out_w; /* units of the pixel at p that are not given away yet */
    for (uint32_t x = 0; x < out_w; x++, sums += s->planes) {
        uint32_t whole[3] = {0, 0, 0};
        uint32_t n = (s->width - left) / out_w, rest = (s->width - left) % out_w;
        const uint8_t *first = p;
        p += s->step;
        add_pixels(whole, s, p, n);
        p += (size_t)n * s->step;
        for (uint32_t c = 0; c < s->planes; c++)
            sums[c] = sample(s, first, c) * left + whole[c] * out_w + (rest ? sample(s, p, c) * rest : 0);
        left = out_w - rest; /* rest == 0: the pixel at p is untouched */
    }
}

/* sums[] and means[] have out_w * planes entries. A mean's numerator stays under 255 * 65535^2 < 2^40. */
static void shrink(sink *k, const source *s, uint32_t *sums, uint64_t *means)
{
    const uint32_t n = k->width * s->planes;
    const uint64_t area = (uint64_t)s->width * s->height;
    uint32_t y = 0, missing = s->height; /* units that output row y still lacks; a source row has k->height of them */
    memset(means, 0, n * sizeof means[0]);
    for (uint32_t row = 0; row < s->height; row++) {
        shrink_row(sums, k->width, s, s->pixels + row * s->stride);
        for (uint32_t left = k->height; left;) {
            const uint32_t take = left < missing ? left : missing;
            for (uint32_t i = 0; i < n; i++)
                means[i] += (uint64_t)sums[i] * take;
            left -= take;
            missing -= take;
            if (missing)
                continue;
            for (uint32_t x = 0; x < k->width; x++) {
                uint8_t value[3] = {0, 0, 0};
                for (uint32_t c = 0; c < s->planes; c++)
                    value[c] = (uint8_t)bds_round_div(means[x * s->planes + c], area);
                put(k, x, y, s->planes, value);
            }
            memset(means, 0, n * sizeof means[0]);
            missing = s->height;
            y++;
        }
    }
}

/* ---- Otherwise: bilinear, pixel centres at halves, edges clamped --------------------------------------------------- */

/* The two source pixels around an output pixel's centre and the weight of the second, in units of 1 / (2 * out). */
typedef struct tap {
    uint32_t first, second, weight;
} tap;

/* The centre lies at (x + 1/2) * in / out - 1/2 = ((2x + 1) * in - out) / (2 * out); the numerator is in (-2^16, 2^33). */
static tap tap_at(uint32_t x, uint32_t out, uint32_t in)
{
    const int64_t at = (int64_t)(2 * x + 1) * in - out;
    if (at < 0)
        return (tap){0, 0, 0};
    const uint32_t i = (uint32_t)(at / (2 * out));
    return (tap){i, i + 1 < in ? i + 1 : i, (uint32_t)(at % (2 * out))};
}

/* A numerator stays under 255 * 4 * 65535^2 < 2^42. */
static void interpolate(sink *k, const source *s)
{
    const uint64_t denominator = 4 * (uint64_t)k->width * k->height;
    for (uint32_t y = 0; y < k->height; y++) {
        const tap v = tap_at(y, k->height, s->height);
        const uint8_t *upper = s->pixels + v.first * s->stride, *lower = s->pixels + v.second * s->stride;
        for (uint32_t x = 0; x < k->width; x++) {
            const tap h = tap_at(x, k->width, s->width);
            const size_t a = (size_t)h.first * s->step, b = (size_t)h.second * s->step;
            uint8_t value[3] = {0, 0, 0};
            for (uint32_t c = 0; c < s->planes; c++) {
                const uint32_t whole = 2 * k->width;
                const uint64_t top = (uint64_t)sample(s, upper + a, c) * (whole - h.weight) +
                                     (uint64_t)sample(s, upper + b, c) * h.weight;
                const uint64_t low = (uint64_t)sample(s, lower + a, c) * (whole - h.weight) +
                                     (uint64_t)sample(s, lower + b, c) * h.weight;
                value[c] = (uint8_t)bds_round_div(top * (2 * k->height - v.weight) + low * v.weight, denominator);
            }
            put(k, x, y, s->planes, value);
        }
    }
}

/* ---- The whole ---------------------------------------------------------------------------------------------------- */

/* The sum stays under 255 * 2^32, 256 times that under 2^48. */
static uint32_t mean_chroma(const source *s)
{
    uint64_t sum = 0;
    for (uint32_t y = 0; y < s->height; y++) {
        const uint8_t *p = s->pixels + y * s->stride;
        uint32_t row = 0;
        for (uint32_t x = 0; x < s->width; x++, p += s->step) {
            const uint32_t high = p[0] > p[1] ? p[0] : p[1], low = p[0] < p[1] ? p[0] : p[1];
            row += (high > p[2] ? high : p[2]) - (low < p[2] ? low : p[2]);
        }
        sum += row;
    }
    return (uint32_t)bds_round_div(sum * 256, (uint64_t)s->width * s->height);
}

/* Whether the mean alpha (the last channel of 2 or 4) is under OPAQUE_MEAN. What lies under transparent pixels is arbitrary. */
static int is_transparent(const source *s)
{
    uint64_t sum = 0;
    for (uint32_t y = 0; y < s->height; y++) {
        const uint8_t *p = s->pixels + y * s->stride + (s->step - 1);
        uint32_t row = 0;
        for (uint32_t x = 0; x < s->width; x++, p += s->step)
            row += *p;
        sum += row;
    }
    return sum < (uint64_t)OPAQUE_MEAN * s->width * s->height;
}

/* means[] on 8 bytes, then sums[]. */
size_t bds_image_prepare_scratch(uint32_t out_w, uint32_t out_c)
{
    return (size_t)out_w * out_c * (sizeof(uint64_t) + sizeof(uint32_t)) + sizeof(uint64_t) - 1;
}

bds_status bds_image_prepare(int8_t *out, uint32_t out_w, uint32_t out_h, uint32_t out_c, const bds_image *image,
                             uint32_t crop, const int8_t *table, uint32_t *chroma, void *scratch, size_t scratch_bytes)
{
    if (!out || !image || !image->pixels || !table || !scratch)
        return BDS_E_ARGUMENT;
    if (!out_w || !out_h || out_w > MAX_SIDE || out_h > MAX_SIDE || (out_c != 1 && out_c != 3))
        return BDS_E_ARGUMENT;
    if (crop != BDF_CROP_NONE && crop != BDF_CROP_CENTRE_SQUARE)
        return BDS_E_ARGUMENT;
    if (!image->width || !image->height || image->width > MAX_SIDE || image->height > MAX_SIDE)
        return BDS_E_IMAGE_SIZE;
    if (image->channels < 1 || image->channels > 4 || image->stride < (size_t)image->width * image->channels)
        return BDS_E_ARGUMENT;
    if (scratch_bytes < bds_image_prepare_scratch(out_w, out_c))
        return BDS_E_ARENA;

    source s = {image->pixels, image->stride, image->width, image->height, image->channels, 1, 0};
    const int colour = image->channels >= 3;
    if (colour && out_c == 3)
        s.planes = 3;
    else
        s.mix = colour;
    if (crop == BDF_CROP_CENTRE_SQUARE) {
        const uint32_t side = s.width < s.height ? s.width : s.height;
        s.pixels += (s.height - side) / 2 * s.stride + (size_t)((s.width - side) / 2) * s.step;
        s.width = s.height = side;
    }
    if (image->channels % 2 == 0 && is_transparent(&s))
        return BDS_E_IMAGE_BLANK;
    if (chroma)
        *chroma = colour ? mean_chroma(&s) : 0;

    sink k = {out, out_w, out_h, out_c, table, {255, 255, 255}, {0, 0, 0}};
    if (s.width >= out_w && s.height >= out_h) {
        uint64_t *means = (uint64_t *)(void *)((uint8_t *)scratch + (0u - (uintptr_t)scratch) % sizeof(uint64_t));
        shrink(&k, &s, (uint32_t *)(means + (size_t)out_w * s.planes), means);
    } else {
        interpolate(&k, &s);
    }
    for (uint32_t p = 0; p < s.planes; p++)
        if (k.high[p] - k.low[p] >= BLANK_RANGE)
            return BDS_OK;
    return BDS_E_IMAGE_BLANK;
}
