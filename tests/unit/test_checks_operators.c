/* What bds_model_open refuses of wide weights, views, matrix products, normalisation and the other later operators: as test_checks.c.
 * SPDX-License-Identifier: MIT */
#include "unit/opens.h"

/* ---- Wide weights and values --------------------------------------------------------------------------------------- */

/* A product of that depth whose weights are all alike. */
static void wide_dense(uint32_t depth, int16_t weight, int32_t bias, uint8_t left)
{
    int16_t w[256];
    for (uint32_t i = 0; i < depth; i++)
        w[i] = weight;
    dense(depth, bias, left);
    t.ops[0].weights = tiny_blob(&t, BDS_INT16, depth, w, 2 * depth);
}

static void test_wide_weights(void)
{
    for (int16_t w = 253; w < 258; w++) {
        OPENS(wide_dense(3, w, 0, 0), (void)0, w <= 255 ? BDS_OK : BDS_E_INVALID);
        OPENS(wide_dense(3, (int16_t)-w, 0, 0), (void)0, w <= 255 ? BDS_OK : BDS_E_INVALID);
    }
    OPENS(wide_dense(9, 1, 0, 0), t.data[t.blobs[t.ops[0].weights].offset + 17] = 2, BDS_E_INVALID); /* the last one */
    OPENS(wide_dense(3, 1, 0, 0), t.blobs[t.ops[0].weights].type = BDS_UINT16, BDS_E_INVALID);
    OPENS(wide_dense(3, 1, 0, 0), t.blobs[t.ops[0].weights].coding = BDF_RANGE,
          BDS_OK); /* the plan will see that it is none */
    OPENS(wide_dense(3, 1, 0, 0), t.blobs[t.ops[0].weights].coding = BDF_NUMBERS, BDS_E_INVALID);
    /* (depth * 128 * 255 + |bias|) * 2^left < 2^30, to the last unit. */
    for (uint8_t left = 0; left <= 7; left++) {
        const int32_t bias = (1 << 30 >> left) - 9 * 128 * 255;
        OPENS(wide_dense(9, 255, bias - 1, left), (void)0, BDS_OK);
        OPENS(wide_dense(9, 255, bias, left), (void)0, BDS_E_LIMIT);
        /* Sums of int16 values have 64 bits. */
        OPENS(wide_dense(9, 255, bias, left), (t.tensors[0].type = BDS_INT16, t.tensors[1].arena_offset = 32), BDS_OK);
    }
    OPENS(wide_dense(3, 1, INT32_MIN, 7), t.tensors[0].type = BDS_INT16, BDS_OK);
}

/* ---- Views --------------------------------------------------------------------------------------------------------- */

/* Twelve values of x, four of them in y. */
static int32_t *view(void)
{
    static const int32_t straight[13] = {1, 1, 1, 1, 1, 4, 0, 0, 0, 0, 0, 1, 0};
    const uint32_t x = raw_input(2, 3, 2, 1), y = tiny_tensor(&t, 1, 2, 2, BDS_INT8, 1);
    bdf_op *op = only_op(BDF_VIEW, x, BDF_NONE, y);
    op->table = tiny_blob(&t, BDS_INT32, 13, straight, sizeof straight);
    return (int32_t *)(void *)(t.data + t.blobs[op->table].offset);
}

