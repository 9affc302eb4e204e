/* A bounded reader for FlatBuffers.
 * SPDX-License-Identifier: MIT */
#include "flatbuffer.h"

#include <string.h>

uint64_t fb_number(const uint8_t *at, uint32_t bytes)
{
    uint64_t value = 0;
    for (uint32_t i = 0; i < bytes; i++)
        value |= (uint64_t)at[i] << (8 * i);
    return value;
}

int64_t fb_signed_number(const uint8_t *at, uint32_t bytes)
{
    uint64_t value = fb_number(at, bytes), sign = (uint64_t)1 << (8 * bytes - 1);
    if (value & sign)
        value |= ~(uint64_t)0 << (8 * bytes - 1);
    return (int64_t)value;
}

float fb_float_number(const uint8_t *at)
{
    uint32_t bits = (uint32_t)fb_number(at, 4);
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* Are there n bytes at this place? */
static int inside(const fb_file *file, uint64_t at, uint64_t n)
{
    return at <= file->n && n <= file->n - at;
}

static fb_table open_table(fb_file *file, uint64_t at)
{
    const fb_table absent = {file, 0, 0, 0, 0};
    if (file->bad || at == 0 || !inside(file, at, 4))
        goto bad;
    /* The vtable: its own length, that of the fields, then an offset of two bytes for each field. It may stand before the table or
     * after it, at table - distance. */
    int64_t vtable = (int64_t)at - fb_signed_number(file->bytes + at, 4);
    if (vtable < 0 || !inside(file, (uint64_t)vtable, 4))
        goto bad;
    uint32_t length = (uint32_t)fb_number(file->bytes + vtable, 2);
    uint32_t bytes = (uint32_t)fb_number(file->bytes + vtable + 2, 2);
    if (length < 4 || length % 2 || !inside(file, (uint64_t)vtable, length) || bytes < 4 || !inside(file, at, bytes))
        goto bad;
    return (fb_table){file, (uint32_t)at, bytes, (uint32_t)vtable + 4, (length - 4) / 2};
bad:
    file->bad = 1;
    return absent;
}

fb_table fb_root(fb_file *file, const char *identifier)
{
    if (file->n > INT32_MAX || !inside(file, 0, 8) || memcmp(file->bytes + 4, identifier, 4) != 0)
        file->bad = 1;
    return open_table(file, file->bad ? 0 : fb_number(file->bytes, 4));
}

/* Where a field of so many bytes stands; 0: absent. */
static uint32_t field_at(const fb_table *t, uint32_t field, uint32_t bytes)
{
    if (!t->at || t->file->bad || field >= t->slots)
        return 0;
    uint32_t offset = (uint32_t)fb_number(t->file->bytes + t->vtable + 2 * field, 2);
    if (!offset)
        return 0;
    if (offset < 4 || offset + bytes > t->bytes) {
        t->file->bad = 1;
        return 0;
    }
    return t->at + offset;
}

int fb_has(const fb_table *t, uint32_t field)
{
    return field_at(t, field, 1) != 0;
}

uint64_t fb_unsigned(const fb_table *t, uint32_t field, uint32_t bytes, uint64_t otherwise)
{
    uint32_t at = field_at(t, field, bytes);
    return at ? fb_number(t->file->bytes + at, bytes) : otherwise;
}

int64_t fb_signed(const fb_table *t, uint32_t field, uint32_t bytes, int64_t otherwise)
{
    uint32_t at = field_at(t, field, bytes);
    return at ? fb_signed_number(t->file->bytes + at, bytes) : otherwise;
}

float fb_float(const fb_table *t, uint32_t field, float otherwise)
{
    uint32_t at = field_at(t, field, 4);
    return at ? fb_float_number(t->file->bytes + at) : otherwise;
}

fb_table fb_child(const fb_table *t, uint32_t field)
{
    uint32_t at = field_at(t, field, 4);
    if (!at)
        return (fb_table){t->file, 0, 0, 0, 0};
    return open_table(t->file, at + fb_number(t->file->bytes + at, 4));
}

fb_vector fb_array(const fb_table *t, uint32_t field, uint32_t element_bytes)
{
    const fb_vector absent = {NULL, 0};
    uint32_t at = field_at(t, field, 4);
    if (!at)
        return absent;
    uint64_t place = at + fb_number(t->file->bytes + at, 4);
    if (!inside(t->file, place, 4)) {
        t->file->bad = 1;
        return absent;
    }
    uint64_t count = fb_number(t->file->bytes + place, 4);
    if (!inside(t->file, place + 4, count * element_bytes)) {
        t->file->bad = 1;
        return absent;
    }
    return (fb_vector){t->file->bytes + place + 4, (uint32_t)count};
}

fb_table fb_element(fb_file *file, const fb_vector *v, uint32_t i)
{
    if (i >= v->count || file->bad) {
        file->bad = 1;
        return (fb_table){file, 0, 0, 0, 0};
    }
    const uint8_t *at = v->at + 4 * (size_t)i;
    return open_table(file, (uint64_t)(at - file->bytes) + fb_number(at, 4));
}
