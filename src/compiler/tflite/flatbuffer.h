/* A bounded reader for FlatBuffers: views into the caller's bytes, no copies, no recursion, no aligned access. Internal.
 *
 * Every offset, vtable, length and field is checked where it is followed, so that a file needs no verification beforehand: the first
 * thing out of bounds sets bad, and everything read from then on is absent or zero. Whoever reads asks for bad when done with a step.
 * The layout is that of FlatBuffers' public description, "FlatBuffer Internals".
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_COMPILER_FLATBUFFER_H
#define BEDSIDE_COMPILER_FLATBUFFER_H

#include <stddef.h>
#include <stdint.h>

typedef struct fb_file {
    const uint8_t *bytes;
    size_t n; /* below 2^31, as FlatBuffers demand */
    int bad;
} fb_file;

/* A table; at is 0 when it is absent. */
typedef struct fb_table {
    fb_file *file;
    uint32_t at, bytes;     /* of its fields, vtable offset included */
    uint32_t vtable, slots; /* where the fields' offsets stand, and how many */
} fb_table;

/* count elements of element_bytes; absent: none. */
typedef struct fb_vector {
    const uint8_t *at;
    uint32_t count;
} fb_vector;

/* Opens a file that carries the four characters of identifier; an absent table if it is none. */
fb_table fb_root(fb_file *file, const char *identifier);

int fb_has(const fb_table *t, uint32_t field);
/* A number of 1, 2, 4 or 8 bytes; otherwise is the schema's default. */
uint64_t fb_unsigned(const fb_table *t, uint32_t field, uint32_t bytes, uint64_t otherwise);
int64_t fb_signed(const fb_table *t, uint32_t field, uint32_t bytes, int64_t otherwise);
float fb_float(const fb_table *t, uint32_t field, float otherwise);
fb_table fb_child(const fb_table *t, uint32_t field);
fb_vector fb_array(const fb_table *t, uint32_t field, uint32_t element_bytes);
/* Table i of a vector of tables, which has elements of four bytes. */
fb_table fb_element(fb_file *file, const fb_vector *v, uint32_t i);

/* Numbers in little-endian order at any address. */
uint64_t fb_number(const uint8_t *at, uint32_t bytes);
int64_t fb_signed_number(const uint8_t *at, uint32_t bytes);
float fb_float_number(const uint8_t *at);

#endif
