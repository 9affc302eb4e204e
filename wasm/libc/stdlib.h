/* stb_image takes abs from here; its allocations are the decoder's own. malloc, free and qsort exist in the
 * compiler's module only. */
#ifndef BEDSIDE_WASM_STDLIB_H
#define BEDSIDE_WASM_STDLIB_H

#include <stddef.h>

int abs(int value);
void *malloc(size_t n);
void *calloc(size_t count, size_t size);
void free(void *memory);
void qsort(void *elements, size_t count, size_t size, int (*compare)(const void *, const void *));

#endif
