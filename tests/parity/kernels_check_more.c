/* Cases of views, resizing, normalisation and arg max, of int8 and int16 values.
 * SPDX-License-Identifier: MIT */
#include "cases.h"

/* n values, all of them, or in a narrow part of their range so that many are equal; aligned to their type and no more. */
static void *crowded_values(check *c, size_t n, int wide)
{
    size_t skew = next(c) % 16 & (wide ? ~1u : ~0u);
    uint32_t narrow = chance(c, 3) ? 7 : 0;
    mood m = any_mood(c);
    int8_t *p = take(c, (n << wide) + skew);

    if (!p)
        return NULL;
    p += skew;
    fill(c, p, n << wide, m);
    for (size_t i = 0; narrow && i < n; i++)
        if (wide)
            ((int16_t *)(void *)p)[i] >>= narrow + 8;
        else
            p[i] >>= narrow - 2;
    return p;
}

void check_view(check *c)
{
    bds_view v = {0};
    int32_t least = 0, most = 0;
    size_t total = 1;
    outputs o;

    v.wide = next(c) & 1;
    for (int d = 5; d >= 0; d--) {
        v.count[d] = chance(c, 2) ? 1 : upto(c, 1, 5);
        v.stride[d] = between(c, -20, 20);
        if (d == 5 && chance(c, 2))
            v.stride[d] = 1;
        if (d < 5 && chance(c, 2))
            v.stride[d] = v.stride[d + 1] * (int32_t)v.count[d + 1];
        least += v.stride[d] < 0 ? v.stride[d] * (int32_t)(v.count[d] - 1) : 0;
        most += v.stride[d] > 0 ? v.stride[d] * (int32_t)(v.count[d] - 1) : 0;
        total *= v.count[d];
    }
    v.offset = -least;
    v.x = crowded_values(c, (size_t)(most - least) + 1, v.wide);
    if (!v.x || !take_outputs(c, &o, total << v.wide, 1u + v.wide))
        return;
    v.out = ref_out(&o);
    c->ref.view(&v);
    v.out = fast_out(&o);
    c->fast.view(&v);
    settle(c, &o);
}

void check_resize(check *c)
{
    bds_resize r = {0};
    uint32_t x_height = upto(c, 1, 6);
    uint16_t *lines;
    outputs o;

    r.wide = next(c) & 1;
    r.x_width = upto(c, 1, 6);
    r.height = upto(c, 1, 8);
    r.width = upto(c, 1, 8);
    r.channels = upto(c, 1, 20);
    r.x = crowded_values(c, (size_t)x_height * r.x_width * r.channels, r.wide);
    lines = take(c, (r.height + r.width) * 3 * sizeof *lines);
    if (!r.x || !lines || !take_outputs(c, &o, (size_t)r.height * r.width * r.channels << r.wide, 1u + r.wide))
        return;
    for (uint32_t i = 0; i < r.height + r.width; i++) {
        uint32_t side = i < r.height ? x_height : r.x_width;

        lines[3 * i] = (uint16_t)upto(c, 0, side - 1);
        lines[3 * i + 1] = (uint16_t)upto(c, 0, side - 1);
        lines[3 * i + 2] = (uint16_t)(chance(c, 4) ? 1024 : chance(c, 4) ? 512 : upto(c, 0, 1024));
    }
    r.lines = lines;
    r.out = ref_out(&o);
    c->ref.resize(&r);
    r.out = fast_out(&o);
    c->fast.resize(&r);
    settle(c, &o);
}

void check_normalise(check *c)
{
    bds_normalise n = {0};
    int16_t *multiplier;
    int32_t *bias;
    size_t span;
    outputs o;

    n.x_wide = next(c) & 1;
    n.out_wide = next(c) & 1;
    n.rows = chance(c, 2) ? 1 : upto(c, 1, 30);
    n.channels = upto(c, 1, chance(c, 4) ? 300 : 30);
    n.stride = n.channels + upto(c, 0, 9);
    span = (size_t)(n.rows - 1) * n.stride + n.channels;
    n.x = crowded_values(c, span, n.x_wide);
    multiplier = take(c, n.channels * sizeof *multiplier);
    bias = take(c, n.channels * sizeof *bias);
    if (!n.x || !multiplier || !bias || !take_outputs(c, &o, span << n.out_wide, 1u + n.out_wide))
        return;
    for (uint32_t i = 0; i < n.channels; i++) {
        multiplier[i] = (int16_t)(chance(c, 8) ? (chance(c, 2) ? INT16_MIN : INT16_MAX) : between(c, -32768, 32767));
        bias[i] = chance(c, 8) ? (chance(c, 2) ? -(1 << 18) : 1 << 18) : between(c, -(1 << 14), 1 << 14);
    }
    n.multiplier = multiplier;
    n.bias = bias;
    n.shift = between(c, 1, 30);
    n.epsilon = chance(c, 4) ? 0 : chance(c, 4) ? INT32_MAX : next(c) >> n.shift;
    n.shift = between(c, 1, 19);
    n.zero_point = between(c, INT8_MIN, INT8_MAX);
    n.lo = n.out_wide ? INT16_MIN : INT8_MIN;
    n.hi = n.out_wide ? INT16_MAX : INT8_MAX;
    n.out = ref_out(&o);
    c->ref.normalise(&n);
    n.out = fast_out(&o);
    c->fast.normalise(&n);
    settle(c, &o);
}

void check_arg_max(check *c)
{
    bds_arg_max a = {0};
    outputs o;

    a.wide = next(c) & 1;
    a.rows = upto(c, 1, 8);
    a.channels = upto(c, 1, 100);
    a.x = crowded_values(c, (size_t)a.rows * a.channels, a.wide);
    if (!a.x || !take_outputs(c, &o, 2 * (size_t)a.rows, 2))
        return;
    a.out = ref_out(&o);
    c->ref.arg_max(&a);
    a.out = fast_out(&o);
    c->fast.arg_max(&a);
    settle(c, &o);
}
