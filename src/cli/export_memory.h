/* Where the buffers of a network that becomes C lie. Other than the file's plan, which every kernel must be able to follow, this one
 * lets a layer's result lie over rows of the operand that were copied to a strip (src/flow.c).
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_CLI_EXPORT_MEMORY_H
#define BEDSIDE_CLI_EXPORT_MEMORY_H

#include <stdint.h>

#define EXPORT_ALIGN 16
#define EXPORT_NO_BUFFER UINT32_MAX

typedef struct export_buffer {
    uint32_t bytes;       /* 0: none */
    uint32_t first, last; /* when it is alive */
    /* Another buffer, that dies where this one is born, may overlap it if it begins at least `behind` bytes after this one; if `exact`,
     * only where both begin at the same place. EXPORT_NO_BUFFER: there is none. Two for operators with two operands. */
    uint32_t over[2], behind;
    int exact;
    uint32_t offset; /* out */
} export_buffer;

/* Places all; returns the bytes needed. thorough: searches for a better order, too. The same buffers give the same places. */
uint32_t export_place(export_buffer *buffers, uint32_t count, int thorough);

#endif
