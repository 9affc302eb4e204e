/* What bds_model_open refuses, rule by rule: each model here is right but for one thing, and the next value inside the rule opens.
 * SPDX-License-Identifier: MIT */
#include "unit/opens.h"

/* ---- Accumulators ------------------------------------------------------------------------------------------------- */

/* A 2 x 1 window over 6 channels in 3 groups: 4 products for each output. */
static void grouped(int32_t bias, uint8_t left)
{
    const uint32_t x = raw_input(2, 1, 6, 0), y = tiny_tensor(&t, 1, 1, 3, BDS_INT8, 0);
    bdf_op *op = only_op(BDF_CONV, x, BDF_NONE, y);
    op->kernel_h = 2;
    op->groups = 3;
    weighted(op, 4 * 3, 3, bias, left);
}

static void depthwise(int32_t bias, uint8_t left)
{
    const uint32_t x = raw_input(2, 2, 3, 0), y = tiny_tensor(&t, 1, 1, 3, BDS_INT8, 0);
    bdf_op *op = only_op(BDF_DEPTHWISE, x, BDF_NONE, y);
    op->kernel_h = op->kernel_w = 2;
    weighted(op, 4 * 3, 3, bias, left);
}

/* (depth * 2^14 + |bias|) * 2^left < 2^30, to the last unit. */
static void test_accumulators(void)
{
    const int32_t whole = 1 << 30, part = 1 << 14;
    for (uint8_t left = 0; left <= 7; left++) {
        for (uint32_t depth = 1; depth <= 9; depth += 2) {
            const int32_t bias = (whole >> left) - (int32_t)depth * part;
            OPENS(dense(depth, bias - 1, left), (void)0, BDS_OK);
            OPENS(dense(depth, bias, left), (void)0, BDS_E_LIMIT);
            OPENS(dense(depth, 1 - bias, left), (void)0, BDS_OK);
            OPENS(dense(depth, -bias, left), (void)0, BDS_E_LIMIT);
        }
        const int32_t bias = (whole >> left) - 4 * part; /* of the third channel, which tiny_i32 gives 2 more */
        OPENS(grouped(bias - 3, left), (void)0, BDS_OK);
        OPENS(grouped(bias - 2, left), (void)0, BDS_E_LIMIT);
        OPENS(depthwise(bias - 3, left), (void)0, BDS_OK);
        OPENS(depthwise(bias - 2, left), (void)0, BDS_E_LIMIT);
    }
    OPENS(dense(512, 0, 7), (void)0, BDS_E_LIMIT);
    OPENS(dense(511, 0, 7), (void)0, BDS_OK);
    OPENS(dense(1, INT32_MIN, 0), (void)0, BDS_E_LIMIT);
    OPENS(dense(4, 0, 0), t.tensors[1].type = BDS_INT16, BDS_OK);
    OPENS(depthwise(0, 0), (void)0, BDS_OK);
    OPENS(depthwise(0, 0), t.tensors[1].type = BDS_INT16, BDS_OK);
    OPENS(depthwise(0, 0), t.tensors[1].dims[3] = 1, BDS_E_INVALID);
    OPENS(grouped(0, 0), t.ops[0].groups = 2, BDS_E_INVALID);
    OPENS(grouped(0, 0), t.ops[0].bias = t.ops[0].multipliers, BDS_E_INVALID);
}

/* ---- Windows and pools -------------------------------------------------------------------------------------------- */

static void pool(bdf_opcode code)
{
    const uint32_t x = raw_input(4, 4, 2, 3), y = tiny_tensor(&t, 2, 2, 2, BDS_INT8, 3);
    bdf_op *op = only_op(code, x, BDF_NONE, y);
    op->kernel_h = op->kernel_w = op->stride_h = op->stride_w = 2;
    if (code == BDF_AVG_POOL)
        op->multipliers = tiny_i16(&t, 4, 30000);
}

/* An average over the whole of a picture of h x w. */
static void global_pool(uint32_t h, uint32_t w, uint8_t left)
{
    static const uint8_t ones[1 << 17] = {0};
    const uint32_t x = raw_input(h, w, 1, 0), y = tiny_tensor(&t, 1, 1, 1, BDS_INT8, 0);
    bdf_op *op = only_op(BDF_AVG_POOL, x, BDF_NONE, y);
    op->kernel_h = (uint16_t)h;
    op->kernel_w = (uint16_t)w;
    op->left = left;
    op->multipliers = tiny_blob(&t, BDS_INT16, h * w, ones, h * w * 2);
    memset(t.data + t.blobs[op->multipliers].offset, 1, h * w * 2);
}

