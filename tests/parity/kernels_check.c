/* SPDX-License-Identifier: MIT */
#include "kernels_check.h"

#include <string.h>

#include "bedside.h"
#include "kernels/kernels.h"
#include "text.h"

enum { GUARD = 16, CANARY = 0xa5 };

typedef struct check {
    uint32_t random;
    check_memory *memory;
    bds_kernels ref, fast;
    kernels_report *report;
    uint32_t current; /* index of the kernel under test */
} check;

/* xorshift32. Never twice in one expression: C does not say which call comes first. */
static uint32_t next(check *c)
{
    c->random ^= c->random << 13;
    c->random ^= c->random >> 17;
    c->random ^= c->random << 5;
    return c->random;
}

/* In [lo, hi]. */
static int32_t between(check *c, int32_t lo, int32_t hi)
{
    return (int32_t)((int64_t)lo + next(c) % (uint32_t)((int64_t)hi - lo + 1));
}

static uint32_t upto(check *c, uint32_t lo, uint32_t hi)
{
    return lo + next(c) % (hi - lo + 1);
}

static int chance(check *c, uint32_t one_in)
{
    return next(c) % one_in == 0;
}

/* How values are drawn: most cases at random, some only from the two ends, some from one end. */
typedef enum mood { ANYWHERE, BOTH_RAILS, ONE_RAIL } mood;

static mood any_mood(check *c)
{
    uint32_t r = next(c) % 8;

    return r == 0 ? ONE_RAIL : r <= 2 ? BOTH_RAILS : ANYWHERE;
}

static void *take(check *c, size_t bytes)
{
    void *p = c->memory->take(c->memory, bytes);

    if (!p)
        c->report->exhausted = 1;
    return p;
}

/* n bytes at any alignment that end with their allocation. */
static int8_t *take_bytes(check *c, size_t n)
{
    size_t skew = next(c) % 16;
    int8_t *p = take(c, n + skew);

    return p ? p + skew : NULL;
}

static void fill(check *c, int8_t *to, size_t n, mood m)
{
    int8_t rail = chance(c, 2) ? INT8_MIN : INT8_MAX;

    for (size_t i = 0; i < n; i++) {
        uint32_t r = next(c);

        to[i] = m == ANYWHERE ? (int8_t)(r >> 24) : m == ONE_RAIL || r & 1 << 16 ? rail : (int8_t)~rail;
    }
}

static int8_t *random_bytes(check *c, size_t n, mood m)
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

static int take_outputs(check *c, outputs *o, size_t n, size_t align)
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

static void *ref_out(const outputs *o)
{
    return o->ref + GUARD + o->skew;
}

static void *fast_out(const outputs *o)
{
    return o->fast + GUARD + o->skew;
}

static void digest_bytes(check *c, const void *bytes, size_t n)
{
    uint64_t h = c->report->kernel[c->current].digest;

    for (size_t i = 0; i < n; i++)
        h = (h ^ ((const uint8_t *)bytes)[i]) * 1099511628211u;
    c->report->kernel[c->current].digest = h;
}

static void digest_u64(check *c, uint64_t x)
{
    uint8_t le[8];

    for (int i = 0; i < 8; i++)
        le[i] = (uint8_t)(x >> 8 * i);
    digest_bytes(c, le, sizeof le);
}

static int canaries_stand(const uint8_t *whole, size_t before, size_t n)
{
    for (size_t i = 0; i < before; i++)
        if (whole[i] != CANARY)
            return 0;
    for (size_t i = 0; i < GUARD; i++)
        if (whole[before + n + i] != CANARY)
            return 0;
    return 1;
}

static void settle(check *c, const outputs *o)
{
    size_t before = GUARD + o->skew;
    int same = memcmp(o->ref + before, o->fast + before, o->bytes) == 0;

    digest_bytes(c, fast_out(o), o->bytes);
    if (!same || !canaries_stand(o->ref, before, o->bytes) || !canaries_stand(o->fast, before, o->bytes)) {
        c->report->kernel[c->current].mismatches++;
        c->report->mismatches++;
    }
}

static uint32_t log2_floor(uint32_t x)
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

static int32_t random_multiplier(check *c, style s, int32_t fine)
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
static int random_requant(check *c, bds_requant *q, uint32_t channels, uint32_t depth, int16_t lowest, int16_t highest)
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
static const int8_t **random_taps(check *c, uint32_t count, uint32_t bytes)
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

/* Both tables' weights: packed where the kernel packs, else the raw ones. */
static const void *packed(check *c, size_t bytes, void (*pack)(void *, const void *, int, uint32_t, uint32_t),
                          const void *raw, uint32_t a, uint32_t b)
{
    void *p = raw && bytes ? take(c, bytes) : NULL;

    if (!p)
        return raw;
    pack(p, raw, 0, a, b);
    return p;
}

