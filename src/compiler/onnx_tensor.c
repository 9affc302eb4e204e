/* Constants of an ONNX file: TensorProto and the repeated numbers of attributes.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "onnx.h"

const char *onnx_text(bdc_context *c, wire_slice s)
{
    size_t n = s.n > 60 ? 60 : s.n;
    char *text = BDC_NEW(c, char, n + 1);
    if (!text)
        return "?";
    for (size_t i = 0; i < n; i++)
        text[i] = (char)(s.at[i] < 32 || s.at[i] > 126 ? '?' : s.at[i]);
    return text;
}

static bdc_status malformed(bdc_context *c, const char *name)
{
    return bdc_fail(c, BDC_E_FORMAT, "The constant '%s' is not a well-formed ONNX tensor.", name);
}

/* Repeated numbers may come packed into one field or one by one. Calls with out null only count them. */
typedef struct gather {
    uint32_t number;  /* of the field */
    wire_type single; /* its type when not packed */
    uint64_t *out;
    size_t count, capacity;
} gather;

static void gather_put(gather *g, uint64_t value)
{
    if (g->out && g->count < g->capacity)
        g->out[g->count] = value;
    g->count++;
}

static int gather_run(gather *g, wire_slice message)
{
    wire_reader r = wire_open(message);
    wire_field f;
    g->count = 0;
    while (wire_next(&r, &f)) {
        if (f.number != g->number)
            continue;
        if (f.type == g->single) {
            gather_put(g, f.value);
        } else if (f.type == WIRE_BYTES) {
            wire_reader p = wire_open(f.bytes);
            while (wire_more(&p))
                gather_put(g, g->single == WIRE_VARINT ? wire_varint(&p)
                                                       : wire_fixed(&p, g->single == WIRE_FIXED32 ? 4 : 8));
            if (p.bad)
                return 0;
        } else {
            return 0;
        }
    }
    return !r.bad;
}

/* Room for and all of the numbers in a field; *values null when malformed or out of memory. */
static bdc_status gather_all(bdc_context *c, wire_slice message, uint32_t number, wire_type single, const char *name,
                             const uint64_t **values, size_t *count)
{
    gather g = {number, single, NULL, 0, 0};
    if (!gather_run(&g, message))
        return malformed(c, name);
    *count = g.capacity = g.count;
    g.out = BDC_NEW(c, uint64_t, g.capacity);
    if (!g.out)
        return BDC_E_MEMORY;
    gather_run(&g, message);
    *values = g.out;
    return BDC_OK;
}

bdc_status onnx_attribute_floats(bdc_context *c, const onnx_attribute *a, const float **floats, size_t *count)
{
    const uint64_t *bits;
    BDC_TRY(gather_all(c, a->message, 7, WIRE_FIXED32, onnx_text(c, a->name), &bits, count));
    float *out = BDC_NEW(c, float, *count);
    if (!out)
        return BDC_E_MEMORY;
    for (size_t i = 0; i < *count; i++)
        out[i] = wire_float((uint32_t)bits[i]);
    *floats = out;
    return BDC_OK;
}

bdc_status onnx_attribute_ints(bdc_context *c, const onnx_attribute *a, const int64_t **ints, size_t *count)
{
    const uint64_t *bits;
    BDC_TRY(gather_all(c, a->message, 8, WIRE_VARINT, onnx_text(c, a->name), &bits, count));
    int64_t *out = BDC_NEW(c, int64_t, *count);
    if (!out)
        return BDC_E_MEMORY;
    for (size_t i = 0; i < *count; i++)
        out[i] = (int64_t)bits[i];
    *ints = out;
    return BDC_OK;
}

bdc_status onnx_tensor_read(bdc_context *c, wire_slice message, onnx_tensor *t)
{
    wire_reader r = wire_open(message);
    wire_field f;
    *t = (onnx_tensor){.name = "", .message = message};
    int external = 0;
    while (wire_next(&r, &f)) {
        if (f.number == 2 && f.type == WIRE_VARINT)
            t->type = (uint32_t)(f.value > 1000 ? 1000 : f.value);
        else if (f.number == 8 && f.type == WIRE_BYTES)
            t->name = onnx_text(c, f.bytes);
        else if (f.number == 13 || (f.number == 14 && f.value != 0))
            external = 1;
    }
    if (r.bad)
        return malformed(c, t->name);
    if (external)
        return bdc_fail(c, BDC_E_UNSUPPORTED,
                        "The constant '%s' lies in another file: save the model with its weights inside.", t->name);
    gather g = {1, WIRE_VARINT, t->dims, 0, ONNX_MAX_RANK};
    if (!gather_run(&g, message))
        return malformed(c, t->name);
    if (g.count > ONNX_MAX_RANK)
        return bdc_fail(c, BDC_E_LIMIT, "The constant '%s' has more than %d dimensions.", t->name, ONNX_MAX_RANK);
    t->rank = (uint32_t)g.count;
    t->count = 1;
    for (uint32_t i = 0; i < t->rank; i++) {
        /* No file that fits in memory has more elements. */
        if (t->dims[i] > (1u << 30) || t->count * t->dims[i] > (1u << 30))
            return bdc_fail(c, BDC_E_LIMIT, "The constant '%s' claims more elements than any model has.", t->name);
        t->count *= t->dims[i];
    }
    return BDC_OK;
}