static void window_of(uint16_t kernel_h, uint16_t kernel_w, uint32_t out_w)
{
    const uint32_t x = raw_input(kernel_h, kernel_w + out_w - 1, 1, 0), y = tiny_tensor(&t, 1, out_w, 1, BDS_INT8, 0);
    bdf_op *op = only_op(BDF_MAX_POOL, x, BDF_NONE, y);
    op->kernel_h = kernel_h;
    op->kernel_w = kernel_w;
}

static void test_pools(void)
{
    const bdf_opcode codes[2] = {BDF_MAX_POOL, BDF_AVG_POOL};
    for (int i = 0; i < 2; i++) {
        const bdf_opcode code = codes[i];
        OPENS(pool(code), (void)0, BDS_OK);
        /* Each side may have less padding than the window is wide; the output's sides follow. */
        OPENS(pool(code), (t.ops[0].pad_top = t.ops[0].pad_bottom = 1, t.tensors[1].dims[1] = 3), BDS_OK);
        OPENS(pool(code), (t.ops[0].pad_left = t.ops[0].pad_right = 1, t.tensors[1].dims[2] = 3), BDS_OK);
        OPENS(pool(code), (t.ops[0].pad_top = 2, t.tensors[1].dims[1] = 3), BDS_E_INVALID);
        OPENS(pool(code), (t.ops[0].pad_bottom = 2, t.tensors[1].dims[1] = 3), BDS_E_INVALID);
        OPENS(pool(code), (t.ops[0].pad_left = 2, t.tensors[1].dims[2] = 3), BDS_E_INVALID);
        OPENS(pool(code), (t.ops[0].pad_right = 2, t.tensors[1].dims[2] = 3), BDS_E_INVALID);
        OPENS(pool(code), (t.ops[0].dilation_h = 2, t.tensors[1].dims[1] = 1), BDS_E_INVALID);
        OPENS(pool(code), (t.ops[0].dilation_w = 2, t.tensors[1].dims[2] = 1), BDS_E_INVALID);
        OPENS(pool(code), t.tensors[1].dims[3] = 1, BDS_E_INVALID);
        OPENS(pool(code), t.tensors[1].type = BDS_INT16, code == BDF_AVG_POOL ? BDS_OK : BDS_E_INVALID);
        OPENS(pool(code), t.ops[0].input_count = 2, BDS_E_INVALID);
    }
    OPENS(pool(BDF_MAX_POOL), t.tensors[1].zero_point = 4, BDS_E_INVALID);
    OPENS(pool(BDF_AVG_POOL), t.tensors[1].zero_point = 4, BDS_OK);
    for (uint32_t i = 0; i < 4; i++) {
        OPENS(pool(BDF_AVG_POOL), memset(t.data + t.blobs[0].offset + 2 * i, 0, 2), BDS_E_INVALID);
        OPENS(pool(BDF_AVG_POOL), memset(t.data + t.blobs[0].offset + 2 * i, 0xff, 2), BDS_E_INVALID);
    }
    OPENS(pool(BDF_AVG_POOL), t.ops[0].kernel_h = 3, BDS_E_INVALID);
    OPENS(pool(BDF_AVG_POOL), t.ops[0].multipliers = BDF_NONE, BDS_E_INVALID);
    OPENS(pool(BDF_AVG_POOL), t.ops[0].shift = 16, BDS_E_INVALID);
    OPENS(pool(BDF_AVG_POOL), t.ops[0].hi = 128, BDS_E_INVALID);
    OPENS(global_pool(128, 257, 7), (void)0, BDS_OK);     /* 32896 * 255 * 2^7 = 2^30 - 2^15 */
    OPENS(global_pool(67, 491, 7), (void)0, BDS_E_LIMIT); /* one pixel more */
    OPENS(global_pool(67, 491, 6), (void)0, BDS_OK);
}

static void test_window_limits(void)
{
    OPENS(window_of(256, 256, 256), (void)0, BDS_OK);      /* 2^24 taps in a row of windows */
    OPENS(window_of(256, 256, 257), (void)0, BDS_E_LIMIT); /* more */
    OPENS(window_of(257, 256, 1), (void)0, BDS_E_LIMIT);   /* more than 2^16 in one */
}

