/* The self-test: does each fast kernel equal its reference on this very machine? A few dozen pseudo-random shapes; the thorough
 * comparison over all targets is tests/parity.
 * SPDX-License-Identifier: MIT */
#include <assert.h>

#include "bedside.h"
#include "kernels/kernels.h"

enum {
    ROUNDS = 48,
    MAX_PIXELS = 7,
    MAX_TAPS = 10,
    MAX_BYTES = 24,
    MAX_CHANNELS = 40,
    MAX_DEPTH = MAX_TAPS * MAX_BYTES
};

/* Lies in the caller's memory. */
typedef struct bench {
    bds_kernels ref, fast;
    uint32_t random;
    bds_requant rq;
    int32_t bias[MAX_CHANNELS], sums[MAX_CHANNELS];
    int16_t multiplier[MAX_CHANNELS];
    const int8_t *taps[MAX_PIXELS * MAX_TAPS];
    int8_t pool[512];
    _Alignas(2) int8_t raw[MAX_CHANNELS * MAX_DEPTH];
    int8_t expected[MAX_PIXELS * MAX_CHANNELS], got[MAX_PIXELS * MAX_CHANNELS];
    _Alignas(16) uint8_t packed[24 * 1024];
    _Alignas(16) uint8_t scratch[18 * 1024];
} bench;

static_assert(sizeof(bench) + 15 <= BDS_SELF_TEST_BYTES, "the caller's memory suffices at any alignment");

/* xorshift32, in [0, limit). */
static uint32_t below(bench *b, uint32_t limit)
{
    b->random ^= b->random << 13;
    b->random ^= b->random >> 17;
    b->random ^= b->random << 5;
    return b->random % limit;
}

/* int16 weights instead, half as many. */
static void widen_raw(bench *b)
{
    int16_t *wide = (int16_t *)(void *)b->raw;

    for (uint32_t i = 0; i < MAX_CHANNELS * MAX_DEPTH / 2; i++)
        wide[i] = (int16_t)((int32_t)below(b, 2 * BDS_WIDE_WEIGHT_MAX + 1) - BDS_WIDE_WEIGHT_MAX);
}

/* Every fourth time only from the two ends of the range. */
static void fill(bench *b, int8_t *to, uint32_t n)
{
    uint32_t rails = below(b, 4) == 0;

    for (uint32_t i = 0; i < n; i++) {
        int32_t x = (int32_t)below(b, 256) - 128;

        to[i] = (int8_t)(!rails ? x : x < 0 ? -128 : 127);
    }
}

/* Sums of up to MAX_DEPTH products: |acc| < 2^23 + 2^15 (int16 weights; else half), so that left <= 6 stays within 2^30. */
static void vary(bench *b)
{
    bds_requant *q = &b->rq;

    q->bias = b->bias;
    q->multiplier = b->multiplier;
    for (int i = 0; i < MAX_CHANNELS; i++) {
        b->bias[i] = (int32_t)below(b, 65536) - 32768;
        b->sums[i] = (int32_t)below(b, 1u << 23) - (1 << 22);
        b->multiplier[i] = (int16_t)(1 + below(b, BDS_MULTIPLIER_MAX));
    }
    q->left = (int32_t)below(b, BDS_LEFT_MAX);
    q->shift = 22 + q->left + (int32_t)below(b, 5);
    if (below(b, 4) == 0)
        q->shift = BDS_SHIFT_MIN + (int32_t)below(b, BDS_SHIFT_MAX - BDS_SHIFT_MIN + 1);
    q->zero_point = (int32_t)below(b, 256) - 128;
    q->lo = -128 + (int32_t)below(b, 64);
    q->hi = 127 - (int32_t)below(b, 64);
    fill(b, b->pool, sizeof b->pool);
    fill(b, b->raw, sizeof b->raw);
    for (int i = 0; i < MAX_PIXELS * MAX_TAPS; i++)
        b->taps[i] = b->pool + below(b, sizeof b->pool - MAX_CHANNELS);
    __builtin_memset(b->expected, 0, sizeof b->expected);
    __builtin_memset(b->got, 0, sizeof b->got);
}

