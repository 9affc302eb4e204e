/* What the cases of the kernels' check share: random numbers, buffers with canaries, random requantisations and taps.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_TESTS_CASES_H
#define BEDSIDE_TESTS_CASES_H

#include <string.h>

#include "bedside.h"
#include "kernels/kernels.h"
#include "kernels/mcu/scratch.h"
#include "kernels/mcu/scratch_mve.h"
#include "kernels_check.h"

enum { GUARD = 16, CANARY = 0xa5 };

typedef struct check {
    uint32_t random;
    check_memory *memory;
    bds_kernels ref, fast;
    kernels_report *report;
    uint32_t current; /* index of the kernel under test */
} check;

/* xorshift32. Never twice in one expression: C does not say which call comes first. */
static inline uint32_t next(check *c)
{
    c->random ^= c->random << 13;
    c->random ^= c->random >> 17;
    c->random ^= c->random << 5;
    return c->random;
}

/* In [lo, hi]. */
static inline int32_t between(check *c, int32_t lo, int32_t hi)
{
    return (int32_t)((int64_t)lo + next(c) % (uint32_t)((int64_t)hi - lo + 1));
}

static inline uint32_t upto(check *c, uint32_t lo, uint32_t hi)
{
    return lo + next(c) % (hi - lo + 1);
}

static inline int chance(check *c, uint32_t one_in)
{
    return next(c) % one_in == 0;
}

/* How values are drawn: most cases at random, some only from the two ends, some from one end. */
typedef enum mood { ANYWHERE, BOTH_RAILS, ONE_RAIL } mood;

static inline mood any_mood(check *c)
{
    uint32_t r = next(c) % 8;

    return r == 0 ? ONE_RAIL : r <= 2 ? BOTH_RAILS : ANYWHERE;
}

static inline void *take(check *c, size_t bytes)
{
    void *p = c->memory->take(c->memory, bytes);

    if (!p)
        c->report->exhausted = 1;
    return p;
}

enum { WATCHED = 0x5a };

/* For a kernel to write to, and no further. */
static inline uint8_t *take_watched(check *c, size_t bytes)
{
    uint8_t *p = take(c, bytes + c->memory->guard);

    if (p)
        memset(p + bytes, WATCHED, c->memory->guard);
    return p;
}

/* Whether nothing was written behind it. */
static inline void look_behind(check *c, const uint8_t *p, size_t bytes)
{
    for (size_t i = 0; i < c->memory->guard; i++)
        if (p[bytes + i] != WATCHED) {
            c->report->kernel[c->current].mismatches++;
            c->report->mismatches++;
            return;
        }
}

/* n bytes at any alignment that end with their allocation. */
static inline int8_t *take_bytes(check *c, size_t n)
{
    size_t skew = next(c) % 16;
    int8_t *p = take(c, n + skew);

    return p ? p + skew : NULL;
}

static inline void fill(check *c, int8_t *to, size_t n, mood m)
{
    int8_t rail = chance(c, 2) ? INT8_MIN : INT8_MAX;

    for (size_t i = 0; i < n; i++) {
        uint32_t r = next(c);

        to[i] = m == ANYWHERE ? (int8_t)(r >> 24) : m == ONE_RAIL || r & 1 << 16 ? rail : (int8_t)~rail;
    }
}

static inline int8_t *random_bytes(check *c, size_t n, mood m)
{
    int8_t *p = take_bytes(c, n);

    if (p)
        fill(c, p, n, m);
    return p;
}

/* Two outputs of n bytes with canaries around them: for the reference and for the selected kernel. */
typedef struct outputs {
    uint8_t *ref, *fast; /* with GUARD and skew */
    size_t bytes, skew;
} outputs;

static inline int take_outputs(check *c, outputs *o, size_t n, size_t align)
{
    o->bytes = n;
    o->skew = next(c) % 16 / align * align;
    o->ref = take(c, n + o->skew + 2 * GUARD);
    o->fast = take(c, n + o->skew + 2 * GUARD);
    if (c->report->exhausted)
        return 0;
    memset(o->ref, CANARY, n + o->skew + 2 * GUARD);
    memset(o->fast, CANARY, n + o->skew + 2 * GUARD);
    return 1;
}

static inline void *ref_out(const outputs *o)
{
    return o->ref + GUARD + o->skew;
}

static inline void *fast_out(const outputs *o)
{
    return o->fast + GUARD + o->skew;
}

