/* Constants of an ONNX file: TensorProto and the repeated numbers of attributes.
 * SPDX-License-Identifier: MIT */
#include "onnx.h"

static bdc_status malformed(bdc_context *c, const char *name)
{
    return bdc_fail(c, BDC_E_FORMAT, "The constant '%s' is not a well-formed ONNX tensor.", name);
}

/* ---- Repeated numbers ------------------------------------------------------------------------------------------ */

/* They may come packed into one field or one by one. With out null they are only counted. */
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

bdc_status onnx_numbers(bdc_context *c, wire_slice message, uint32_t number, wire_type single, const char *name,
                        const uint64_t **bits, size_t *count)
{
    gather g = {number, single, NULL, 0, 0};
    if (!gather_run(&g, message))
        return malformed(c, name);
    *count = g.capacity = g.count;
    g.out = BDC_NEW(c, uint64_t, g.capacity);
    if (!g.out)
        return BDC_E_MEMORY;
    gather_run(&g, message);
    *bits = g.out;
    return BDC_OK;
}

/* ---- Tensors --------------------------------------------------------------------------------------------------- */

/* What of a TensorProto is not its elements. */
typedef struct description {
    uint64_t type;
    wire_slice raw;
    int has_raw, external, segment;
} description;

static int read_description(wire_slice message, description *d)
{
    wire_reader r = wire_open(message);
    wire_field f;
    *d = (description){.raw = {message.at, 0}};
    while (wire_next(&r, &f)) {
        if (f.number == 2 && f.type == WIRE_VARINT) {
            d->type = f.value;
        } else if (f.number == 3) {
            d->segment = 1;
        } else if (f.number == 9 && f.type == WIRE_BYTES) {
            d->raw = f.bytes;
            d->has_raw = 1;
        } else if (f.number == 13 || (f.number == 14 && f.value != 0)) {
            d->external = 1;
        }
    }
    return !r.bad;
}

/* Stores the low bytes of element i. */
static void store(void *out, size_t i, uint32_t bytes, uint64_t bits)
{
    const uint8_t b = (uint8_t)bits;
    const uint16_t h = (uint16_t)bits;
    const uint32_t w = (uint32_t)bits;
    switch (bytes) {
    case 1:
        ((uint8_t *)out)[i] = b;
        break;
    case 2:
        memcpy((uint8_t *)out + 2 * i, &h, 2);
        break;
    case 4:
        memcpy((uint8_t *)out + 4 * i, &w, 4);
        break;
    default:
        memcpy((uint8_t *)out + 8 * i, &bits, 8);
    }
}

static bdc_status wrong_count(bdc_context *c, const char *name, size_t has, size_t needs, const char *unit)
{
    return bdc_fail(c, BDC_E_INVALID, "The constant '%s' has %u %s but its shape needs %u.", name, (unsigned)has, unit,
                    (unsigned)needs);
}

/* The values of the type's own field lie within the type? They come as 64 bits, with their sign. */
static int in_range(net_type type, uint64_t bits)
{
    const int64_t value = (int64_t)bits;
    switch (type) {
    case NET_BOOL:
        return bits <= 1;
    case NET_INT8:
        return value >= INT8_MIN && value <= INT8_MAX;
    case NET_UINT8:
        return bits <= UINT8_MAX;
    case NET_INT16:
        return value >= INT16_MIN && value <= INT16_MAX;
    case NET_UINT16:
    case NET_FLOAT16:
        return bits <= UINT16_MAX;
    case NET_INT32:
        return value >= INT32_MIN && value <= INT32_MAX;
    case NET_UINT32:
        return bits <= UINT32_MAX;
    default:
        return 1;
    }
}

