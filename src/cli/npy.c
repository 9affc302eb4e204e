/* SPDX-License-Identifier: MIT */
#include "npy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "file.h"

#define COUNT_LIMIT ((uint64_t)4 << 30)

/* The text after "'key':" in a .npy header, a Python dictionary such as
 * {'descr': '|u1', 'fortran_order': False, 'shape': (4708, 28, 28), } */
static const char *after_key(const char *header, const char *key)
{
    const char *p = strstr(header, key);
    if (!p)
        return "";
    p += strlen(key);
    while (*p == ' ' || *p == ':')
        p++;
    return p;
}

static int parse_shape(const char *p, npy_array *a)
{
    uint64_t count = 1;
    if (*p++ != '(')
        return 0;
    for (a->rank = 0; *p != ')'; a->rank++) {
        uint64_t n = 0;
        if (a->rank == NPY_MAX_RANK || *p < '0' || *p > '9')
            return 0;
        for (; *p >= '0' && *p <= '9'; p++)
            if ((n = n * 10 + (uint64_t)(*p - '0')) > 0x7fffffffu)
                return 0;
        a->dims[a->rank] = (uint32_t)n;
        count *= n; /* two factors below 2^32 */
        if (count > COUNT_LIMIT)
            return 0;
        while (*p == ',' || *p == ' ')
            p++;
    }
    a->count = (size_t)count;
    return 1;
}

/* "'<f4'" and the like; one byte has no order, more must be little-endian. */
static int parse_type(const char *p, npy_array *a)
{
    if (*p++ != '\'')
        return 0;
    const char order = *p == '<' || *p == '|' || *p == '=' || *p == '>' ? *p++ : '|';
    a->kind = *p++;
    a->size = (uint32_t)(*p - '0');
    if (p[1] != '\'' || order == '>')
        return 0;
    const char *sizes = a->kind == 'u' || a->kind == 'i' ? "1248" : a->kind == 'f' ? "48" : a->kind == 'b' ? "1" : "";
    return *p && strchr(sizes, *p) != NULL;
}

const char *npy_parse(npy_array *a, size_t size)
{
    const uint8_t *b = a->file;
    if (size < 12 || memcmp(b, "\x93NUMPY", 6) != 0)
        return "is not a .npy array";
    size_t begin = b[6] == 1 ? 10 : 12;
    size_t length = b[8] | (size_t)b[9] << 8 | (b[6] == 1 ? 0 : (size_t)b[10] << 16 | (size_t)b[11] << 24);
    char header[1024];
    if (length >= sizeof header || size - begin < length)
        return "has a header that is cut off or far too long";
    memcpy(header, b + begin, length);
    header[length] = 0;
    if (!parse_type(after_key(header, "'descr'"), a))
        return "does not hold integers, float32 or float64 in little-endian order";
    if (strncmp(after_key(header, "'fortran_order'"), "False", 5) != 0)
        return "is not in C order";
    for (int i = 0; i < NPY_MAX_RANK; i++)
        a->dims[i] = 1;
    if (!parse_shape(after_key(header, "'shape'"), a))
        return "has a shape that cannot be used";
    if ((uint64_t)a->count * a->size != size - begin - length)
        return "has more or fewer bytes than its shape says";
    a->data = a->file + begin + length;
    return NULL;
}

int npy_load(npy_array *a, const char *path)
{
    size_t n;
    memset(a, 0, sizeof *a);
    int failed = file_read(path, (size_t)COUNT_LIMIT, &a->file, &n);
    if (failed)
        return failed;
    const char *problem = npy_parse(a, n);
    if (!problem)
        return 0;
    npy_free(a);
    return cli_fail(BDS_E_INVALID, "%s %s", path, problem);
}

void npy_free(npy_array *a)
{
    free(a->file);
    memset(a, 0, sizeof *a);
}

/* Any alignment: the header of a .npy file aligns its data to 64 bytes, but an entry of an archive may lie anywhere. */
#define VALUE_OF(type)                                                                                                 \
    do {                                                                                                               \
        type value;                                                                                                    \
        memcpy(&value, from, sizeof value);                                                                            \
        return (double)value;                                                                                          \
    } while (0)

double npy_value(const npy_array *a, size_t i)
{
    const uint8_t *from = a->data + i * a->size;
    if (a->kind == 'f') {
        if (a->size == 4)
            VALUE_OF(float);
        VALUE_OF(double);
    }
    if (a->kind == 'i') {
        switch (a->size) {
        case 1:
            VALUE_OF(int8_t);
        case 2:
            VALUE_OF(int16_t);
        case 4:
            VALUE_OF(int32_t);
        default:
            VALUE_OF(int64_t);
        }
    }
    switch (a->size) {
    case 1:
        VALUE_OF(uint8_t);
    case 2:
        VALUE_OF(uint16_t);
    case 4:
        VALUE_OF(uint32_t);
    default:
        VALUE_OF(uint64_t);
    }
}

int npy_write(const char *path, const float *values, const uint32_t *dims, uint32_t rank)
{
    char header[256], shape[160];
    size_t at = 0, count = 1;
    for (uint32_t i = 0; i < rank; i++) {
        at += (size_t)snprintf(shape + at, sizeof shape - at, "%u,%s", dims[i], i + 1 < rank ? " " : "");
        count *= dims[i];
    }
    shape[at] = 0;
    int n = snprintf(header, sizeof header, "{'descr': '<f4', 'fortran_order': False, 'shape': (%s), }", shape);
    const size_t padded = ((size_t)n + 10 + 1 + 63) / 64 * 64, bytes = padded + count * sizeof *values;
    uint8_t *file = malloc(bytes);
    if (!file)
        return cli_fail(BDS_E_ARENA, "out of memory");
    memset(file, ' ', padded);
    memcpy(file, "\x93NUMPY\x01", 8); /* with the minor version, 0 */
    file[8] = (uint8_t)((padded - 10) & 0xff);
    file[9] = (uint8_t)((padded - 10) >> 8);
    memcpy(file + 10, header, (size_t)n);
    file[padded - 1] = '\n';
    memcpy(file + padded, values, count * sizeof *values);
    int failed = file_write(path, file, bytes);
    free(file);
    return failed;
}
