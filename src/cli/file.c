/* SPDX-License-Identifier: MIT */
#include "file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli.h"

int file_read(const char *path, size_t limit, uint8_t **data, size_t *n)
{
    *data = 0;
    *n = 0;
    if (file_is_folder(path))
        return cli_fail(BDS_E_ARGUMENT, "%s is a folder", path);
    FILE *f = fopen(path, "rb");
    if (!f)
        return cli_fail(BDS_E_ARGUMENT, "cannot open %s: %s", path, strerror(errno));
    size_t capacity = 0, size = 0;
    uint8_t *bytes = 0;
    int failed = 0;
    for (;;) {
        if (size == capacity) {
            capacity = capacity ? capacity * 2 : 65536;
            uint8_t *more = aligned_alloc(64, capacity);
            if (!more) {
                failed = cli_fail(BDS_E_ARENA, "%s does not fit into memory", path);
                break;
            }
            if (size)
                memcpy(more, bytes, size);
            free(bytes);
            bytes = more;
        }
        size_t got = fread(bytes + size, 1, capacity - size, f);
        size += got;
        if (size > limit) {
            failed = cli_fail(BDS_E_LIMIT, "%s is larger than %zu MB", path, limit >> 20);
            break;
        }
        if (got == 0) {
            if (ferror(f))
                failed = cli_fail(BDS_E_ARGUMENT, "cannot read %s: %s", path, strerror(errno));
            break;
        }
    }
    fclose(f);
    if (failed) {
        free(bytes);
        return failed;
    }
    *data = bytes;
    *n = size;
    return 0;
}

int file_write(const char *path, const void *data, size_t n)
{
    size_t length = strlen(path);
    char *part = malloc(length + 6);
    if (!part)
        return cli_fail(BDS_E_ARENA, "out of memory");
    memcpy(part, path, length);
    memcpy(part + length, ".part", 6);
    FILE *f = fopen(part, "wb");
    int failed = 0;
    if (!f) {
        failed = cli_fail(BDS_E_ARGUMENT, "cannot write %s: %s", path, strerror(errno));
    } else {
        int wrong = fwrite(data, 1, n, f) != n;
        wrong |= fclose(f) != 0;
        if (wrong || rename(part, path) != 0) {
            failed = cli_fail(BDS_E_ARGUMENT, "cannot write %s: %s", path, strerror(errno));
            remove(part);
        }
    }
    free(part);
    return failed;
}

int file_is_folder(const char *path)
{
    struct stat s;
    return stat(path, &s) == 0 && S_ISDIR(s.st_mode);
}

int file_is_same(const char *a, const char *b)
{
    struct stat x, y;
    return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}