static int random_gemm(check *c, bds_gemm *g, int16_t lowest, int16_t highest)
{
    uint32_t depth;

    memset(g, 0, sizeof *g);
    g->tap_count = chance(c, 3) ? 1 : upto(c, 1, 12);
    g->tap_values = chance(c, 2) ? upto(c, 1, 16) : upto(c, 1, chance(c, 4) ? 200 : 40);
    g->channels = chance(c, 4) ? 16 * upto(c, 1, 3) : upto(c, 1, 40);
    depth = g->tap_count * g->tap_values;
    g->pixels = depth > 300 ? upto(c, 1, 12) : upto(c, 1, chance(c, 4) ? 70 : 20);
    g->out_stride = g->channels + (chance(c, 2) ? 0 : upto(c, 1, 20));
    g->taps = random_taps(c, g->pixels * g->tap_count, g->tap_values);
    return g->taps && random_requant(c, &g->rq, g->channels, depth, lowest, highest);
}

static void check_gemm(check *c)
{
    bds_gemm g;
    outputs o;
    const int8_t *raw;
    uint32_t depth;
    size_t scratch;

    if (!random_gemm(c, &g, INT8_MIN, INT8_MAX))
        return;
    depth = g.tap_count * g.tap_values;
    raw = random_bytes(c, (size_t)g.channels * depth, any_mood(c));
    if (!raw || !take_outputs(c, &o, (g.pixels - 1) * g.out_stride + g.channels, 1))
        return;

    g.weights = raw;
    g.out = ref_out(&o);
    c->ref.gemm(&g);

    scratch = c->fast.gemm_scratch_bytes(depth);
    g.scratch = scratch ? take(c, scratch) : NULL;
    g.weights = packed(c, c->fast.gemm_packed_bytes(g.channels, depth), c->fast.gemm_pack, raw, g.channels, depth);
    if (c->report->exhausted)
        return;
    g.out = fast_out(&o);
    c->fast.gemm(&g);
    settle(c, &o);
}

static void check_gemm_s16(check *c)
{
    bds_gemm g;
    outputs o;

    if (!random_gemm(c, &g, INT16_MIN, INT16_MAX))
        return;
    g.weights = random_bytes(c, (size_t)g.channels * g.tap_count * g.tap_values, any_mood(c));
    if (!g.weights ||
        !take_outputs(c, &o, ((g.pixels - 1) * g.out_stride + g.channels) * sizeof(int16_t), sizeof(int16_t)))
        return;
    g.out_wide = 1;
    g.out = ref_out(&o);
    c->ref.gemm(&g);
    g.out = fast_out(&o);
    c->fast.gemm(&g);
    settle(c, &o);
}

static void check_depthwise(check *c)
{
    bds_depthwise d = {0};
    outputs o;
    const int8_t *raw;

    d.tap_count = chance(c, 2) ? 9 : upto(c, 1, 26);
    d.channels = chance(c, 3) ? 8 * upto(c, 1, 6) : upto(c, 1, 60);
    d.pixels = upto(c, 1, 12);
    d.taps = random_taps(c, d.pixels * d.tap_count, d.channels);
    if (!d.taps || !random_requant(c, &d.rq, d.channels, d.tap_count, INT8_MIN, INT8_MAX))
        return;
    raw = random_bytes(c, (size_t)d.tap_count * d.channels, any_mood(c));
    if (!raw || !take_outputs(c, &o, (size_t)d.pixels * d.channels, 1))
        return;
    d.weights = raw;
    d.out = ref_out(&o);
    c->ref.depthwise(&d);

    d.weights = packed(c, c->fast.depthwise_packed_bytes(d.tap_count, d.channels), c->fast.depthwise_pack, raw,
                       d.tap_count, d.channels);
    if (c->report->exhausted)
        return;
    d.out = fast_out(&o);
    c->fast.depthwise(&d);
    settle(c, &o);
}

static void check_requantise(check *c)
{
    uint32_t count = upto(c, 1, 100), depth = upto(c, 1, 4000);
    int32_t *acc = take(c, count * sizeof *acc), reach = (int32_t)depth << 14;
    mood m = any_mood(c);
    bds_requant rq;
    outputs o;

    if (!random_requant(c, &rq, count, depth, INT8_MIN, INT8_MAX) || !take_outputs(c, &o, count, 1))
        return;
    for (uint32_t i = 0; i < count; i++)
        acc[i] = m == ANYWHERE  ? between(c, -reach, reach) >> (log2_floor(depth) / 2 + i % 4)
                 : chance(c, 2) ? -reach
                                : reach;
    c->ref.requantise(ref_out(&o), acc, count, &rq);
    c->fast.requantise(fast_out(&o), acc, count, &rq);
    settle(c, &o);
}

