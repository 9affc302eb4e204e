/* Operators dealt out in parts: the bits of a run in one go, whatever the parts, their order and their threads; each part leaves the
 * rows of the others alone. The seed of a failure is printed.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "support/tiny_model.h"
#include "unit/check.h"
#include "unit/random.h"

enum { CASES = 300, THREADS = 4, VALUES = 1 << 16 };

static alignas(64) uint8_t file[1 << 18];
static uint8_t whole[VALUES], expected[VALUES];
static tiny_model t;

static uint32_t between(uint32_t lo, uint32_t hi)
{
    return lo + random_below(hi - lo + 1);
}

/* A layer over x with `channels` results, or depthwise; windows of any form that the picture allows. Returns its result. */
static uint32_t add_layer(uint32_t x, bdf_opcode code, uint32_t channels)
{
    const uint32_t *d = t.tensors[x].dims, h = d[1], w = d[2], ic = d[3];
    const uint32_t kh = between(1, 3), kw = between(1, 3), stride = between(1, 2), pad = between(0, 1);
    const uint32_t dilation = h >= 5 && w >= 5 ? between(1, 2) : 1;
    const uint32_t span_h = (kh - 1) * dilation + 1, span_w = (kw - 1) * dilation + 1;
    const uint32_t oc = code == BDF_DEPTHWISE ? ic : channels, depth = code == BDF_DEPTHWISE ? 1 : ic;
    const uint32_t y = tiny_tensor(&t, (h + 2 * pad - span_h) / stride + 1, (w + 2 * pad - span_w) / stride + 1, oc,
                                   BDS_INT8, (int32_t)between(0, 20) - 10);
    bdf_op *op = tiny_op(&t, code, x, BDF_NONE, y);
    op->kernel_h = (uint16_t)kh;
    op->kernel_w = (uint16_t)kw;
    op->stride_h = op->stride_w = (uint16_t)stride;
    op->dilation_h = op->dilation_w = (uint16_t)dilation;
    op->pad_top = op->pad_left = op->pad_bottom = op->pad_right = (uint16_t)pad;
    op->weights = tiny_weights(&t, kh * kw * oc * depth, random_below(1000));
    op->bias = tiny_i32(&t, oc, (int32_t)between(0, 2000) - 1000);
    op->multipliers = tiny_i16(&t, oc, (int16_t)between(2000, 30000));
    return y;
}

/* Two layers, a sum with themselves, a third layer. */
static uint32_t make_file(void)
{
    memset(&t, 0, sizeof t);
    const uint32_t x = tiny_tensor(&t, between(3, 24), between(3, 24), between(1, 20), BDS_INT8, 5);
    tiny_input(&t, x, 0);
    const uint32_t a = add_layer(x, between(0, 2) ? BDF_CONV : BDF_DEPTHWISE, between(1, 20));
    const uint32_t *d = t.tensors[a].dims, b = tiny_tensor(&t, d[1], d[2], d[3], BDS_INT8, 0);
    bdf_op *add = tiny_op(&t, BDF_ADD, a, a, b);
    add->m_a = 9000;
    add->m_b = 7000;
    add->shift = 14;
    const uint32_t y =
        d[1] < 3 || d[2] < 3 ? b : add_layer(b, between(0, 1) ? BDF_CONV : BDF_DEPTHWISE, between(1, 20));
    t.outputs[t.output_count++] = y;
    return tiny_write(&t, file, sizeof file);
}

static bds_plan *plan_for(bds_model *m, uint32_t n, uint32_t threads, void **arena)
{
    const bds_config config = {.size = sizeof config, .cpu = BDS_CPU_ALL, .threads = threads};
    bds_plan *plan = NULL;
    size_t bytes = 0;
    CHECK(bds_model_open(m, file, n) == BDS_OK && bds_plan_size(m, &config, &bytes) == BDS_OK);
    *arena = malloc(bytes); /* as large as needed, so that the sanitizers see what is outside */
    CHECK(bds_plan_create(&plan, m, &config, *arena, bytes) == BDS_OK);
    return plan;
}

static size_t bytes_of(const bds_tensor *x)
{
    return (size_t)x->dims[1] * x->dims[2] * x->dims[3];
}

static void fill(bds_plan *plan, uint64_t seed)
{
    bds_tensor x;
    random_seed(seed);
    CHECK(bds_input(plan, 0, &x) == BDS_OK);
    for (size_t i = 0; i < bytes_of(&x); i++)
        ((uint8_t *)x.data)[i] = (uint8_t)random_below(256);
}

/* Each part once, in any order, on any thread. */
static void deal_out(const bds_plan *plan, uint32_t parts)
{
    uint32_t order[16] = {0};
    for (uint32_t i = 0; i < parts; i++) {
        const uint32_t k = random_below(i + 1);
        order[i] = order[k];
        order[k] = i;
    }
    for (uint32_t i = 0; i < parts; i++)
        CHECK(bds_part(plan, random_below(THREADS), order[i], parts) == BDS_OK);
}

static void test_any_order(uint64_t seed)
{
    bds_model m;
    bds_tensor y;
    void *arena;
    bds_status st;
    random_seed(seed);
    const uint32_t n = make_file();
    bds_plan *plan = plan_for(&m, n, 0, &arena);
    fill(plan, seed);
    CHECK(bds_run(plan) == BDS_OK && bds_output(plan, 0, &y) == BDS_OK && bytes_of(&y) <= VALUES);
    memcpy(expected, y.data, bytes_of(&y));
    free(arena);
    plan = plan_for(&m, n, THREADS, &arena);
    fill(plan, seed);
    do
        deal_out(plan, between(1, 16));
    while ((st = bds_advance(plan)) == BDS_MORE);
    CHECK(st == BDS_OK && bds_output(plan, 0, &y) == BDS_OK);
    if (!CHECK(memcmp(expected, y.data, bytes_of(&y)) == 0))
        fprintf(stderr, "in any order: seed %u\n", (unsigned)seed);
    free(arena);
}