/* ---- Operators that move bytes or work element by element --------------------------------------------------------- */

static void concat(void)
{
    const uint32_t a = raw_input(2, 3, 2, 1), b = raw_input(2, 3, 3, 1), y = tiny_tensor(&t, 2, 3, 5, BDS_INT8, 1);
    only_op(BDF_CONCAT, a, b, y);
}

static void reshape(void)
{
    const uint32_t x = raw_input(2, 3, 2, 1), y = tiny_tensor(&t, 1, 2, 6, BDS_INT8, 1);
    only_op(BDF_RESHAPE, x, BDF_NONE, y);
}

static void test_moving(void)
{
    OPENS(concat(), (void)0, BDS_OK);
    OPENS(concat(), t.tensors[0].zero_point = 2, BDS_E_INVALID);
    OPENS(concat(), t.tensors[1].zero_point = 2, BDS_E_INVALID);
    OPENS(concat(), t.tensors[1].dims[1] = 1, BDS_E_INVALID);
    OPENS(concat(), t.tensors[1].dims[2] = 2, BDS_E_INVALID);
    OPENS(concat(), t.tensors[1].dims[3] = 2, BDS_E_INVALID);
    OPENS(concat(), t.tensors[1].type = BDS_INT16, BDS_E_INVALID);
    OPENS(pad(), (void)0, BDS_OK);
    OPENS(pad(), t.tensors[1].zero_point = 2, BDS_E_INVALID);
    OPENS(pad(), t.tensors[1].dims[1] = 4, BDS_E_INVALID);
    OPENS(pad(), t.tensors[1].dims[2] = 9, BDS_E_INVALID);
    OPENS(pad(), t.tensors[1].dims[3] = 1, BDS_E_INVALID);
    OPENS(pad(), t.ops[0].m_a = 127, BDS_OK);
    OPENS(pad(), t.ops[0].m_a = 128, BDS_E_INVALID);
    OPENS(pad(), t.ops[0].m_a = -129, BDS_E_INVALID);
    OPENS(reshape(), (void)0, BDS_OK);
    OPENS(reshape(), t.tensors[1].zero_point = 2, BDS_E_INVALID);
    OPENS(reshape(), t.tensors[1].dims[3] = 5, BDS_E_INVALID);
    OPENS(reshape(), t.tensors[1].type = BDS_INT16, BDS_E_INVALID);
    OPENS(reshape(), (t.op_links[t.link_count++] = 0, t.ops[0].input_count = 2), BDS_E_INVALID);
    OPENS(table(), (void)0, BDS_OK);
    OPENS(table(), (t.tensors[1].dims[1] = 3, t.tensors[1].dims[2] = 2), BDS_E_INVALID);
    OPENS(table(), t.tensors[1].type = BDS_INT16, BDS_E_INVALID); /* wants another table */
    OPENS(table(), t.tensors[0].type = BDS_INT16, BDS_E_INVALID);
    OPENS(table(), t.blobs[0].count = t.blobs[0].stored_bytes = 255, BDS_E_INVALID);
    OPENS(softmax(4096), (void)0, BDS_OK);
    OPENS(softmax(4097), (void)0, BDS_E_INVALID);
    OPENS(softmax(8), (t.tensors[1].dims[2] = 2, t.tensors[1].dims[3] = 4), BDS_E_INVALID);
    OPENS(softmax(8), t.ops[0].shift = 16, BDS_OK);
    OPENS(softmax(8), t.ops[0].shift = 17, BDS_E_INVALID);
    OPENS(softmax(8), memset(t.data + t.blobs[0].offset, 0, 2), BDS_E_INVALID);
    OPENS(softmax(8), t.ops[0].table = BDF_NONE, BDS_E_INVALID);
}

