/* What the tests of bds_model_open's checks share: models that are right but for one thing.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_TESTS_OPENS_H
#define BEDSIDE_TESTS_OPENS_H

#include "support/tiny_model.h"
#include "unit/check.h"

static alignas(64) uint8_t file[1 << 18];
static tiny_model t;

static inline bds_status open_model(void)
{
    bds_model m;
    return bds_model_open(&m, file, tiny_write(&t, file, sizeof file));
}

/* Builds a model, changes one thing, opens it. */
#define OPENS(build, change, status)                                                                                   \
    do {                                                                                                               \
        memset(&t, 0, sizeof t);                                                                                       \
        build;                                                                                                         \
        change;                                                                                                        \
        CHECK(open_model() == (status));                                                                               \
    } while (0)

static inline uint32_t raw_input(uint32_t h, uint32_t w, uint32_t c, int32_t zero_point)
{
    const uint32_t x = tiny_tensor(&t, h, w, c, BDS_INT8, zero_point);
    tiny_input(&t, x, 0);
    return x;
}

static inline void share(uint32_t a, uint32_t b)
{
    t.tensors[a].arena_offset = t.tensors[b].arena_offset;
}

/* One operator from the inputs to tensor y, which is the model's output. */
static inline bdf_op *only_op(bdf_opcode code, uint32_t a, uint32_t b, uint32_t y)
{
    t.outputs[t.output_count++] = y;
    return tiny_op(&t, code, a, b, y);
}

static inline uint32_t identity(void)
{
    int8_t table[256];
    for (int i = 0; i < 256; i++)
        table[i] = (int8_t)(i - 128);
    return tiny_blob(&t, BDS_INT8, 256, table, 256);
}

static inline void table_op(uint32_t x, uint32_t y)
{
    tiny_op(&t, BDF_TABLE, x, BDF_NONE, y)->table = identity();
}

static inline void weighted(bdf_op *op, uint32_t weights, uint32_t channels, int32_t bias, uint8_t left)
{
    op->weights = tiny_weights(&t, weights, 3);
    op->bias = tiny_i32(&t, channels, bias);
    op->multipliers = tiny_i16(&t, channels, 20000);
    op->left = left;
}

static inline void dense(uint32_t depth, int32_t bias, uint8_t left)
{
    const uint32_t x = raw_input(1, 1, depth, 0), y = tiny_tensor(&t, 1, 1, 1, BDS_INT8, 0);
    weighted(only_op(BDF_FULLY_CONNECTED, x, BDF_NONE, y), depth, 1, bias, left);
}

static inline void pad(void)
{
    const uint32_t x = raw_input(2, 3, 2, 1), y = tiny_tensor(&t, 5, 10, 2, BDS_INT8, 1);
    bdf_op *op = only_op(BDF_PAD, x, BDF_NONE, y);
    op->pad_top = 1;
    op->pad_bottom = 2;
    op->pad_left = 3;
    op->pad_right = 4;
}

static inline void table(void)
{
    const uint32_t x = raw_input(2, 3, 2, 1), y = tiny_tensor(&t, 2, 3, 2, BDS_INT8, 0);
    table_op(x, y);
    t.outputs[t.output_count++] = y;
}

static inline void softmax(uint32_t channels)
{
    const uint32_t x = raw_input(1, 1, channels, 1), y = tiny_tensor(&t, 1, 1, channels, BDS_INT8, -128);
    bdf_op *op = only_op(BDF_SOFTMAX, x, BDF_NONE, y);
    op->table = tiny_curve(&t);
    op->shift = 1;
}

static inline void pair(bdf_opcode code)
{
    const uint32_t a = raw_input(2, 3, 4, 1), b = raw_input(2, 3, 4, 2), y = tiny_tensor(&t, 2, 3, 4, BDS_INT8, 3);
    bdf_op *op = only_op(code, a, b, y);
    op->m_a = op->m_b = 1000;
}

#endif
