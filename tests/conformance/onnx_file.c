/* Reads tensors and names out of ONNX files. The files are ONNX's own: what is odd ends in 0, not in a sentence.
 * SPDX-License-Identifier: MIT */
#include "onnx_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

file_bytes file_read(const char *path)
{
    file_bytes f = {NULL, 0};
    FILE *from = fopen(path, "rb");
    long n;
    if (!from)
        return f;
    if (fseek(from, 0, SEEK_END) == 0 && (n = ftell(from)) >= 0 && fseek(from, 0, SEEK_SET) == 0) {
        f.data = malloc((size_t)n + 1);
        f.n = f.data ? fread(f.data, 1, (size_t)n, from) : 0;
    }
    fclose(from);
    return f;
}

/* ---- Protobuf -------------------------------------------------------------------------------------------------- */

typedef struct reader {
    const uint8_t *at, *end;
} reader;

typedef struct field {
    uint32_t number, type;
    uint64_t value; /* of a number, or the length of bytes */
    const uint8_t *bytes;
} field;

static int varint(reader *r, uint64_t *value)
{
    *value = 0;
    for (unsigned shift = 0; shift < 64 && r->at < r->end; shift += 7) {
        *value |= (uint64_t)(*r->at & 127u) << shift;
        if (*r->at++ < 128)
            return 1;
    }
    return 0;
}

static int fixed(reader *r, unsigned bytes, uint64_t *value)
{
    if ((size_t)(r->end - r->at) < bytes)
        return 0;
    *value = 0;
    for (unsigned i = 0; i < bytes; i++)
        *value |= (uint64_t)r->at[i] << 8 * i;
    r->at += bytes;
    return 1;
}

static int next(reader *r, field *f)
{
    uint64_t key;
    if (r->at >= r->end || !varint(r, &key))
        return 0;
    f->number = (uint32_t)(key >> 3);
    f->bytes = r->at;
    f->type = (uint32_t)(key & 7);
    if (f->type == 0)
        return varint(r, &f->value);
    if (f->type == 1 || f->type == 5)
        return fixed(r, f->type == 1 ? 8 : 4, &f->value);
    if (f->type != 2 || !varint(r, &f->value) || f->value > (uint64_t)(r->end - r->at))
        return 0;
    f->bytes = r->at;
    r->at += f->value;
    return 1;
}

static reader inside(const field *f)
{
    return (reader){f->bytes, f->bytes + f->value};
}

static void copy_name(char to[MODEL_NAME], const field *f)
{
    const size_t n = f->value < MODEL_NAME - 1 ? (size_t)f->value : MODEL_NAME - 1;
    memcpy(to, f->bytes, n);
    to[n] = 0;
}

/* ---- Models ---------------------------------------------------------------------------------------------------- */

/* The text of a message's field, or "". */
static void text_of(const field *message, uint32_t number, char to[MODEL_NAME])
{
    reader r = inside(message);
    field f;
    to[0] = 0;
    while (next(&r, &f))
        if (f.number == number && f.type == 2)
            copy_name(to, &f);
}

static int listed(char (*list)[MODEL_NAME], uint32_t count, const char *name)
{
    for (uint32_t i = 0; i < count; i++)
        if (strcmp(list[i], name) == 0)
            return 1;
    return 0;
}

static void add_operator(model_names *names, const field *node)
{
    char type[MODEL_NAME], domain[MODEL_NAME], full[2 * MODEL_NAME];
    text_of(node, 4, type);
    text_of(node, 7, domain);
    const int own = domain[0] && strcmp(domain, "ai.onnx") != 0;
    snprintf(full, sizeof full, "%s%s%s", own ? domain : "", own ? "." : "", type);
    full[MODEL_NAME - 1] = 0;
    if (names->operator_count < MODEL_MAX_NAMES && !listed(names->operators, names->operator_count, full))
        memcpy(names->operators[names->operator_count++], full, MODEL_NAME);
}