static void test_pairs(void)
{
    const bdf_opcode codes[2] = {BDF_ADD, BDF_MUL};
    for (int i = 0; i < 2; i++) {
        OPENS(pair(codes[i]), (void)0, BDS_OK);
        OPENS(pair(codes[i]), t.tensors[1].dims[1] = t.tensors[1].dims[2] = 1, BDS_OK);
        OPENS(pair(codes[i]), t.tensors[1].dims[1] = 1, BDS_E_INVALID);
        OPENS(pair(codes[i]), t.tensors[1].dims[2] = 1, BDS_E_INVALID);
        OPENS(pair(codes[i]), t.tensors[1].dims[3] = 1, BDS_E_INVALID);
        OPENS(pair(codes[i]), t.tensors[1].dims[1] = t.tensors[1].dims[2] = t.tensors[1].dims[3] = 1, BDS_E_INVALID);
        OPENS(pair(codes[i]), (t.tensors[1].dims[1] = 3, t.tensors[1].dims[2] = 2), BDS_E_INVALID);
        OPENS(pair(codes[i]), t.tensors[0].dims[1] = t.tensors[0].dims[2] = 1, BDS_E_INVALID); /* only the second */
        OPENS(pair(codes[i]), (t.tensors[1].type = BDS_INT16, t.tensors[2].arena_offset += 32), BDS_OK);
        OPENS(pair(codes[i]), t.tensors[2].dims[1] = 1, BDS_E_INVALID);
        OPENS(pair(codes[i]), t.tensors[2].type = BDS_INT16, BDS_OK);
        OPENS(pair(codes[i]), (t.op_links[t.link_count++] = 0, t.ops[0].input_count = 3), BDS_E_INVALID);
        OPENS(pair(codes[i]), t.ops[0].hi = 128, BDS_E_INVALID);
        OPENS(pair(codes[i]), t.ops[0].lo = -129, BDS_E_INVALID);
        OPENS(pair(codes[i]), t.ops[0].m_a = 32767, BDS_OK);
        OPENS(pair(codes[i]), t.ops[0].m_a = 32768, BDS_E_INVALID);
        OPENS(pair(codes[i]), t.ops[0].m_a = -32768, BDS_E_INVALID);
        OPENS(pair(codes[i]), t.ops[0].m_a = 0, i ? BDS_E_INVALID : BDS_OK);
        OPENS(pair(codes[i]), t.ops[0].m_a = -1, i ? BDS_E_INVALID : BDS_OK);
    }
    OPENS(pair(BDF_MUL), t.ops[0].m_a = 1, BDS_OK);
    OPENS(pair(BDF_MUL), t.ops[0].shift = 16, BDS_E_INVALID);
    OPENS(pair(BDF_MUL), t.ops[0].left = 8, BDS_E_INVALID);
    OPENS(pair(BDF_ADD), t.ops[0].m_a = -32767, BDS_OK);
    OPENS(pair(BDF_ADD), t.ops[0].m_b = -32767, BDS_OK);
    OPENS(pair(BDF_ADD), t.ops[0].m_b = -32768, BDS_E_INVALID);
    OPENS(pair(BDF_ADD), t.ops[0].m_b = 32768, BDS_E_INVALID);
    OPENS(pair(BDF_ADD), t.ops[0].shift = 0, BDS_E_INVALID);
    OPENS(pair(BDF_ADD), t.ops[0].shift = 1, BDS_OK);
    OPENS(pair(BDF_ADD), t.ops[0].shift = 30, BDS_OK);
    OPENS(pair(BDF_ADD), t.ops[0].shift = 31, BDS_E_INVALID);
}

/* ---- Blobs -------------------------------------------------------------------------------------------------------- */

/* 16 * 8192 coded weights in two bytes: the least that can be believed. */
static void coded(uint32_t stored)
{
    const uint32_t x = raw_input(1, 128, 64, 0), y = tiny_tensor(&t, 1, 1, 16, BDS_INT8, 0);
    bdf_op *op = only_op(BDF_FULLY_CONNECTED, x, BDF_NONE, y);
    const uint8_t stream[16] = {1, 2, 3};
    op->bias = tiny_i32(&t, 16, 0);
    op->multipliers = tiny_i16(&t, 16, 1);
    op->weights = tiny_blob(&t, BDS_INT8, 16 * 8192, stream, stored);
    t.blobs[op->weights].coding = BDF_RANGE;
    t.blobs[op->weights].row_length = 8192;
}

/* A blob that no operator uses is checked all the same. */
static bdf_blob *unused_blob(void)
{
    const int16_t values[8] = {0};
    table();
    return &t.blobs[tiny_blob(&t, BDS_INT16, 8, values, sizeof values)];
}