static bdc_status load_typed(bdc_context *c, wire_slice message, const net_tensor *t, size_t count, void **data)
{
    static const struct {
        uint32_t number;
        wire_type single;
    } field_of[] = {
        [NET_FLOAT] = {4, WIRE_FIXED32},   [NET_UINT8] = {5, WIRE_VARINT},   [NET_INT8] = {5, WIRE_VARINT},
        [NET_UINT16] = {5, WIRE_VARINT},   [NET_INT16] = {5, WIRE_VARINT},   [NET_INT32] = {5, WIRE_VARINT},
        [NET_INT64] = {7, WIRE_VARINT},    [NET_BOOL] = {5, WIRE_VARINT},    [NET_FLOAT16] = {5, WIRE_VARINT},
        [NET_DOUBLE] = {10, WIRE_FIXED64}, [NET_UINT32] = {11, WIRE_VARINT}, [NET_UINT64] = {11, WIRE_VARINT},
    };
    const uint32_t bytes = net_type_bytes(t->type);
    gather g = {field_of[t->type].number, field_of[t->type].single, NULL, 0, 0};
    if (!gather_run(&g, message))
        return malformed(c, t->name);
    if (g.count != count)
        return wrong_count(c, t->name, g.count, count, "elements");
    *data = bdc_alloc(c, count, bytes);
    const bdc_mark mark = bdc_mark_set(c);
    g.capacity = count;
    g.out = BDC_NEW(c, uint64_t, count);
    if (!*data || !g.out)
        return BDC_E_MEMORY;
    gather_run(&g, message);
    for (size_t i = 0; i < count; i++) {
        if (!in_range(t->type, g.out[i]))
            return bdc_fail(c, BDC_E_INVALID, "The constant '%s' has a value that its type %s does not hold.", t->name,
                            net_type_name(t->type));
        store(*data, i, bytes, g.out[i]);
    }
    bdc_mark_release(c, mark);
    return BDC_OK;
}

static bdc_status load_raw(bdc_context *c, wire_slice raw, const net_tensor *t, size_t count, void **data)
{
    const uint32_t bytes = net_type_bytes(t->type);
    const uint16_t one = 1;
    uint8_t little_endian;
    if (raw.n != count * bytes)
        return wrong_count(c, t->name, raw.n, count * bytes, "bytes");
    *data = bdc_alloc(c, count, bytes);
    if (!*data)
        return BDC_E_MEMORY;
    memcpy(&little_endian, &one, 1);
    if (little_endian && count) {
        memcpy(*data, raw.at, raw.n);
    } else {
        wire_reader r = wire_open(raw);
        for (size_t i = 0; i < count; i++)
            store(*data, i, bytes, wire_fixed(&r, bytes));
    }
    for (size_t i = 0; t->type == NET_BOOL && i < count; i++)
        if (((const uint8_t *)*data)[i] > 1)
            return bdc_fail(c, BDC_E_INVALID, "The constant '%s' has a value that its type bool does not hold.",
                            t->name);
    return BDC_OK;
}

bdc_status onnx_load_tensor(bdc_context *c, wire_slice message, const char *name, net_tensor *t)
{
    description d;
    *t = (net_tensor){.name = name};
    gather g = {1, WIRE_VARINT, NULL, 0, NET_MAX_RANK};
    uint64_t dims[NET_MAX_RANK] = {0}, count = 1, sides = 1;
    g.out = dims;
    if (!read_description(message, &d) || !gather_run(&g, message))
        return malformed(c, name);
    if (d.external)
        return bdc_fail(
            c, BDC_E_UNSUPPORTED,
            "The constant '%s' lies in another file (external data): save the model with its weights inside.", name);
    if (d.segment)
        return bdc_fail(c, BDC_E_UNSUPPORTED, "The constant '%s' is cut into segments, which is not supported.", name);
    t->type = (net_type)(d.type > 100 ? 100 : d.type);
    if (!net_type_bytes(t->type))
        return bdc_fail(c, BDC_E_UNSUPPORTED, "The constant '%s' has type %s, which is not supported.", name,
                        onnx_type_name(d.type));
    if (g.count > NET_MAX_RANK)
        return bdc_fail(c, BDC_E_LIMIT, "The constant '%s' has more than %d dimensions.", name, NET_MAX_RANK);
    t->rank = (uint32_t)g.count;
    for (uint32_t i = 0; i < t->rank; i++) {
        if (dims[i] > NET_MAX_ELEMENTS || sides * (dims[i] ? dims[i] : 1) > NET_MAX_ELEMENTS)
            return bdc_fail(c, BDC_E_LIMIT, "The constant '%s' claims more elements than any model has.", name);
        sides *= dims[i] ? dims[i] : 1;
        count *= dims[i];
        t->dims[i] = (uint32_t)dims[i];
    }
    void *data;
    if (d.has_raw && (d.raw.n || !count))
        BDC_TRY(load_raw(c, d.raw, t, (size_t)count, &data));
    else
        BDC_TRY(load_typed(c, message, t, (size_t)count, &data));
    t->data = data;
    return BDC_OK;
}