static int same(const bench *b)
{
    for (uint32_t i = 0; i < sizeof b->got; i++)
        if (b->expected[i] != b->got[i])
            return 0;
    return 1;
}

static int gemm_agrees(bench *b)
{
    bds_gemm g = {.taps = b->taps, .rq = b->rq, .weights = b->raw, .out = b->expected, .scratch = b->scratch};
    uint32_t depth;

    g.pixels = 1 + below(b, MAX_PIXELS);
    g.tap_count = 1 + below(b, MAX_TAPS);
    g.tap_values = 1 + below(b, MAX_BYTES);
    g.weights_wide = below(b, 4) == 0;
    if (g.weights_wide)
        widen_raw(b);
    g.channels = 1 + below(b, g.weights_wide ? MAX_CHANNELS / 2 : MAX_CHANNELS);
    g.out_stride = g.channels;
    depth = g.tap_count * g.tap_values;
    b->ref.gemm(&g);

    g.out = b->got;
    if (b->fast.gemm_scratch_bytes(depth) > sizeof b->scratch)
        return 0;
    if (b->fast.gemm_packed_bytes(g.channels, depth)) {
        if (b->fast.gemm_packed_bytes(g.channels, depth) > sizeof b->packed)
            return 0;
        b->fast.gemm_pack(b->packed, b->raw, g.weights_wide, g.channels, depth);
        g.weights = b->packed;
    }
    b->fast.gemm(&g);
    return same(b);
}

static int depthwise_agrees(bench *b)
{
    bds_depthwise d = {.taps = b->taps, .rq = b->rq, .weights = b->raw, .out = b->expected};

    d.pixels = 1 + below(b, MAX_PIXELS);
    d.tap_count = below(b, 2) ? 9 : 1 + below(b, MAX_TAPS);
    d.channels = 1 + below(b, MAX_CHANNELS);
    d.weights_wide = below(b, 4) == 0;
    if (d.weights_wide)
        widen_raw(b);
    b->ref.depthwise(&d);

    d.out = b->got;
    if (b->fast.depthwise_packed_bytes(d.tap_count, d.channels)) {
        if (b->fast.depthwise_packed_bytes(d.tap_count, d.channels) > sizeof b->packed)
            return 0;
        b->fast.depthwise_pack(b->packed, b->raw, d.weights_wide, d.tap_count, d.channels);
        d.weights = b->packed;
    }
    b->fast.depthwise(&d);
    return same(b);
}

static int requantise_agrees(bench *b)
{
    uint32_t count = 1 + below(b, MAX_CHANNELS);

    b->ref.requantise(b->expected, b->sums, count, &b->rq);
    b->fast.requantise(b->got, b->sums, count, &b->rq);
    return same(b);
}

bds_status bds_self_test(uint32_t cpu_mask, void *scratch, size_t n)
{
    bench *b = (bench *)(((uintptr_t)scratch + 15) & ~(uintptr_t)15);

    if (!scratch)
        return BDS_E_ARGUMENT;
    if (n < BDS_SELF_TEST_BYTES)
        return BDS_E_ARENA;
    bds_kernels_ref(&b->ref);
    bds_kernels_select(&b->fast, cpu_mask);
    b->random = 2463534242u;
    for (int i = 0; i < ROUNDS; i++) {
        vary(b);
        if (b->fast.gemm != b->ref.gemm && !gemm_agrees(b))
            return BDS_E_SELF_TEST;
        if (b->fast.depthwise != b->ref.depthwise && !depthwise_agrees(b))
            return BDS_E_SELF_TEST;
        if (b->fast.requantise != b->ref.requantise && !requantise_agrees(b))
            return BDS_E_SELF_TEST;
    }
    return BDS_OK;
}
