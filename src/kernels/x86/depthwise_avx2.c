/* Depthwise convolution with AVX2: 4 windows x 8 channels at a time, rows in pairs.
 * SPDX-License-Identifier: MIT */
#include "../planes.h"
#include "avx2.h"

static inline void interleave(int16_t *to, const int8_t *a, const int8_t *b)
{
    const __m128i pairs = _mm_unpacklo_epi8(_mm_loadl_epi64((const __m128i *)a), _mm_loadl_epi64((const __m128i *)b));

    _mm256_storeu_si256((__m256i *)to, _mm256_cvtepi8_epi16(pairs));
}

/* A window of 3 x 3, requantised. */
static inline __m256i window_3x3(const int16_t *const x[2], size_t at, const __m256i w[6], __m256i acc, factors m,
                                 const rounder *r)
{
    for (size_t j = 0; j < 2; j++)
        for (size_t kx = 0; kx < 3; kx++)
            acc = _mm256_add_epi32(acc, _mm256_madd_epi16(w[3 * j + kx], load256(x[j] + at + kx * 2 * BDS_BLOCK)));
    return requantise8(acc, m, r);
}

static inline void store4(int8_t *out, size_t stride, __m256i y)
{
    const __m128i low = _mm256_castsi256_si128(y), high = _mm256_extracti128_si256(y, 1);

    _mm_storel_epi64((__m128i *)out, low);
    _mm_storeh_pd((double *)(void *)(out + stride), _mm_castsi128_pd(low));
    _mm_storel_epi64((__m128i *)(out + 2 * stride), high);
    _mm_storeh_pd((double *)(void *)(out + 3 * stride), _mm_castsi128_pd(high));
}

/* Kernels of 3 x 3 without dilation: the weights stay in registers. out_width >= 4. The last windows, four or two, may overlap those
 * before, to the same results. */
static inline void row_3x3(const bds_plane_row *r)
{
    const rounder *rounding = r->constants;
    const factors m = load_factors(r->multiplier);
    const __m256i bias = load256(r->bias);
    const size_t step = r->pixel_step, out_stride = r->out_stride;
    const uint32_t rest = r->out_width & 3, end = r->out_width - (rest == 3 ? 0 : rest);
    __m256i w[6];

    for (int k = 0; k < 6; k++)
        w[k] = load256(r->weights + k * 2 * BDS_BLOCK);
    for (uint32_t i = 0; i < end; i += 4) {
        const uint32_t at = i + 4 <= end ? i : end - 4;
        const int16_t *const x[2] = {r->plane[0] + at * step, r->plane[1] + at * step};
        const __m256i a = window_3x3(x, 0, w, bias, m, rounding), b = window_3x3(x, step, w, bias, m, rounding);
        const __m256i c = window_3x3(x, 2 * step, w, bias, m, rounding);
        const __m256i d = window_3x3(x, 3 * step, w, bias, m, rounding);

        store4(r->out + at * out_stride, out_stride, clamp32(a, b, c, d, rounding));
    }
    if (end < r->out_width) {
        const uint32_t at = r->out_width - 2;
        const int16_t *const x[2] = {r->plane[0] + at * step, r->plane[1] + at * step};
        const __m256i a = window_3x3(x, 0, w, bias, m, rounding), b = window_3x3(x, step, w, bias, m, rounding);
        const __m128i y = _mm256_castsi256_si128(clamp32(a, b, a, b, rounding));

        _mm_storel_epi64((__m128i *)(r->out + at * out_stride), y);
        _mm_storeh_pd((double *)(void *)(r->out + (at + 1) * out_stride), _mm_castsi128_pd(y));
    }
}

/* One window of any kernel. */
static inline __m256i sum(const bds_plane_row *r, size_t at)
{
    const int16_t *w = r->weights;
    __m256i acc = load256(r->bias);

    for (uint32_t j = 0; j < r->planes; j++) {
        const int16_t *x = r->plane[j] + at;

        for (uint32_t kx = 0; kx < r->kernel_w; kx++, x += r->column_step, w += 2 * BDS_BLOCK)
            acc = _mm256_add_epi32(acc, _mm256_madd_epi16(load256(x), load256(w)));
    }
    return acc;
}

static inline void row_of(const bds_plane_row *r)
{
    const rounder *rounding = r->constants;
    const factors m = load_factors(r->multiplier);

    for (uint32_t i = 0; i < r->out_width; i++) {
        const __m256i acc = sum(r, i * r->pixel_step);

        _mm_storel_epi64((__m128i *)(r->out + i * r->out_stride), requantise16(acc, acc, m, m, rounding));
    }
}

static inline void window_row(const bds_plane_row *r)
{
    const int is_3x3 = r->planes == 2 && r->kernel_w == 3 && r->column_step == 2 * BDS_BLOCK && r->out_width >= 4;

    if (is_3x3)
        row_3x3(r);
    else
        row_of(r);
}

void bds_depthwise_s8_4x8c2_avx2(const bds_depthwise *d)
{
    const rounder rounding = rounder_of(&d->rq);

    bds_depthwise_planes(d, interleave, window_row, &rounding);
}
