/* Reads a PNG's chunks to prove it whole, see picture.h. The compressed data inside the chunks is not looked at: the chunks'
 * CRC-32 covers every byte of it. W3C PNG, third edition.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "bits.h"
#include "picture.h"

#define IHDR 0x49484452u
#define PLTE 0x504c5445u
#define IDAT 0x49444154u
#define IEND 0x49454e44u
#define TRNS 0x74524e53u

static uint32_t read_u32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* CRC-32 as in zlib, by half bytes. */
static uint32_t crc32(const uint8_t *p, size_t n)
{
    static const uint32_t table[16] = {0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
                                       0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
                                       0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c};
    uint32_t crc = 0xffffffffu;
    for (size_t i = 0; i < n; i++) {
        crc ^= p[i];
        crc = (crc >> 4) ^ table[crc & 15];
        crc = (crc >> 4) ^ table[crc & 15];
    }
    return ~crc;
}

static int read_header(bds_png *png, const uint8_t *p, uint32_t n)
{
    /* By colour type: bit d is set when d bits per sample are allowed. */
    static const uint32_t depths[7] = {0x10116, 0, 0x10100, 0x116, 0x10100, 0, 0x10100};
    if (n != 13)
        return 0;
    png->header = p;
    png->width = read_u32(p);
    png->height = read_u32(p + 4);
    png->depth = p[8];
    png->colour = p[9];
    png->interlaced = p[12];
    if (!png->width || !png->height || png->depth > 16 || png->colour > 6 || p[10] || p[11] || png->interlaced > 1)
        return 0;
    png->channels = (png->colour & 2 ? 3u : 1u) + (png->colour & 4 ? 1u : 0u);
    return (depths[png->colour] >> png->depth & 1) != 0;
}

/* Only the content of the chunks that matter; the rest is skipped. after: data have begun. */
static int read_chunk(bds_png *png, uint32_t type, const uint8_t *p, uint32_t n, int after)
{
    if (type == PLTE) {
        if (png->palette || after || !n || n > 768 || n % 3 || !(png->colour & 2))
            return 0;
        png->palette = p;
        png->palette_bytes = n;
    } else if (type == TRNS) {
        const uint32_t most = png->colour == 3 ? png->palette_bytes / 3 : 2 * png->channels;
        if (png->transparency || after || png->colour & 4 || n > most || !n || (png->colour != 3 && n != most))
            return 0;
        png->transparency = p;
        png->transparency_bytes = n;
    } else if (!(type & 0x20000000)) {
        return 0; /* critical and unknown, or IHDR once more */
    }
    return 1;
}

/* to_end: read on after the first IDAT, and check what is read. */
static int walk(bds_png *png, const void *bytes, size_t n, int to_end)
{
    bds_reader r = bds_reader_make(bytes, n);
    int finished = 0; /* another chunk came after the last IDAT */
    memset(png, 0, sizeof *png);
    if (n < 8 || memcmp(bytes, "\x89PNG\r\n\x1a\n", 8) != 0)
        return 0;
    r.at += 8;
    for (;;) {
        if (bds_reader_left(&r) < 12)
            return 0;
        const uint8_t *chunk = r.at, *content = chunk + 8;
        const uint32_t length = read_u32(chunk), type = read_u32(chunk + 4);
        if (!png->header && type != IHDR)
            return 0;
        if (type == IDAT && !to_end)
            break;
        if (length > bds_reader_left(&r) - 12)
            return 0;
        r.at += 12 + (size_t)length;
        if (to_end && crc32(chunk + 4, 4 + (size_t)length) != read_u32(content + length))
            return 0;
        if (type == IEND) {
            if (length || !png->data)
                return 0;
            break;
        }
        if (type == IDAT) {
            if (finished || (png->colour == 3 && !png->palette))
                return 0;
            if (!png->data)
                png->data = chunk;
            png->data_bytes += length;
        } else {
            finished = png->data != NULL;
            if (!png->header ? !read_header(png, content, length) : !read_chunk(png, type, content, length, finished))
                return 0;
        }
    }
    if (png->colour == 3 && !png->palette)
        return 0;
    if (png->transparency)
        png->channels++;
    return 1;
}

bds_status bds_png_header(const void *bytes, size_t n, bds_png *png)
{
    return walk(png, bytes, n, 0) ? BDS_OK : BDS_E_IMAGE_CORRUPT;
}

bds_status bds_png_check(const void *bytes, size_t n, bds_png *png)
{
    return walk(png, bytes, n, 1) ? BDS_OK : BDS_E_IMAGE_CORRUPT;
}
