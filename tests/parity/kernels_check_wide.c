/* Cases of kernels with int16 values, results or weights.
 * SPDX-License-Identifier: MIT */
#include "cases.h"

static const int8_t **wide_taps(check *c, uint32_t count, uint32_t values)
{
    uint32_t pool_values = values + next(c) % 200;
    const int8_t *pool = random_values(c, pool_values, 1);
    const int8_t **taps = take(c, count * sizeof *taps);

    if (c->report->exhausted)
        return NULL;
    for (uint32_t i = 0; i < count; i++)
        taps[i] = pool + 2 * (next(c) % (pool_values - values + 1));
    return taps;
}

/* For sums of depth products of x with wide weights; sums of int16 x are 256 times as large, their results have an int16 range. */
static int requant_of(check *c, bds_requant *q, uint32_t channels, uint32_t depth, int x_wide, int out_wide)
{
    if (!random_requant(c, q, channels, 2 * depth, out_wide ? INT16_MIN : INT8_MIN, out_wide ? INT16_MAX : INT8_MAX))
        return 0;
    q->shift = bds_clamp(q->shift + (x_wide ? 8 : 0) - (out_wide ? 8 : 0), BDS_SHIFT_MIN, BDS_SHIFT_MAX);
    return 1;
}

void check_gemm_wide(check *c)
{
    bds_conv g = {0};
    outputs o;
    uint32_t tap_count, tap_values, pixels, depth;
    uint8_t wide = next(c) & 1;
    const int8_t **taps;

    g.weights_wide = next(c) & 1;
    g.out_wide = next(c) & 1;
    tap_count = upto(c, 1, 5);
    tap_values = upto(c, 1, 40);
    g.channels = upto(c, 1, 40);
    pixels = upto(c, 1, 9);
    g.out_stride = g.channels + upto(c, 0, 3);
    depth = tap_count * tap_values;
    taps = wide ? wide_taps(c, pixels * tap_count, tap_values) : random_taps(c, pixels * tap_count, tap_values);
    g.weights = random_weights(c, (size_t)g.channels * depth, g.weights_wide);
    if (!taps || !g.weights || !requant_of(c, &g.rq, g.channels, depth, wide, g.out_wide) ||
        !take_outputs(c, &o, ((pixels - 1) * g.out_stride + g.channels) << g.out_wide, 1u + g.out_wide))
        return;
    g.window = window_of_taps(c, taps, pixels, tap_count, tap_values, wide);
    if (g.window.x)
        both_convs(c, &g, &g.window, &o);
}

void check_depthwise_wide(check *c)
{
    bds_depthwise d = {0};
    outputs o;
    uint32_t tap_count, channels, pixels;
    uint8_t wide = next(c) & 1;
    const int8_t **taps;

    d.weights_wide = next(c) & 1;
    d.out_wide = next(c) & 1;
    tap_count = upto(c, 1, 26);
    channels = upto(c, 1, 40);
    pixels = upto(c, 1, 6);
    taps = wide ? wide_taps(c, pixels * tap_count, channels) : random_taps(c, pixels * tap_count, channels);
    d.weights = random_weights(c, (size_t)tap_count * channels, d.weights_wide);
    if (!taps || !d.weights || !requant_of(c, &d.rq, channels, tap_count, wide, d.out_wide) ||
        !take_outputs(c, &o, (size_t)pixels * channels << d.out_wide, 1u + d.out_wide))
        return;
    d.window = window_of_taps(c, taps, pixels, tap_count, channels, wide);
    if (d.window.x)
        both_depthwise(c, &d, &d.window, &o);
}

void check_requantise_wide(check *c)
{
    uint32_t count = upto(c, 1, 60);
    int32_t *acc = take(c, count * sizeof *acc);
    bds_requant rq;
    outputs o;

    if (!random_requant(c, &rq, count, 64, INT16_MIN, INT16_MAX) || !take_outputs(c, &o, 2 * (size_t)count, 2))
        return;
    for (uint32_t i = 0; i < count; i++)
        acc[i] = between(c, -(64 << 14), 64 << 14) >> i % 8;
    c->ref.requantise_wide(ref_out(&o), acc, count, &rq);
    c->fast.requantise_wide(fast_out(&o), acc, count, &rq);
    settle(c, &o);
}

static int32_t zero_point_of(check *c, int wide)
{
    return wide ? between(c, INT16_MIN, INT16_MAX) : between(c, INT8_MIN, INT8_MAX);
}

static void random_clamp(check *c, int32_t *lo, int32_t *hi, int wide)
{
    *lo = chance(c, 2) ? (wide ? INT16_MIN : INT8_MIN) : zero_point_of(c, wide);
    *hi = chance(c, 2) ? (wide ? INT16_MAX : INT8_MAX) : between(c, *lo, wide ? INT16_MAX : INT8_MAX);
}

