/* Depthwise convolution with AVX2: 2 windows x 8 channels at a time, rows in pairs.
 * SPDX-License-Identifier: MIT */
#include "../planes.h"
#include "avx2.h"

static inline void interleave(int16_t *to, const int8_t *a, const int8_t *b)
{
    const __m128i pairs = _mm_unpacklo_epi8(_mm_loadl_epi64((const __m128i *)a), _mm_loadl_epi64((const __m128i *)b));

    _mm256_storeu_si256((__m256i *)to, _mm256_cvtepi8_epi16(pairs));
}

/* acc[i] += window i, each pixel_step after the one before. */
static inline __attribute__((always_inline)) void sum(__m256i *acc, int windows, const bds_plane_row *r,
                                                      uint32_t planes, uint32_t kernel_w, size_t at)
{
    const int16_t *w = r->weights;

    for (uint32_t j = 0; j < planes; j++) {
        const int16_t *x = r->plane[j] + at;

        for (uint32_t kx = 0; kx < kernel_w; kx++, x += r->column_step, w += 2 * BDS_BLOCK)
            for (int i = 0; i < windows; i++)
                acc[i] =
                    _mm256_add_epi32(acc[i], _mm256_madd_epi16(load256(x + (size_t)i * r->pixel_step), load256(w)));
    }
}

/* planes and kernel_w are constants at the calls that matter. */
static inline __attribute__((always_inline)) void row_of(const bds_plane_row *r, uint32_t planes, uint32_t kernel_w)
{
    const rounder rounding = rounder_of(r->rq);
    const __m256i bias = load256(r->bias);
    const factors m = load_factors(r->multiplier);
    int8_t *out = r->out;
    size_t at = 0;

    for (uint32_t left = r->out_width; left > 0; left -= left >= 2 ? 2 : 1, at += 2 * r->pixel_step) {
        __m256i acc[2] = {bias, bias};
        __m128i y;

        if (left >= 2)
            sum(acc, 2, r, planes, kernel_w, at);
        else
            sum(acc, 1, r, planes, kernel_w, at);
        y = requantise16(acc[0], acc[1], m, m, &rounding);
        _mm_storel_epi64((__m128i *)out, y);
        if (left >= 2)
            _mm_storel_epi64((__m128i *)(out + r->out_stride), _mm_srli_si128(y, 8));
        out += 2 * r->out_stride;
    }
}

static inline void window_row(const bds_plane_row *r)
{
    if (r->planes == 2 && r->kernel_w == 3) /* 3 x 3 */
        row_of(r, 2, 3);
    else
        row_of(r, r->planes, r->kernel_w);
}

void bds_depthwise_s8_2x8c2_avx2(const bds_depthwise *d)
{
    bds_depthwise_planes(d, interleave, window_row);
}
