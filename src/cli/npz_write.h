/* Writes arrays into an .npz archive (a zip of .npy files, stored as they are).
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_CLI_NPZ_WRITE_H
#define BEDSIDE_CLI_NPZ_WRITE_H

#include <stddef.h>
#include <stdint.h>

typedef struct npz_entry {
    const char *name, *type; /* "x", NumPy's "|i1" */
    const void *data;
    size_t bytes;
    uint32_t rank, dims[4];
} npz_entry;

int npz_write(const char *path, const npz_entry *entries, uint32_t count);

#endif
