/* Writes small .bds models by hand, record by record, so that tests can say exactly what a file holds (and what is wrong with it).
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_TESTS_TINY_MODEL_H
#define BEDSIDE_TESTS_TINY_MODEL_H

#include <stdalign.h>
#include <stdint.h>
#include <string.h>

#include "bedside.h"
#include "crc32c.h"
#include "format.h"

#define TINY_MAX 24

typedef struct tiny_model {
    bdf_input inputs[TINY_MAX];
    bdf_tensor tensors[TINY_MAX];
    bdf_op ops[TINY_MAX];
    uint32_t op_links[TINY_MAX * 4], outputs[TINY_MAX];
    bdf_blob blobs[TINY_MAX * 4];
    bdf_result result;
    uint32_t input_count, tensor_count, op_count, link_count, output_count, blob_count, data_bytes, arena_bytes;
    int has_result;
    const char *labels; /* metadata "labels"; null: none is written */
    uint8_t data[1 << 17];
} tiny_model;

/* A tensor behind all former ones in the arena. */
static inline uint32_t tiny_tensor(tiny_model *m, uint32_t h, uint32_t w, uint32_t c, bds_type type, int32_t zero_point)
{
    uint32_t bytes = h * w * c * (type == BDS_INT16 ? 2u : 1u);
    bdf_tensor t = {{1, h, w, c}, (uint16_t)type, 0, zero_point, 0.05f, m->arena_bytes};
    m->arena_bytes += (bytes + 15u) & ~15u;
    m->tensors[m->tensor_count] = t;
    return m->tensor_count++;
}

static inline uint32_t tiny_blob(tiny_model *m, bds_type type, uint32_t count, const void *values, uint32_t bytes)
{
    bdf_blob b = {m->data_bytes, bytes, count, (uint16_t)type, BDF_RAW, 0, {0}};
    memcpy(m->data + m->data_bytes, values, bytes);
    m->data_bytes += (bytes + 15u) & ~15u;
    m->blobs[m->blob_count] = b;
    return m->blob_count++;
}

/* Deterministic int8 weights in [-127, 127]. */
static inline uint32_t tiny_weights(tiny_model *m, uint32_t count, uint32_t seed)
{
    int8_t w[4096];
    for (uint32_t i = 0; i < count; i++) {
        seed = seed * 1664525u + 1013904223u;
        w[i] = (int8_t)((int32_t)(seed >> 24) % 255 - 127);
    }
    return tiny_blob(m, BDS_INT8, count, w, count);
}

static inline uint32_t tiny_i32(tiny_model *m, uint32_t count, int32_t value)
{
    int32_t v[256];
    for (uint32_t i = 0; i < count; i++)
        v[i] = value + (int32_t)i;
    return tiny_blob(m, BDS_INT32, count, v, count * 4);
}

static inline uint32_t tiny_i16(tiny_model *m, uint32_t count, int16_t value)
{
    int16_t v[256];
    for (uint32_t i = 0; i < count; i++)
        v[i] = value;
    return tiny_blob(m, BDS_INT16, count, v, count * 2);
}

/* A falling curve of 257 samples, like exp(-x). */
static inline uint32_t tiny_curve(tiny_model *m)
{
    uint16_t v[257];
    double e = 65535;
    for (int i = 0; i < 257; i++, e *= 0.96)
        v[i] = (uint16_t)e;
    return tiny_blob(m, BDS_UINT16, 257, v, sizeof v);
}

/* An operator with a window of 1 x 1, no blobs and a neutral requantisation; the caller changes what it needs. */
static inline bdf_op *tiny_op(tiny_model *m, bdf_opcode code, uint32_t a, uint32_t b, uint32_t output)
{
    bdf_op op = {0};
    op.code = (uint16_t)code;
    op.groups = op.kernel_h = op.kernel_w = op.stride_h = op.stride_w = op.dilation_h = op.dilation_w = 1;
    op.input_first = m->link_count;
    m->op_links[m->link_count++] = a;
    if (b != BDF_NONE)
        m->op_links[m->link_count++] = b;
    op.input_count = m->link_count - op.input_first;
    op.output = output;
    op.shift = 22;
    op.lo = m->tensors[output].type == BDS_INT16 ? -32768 : -128;
    op.hi = m->tensors[output].type == BDS_INT16 ? 32767 : 127;
    op.weights = op.bias = op.multipliers = op.table = BDF_NONE;
    m->ops[m->op_count] = op;
    return &m->ops[m->op_count++];
}

