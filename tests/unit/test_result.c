/* From logits to findings against answers worked out by hand, and the doubts: each is set exactly when its rule says so.
 * SPDX-License-Identifier: MIT */
#include "support/tiny_model.h"
#include "unit/check.h"

static alignas(64) uint8_t file[1 << 18], arena[1 << 17];
static tiny_model t;
static bds_model opened;
static bds_plan *plan;
static bds_finding found[4];
static bds_verdict verdict;

/* x -> the same bytes -> findings, so that a test writes the logits itself. */
static void begin(bdf_result_kind kind, uint32_t labels, const uint16_t curve[257], uint32_t shift)
{
    static const char *const names[] = {"", "a", "a\nb", "a\nb\nc"};
    memset(&t, 0, sizeof t);
    t.labels = names[labels];
    const uint32_t x = tiny_tensor(&t, 1, 1, labels, BDS_INT8, 0), y = tiny_tensor(&t, 1, 1, labels, BDS_INT8, 0);
    tiny_input(&t, x, 0);
    tiny_op(&t, BDF_RESHAPE, x, BDF_NONE, y);
    t.outputs[t.output_count++] = y;
    t.has_result = 1;
    t.result.kind = kind;
    t.result.tensor = y;
    t.result.label_count = labels;
    t.result.curve = tiny_blob(&t, BDS_UINT16, 257, curve, 257 * 2);
    t.result.curve_shift = shift;
    t.result.interval = t.result.gate_tensor = t.result.gate_mean = t.result.gate_weight = BDF_NONE;
}

static void find(int a, int b, int c)
{
    const int8_t logits[3] = {(int8_t)a, (int8_t)b, (int8_t)c};
    const bds_config config = {.size = sizeof config, .cpu = BDS_CPU_ALL};
    bds_tensor x;
    size_t n = 4;
    memset(found, 0xff, sizeof found);
    CHECK(bds_model_open(&opened, file, tiny_write(&t, file, sizeof file)) == BDS_OK);
    CHECK(bds_plan_create(&plan, &opened, &config, arena, sizeof arena) == BDS_OK);
    CHECK(bds_input(plan, 0, &x) == BDS_OK);
    memcpy(x.data, logits, t.result.label_count);
    CHECK(bds_run(plan) == BDS_OK && bds_result(plan, found, &n, &verdict) == BDS_OK && n == t.result.label_count);
    for (uint32_t i = 0; i < n; i++)
        CHECK(found[i].label == i && found[i].logit == logits[i] && found[i].low <= found[i].probability &&
              found[i].probability <= found[i].high && found[i].high <= 65536);
}

static int probabilities(uint32_t a, uint32_t b, uint32_t c)
{
    const int equal = found[0].probability == a && found[1].probability == b && found[2].probability == c;
    if (!equal)
        fprintf(stderr, "%u %u %u\n", found[0].probability, found[1].probability, found[2].probability);
    return equal;
}

static const uint16_t falling[257] = {60000, 30000, 10000};

static void test_softmax(void)
{
    begin(BDF_RESULT_SOFTMAX, 3, falling, 0);
    find(10, 8, 9); /* 60000 : 10000 : 30000 */
    CHECK(probabilities(39322, 6554, 19661) && verdict.top == 0 && verdict.doubts == 0);
    CHECK(found[0].low == 39322 && found[0].high == 39322); /* no interval */
    find(-128, 127, 126);                                   /* 0 : 60000 : 30000 */
    CHECK(probabilities(0, 43691, 21845) && verdict.top == 1);
    find(-5, -5, -5);
    CHECK(probabilities(21845, 21845, 21845) && verdict.top == 0); /* among equals the first */
    find(-6, -5, -5);
    CHECK(verdict.top == 1);
    begin(BDF_RESULT_SOFTMAX, 3, falling, 1);
    find(0, 1, 2); /* 30000 : 45000 : 60000 */
    CHECK(probabilities(14564, 21845, 29127) && verdict.top == 2);
    begin(BDF_RESULT_SOFTMAX, 3, falling, 0);
    t.result.abstain_below = 39322;
    find(10, 8, 9);
    CHECK(verdict.doubts == 0);
    t.result.abstain_below = 39323;
    find(10, 8, 9);
    CHECK(verdict.doubts == BDS_DOUBT_UNSURE);
}

