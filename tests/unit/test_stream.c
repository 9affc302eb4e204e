/* Opening a model while its file arrives: the same plan as from the whole file whatever the pieces; no input before the last byte; every
 * damage is found, and then the plan stays unusable.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "compiler/encode_weights.h"
#include "support/tiny_model.h"
#include "unit/check.h"

enum { ARENA = 1 << 20, VALUES = 30 };

static alignas(64) uint8_t file[1 << 16], head[1 << 16], damaged[1 << 16];
static alignas(64) uint8_t arena[ARENA];
static tiny_model t;
static bdc_context *context;

/* Weights, coded. row: see bdf_blob. */
static uint32_t coded(uint32_t count, uint32_t row, int interleaved, int adaptive)
{
    static int8_t w[1 << 15];
    static uint8_t stream[1 << 16];
    uint32_t seed = count + row;
    size_t bytes = 0;
    for (uint32_t i = 0; i < count; i++) {
        seed = seed * 1664525u + 1013904223u;
        w[i] = (int8_t)((int32_t)(seed >> 24) % 31 - 15);
    }
    const weight_array a = {w, BDS_INT8, count, row, interleaved, 0};
    CHECK((adaptive ? encode_adaptive : encode_static)(context, &a, stream, sizeof stream, &bytes) == BDC_OK && bytes);
    const uint32_t blob = tiny_blob(&t, BDS_INT8, count, stream, (uint32_t)bytes);
    t.blobs[blob].coding = adaptive ? BDF_RANGE : BDF_STATIC;
    t.blobs[blob].row_length = row;
    return blob;
}

static bdf_op *layer(bdf_opcode code, uint32_t x, uint32_t y, uint32_t channels)
{
    bdf_op *op = tiny_op(&t, code, x, BDF_NONE, y);
    op->bias = tiny_i32(&t, channels, 100);
    op->multipliers = tiny_i16(&t, channels, 9000);
    return op;
}

/* 4 x 4 x 16 -> two convolutions with the same weights -> 41 channels -> depthwise -> fully connected; the coded weights last. */
static uint32_t make_file(int adaptive)
{
    memset(&t, 0, sizeof t);
    const uint32_t x = tiny_tensor(&t, 4, 4, 16, BDS_INT8, 3), a = tiny_tensor(&t, 4, 4, 16, BDS_INT8, -2),
                   b = tiny_tensor(&t, 4, 4, 16, BDS_INT8, 1), c = tiny_tensor(&t, 4, 4, 41, BDS_INT8, 0),
                   d = tiny_tensor(&t, 4, 4, 41, BDS_INT8, 0), y = tiny_tensor(&t, 1, 1, VALUES, BDS_INT8, 0);
    tiny_input(&t, x, 0);
    layer(BDF_CONV, x, a, 16);
    layer(BDF_CONV, a, b, 16);
    layer(BDF_CONV, b, c, 41);
    bdf_op *op = layer(BDF_DEPTHWISE, c, d, 41);
    op->kernel_h = op->kernel_w = 3;
    op->pad_top = op->pad_left = op->pad_bottom = op->pad_right = 1;
    layer(BDF_FULLY_CONNECTED, d, y, VALUES);
    t.outputs[t.output_count++] = y;
    t.ops[0].weights = t.ops[1].weights = coded(256, 16, 0, adaptive);
    t.ops[2].weights = coded(41 * 16, 16, 0, adaptive);
    t.ops[3].weights = coded(41 * 9, 41, 1, adaptive);
    t.ops[4].weights = coded(VALUES * 656, 656, 0, adaptive);
    const uint32_t n = tiny_write(&t, file, sizeof file);
    return n;
}

static size_t head_of(uint32_t n)
{
    size_t bytes = 1, asked = 0;
    bds_status st;
    do {
        CHECK(bytes > asked && bytes <= n);
        asked = bytes;
    } while ((st = bds_model_head(file, asked, &bytes)) == BDS_MORE);
    CHECK(st == BDS_OK && bytes < n);
    return bytes;
}