static inline void tiny_input(tiny_model *m, uint32_t tensor, int is_image)
{
    bdf_input in = {tensor, (uint16_t)is_image, BDF_CROP_CENTRE_SQUARE, BDF_NONE, BDF_NONE};
    if (is_image) {
        int8_t table[3 * 256];
        for (int i = 0; i < 3 * 256; i++)
            table[i] = (int8_t)(i % 256 - 128);
        in.table = tiny_blob(m, BDS_INT8, m->tensors[tensor].dims[3] * 256, table, m->tensors[tensor].dims[3] * 256);
    }
    m->inputs[m->input_count++] = in;
}

static inline uint32_t tiny_section(uint8_t *file, uint32_t at, bdf_section *s, uint32_t kind, const void *bytes,
                                    uint32_t n, uint32_t count)
{
    at = (at + 63u) & ~63u;
    bdf_section section = {kind, at, n, count};
    *s = section;
    if (n)
        memcpy(file + at, bytes, n);
    return at + n;
}

/* Sets length, SHA-256 and CRC of a file that was changed on purpose. */
static inline void tiny_seal(uint8_t *file, uint32_t n)
{
    bdf_header h;
    memcpy(&h, file, sizeof h);
    h.file_bytes = n;
    h.crc32c = 0;
    bds_sha256(h.sha256, file + sizeof h, n - sizeof h);
    memcpy(file, &h, sizeof h);
    h.crc32c = bds_crc32c(0, file, n);
    memcpy(file, &h, sizeof h);
}

/* Writes the file; returns its length. file is 16-byte aligned, holds all that was put into the model, and is cleared. */
static inline uint32_t tiny_write(const tiny_model *m, uint8_t *file, size_t capacity)
{
    bdf_section table[8] = {{0}};
    uint32_t sections = 0, at = sizeof(bdf_header) + sizeof table, links[TINY_MAX * 5];
    uint8_t meta[512];
    bdf_meta entries[2] = {{32, 4, 36, 4}, {40, 6, 46, 0}};
    memset(file, 0, capacity);
    memcpy(meta, entries, sizeof entries);
    memcpy(meta + 32, "nametinylabels", 14);
    entries[1].text_bytes = m->labels ? (uint32_t)strlen(m->labels) : 0;
    if (m->labels)
        memcpy(meta + 46, m->labels, entries[1].text_bytes);
    memcpy(meta, entries, sizeof entries);
    memcpy(links, m->op_links, m->link_count * 4);
    memcpy(links + m->link_count, m->outputs, m->output_count * 4);

    at = tiny_section(file, at, &table[sections++], BDF_META, meta, 46 + entries[1].text_bytes, m->labels ? 2 : 1);
    at = tiny_section(file, at, &table[sections++], BDF_INPUTS, m->inputs, m->input_count * (uint32_t)sizeof *m->inputs,
                      m->input_count);
    at = tiny_section(file, at, &table[sections++], BDF_TENSORS, m->tensors,
                      m->tensor_count * (uint32_t)sizeof *m->tensors, m->tensor_count);
    at = tiny_section(file, at, &table[sections++], BDF_OPS, m->ops, m->op_count * (uint32_t)sizeof *m->ops,
                      m->op_count);
    at = tiny_section(file, at, &table[sections++], BDF_LINKS, links, (m->link_count + m->output_count) * 4,
                      m->link_count + m->output_count);
    at = tiny_section(file, at, &table[sections++], BDF_BLOBS, m->blobs, m->blob_count * (uint32_t)sizeof *m->blobs,
                      m->blob_count);
    at = tiny_section(file, at, &table[sections++], BDF_DATA, m->data, m->data_bytes, 0);
    if (m->has_result)
        at = tiny_section(file, at, &table[sections++], BDF_RESULT, &m->result, sizeof m->result, 1);

    bdf_header h = {{0}, BDF_MAJOR, BDF_MINOR, at, sections, 0, {0}, {0}};
    memcpy(h.magic, BDF_MAGIC, 8);
    memcpy(file, &h, sizeof h);
    memcpy(file + sizeof h, table, sizeof table);
    tiny_seal(file, at);
    return at;
}

