/* Explanations against their definition, by brute force through the public interface: a class-activation map is what the network answers to
 * the picture of one place, and an occlusion what it answers to the picture without it. The run that comes with them is the run without.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "support/tiny_model.h"
#include "unit/check.h"
#include "unit/random.h"

enum { CASES = 60, SIDE = 24, CELLS = SIDE * SIDE };

static alignas(64) uint8_t file[1 << 18];
static tiny_model t;
static bds_model opened;
static int8_t picture[CELLS * 4], other[CELLS * 4];

/* What a test knows of its network. */
typedef struct network {
    uint32_t height, width, channels, labels;
    uint32_t rows, columns; /* of the class-activation map */
    bds_plan *plan;
    void *arena, *work;
    size_t work_bytes;
} network;

static uint32_t between(uint32_t lo, uint32_t hi)
{
    return lo + random_below(hi - lo + 1);
}

static uint32_t add_average(uint32_t x, uint32_t kernel_h, uint32_t kernel_w)
{
    const uint32_t *d = t.tensors[x].dims;
    const uint32_t y = tiny_tensor(&t, d[1] / kernel_h, d[2] / kernel_w, d[3], BDS_INT8, 0);
    bdf_op *op = tiny_op(&t, BDF_AVG_POOL, x, BDF_NONE, y);
    op->kernel_h = op->stride_h = (uint16_t)kernel_h;
    op->kernel_w = op->stride_w = (uint16_t)kernel_w;
    int16_t multipliers[CELLS];
    for (uint32_t n = 1; n <= kernel_h * kernel_w; n++)
        multipliers[n - 1] = (int16_t)(24000 / n + 1);
    op->multipliers = tiny_blob(&t, BDS_INT16, kernel_h * kernel_w, multipliers, kernel_h * kernel_w * 2);
    op->shift = 17;
    op->left = 2;
    return y;
}

/* x -> averages of blocks -> their average; x -> its average; both -> logits: alive at the cut are pictures of two sizes. */
static void make_network(network *n, bdf_result_kind kind, bds_type type)
{
    const uint32_t block_h = between(1, 3), block_w = between(1, 3);
    memset(&t, 0, sizeof t);
    n->labels = kind == BDF_RESULT_SOFTMAX ? 3 : 2;
    t.labels = n->labels == 3 ? "a\nb\nc" : "a\nb";
    n->rows = between(1, 5);
    n->columns = between(n->rows == 1 ? 2 : 1, 5);
    n->height = n->rows * block_h;
    n->width = n->columns * block_w;
    n->channels = between(1, 4);
    const uint32_t x = tiny_tensor(&t, n->height, n->width, n->channels, BDS_INT8, 0);
    tiny_input(&t, x, 0);
    const uint32_t blocks = add_average(x, block_h, block_w);
    const uint32_t of_blocks = add_average(blocks, n->rows, n->columns), of_all = add_average(x, n->height, n->width);
    const uint32_t both = tiny_tensor(&t, 1, 1, 2 * n->channels, BDS_INT8, 0);
    tiny_op(&t, BDF_CONCAT, of_blocks, of_all, both);
    const uint32_t y = tiny_tensor(&t, 1, 1, n->labels, type, 0);
    bdf_op *op = tiny_op(&t, BDF_FULLY_CONNECTED, both, BDF_NONE, y);
    op->weights = tiny_weights(&t, 2 * n->channels * n->labels, between(0, 1u << 30));
    op->bias = tiny_i32(&t, n->labels, (int32_t)between(0, 4000) - 2000);
    op->multipliers = tiny_i16(&t, n->labels, 32000);
    op->shift = type == BDS_INT16 ? 17 : 24;
    t.outputs[t.output_count++] = y;
    t.has_result = 1;
    t.result = (bdf_result){.kind = kind, .tensor = y, .label_count = n->labels, .curve_shift = 6};
    uint16_t rising[257];
    for (uint32_t i = 0; i < 257; i++)
        rising[i] = (uint16_t)(i < 128 ? 100 : i > 160 ? 65000 : 100 + (i - 128) * 2000);
    t.result.curve = kind == BDF_RESULT_SOFTMAX ? tiny_curve(&t) : tiny_blob(&t, BDS_UINT16, 257, rising, 514);
    t.result.curve_shift = kind == BDF_RESULT_SOFTMAX ? 6 : 8;
    t.result.interval = t.result.gate_tensor = t.result.gate_mean = t.result.gate_weight = BDF_NONE;
}