void check_add_wide(check *c)
{
    bds_add a = {0};
    mood m = any_mood(c);
    outputs o;

    a.a_wide = next(c) & 1;
    a.b_wide = next(c) & 1;
    a.out_wide = next(c) & 1;
    a.b_period = upto(c, 1, 30);
    a.count = a.b_period * upto(c, 1, 4);
    a.a = random_values(c, a.count, a.a_wide);
    a.b = random_values(c, a.b_period, a.b_wide);
    a.zp_a = zero_point_of(c, a.a_wide);
    a.zp_b = zero_point_of(c, a.b_wide);
    a.m_a = random_factor(c, m);
    a.m_b = random_factor(c, m);
    a.shift = between(c, 1, 30);
    a.zero_point = zero_point_of(c, a.out_wide);
    random_clamp(c, &a.lo, &a.hi, a.out_wide);
    if (!a.a || !a.b || !take_outputs(c, &o, (size_t)a.count << a.out_wide, 1u + a.out_wide))
        return;
    a.out = ref_out(&o);
    c->ref.add(&a);
    a.out = fast_out(&o);
    c->fast.add(&a);
    settle(c, &o);
}

void check_mul_wide(check *c)
{
    bds_mul m = {0};
    outputs o;

    m.a_wide = next(c) & 1;
    m.b_wide = next(c) & 1;
    m.out_wide = next(c) & 1;
    m.b_period = upto(c, 1, 30);
    m.count = m.b_period * upto(c, 1, 4);
    m.a = random_values(c, m.count, m.a_wide);
    m.b = random_values(c, m.b_period, m.b_wide);
    m.zp_a = zero_point_of(c, m.a_wide);
    m.zp_b = zero_point_of(c, m.b_wide);
    m.m = between(c, 1, BDS_MULTIPLIER_MAX);
    m.rq.left = between(c, 0, BDS_LEFT_MAX);
    m.rq.shift = between(c, BDS_SHIFT_MIN, BDS_SHIFT_MAX);
    m.rq.zero_point = zero_point_of(c, m.out_wide);
    random_clamp(c, &m.rq.lo, &m.rq.hi, m.out_wide);
    if (!m.a || !m.b || !take_outputs(c, &o, (size_t)m.count << m.out_wide, 1u + m.out_wide))
        return;
    m.out = ref_out(&o);
    c->ref.mul(&m);
    m.out = fast_out(&o);
    c->fast.mul(&m);
    settle(c, &o);
}

void check_extreme(check *c)
{
    bds_extreme e = {0};
    outputs o;

    e.wide = next(c) & 1;
    e.max = next(c) & 1;
    e.b_period = upto(c, 1, 30);
    e.count = e.b_period * upto(c, 1, 4);
    e.a = random_values(c, e.count, e.wide);
    e.b = random_values(c, e.b_period, e.wide);
    random_clamp(c, &e.lo, &e.hi, e.wide);
    if (!e.a || !e.b || !take_outputs(c, &o, (size_t)e.count << e.wide, 1u + e.wide))
        return;
    e.out = ref_out(&o);
    c->ref.extreme(&e);
    e.out = fast_out(&o);
    c->fast.extreme(&e);
    settle(c, &o);
}

/* Largest and sum. */
void check_pool_wide(check *c)
{
    bds_pool p = {.wide = 1};
    int32_t zero_point = zero_point_of(c, 1);
    outputs most, sum;

    p.tap_count = upto(c, 1, 100);
    p.channels = upto(c, 1, 40);
    p.taps = wide_taps(c, p.tap_count, p.channels);
    if (!p.taps || !take_outputs(c, &most, 2 * (size_t)p.channels, 2) ||
        !take_outputs(c, &sum, p.channels * sizeof(int32_t), sizeof(int32_t)))
        return;
    p.out = ref_out(&most);
    c->ref.max_pool(&p);
    c->ref.sum_pool(ref_out(&sum), &p, zero_point);
    p.out = fast_out(&most);
    c->fast.max_pool(&p);
    c->fast.sum_pool(fast_out(&sum), &p, zero_point);
    settle(c, &most);
    settle(c, &sum);
}

void check_table_wide(check *c)
{
    bds_table t = {0};
    outputs o;

    t.x_wide = next(c) & 1;
    t.out_wide = next(c) & 1;
    t.rows = chance(c, 2) ? 1 : upto(c, 1, 20);
    t.count = t.rows * upto(c, 1, 20);
    t.x = random_values(c, t.count, t.x_wide);
    t.table = random_values(c, t.rows * (t.x_wide ? 257 : 256), t.x_wide | t.out_wide);
    if (!t.x || !t.table || !take_outputs(c, &o, (size_t)t.count << t.out_wide, 1u + t.out_wide))
        return;
    t.out = ref_out(&o);
    c->ref.table(&t);
    t.out = fast_out(&o);
    c->fast.table(&t);
    settle(c, &o);
}

void check_softmax_wide(check *c)
{
    bds_softmax s = {0};
    outputs o;

    s.x_wide = next(c) & 1;
    s.out_wide = next(c) & 1;
    s.rows = upto(c, 1, 4);
    s.channels = upto(c, 1, 40);
    s.step = upto(c, 0, s.x_wide ? 16 : 8);
    s.exponential = random_curve(c);
    s.x = random_values(c, (size_t)s.rows * s.channels, s.x_wide);
    if (!s.exponential || !s.x || !take_outputs(c, &o, (size_t)s.rows * s.channels << s.out_wide, 1u + s.out_wide))
        return;
    s.out = ref_out(&o);
    c->ref.softmax(&s);
    s.out = fast_out(&o);
    c->fast.softmax(&s);
    settle(c, &o);
}