static inline void digest_bytes(check *c, const void *bytes, size_t n)
{
    uint64_t h = c->report->kernel[c->current].digest;

    for (size_t i = 0; i < n; i++)
        h = (h ^ ((const uint8_t *)bytes)[i]) * 1099511628211u;
    c->report->kernel[c->current].digest = h;
}

static inline void digest_u64(check *c, uint64_t x)
{
    uint8_t le[8];

    for (int i = 0; i < 8; i++)
        le[i] = (uint8_t)(x >> 8 * i);
    digest_bytes(c, le, sizeof le);
}

static inline int canaries_stand(const uint8_t *whole, size_t before, size_t n)
{
    for (size_t i = 0; i < before; i++)
        if (whole[i] != CANARY)
            return 0;
    for (size_t i = 0; i < GUARD; i++)
        if (whole[before + n + i] != CANARY)
            return 0;
    return 1;
}

static inline void settle(check *c, const outputs *o)
{
    size_t before = GUARD + o->skew;
    int same = memcmp(o->ref + before, o->fast + before, o->bytes) == 0;

    digest_bytes(c, fast_out(o), o->bytes);
    if (!same || !canaries_stand(o->ref, before, o->bytes) || !canaries_stand(o->fast, before, o->bytes)) {
        c->report->kernel[c->current].mismatches++;
        c->report->mismatches++;
    }
}

static inline uint32_t log2_floor(uint32_t x)
{
    uint32_t k = 0;

    while (x >>= 1)
        k++;
    return k;
}

/* What a requantisation is hard on. */
typedef enum style {
    ORDINARY,
    TIES,   /* multipliers that are powers of two: results exactly half-way between two */
    FINE,   /* the smallest shift: the lowest bits of a product decide */
    EXTREME /* everything at its limits */
} style;

static inline int32_t random_multiplier(check *c, style s, int32_t fine)
{
    switch (s) {
    case TIES:
        return 1 << between(c, 11, 14);
    case FINE:
        return between(c, 1, 2 * fine);
    case EXTREME:
        return chance(c, 3) ? 1 : chance(c, 2) ? BDS_MULTIPLIER_MAX : between(c, 1, 255);
    default:
        return between(c, 1 << 13, BDS_MULTIPLIER_MAX);
    }
}

/* A requantisation whose sums of depth products stay in range; results neither all equal nor all at a rail, mostly. Such a sum is
 * around 2^12 * sqrt(depth). */
static inline int random_requant(check *c, bds_requant *q, uint32_t channels, uint32_t depth, int16_t lowest,
                                 int16_t highest)
{
    int32_t reach = (int32_t)depth << 14, size = 12 + (int32_t)log2_floor(depth) / 2, room, left_max = 0;
    uint32_t odd = next(c) & 1, kind = next(c) % 8; /* odd: 4-byte alignment of the multipliers is not promised */
    style s = kind < 4 ? ORDINARY : kind == 4 ? TIES : kind == 5 ? FINE : EXTREME;
    int32_t *bias = take(c, channels * sizeof *bias);
    int16_t *multiplier = take(c, (channels + odd) * sizeof *multiplier);

    if (c->report->exhausted)
        return 0;
    while (left_max < BDS_LEFT_MAX && reach < (BDS_ACCUMULATOR_LIMIT >> (left_max + 1)))
        left_max++;
    q->left = chance(c, 2) ? 0 : between(c, 0, left_max);
    q->shift = size + 9 + q->left + between(c, -1, 2);
    if (s == FINE)
        q->shift = BDS_SHIFT_MIN;
    if (s == EXTREME)
        q->shift = between(c, BDS_SHIFT_MIN, BDS_SHIFT_MAX);
    q->shift = bds_clamp(q->shift, BDS_SHIFT_MIN, BDS_SHIFT_MAX);
    q->zero_point = chance(c, 8) ? (chance(c, 2) ? INT8_MIN : INT8_MAX) : between(c, INT8_MIN, INT8_MAX);
    q->lo = chance(c, 2) ? lowest : between(c, INT8_MIN, INT8_MAX);
    q->hi = chance(c, 2) ? highest : between(c, bds_clamp(q->lo, INT8_MIN, INT8_MAX), INT8_MAX);

    room = (BDS_ACCUMULATOR_LIMIT >> q->left) - 1 - reach;
    multiplier += odd;
    for (uint32_t n = 0; n < channels; n++) {
        int32_t usual = bds_clamp(room, 0, 1 << size);

        bias[n] = s != EXTREME ? between(c, -usual, usual) : chance(c, 2) ? -room : room;
        multiplier[n] = (int16_t)random_multiplier(c, s, 1 << bds_clamp(23 - size - q->left, 0, 13));
    }
    q->bias = bias;
    q->multiplier = multiplier;
    return 1;
}

