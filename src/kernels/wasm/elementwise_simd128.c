/* Sums, products and pools in WebAssembly: 16 values, or 8 channels, at a time.
 * SPDX-License-Identifier: MIT */
#include "../ref/ref.h"
#include "simd128.h"

/* Four sums, rounded and cut to 16 bits two by two, plus the zero point, clamped. |sum| < 2^25, so that rounding keeps them under 2^30;
 * what is cut off is beyond any clamp. */
static inline v128_t add_finish(v128_t *sum, const bds_add *p, v128_t offset)
{
    const uint32_t shift = count_here((uint32_t)p->shift);
    const v128_t zero_point = wasm_i16x8_splat((int16_t)p->zero_point);
    v128_t low, high;

    for (int i = 0; i < 4; i++)
        sum[i] = wasm_i32x4_shr(wasm_i32x4_add(sum[i], offset), shift);
    low = wasm_i16x8_add_sat(wasm_i16x8_narrow_i32x4(sum[0], sum[1]), zero_point);
    high = wasm_i16x8_add_sat(wasm_i16x8_narrow_i32x4(sum[2], sum[3]), zero_point);
    return wasm_i8x16_min(wasm_i8x16_max(wasm_i8x16_narrow_i16x8(low, high), wasm_i8x16_splat((int8_t)p->lo)),
                          wasm_i8x16_splat((int8_t)p->hi));
}

/* n a multiple of 16. a and b meet in pairs, so that one dot product takes both with their factors. */
static void add_run(int8_t *out, const int8_t *a, const int8_t *b, uint32_t n, const bds_add *p)
{
    const v128_t factors = wasm_i32x4_splat((int32_t)((uint32_t)p->m_b << 16 | ((uint32_t)p->m_a & 0xffff)));
    const v128_t offset = wasm_i32x4_splat((1 << (p->shift - 1)) - p->zp_a * p->m_a - p->zp_b * p->m_b);

    for (uint32_t i = 0; i < n; i += 16) {
        v128_t sum[4];

        for (uint32_t k = 0; k < 2; k++) {
            v128_t x = wasm_i16x8_load8x8(a + i + 8 * k), y = wasm_i16x8_load8x8(b + i + 8 * k);

            sum[2 * k] = wasm_i32x4_dot_i16x8(wasm_i16x8_shuffle(x, y, 0, 8, 1, 9, 2, 10, 3, 11), factors);
            sum[2 * k + 1] = wasm_i32x4_dot_i16x8(wasm_i16x8_shuffle(x, y, 4, 12, 5, 13, 6, 14, 7, 15), factors);
        }
        wasm_v128_store(out + i, add_finish(sum, p, offset));
    }
}

void bds_add_s8_simd128(const bds_add *p)
{
    const uint32_t whole = p->b_period & ~15u;
    bds_add rest = *p;

    if (p->a_wide || p->b_wide || p->out_wide || whole == 0) {
        bds_add_ref(p);
        return;
    }
    rest.count = rest.b_period = p->b_period - whole;
    rest.b = (const int8_t *)p->b + whole;
    for (uint32_t i = 0; i < p->count; i += p->b_period) {
        add_run((int8_t *)p->out + i, (const int8_t *)p->a + i, p->b, whole, p);
        rest.a = (const int8_t *)p->a + i + whole;
        rest.out = (int8_t *)p->out + i + whole;
        bds_add_ref(&rest);
    }
}

/* n a multiple of 16. */
static void mul_run(int8_t *out, const int8_t *a, const int8_t *b, uint32_t n, const bds_mul *p)
{
    const rounder rounding = rounder_of(&p->rq);
    const v128_t zp_a = wasm_i16x8_splat((int16_t)p->zp_a), zp_b = wasm_i16x8_splat((int16_t)p->zp_b);
    const v128_t m = wasm_i32x4_splat(p->m);

    for (uint32_t i = 0; i < n; i += 16) {
        const uint32_t left = count_here((uint32_t)p->rq.left);
        v128_t acc[4], y;

        for (uint32_t k = 0; k < 2; k++) {
            v128_t x = wasm_i16x8_sub(wasm_i16x8_load8x8(a + i + 8 * k), zp_a);
            v128_t z = wasm_i16x8_sub(wasm_i16x8_load8x8(b + i + 8 * k), zp_b);

            acc[2 * k] = wasm_i32x4_shl(wasm_i32x4_extmul_low_i16x8(x, z), left);
            acc[2 * k + 1] = wasm_i32x4_shl(wasm_i32x4_extmul_high_i16x8(x, z), left);
        }
        requantise(&y, acc, &m, 1, 4, &rounding);
        wasm_v128_store(out + i, y);
    }
}

void bds_mul_s8_simd128(const bds_mul *p)
{
    const uint32_t whole = p->b_period & ~15u;
    bds_mul rest = *p;

    if (p->a_wide || p->b_wide || p->out_wide || whole == 0) {
        bds_mul_ref(p);
        return;
    }
    rest.count = rest.b_period = p->b_period - whole;
    rest.b = (const int8_t *)p->b + whole;
    for (uint32_t i = 0; i < p->count; i += p->b_period) {
        mul_run((int8_t *)p->out + i, (const int8_t *)p->a + i, p->b, whole, p);
        rest.a = (const int8_t *)p->a + i + whole;
        rest.out = (int8_t *)p->out + i + whole;
        bds_mul_ref(&rest);
    }
}

/* The last 16 channels overlap those before. */
void bds_max_pool_s8_simd128(const bds_pool *p)
{
    if (p->wide || p->channels < 16) {
        bds_max_pool_ref(p);
        return;
    }
    for (uint32_t c = 0; c < p->channels; c = bds_next_vector(c, p->channels, 16)) {
        v128_t most = wasm_i8x16_const_splat(INT8_MIN);

        for (uint32_t t = 0; t < p->tap_count; t++)
            most = wasm_i8x16_max(most, wasm_v128_load(p->taps[t] + c));
        wasm_v128_store((int8_t *)p->out + c, most);
    }
}

/* The last 8 channels overlap those before. */
void bds_sum_pool_s8_simd128(int32_t *sum, const bds_pool *p, int32_t zero_point)
{
    if (p->wide || p->channels < 8) {
        bds_sum_pool_ref(sum, p, zero_point);
        return;
    }
    for (uint32_t c = 0; c < p->channels; c = bds_next_vector(c, p->channels, 8)) {
        const v128_t none = wasm_i32x4_splat(-zero_point * (int32_t)p->tap_count);
        v128_t low = none, high = none;

        for (uint32_t t = 0; t < p->tap_count; t++) {
            v128_t x = wasm_i16x8_load8x8(p->taps[t] + c);

            low = wasm_i32x4_add(low, wasm_i32x4_extend_low_i16x8(x));
            high = wasm_i32x4_add(high, wasm_i32x4_extend_high_i16x8(x));
        }
        wasm_v128_store(sum + c, low);
        wasm_v128_store(sum + c + 4, high);
    }
}
