/* Writes small ONNX models in memory: just enough of protobuf.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_TESTS_COMPILER_ONNX_H
#define BEDSIDE_TESTS_COMPILER_ONNX_H

#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/bedside_compiler.h"

typedef struct proto {
    uint8_t *data;
    size_t n, capacity;
} proto;

static inline void proto_bytes(proto *p, const void *bytes, size_t n)
{
    if (p->n + n > p->capacity) {
        p->capacity = 2 * (p->n + n) + 64;
        p->data = realloc(p->data, p->capacity);
        if (!p->data)
            abort();
    }
    if (n)
        memcpy(p->data + p->n, bytes, n);
    p->n += n;
}

static inline void proto_varint(proto *p, uint64_t value)
{
    do {
        uint8_t byte = (uint8_t)((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
        proto_bytes(p, &byte, 1);
        value >>= 7;
    } while (value);
}

static inline void proto_int(proto *p, uint32_t field, int64_t value)
{
    proto_varint(p, field << 3);
    proto_varint(p, (uint64_t)value);
}

static inline void proto_float(proto *p, uint32_t field, float value)
{
    proto_varint(p, field << 3 | 5);
    proto_bytes(p, &value, sizeof value);
}

static inline void proto_string(proto *p, uint32_t field, const void *bytes, size_t n)
{
    proto_varint(p, field << 3 | 2);
    proto_varint(p, n);
    proto_bytes(p, bytes, n);
}

static inline void proto_text(proto *p, uint32_t field, const char *text)
{
    proto_string(p, field, text, strlen(text));
}

static inline void proto_message(proto *p, uint32_t field, proto *message)
{
    proto_string(p, field, message->data, message->n);
    free(message->data);
    *message = (proto){0};
}

/* A model in the making: its graph, and the node that attributes go to. */
typedef struct onnx {
    proto graph, node;
    int64_t opset;
} onnx;

static inline void onnx_end_node(onnx *m)
{
    if (m->node.n)
        proto_message(&m->graph, 1, &m->node);
}

/* names: inputs and, behind ">", outputs; separated by spaces. "-" is an empty name. */
static inline void onnx_op(onnx *m, const char *type, const char *names)
{
    onnx_end_node(m);
    uint32_t field = 1;
    while (*names) {
        size_t n = strcspn(names, " ");
        if (n == 1 && *names == '>')
            field = 2;
        else if (n == 1 && *names == '-')
            proto_text(&m->node, field, "");
        else
            proto_string(&m->node, field, names, n);
        names += n + (names[n] == ' ');
    }
    proto_text(&m->node, 4, type);
}

static inline void onnx_int(onnx *m, const char *name, int64_t value)
{
    proto a = {0};
    proto_text(&a, 1, name);
    proto_int(&a, 3, value);
    proto_message(&m->node, 5, &a);
}

static inline void onnx_float(onnx *m, const char *name, float value)
{
    proto a = {0};
    proto_text(&a, 1, name);
    proto_float(&a, 2, value);
    proto_message(&m->node, 5, &a);
}

static inline void onnx_text(onnx *m, const char *name, const char *value)
{
    proto a = {0};
    proto_text(&a, 1, name);
    proto_text(&a, 4, value);
    proto_message(&m->node, 5, &a);
}

static inline void onnx_ints(onnx *m, const char *name, int count, ...)
{
    proto a = {0};
    va_list list;
    proto_text(&a, 1, name);
    va_start(list, count);
    for (int i = 0; i < count; i++)
        proto_int(&a, 8, va_arg(list, int));
    va_end(list);
    proto_message(&m->node, 5, &a);
}

/* A constant of floats; data null: zeros of a fixed pseudo-random pattern in [-1, 1]. */
static inline void onnx_constant(onnx *m, const char *name, const float *data, int rank, ...)
{
    onnx_end_node(m);
    proto t = {0};
    va_list list;
    size_t count = 1;
    va_start(list, rank);
    for (int i = 0; i < rank; i++) {
        int dim = va_arg(list, int);
        proto_int(&t, 1, dim);
        count *= (size_t)dim;
    }
    va_end(list);
    proto_int(&t, 2, 1);
    proto_text(&t, 8, name);
    float *values = malloc(count * sizeof *values + 1);
    uint32_t state = 12345u + (uint32_t)strlen(name) * 77u + (uint8_t)name[0];
    for (size_t i = 0; i < count; i++) {
        state = state * 1664525u + 1013904223u;
        values[i] = data ? data[i] : (float)(int32_t)state / 2147483648.0f;
    }
    proto_string(&t, 9, values, count * sizeof *values);
    free(values);
    proto_message(&m->graph, 5, &t);
}