static void read_graph(const field *graph, model_names *names)
{
    static char constants[4 * MODEL_MAX_NAMES][MODEL_NAME];
    uint32_t constant_count = 0;
    char name[MODEL_NAME];
    field f;
    for (reader r = inside(graph); next(&r, &f);) {
        if (f.number == 1 && f.type == 2)
            add_operator(names, &f);
        if (f.number == 5 && f.type == 2 && constant_count < 4 * MODEL_MAX_NAMES)
            text_of(&f, 8, constants[constant_count++]);
    }
    for (reader r = inside(graph); next(&r, &f);) {
        if (f.number != 11 || f.type != 2 || names->input_count == MODEL_MAX_NAMES)
            continue;
        text_of(&f, 1, name);
        if (!listed(constants, constant_count, name))
            memcpy(names->inputs[names->input_count++], name, MODEL_NAME);
    }
}

int model_read_names(file_bytes model, model_names *names)
{
    reader r = {model.data, model.data + model.n};
    field f;
    int found = 0;
    names->input_count = names->operator_count = 0;
    names->opset = 0;
    while (next(&r, &f)) {
        if (f.number == 7 && f.type == 2) {
            read_graph(&f, names);
            found = 1;
        } else if (f.number == 8 && f.type == 2) {
            char domain[MODEL_NAME];
            field g;
            text_of(&f, 1, domain);
            for (reader s = inside(&f); !domain[0] && next(&s, &g);)
                if (g.number == 2 && g.type == 0)
                    names->opset = g.value;
        }
    }
    return found;
}

/* ---- Tensors --------------------------------------------------------------------------------------------------- */

static void put(bdc_value *v, size_t i, size_t size, uint64_t bits)
{
    memcpy((uint8_t *)v->data + i * size, &bits, size); /* the machine's low bytes come first: checked in tensor_read */
}

/* The numbers of one field, packed or not. */
static size_t typed_elements(reader r, uint32_t number, uint32_t wire, bdc_value *v, size_t count, size_t size)
{
    size_t found = 0;
    field f;
    while (next(&r, &f)) {
        if (f.number != number)
            continue;
        if (f.type == wire) {
            if (found < count)
                put(v, found, size, f.value);
            found++;
            continue;
        }
        for (reader p = inside(&f); p.at < p.end; found++) {
            uint64_t bits;
            if (!(wire == 0 ? varint(&p, &bits) : fixed(&p, wire == 1 ? 8 : 4, &bits)))
                return SIZE_MAX;
            if (found < count)
                put(v, found, size, bits);
        }
    }
    return found;
}

static int read_dims(reader r, bdc_value *v)
{
    field f;
    while (next(&r, &f)) {
        if (f.number != 1)
            continue;
        reader p = f.type == 2 ? inside(&f) : (reader){NULL, NULL};
        uint64_t dim = f.value;
        while (f.type == 0 || (p.at < p.end && varint(&p, &dim))) {
            if (v->rank == BDC_MAX_RANK || dim > UINT32_MAX)
                return 0;
            v->dims[v->rank++] = (uint32_t)dim;
            if (f.type == 0)
                break;
        }
    }
    return 1;
}

int tensor_read(file_bytes bytes, bdc_value *v)
{
    const uint16_t one = 1;
    const reader all = {bytes.data, bytes.data + bytes.n};
    reader r = all;
    field f, raw = {0};
    *v = (bdc_value){.name = ""};
    if (*(const uint8_t *)&one != 1 || !bytes.data || !read_dims(all, v))
        return 0;
    while (next(&r, &f)) {
        if (f.number == 2 && f.type == 0)
            v->type = (bdc_type)f.value;
        if (f.number == 9 && f.type == 2)
            raw = f;
    }
    const size_t size = bdc_type_bytes(v->type);
    size_t count = 1;
    for (uint32_t i = 0; i < v->rank; i++)
        count *= v->dims[i];
    if (!size || count > (1u << 28))
        return 0;
    v->data = malloc(count * size + 1);
    if (!v->data)
        return 0;
    int ok;
    if (raw.bytes) {
        ok = raw.value == count * size;
        if (ok)
            memcpy(v->data, raw.bytes, count * size);
    } else {
        uint32_t number = 5, wire = 0;
        if (v->type == BDC_FLOAT)
            number = 4, wire = 5;
        else if (v->type == BDC_DOUBLE)
            number = 10, wire = 1;
        else if (v->type == BDC_INT64)
            number = 7;
        else if (v->type == BDC_UINT64 || v->type == BDC_UINT32)
            number = 11;
        ok = typed_elements(all, number, wire, v, count, size) == count;
    }
    if (!ok) {
        free(v->data);
        v->data = NULL;
    }
    return ok;
}
