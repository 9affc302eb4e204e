/* Arrays from NumPy's .npz (a zip of .npy files).
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_CLI_NPZ_H
#define BEDSIDE_CLI_NPZ_H

#include "npy.h"

/* Loads "<name>.npy"; name null: the first entry. */
int npz_load(npy_array *array, const char *path, const char *name);
/* The same; it must hold uint8 with rank 1 to 4. */
int npz_load_bytes(npy_array *array, const char *path, const char *name);
/* 1 if the file is an archive with such an entry; says nothing. */
int npz_has(const char *path, const char *name);

#endif
