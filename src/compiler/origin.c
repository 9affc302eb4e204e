/* What the program and the browser share: which importer a file wants, what a compiled file says of its origin, and noise in place
 * of data. So both write the same bytes.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "../bedside.h"
#include "context.h"

bdc_status bdc_import(bdc_context *context, const void *bytes, size_t n, const bdc_import_options *options,
                      bdc_graph **graph)
{
    const char mark[4] = {'T', 'F', 'L', '3'}; /* the FlatBuffer's file identifier */
    if (bytes && n >= 8 && !memcmp((const char *)bytes + 4, mark, sizeof mark))
        return bdc_import_tflite(context, bytes, n, options, graph);
    return bdc_import_onnx_with(context, bytes, n, options, graph);
}

static const char *hex_of(bdc_context *c, const uint8_t digest[32])
{
    char *text = BDC_NEW(c, char, 65);
    for (int i = 0; text && i < 64; i++)
        text[i] = "0123456789abcdef"[digest[i / 2] >> (i % 2 ? 0 : 4) & 15];
    return text;
}

uint32_t bdc_origin(bdc_context *c, const char *name, const void *bytes, size_t n, int without_data,
                    bdc_text texts[BDC_ORIGIN_TEXTS])
{
    uint8_t digest[32];
    bds_sha256(digest, bytes, n);
    const char *sha256 = hex_of(c, digest);
    if (!sha256)
        return 0;
    texts[0] = (bdc_text){"name", name};
    texts[1] = (bdc_text){"compiler", "bedside " BDS_VERSION};
    texts[2] = (bdc_text){"source", name};
    texts[3] = (bdc_text){"source_sha256", sha256};
    texts[4] = (bdc_text){"calibration", "none: ranges from noise, good for timing, not for answers"};
    return without_data ? 5 : 4;
}

/* Seeded pseudo-random numbers, the same everywhere: splitmix64 (Steele, Lea and Flood 2014). */
static uint64_t next(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

/* As if 8-bit pixels were normalised to [-2, 2]; both ends occur, so that a range taken from this covers what a picture can hold. */
int bdc_noise(void *graph, uint32_t i, float *const *inputs)
{
    for (uint32_t k = 0; k < bdc_input_count(graph); k++) {
        bdc_shape shape;
        uint64_t state = (uint64_t)i << 8 | k;
        if (bdc_input_shape(graph, k, &shape) != BDC_OK)
            return 1;
        const size_t count = (size_t)shape.channels * shape.height * shape.width;
        for (size_t p = 0; p < count; p++) {
            uint32_t pixel = p == 0 ? 0 : p == 1 ? 255 : (uint32_t)((next(&state) >> 32) * 256 >> 32);
            inputs[k][p] = (float)((pixel / 255.0 - 0.5) / 0.25);
        }
    }
    return 0;
}