/* Of a layer alone: a part writes its rows, and nothing else. */
static void test_own_rows(uint64_t seed)
{
    bds_model m;
    bds_tensor y;
    void *arena;
    memset(&t, 0, sizeof t);
    random_seed(seed);
    const uint32_t x = tiny_tensor(&t, between(3, 24), between(3, 24), between(1, 20), BDS_INT8, 5);
    tiny_input(&t, x, 0);
    t.outputs[t.output_count++] = add_layer(x, between(0, 1) ? BDF_CONV : BDF_DEPTHWISE, between(1, 20));
    bds_plan *plan = plan_for(&m, tiny_write(&t, file, sizeof file), THREADS, &arena);
    fill(plan, seed);
    CHECK(bds_output(plan, 0, &y) == BDS_E_STATE);
    const size_t bytes = bytes_of(&y), row = bytes / y.dims[1];
    CHECK(bytes <= VALUES && bds_part(plan, 0, 0, 1) == BDS_OK);
    memcpy(whole, y.data, bytes);
    const uint32_t parts = between(1, 9), part = random_below(parts);
    const uint32_t each = y.dims[1] / parts, more = y.dims[1] % parts; /* the first parts have one more */
    const size_t begin = (part * each + (part < more ? part : more)) * row, end = begin + (each + (part < more)) * row;
    for (size_t i = 0; i < bytes; i++)
        ((uint8_t *)y.data)[i] = (uint8_t)~whole[i]; /* differs everywhere */
    CHECK(bds_part(plan, THREADS - 1, part, parts) == BDS_OK);
    int right = 1;
    for (size_t i = 0; i < bytes; i++)
        right &= ((uint8_t *)y.data)[i] == (uint8_t)(i >= begin && i < end ? whole[i] : ~whole[i]);
    if (!CHECK(right))
        fprintf(stderr, "own rows: seed %u, part %u of %u\n", (unsigned)seed, part, parts);
    free(arena);
}

/* A layer of 9,437,184 multiply-accumulates: worth a part for each thread; with fewer rows than threads, for each row. */
static void test_worth(void)
{
    for (uint32_t rows = 2; rows <= 64; rows += 62) {
        bds_model m;
        void *arena;
        memset(&t, 0, sizeof t);
        const uint32_t x = tiny_tensor(&t, rows, 4096 / rows, 24, BDS_INT8, 0),
                       y = tiny_tensor(&t, rows, 4096 / rows, 96, BDS_INT8, 0);
        tiny_input(&t, x, 0);
        bdf_op *op = tiny_op(&t, BDF_CONV, x, BDF_NONE, y);
        op->weights = tiny_weights(&t, 24 * 96, 1);
        op->bias = tiny_i32(&t, 96, 0);
        op->multipliers = tiny_i16(&t, 96, 9000);
        t.outputs[t.output_count++] = y;
        const uint32_t n = tiny_write(&t, file, sizeof file);
        bds_plan *plan = plan_for(&m, n, THREADS, &arena);
        CHECK(bds_parts(plan) == 1); /* nothing to run */
        fill(plan, 1);
        CHECK(bds_parts(plan) == (rows < THREADS ? rows : THREADS));
        free(arena);
        plan = plan_for(&m, n, 1, &arena);
        fill(plan, 1);
        CHECK(bds_parts(plan) == 1);
        free(arena);
    }
}

static void test_arguments(void)
{
    bds_model m;
    void *arena;
    random_seed(7);
    const uint32_t n = make_file();
    bds_plan *plan = plan_for(&m, n, THREADS, &arena), *other = NULL;
    size_t four = 0, one = 0, former = 0;
    CHECK(bds_part(plan, 0, 0, 1) == BDS_E_STATE && bds_advance(plan) == BDS_E_STATE);
    fill(plan, 1);
    CHECK(bds_part(plan, THREADS, 0, 1) == BDS_E_ARGUMENT && bds_part(plan, 0, 1, 1) == BDS_E_ARGUMENT);
    CHECK(bds_part(plan, 0, 0, 0) == BDS_E_ARGUMENT && bds_part(NULL, 0, 0, 1) == BDS_E_ARGUMENT);
    CHECK(bds_advance(NULL) == BDS_E_ARGUMENT && bds_parts(NULL) == 1);
    bds_config config = {.size = sizeof config, .cpu = BDS_CPU_ALL, .threads = BDS_MAX_THREADS + 1};
    CHECK(bds_plan_create(&other, &m, &config, arena, 1) == BDS_E_ARGUMENT);
    config.threads = THREADS;
    CHECK(bds_plan_size(&m, &config, &four) == BDS_OK);
    config.size = 8; /* from before there were threads: what stands there is not looked at */
    CHECK(bds_plan_size(&m, &config, &former) == BDS_OK);
    CHECK(bds_plan_size(&m, NULL, &one) == BDS_OK && former == one && four > one);
    free(arena);
}

int main(void)
{
    for (uint64_t seed = 0; seed < CASES; seed++) {
        test_any_order(seed);
        test_own_rows(seed);
    }
    test_worth();
    test_arguments();
    return check_done();
}
