/* SPDX-License-Identifier: MIT */
#include "cases.h"
#include "text.h"

/* Pixels, each with tap_count taps anywhere, of depth values in all. */
static int random_gemm(check *c, bds_conv *g, uint32_t *depth, int16_t lowest, int16_t highest)
{
    uint32_t tap_count, tap_values, pixels;
    const int8_t **taps;

    memset(g, 0, sizeof *g);
    tap_count = chance(c, 3) ? 1 : upto(c, 1, 12);
    tap_values = chance(c, 2) ? upto(c, 1, 16) : upto(c, 1, chance(c, 4) ? 200 : 40);
    g->channels = chance(c, 4) ? 16 * upto(c, 1, 3) : upto(c, 1, 40);
    *depth = tap_count * tap_values;
    pixels = *depth > 300 ? upto(c, 1, 12) : upto(c, 1, chance(c, 4) ? 70 : 20);
    g->out_stride = g->channels + (chance(c, 2) ? 0 : upto(c, 1, 20));
    taps = random_taps(c, pixels * tap_count, tap_values);
    if (!taps)
        return 0;
    g->window = window_of_taps(c, taps, pixels, tap_count, tap_values, 0);
    return g->window.x && random_requant(c, &g->rq, g->channels, *depth, lowest, highest);
}

static void check_gemm(check *c)
{
    bds_conv g;
    outputs o;
    uint32_t depth;

    if (!random_gemm(c, &g, &depth, INT8_MIN, INT8_MAX))
        return;
    g.weights = random_bytes(c, (size_t)g.channels * depth, any_mood(c));
    if (g.weights && take_outputs(c, &o, (g.window.height - 1) * g.out_stride + g.channels, 1))
        both_convs(c, &g, &g.window, &o);
}

static void check_gemm_s16(check *c)
{
    bds_conv g;
    outputs o;
    uint32_t depth;

    if (!random_gemm(c, &g, &depth, INT16_MIN, INT16_MAX))
        return;
    g.weights = random_bytes(c, (size_t)g.channels * depth, any_mood(c));
    g.out_wide = 1;
    if (g.weights &&
        take_outputs(c, &o, ((g.window.height - 1) * g.out_stride + g.channels) * sizeof(int16_t), sizeof(int16_t)))
        both_convs(c, &g, &g.window, &o);
}

static void check_depthwise(check *c)
{
    bds_depthwise d = {0};
    outputs o;
    uint32_t tap_count = chance(c, 2) ? 9 : upto(c, 1, 26);
    uint32_t channels = chance(c, 3) ? 8 * upto(c, 1, 6) : upto(c, 1, 60);
    uint32_t pixels = upto(c, 1, 12);
    const int8_t **taps = random_taps(c, pixels * tap_count, channels);

    if (!taps || !random_requant(c, &d.rq, channels, tap_count, INT8_MIN, INT8_MAX))
        return;
    d.window = window_of_taps(c, taps, pixels, tap_count, channels, 0);
    d.weights = random_bytes(c, (size_t)tap_count * channels, any_mood(c));
    if (d.window.x && d.weights && take_outputs(c, &o, (size_t)pixels * channels, 1))
        both_depthwise(c, &d, &d.window, &o);
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

static void sum_taps(check *c, uint32_t least, uint32_t most)
{
    bds_pool p = {0};
    int32_t zero_point = between(c, INT8_MIN, INT8_MAX);
    outputs o;

    p.tap_count = upto(c, least, most);
    p.channels = upto(c, 1, 70);
    p.taps = random_taps(c, p.tap_count, p.channels);
    if (!p.taps || !take_outputs(c, &o, p.channels * sizeof(int32_t), sizeof(int32_t)))
        return;
    c->ref.sum_pool(ref_out(&o), &p, zero_point);
    c->fast.sum_pool(fast_out(&o), &p, zero_point);
    settle(c, &o);
}

static void check_sum_pool(check *c)
{
    sum_taps(c, 1, 100);
}

/* More than 16 bits hold. */
static void check_sum_pool_large(check *c)
{
    sum_taps(c, 250, 700);
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
        digest_u64(c, (uint64_t)(int64_t)bds_requantise_wide((int64_t)wide >> 24, m, &q));
        digest_u64(c, bds_square_root(wide >> x));
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
    {"gemm_wide", check_gemm_wide, 600},
    {"depthwise_wide", check_depthwise_wide, 400},
    {"requantise_wide", check_requantise_wide, 100},
    {"add_wide", check_add_wide, 200},
    {"mul_wide", check_mul_wide, 200},
    {"extreme", check_extreme, 100},
    {"pool_wide", check_pool_wide, 100},
    {"table_wide", check_table_wide, 100},
    {"softmax_wide", check_softmax_wide, 60},
    {"view", check_view, 200},
    {"resize", check_resize, 100},
    {"normalise", check_normalise, 200},
    {"arg_max", check_arg_max, 50},
    {"conv_windows", check_conv_windows, 600},
    {"depthwise_windows", check_depthwise_windows, 600},
    {"conv_deep", check_conv_deep, 120},
    {"conv_columns", check_conv_columns, 300},
    {"depthwise_large", check_depthwise_large, 30},
    {"sum_pool_large", check_sum_pool_large, 20},
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
    bds_sha256(report->digest, digests, KERNELS_FIRST * 8);
    bds_sha256(report->windows_digest, digests + KERNELS_FIRST * 8, KERNELS_SECOND * 8);
    bds_sha256(report->deep_digest, digests + (KERNELS_FIRST + KERNELS_SECOND) * 8,
               (KERNELS_CHECKED - KERNELS_FIRST - KERNELS_SECOND) * 8);
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
    hexadecimal(hex, report->windows_digest, sizeof report->windows_digest);
    append(append(line, "windows "), hex);
    put_line(line);
    hexadecimal(hex, report->deep_digest, sizeof report->deep_digest);
    append(append(line, "deep "), hex);
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

    a->memory.guard = 64;
    a->memory.take = take_from_area;
    a->memory.release_all = release_area;
    a->area = (uint8_t *)area + skip;
    a->bytes = (bytes - skip) & ~(size_t)15;
    a->used = 0;
}