static void test_blobs(void)
{
    OPENS(coded(2), (void)0, BDS_OK);
    OPENS(coded(1), (void)0, BDS_E_INVALID);
    OPENS(coded(2), t.blobs[2].row_length = 16 * 8192, BDS_OK);
    OPENS(coded(2), t.blobs[2].row_length = 16 * 8192 + 1, BDS_E_INVALID);
    OPENS(coded(2), t.blobs[2].coding = 4, BDS_E_UNSUPPORTED);
    OPENS(coded(2), t.blobs[2].coding = BDF_STATIC, BDS_OK);
    OPENS(coded(2), t.blobs[2].coding = BDF_NUMBERS, BDS_E_INVALID);
    OPENS(coded(2), t.blobs[2].count = 16 * 8192 + 1, BDS_E_INVALID);
    OPENS(dense(4, 0, 0), t.blobs[1].coding = BDF_RANGE, BDS_E_INVALID);
    OPENS(table(), t.blobs[0].coding = BDF_RANGE, BDS_E_INVALID); /* nobody decodes tables */
    OPENS(unused_blob(), (void)0, BDS_OK);
    OPENS(unused_blob()->coding = BDF_RANGE, (void)0, BDS_OK);
    OPENS(unused_blob()->coding = BDF_RANGE, t.blobs[t.blob_count - 1].type = BDS_UINT16, BDS_E_INVALID);
    OPENS(unused_blob()->type = 0, (void)0, BDS_E_UNSUPPORTED);
    OPENS(unused_blob()->type = 6, (void)0, BDS_E_UNSUPPORTED);
    OPENS(unused_blob()->type = BDS_INT8, (void)0, BDS_E_INVALID);
    OPENS(unused_blob()->count = 9, (void)0, BDS_E_INVALID);
    OPENS(unused_blob()->count = 0, (void)0, BDS_E_INVALID);
    OPENS(unused_blob()->offset -= 8, (void)0, BDS_E_INVALID);
    OPENS(unused_blob()->offset += 16, (void)0, BDS_E_INVALID);
}

/* ---- Result ------------------------------------------------------------------------------------------------------- */

static void result(void)
{
    const int8_t mean[8] = {0};
    const uint16_t weight[4] = {1, 1, 1, 1}, knots[2 * 33 * 2] = {0};
    tiny_classifier(&t);
    t.result.interval = tiny_blob(&t, BDS_UINT16, 2 * 33 * 2, knots, sizeof knots);
    t.result.gate_tensor = 7; /* 1 x 1 x 4 */
    t.result.gate_groups = 2;
    t.result.gate_mean = tiny_blob(&t, BDS_INT8, 8, mean, 8);
    t.result.gate_weight = tiny_blob(&t, BDS_UINT16, 4, weight, 8);
}

static void shorten(uint32_t blob)
{
    t.blobs[blob].stored_bytes -= t.blobs[blob].stored_bytes / t.blobs[blob].count;
    t.blobs[blob].count--;
}

static void test_result(void)
{
    OPENS(result(), (void)0, BDS_OK);
    OPENS(result(), t.result.abstain_below = 65536, BDS_OK);
    OPENS(result(), t.result.abstain_below = 65537, BDS_E_INVALID);
    OPENS(result(), memset(t.data + t.blobs[t.result.curve].offset, 0, 2), BDS_E_INVALID);
    OPENS((result(), t.result.kind = BDF_RESULT_SIGMOID), memset(t.data + t.blobs[t.result.curve].offset, 0, 2),
          BDS_OK);
    OPENS(result(), t.result.kind = 3, BDS_E_UNSUPPORTED);
    OPENS(result(), t.result.tensor = t.tensor_count, BDS_E_INVALID);
    OPENS(result(), t.result.curve_shift = 16, BDS_OK);
    OPENS(result(), t.result.curve_shift = 17, BDS_E_INVALID);
    OPENS(result(), shorten(t.result.curve), BDS_E_INVALID);
    OPENS(result(), shorten(t.result.interval), BDS_E_INVALID);
    OPENS(result(), shorten(t.result.gate_mean), BDS_E_INVALID);
    OPENS(result(), shorten(t.result.gate_weight), BDS_E_INVALID);
    OPENS(result(), t.result.gate_mean = t.result.gate_weight, BDS_E_INVALID);
    OPENS(result(), t.result.gate_groups = 1, BDS_E_INVALID);
    OPENS(result(), t.result.gate_groups = 0, BDS_E_INVALID);
    OPENS(result(), t.result.gate_groups = 1025, BDS_E_INVALID);
    OPENS(result(), t.result.gate_tensor = t.tensor_count, BDS_E_INVALID);
    OPENS(result(), t.result.gate_tensor = 8, BDS_E_INVALID); /* int16 */
}

