/* The bounded reader: every access checks what is left; past the end it returns zeros and remembers so.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_BITS_H
#define BEDSIDE_BITS_H

#include <stddef.h>
#include <stdint.h>

typedef struct bds_reader {
    const uint8_t *at, *end;
    int overrun; /* set once a read went past the end; never cleared */
} bds_reader;

static inline bds_reader bds_reader_make(const void *data, size_t n)
{
    bds_reader r = {(const uint8_t *)data, (const uint8_t *)data + n, 0};
    return r;
}

static inline size_t bds_reader_left(const bds_reader *r)
{
    return (size_t)(r->end - r->at);
}

static inline uint8_t bds_read_u8(bds_reader *r)
{
    if (r->at == r->end) {
        r->overrun = 1;
        return 0;
    }
    return *r->at++;
}

static inline uint32_t bds_read_u32le(bds_reader *r)
{
    uint32_t b0 = bds_read_u8(r), b1 = bds_read_u8(r), b2 = bds_read_u8(r), b3 = bds_read_u8(r);
    return b0 | b1 << 8 | b2 << 16 | b3 << 24;
}

#endif