/* int8 logits lie around the middle of the logistic curve, between its samples 127.5 and 128.5. */
static void test_sigmoid(void)
{
    uint16_t curve[257] = {0};
    for (int i = 128; i < 257; i++)
        curve[i] = i == 128 ? 32768 : 65535;
    begin(BDF_RESULT_SIGMOID, 3, curve, 8);
    find(0, -64, 127); /* 32768; 3/4 of it; 32768 + 127/256 of 32767 */
    CHECK(probabilities(32769, 24576, 49025) && verdict.top == 2);
    find(-128, -127, 1);
    CHECK(probabilities(16384, 16512, 32897) && verdict.top == 2);
    curve[129] = 0;
    begin(BDF_RESULT_SIGMOID, 3, curve, 8);
    find(0, 127, 0);
    CHECK(verdict.top == 0);
}

static void test_sigmoid_unsure(void)
{
    uint16_t curve[257] = {0};
    for (int i = 128; i < 257; i++)
        curve[i] = i == 128 ? 32768 : 65535;
    begin(BDF_RESULT_SIGMOID, 3, curve, 8);
    t.result.abstain_below = 49152; /* unsure between 1/4 and 3/4, both excluded */
    find(-128, -128, -128);         /* exactly 1/4 */
    CHECK(verdict.doubts == 0);
    find(-127, -128, -128);
    CHECK(verdict.doubts == BDS_DOUBT_UNSURE);
    find(-128, -128, -127);
    CHECK(verdict.doubts == BDS_DOUBT_UNSURE);
    t.result.abstain_below = 49025; /* what 127 makes */
    find(127, 127, 127);
    CHECK(verdict.doubts == 0);
    find(127, 127, 126); /* the leading label is sure, another is not */
    CHECK(verdict.top == 0 && verdict.doubts == BDS_DOUBT_UNSURE);
    find(126, 127, -128); /* clearly absent is as sure as clearly there */
    CHECK(verdict.doubts == BDS_DOUBT_UNSURE);
    find(127, 127, -128);
    CHECK(verdict.doubts == 0);
    begin(BDF_RESULT_SIGMOID, 1, curve, 8); /* one label alone, absent */
    t.result.abstain_below = 49152;
    find(-128, 0, 0);
    CHECK(found[0].probability == 16384 && verdict.doubts == 0);
}

static void test_interval(void)
{
    uint16_t knots[3][33][2];
    for (int k = 0; k < 33; k++) {
        knots[0][k][0] = (uint16_t)(1000 * k);
        knots[0][k][1] = (uint16_t)(65535 - 500 * (32 - k));
        knots[1][k][0] = 65535; /* above the probability and under it: the probability itself */
        knots[1][k][1] = 0;
        knots[2][k][0] = 0;
        knots[2][k][1] = (uint16_t)(k == 32 ? 65535 : 2047 * k);
    }
    begin(BDF_RESULT_SOFTMAX, 3, falling, 0);
    t.result.interval = tiny_blob(&t, BDS_UINT16, 3 * 33 * 2, knots, sizeof knots);
    find(10, 8, 9);
    CHECK(probabilities(39322, 6554, 19661));
    CHECK(found[0].low == 19200 && found[0].high == 59136);
    CHECK(found[1].low == 6554 && found[1].high == 6554);
    CHECK(found[2].low == 0 && found[2].high == 19661);
    find(0, 127, -128); /* certainty: the last knot */
    CHECK(probabilities(0, 65536, 0));
    CHECK(found[0].low == 0 && found[0].high == 49536 && found[1].low == 65536 && found[1].high == 65536);
    find(127, -128, -128);
    CHECK(found[0].low == 32000 && found[0].high == 65536 && found[1].low == 0 && found[1].high == 0);
}

