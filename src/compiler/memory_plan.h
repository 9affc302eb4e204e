/* Where buffers lie in one block of memory, from when each is alive. For the file's activations and for the float executor. Internal.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_COMPILER_MEMORY_PLAN_H
#define BEDSIDE_COMPILER_MEMORY_PLAN_H

#include "context.h"

enum { MEMORY_ALIGN = 16 };
#define MEMORY_ALONE 0xffffffffu

typedef struct memory_buffer {
    uint64_t bytes;
    uint32_t first, last; /* times at which it is alive, both included */
    uint32_t
        over; /* a buffer of the same size that it may overwrite: one that dies when this begins; or MEMORY_ALONE */
    uint64_t offset; /* result: multiple of 16 */
} memory_buffer;

/* Buffers that are alive at the same time get disjoint places, but for one written over another. Tries several orders and keeps
 * the smallest; deterministic. */
bdc_status memory_plan(bdc_context *c, memory_buffer *buffers, uint32_t count, uint64_t *total);

#endif