static int infer(bds_plan *plan, int8_t y[VALUES])
{
    bds_tensor x, out;
    if (bds_input(plan, 0, &x) < 0)
        return 0;
    for (int i = 0; i < 256; i++)
        ((int8_t *)x.data)[i] = (int8_t)(i * 37);
    if (bds_run(plan) < 0 || bds_output(plan, 0, &out) < 0)
        return 0;
    memcpy(y, out.data, VALUES);
    return 1;
}

/* Opens the head of `bytes` and feeds the rest in pieces; the first status that is not BDS_MORE, or that, if all were. */
static bds_status feed(const uint8_t *bytes, size_t at, size_t n, size_t piece, int verified, bds_model *m,
                       bds_plan **plan)
{
    size_t needed = 0;
    memset(head, 0xee, sizeof head);
    memcpy(head, bytes, at);
    *plan = NULL;
    bds_status st = bds_model_open_head(m, head, at, verified);
    if (st < 0 || (st = bds_plan_size(m, NULL, &needed)) < 0)
        return st;
    if (needed > ARENA)
        return BDS_E_ARENA; /* a damaged head may ask for any size */
    memset(arena, 0x5a, needed);
    st = bds_plan_create(plan, m, NULL, arena, needed);
    for (st = st < 0 ? st : BDS_MORE; st == BDS_MORE && at < n; at += piece) {
        const size_t part = n - at < piece ? n - at : piece;
        uint8_t *alone = malloc(part); /* the sanitizer sees whether it is looked at later */
        bds_tensor x;
        memcpy(alone, bytes + at, part);
        CHECK(bds_run(*plan) == BDS_E_STATE && bds_input(*plan, 0, &x) == BDS_E_STATE);
        st = bds_plan_feed(*plan, alone, part);
        free(alone);
    }
    return st;
}

static void test_pieces(uint32_t n)
{
    bds_model m;
    bds_plan *plan = NULL;
    int8_t want[VALUES], got[VALUES];
    size_t needed = 0;
    const size_t at = head_of(n);
    CHECK(bds_model_open(&m, file, n) == BDS_OK && bds_plan_size(&m, NULL, &needed) == BDS_OK && needed <= ARENA);
    CHECK(bds_plan_create(&plan, &m, NULL, arena, needed) == BDS_OK && infer(plan, want));
    CHECK(bds_plan_feed(plan, file, 1) == BDS_E_STATE);
    for (size_t piece = 1; piece <= n - at; piece = piece < 80 ? piece + 1 : piece * 5 / 4) {
        if (!CHECK(feed(file, at, n, piece, piece & 1, &m, &plan) == BDS_OK && infer(plan, got) &&
                   !memcmp(want, got, VALUES)))
            fprintf(stderr, "pieces of %u bytes\n", (unsigned)piece);
        CHECK(bds_plan_feed(plan, file, 1) == BDS_E_STATE && bds_model_verify(&m) == BDS_E_STATE);
    }
    CHECK(feed(file, at, n, n - at, 0, &m, &plan) == BDS_OK && infer(plan, got) && !memcmp(want, got, VALUES));
    /* A part that is more than the head, and all of it. */
    for (size_t more = at; more < n; more += 97) {
        bds_status st = bds_model_open_head(&m, file, more, 0);
        CHECK(st == BDS_OK && bds_plan_size(&m, NULL, &needed) == BDS_OK &&
              bds_plan_create(&plan, &m, NULL, arena, needed) == BDS_OK);
        CHECK(bds_plan_feed(plan, file + at, n - at) == BDS_OK && infer(plan, got) && !memcmp(want, got, VALUES));
    }
    CHECK(bds_model_open_head(&m, file, n, 0) == BDS_OK && bds_plan_create(&plan, &m, NULL, arena, ARENA) == BDS_OK);
    CHECK(infer(plan, got) && !memcmp(want, got, VALUES) && bds_model_verify(&m) == BDS_OK);
}