/* Powers of two make ties. */
static int32_t random_factor(check *c, mood m)
{
    int32_t x = m == ANYWHERE     ? between(c, 1, BDS_MULTIPLIER_MAX)
                : m == BOTH_RAILS ? 1 << between(c, 9, 14)
                                  : BDS_MULTIPLIER_MAX;

    return chance(c, 3) ? -x : x;
}

static void check_add(check *c)
{
    bds_add a = {0};
    mood m = any_mood(c);
    outputs o;

    a.b_period = upto(c, 1, 50);
    a.count = a.b_period * (chance(c, 2) ? 1 : upto(c, 1, 10));
    a.a = random_bytes(c, a.count, any_mood(c));
    a.b = random_bytes(c, a.b_period, any_mood(c));
    a.zp_a = between(c, INT8_MIN, INT8_MAX);
    a.zp_b = between(c, INT8_MIN, INT8_MAX);
    a.m_a = random_factor(c, m);
    a.m_b = random_factor(c, m);
    a.shift = chance(c, 4) ? between(c, 1, 30) : between(c, 13, 17);
    a.zero_point = between(c, INT8_MIN, INT8_MAX);
    a.lo = chance(c, 2) ? INT8_MIN : between(c, INT8_MIN, INT8_MAX);
    a.hi = chance(c, 2) ? INT8_MAX : between(c, a.lo, INT8_MAX);
    if (!a.a || !a.b || !take_outputs(c, &o, a.count, 1))
        return;
    a.out = ref_out(&o);
    c->ref.add(&a);
    a.out = fast_out(&o);
    c->fast.add(&a);
    settle(c, &o);
}

static void check_mul(check *c)
{
    bds_mul m = {0};
    outputs o;

    m.b_period = upto(c, 1, 50);
    m.count = m.b_period * (chance(c, 2) ? 1 : upto(c, 1, 10));
    m.a = random_bytes(c, m.count, any_mood(c));
    m.b = random_bytes(c, m.b_period, any_mood(c));
    m.zp_a = between(c, INT8_MIN, INT8_MAX);
    m.zp_b = between(c, INT8_MIN, INT8_MAX);
    m.m = between(c, 1, BDS_MULTIPLIER_MAX);
    if (!random_requant(c, &m.rq, 1, 4, INT8_MIN, INT8_MAX) || !m.a || !m.b || !take_outputs(c, &o, m.count, 1))
        return;
    m.out = ref_out(&o);
    c->ref.mul(&m);
    m.out = fast_out(&o);
    c->fast.mul(&m);
    settle(c, &o);
}

static void check_max_pool(check *c)
{
    bds_pool p = {0};
    outputs o;

    p.tap_count = upto(c, 1, 16);
    p.channels = upto(c, 1, 70);
    p.taps = random_taps(c, p.tap_count, p.channels);
    if (!p.taps || !take_outputs(c, &o, p.channels, 1))
        return;
    p.out = ref_out(&o);
    c->ref.max_pool(&p);
    p.out = fast_out(&o);
    c->fast.max_pool(&p);
    settle(c, &o);
}

static void check_sum_pool(check *c)
{
    bds_pool p = {0};
    int32_t zero_point = between(c, INT8_MIN, INT8_MAX);
    outputs o;

    p.tap_count = upto(c, 1, 100);
    p.channels = upto(c, 1, 70);
    p.taps = random_taps(c, p.tap_count, p.channels);
    if (!p.taps || !take_outputs(c, &o, p.channels * sizeof(int32_t), sizeof(int32_t)))
        return;
    c->ref.sum_pool(ref_out(&o), &p, zero_point);
    c->fast.sum_pool(fast_out(&o), &p, zero_point);
    settle(c, &o);
}

static void check_table(check *c)
{
    uint32_t count = upto(c, 1, 200);
    const int8_t *table = random_bytes(c, 256, ANYWHERE), *x = random_bytes(c, count, any_mood(c));
    outputs o;

    if (!table || !x || !take_outputs(c, &o, count, 1))
        return;
    bds_table t = {x, ref_out(&o), count, 1, table, 0, 0};
    c->ref.table(&t);
    t.out = fast_out(&o);
    c->fast.table(&t);
    settle(c, &o);
}

/* 257 falling samples, the first of them above zero. */
static const uint16_t *random_curve(check *c)
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

static void check_softmax(check *c)
{
    uint32_t rows = upto(c, 1, 5), channels = upto(c, 1, 40), step = upto(c, 0, 8);
    const uint16_t *exponential = random_curve(c);
    const int8_t *x = random_bytes(c, (size_t)rows * channels, any_mood(c));
    outputs o;

    if (!exponential || !x || !take_outputs(c, &o, (size_t)rows * channels, 1))
        return;
    bds_softmax s = {x, ref_out(&o), rows, channels, exponential, step, 0, 0};
    c->ref.softmax(&s);
    s.out = fast_out(&o);
    c->fast.softmax(&s);
    settle(c, &o);
}

