/* SPDX-License-Identifier: MIT */
#include "npz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

#define ENTRY_LIMIT ((uint64_t)4 << 30)

#ifdef BDS_HAVE_LIBZIP
#include <zip.h>

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

static int parse_shape(const char *p, npz_array *a)
{
    uint64_t count = 1;
    if (*p++ != '(')
        return 0;
    for (a->rank = 0; *p != ')'; a->rank++) {
        uint64_t n = 0;
        if (a->rank == 4 || *p < '0' || *p > '9')
            return 0;
        for (; *p >= '0' && *p <= '9'; p++)
            if ((n = n * 10 + (uint64_t)(*p - '0')) > 0x7fffffffu)
                return 0;
        a->dims[a->rank] = (uint32_t)n;
        count *= n; /* the caller compares it with the bytes that are there; four factors below 2^31 are watched here */
        if (count > ENTRY_LIMIT)
            return 0;
        while (*p == ',' || *p == ' ')
            p++;
    }
    a->count = (size_t)count;
    return a->rank > 0;
}

/* size bytes of a .npy file in a->file. */
static const char *parse_npy(npz_array *a, size_t size)
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
    const char *type = after_key(header, "'descr'");
    if (strncmp(type, "'|u1'", 5) != 0 && strncmp(type, "'u1'", 4) != 0)
        return "does not hold bytes (uint8)";
    if (strncmp(after_key(header, "'fortran_order'"), "False", 5) != 0)
        return "is not in C order";
    for (int i = 0; i < 4; i++)
        a->dims[i] = 1;
    if (!parse_shape(after_key(header, "'shape'"), a))
        return "has a shape that cannot be used";
    if (a->count != size - begin - length)
        return "has more or fewer bytes than its shape says";
    a->data = a->file + begin + length;
    return 0;
}

int npz_load(const char *path, const char *name, npz_array *a)
{
    char entry[80];
    int code = 0;
    memset(a, 0, sizeof *a);
    snprintf(entry, sizeof entry, "%s.npy", name);
    zip_t *zip = zip_open(path, ZIP_RDONLY, &code);
    if (!zip)
        return cli_fail(BDS_E_ARGUMENT, "cannot open %s as an .npz archive", path);
    zip_stat_t stat;
    zip_file_t *file = 0;
    const char *problem = 0;
    if (zip_stat(zip, entry, 0, &stat) != 0 || !(stat.valid & ZIP_STAT_SIZE))
        problem = "is missing";
    else if (stat.size == 0 || stat.size > ENTRY_LIMIT)
        problem = "is empty or larger than 4 GB";
    else if (!(a->file = malloc((size_t)stat.size)))
        problem = "does not fit into memory";
    else if (!(file = zip_fopen(zip, entry, 0)) || zip_fread(file, a->file, stat.size) != (zip_int64_t)stat.size)
        problem = "cannot be unpacked";
    else
        problem = parse_npy(a, (size_t)stat.size);
    if (file)
        zip_fclose(file);
    zip_discard(zip);
    if (!problem)
        return 0;
    npz_free(a);
    return cli_fail(BDS_E_INVALID, "%s: %s %s", path, entry, problem);
}
#else
int npz_load(const char *path, const char *name, npz_array *a)
{
    (void)name;
    memset(a, 0, sizeof *a);
    return cli_fail(BDS_E_UNSUPPORTED,
                    "cannot read %s: this build is without libzip; use a folder of class folders instead", path);
}
#endif

void npz_free(npz_array *a)
{
    free(a->file);
    memset(a, 0, sizeof *a);
}
