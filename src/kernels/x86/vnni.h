/* Convolution with VPDPBUSD, which multiplies four unsigned with four signed bytes per lane: w + 128 with x. What is too much, 128 * x,
 * is taken off again, once per pixel. Weights beyond int8, which old files have, go to AVX2's form.
 *
 * The instruction has an encoding of AVX-VNNI and one of AVX512-VNNI, so this is compiled twice; and a third time, by the tests, without
 * the instruction: BDS_EMULATE_VNNI.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_KERNELS_VNNI_H
#define BEDSIDE_KERNELS_VNNI_H

#include "tile_avx2.h"

static const bds_form fours = {
    .group = 4, .value_bytes = 1, .tile = TILE, .strip_bytes = STRIP_BYTES, .block_bytes = STRIP_BYTES};

/* In front of the packed weights. */
typedef struct packed_head {
    uint32_t eight_bits, unused[3];
} packed_head;

/* Each lane of acc + 4 products of a, unsigned, and b, signed. */
static inline __m256i add_fours(__m256i acc, __m256i a, __m256i b)
{
#if defined(BDS_EMULATE_VNNI)
    const __m256i even =
        _mm256_madd_epi16(_mm256_and_si256(a, _mm256_set1_epi16(255)), _mm256_srai_epi16(_mm256_slli_epi16(b, 8), 8));
    const __m256i odd = _mm256_madd_epi16(_mm256_srli_epi16(a, 8), _mm256_srai_epi16(b, 8));

    return _mm256_add_epi32(acc, _mm256_add_epi32(even, odd));
#elif defined(__AVXVNNI__)
    return _mm256_dpbusd_avx_epi32(acc, a, b);
#else
    return _mm256_dpbusd_epi32(acc, a, b);
#endif
}

/* 128 * the sum of the values under a window, in every lane. */
static inline __m256i too_much(const uint8_t *x, const bds_panel *p)
{
    const __m256i w = _mm256_set1_epi8((char)128);
    const size_t bytes = 4 * (size_t)p->groups;
    __m256i sum = _mm256_setzero_si256();
    int32_t all;
    __m128i half;

    for (uint32_t segment = 0; segment < p->segments; segment++, x += p->segment_step) {
        size_t k = 0;

        for (; k + 32 <= bytes; k += 32)
            sum = add_fours(sum, w, load256(x + k));
        for (; k < bytes; k += 4) {
            __builtin_memcpy(&all, x + k, sizeof all);
            /* zext, not cast, which leaves the upper half undefined: some compilers put other bytes there */
            sum = add_fours(sum, w, _mm256_zextsi128_si256(_mm_cvtsi32_si128(all)));
        }
    }
    half = _mm_add_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
    half = _mm_add_epi32(half, _mm_shuffle_epi32(half, 0x4e));
    return _mm256_broadcastd_epi32(_mm_add_epi32(half, _mm_shuffle_epi32(half, 0xb1)));
}

/* |sum of x * (w + 128)| < 2^31, as the sum of |x * w| stays under 2^30 even if each |w| is 128; and bytes past the last value of a
 * segment meet the weight 128 here and there. */
static inline __attribute__((always_inline)) void tile(__m256i *acc, int pixels, int wide, const uint8_t *const *x,
                                                       const bds_panel *p, const rounder *r)
{
    const uint8_t *w = p->weights;

    for (uint32_t segment = 0; segment < p->segments; segment++) {
        const size_t begin = segment * p->segment_step, end = begin + 4 * (size_t)p->groups;

        for (size_t k = begin; k < end; k += 4, w += wide ? 64 : 32) {
            __m256i low = load256(w), high = wide ? load256(w + 32) : low;

            for (int i = 0; i < pixels; i++) {
                __m256i four = splat_four_bytes(x[i] + k);

                acc[2 * i] = add_fours(acc[2 * i], low, four);
                if (wide)
                    acc[2 * i + 1] = add_fours(acc[2 * i + 1], high, four);
            }
        }
    }
    for (int i = 0; i < pixels; i++) {
        const __m256i off = too_much(x[i], p);

        acc[2 * i] = _mm256_sll_epi32(_mm256_sub_epi32(acc[2 * i], off), r->left);
        if (wide)
            acc[2 * i + 1] = _mm256_sll_epi32(_mm256_sub_epi32(acc[2 * i + 1], off), r->left);
    }
}

static void copy(void *to, const int8_t *from, uint32_t n)
{
    __builtin_memcpy(to, from, n);
}

static void multiply(const bds_panel *p)
{
    multiply_panel(p, 0, tile);
}

/* As many bytes as either form may take: which one it is shows only when the weights are there. */
static size_t packed_bytes(const bds_window *w, uint32_t channels, int wide)
{
    const size_t bytes = bds_conv_packed_bytes_avx2(w, channels, wide);

    return bytes ? sizeof(packed_head) + bytes : 0;
}

static void pack(void *packed, const void *weights, int wide, const bds_window *w, uint32_t channels, uint32_t left)
{
    const size_t count = (size_t)w->kernel_h * w->kernel_w * w->channels * channels;
    packed_head *head = packed;
    uint8_t *bytes = (uint8_t *)(head + 1);
    uint32_t eight_bits = 1;

    for (size_t i = 0; i < count && wide && eight_bits; i++)
        eight_bits = bds_load(weights, i, wide) >= -128 && bds_load(weights, i, wide) <= 127;
    head->eight_bits = eight_bits;
    if (!eight_bits) {
        bds_conv_pack_avx2(bytes, weights, wide, w, channels, left);
        return;
    }
    bds_panels_pack(bytes, weights, wide, w, channels, &fours, left);
    for (size_t i = 0; i < bds_panels_bytes(w, channels, wide, &fours); i++)
        bytes[i] ^= 0x80;
}

static size_t scratch_bytes(const bds_window *w)
{
    const size_t pairs = bds_conv_scratch_bytes_avx2(w), all = bds_panels_scratch_bytes(w, &fours);

    return pairs > all ? pairs : all;
}

static void conv(const bds_conv *c)
{
    const packed_head *head = c->weights;
    bds_conv inner = *c;

    if (c->window.wide || c->out_wide ||
        packed_bytes(&c->window, c->channels, c->weights_wide) == 0) { /* the weights are raw */
        bds_conv_ref(c);
        return;
    }
    inner.weights = head + 1;
    if (head->eight_bits)
        bds_conv_panels(&inner, &fours, copy, multiply, NULL);
    else
        bds_conv_s8_6x16c2_avx2(&inner);
}

static void use_vnni(bds_kernels *k)
{
    k->conv_packed_bytes = packed_bytes;
    k->conv_pack = pack;
    k->conv_packs_whole = 1;
    k->conv_scratch_bytes = scratch_bytes;
    k->conv = conv;
}

#endif
