/* CRC-32C (Castagnoli, reflected, as in iSCSI): over "123456789" it is 0xE3069283.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_CRC32C_H
#define BEDSIDE_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* Continues crc over n more bytes; begin with 0. A 64-byte table of half-byte steps: slower than a 1 KB one,
 * but a firmware has no kilobyte to give for a check made once. */
static inline uint32_t bds_crc32c(uint32_t crc, const void *data, size_t n)
{
    static const uint32_t table[16] = {0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1, 0x417b1dbc, 0x5125dad3,
                                       0x61c69362, 0x7198540d, 0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9,
                                       0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75};
    const uint8_t *p = (const uint8_t *)data;
    crc = ~crc;
    for (size_t i = 0; i < n; i++) {
        crc ^= p[i];
        crc = (crc >> 4) ^ table[crc & 15];
        crc = (crc >> 4) ^ table[crc & 15];
    }
    return ~crc;
}

#endif
