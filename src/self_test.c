/* The self-test: does each fast kernel equal its reference on this very machine? Some pseudo-random shapes, of each kind in turn, so that
 * BDS_SELF_TEST_KINDS rounds have seen every kernel; the thorough comparison over all targets is tests/parity.
 * SPDX-License-Identifier: MIT */
#include <assert.h>

#include "bedside.h"
#include "kernels/kernels.h"

enum {
    MAX_SIDE = 6,   /* of a picture */
    MAX_KERNEL = 3, /* of a kernel */
    MAX_PAD = 1,    /* so windows up to MAX_SIDE in each direction */
    MAX_DEPTH_CHANNELS = 24,
    DEEP_CHANNELS = 12,
    MAX_CHANNELS = 40,
    MAX_DEPTH = MAX_KERNEL * MAX_KERNEL * MAX_DEPTH_CHANNELS,
    MAX_RESULTS = (MAX_SIDE + 2 * MAX_PAD) * (MAX_SIDE + 2 * MAX_PAD) * MAX_CHANNELS
};

/* What a round is about, for kernels differ by it. Shape: windows of 1 x 1 or 3 x 3; a single pixel; 3 x 3 as Winograd's form wants them,
 * with and without a shift to the left; sums deep enough for weights that stay bytes. Weights: of eight bits, of seven, or wide. */
typedef struct kind {
    uint8_t shape, weights;
} kind;

enum { SINGLE, ONE, THREE, COLUMNS, SHIFTED_COLUMNS, DEEP };
enum { EIGHT_BITS, SEVEN_BITS, WIDE };

static const kind kinds[BDS_SELF_TEST_KINDS] = {
    {SINGLE, EIGHT_BITS},          {THREE, WIDE},      {ONE, WIDE},  {COLUMNS, EIGHT_BITS},
    {SHIFTED_COLUMNS, EIGHT_BITS}, {DEEP, EIGHT_BITS}, {DEEP, WIDE}, {THREE, SEVEN_BITS}};

/* Lies in the caller's memory. */
typedef struct bench {
    bds_kernels ref, fast;
    kind kind;
    uint32_t random;
    bds_requant rq;
    int32_t bias[MAX_CHANNELS], sums[MAX_CHANNELS];
    int16_t multiplier[MAX_CHANNELS];
    int8_t picture[MAX_SIDE * MAX_SIDE * MAX_CHANNELS];
    _Alignas(2) int8_t raw[MAX_CHANNELS * MAX_DEPTH];
    int8_t expected[MAX_RESULTS], got[MAX_RESULTS];
    _Alignas(16) uint8_t packed[28 * 1024];
    _Alignas(16) uint8_t scratch[18 * 1024];
} bench;

static_assert(MAX_RESULTS % 8 == 0 && MAX_SIDE * MAX_SIDE * MAX_CHANNELS % 4 == 0 && MAX_CHANNELS * MAX_DEPTH % 4 == 0,
              "whole words");
static_assert(sizeof(bench) + 15 <= BDS_SELF_TEST_BYTES, "the caller's memory suffices at any alignment");

/* xorshift32. */
static uint32_t next(bench *b)
{
    b->random ^= b->random << 13;
    b->random ^= b->random >> 17;
    b->random ^= b->random << 5;
    return b->random;
}

/* In [0, limit). */
static uint32_t below(bench *b, uint32_t limit)
{
    return next(b) % limit;
}

static_assert(BDS_WIDE_WEIGHT_MAX == 255, "nine bits of which one value is left out");

/* int16 weights instead, half as many. */
static void widen_raw(bench *b)
{
    int16_t *wide = (int16_t *)(void *)b->raw;

    for (uint32_t i = 0; i < MAX_CHANNELS * MAX_DEPTH / 2; i++) {
        const int32_t x = (int32_t)(next(b) & 511) - 256;

        wide[i] = (int16_t)(x == -256 ? 255 : x);
    }
}