/* Squared distances from (10, -5, 7), weighted: 4 * 256 + 0 + 65535 to one mean, far more to the other. */
static void test_gate(void)
{
    const int8_t near[3] = {8, -5, 6}, far[3] = {0, 100, 0};
    const uint16_t weight[3] = {256, 128, 65535};
    for (int order = 0; order < 2; order++) {
        int8_t means[2][3];
        memcpy(means[order], near, 3);
        memcpy(means[!order], far, 3);
        begin(BDF_RESULT_SOFTMAX, 3, falling, 0);
        t.result.gate_tensor = 1;
        t.result.gate_groups = 2;
        t.result.gate_mean = tiny_blob(&t, BDS_INT8, 6, means, 6);
        t.result.gate_weight = tiny_blob(&t, BDS_UINT16, 3, weight, 6);
        t.result.gate_limit = 22186;
        find(10, -5, 7);
        CHECK(verdict.distance == 22186 && verdict.distance_limit == 22186 && verdict.doubts == 0);
        t.result.gate_limit = 22185;
        find(10, -5, 7);
        CHECK(verdict.distance == 22186 && verdict.doubts == BDS_DOUBT_UNKNOWN);
    }
    const int8_t mean[3] = {127, 127, 127};
    const uint16_t heavy[3] = {65535, 65535, 65535};
    begin(BDF_RESULT_SOFTMAX, 3, falling, 0);
    t.result.gate_tensor = 1;
    t.result.gate_groups = 1;
    t.result.gate_mean = tiny_blob(&t, BDS_INT8, 3, mean, 3);
    t.result.gate_weight = tiny_blob(&t, BDS_UINT16, 3, heavy, 6);
    t.result.gate_limit = UINT32_MAX;
    find(-128, -128, -128); /* the largest there is */
    CHECK(verdict.distance == 255u * 255u * 65535u && verdict.doubts == 0);
    t.result.gate_tensor = BDF_NONE;
    find(-128, -128, -128);
    CHECK(verdict.distance == 0 && verdict.distance_limit == 0 && verdict.doubts == 0);
}

static void test_set(void)
{
    bds_info info;
    begin(BDF_RESULT_SOFTMAX, 3, falling, 0);
    find(10, 8, 9);
    CHECK(!found[0].in_set && !found[1].in_set && !found[2].in_set); /* the model has no sets */
    CHECK(bds_model_info(&opened, &info) == BDS_OK && info.set_coverage == 0 && info.mask_width == 0);
    t.result.set_coverage = 58982;
    t.result.set_from = 19661; /* what 9 makes */
    find(10, 8, 9);
    CHECK(found[0].in_set && !found[1].in_set && found[2].in_set);
    CHECK(bds_model_info(&opened, &info) == BDS_OK && info.set_coverage == 58982);
    t.result.set_from = 19662;
    find(10, 8, 9);
    CHECK(found[0].in_set && !found[1].in_set && !found[2].in_set);
    t.result.set_from = 65536;
    find(10, 8, 9);
    CHECK(!found[0].in_set && !found[1].in_set && !found[2].in_set);
    t.result.set_from = 65537;
    CHECK(bds_model_open(&opened, file, tiny_write(&t, file, sizeof file)) == BDS_E_INVALID);
    uint16_t curve[257] = {0};
    begin(BDF_RESULT_SIGMOID, 3, curve, 8);
    t.result.set_from = 1;
    CHECK(bds_model_open(&opened, file, tiny_write(&t, file, sizeof file)) == BDS_E_INVALID);
}

/* ---- Masks -------------------------------------------------------------------------------------------------------- */

static bds_marking marking;
static uint16_t probability[6];
static uint8_t mask[6];

/* x -> the same bytes -> a mask of 2 x 3 pixels. curve[128 + x] is x of this table: */
static void begin_mask(void)
{
    uint16_t curve[256] = {0};
    const uint16_t some[4] = {16384, 32768, 49152, 65535}; /* Q16: the same, and 1 more from 32768 on */
    memcpy(curve + 128, some, sizeof some);
    memset(&t, 0, sizeof t);
    t.labels = "lesion";
    const uint32_t x = tiny_tensor(&t, 2, 3, 1, BDS_INT8, 0), y = tiny_tensor(&t, 2, 3, 1, BDS_INT8, 0);
    tiny_input(&t, x, 0);
    tiny_op(&t, BDF_RESHAPE, x, BDF_NONE, y);
    t.outputs[t.output_count++] = y;
    t.has_result = 1;
    t.result = (bdf_result){.kind = BDF_RESULT_SEGMENT, .tensor = y, .label_count = 1, .mark_from = 32768};
    t.result.curve = tiny_blob(&t, BDS_UINT16, 256, curve, sizeof curve);
    t.result.interval = t.result.gate_tensor = t.result.gate_mean = t.result.gate_weight = BDF_NONE;
}

static bds_status open_written(void)
{
    return bds_model_open(&opened, file, tiny_write(&t, file, sizeof file));
}

static void mark(const int8_t logits[6])
{
    const bds_config config = {.size = sizeof config, .cpu = BDS_CPU_ALL};
    bds_tensor x;
    CHECK(open_written() == BDS_OK);
    CHECK(bds_plan_create(&plan, &opened, &config, arena, sizeof arena) == BDS_OK);
    CHECK(bds_mask(plan, NULL, NULL, 6, &marking) == BDS_E_STATE);
    CHECK(bds_input(plan, 0, &x) == BDS_OK);
    memcpy(x.data, logits, 6);
    CHECK(bds_run(plan) == BDS_OK && bds_mask(plan, probability, mask, 6, &marking) == BDS_OK);
}

