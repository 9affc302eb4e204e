/* SPDX-License-Identifier: MIT */
#include "npz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

#define ENTRY_LIMIT ((uint64_t)4 << 30)

#ifdef BDS_HAVE_LIBZIP
#include <zip.h>

int npz_load(npy_array *a, const char *path, const char *name)
{
    char entry[80];
    int code = 0;
    memset(a, 0, sizeof *a);
    zip_t *zip = zip_open(path, ZIP_RDONLY, &code);
    if (!zip)
        return cli_fail(BDS_E_ARGUMENT, "cannot open %s as an .npz archive", path);
    const char *first = name ? NULL : zip_get_name(zip, 0, 0);
    snprintf(entry, sizeof entry, "%s%s", name ? name : first ? first : "", name ? ".npy" : "");
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
        problem = npy_parse(a, (size_t)stat.size);
    if (file)
        zip_fclose(file);
    zip_discard(zip);
    if (!problem)
        return 0;
    npy_free(a);
    return cli_fail(BDS_E_INVALID, "%s: %s %s", path, entry, problem);
}

int npz_has(const char *path, const char *name)
{
    char entry[80];
    int code = 0;
    zip_t *zip = zip_open(path, ZIP_RDONLY, &code);
    if (!zip)
        return 0;
    snprintf(entry, sizeof entry, "%s.npy", name);
    int found = zip_name_locate(zip, entry, 0) >= 0;
    zip_discard(zip);
    return found;
}
#else
int npz_load(npy_array *a, const char *path, const char *name)
{
    (void)name;
    memset(a, 0, sizeof *a);
    return cli_fail(BDS_E_UNSUPPORTED,
                    "cannot read %s: this build is without libzip; use .npy files or a folder of class folders", path);
}

int npz_has(const char *path, const char *name)
{
    (void)path;
    (void)name;
    return 0;
}
#endif

int npz_load_bytes(npy_array *a, const char *path, const char *name)
{
    int failed = npz_load(a, path, name);
    if (failed || (a->kind == 'u' && a->size == 1 && a->rank >= 1 && a->rank <= 4))
        return failed;
    npy_free(a);
    return cli_fail(BDS_E_INVALID, "%s: %s.npy does not hold bytes (uint8) of 1 to 4 dimensions", path, name);
}