static void open_plan(network *n)
{
    const bds_config config = {.size = sizeof config, .cpu = BDS_CPU_ALL};
    size_t bytes = 0;
    CHECK(bds_model_open(&opened, file, tiny_write(&t, file, sizeof file)) == BDS_OK);
    CHECK(bds_plan_size(&opened, &config, &bytes) == BDS_OK);
    n->arena = malloc(bytes); /* as large as needed, so that the sanitizers see what is outside */
    CHECK(bds_plan_create(&n->plan, &opened, &config, n->arena, bytes) == BDS_OK);
    CHECK(bds_explain_size(n->plan, &n->work_bytes) == BDS_OK);
    n->work = malloc(n->work_bytes);
}

static void close_plan(network *n)
{
    free(n->arena);
    free(n->work);
}

static void give(const network *n, const int8_t *values)
{
    bds_tensor x;
    CHECK(bds_input(n->plan, 0, &x) == BDS_OK);
    memcpy(x.data, values, (size_t)n->height * n->width * n->channels);
}

/* By how much a label leads, after a run. */
static int32_t lead_of(const network *n, uint32_t label)
{
    bds_finding f[3];
    bds_verdict v;
    size_t count = 3;
    int32_t best = INT32_MIN;
    CHECK(bds_result(n->plan, f, &count, &v) == BDS_OK);
    for (uint32_t i = 0; i < count; i++)
        if (i != label && f[i].logit > best)
            best = f[i].logit;
    return t.result.kind == BDF_RESULT_SOFTMAX ? f[label].logit - best : f[label].logit;
}

static int32_t answer_to(const network *n, const int8_t *values, uint32_t label)
{
    give(n, values);
    CHECK(bds_run(n->plan) == BDS_OK);
    return lead_of(n, label);
}

/* The picture that is everywhere as it is at a place. */
static void make_tiles(const network *n, uint32_t row, uint32_t column)
{
    const uint32_t block_h = n->height / n->rows, block_w = n->width / n->columns, c = n->channels;
    for (uint32_t y = 0; y < n->height; y++)
        for (uint32_t x = 0; x < n->width; x++)
            memcpy(other + (y * n->width + x) * c,
                   picture + ((row * block_h + y % block_h) * n->width + column * block_w + x % block_w) * c, c);
}

/* The picture without a place and half a place around it; bounds in halves of a place. */
static void make_hole(const network *n, uint32_t rows, uint32_t columns, uint32_t row, uint32_t column)
{
    const uint32_t c = n->channels, pixels = n->height * n->width;
    memcpy(other, picture, sizeof other);
    for (uint32_t k = 0; k < c; k++) {
        int64_t sum = 0;
        for (uint32_t i = 0; i < pixels; i++)
            sum += picture[i * c + k];
        for (uint32_t y = 0; y < n->height; y++)
            for (uint32_t x = 0; x < n->width; x++) {
                const int64_t y0 = (2 * (int64_t)row - 1) * n->height, y1 = (2 * (int64_t)row + 3) * n->height;
                const int64_t x0 = (2 * (int64_t)column - 1) * n->width, x1 = (2 * (int64_t)column + 3) * n->width;
                const int inside = y >= (y0 > 0 ? y0 / (2 * rows) : 0) && y < y1 / (2 * rows) &&
                                   x >= (x0 > 0 ? x0 / (2 * columns) : 0) && x < x1 / (2 * columns);
                if (inside)
                    other[(y * n->width + x) * c + k] = (int8_t)(sum / (int64_t)pixels);
            }
    }
}

static void compare(const network *n, uint32_t method, uint32_t label)
{
    uint8_t map[CELLS], wide[40 * 30];
    int32_t evidence[CELLS], peak = INT32_MIN;
    bds_explanation e;
    const int32_t whole = answer_to(n, picture, label);
    const uint32_t rows = method == BDS_EXPLAIN_CAM ? n->rows : n->height < 7 ? n->height : 7;
    const uint32_t columns = method == BDS_EXPLAIN_CAM ? n->columns : n->width < 7 ? n->width : 7;
    for (uint32_t i = 0; i < rows * columns; i++) {
        if (method == BDS_EXPLAIN_CAM)
            make_tiles(n, i / columns, i % columns);
        else
            make_hole(n, rows, columns, i / columns, i % columns);
        const int32_t answer = answer_to(n, other, label);
        evidence[i] = method == BDS_EXPLAIN_CAM ? answer : whole - answer;
        peak = evidence[i] > peak ? evidence[i] : peak;
    }
    give(n, picture);
    const bds_question q = {method, label, columns, rows};
    CHECK(bds_explain(n->plan, &q, map, n->work, n->work_bytes, &e) == BDS_OK);
    CHECK(lead_of(n, label) == whole);
    CHECK(e.method == method && e.label == label && e.rows == rows && e.columns == columns && e.peak == peak);
    const int64_t least = method == BDS_EXPLAIN_CAM ? 4 * (int64_t)e.unit : e.unit, full = peak > least ? peak : least;
    for (uint32_t i = 0; i < rows * columns; i++)
        CHECK(map[i] == (evidence[i] > 0 ? (2 * (int64_t)evidence[i] * 255 + full) / (2 * full) : 0));
    /* Larger than the grid it is drawn between the same values. */
    const bds_question large = {method, label, 40, 30};
    give(n, picture);
    CHECK(bds_explain(n->plan, &large, wide, n->work, n->work_bytes, &e) == BDS_OK && e.peak == peak);
    CHECK(wide[0] == map[0] && wide[40 * 30 - 1] == map[rows * columns - 1]);
}