static void test_mask(void)
{
    const int8_t some[6] = {0, 1, 2, 3, -1, -128}, none[6] = {0, -1, 0, -128, -5, 0};
    bds_finding f[1];
    bds_verdict v;
    bds_info info;
    size_t n = 1;
    begin_mask();
    t.result.abstain_below = 53621;
    mark(some);
    CHECK(bds_model_info(&opened, &info) == BDS_OK && info.mask_width == 3 && info.mask_height == 2);
    CHECK(!memcmp(mask, "\0\1\1\1\0", 6) && probability[0] == 16384 && probability[3] == 65535);
    /* 2 * (32769 + 49153 + 65536) / (16384 + 32769 + 49153 + 65536 + 3 * 65536) in 1/65536: 53620.8 */
    CHECK(marking.marked == 3 && marking.certainty == 53621 && marking.doubts == 0);
    CHECK(marking.distance == 0 && marking.distance_limit == 0);
    t.result.abstain_below = 53622;
    mark(some);
    CHECK(marking.doubts == BDS_DOUBT_UNSURE);
    CHECK(bds_mask(plan, probability, mask, 5, &marking) == BDS_E_ARGUMENT);
    CHECK(bds_mask(plan, NULL, NULL, 6, &marking) == BDS_OK && marking.marked == 3);
    CHECK(bds_mask(plan, NULL, NULL, 6, NULL) == BDS_E_ARGUMENT && bds_mask(NULL, NULL, NULL, 6, &marking) < 0);
    CHECK(bds_result(plan, f, &n, &v) == BDS_E_UNSUPPORTED);
    mark(none); /* nothing: as certain as its most suspicious pixel is to be left out */
    CHECK(marking.marked == 0 && marking.certainty == 65536 - 16384 && !memcmp(mask, "\0\0\0\0\0", 6));
    t.result.mark_from = 16384;
    mark(none);
    CHECK(marking.marked == 3 && marking.certainty == 26214); /* 2 * 1/4 / (1/4 + 1) */
    begin(BDF_RESULT_SOFTMAX, 3, falling, 0);
    find(10, 8, 9);
    CHECK(bds_mask(plan, NULL, NULL, 6, &marking) == BDS_E_UNSUPPORTED);
}

static void test_mask_gate(void)
{
    const int8_t mean[6] = {0, 0, 0, 0, 0, 0}, some[6] = {2, 0, 0, 0, 0, 0};
    const uint16_t weight[6] = {256, 256, 256, 256, 256, 256};
    begin_mask();
    t.result.gate_tensor = 1;
    t.result.gate_groups = 1;
    t.result.gate_mean = tiny_blob(&t, BDS_INT8, 6, mean, 6);
    t.result.gate_weight = tiny_blob(&t, BDS_UINT16, 6, weight, 12);
    t.result.gate_limit = 170;
    mark(some);
    CHECK(marking.distance == 170 && marking.distance_limit == 170 && marking.doubts == 0); /* floor(4 * 256 / 6) */
    t.result.gate_limit = 169;
    mark(some);
    CHECK(marking.doubts == BDS_DOUBT_UNKNOWN);
}

/* What a reader refuses. */
static void test_mask_checks(void)
{
    begin_mask();
    CHECK(open_written() == BDS_OK);
    t.result.kind = BDF_RESULT_SEGMENT + 1;
    CHECK(open_written() == BDS_E_UNSUPPORTED);
    begin_mask();
    t.result.mark_from = 0;
    CHECK(open_written() == BDS_E_INVALID);
    t.result.mark_from = 65536;
    CHECK(open_written() == BDS_OK);
    t.result.mark_from = 65537;
    CHECK(open_written() == BDS_E_INVALID);
    begin_mask();
    t.result.curve_shift = 1;
    CHECK(open_written() == BDS_E_INVALID);
    begin_mask();
    t.result.interval = t.result.curve;
    CHECK(open_written() == BDS_E_INVALID);
    begin_mask();
    t.result.set_from = 1;
    CHECK(open_written() == BDS_E_INVALID);
    begin_mask();
    t.result.abstain_below = 65537;
    CHECK(open_written() == BDS_E_INVALID);
    begin_mask();
    t.labels = "lesion\nother";
    CHECK(open_written() == BDS_E_INVALID);
    begin_mask();
    t.blobs[t.result.curve].count = 257;
    t.blobs[t.result.curve].stored_bytes = 514;
    t.data_bytes += 16;
    CHECK(open_written() == BDS_E_INVALID);
    begin_mask();
    for (int i = 0; i < 2; i++) { /* three channels: which one? */
        t.tensors[i].dims[2] = 1;
        t.tensors[i].dims[3] = 3;
    }
    CHECK(open_written() == BDS_E_UNSUPPORTED);
    begin(BDF_RESULT_SOFTMAX, 3, falling, 0);
    t.result.mark_from = 1;
    CHECK(open_written() == BDS_E_INVALID);
}

