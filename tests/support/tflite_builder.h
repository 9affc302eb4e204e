/* Writes small TensorFlow Lite files in memory: just enough of FlatBuffers, and of the schema. What is set is written as it is, so
 * that wrong files can be made too.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_TESTS_TFLITE_BUILDER_H
#define BEDSIDE_TESTS_TFLITE_BUILDER_H

#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { LITE_TENSORS = 64, LITE_OPS = 32, LITE_LINKS = 32, LITE_RANK = 10, LITE_SCALES = 16, LITE_FIELDS = 8 };
enum {
    LITE_FLOAT = 0,
    LITE_HALF = 1,
    LITE_INT32 = 2,
    LITE_UINT8 = 3,
    LITE_INT64 = 4,
    LITE_BOOL = 6,
    LITE_INT16 = 7,
    LITE_INT8 = 9
};

typedef struct lite_tensor {
    const char *name;
    uint8_t type, variable, sparse, details, has_rank;
    uint32_t rank, scale_count, zero_count;
    int32_t shape[LITE_RANK], signature[LITE_RANK], axis;
    int has_signature;
    float scales[LITE_SCALES];
    int64_t zeros[LITE_SCALES];
    const void *data; /* must live until the file is written; null: no constant */
    uint32_t bytes;
    uint32_t buffer; /* written as it is if not 0 */
} lite_tensor;

typedef struct lite_field {
    uint32_t bytes; /* 1, 4, 8: a number; 0: absent; 99: a vector of int32 */
    int64_t value;
    int32_t values[LITE_RANK];
    uint32_t count;
} lite_field;

typedef struct lite_op {
    uint32_t code, options_type;
    const char *custom;
    uint32_t version; /* 0: 1 */
    int32_t inputs[LITE_LINKS], outputs[LITE_LINKS];
    uint32_t input_count, output_count;
    lite_field options[LITE_FIELDS];
} lite_op;

typedef struct lite {
    lite_tensor tensors[LITE_TENSORS];
    lite_op ops[LITE_OPS];
    int32_t inputs[LITE_LINKS], outputs[LITE_LINKS];
    uint32_t tensor_count, op_count, input_count, output_count;
    uint32_t version;            /* 0: 3 */
    uint32_t subgraphs;          /* 0: 1 */
    uint32_t repeat_ops;         /* entries of the operators' vector; 0: one each */
    uint32_t operator_codes_cut; /* so many operator codes are left out */
    uint8_t *data;
    size_t n, capacity;
} lite;

/* ---- What a model is made of ------------------------------------------------------------------------------------- */

static inline int32_t lite_tensor_of(lite *m, const char *name, uint8_t type, uint32_t rank, const int32_t *shape)
{
    if (m->tensor_count == LITE_TENSORS)
        abort();
    lite_tensor *t = &m->tensors[m->tensor_count];
    t->name = name;
    t->type = type;
    t->rank = rank;
    t->has_rank = 1;
    for (uint32_t i = 0; i < rank; i++)
        t->shape[i] = shape[i];
    return (int32_t)m->tensor_count++;
}

#define LITE_SHAPE(...)                                                                                                \
    sizeof((int32_t[]){__VA_ARGS__}) / sizeof(int32_t), (int32_t[])                                                    \
    {                                                                                                                  \
        __VA_ARGS__                                                                                                    \
    }

static inline int32_t lite_input(lite *m, const char *name, uint8_t type, uint32_t rank, const int32_t *shape)
{
    return m->inputs[m->input_count++] = lite_tensor_of(m, name, type, rank, shape);
}

static inline int32_t lite_constant(lite *m, const char *name, uint8_t type, const void *data, uint32_t bytes,
                                    uint32_t rank, const int32_t *shape)
{
    int32_t t = lite_tensor_of(m, name, type, rank, shape);
    m->tensors[t].data = data;
    m->tensors[t].bytes = bytes;
    return t;
}

static inline int32_t lite_quantised(lite *m, int32_t t, float scale, int64_t zero)
{
    m->tensors[t].scale_count = m->tensors[t].zero_count = 1;
    m->tensors[t].scales[0] = scale;
    m->tensors[t].zeros[0] = zero;
    return t;
}

static inline lite_op *lite_op_of(lite *m, uint32_t code, uint32_t options_type)
{
    if (m->op_count == LITE_OPS)
        abort();
    lite_op *op = &m->ops[m->op_count++];
    op->code = code;
    op->options_type = options_type;
    return op;
}

static inline void lite_in(lite_op *op, int32_t tensor)
{
    op->inputs[op->input_count++] = tensor;
}