static void test_views(void)
{
    int32_t *v;
    OPENS(v = view(), v[12] = 8, BDS_OK); /* the last four */
    OPENS(v = view(), v[12] = 9, BDS_E_INVALID);
    OPENS(v = view(), v[12] = -1, BDS_E_INVALID);
    OPENS(v = view(), v[12] = INT32_MAX, BDS_E_INVALID);
    OPENS(v = view(), v[12] = INT32_MIN, BDS_E_INVALID);
    OPENS(v = view(), (v[11] = 3, v[12] = 2), BDS_OK);
    OPENS(v = view(), (v[11] = 3, v[12] = 3), BDS_E_INVALID);
    OPENS(v = view(), v[11] = 4, BDS_E_INVALID);
    OPENS(v = view(), (v[11] = -3, v[12] = 9), BDS_OK);
    OPENS(v = view(), (v[11] = -3, v[12] = 8), BDS_E_INVALID);
    OPENS(v = view(), v[11] = INT32_MAX, BDS_E_INVALID);
    OPENS(v = view(), v[11] = INT32_MIN, BDS_E_INVALID);
    OPENS(v = view(), (v[11] = 0, v[12] = 11), BDS_OK);      /* a repeat */
    OPENS(v = view(), v[6] = INT32_MIN, BDS_OK);             /* never stepped along */
    OPENS(v = view(), (v[4] = v[5] = 2, v[10] = 8), BDS_OK); /* 0 1, 8 9 */
    OPENS(v = view(), (v[4] = v[5] = 2, v[10] = 11), BDS_E_INVALID);
    OPENS(v = view(), (v[4] = v[5] = 2, v[10] = -1, v[12] = 1), BDS_OK);
    OPENS(v = view(), (v[4] = v[5] = 2, v[10] = INT32_MAX, v[11] = INT32_MIN), BDS_E_INVALID);
    OPENS(v = view(), v[5] = 3, BDS_E_INVALID);
    OPENS(v = view(), v[5] = 5, BDS_E_INVALID);
    OPENS(v = view(), v[5] = 0, BDS_E_INVALID);
    OPENS(v = view(), v[5] = -4, BDS_E_INVALID);
    OPENS(v = view(), (v[4] = -2, v[5] = -2), BDS_E_INVALID);
    OPENS(v = view(), (v[2] = v[3] = v[4] = 1 << 30, v[5] = 1 << 30), BDS_E_INVALID); /* a product that would wrap */
    OPENS(v = view(), (v[4] = 1 << 30, v[5] = 1 << 2), BDS_E_INVALID);
    OPENS(view(), t.tensors[1].zero_point = 2, BDS_E_INVALID);
    OPENS(view(), t.tensors[1].type = BDS_INT16, BDS_E_INVALID);
    OPENS(view(), (t.blobs[0].count = 12, t.blobs[0].stored_bytes = 48), BDS_E_INVALID);
    OPENS(view(), t.blobs[0].type = BDS_INT16, BDS_E_INVALID);
    OPENS(view(), t.ops[0].table = BDF_NONE, BDS_E_INVALID);
}

/* ---- Matrix products ------------------------------------------------------------------------------------------------ */

static void matmul(uint32_t depth, int transposed)
{
    const uint32_t a = raw_input(1, 1, depth, 5),
                   b = transposed ? raw_input(1, 2, depth, 6) : raw_input(1, depth, 2, 6),
                   y = tiny_tensor(&t, 1, 1, 2, BDS_INT8, 3);
    bdf_op *op = only_op(BDF_MATMUL, a, b, y);
    op->m_a = 1000;
    op->m_b = transposed;
}

/* The same of int16, with b of that type. */
static void wide_matmul(uint32_t depth, bds_type b, uint8_t left)
{
    const uint32_t x = tiny_tensor(&t, 1, 1, depth, BDS_INT16, 0), z = tiny_tensor(&t, 1, depth, 2, b, 0),
                   y = tiny_tensor(&t, 1, 1, 2, BDS_INT16, 3);
    tiny_input(&t, x, 0);
    tiny_input(&t, z, 0);
    bdf_op *op = only_op(BDF_MATMUL, x, z, y);
    op->m_a = 1000;
    op->left = left;
}