static float half_to_float(uint32_t h)
{
    uint32_t exponent = (h >> 10) & 31u, fraction = h & 0x3ffu;
    float value = exponent == 0    ? ldexpf((float)fraction, -24)
                  : exponent == 31 ? (fraction ? NAN : INFINITY)
                                   : ldexpf((float)(fraction | 0x400u), (int)exponent - 25);
    return h & 0x8000u ? -value : value;
}

static size_t element_bytes(uint32_t type)
{
    switch (type) {
    case ONNX_BOOL:
        return 1;
    case ONNX_FLOAT16:
        return 2;
    case ONNX_FLOAT:
    case ONNX_INT32:
        return 4;
    default:
        return 8;
    }
}

/* The elements' bits, from raw_data or from the field of their type. */
static bdc_status elements(bdc_context *c, const onnx_tensor *t, const uint64_t **bits)
{
    static const struct {
        uint32_t type, number;
        wire_type single;
    } fields[] = {{ONNX_FLOAT, 4, WIRE_FIXED32},  {ONNX_INT32, 5, WIRE_VARINT}, {ONNX_BOOL, 5, WIRE_VARINT},
                  {ONNX_FLOAT16, 5, WIRE_VARINT}, {ONNX_INT64, 7, WIRE_VARINT}, {ONNX_DOUBLE, 10, WIRE_FIXED64}};
    wire_reader r = wire_open(t->message);
    wire_field f;
    int raw = 0;
    wire_slice data = {NULL, 0};
    while (wire_next(&r, &f)) {
        if (f.number == 9 && f.type == WIRE_BYTES) {
            data = f.bytes;
            raw = 1;
        }
    }
    size_t size = element_bytes(t->type), count = 0;
    if (raw && data.n) {
        if (data.n != t->count * size)
            return bdc_fail(c, BDC_E_INVALID, "The constant '%s' has %u bytes but its shape needs %u.", t->name,
                            (unsigned)data.n, (unsigned)(t->count * size));
        uint64_t *out = BDC_NEW(c, uint64_t, (size_t)t->count);
        if (!out)
            return BDC_E_MEMORY;
        wire_reader p = wire_open(data);
        for (uint64_t i = 0; i < t->count; i++)
            out[i] = wire_fixed(&p, (unsigned)size);
        *bits = out;
        return BDC_OK;
    }
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        if (fields[i].type != t->type)
            continue;
        BDC_TRY(gather_all(c, t->message, fields[i].number, fields[i].single, t->name, bits, &count));
        if (count != t->count)
            return bdc_fail(c, BDC_E_INVALID, "The constant '%s' has %u elements but its shape needs %u.", t->name,
                            (unsigned)count, (unsigned)t->count);
        return BDC_OK;
    }
    return bdc_fail(c, BDC_E_UNSUPPORTED, "The constant '%s' has data type %u, which is not supported.", t->name,
                    t->type);
}

bdc_status onnx_tensor_floats(bdc_context *c, onnx_tensor *t, const float **floats)
{
    if (!t->floats) {
        if (t->ints || (t->type != ONNX_FLOAT && t->type != ONNX_DOUBLE && t->type != ONNX_FLOAT16))
            return bdc_fail(c, BDC_E_UNSUPPORTED, "The constant '%s' should hold floats but has data type %u.", t->name,
                            t->type);
        float *out = BDC_NEW(c, float, (size_t)(t->count < t->message.n ? t->count : t->message.n));
        if (!out)
            return BDC_E_MEMORY;
        bdc_mark mark = bdc_mark_set(c);
        const uint64_t *bits;
        BDC_TRY(elements(c, t, &bits)); /* succeeds only if the message holds count elements */
        for (uint64_t i = 0; i < t->count; i++) {
            float x = t->type == ONNX_FLOAT    ? wire_float((uint32_t)bits[i])
                      : t->type == ONNX_DOUBLE ? (float)wire_double(bits[i])
                                               : half_to_float((uint32_t)bits[i]);
            if (isnan(x))
                return bdc_fail(c, BDC_E_INVALID, "The constant '%s' holds a value that is not a number.", t->name);
            out[i] = x;
        }
        bdc_mark_release(c, mark);
        t->floats = out;
    }
    *floats = t->floats;
    return BDC_OK;
}

bdc_status onnx_tensor_ints(bdc_context *c, onnx_tensor *t, const int64_t **ints)
{
    if (!t->ints) {
        if (t->floats || (t->type != ONNX_INT32 && t->type != ONNX_INT64 && t->type != ONNX_BOOL))
            return bdc_fail(c, BDC_E_UNSUPPORTED, "The constant '%s' should hold integers but has data type %u.",
                            t->name, t->type);
        const uint64_t *bits;
        BDC_TRY(elements(c, t, &bits));
        int64_t *out = BDC_NEW(c, int64_t, (size_t)t->count);
        if (!out)
            return BDC_E_MEMORY;
        for (uint64_t i = 0; i < t->count; i++)
            out[i] = t->type == ONNX_INT32 ? (int64_t)(int32_t)(uint32_t)bits[i] : (int64_t)bits[i];
        t->ints = out;
    }
    *ints = t->ints;
    return BDC_OK;
}