static void test_definition(void)
{
    for (uint64_t seed = 1; seed <= CASES; seed++) {
        network n = {0};
        const int before = check_failures;
        random_seed(seed);
        make_network(&n, seed % 3 ? BDF_RESULT_SOFTMAX : BDF_RESULT_SIGMOID, seed % 2 ? BDS_INT16 : BDS_INT8);
        open_plan(&n);
        for (uint32_t i = 0; i < sizeof picture; i++)
            picture[i] = (int8_t)((int)between(0, 255) - 128);
        compare(&n, BDS_EXPLAIN_CAM, random_below(n.labels));
        compare(&n, BDS_EXPLAIN_OCCLUSION, random_below(n.labels));
        close_plan(&n);
        if (check_failures > before)
            fprintf(stderr, "seed %u\n", (unsigned)seed);
    }
}

/* exp(-d / T) falls to 1 / e after ln(0.96) ^ -1 = 24.5 samples of 64 steps; the logistic rises from 100 by 2000 per 256 steps. */
static void test_unit(void)
{
    network n = {0};
    uint8_t map[1];
    bds_explanation e;
    const bds_question q = {BDS_EXPLAIN_AUTO, BDS_LABEL_LEADING, 1, 1};
    random_seed(5);
    make_network(&n, BDF_RESULT_SOFTMAX, BDS_INT16);
    open_plan(&n);
    give(&n, picture);
    CHECK(bds_explain(n.plan, &q, map, n.work, n.work_bytes, &e) == BDS_OK && e.unit >= 1560 && e.unit <= 1575);
    close_plan(&n);
    make_network(&n, BDF_RESULT_SIGMOID, BDS_INT16);
    open_plan(&n);
    give(&n, picture);
    CHECK(bds_explain(n.plan, &q, map, n.work, n.work_bytes, &e) == BDS_OK &&
          e.unit == 23 * 256 + (47910 - 46100) * 256 / 2000 + 1);
    close_plan(&n);
}

/* The leading label, and AUTO: a class-activation map where there is an average, else an occlusion. */
static void test_choice(void)
{
    network n = {0};
    uint8_t map[4];
    bds_explanation e;
    bds_question q = {BDS_EXPLAIN_AUTO, BDS_LABEL_LEADING, 2, 2};
    random_seed(7);
    make_network(&n, BDF_RESULT_SOFTMAX, BDS_INT16);
    open_plan(&n);
    give(&n, picture);
    CHECK(bds_explain(n.plan, &q, map, n.work, n.work_bytes, &e) == BDS_OK && e.method == BDS_EXPLAIN_CAM);
    for (uint32_t i = 0; i < n.labels; i++)
        CHECK(lead_of(&n, e.label) >= lead_of(&n, i));
    close_plan(&n);

    memset(&t, 0, sizeof t); /* 4 x 4 -> two logits, without an average */
    t.labels = "a\nb";
    const uint32_t x = tiny_tensor(&t, 4, 4, 1, BDS_INT8, 0), y = tiny_tensor(&t, 1, 1, 2, BDS_INT16, 0);
    tiny_input(&t, x, 0);
    bdf_op *op = tiny_op(&t, BDF_FULLY_CONNECTED, x, BDF_NONE, y);
    op->weights = tiny_weights(&t, 32, 3);
    op->bias = tiny_i32(&t, 2, 0);
    op->multipliers = tiny_i16(&t, 2, 30000);
    t.outputs[t.output_count++] = y;
    t.has_result = 1;
    t.result = (bdf_result){
        .kind = BDF_RESULT_SOFTMAX, .tensor = y, .label_count = 2, .curve = tiny_curve(&t), .curve_shift = 6};
    t.result.interval = t.result.gate_tensor = t.result.gate_mean = t.result.gate_weight = BDF_NONE;
    n = (network){.height = 4, .width = 4, .channels = 1, .labels = 2};
    open_plan(&n);
    give(&n, picture);
    q.method = BDS_EXPLAIN_CAM;
    CHECK(bds_explain(n.plan, &q, map, n.work, n.work_bytes, &e) == BDS_E_UNSUPPORTED);
    q.method = BDS_EXPLAIN_AUTO; /* the inputs are still given */
    CHECK(bds_explain(n.plan, &q, map, n.work, n.work_bytes, &e) == BDS_OK && e.method == BDS_EXPLAIN_OCCLUSION);
    compare(&n, BDS_EXPLAIN_OCCLUSION, 1);
    close_plan(&n);
}