/* ---- Doubts about the picture -------------------------------------------------------------------------------------- */

static uint8_t pixels[20 * 20 * 3];

static bds_plan *plan_of_classifier(uint16_t crop, uint32_t max_chroma)
{
    const bds_config config = {.size = sizeof config, .cpu = BDS_CPU_ALL};
    tiny_classifier(&t);
    t.inputs[0].crop = crop;
    t.inputs[0].max_chroma = max_chroma;
    t.result.abstain_below = 0;
    CHECK(bds_model_open(&opened, file, tiny_write(&t, file, sizeof file)) == BDS_OK);
    CHECK(bds_plan_create(&plan, &opened, &config, arena, sizeof arena) == BDS_OK);
    return plan;
}

static bds_image picture(uint32_t width, uint32_t height, uint32_t channels, int colour)
{
    for (uint32_t i = 0; i < sizeof pixels; i++)
        pixels[i] = (uint8_t)(i / channels * 37 % 200 + (colour ? i % channels * 20 : 0));
    const bds_image image = {pixels, width, height, channels, (size_t)width * channels};
    return image;
}

static uint32_t doubts_now(void)
{
    size_t n = 4;
    CHECK(bds_run(plan) == BDS_OK && bds_result(plan, found, &n, &verdict) == BDS_OK);
    return verdict.doubts;
}

static uint32_t doubts_of(uint32_t width, uint32_t height, uint32_t channels, int colour)
{
    const bds_image image = picture(width, height, channels, colour);
    CHECK(bds_prepare_image(plan, 0, &image) == BDS_OK);
    return doubts_now();
}

/* The network's input is 8 x 8. */
static void test_small(void)
{
    plan_of_classifier(BDF_CROP_CENTRE_SQUARE, BDF_NONE);
    CHECK(doubts_of(8, 8, 1, 0) == 0 && doubts_of(20, 8, 1, 0) == 0 && doubts_of(8, 20, 1, 0) == 0);
    CHECK(doubts_of(20, 7, 1, 0) == BDS_DOUBT_SMALL && doubts_of(7, 20, 1, 0) == BDS_DOUBT_SMALL);
    plan_of_classifier(BDF_CROP_NONE, BDF_NONE);
    CHECK(doubts_of(8, 8, 1, 0) == 0 && doubts_of(20, 8, 1, 0) == 0 && doubts_of(8, 20, 1, 0) == 0);
    CHECK(doubts_of(20, 7, 1, 0) == BDS_DOUBT_SMALL && doubts_of(7, 20, 1, 0) == BDS_DOUBT_SMALL);
}

/* An input that is wider than high: of a square crop only the side counts, without a crop each side by itself. */
static void test_small_wide(void)
{
    for (uint16_t crop = 0; crop < 2; crop++) {
        const bds_config config = {.size = sizeof config, .cpu = BDS_CPU_ALL};
        begin(BDF_RESULT_SOFTMAX, 3, falling, 0);
        t.input_count = t.op_count = t.link_count = 0;
        t.tensors[0].dims[1] = 4;
        t.tensors[0].dims[2] = 6;
        t.tensors[0].dims[3] = 1;
        t.tensors[0].arena_offset = 16;
        t.tensors[1].arena_offset = 0;
        tiny_input(&t, 0, 1);
        t.inputs[0].crop = crop;
        bdf_op *op = tiny_op(&t, BDF_FULLY_CONNECTED, 0, BDF_NONE, 1);
        op->weights = tiny_weights(&t, 72, 1);
        op->bias = tiny_i32(&t, 3, 0);
        op->multipliers = tiny_i16(&t, 3, 1000);
        t.tensors[0].arena_offset = 16;
        CHECK(bds_model_open(&opened, file, tiny_write(&t, file, sizeof file)) == BDS_OK);
        CHECK(bds_plan_create(&plan, &opened, &config, arena, sizeof arena) == BDS_OK);
        CHECK(doubts_of(6, 6, 1, 0) == 0 && doubts_of(20, 6, 1, 0) == 0);
        CHECK(doubts_of(6, 4, 1, 0) == (crop ? BDS_DOUBT_SMALL : 0u));
        CHECK(doubts_of(20, 5, 1, 0) == (crop ? BDS_DOUBT_SMALL : 0u));
        CHECK(doubts_of(5, 20, 1, 0) == BDS_DOUBT_SMALL && doubts_of(20, 3, 1, 0) == BDS_DOUBT_SMALL);
    }
}