/* n: a multiple of 4. Every fourth time only from the two ends of the range. A page waits for this: four values of each number. */
static void fill(bench *b, int8_t *to, uint32_t n)
{
    const uint32_t rails = below(b, 4) == 0;

    for (uint32_t i = 0; i < n; i += 4) {
        uint32_t x = next(b);

        if (rails) /* the sign bit of each byte: 0x80 or 0x7f */
            x = ((x >> 7 & 0x01010101) * 0xff) ^ 0x7f7f7f7f;
        __builtin_memcpy(to + i, &x, sizeof x);
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
    fill(b, b->picture, sizeof b->picture);
    fill(b, b->raw, sizeof b->raw);
    __builtin_memset(b->expected, 0, sizeof b->expected);
    __builtin_memset(b->got, 0, sizeof b->got);
}

static int same(const bench *b)
{
    uint64_t other = 0;

    for (uint32_t i = 0; i < sizeof b->got; i += sizeof other) {
        uint64_t x, y;

        __builtin_memcpy(&x, b->expected + i, sizeof x);
        __builtin_memcpy(&y, b->got + i, sizeof y);
        other |= x ^ y;
    }
    return other == 0;
}

/* Windows over the picture, not yet counted. */
static bds_window windows(bench *b, uint32_t channels)
{
    bds_window w = {.x = b->picture, .channels = channels, .pixel = channels, .zero_point = b->rq.zero_point};
    const uint32_t side = b->kind.shape == DEEP ? 0 : b->kind.shape >= THREE ? 3 : 1;
    const uint32_t dilated = side == 0 && below(b, 2);

    w.kernel_h = side ? side : 1 + below(b, MAX_KERNEL);
    w.kernel_w = side ? side : 1 + below(b, MAX_KERNEL);
    w.stride_h = 1 + below(b, 2);
    w.stride_w = 1 + below(b, 2);
    w.dilation_h = dilated ? 2 : 1;
    w.dilation_w = dilated ? 1 + below(b, 2) : 1;
    w.pad_top = below(b, MAX_PAD + 1);
    w.pad_left = below(b, MAX_PAD + 1);
    w.height = 1 + below(b, MAX_SIDE);
    w.width = 1 + below(b, MAX_SIDE);
    return w;
}

/* All that begin in the picture or its padding. */
static void count_windows(bds_window *w)
{
    w->rows = w->row_end = (w->height + w->pad_top + w->stride_h - 1) / w->stride_h;
    w->out_width = (w->width + w->pad_left + w->stride_w - 1) / w->stride_w;
}

/* Those of a convolution. */
static bds_window conv_windows(bench *b)
{
    bds_window w = windows(b, 1 + below(b, MAX_DEPTH_CHANNELS));

    if (b->kind.shape == SINGLE) {
        w.height = w.width = 1;
        w.pad_top = w.pad_left = 0;
        w.channels = 1 + below(b, MAX_DEPTH);
    } else if (b->kind.shape == COLUMNS || b->kind.shape == SHIFTED_COLUMNS) {
        w.stride_h = w.stride_w = 1;
        w.width = MAX_SIDE - below(b, 2);
        w.channels = 8 * (1 + below(b, 2));
    } else if (b->kind.shape == DEEP) { /* dilated: each window is gathered, and 8 x 6 pixels are enough */
        w.kernel_h = w.kernel_w = MAX_KERNEL;
        w.stride_h = w.stride_w = 1;
        w.dilation_w = 2;
        w.height = MAX_SIDE + MAX_PAD + 1;
        w.width = MAX_SIDE;
        w.channels = DEEP_CHANNELS;
    }
    w.pixel = w.channels;
    count_windows(&w);
    if (b->kind.shape >= COLUMNS && w.row_end > 2) /* of these two rows are enough: a page waits for the reference */
        w.row_end = 2;
    return w;
}

/* Weights of seven bits, [-64, 63]: some kernels do them another way. The ends of the range stay ends. */
static void narrow_raw(bench *b)
{
    for (uint32_t i = 0; i < sizeof b->raw; i++)
        b->raw[i] = (int8_t)(b->raw[i] >> 1);
}

/* The weights of this round; whether they are int16. */
static uint8_t choose_weights(bench *b)
{
    if (b->kind.weights == WIDE)
        widen_raw(b);
    else if (b->kind.weights == SEVEN_BITS)
        narrow_raw(b);
    return b->kind.weights == WIDE;
}

static int conv_agrees(bench *b)
{
    bds_conv c = {.window = conv_windows(b), .rq = b->rq, .scratch = b->scratch};

    c.weights = b->raw;
    c.weights_wide = choose_weights(b);
    /* Fewer than half a panel, or a whole one and some: each has code of its own. */
    c.channels = b->kind.shape == ONE ? 1 + below(b, BDS_PANEL / 2 - 1) : BDS_PANEL + 1 + below(b, 4);
    if (b->kind.shape == COLUMNS || b->kind.shape == SHIFTED_COLUMNS) {
        c.rq.left = b->kind.shape == COLUMNS ? 0 : 1 + (int32_t)below(b, BDS_LEFT_MAX - 1);
        c.rq.shift = 22 + c.rq.left + (int32_t)below(b, 5);
    }
    c.out_stride = c.channels;
    c.out = b->expected;
    if (b->fast.conv_scratch_bytes(&c.window) > sizeof b->scratch)
        return 0;
    b->ref.conv(&c);

    c.out = b->got;
    if (b->fast.conv_packed_bytes(&c.window, c.channels, c.weights_wide)) {
        if (b->fast.conv_packed_bytes(&c.window, c.channels, c.weights_wide) > sizeof b->packed)
            return 0;
        b->fast.conv_pack(b->packed, b->raw, c.weights_wide, &c.window, c.channels, (uint32_t)c.rq.left);
        c.weights = b->packed;
    }
    b->fast.conv(&c);
    return same(b);
}

static int depthwise_agrees(bench *b)
{
    bds_depthwise d = {.window = windows(b, 1 + below(b, MAX_CHANNELS)), .rq = b->rq, .scratch = b->scratch};

    count_windows(&d.window);
    d.weights = b->raw;
    d.weights_wide = choose_weights(b);
    d.out = b->expected;
    if (b->fast.depthwise_scratch_bytes(&d.window) > sizeof b->scratch)
        return 0;
    b->ref.depthwise(&d);

    d.out = b->got;
    if (b->fast.depthwise_packed_bytes(&d.window)) {
        if (b->fast.depthwise_packed_bytes(&d.window) > sizeof b->packed)
            return 0;
        b->fast.depthwise_pack(b->packed, b->raw, d.weights_wide, &d.window, (uint32_t)d.rq.left);
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

/* Two operands that meet value by value, the second repeated or not. */
static int elementwise_agrees(bench *b)
{
    const uint32_t period = 1 + below(b, 200), count = period * (1 + below(b, 4));
    bds_add a = {b->picture, b->raw, b->expected, count, period, 0, 0, 0, 0, 0, 0, b->rq.lo, b->rq.hi, 0, 0, 0};
    bds_mul m = {b->picture, b->raw, b->expected, count, period, 0, 0, b->multiplier[0], b->rq, 0, 0, 0};
    bds_extreme e = {b->picture, b->raw, b->expected, count, period, b->rq.lo, b->rq.hi, (uint8_t)below(b, 2), 0};

    a.zp_a = m.zp_a = (int32_t)below(b, 256) - 128;
    a.zp_b = m.zp_b = (int32_t)below(b, 256) - 128;
    a.m_a = (int32_t)below(b, 65535) - 32767;
    a.m_b = (int32_t)below(b, 65535) - 32767;
    a.shift = 1 + (int32_t)below(b, 30);
    a.zero_point = b->rq.zero_point;
    b->ref.add(&a);
    a.out = b->got;
    b->fast.add(&a);
    if (!same(b))
        return 0;
    b->ref.mul(&m);
    m.out = b->got;
    b->fast.mul(&m);
    if (!same(b))
        return 0;
    b->ref.extreme(&e);
    e.out = b->got;
    b->fast.extreme(&e);
    return same(b);
}

static int pools_agree(bench *b)
{
    const int8_t *taps[MAX_KERNEL * MAX_KERNEL];
    bds_pool p = {taps, 1 + below(b, MAX_KERNEL * MAX_KERNEL), 1 + below(b, MAX_CHANNELS), b->expected, 0};
    int32_t sums[MAX_CHANNELS];

    for (uint32_t i = 0; i < p.tap_count; i++)
        taps[i] = b->picture + below(b, sizeof b->picture - MAX_CHANNELS);
    b->ref.max_pool(&p);
    b->ref.sum_pool(b->sums, &p, b->rq.zero_point);
    p.out = b->got;
    b->fast.max_pool(&p);
    b->fast.sum_pool(sums, &p, b->rq.zero_point);
    for (uint32_t i = 0; i < p.channels; i++)
        if (sums[i] != b->sums[i])
            return 0;
    return same(b);
}

#ifdef BDS_HAVE_NEON /* no other set has these, and a page waits for this code */
static int table_agrees(bench *b)
{
    bds_table t = {b->picture, b->expected, 1 + below(b, sizeof b->picture), 1, b->raw, 0, 0};

    b->ref.table(&t);
    t.out = b->got;
    b->fast.table(&t);
    return same(b);
}

static int resize_agrees(bench *b)
{
    enum { SIDE = MAX_SIDE };
    uint16_t lines[3 * 2 * SIDE];
    bds_resize r = {b->picture, b->expected, SIDE, SIDE, SIDE, 1 + below(b, 32), lines, 0};

    for (uint32_t i = 0; i < 2 * SIDE; i++) {
        lines[3 * i] = (uint16_t)below(b, SIDE);
        lines[3 * i + 1] = (uint16_t)below(b, SIDE);
        lines[3 * i + 2] = (uint16_t)below(b, 1025);
    }
    b->ref.resize(&r);
    r.out = b->got;
    b->fast.resize(&r);
    return same(b);
}

static int requantise_wide_agrees(bench *b)
{
    const uint32_t count = 1 + below(b, MAX_CHANNELS);
    int16_t expected[MAX_CHANNELS], got[MAX_CHANNELS];

    b->ref.requantise_wide(expected, b->sums, count, &b->rq);
    b->fast.requantise_wide(got, b->sums, count, &b->rq);
    for (uint32_t i = 0; i < count; i++)
        if (expected[i] != got[i])
            return 0;
    return 1;
}
#endif

bds_status bds_self_test(uint32_t cpu_mask, void *scratch, size_t n, uint32_t rounds)
{
    bench *b = (bench *)(((uintptr_t)scratch + 15) & ~(uintptr_t)15);

    if (!scratch)
        return BDS_E_ARGUMENT;
    if (n < BDS_SELF_TEST_BYTES)
        return BDS_E_ARENA;
    bds_kernels_ref(&b->ref);
    bds_kernels_select(&b->fast, cpu_mask);
    b->random = 2463534242u + rounds; /* other numbers of rounds see other values */
    for (uint32_t i = 0; i < rounds; i++) {
        b->kind = kinds[i % BDS_SELF_TEST_KINDS];
        vary(b);
        if (b->fast.conv != b->ref.conv && !conv_agrees(b))
            return BDS_E_SELF_TEST;
        if (b->fast.depthwise != b->ref.depthwise && !depthwise_agrees(b))
            return BDS_E_SELF_TEST;
        if (b->fast.requantise != b->ref.requantise && !requantise_agrees(b))
            return BDS_E_SELF_TEST;
        if (b->fast.add != b->ref.add && !elementwise_agrees(b))
            return BDS_E_SELF_TEST;
        if (b->fast.sum_pool != b->ref.sum_pool && !pools_agree(b))
            return BDS_E_SELF_TEST;
#ifdef BDS_HAVE_NEON
        if (b->fast.table != b->ref.table && !(table_agrees(b) && resize_agrees(b) && requantise_wide_agrees(b)))
            return BDS_E_SELF_TEST;
#endif
    }
    return BDS_OK;
}
