/* A bounded reader for protobuf's wire format: views into the caller's bytes, no copies, no recursion. Internal.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_COMPILER_WIRE_H
#define BEDSIDE_COMPILER_WIRE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct wire_slice {
    const uint8_t *at;
    size_t n;
} wire_slice;

typedef enum wire_type { WIRE_VARINT = 0, WIRE_FIXED64 = 1, WIRE_BYTES = 2, WIRE_FIXED32 = 5 } wire_type;

/* One field of a message. Of value and bytes the one that belongs to the type is valid. */
typedef struct wire_field {
    uint32_t number;
    wire_type type;
    uint64_t value;   /* varint, fixed64, fixed32 */
    wire_slice bytes; /* strings, messages, packed arrays */
} wire_field;

typedef struct wire_reader {
    const uint8_t *at, *end;
    int bad; /* set by the first malformed byte; the reader then yields nothing more */
} wire_reader;

static inline wire_reader wire_open(wire_slice s)
{
    return (wire_reader){s.at, s.at + s.n, 0};
}

static inline int wire_more(const wire_reader *r)
{
    return !r->bad && r->at != r->end;
}

static inline uint64_t wire_varint(wire_reader *r)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        if (r->at == r->end)
            break;
        uint8_t byte = *r->at++;
        if (shift == 63 && byte > 1)
            break;
        value |= (uint64_t)(byte & 0x7fu) << shift;
        if (!(byte & 0x80u))
            return value;
    }
    r->bad = 1;
    return 0;
}

static inline uint64_t wire_fixed(wire_reader *r, unsigned bytes)
{
    if ((size_t)(r->end - r->at) < bytes) {
        r->bad = 1;
        return 0;
    }
    uint64_t value = 0;
    for (unsigned i = 0; i < bytes; i++)
        value |= (uint64_t)r->at[i] << (8 * i);
    r->at += bytes;
    return value;
}

/* Reads the next field; 0 at the end of the message or when the bytes are malformed (then r->bad). */
static inline int wire_next(wire_reader *r, wire_field *f)
{
    if (!wire_more(r))
        return 0;
    uint64_t key = wire_varint(r);
    f->number = (uint32_t)(key >> 3);
    f->type = (wire_type)(key & 7);
    f->value = 0;
    f->bytes = (wire_slice){r->at, 0};
    if (key >> 32 || !f->number)
        r->bad = 1;
    if (r->bad)
        return 0;
    switch (f->type) {
    case WIRE_VARINT:
        f->value = wire_varint(r);
        break;
    case WIRE_FIXED64:
        f->value = wire_fixed(r, 8);
        break;
    case WIRE_FIXED32:
        f->value = wire_fixed(r, 4);
        break;
    case WIRE_BYTES: {
        uint64_t n = wire_varint(r);
        if (r->bad || n > (uint64_t)(r->end - r->at)) {
            r->bad = 1;
            return 0;
        }
        f->bytes = (wire_slice){r->at, (size_t)n};
        r->at += n;
        break;
    }
    default: /* groups are long gone from protobuf */
        r->bad = 1;
    }
    return !r->bad;
}

static inline float wire_float(uint32_t bits)
{
    float f;
    memcpy(&f, &bits, sizeof f);
    return f;
}

static inline double wire_double(uint64_t bits)
{
    double d;
    memcpy(&d, &bits, sizeof d);
    return d;
}

static inline int wire_equal(wire_slice a, const char *text)
{
    size_t n = strlen(text);
    return a.n == n && (n == 0 || memcmp(a.at, text, n) == 0);
}

#endif