static void test_colour(void)
{
    plan_of_classifier(BDF_CROP_CENTRE_SQUARE, 40 * 256); /* the coloured picture's chroma is 40 */
    CHECK(doubts_of(8, 8, 3, 1) == 0);
    plan_of_classifier(BDF_CROP_CENTRE_SQUARE, 40 * 256 - 1);
    CHECK(doubts_of(8, 8, 3, 1) == BDS_DOUBT_COLOUR);
    CHECK(doubts_of(8, 8, 3, 0) == 0); /* the former picture's doubt is gone */
    CHECK(doubts_of(8, 8, 3, 1) == BDS_DOUBT_COLOUR);
    CHECK(doubts_of(8, 8, 1, 0) == 0);
    /* Also where the former picture was never run. */
    bds_image image = picture(7, 7, 3, 1);
    CHECK(bds_prepare_image(plan, 0, &image) == BDS_OK);
    CHECK(doubts_of(8, 8, 3, 0) == 0);
    CHECK(bds_prepare_image(plan, 0, &image) == BDS_OK);
    memset(pixels, 0, sizeof pixels);
    CHECK(bds_prepare_image(plan, 0, &image) == BDS_E_IMAGE_BLANK);
    CHECK(doubts_of(8, 8, 3, 0) == 0);
    /* Nor may it be said of raw input. */
    image = picture(7, 7, 3, 1);
    bds_tensor x;
    CHECK(bds_prepare_image(plan, 0, &image) == BDS_OK && bds_input(plan, 0, &x) == BDS_OK);
    memset(x.data, 3, 64);
    CHECK(doubts_now() == 0);
}

/* Two pictures for one result: a doubt about either stays until that result is over. */
static void test_two_pictures(void)
{
    const bds_config config = {.size = sizeof config, .cpu = BDS_CPU_ALL};
    begin(BDF_RESULT_SOFTMAX, 3, falling, 0);
    t.tensor_count = t.input_count = t.op_count = t.link_count = t.arena_bytes = 0;
    const uint32_t a = tiny_tensor(&t, 1, 3, 1, BDS_INT8, 0), b = tiny_tensor(&t, 1, 3, 1, BDS_INT8, 0);
    tiny_input(&t, a, 1);
    tiny_input(&t, b, 1);
    t.inputs[0].max_chroma = t.inputs[1].max_chroma = 256;
    const uint32_t y = tiny_tensor(&t, 1, 3, 1, BDS_INT8, 0);
    bdf_op *op = tiny_op(&t, BDF_ADD, a, b, y);
    op->m_a = op->m_b = 1 << 14;
    op->shift = 15;
    t.result.tensor = t.outputs[0] = y;
    CHECK(bds_model_open(&opened, file, tiny_write(&t, file, sizeof file)) == BDS_OK);
    CHECK(bds_plan_create(&plan, &opened, &config, arena, sizeof arena) == BDS_OK);
    for (uint32_t first = 0; first < 2; first++) {
        bds_image image = picture(8, 8, 3, 1);
        CHECK(bds_prepare_image(plan, first, &image) == BDS_OK);
        image = picture(8, 8, 3, 0);
        CHECK(bds_prepare_image(plan, !first, &image) == BDS_OK);
        CHECK(doubts_now() == BDS_DOUBT_COLOUR);
        CHECK(bds_prepare_image(plan, first, &image) == BDS_OK && bds_prepare_image(plan, !first, &image) == BDS_OK);
        CHECK(doubts_now() == 0);
    }
}

int main(void)
{
    test_softmax();
    test_sigmoid();
    test_sigmoid_unsure();
    test_interval();
    test_gate();
    test_set();
    test_mask();
    test_mask_gate();
    test_mask_checks();
    test_small();
    test_small_wide();
    test_colour();
    test_two_pictures();
    return check_done();
}
