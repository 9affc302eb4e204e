/* A node's attributes, checked as they are read.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "convert.h"

bdc_status onnx_unsupported(const onnx_importer *m, const onnx_node *n, const char *why)
{
    return bdc_fail(m->context, BDC_E_UNSUPPORTED, "%s '%s': %s.", n->type, n->name, why);
}

bdc_status onnx_invalid(const onnx_importer *m, const onnx_node *n, const char *why)
{
    return bdc_fail(m->context, BDC_E_INVALID, "%s '%s': %s.", n->type, n->name, why);
}

static onnx_attribute *find(const onnx_node *n, const char *name)
{
    for (uint32_t i = 0; i < n->attribute_count; i++)
        if (wire_equal(n->attributes[i].name, name)) {
            n->attributes[i].read = 1;
            return &n->attributes[i];
        }
    return NULL;
}

int onnx_has_attribute(const onnx_node *n, const char *name)
{
    return find(n, name) != NULL;
}

/* *a is null if the attribute is absent. */
static bdc_status find_kind(const onnx_importer *m, const onnx_node *n, const char *name, onnx_kind kind,
                            const char *what, const onnx_attribute **a)
{
    *a = find(n, name);
    if (*a && (*a)->kind != kind)
        return bdc_fail(m->context, BDC_E_INVALID, "%s '%s': attribute '%s' is not %s.", n->type, n->name, name, what);
    return BDC_OK;
}

bdc_status onnx_int(const onnx_importer *m, const onnx_node *n, const char *name, int64_t otherwise, int64_t *value)
{
    const onnx_attribute *a;
    BDC_TRY(find_kind(m, n, name, ONNX_INT, "an integer", &a));
    *value = a ? a->i : otherwise;
    return BDC_OK;
}

bdc_status onnx_flag(const onnx_importer *m, const onnx_node *n, const char *name, int otherwise, int *value)
{
    int64_t i;
    BDC_TRY(onnx_int(m, n, name, otherwise, &i));
    if (i != 0 && i != 1)
        return bdc_fail(m->context, BDC_E_INVALID, "%s '%s': attribute '%s' is neither 0 nor 1.", n->type, n->name,
                        name);
    *value = (int)i;
    return BDC_OK;
}

static bdc_status not_finite(const onnx_importer *m, const onnx_node *n, const char *name)
{
    return bdc_fail(m->context, BDC_E_INVALID, "%s '%s': attribute '%s' is not a finite number.", n->type, n->name,
                    name);
}

bdc_status onnx_float(const onnx_importer *m, const onnx_node *n, const char *name, float otherwise, float *value)
{
    const onnx_attribute *a;
    BDC_TRY(find_kind(m, n, name, ONNX_FLOAT, "a number", &a));
    *value = a ? a->f : otherwise;
    return isfinite(*value) ? BDC_OK : not_finite(m, n, name);
}

static bdc_status too_long(const onnx_importer *m, const onnx_node *n, const char *name)
{
    return bdc_fail(m->context, BDC_E_LIMIT, "%s '%s': attribute '%s' has too many elements.", n->type, n->name, name);
}

/* The bits of a list of numbers; *bits null when absent. */
static bdc_status numbers(const onnx_importer *m, const onnx_node *n, const char *name, onnx_kind kind,
                          const uint64_t **bits, uint32_t *count)
{
    const onnx_attribute *a;
    size_t found;
    *bits = NULL;
    *count = 0;
    BDC_TRY(find_kind(m, n, name, kind, "a list of numbers", &a));
    if (!a)
        return BDC_OK;
    BDC_TRY(onnx_numbers(m->context, a->message, kind == ONNX_INTS ? 8 : 7,
                         kind == ONNX_INTS ? WIRE_VARINT : WIRE_FIXED32, name, bits, &found));
    if (found > NET_MAX_ELEMENTS)
        return too_long(m, n, name);
    *count = (uint32_t)found;
    return BDC_OK;
}

