/* CRC-32C (Castagnoli, reflected, as in iSCSI): over "123456789" it is 0xE3069283.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_CRC32C_H
#define BEDSIDE_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* Continues crc over n more bytes; begin with 0. */
uint32_t bds_crc32c(uint32_t crc, const void *data, size_t n);

#endif
