/* Any bytes as a picture: probe, decode, prepare. Beyond not crashing: what probe says holds, and neither the work area's former
 * content nor its alignment changes a status or a pixel.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "bedside.h"
#include "crc32c.h"
#include "image.h"

#define MAX_PIXELS (1u << 16)
#define MAX_WORK (4u << 20)
#define MUST(condition) ((condition) ? (void)0 : abort())

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static uint32_t read_u32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Makes a PNG's checksums right, so that changed content gets past them. */
static void seal_png(uint8_t *bytes, size_t n)
{
    for (size_t at = 8; n >= 12 && at <= n - 12;) {
        const size_t length = read_u32(bytes + at);
        if (length > n - 12 - at)
            return;
        uint32_t crc = 0xffffffffu;
        for (size_t i = at + 4; i < at + 8 + length; i++) {
            crc ^= bytes[i];
            for (int k = 0; k < 8; k++)
                crc = crc & 1 ? crc >> 1 ^ 0xedb88320u : crc >> 1;
        }
        for (size_t i = 0; i < 4; i++)
            bytes[at + 8 + length + i] = (uint8_t)(~crc >> (24 - 8 * i));
        at += 12 + length;
    }
}

static bds_status decode(const uint8_t *bytes, size_t n, size_t work_bytes, size_t lead, int fill, uint8_t **block,
                         bds_image *image)
{
    *block = malloc(work_bytes + lead + 1);
    memset(*block, fill, work_bytes + lead);
    const bds_status status = bds_image_decode(bytes, n, MAX_PIXELS, *block + lead, work_bytes, image);
    if (status == BDS_OK) {
        const uint8_t *end = image->pixels + image->stride * image->height;
        MUST(image->pixels >= *block + lead && end <= *block + lead + work_bytes);
    } else {
        MUST(status < 0 && !image->pixels);
    }
    return status;
}

static void prepare(const bds_image *image, uint32_t choice)
{
    static int8_t table[3 * 256];
    const uint32_t w = 1 + choice % 40, h = 1 + choice / 64 % 40, c = choice & 1u << 20 ? 3 : 1,
                   crop = choice >> 21 & 1;
    const size_t bytes = bds_image_prepare_scratch(w, c);
    int8_t *out = malloc((size_t)w * h * c);
    void *scratch = malloc(bytes);
    uint32_t chroma = 0;
    const bds_status status = bds_image_prepare(out, w, h, c, image, crop, table, &chroma, scratch, bytes);
    MUST((status == BDS_OK || status == BDS_E_IMAGE_BLANK) && chroma <= 255 * 256);
    free(scratch);
    free(out);
}

static void examine(const uint8_t *bytes, size_t n)
{
    bds_image_info info;
    bds_image a, b;
    uint8_t *first, *second;
    const uint32_t choice = bds_crc32c(0, bytes, n);
    const bds_status probed = bds_image_probe(bytes, n, &info);
    const int small =
        probed == BDS_OK && (uint64_t)info.width * info.height <= MAX_PIXELS && info.decode_bytes <= MAX_WORK;
    const size_t work_bytes = small ? info.decode_bytes : 1u << 16;
    const bds_status status = decode(bytes, n, work_bytes, choice % 17, 0, &first, &a);
    if (probed != BDS_OK)
        MUST(status == probed);
    if (small && bytes[0] == 0xff)
        MUST(status != BDS_E_ARENA); /* for a JPEG the estimate is a bound */
    MUST(decode(bytes, n, work_bytes, choice / 32 % 17, 0xa5, &second, &b) == status);
    if (status == BDS_OK) {
        MUST(a.width == info.width && a.height == info.height && a.channels == info.channels);
        MUST(a.width == b.width && a.height == b.height && a.stride == b.stride);
        MUST(memcmp(a.pixels, b.pixels, a.stride * a.height) == 0);
        prepare(&a, choice);
    }
    free(second);
    if (status == BDS_OK && choice % 4 == 0) { /* and with too little memory */
        free(first);
        (void)decode(bytes, n, choice / 4 % work_bytes, 0, 0, &first, &a);
    }
    free(first);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    if (n == 0)
        return 0;
    examine(data, n);
    if (data[0] == 0x89) {
        uint8_t *sealed = malloc(n);
        memcpy(sealed, data, n);
        seal_png(sealed, n);
        examine(sealed, n);
        free(sealed);
    }
    return 0;
}