/* Pixels x taps pointers into a pool so small that many taps end where it ends; some neighbours touch, as in a picture's row. */
static inline const int8_t **random_taps(check *c, uint32_t count, uint32_t bytes)
{
    uint32_t pool_bytes = bytes + next(c) % 400;
    const int8_t *pool = random_bytes(c, pool_bytes, any_mood(c));
    const int8_t **taps = take(c, count * sizeof *taps);

    if (c->report->exhausted)
        return NULL;
    for (uint32_t i = 0; i < count; i++) {
        if (i && chance(c, 2) && (size_t)(pool + pool_bytes - taps[i - 1]) >= 2 * (size_t)bytes)
            taps[i] = taps[i - 1] + bytes;
        else
            taps[i] = pool + next(c) % (pool_bytes - bytes + 1);
    }
    return taps;
}

/* The taps of `pixels` windows as a picture: a row for each window, a column for each tap. */
static inline bds_window window_of_taps(check *c, const int8_t *const *taps, uint32_t pixels, uint32_t tap_count,
                                        uint32_t channels, uint8_t wide)
{
    const size_t bytes = (size_t)channels << wide;
    int8_t *x = take(c, pixels * tap_count * bytes);
    bds_window w = {.x = x,
                    .height = pixels,
                    .width = tap_count,
                    .channels = channels,
                    .pixel = channels,
                    .out_width = 1,
                    .rows = pixels,
                    .row_end = pixels,
                    .kernel_h = 1,
                    .kernel_w = tap_count,
                    .stride_h = 1,
                    .stride_w = 1,
                    .dilation_h = 1,
                    .dilation_w = 1,
                    .wide = wide};

    for (uint32_t i = 0; x && i < pixels * tap_count; i++)
        memcpy(x + i * bytes, taps[i], bytes);
    return w;
}

/* n int8 or int16 values, aligned to their type and no more. */
static inline void *random_values(check *c, size_t n, int wide)
{
    size_t skew = next(c) % 16 & (wide ? ~1u : ~0u), bytes = n << wide;
    mood m = any_mood(c);
    int8_t *p = take(c, bytes + skew);

    if (!p)
        return NULL;
    p += skew;
    if (wide && m != ANYWHERE)
        for (size_t i = 0; i < n; i++)
            ((int16_t *)(void *)p)[i] = m == ONE_RAIL || chance(c, 2) ? INT16_MIN : INT16_MAX;
    else
        fill(c, p, bytes, m);
    return p;
}

/* Weights of a product; int16 ones in [-255, 255]. */
static inline void *random_weights(check *c, size_t n, int wide)
{
    int16_t *w = random_values(c, n, wide);

    for (size_t i = 0; w && wide && i < n; i++)
        w[i] = (int16_t)bds_clamp(w[i] >> 7, -BDS_WIDE_WEIGHT_MAX, BDS_WIDE_WEIGHT_MAX);
    return w;
}

/* What the fast kernel asks for: of a microcontroller's not what its table says, which has to do for any type, but what a firmware's
 * memory is laid out by. */
static inline size_t conv_scratch(const check *c, const bds_conv *v, const bds_window *whole)
{
#if BDS_FAMILY == BDS_FAMILY_DSP
    (void)c;
    return bds_conv_scratch_dsp(whole, v->weights_wide, v->out_wide, sizeof(void *));
#elif BDS_FAMILY == BDS_FAMILY_V7M
    (void)c;
    return bds_conv_scratch_v7m(whole, v->weights_wide, v->out_wide, sizeof(void *));
#elif BDS_FAMILY == BDS_FAMILY_MVE
    (void)c;
    return bds_conv_scratch_mve(whole, v->weights_wide, v->out_wide, sizeof(void *));
#else
    (void)v;
    return c->fast.conv_scratch_bytes(whole);
#endif
}