static void test_matmul(void)
{
    for (int transposed = 0; transposed < 2; transposed++) {
        OPENS(matmul(4, transposed), (void)0, BDS_OK);
        OPENS(matmul(4, transposed), t.ops[0].m_b = 1 - transposed, BDS_E_INVALID);
        OPENS(matmul(2, transposed), t.ops[0].m_b = 1 - transposed, BDS_OK); /* a square */
        OPENS(matmul(4, transposed), t.tensors[1].dims[1] = 2, BDS_E_INVALID);
        OPENS(matmul(4, transposed), t.tensors[2].dims[1] = 2, BDS_E_INVALID);
        OPENS(matmul(4, transposed), t.tensors[2].dims[2] = 2, BDS_E_INVALID);
        OPENS(matmul(4, transposed), t.tensors[2].dims[3] = 3, BDS_E_INVALID);
        OPENS(matmul(4, transposed), t.tensors[0].dims[1] = 2, BDS_E_INVALID);
        OPENS(matmul(4, transposed), t.tensors[0].dims[3] = 3, BDS_E_INVALID);
        OPENS(matmul(16448, transposed), (void)0, BDS_OK); /* * 65280 < 2^30 */
        OPENS(matmul(16449, transposed), (void)0, BDS_E_LIMIT);
        OPENS(matmul(128, transposed), t.ops[0].left = 7, BDS_OK);
        OPENS(matmul(129, transposed), t.ops[0].left = 7, BDS_E_LIMIT);
    }
    OPENS(matmul(2, 0), t.ops[0].m_b = 2, BDS_E_INVALID);
    OPENS(matmul(2, 0), t.ops[0].m_b = -1, BDS_E_INVALID);
    OPENS(matmul(2, 0), t.ops[0].m_a = 0, BDS_E_INVALID);
    OPENS(matmul(2, 0), t.ops[0].m_a = 32768, BDS_E_INVALID);
    OPENS(matmul(2, 0), t.ops[0].shift = 39, BDS_E_INVALID);
    OPENS(matmul(2, 0), t.ops[0].hi = 128, BDS_E_INVALID);
    OPENS(matmul(2, 0), t.ops[0].input_count = 1, BDS_E_INVALID);
    OPENS(matmul(2, 0), t.tensors[1].type = BDS_INT16, BDS_E_UNSUPPORTED);
    OPENS(wide_matmul(65, BDS_INT16, 0), (void)0, BDS_OK);
    OPENS(wide_matmul(65, BDS_INT8, 0), t.tensors[1].zero_point = 1, BDS_OK);
    OPENS(wide_matmul(65, BDS_INT16, 0), t.tensors[1].zero_point = 1, BDS_E_UNSUPPORTED);
    OPENS(wide_matmul(65, BDS_INT16, 0), t.tensors[0].zero_point = 1, BDS_E_UNSUPPORTED);
    OPENS(wide_matmul(65, BDS_INT16, 0), t.tensors[0].type = BDS_INT8, BDS_E_UNSUPPORTED);
    OPENS(wide_matmul(511, BDS_INT16, 7), (void)0, BDS_OK);
    OPENS(wide_matmul(512, BDS_INT16, 7), (void)0, BDS_E_LIMIT);
}

/* ---- The smaller ones ------------------------------------------------------------------------------------------------ */

static void extreme(bdf_opcode code)
{
    pair(code);
    t.tensors[0].zero_point = t.tensors[1].zero_point = t.tensors[2].zero_point = 3;
}

static void channel_table(bds_type x, bds_type y, bds_type table, uint32_t entries)
{
    static const int16_t zeros[3 * 257] = {0};
    const uint32_t a = tiny_tensor(&t, 1, 2, 3, x, 0), b = tiny_tensor(&t, 1, 2, 3, y, 0);
    tiny_input(&t, a, 0);
    only_op(BDF_CHANNEL_TABLE, a, BDF_NONE, b)->table =
        tiny_blob(&t, table, entries, zeros, entries * (table == BDS_INT8 ? 1 : 2));
}

static uint16_t *resize(void)
{
    static const uint16_t lines[3 * 9] = {0};
    const uint32_t x = raw_input(2, 3, 2, 1), y = tiny_tensor(&t, 4, 5, 2, BDS_INT8, 1);
    bdf_op *op = only_op(BDF_RESIZE, x, BDF_NONE, y);
    op->table = tiny_blob(&t, BDS_UINT16, 3 * 9, lines, sizeof lines);
    return (uint16_t *)(void *)(t.data + t.blobs[op->table].offset);
}

static void normalise(bdf_opcode code)
{
    const uint32_t x = raw_input(2, 3, 6, 1), y = tiny_tensor(&t, 2, 3, 6, BDS_INT8, 1);
    bdf_op *op = only_op(code, x, BDF_NONE, y);
    op->groups = 3;
    op->shift = 10;
    op->multipliers = tiny_i16(&t, 6, -32768);
    op->bias = tiny_i32(&t, 6, (1 << 18) - 5);
}