static void test_truncated(uint32_t n)
{
    bds_model m;
    bds_plan *plan = NULL;
    int8_t y[VALUES];
    size_t bytes;
    const size_t at = head_of(n);
    for (size_t i = 1; i < at; i++) {
        CHECK(bds_model_open_head(&m, file, i, 0) == BDS_E_TRUNCATED && m.data == NULL);
        CHECK(bds_model_head(file, i, &bytes) == BDS_MORE ? bytes > i : bytes == at);
    }
    for (size_t end = at; end < n; end += 13)
        CHECK(feed(file, at, end, 50, 0, &m, &plan) == BDS_MORE && !infer(plan, y));
    memcpy(damaged, file, n);
    CHECK(feed(damaged, at, n + 1, n + 1 - at, 1, &m, &plan) == BDS_E_CORRUPT && !infer(plan, y));
    CHECK(bds_plan_feed(plan, file + at, n - at) == BDS_E_CORRUPT && !infer(plan, y)); /* no second try */
    CHECK(bds_model_open_head(&m, file, n + 1, 0) == BDS_E_CORRUPT);
    CHECK(bds_model_open_head(&m, file + 1, n - 1, 0) == BDS_E_ALIGN &&
          bds_model_head(file + 1, 9, &bytes) == BDS_E_ALIGN);
    CHECK(bds_model_head(NULL, 9, &bytes) == BDS_E_ARGUMENT && bds_model_head(file, 0, &bytes) == BDS_E_ARGUMENT);
    CHECK(bds_plan_feed(NULL, file, 1) == BDS_E_ARGUMENT && bds_plan_feed(plan, NULL, 1) == BDS_E_ARGUMENT);
}

/* A bit turned anywhere: the CRC, or what was looked at before, finds it. */
static void test_flips(uint32_t n)
{
    bds_model m;
    bds_plan *plan = NULL;
    int8_t y[VALUES];
    const size_t at = head_of(n);
    for (size_t i = 0; i < n; i += i < at ? 1 : 31) {
        memcpy(damaged, file, n);
        damaged[i] ^= 0x10;
        const bds_status st = feed(damaged, at, n, 777, 0, &m, &plan);
        if (!CHECK((st < 0 || st == BDS_MORE) && (!plan || !infer(plan, y)))) /* more: the length itself */
            fprintf(stderr, "byte %u\n", (unsigned)i);
        if (st == BDS_MORE)
            CHECK(i >= 12 && i < 16);
        else if (i >= at)
            CHECK(st == BDS_E_CORRUPT);
    }
    damaged[0] = file[0];
    memcpy(damaged, file, n);
    damaged[8]++;
    CHECK(feed(damaged, at, n, 777, 0, &m, &plan) == BDS_E_VERSION);
}

/* Weights out of order, overlapping, or among other data: all is head, and opens as ever. */
static void test_other_orders(void)
{
    bds_model m;
    bds_plan *plan = NULL;
    int8_t y[VALUES];
    size_t bytes, n = make_file(0);
    const bdf_blob swapped = t.blobs[t.ops[0].weights];
    t.blobs[t.ops[0].weights].offset = t.blobs[t.ops[4].weights].offset; /* two over each other */
    n = tiny_write(&t, file, sizeof file);
    CHECK(bds_model_head(file, n, &bytes) == BDS_OK && bytes == n);
    t.blobs[t.ops[0].weights] = swapped;
    t.ops[4].bias = tiny_i32(&t, VALUES, 5); /* at the end */
    n = tiny_write(&t, file, sizeof file);
    CHECK(bds_model_head(file, n, &bytes) == BDS_OK && n - bytes < 64);
    CHECK(bds_model_open_head(&m, file, n, 0) == BDS_OK && bds_plan_create(&plan, &m, NULL, arena, ARENA) == BDS_OK);
    CHECK(infer(plan, y));
}

int main(void)
{
    CHECK(bdc_create(&context, NULL, NULL) == BDC_OK);
    for (int adaptive = 0; adaptive < 2; adaptive++) {
        const uint32_t n = make_file(adaptive);
        test_pieces(n);
        test_truncated(n);
        test_flips(n);
    }
    test_other_orders();
    bdc_destroy(context);
    return check_done();
}