/* A picture classifier that uses most operators: 8x8x1 -> conv 3x3 (4) -> depthwise -> max pool -> grouped conv, added -> table ->
 * average pool -> int16 logits of 2 labels, with a result section. */
static inline void tiny_classifier(tiny_model *m)
{
    memset(m, 0, sizeof *m);
    m->labels = "normal\nfinding";
    uint32_t x = tiny_tensor(m, 8, 8, 1, BDS_INT8, -128);
    tiny_input(m, x, 1);
    uint32_t a = tiny_tensor(m, 8, 8, 4, BDS_INT8, -128);
    bdf_op *op = tiny_op(m, BDF_CONV, x, BDF_NONE, a);
    op->kernel_h = op->kernel_w = 3;
    op->pad_top = op->pad_left = op->pad_bottom = op->pad_right = 1;
    op->weights = tiny_weights(m, 36, 1);
    op->bias = tiny_i32(m, 4, 1000);
    op->multipliers = tiny_i16(m, 4, 20000);
    uint32_t b = tiny_tensor(m, 8, 8, 4, BDS_INT8, 3);
    op = tiny_op(m, BDF_DEPTHWISE, a, BDF_NONE, b);
    op->kernel_h = op->kernel_w = 3;
    op->pad_top = op->pad_left = op->pad_bottom = op->pad_right = 1;
    op->weights = tiny_weights(m, 36, 2);
    op->bias = tiny_i32(m, 4, -500);
    op->multipliers = tiny_i16(m, 4, 15000);
    uint32_t c = tiny_tensor(m, 4, 4, 4, BDS_INT8, 3);
    op = tiny_op(m, BDF_MAX_POOL, b, BDF_NONE, c);
    op->kernel_h = op->kernel_w = op->stride_h = op->stride_w = 2;
    uint32_t d = tiny_tensor(m, 4, 4, 4, BDS_INT8, -5);
    op = tiny_op(m, BDF_CONV, c, BDF_NONE, d);
    op->groups = 2;
    op->weights = tiny_weights(m, 8, 3);
    op->bias = tiny_i32(m, 4, 77);
    op->multipliers = tiny_i16(m, 4, 32767);
    op->left = 2;
    uint32_t e = tiny_tensor(m, 4, 4, 4, BDS_INT8, 0);
    op = tiny_op(m, BDF_ADD, c, d, e);
    op->m_a = 16000;
    op->m_b = 12000;
    op->shift = 15;
    uint32_t f = tiny_tensor(m, 4, 4, 4, BDS_INT8, -128);
    op = tiny_op(m, BDF_TABLE, e, BDF_NONE, f);
    int8_t table[256];
    for (int i = 0; i < 256; i++)
        table[i] = (int8_t)(i < 128 ? -128 : i - 128);
    op->table = tiny_blob(m, BDS_INT8, 256, table, 256);
    uint32_t g = tiny_tensor(m, 1, 1, 4, BDS_INT8, -128);
    op = tiny_op(m, BDF_AVG_POOL, f, BDF_NONE, g);
    op->kernel_h = op->kernel_w = 4;
    op->multipliers = tiny_i16(m, 16, 32767);
    op->shift = 18;
    uint32_t y = tiny_tensor(m, 1, 1, 2, BDS_INT16, 0);
    op = tiny_op(m, BDF_FULLY_CONNECTED, g, BDF_NONE, y);
    op->weights = tiny_weights(m, 8, 4);
    op->bias = tiny_i32(m, 2, 9000);
    op->multipliers = tiny_i16(m, 2, 30000);
    op->shift = 17;
    m->outputs[m->output_count++] = y;
    m->has_result = 1;
    bdf_result r = {0};
    r.kind = BDF_RESULT_SOFTMAX;
    r.tensor = y;
    r.label_count = 2;
    r.curve = tiny_curve(m);
    r.curve_shift = 6;
    r.interval = r.gate_tensor = r.gate_mean = r.gate_weight = BDF_NONE;
    r.abstain_below = 39322;
    m->result = r;
}

#endif