static void arg_max(uint32_t channels)
{
    const uint32_t x = raw_input(1, 2, channels, 1), y = tiny_tensor(&t, 1, 2, 1, BDS_INT16, 0);
    only_op(BDF_ARG_MAX, x, BDF_NONE, y);
}

static void convert(void)
{
    const uint32_t x = raw_input(2, 3, 2, 1), y = tiny_tensor(&t, 2, 3, 2, BDS_INT16, 1);
    bdf_op *op = only_op(BDF_CONVERT, x, BDF_NONE, y);
    op->m_a = -32767;
    op->shift = 30;
}

static void test_smaller_ones(void)
{
    uint16_t *lines;
    for (bdf_opcode code = BDF_MIN; code <= BDF_MAX; code++) {
        OPENS(extreme(code), (void)0, BDS_OK);
        OPENS(extreme(code), t.tensors[1].dims[1] = t.tensors[1].dims[2] = 1, BDS_OK);
        OPENS(extreme(code), t.tensors[1].dims[1] = 1, BDS_E_INVALID);
        for (uint32_t i = 0; i < 3; i++) {
            OPENS(extreme(code), t.tensors[i].zero_point = 4, BDS_E_INVALID);
            OPENS(extreme(code), t.tensors[i].type = BDS_INT16, BDS_E_INVALID);
        }
        OPENS(extreme(code), t.ops[0].hi = 128, BDS_E_INVALID);
        OPENS(extreme(code), t.ops[0].input_count = 1, BDS_E_INVALID);
    }
    OPENS(channel_table(BDS_INT8, BDS_INT8, BDS_INT8, 768), (void)0, BDS_OK);
    OPENS(channel_table(BDS_INT8, BDS_INT8, BDS_INT8, 256), (void)0, BDS_E_INVALID);
    OPENS(channel_table(BDS_INT8, BDS_INT8, BDS_INT8, 771), (void)0, BDS_E_INVALID);
    OPENS(channel_table(BDS_INT8, BDS_INT8, BDS_INT16, 768), (void)0, BDS_E_INVALID);
    OPENS(channel_table(BDS_INT8, BDS_INT16, BDS_INT16, 768), (void)0, BDS_OK);
    OPENS(channel_table(BDS_INT8, BDS_INT16, BDS_INT8, 768), (void)0, BDS_E_INVALID);
    OPENS(channel_table(BDS_INT16, BDS_INT8, BDS_INT16, 771), (void)0, BDS_OK);
    OPENS(channel_table(BDS_INT16, BDS_INT16, BDS_INT16, 771), (void)0, BDS_OK);
    OPENS(channel_table(BDS_INT16, BDS_INT16, BDS_INT16, 768), (void)0, BDS_E_INVALID);
    OPENS(channel_table(BDS_INT16, BDS_INT16, BDS_UINT16, 771), (void)0, BDS_E_INVALID);

    OPENS(lines = resize(), (lines[0] = lines[1] = lines[9] = 1, lines[11] = 1024), BDS_OK);
    OPENS(lines = resize(), (lines[12] = lines[13] = lines[25] = 2, lines[26] = 1024), BDS_OK);
    for (uint32_t i = 0; i < 3 * 9; i += 5) {
        OPENS(lines = resize(), lines[i] = i % 3 == 2 ? 1025 : i < 12 ? 2 : 3, BDS_E_INVALID);
        OPENS(lines = resize(), lines[i] = 65535, BDS_E_INVALID);
    }
    OPENS(resize(), t.tensors[1].dims[1] = 5, BDS_E_INVALID);
    OPENS(resize(), t.tensors[1].dims[3] = 1, BDS_E_INVALID);
    OPENS(resize(), t.tensors[1].zero_point = 2, BDS_E_INVALID);
    OPENS(resize(), t.tensors[1].type = BDS_INT16, BDS_E_INVALID);
    OPENS(resize(), t.blobs[0].type = BDS_INT16, BDS_E_INVALID);

    for (bdf_opcode code = BDF_LAYER_NORM; code <= BDF_INSTANCE_NORM; code++) {
        const bds_status grouped_status = code == BDF_LAYER_NORM ? BDS_OK : BDS_E_INVALID;
        OPENS(normalise(code), (void)0, BDS_OK); /* the sixth bias is 2^18 */
        OPENS(normalise(code), t.data[t.blobs[t.ops[0].bias].offset + 20] = 1, BDS_E_LIMIT);
        OPENS(normalise(code), memset(t.data + t.blobs[t.ops[0].bias].offset, 0x80, 4), BDS_E_LIMIT);
        OPENS(normalise(code), t.ops[0].shift = 0, BDS_E_INVALID);
        OPENS(normalise(code), t.ops[0].shift = 19, BDS_OK);
        OPENS(normalise(code), t.ops[0].shift = 20, BDS_E_INVALID);
        OPENS(normalise(code), t.ops[0].m_a = INT32_MAX, BDS_OK);
        OPENS(normalise(code), t.ops[0].m_a = -1, BDS_E_INVALID);
        OPENS(normalise(code), t.ops[0].groups = 0, grouped_status);
        OPENS(normalise(code), t.ops[0].groups = 4, grouped_status);
        OPENS(normalise(code), t.ops[0].groups = 6, BDS_OK);
        OPENS(normalise(code), t.ops[0].multipliers = BDF_NONE, BDS_E_INVALID);
        OPENS(normalise(code), t.ops[0].bias = t.ops[0].multipliers, BDS_E_INVALID);
        OPENS(normalise(code), t.tensors[1].dims[1] = 3, BDS_E_INVALID);
        OPENS(normalise(code), t.ops[0].lo = -129, BDS_E_INVALID);
        OPENS(normalise(code), t.tensors[1].type = BDS_INT16, BDS_OK);
    }

    OPENS(arg_max(32768), (void)0, BDS_OK);
    OPENS(arg_max(32769), (void)0, BDS_E_INVALID);
    OPENS(arg_max(9), t.tensors[1].type = BDS_INT8, BDS_E_INVALID);
    OPENS(arg_max(9), t.tensors[1].zero_point = 1, BDS_E_INVALID);
    OPENS(arg_max(9), t.tensors[1].dims[3] = 2, BDS_E_INVALID);
    OPENS(arg_max(9), t.tensors[1].dims[2] = 1, BDS_E_INVALID);

    OPENS(convert(), (void)0, BDS_OK);
    OPENS(convert(), t.ops[0].m_a = -32768, BDS_E_INVALID);
    OPENS(convert(), t.ops[0].m_a = 32768, BDS_E_INVALID);
    OPENS(convert(), t.ops[0].shift = 0, BDS_E_INVALID);
    OPENS(convert(), t.ops[0].shift = 31, BDS_E_INVALID);
    OPENS(convert(), t.tensors[1].dims[1] = 3, BDS_E_INVALID);
    OPENS(convert(), t.tensors[1].type = BDS_INT8, BDS_E_INVALID); /* the clamp is too wide */
    OPENS(convert(), (t.op_links[t.link_count++] = 0, t.ops[0].input_count = 2), BDS_E_INVALID);

    OPENS(softmax(8), t.tensors[1].zero_point = 0, BDS_E_INVALID);
    OPENS(softmax(8), (t.tensors[1].zero_point = 0, t.tensors[1].type = BDS_INT16), BDS_OK);
    OPENS(pad(),
          (t.tensors[0].type = t.tensors[1].type = BDS_INT16, t.tensors[1].arena_offset = 32, t.ops[0].m_a = -32768),
          BDS_OK);
    OPENS(pad(),
          (t.tensors[0].type = t.tensors[1].type = BDS_INT16, t.tensors[1].arena_offset = 32, t.ops[0].m_a = 32768),
          BDS_E_INVALID);
    OPENS(table(), t.ops[0].code = BDF_CONVERT + 1, BDS_E_UNSUPPORTED);
    OPENS(table(), t.ops[0].code = 0, BDS_E_UNSUPPORTED);
}

int main(void)
{
    test_wide_weights();
    test_views();
    test_matmul();
    test_smaller_ones();
    return check_done();
}