static inline void lite_out(lite_op *op, int32_t tensor)
{
    op->outputs[op->output_count++] = tensor;
}

static inline void lite_option(lite_op *op, uint32_t field, uint32_t bytes, int64_t value)
{
    op->options[field] = (lite_field){.bytes = bytes, .value = value};
}

static inline void lite_option_float(lite_op *op, uint32_t field, float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    lite_option(op, field, 4, bits);
}

static inline void lite_option_shape(lite_op *op, uint32_t field, uint32_t count, const int32_t *values)
{
    op->options[field].bytes = 99;
    op->options[field].count = count;
    for (uint32_t i = 0; i < count; i++)
        op->options[field].values[i] = values[i];
}

static inline void lite_result(lite *m, int32_t tensor)
{
    m->outputs[m->output_count++] = tensor;
}

/* ---- FlatBuffers, written forwards: a table first, then what its fields point to ----------------------------------- */

static inline uint32_t lite_room(lite *m, size_t bytes)
{
    size_t at = (m->n + 7) & ~(size_t)7;
    if (at + bytes > m->capacity) {
        m->capacity = 2 * (at + bytes) + 1024;
        uint8_t *moved = realloc(m->data, m->capacity);
        if (!moved)
            abort();
        m->data = moved;
    }
    memset(m->data + m->n, 0, at + bytes - m->n);
    m->n = at + bytes;
    return (uint32_t)at;
}

static inline void lite_put(lite *m, uint32_t at, uint32_t bytes, uint64_t value)
{
    for (uint32_t i = 0; i < bytes; i++)
        m->data[at + i] = (uint8_t)(value >> (8 * i));
}

/* The uoffset at this place points to what is written next at `to`. */
static inline void lite_refer(lite *m, uint32_t place, uint32_t to)
{
    lite_put(m, place, 4, to - place);
}

/* A table of so many fields, each in eight bytes; those whose bit of absent is set are not there. Field k stands at table + 8 + 8 k. */
static inline uint32_t lite_table(lite *m, uint32_t fields, uint32_t absent)
{
    uint32_t vtable = lite_room(m, 4 + 2 * (size_t)fields), table = lite_room(m, 8 + 8 * (size_t)fields);
    lite_put(m, vtable, 2, 4 + 2 * fields);
    lite_put(m, vtable + 2, 2, 8 + 8 * fields);
    for (uint32_t k = 0; k < fields; k++)
        lite_put(m, vtable + 4 + 2 * k, 2, absent >> k & 1 ? 0 : 8 + 8 * k);
    lite_put(m, table, 4, table - vtable);
    return table;
}

static inline uint32_t lite_vector(lite *m, uint32_t place, uint32_t count, uint32_t element_bytes)
{
    /* Elements of eight bytes stand on eight. */
    uint32_t at = lite_room(m, 8 + (size_t)count * element_bytes) + 4;
    lite_put(m, at, 4, count);
    lite_refer(m, place, at);
    return at + 4;
}

static inline void lite_bytes(lite *m, uint32_t place, const void *bytes, uint32_t n)
{
    uint32_t at = lite_vector(m, place, n, 1);
    if (n)
        memcpy(m->data + at, bytes, n);
    lite_room(m, 1); /* strings end in a zero */
}

static inline void lite_integers(lite *m, uint32_t place, uint32_t count, const int32_t *values)
{
    uint32_t at = lite_vector(m, place, count, 4);
    for (uint32_t i = 0; i < count; i++)
        lite_put(m, at + 4 * i, 4, (uint32_t)values[i]);
}

static inline void lite_write_tensor(lite *m, uint32_t place, const lite_tensor *t, uint32_t buffer)
{
    uint32_t absent = (t->scale_count ? 0u : 1u << 4) | (t->sparse ? 0u : 1u << 6) | (t->has_signature ? 0u : 1u << 7);
    uint32_t table = lite_table(m, 9, absent);
    lite_refer(m, place, table);
    lite_integers(m, table + 8, t->rank, t->shape);
    lite_put(m, table + 16, 1, t->type);
    lite_put(m, table + 24, 4, t->buffer ? t->buffer : buffer);
    lite_bytes(m, table + 32, t->name, (uint32_t)strlen(t->name));
    if (t->scale_count) {
        uint32_t q = lite_table(m, 7, 1u << 0 | 1u << 1 | 1u << 5);
        lite_refer(m, table + 40, q);
        uint32_t at = lite_vector(m, q + 24, t->scale_count, 4);
        for (uint32_t i = 0; i < t->scale_count; i++) {
            uint32_t bits;
            memcpy(&bits, &t->scales[i], sizeof bits);
            lite_put(m, at + 4 * i, 4, bits);
        }
        at = lite_vector(m, q + 32, t->zero_count, 8);
        for (uint32_t i = 0; i < t->zero_count; i++)
            lite_put(m, at + 8 * i, 8, (uint64_t)t->zeros[i]);
        lite_put(m, q + 40, 1, t->details);
        lite_put(m, q + 56, 4, (uint32_t)t->axis);
    }
    lite_put(m, table + 48, 1, t->variable);
    if (t->sparse)
        lite_refer(m, table + 56, lite_table(m, 3, 7));
    if (t->has_signature)
        lite_integers(m, table + 64, t->rank, t->signature);
    lite_put(m, table + 72, 1, t->has_rank);
}