/* A constant vector of int64. */
static inline void onnx_shape(onnx *m, const char *name, int count, ...)
{
    onnx_end_node(m);
    proto t = {0};
    va_list list;
    proto_int(&t, 1, count);
    proto_int(&t, 2, 7);
    va_start(list, count);
    for (int i = 0; i < count; i++)
        proto_int(&t, 7, va_arg(list, int));
    va_end(list);
    proto_text(&t, 8, name);
    proto_message(&m->graph, 5, &t);
}

/* A float input; a dimension of 0 is named, not fixed. */
static inline void onnx_input(onnx *m, const char *name, int rank, ...)
{
    onnx_end_node(m);
    proto info = {0}, type = {0}, tensor = {0}, shape = {0};
    va_list list;
    va_start(list, rank);
    for (int i = 0; i < rank; i++) {
        proto dim = {0};
        int value = va_arg(list, int);
        if (value)
            proto_int(&dim, 1, value);
        else
            proto_text(&dim, 2, "N");
        proto_message(&shape, 1, &dim);
    }
    va_end(list);
    proto_int(&tensor, 1, 1);
    proto_message(&tensor, 2, &shape);
    proto_message(&type, 1, &tensor);
    proto_text(&info, 1, name);
    proto_message(&info, 2, &type);
    proto_message(&m->graph, 11, &info);
}

/* An input of any type. dims: sizes or names of open dimensions, separated by spaces; null: no shape at all. */
static inline void onnx_typed_input(onnx *m, const char *name, int type, const char *dims)
{
    onnx_end_node(m);
    proto info = {0}, of = {0}, tensor = {0}, shape = {0};
    proto_int(&tensor, 1, type);
    for (const char *at = dims; at && *at;) {
        const size_t n = strcspn(at, " ");
        proto dim = {0};
        if ((*at >= '0' && *at <= '9') || *at == '-')
            proto_int(&dim, 1, strtoll(at, NULL, 10));
        else
            proto_string(&dim, 2, at, n);
        proto_message(&shape, 1, &dim);
        at += n + (at[n] == ' ');
    }
    if (dims)
        proto_message(&tensor, 2, &shape);
    proto_message(&of, 1, &tensor);
    proto_text(&info, 1, name);
    proto_message(&info, 2, &of);
    proto_message(&m->graph, 11, &info);
}

/* A constant of any type from its raw bytes. */
static inline void onnx_raw(onnx *m, const char *name, int type, const void *data, size_t bytes, int rank, ...)
{
    onnx_end_node(m);
    proto t = {0};
    va_list list;
    va_start(list, rank);
    for (int i = 0; i < rank; i++)
        proto_int(&t, 1, va_arg(list, int));
    va_end(list);
    proto_int(&t, 2, type);
    proto_text(&t, 8, name);
    proto_string(&t, 9, data, bytes);
    proto_message(&m->graph, 5, &t);
}

static inline void onnx_output(onnx *m, const char *name)
{
    onnx_end_node(m);
    proto info = {0};
    proto_text(&info, 1, name);
    proto_message(&m->graph, 12, &info);
}

/* The file's bytes; free(model.data) afterwards. */
static inline proto onnx_finish(onnx *m)
{
    onnx_end_node(m);
    proto model = {0}, opset = {0};
    proto_int(&opset, 2, m->opset ? m->opset : 13);
    proto_int(&model, 1, 8);
    proto_message(&model, 8, &opset);
    proto_message(&model, 7, &m->graph);
    return model;
}

/* Pseudo-random floats in [-1, 1]. */
static inline void random_floats(float *out, size_t n, uint32_t seed)
{
    for (size_t i = 0; i < n; i++) {
        seed = seed * 1664525u + 1013904223u;
        out[i] = (float)(int32_t)seed / 2147483648.0f;
    }
}

#endif
