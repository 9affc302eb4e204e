/* CRC-32C by tables: of half-bytes where memory is short, of eight bytes at a time where a model may have megabytes.
 * SPDX-License-Identifier: MIT */
#include "crc32c.h"

/* 64 bytes: a firmware has no kilobyte to give for a check made once. */
static uint32_t by_halves(uint32_t crc, const uint8_t *p, size_t n)
{
    static const uint32_t table[16] = {0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1, 0x417b1dbc, 0x5125dad3,
                                       0x61c69362, 0x7198540d, 0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9,
                                       0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75};
    for (size_t i = 0; i < n; i++) {
        crc ^= p[i];
        crc = (crc >> 4) ^ table[crc & 15];
        crc = (crc >> 4) ^ table[crc & 15];
    }
    return crc;
}

#if defined(__wasm__) || UINTPTR_MAX > UINT32_MAX
enum { BLOCK = 4096 };

/* t[k][x] is what byte x contributes when k more bytes follow it ("slicing by 8", Kounavis and Berry 2005). */
typedef struct tables {
    uint32_t t[8][256];
} tables;

static void fill(tables *to)
{
    for (uint32_t x = 0; x < 256; x++) {
        const uint8_t byte = (uint8_t)x, zero = 0;
        to->t[0][x] = by_halves(0, &byte, 1);
        for (int k = 1; k < 8; k++)
            to->t[k][x] = by_halves(to->t[k - 1][x], &zero, 1);
    }
}

/* n: a multiple of 8. A call of its own per block: a browser runs a function's first call in a slow form to its end, however long it
 * takes, and only the next one in a fast form. */
__attribute__((noinline)) static uint32_t by_eights(const tables *of, uint32_t crc, const uint8_t *p, size_t n)
{
    for (const uint8_t *end = p + n; p < end; p += 8) {
        uint32_t a, b;
        __builtin_memcpy(&a, p, 4);
        __builtin_memcpy(&b, p + 4, 4);
        a ^= crc;
        crc = of->t[7][a & 255] ^ of->t[6][a >> 8 & 255] ^ of->t[5][a >> 16 & 255] ^ of->t[4][a >> 24] ^
              of->t[3][b & 255] ^ of->t[2][b >> 8 & 255] ^ of->t[1][b >> 16 & 255] ^ of->t[0][b >> 24];
    }
    return crc;
}

uint32_t bds_crc32c(uint32_t crc, const void *data, size_t n)
{
    const uint8_t *p = data;
    crc = ~crc;
    if (n >= BLOCK) {
        tables filled;
        fill(&filled);
        for (; n >= BLOCK; n -= BLOCK, p += BLOCK)
            crc = by_eights(&filled, crc, p, BLOCK);
    }
    return ~by_halves(crc, p, n);
}
#else
uint32_t bds_crc32c(uint32_t crc, const void *data, size_t n)
{
    return ~by_halves(~crc, data, n);
}
#endif