static inline uint32_t lite_write_op(lite *m, const lite_op *op, uint32_t code)
{
    uint32_t table = lite_table(m, 5, op->options_type ? 0 : 1u << 3 | 1u << 4), absent = 0;
    lite_put(m, table + 8, 4, code);
    lite_integers(m, table + 16, op->input_count, op->inputs);
    lite_integers(m, table + 24, op->output_count, op->outputs);
    if (!op->options_type)
        return table;
    lite_put(m, table + 32, 1, op->options_type);
    for (uint32_t k = 0; k < LITE_FIELDS; k++)
        absent |= op->options[k].bytes ? 0 : 1u << k;
    uint32_t options = lite_table(m, LITE_FIELDS, absent);
    lite_refer(m, table + 40, options);
    for (uint32_t k = 0; k < LITE_FIELDS; k++) {
        const lite_field *f = &op->options[k];
        if (f->bytes == 99)
            lite_integers(m, options + 8 + 8 * k, f->count, f->values);
        else if (f->bytes)
            lite_put(m, options + 8 + 8 * k, f->bytes, (uint64_t)f->value);
    }
    return table;
}

/* Writes the file; the caller frees it. */
static inline uint8_t *lite_finish(lite *m, size_t *n)
{
    lite_room(m, 8);
    memcpy(m->data + 4, "TFL3", 4);
    uint32_t model = lite_table(m, 5, 1u << 3);
    lite_refer(m, 0, model);
    lite_put(m, model + 8, 4, m->version ? m->version : 3);
    uint32_t codes = m->op_count - m->operator_codes_cut, at = lite_vector(m, model + 16, codes, 4);
    for (uint32_t i = 0; i < codes; i++) {
        const lite_op *op = &m->ops[i];
        uint32_t code = lite_table(m, 4, op->custom ? 0 : 1u << 1);
        lite_refer(m, at + 4 * i, code);
        lite_put(m, code + 8, 1, op->code < 127 ? op->code : 127);
        if (op->custom)
            lite_bytes(m, code + 16, op->custom, (uint32_t)strlen(op->custom));
        lite_put(m, code + 24, 4, op->version ? op->version : 1);
        lite_put(m, code + 32, 4, op->code);
    }
    uint32_t graphs = m->subgraphs ? m->subgraphs : 1;
    at = lite_vector(m, model + 24, graphs, 4);
    uint32_t graph = lite_table(m, 4, 0);
    for (uint32_t i = 0; i < graphs; i++)
        lite_refer(m, at + 4 * i, graph);
    at = lite_vector(m, graph + 8, m->tensor_count, 4);
    for (uint32_t i = 0; i < m->tensor_count; i++)
        lite_write_tensor(m, at + 4 * i, &m->tensors[i], m->tensors[i].data ? i + 1 : 0);
    lite_integers(m, graph + 16, m->input_count, m->inputs);
    lite_integers(m, graph + 24, m->output_count, m->outputs);
    uint32_t ops = m->repeat_ops ? m->repeat_ops : m->op_count, table = 0;
    at = lite_vector(m, graph + 32, ops, 4);
    for (uint32_t i = 0; i < ops; i++) {
        if (i < m->op_count)
            table = lite_write_op(m, &m->ops[i], i);
        lite_refer(m, at + 4 * i, table);
    }
    at = lite_vector(m, model + 40, m->tensor_count + 1, 4);
    for (uint32_t i = 0; i <= m->tensor_count; i++) {
        const lite_tensor *t = i ? &m->tensors[i - 1] : NULL;
        uint32_t buffer = lite_table(m, 1, t && t->data ? 0 : 1);
        lite_refer(m, at + 4 * i, buffer);
        if (t && t->data)
            lite_bytes(m, buffer + 8, t->data, t->bytes);
    }
    uint8_t *file = m->data;
    *n = m->n;
    m->data = NULL;
    m->n = m->capacity = 0;
    return file;
}

#endif
