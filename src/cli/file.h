/* Whole files in and out.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_CLI_FILE_H
#define BEDSIDE_CLI_FILE_H

#include <stddef.h>
#include <stdint.h>

/* Reads at most limit bytes into fresh memory on a 64-byte boundary; the caller frees *data. */
int file_read(const char *path, size_t limit, uint8_t **data, size_t *n);
/* Writes beside the target and renames: a reader never sees half a file. */
int file_write(const char *path, const void *data, size_t n);
int file_is_folder(const char *path);
/* 1 if both names lead to one file. */
int file_is_same(const char *a, const char *b);

#endif