bdc_status onnx_ints(const onnx_importer *m, const onnx_node *n, const char *name, const int64_t **values,
                     uint32_t *count)
{
    const uint64_t *bits;
    *values = NULL;
    BDC_TRY(numbers(m, n, name, ONNX_INTS, &bits, count));
    if (!bits)
        return BDC_OK;
    int64_t *out = BDC_NEW(m->context, int64_t, *count);
    if (!out)
        return BDC_E_MEMORY;
    for (uint32_t i = 0; i < *count; i++)
        out[i] = (int64_t)bits[i];
    *values = out;
    return BDC_OK;
}

bdc_status onnx_floats(const onnx_importer *m, const onnx_node *n, const char *name, const float **values,
                       uint32_t *count)
{
    const uint64_t *bits;
    *values = NULL;
    BDC_TRY(numbers(m, n, name, ONNX_FLOATS, &bits, count));
    if (!bits)
        return BDC_OK;
    float *out = BDC_NEW(m->context, float, *count);
    if (!out)
        return BDC_E_MEMORY;
    for (uint32_t i = 0; i < *count; i++) {
        out[i] = wire_float((uint32_t)bits[i]);
        if (!isfinite(out[i]))
            return not_finite(m, n, name);
    }
    *values = out;
    return BDC_OK;
}

bdc_status onnx_texts(const onnx_importer *m, const onnx_node *n, const char *name, const wire_slice **values,
                      uint32_t *count)
{
    const onnx_attribute *a;
    *values = NULL;
    *count = 0;
    BDC_TRY(find_kind(m, n, name, ONNX_STRINGS, "a list of texts", &a));
    if (!a)
        return BDC_OK;
    wire_slice *out = BDC_NEW(m->context, wire_slice, ONNX_MAX_ATTRIBUTES);
    if (!out)
        return BDC_E_MEMORY;
    wire_reader r = wire_open(a->message);
    wire_field f;
    while (wire_next(&r, &f)) {
        if (f.number != 9 || f.type != WIRE_BYTES)
            continue;
        if (*count == ONNX_MAX_ATTRIBUTES)
            return too_long(m, n, name);
        out[(*count)++] = f.bytes;
    }
    *values = out;
    return BDC_OK;
}

bdc_status onnx_string(const onnx_importer *m, const onnx_node *n, const char *name, const char **value)
{
    const onnx_attribute *a;
    BDC_TRY(find_kind(m, n, name, ONNX_STRING, "a text", &a));
    *value = a ? onnx_printable(m->context, a->s) : NULL;
    return BDC_OK;
}

bdc_status onnx_word(const onnx_importer *m, const onnx_node *n, const char *name, const char *words, int *index)
{
    const onnx_attribute *a;
    *index = 0;
    BDC_TRY(find_kind(m, n, name, ONNX_STRING, "a text", &a));
    if (!a)
        return BDC_OK;
    for (const char *w = words; *w; (*index)++) {
        const size_t length = strcspn(w, " ");
        if (a->s.n == length && memcmp(a->s.at, w, length) == 0)
            return BDC_OK;
        w += length + (w[length] == ' ');
    }
    return bdc_fail(m->context, BDC_E_UNSUPPORTED,
                    "%s '%s': attribute '%s' has the value '%s', which is not supported.", n->type, n->name, name,
                    onnx_printable(m->context, a->s));
}

bdc_status onnx_tensor(const onnx_importer *m, const onnx_node *n, const char *name, const net_tensor **value)
{
    const onnx_attribute *a;
    *value = NULL;
    BDC_TRY(find_kind(m, n, name, ONNX_TENSOR, "a tensor", &a));
    if (!a)
        return BDC_OK;
    net_tensor *t = BDC_NEW(m->context, net_tensor, 1);
    if (!t)
        return BDC_E_MEMORY;
    BDC_TRY(onnx_load_tensor(m->context, a->t, n->name, t));
    *value = t;
    return BDC_OK;
}

bdc_status onnx_axis(const onnx_importer *m, const onnx_node *n, const char *name, int64_t otherwise, uint32_t rank,
                     int64_t *axis)
{
    int64_t value;
    BDC_TRY(onnx_int(m, n, name, otherwise, &value));
    return onnx_normal_axis(m, n, value, rank, axis);
}
