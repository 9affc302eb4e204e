/* stb_image takes abs from here; its allocations are the decoder's own. */
#ifndef BEDSIDE_WASM_STDLIB_H
#define BEDSIDE_WASM_STDLIB_H

#include <stddef.h>

int abs(int value);

#endif