static void test_labels(void)
{
    OPENS(result(), t.labels = NULL, BDS_E_INVALID);
    OPENS(result(), t.labels = "normal\nfinding\n", BDS_OK);
    OPENS(result(), t.labels = "a\nb", BDS_OK);
    OPENS(result(), t.labels = "", BDS_E_INVALID);
    OPENS(result(), t.labels = "\n", BDS_E_INVALID);
    OPENS(result(), t.labels = "\n\n", BDS_E_INVALID);
    OPENS(result(), t.labels = "normal", BDS_E_INVALID);
    OPENS(result(), t.labels = "normal\n", BDS_E_INVALID);
    OPENS(result(), t.labels = "normal\n\n", BDS_E_INVALID);
    OPENS(result(), t.labels = "\nfinding", BDS_E_INVALID);
    OPENS(result(), t.labels = "a\n\nb", BDS_E_INVALID);
    OPENS(result(), t.labels = "a\nb\n\n", BDS_E_INVALID);
    OPENS(result(), t.labels = "a\nb\nc", BDS_E_INVALID);
    OPENS(result(), (t.labels = "a\nb\nc", t.has_result = 0), BDS_OK); /* no result: only a text */
}

/* ---- Who is alive when -------------------------------------------------------------------------------------------- */

/* x -> first; x -> second; the graph's output is second. Tensors 0, 1, 2 of four bytes each. */
static void fork_of(void)
{
    const uint32_t x = raw_input(1, 1, 4, 0), a = tiny_tensor(&t, 1, 1, 4, BDS_INT8, 0),
                   b = tiny_tensor(&t, 1, 1, 4, BDS_INT8, 0);
    table_op(x, a);
    table_op(x, b);
    t.outputs[t.output_count++] = b;
}

/* The same with a result over the tensor and, if gate is one, a gate over that. */
static void fork_with_result(uint32_t logits, uint32_t gate)
{
    const int8_t mean[4] = {0};
    const uint16_t weight[4] = {1, 1, 1, 1};
    fork_of();
    t.labels = "a\nb\nc\nd";
    t.has_result = 1;
    t.result.kind = BDF_RESULT_SOFTMAX;
    t.result.tensor = logits;
    t.result.label_count = 4;
    t.result.curve = tiny_curve(&t);
    t.result.interval = BDF_NONE;
    t.result.gate_tensor = gate;
    t.result.gate_groups = 1;
    t.result.gate_mean = tiny_blob(&t, BDS_INT8, 4, mean, 4);
    t.result.gate_weight = tiny_blob(&t, BDS_UINT16, 4, weight, 8);
}

static void test_alive_to_the_end(void)
{
    OPENS(fork_of(), (void)0, BDS_OK);
    OPENS(fork_of(), share(2, 1), BDS_OK); /* nobody asks for the first */
    OPENS(fork_of(), t.outputs[t.output_count++] = 1, BDS_OK);
    OPENS(fork_of(), (t.outputs[t.output_count++] = 1, share(2, 1)), BDS_E_INVALID);
    OPENS(fork_with_result(1, BDF_NONE), (void)0, BDS_OK);
    OPENS(fork_with_result(2, BDF_NONE), share(2, 1), BDS_OK);
    OPENS(fork_with_result(1, BDF_NONE), share(2, 1), BDS_E_INVALID);
    OPENS(fork_with_result(2, 1), (void)0, BDS_OK);
    OPENS(fork_with_result(2, 1), share(2, 1), BDS_E_INVALID);
}