static void test_refusals(void)
{
    network n = {0};
    uint8_t map[4] = {0};
    bds_explanation e;
    const bds_question good = {BDS_EXPLAIN_CAM, 0, 2, 2};
    random_seed(11);
    make_network(&n, BDF_RESULT_SOFTMAX, BDS_INT16);
    open_plan(&n);
    CHECK(bds_explain(n.plan, &good, map, n.work, n.work_bytes, &e) == BDS_E_STATE);
    give(&n, picture);
    const bds_question bad[] = {{3, 0, 2, 2}, {1, 3, 2, 2},    {1, 0, 0, 2},
                                {1, 0, 2, 0}, {1, 0, 1025, 2}, {1, 0, 2, 1025}};
    for (uint32_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK(bds_explain(n.plan, &bad[i], map, n.work, n.work_bytes, &e) == BDS_E_ARGUMENT);
    CHECK(bds_explain(NULL, &good, map, n.work, n.work_bytes, &e) == BDS_E_ARGUMENT);
    CHECK(bds_explain(n.plan, NULL, map, n.work, n.work_bytes, &e) == BDS_E_ARGUMENT);
    CHECK(bds_explain(n.plan, &good, NULL, n.work, n.work_bytes, &e) == BDS_E_ARGUMENT);
    CHECK(bds_explain(n.plan, &good, map, NULL, n.work_bytes, &e) == BDS_E_ARGUMENT);
    CHECK(bds_explain(n.plan, &good, map, n.work, n.work_bytes, NULL) == BDS_E_ARGUMENT);
    CHECK(bds_explain_size(NULL, &n.work_bytes) == BDS_E_ARGUMENT && bds_explain_size(n.plan, NULL) == BDS_E_ARGUMENT);
    CHECK(bds_explain(n.plan, &good, map, n.work, n.work_bytes - 1, &e) == BDS_E_ARENA);
    CHECK(bds_explain(n.plan, &good, map, n.work, n.work_bytes, &e) ==
          BDS_OK); /* none of that has taken the input away */
    CHECK(bds_explain(n.plan, &good, map, n.work, n.work_bytes, &e) == BDS_E_STATE);
    close_plan(&n);
    t.has_result = 0;
    t.labels = NULL;
    open_plan(&n);
    give(&n, picture);
    CHECK(bds_explain(n.plan, &good, map, n.work, n.work_bytes, &e) == BDS_E_UNSUPPORTED);
    close_plan(&n);
}

/* Work memory and plan in any place, with guards behind: the picture classifier of all operators, an odd address. */
static void test_any_place(void)
{
    const bds_config config = {.size = sizeof config, .cpu = BDS_CPU_ALL};
    static uint8_t arena[1 << 16], work[1 << 17];
    uint8_t pixels[64], map[64];
    size_t bytes = 0, need = 0, count = 2;
    bds_plan *plan = NULL;
    bds_explanation e;
    bds_finding plain[2], explained[2];
    bds_verdict v;
    tiny_classifier(&t);
    for (uint32_t i = 0; i < 64; i++)
        pixels[i] = (uint8_t)(i * 37);
    const bds_image image = {pixels, 8, 8, 1, 8};
    const bds_question q = {BDS_EXPLAIN_CAM, 1, 8, 8};
    CHECK(bds_model_open(&opened, file, tiny_write(&t, file, sizeof file)) == BDS_OK);
    CHECK(bds_plan_size(&opened, &config, &bytes) == BDS_OK && bytes <= sizeof arena);
    CHECK(bds_plan_create(&plan, &opened, &config, arena, bytes) == BDS_OK);
    CHECK(bds_prepare_image(plan, 0, &image) == BDS_OK && bds_run(plan) == BDS_OK);
    CHECK(bds_result(plan, plain, &count, &v) == BDS_OK);
    CHECK(bds_explain_size(plan, &need) == BDS_OK && need + 64 <= sizeof work);
    for (uint32_t shift = 0; shift < 5; shift++) {
        memset(work, 0xa5, sizeof work);
        CHECK(bds_prepare_image(plan, 0, &image) == BDS_OK);
        CHECK(bds_explain(plan, &q, map, work + shift, need, &e) == BDS_OK);
        CHECK(bds_result(plan, explained, &count, &v) == BDS_OK && !memcmp(plain, explained, sizeof plain));
        for (size_t i = 0; i < 32; i++)
            CHECK(work[shift + need + i] == 0xa5 && (i >= shift || work[i] == 0xa5));
    }
}

int main(void)
{
    test_definition();
    test_unit();
    test_choice();
    test_refusals();
    test_any_place();
    return check_done();
}