/* The functions of requant.h themselves, also where no kernel uses them. */
static void check_arithmetic(check *c)
{
    const uint16_t *curve = random_curve(c);
    bds_requant q;

    if (!curve || !random_requant(c, &q, 1, 4, INT16_MIN, INT16_MAX))
        return;
    for (int i = 0; i < 50; i++) {
        uint32_t high = next(c), low = next(c), part = upto(c, 0, 65535), sum = part + upto(c, 1, 1u << 24);
        uint64_t wide = (uint64_t)high << 32 | low;
        uint32_t x = upto(c, 0, 31), step = upto(c, 0, 16);
        int32_t shift = between(c, 1, 62), room = (BDS_ACCUMULATOR_LIMIT >> q.left) - 1;
        int32_t acc = between(c, -room, room), m = between(c, 1, BDS_MULTIPLIER_MAX);

        digest_u64(c, (uint64_t)bds_round_shift((int64_t)wide >> 2, shift));
        digest_u64(c, bds_round_div(wide >> 2, (wide >> shift) + 1));
        digest_u64(c, bds_curve(curve, low >> x, step));
        digest_u64(c, bds_share(part, sum));
        digest_u64(c, (uint64_t)(int64_t)bds_requantise(acc, m, &q));
    }
}

static const struct {
    const char *name;
    void (*one_case)(check *c);
    uint32_t cases;
} plan[KERNELS_CHECKED] = {
    {"arithmetic", check_arithmetic, 100},
    {"gemm", check_gemm, 1000},
    {"gemm_s16", check_gemm_s16, 200},
    {"depthwise", check_depthwise, 600},
    {"requantise", check_requantise, 600},
    {"add", check_add, 400},
    {"mul", check_mul, 400},
    {"max_pool", check_max_pool, 100},
    {"sum_pool", check_sum_pool, 100},
    {"table", check_table, 50},
    {"softmax", check_softmax, 100},
};

void kernels_check(kernels_report *report, uint32_t cpu, check_memory *memory)
{
    check c = {.memory = memory, .report = report};
    uint8_t digests[KERNELS_CHECKED * 8];

    memset(report, 0, sizeof *report);
    bds_kernels_ref(&c.ref);
    bds_kernels_select(&c.fast, cpu);
    for (c.current = 0; c.current < KERNELS_CHECKED; c.current++) {
        report->kernel[c.current].name = plan[c.current].name;
        report->kernel[c.current].cases = plan[c.current].cases;
        report->kernel[c.current].digest = 14695981039346656037u;
        c.random = 2463534242u + c.current; /* so that one kernel's cases do not depend on another's */
        for (uint32_t i = 0; i < plan[c.current].cases && !report->exhausted; i++) {
            plan[c.current].one_case(&c);
            memory->release_all(memory);
        }
        for (uint32_t i = 0; i < 8; i++)
            digests[c.current * 8 + i] = (uint8_t)(report->kernel[c.current].digest >> 8 * i);
    }
    bds_sha256(report->digest, digests, sizeof digests);
}

int kernels_report_print(const kernels_report *report, void (*put_line)(const char *line))
{
    char line[128], hex[65];

    for (int i = 0; i < KERNELS_CHECKED; i++) {
        uint8_t digest[8];
        char *end = append(append(line, "kernel "), report->kernel[i].name);

        for (int j = 0; j < 8; j++)
            digest[j] = (uint8_t)(report->kernel[i].digest >> 8 * (7 - j));
        hexadecimal(hex, digest, sizeof digest);
        end = append_number(append(append(append(end, " "), hex), " "), report->kernel[i].cases);
        append_number(append(end, " "), report->kernel[i].mismatches);
        put_line(line);
    }
    hexadecimal(hex, report->digest, sizeof report->digest);
    append(append(line, "kernels "), hex);
    put_line(line);
    if (report->exhausted)
        put_line("error: not enough memory for the cases");
    return report->exhausted || report->mismatches ? 1 : 0;
}

static void *take_from_area(check_memory *memory, size_t bytes)
{
    check_area *a = (check_area *)memory;
    size_t need = (bytes + 15) & ~(size_t)15;
    uint8_t *p = a->area + a->used;

    if (need > a->bytes - a->used)
        return NULL;
    a->used += need;
    return p;
}

static void release_area(check_memory *memory)
{
    ((check_area *)memory)->used = 0;
}

void check_area_init(check_area *a, void *area, size_t bytes)
{
    size_t skip = (16 - ((uintptr_t)area & 15)) & 15;

    a->memory.take = take_from_area;
    a->memory.release_all = release_area;
    a->area = (uint8_t *)area + skip;
    a->bytes = (bytes - skip) & ~(size_t)15;
    a->used = 0;
}
