/* Arrays of bytes from NumPy's .npz (a zip of .npy files).
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_CLI_NPZ_H
#define BEDSIDE_CLI_NPZ_H

#include <stddef.h>
#include <stdint.h>

typedef struct npz_array {
    uint8_t *data; /* owned: free(file) */
    uint8_t *file;
    uint32_t dims[4], rank; /* missing dimensions are 1 */
    size_t count;
} npz_array;

/* Loads "<name>.npy", which must hold uint8 in C order with rank 1 to 4. */
int npz_load(const char *path, const char *name, npz_array *array);
void npz_free(npz_array *array);

#endif
