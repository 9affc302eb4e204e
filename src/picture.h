/* What a JPEG or PNG says of itself, and whether it is whole. stb_image, which decodes (decode.c), trusts its input: it paints
 * missing JPEG data grey, reads no PNG checksum and has overflows on hostile files. So every file first passes these checks, which
 * read it to its end and let through only what stb_image decodes with defined results.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_PICTURE_H
#define BEDSIDE_PICTURE_H

#include <stddef.h>
#include <stdint.h>

#include "bedside.h"

#define BDS_PICTURE_MAX_SIDE 65535u

/* One colour component of a JPEG. */
typedef struct bds_jpeg_component {
    uint8_t id, h, v, quantiser;
    uint8_t dc_table, ac_table;     /* of the current scan */
    uint8_t seen;                   /* a scan has brought data */
    int8_t precision[64];           /* progressive: the lowest bit known of each coefficient; -1: nothing yet */
    int32_t dc;                     /* prediction */
    uint32_t columns, rows;         /* blocks of 8x8 that carry pixels */
    uint32_t all_columns, all_rows; /* the same, rounded up to whole MCUs */
    int16_t *coefficients;          /* progressive: [all_rows][all_columns][64] in zigzag order */
} bds_jpeg_component;

typedef struct bds_jpeg {
    uint32_t width, height;
    uint32_t count;         /* components: 1, 3 or 4 */
    uint32_t columns, rows; /* in MCUs */
    uint32_t restart;       /* MCUs from one restart marker to the next; 0: none */
    uint32_t orientation;   /* EXIF, 1..8: how to turn the pixels to have them upright */
    int exif_seen, progressive;
    bds_jpeg_component component[4];
} bds_jpeg;

/* Reads up to the first scan. */
bds_status bds_jpeg_header(const void *bytes, size_t n, bds_jpeg *jpeg);
/* Work area of bds_jpeg_check for a frame that bds_jpeg_header has read. */
uint64_t bds_jpeg_check_bytes(const bds_jpeg *jpeg);
/* Decodes every Huffman code to the end-of-image marker. BDS_OK: nothing is missing, nothing is left over, and no coefficient is
 * larger than an encoder of 8-bit pixels can produce. work: bds_jpeg_check_bytes, aligned to 16. */
bds_status bds_jpeg_check(const void *bytes, size_t n, void *work);

typedef struct bds_png {
    uint32_t width, height;
    uint32_t depth, colour; /* as in IHDR */
    uint32_t interlaced;
    uint32_t channels; /* of the decoded picture: a palette makes 3, transparency adds one */
    const uint8_t *header, *palette, *transparency; /* the chunks' contents; the latter two may be null */
    uint32_t palette_bytes, transparency_bytes;
    const uint8_t *data; /* the first IDAT chunk, at its length field */
    uint64_t data_bytes; /* of all IDAT chunks; 0 before bds_png_check */
} bds_png;

/* Reads up to the first IDAT. */
bds_status bds_png_header(const void *bytes, size_t n, bds_png *png);
/* Reads to the end: every checksum, the order of the chunks, nothing critical that is unknown. */
bds_status bds_png_check(const void *bytes, size_t n, bds_png *png);

#endif