static inline size_t depthwise_scratch(const check *c, const bds_depthwise *d, const bds_window *whole)
{
#if BDS_FAMILY == BDS_FAMILY_DSP
    (void)c;
    return bds_depthwise_scratch_dsp(whole, d->weights_wide, d->out_wide, sizeof(void *));
#elif BDS_FAMILY == BDS_FAMILY_MVE
    (void)c;
    return bds_depthwise_scratch_mve(whole, &d->rq, d->weights_wide, d->out_wide, sizeof(void *));
#else
    (void)d;
    return c->fast.depthwise_scratch_bytes(whole);
#endif
}

/* Runs both tables' kernels, of which the second may pack its weights. whole: the windows with all rows of the result, as a plan knows
 * them. */
static inline void both_convs(check *c, bds_conv *v, const bds_window *whole, const outputs *o)
{
    const int narrow = !v->window.wide && !v->out_wide;
    const size_t bytes = narrow ? c->fast.conv_packed_bytes(whole, v->channels, v->weights_wide) : 0;
    const size_t scratch_bytes = conv_scratch(c, v, whole);
    uint8_t *packed = bytes ? take_watched(c, bytes) : NULL, *scratch = take_watched(c, scratch_bytes);

    v->scratch = take(c, c->ref.conv_scratch_bytes(whole));
    if (c->report->exhausted)
        return;
    v->out = ref_out(o);
    c->ref.conv(v);
    v->scratch = scratch;
    if (packed) {
        c->fast.conv_pack(packed, v->weights, v->weights_wide, whole, v->channels, (uint32_t)v->rq.left);
        v->weights = packed;
        look_behind(c, packed, bytes);
    }
    v->out = fast_out(o);
    c->fast.conv(v);
    look_behind(c, scratch, scratch_bytes);
    settle(c, o);
}

static inline void both_depthwise(check *c, bds_depthwise *d, const bds_window *whole, const outputs *o)
{
    const int narrow = !d->window.wide && !d->out_wide;
    const size_t bytes = narrow ? c->fast.depthwise_packed_bytes(whole) : 0;
    const size_t scratch_bytes = depthwise_scratch(c, d, whole);
    uint8_t *packed = bytes ? take_watched(c, bytes) : NULL, *scratch = take_watched(c, scratch_bytes);

    d->scratch = take(c, c->ref.depthwise_scratch_bytes(whole));
    if (c->report->exhausted)
        return;
    d->out = ref_out(o);
    c->ref.depthwise(d);
    d->scratch = scratch;
    if (packed) {
        c->fast.depthwise_pack(packed, d->weights, d->weights_wide, whole, (uint32_t)d->rq.left);
        d->weights = packed;
        look_behind(c, packed, bytes);
    }
    d->out = fast_out(o);
    c->fast.depthwise(d);
    look_behind(c, scratch, scratch_bytes);
    settle(c, o);
}

/* 257 falling samples, the first of them above zero. */
static inline const uint16_t *random_curve(check *c)
{
    uint16_t *curve = take(c, 257 * sizeof *curve);
    uint32_t left = upto(c, 1, 65535);

    if (!curve)
        return NULL;
    for (int i = 0; i <= 256; i++) {
        curve[i] = (uint16_t)left;
        left -= next(c) % (left / 16 + 1);
    }
    return curve;
}

/* Powers of two make ties. */
static inline int32_t random_factor(check *c, mood m)
{
    int32_t x = m == ANYWHERE     ? between(c, 1, BDS_MULTIPLIER_MAX)
                : m == BOTH_RAILS ? 1 << between(c, 9, 14)
                                  : BDS_MULTIPLIER_MAX;

    return chance(c, 3) ? -x : x;
}

/* kernels_check_windows.c: layers as a network has them. */
void check_conv_windows(check *c);
void check_depthwise_windows(check *c);
void check_depthwise_large(check *c);
void check_conv_deep(check *c);
void check_conv_columns(check *c);
/* kernels_check_wide.c: of int16 values and weights. */
void check_gemm_wide(check *c);
void check_depthwise_wide(check *c);
void check_requantise_wide(check *c);
void check_add_wide(check *c);
void check_mul_wide(check *c);
void check_extreme(check *c);
void check_pool_wide(check *c);
void check_table_wide(check *c);
void check_softmax_wide(check *c);
/* kernels_check_more.c: of kernels that take both types. */
void check_view(check *c);
void check_resize(check *c);
void check_normalise(check *c);
void check_arg_max(check *c);

#endif
