/* Arrays in NumPy's .npy form: numbers of any plain type in C order.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_CLI_NPY_H
#define BEDSIDE_CLI_NPY_H

#include <stddef.h>
#include <stdint.h>

#define NPY_MAX_RANK 8

typedef struct npy_array {
    uint8_t *file;                     /* owned */
    const uint8_t *data;               /* into file */
    char kind;                         /* 'u' unsigned, 'i' signed, 'f' float, 'b' bool */
    uint32_t size;                     /* bytes of an element: 1, 2, 4 or 8 */
    uint32_t rank, dims[NPY_MAX_RANK]; /* missing dimensions are 1 */
    size_t count;
} npy_array;

/* Takes the bytes of a .npy file over: a->file must hold size of them. Null when it went well, else what is wrong ("is not ..."). */
const char *npy_parse(npy_array *a, size_t size);
int npy_load(npy_array *a, const char *path);
void npy_free(npy_array *a);
/* Element i as a number. */
double npy_value(const npy_array *a, size_t i);
/* Writes float32. */
int npy_write(const char *path, const float *values, const uint32_t *dims, uint32_t rank);

#endif