/* One operator of that kind on four channels whose output has as many bytes as its input. */
static void same_size(bdf_opcode code)
{
    static const int32_t straight[13] = {1, 1, 1, 1, 1, 4, 0, 0, 0, 0, 0, 1, 0};
    static const uint16_t lines[6] = {0};
    static const int8_t tables[4 * 256] = {0};
    const int wide = code == BDF_ARG_MAX; /* two channels of int8 in a pixel give one int16 */
    const uint32_t x = wide ? raw_input(1, 2, 2, 0) : raw_input(1, code == BDF_MATMUL ? 2 : 1, 4, 0),
                   y = wide ? tiny_tensor(&t, 1, 2, 1, BDS_INT16, 0)
                            : tiny_tensor(&t, 1, code == BDF_MATMUL ? 2 : 1, 4, BDS_INT8, 0);
    const int pair = code == BDF_ADD || code == BDF_MUL || code == BDF_MIN || code == BDF_MAX;
    bdf_op *op = only_op(code, x,
                         pair                 ? raw_input(1, 1, 4, 0)
                         : code == BDF_MATMUL ? raw_input(1, 4, 4, 0)
                                              : BDF_NONE,
                         y);
    op->m_a = op->m_b = 1;
    weighted(op, code == BDF_DEPTHWISE ? 4 : 16, 4, 0, 0);
    op->table = code == BDF_TABLE     ? identity()
                : code == BDF_SOFTMAX ? tiny_curve(&t)
                : code == BDF_VIEW    ? tiny_blob(&t, BDS_INT32, 13, straight, sizeof straight)
                : code == BDF_RESIZE  ? tiny_blob(&t, BDS_UINT16, 6, lines, sizeof lines)
                                      : tiny_blob(&t, BDS_INT8, 4 * 256, tables, sizeof tables);
    if (code == BDF_AVG_POOL)
        op->multipliers = tiny_i16(&t, 1, 1);
    if (code == BDF_SOFTMAX) {
        op->shift = 1;
        t.tensors[y].zero_point = -128;
    }
    if (code == BDF_LAYER_NORM || code == BDF_INSTANCE_NORM)
        op->shift = 14;
}

static void test_in_place(void)
{
    for (bdf_opcode code = BDF_CONV; code <= BDF_CONVERT; code++) {
        const int may = code == BDF_ADD || code == BDF_MUL || code == BDF_TABLE || code == BDF_RESHAPE ||
                        code == BDF_MIN || code == BDF_MAX || code == BDF_CHANNEL_TABLE || code == BDF_LAYER_NORM ||
                        code == BDF_INSTANCE_NORM || code == BDF_CONVERT;
        OPENS(same_size(code), (void)0, BDS_OK);
        OPENS(same_size(code), share(1, 0), may ? BDS_OK : BDS_E_INVALID);
        /* The caller still wants the input. */
        OPENS(same_size(code), (share(1, 0), t.outputs[t.output_count++] = 0), BDS_E_INVALID);
    }
    OPENS(same_size(BDF_ADD), share(1, 2), BDS_OK);
    OPENS(fork_of(), share(1, 0), BDS_E_INVALID); /* over an input that is used once more */
    OPENS(fork_of(), share(2, 0), BDS_OK);
    /* Over a broadcast operand, which is shorter. */
    OPENS(pair(BDF_ADD), (t.tensors[1].dims[1] = t.tensors[1].dims[2] = 1, share(2, 1)), BDS_E_INVALID);
}

static void test_defined_once(void)
{
    OPENS((fork_of(), (void)raw_input(1, 1, 4, 0)), (void)0, BDS_OK);
    OPENS((fork_of(), (void)raw_input(1, 1, 4, 0)), share(3, 0), BDS_E_INVALID); /* both are there from the start */
    OPENS(fork_of(), tiny_input(&t, 0, 0), BDS_E_INVALID);                       /* the same input twice */
    OPENS(fork_of(), tiny_input(&t, 1, 0), BDS_E_INVALID);                       /* an input that is computed */
    OPENS(fork_of(), t.ops[1].output = 0, BDS_E_INVALID);
    OPENS((fork_of(), t.outputs[0] = 1), t.ops[1].output = 1, BDS_E_INVALID); /* computed twice */
    OPENS((fork_of(), t.outputs[0] = 1), (void)0, BDS_OK);
}

