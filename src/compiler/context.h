/* What every part of the compiler shares: memory, errors, progress. Internal.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_COMPILER_CONTEXT_H
#define BEDSIDE_COMPILER_CONTEXT_H

#include "bedside_compiler.h"

/* Memory is one growing arena: chunks from the allocator, a pointer that only moves up, all released at once. */
typedef struct bdc_chunk {
    struct bdc_chunk *below;
    size_t size, used; /* of the bytes after this header */
} bdc_chunk;

struct bdc_context {
    bdc_allocator allocator;
    bdc_chunk *top;
    size_t held; /* bytes from the allocator */
    bdc_error *error;
    bdc_progress *progress;
    void *progress_cookie;
    int check_passes; /* see bdc_check_passes */
};

/* A place in the arena to fall back to: frees temporary memory. */
typedef struct bdc_mark {
    bdc_chunk *chunk;
    size_t used;
} bdc_mark;

bdc_mark bdc_mark_set(const bdc_context *c);
void bdc_mark_release(bdc_context *c, bdc_mark mark);

/* Room for count elements of size bytes, zeroed, 16-byte aligned; null (and the context's error set) if there is none. Never null
 * for a count of zero. */
void *bdc_alloc(bdc_context *c, size_t count, size_t size);
#define BDC_NEW(c, type, count) ((type *)bdc_alloc((c), (count), sizeof(type)))

/* Grows an array to hold at least need elements, doubling. Returns the (moved) array or null. */
void *bdc_grow(bdc_context *c, void *array, size_t *capacity, size_t need, size_t size);

#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
/* Records and returns a failure. Knows %s, %u (unsigned), %d (int) and %% only; text that does not fit is cut off. */
bdc_status
bdc_fail(bdc_context *c, bdc_status status, const char *format, ...);

/* BDC_E_CANCELLED when the caller wants to stop. */
bdc_status bdc_report_progress(bdc_context *c, const char *stage, uint32_t done, uint32_t total);

/* return if a step failed. */
#define BDC_TRY(call)                                                                                                  \
    do {                                                                                                               \
        bdc_status try_status = (call);                                                                                \
        if (try_status != BDC_OK)                                                                                      \
            return try_status;                                                                                         \
    } while (0)

#endif
