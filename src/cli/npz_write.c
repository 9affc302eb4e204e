/* SPDX-License-Identifier: MIT */
#include "npz_write.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "file.h"

#define LOCAL 30u   /* bytes of a zip's header before each file */
#define CENTRAL 46u /* of an entry of its directory */
#define DIRECTORY 22u
#define DATE 0x5821u /* 2024-01-01: the same arrays give the same archive */

typedef struct placed {
    char name[48], header[256];
    uint32_t name_bytes, header_bytes, bytes, crc, at;
} placed;

/* CRC-32 of zip (IEEE 802.3, reflected). */
static uint32_t crc32_of(uint32_t crc, const uint8_t *p, size_t n)
{
    crc = ~crc;
    while (n--) {
        crc ^= *p++;
        for (int k = 0; k < 8; k++)
            crc = crc >> 1 ^ (0xedb88320u & (0u - (crc & 1u)));
    }
    return ~crc;
}

static void put16(uint8_t *p, uint32_t x)
{
    p[0] = (uint8_t)x;
    p[1] = (uint8_t)(x >> 8);
}

static void put32(uint8_t *p, uint32_t x)
{
    put16(p, x);
    put16(p + 2, x >> 16);
}

static void make_header(placed *f, const npz_entry *e)
{
    char text[200], shape[80];
    size_t at = 0;
    for (uint32_t i = 0; i < e->rank; i++)
        at += (size_t)snprintf(shape + at, sizeof shape - at, "%u,%s", e->dims[i], i + 1 < e->rank ? " " : "");
    const int n =
        snprintf(text, sizeof text, "{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", e->type, shape);
    f->header_bytes = ((uint32_t)n + 11 + 63) / 64 * 64;
    memset(f->header, ' ', f->header_bytes);
    memcpy(f->header, "\x93NUMPY\x01", 8); /* with the minor version, 0 */
    put16((uint8_t *)f->header + 8, f->header_bytes - 10);
    memcpy(f->header + 10, text, (size_t)n);
    f->header[f->header_bytes - 1] = '\n';
}

/* What both of zip's headers say of a file: version, flags, method, time, date, CRC, sizes, length of its name. */
static void put_facts(uint8_t *p, const placed *f)
{
    put16(p, 20);
    put16(p + 8, DATE);
    put32(p + 10, f->crc);
    put32(p + 14, f->bytes);
    put32(p + 18, f->bytes);
    put16(p + 22, f->name_bytes);
}

static void fill(uint8_t *out, placed *files, const npz_entry *entries, uint32_t count, uint32_t directory,
                 uint32_t size)
{
    uint8_t *p = out;
    for (uint32_t i = 0; i < count; i++) {
        placed *f = &files[i];
        memset(p, 0, LOCAL);
        put32(p, 0x04034b50);
        put_facts(p + 4, f);
        memcpy(p + LOCAL, f->name, f->name_bytes);
        p += LOCAL + f->name_bytes;
        memcpy(p, f->header, f->header_bytes);
        memcpy(p + f->header_bytes, entries[i].data, entries[i].bytes);
        p += f->bytes;
    }
    for (uint32_t i = 0; i < count; i++) {
        const placed *f = &files[i];
        memset(p, 0, CENTRAL);
        put32(p, 0x02014b50);
        put16(p + 4, 20);
        put_facts(p + 6, f);
        put32(p + 42, f->at);
        memcpy(p + CENTRAL, f->name, f->name_bytes);
        p += CENTRAL + f->name_bytes;
    }
    memset(p, 0, DIRECTORY);
    put32(p, 0x06054b50);
    put16(p + 8, count);
    put16(p + 10, count);
    put32(p + 12, size - directory - DIRECTORY);
    put32(p + 16, directory);
}

int npz_write(const char *path, const npz_entry *entries, uint32_t count)
{
    placed *files = calloc(count, sizeof *files);
    uint64_t size = 0, directory;
    if (!files)
        return cli_fail(BDS_E_ARENA, "out of memory");
    for (uint32_t i = 0; i < count; i++) {
        placed *f = &files[i];
        make_header(f, &entries[i]);
        f->name_bytes = (uint32_t)snprintf(f->name, sizeof f->name, "%s.npy", entries[i].name);
        f->at = (uint32_t)size;
        f->bytes = f->header_bytes + (uint32_t)entries[i].bytes;
        f->crc = crc32_of(crc32_of(0, (const uint8_t *)f->header, f->header_bytes), entries[i].data, entries[i].bytes);
        size += LOCAL + f->name_bytes + f->header_bytes + entries[i].bytes;
    }
    directory = size;
    for (uint32_t i = 0; i < count; i++)
        size += CENTRAL + files[i].name_bytes;
    size += DIRECTORY;
    uint8_t *out = size < UINT32_MAX ? malloc(size) : NULL;
    int failed = 0;
    if (size >= UINT32_MAX)
        failed = cli_fail(BDS_E_LIMIT, "%s would be larger than 4 GB", path);
    else if (!out)
        failed = cli_fail(BDS_E_ARENA, "out of memory");
    if (!failed) {
        fill(out, files, entries, count, (uint32_t)directory, (uint32_t)size);
        failed = file_write(path, out, size);
    }
    free(out);
    free(files);
    return failed;
}