/* Two inputs in the same place, one of them unused, and before the operators' section what looks like one that would allow it. */
static void test_no_operator_before_the_first(void)
{
    bds_model m;
    memset(&t, 0, sizeof t);
    raw_input(1, 1, 4, 0);
    const uint32_t x = raw_input(1, 1, 4, 0), y = tiny_tensor(&t, 1, 1, 4, BDS_INT8, 0);
    table_op(x, y);
    t.outputs[t.output_count++] = y;
    share(x, 0);
    uint32_t n = tiny_write(&t, file, sizeof file);
    const uint32_t at = (n + (uint32_t)sizeof(bdf_op) + 63u) & ~63u;
    bdf_op fake = t.ops[0];
    fake.input_first = 2; /* the zeros behind the links: tensor 0 */
    memcpy(file + at - sizeof fake, &fake, sizeof fake);
    memcpy(file + at, t.ops, sizeof fake);
    ((bdf_section *)(void *)(file + sizeof(bdf_header)))[3].offset = at;
    n = at + (uint32_t)sizeof fake;
    tiny_seal(file, n);
    CHECK(bds_model_open(&m, file, n) == BDS_E_INVALID);
}

/* ---- The file itself ---------------------------------------------------------------------------------------------- */

static uint32_t fresh_file(void)
{
    memset(&t, 0, sizeof t);
    table();
    return tiny_write(&t, file, sizeof file);
}

/* The CRC alone made right again, over n bytes. */
static void seal_crc(uint32_t n)
{
    const uint32_t zero = 0;
    memcpy(file + offsetof(bdf_header, crc32c), &zero, 4);
    const uint32_t crc = bds_crc32c(0, file, n);
    memcpy(file + offsetof(bdf_header, crc32c), &crc, 4);
}

static void test_header(void)
{
    bds_model m;
    bdf_header *h = (bdf_header *)(void *)file;
    bdf_section *s = (bdf_section *)(void *)(file + sizeof *h);
    uint32_t n = fresh_file();
    CHECK(bds_model_open(&m, file, n) == BDS_OK && bds_model_verify(&m) == BDS_OK);
    h->major = BDF_MAJOR + 1;
    tiny_seal(file, n);
    CHECK(bds_model_open(&m, file, n) == BDS_E_VERSION);
    h->major = BDF_MAJOR - 1;
    tiny_seal(file, n);
    CHECK(bds_model_open(&m, file, n) == BDS_E_VERSION);
    h->major = BDF_MAJOR;
    h->minor = BDF_MINOR + 1;
    tiny_seal(file, n);
    CHECK(bds_model_open(&m, file, n) == BDS_E_VERSION);

    n = fresh_file();
    h->sha256[31] ^= 1;
    seal_crc(n);
    CHECK(bds_model_open(&m, file, n) == BDS_OK && bds_model_verify(&m) == BDS_E_HASH);
    n = fresh_file();
    file[n - 1] ^= 1; /* a byte of the content */
    seal_crc(n);
    CHECK(bds_model_open(&m, file, n) == BDS_OK && bds_model_verify(&m) == BDS_E_HASH);

    n = fresh_file();
    memset(file + n, 0, 16);
    seal_crc(n + 16); /* the checksum covers what the length leaves out */
    CHECK(bds_model_open(&m, file, n + 16) == BDS_E_CORRUPT);
    n = fresh_file();
    h->file_bytes = n + 16;
    seal_crc(n);
    CHECK(bds_model_open(&m, file, n) == BDS_E_TRUNCATED);

    n = fresh_file();
    CHECK(h->section_count == 7);
    s[7] = s[6];
    h->section_count = 8;
    tiny_seal(file, n);
    CHECK(bds_model_open(&m, file, n) == BDS_E_INVALID); /* a section twice */
    const bdf_section none = {BDF_RESULT, s[6].offset, 0, 0};
    s[7] = none;
    tiny_seal(file, n);
    CHECK(bds_model_open(&m, file, n) == BDS_E_INVALID); /* a result section without a result */
    n = fresh_file();
    s[0].offset += 16;
    tiny_seal(file, n);
    CHECK(bds_model_open(&m, file, n) == BDS_E_INVALID);
    n = fresh_file();
    s[0].kind = 9;
    tiny_seal(file, n);
    CHECK(bds_model_open(&m, file, n) == BDS_E_INVALID);
}

int main(void)
{
    test_accumulators();
    test_pools();
    test_window_limits();
    test_moving();
    test_pairs();
    test_blobs();
    test_result();
    test_labels();
    test_alive_to_the_end();
    test_in_place();
    test_defined_once();
    test_no_operator_before_the_first();
    test_header();
    return check_done();
}
