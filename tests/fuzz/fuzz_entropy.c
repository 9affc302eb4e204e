/* Fuzz target of the coders. The first byte chooses coding, type and layout, two more the shape; what follows is decoded as a stream and,
 * apart from that, taken as weights or numbers, coded and decoded again: those must come back.
 * SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/encode_numbers.h"
#include "compiler/encode_weights.h"
#include "entropy.h"
#include "numbers.h"

enum { MOST = 1024 };

static void must(int condition)
{
    if (!condition)
        abort();
}

static bds_status decode(void *to, const bdf_blob *b, const uint8_t *stream)
{
    return b->coding == BDF_NUMBERS ? bds_number_blob_decode(to, b, stream) : bds_weights_decode(to, b, stream);
}

/* Arbitrary bytes: any status is right, as long as it stays within the elements. */
static void arbitrary(bdf_blob b, const uint8_t *stream, size_t n)
{
    const size_t size = b.type == BDS_INT32 ? 4 : b.type == BDS_INT16 ? 2 : 1;
    void *elements = malloc(b.count * size); /* exact, so that a sanitizer sees the end */
    must(elements != NULL);
    b.stored_bytes = (uint32_t)n;
    (void)decode(elements, &b, stream);
    free(elements);
}

static void round_trip(bdf_blob b, int interleaved, uint32_t tap, const uint8_t *data, size_t n)
{
    static uint8_t stream[8 * MOST + 4096];
    static int32_t elements[MOST], back[MOST];
    const size_t size = b.type == BDS_INT32 ? 4 : b.type == BDS_INT16 ? 2 : 1;
    size_t bytes = 0;
    memset(elements, 0, sizeof elements);
    memcpy(elements, data, n < b.count * size ? n : b.count * size);
    if (b.coding == BDF_NUMBERS) {
        bytes = encode_number_blob(b.type, elements, b.count, stream, sizeof stream);
        must(bytes > 0);
    } else {
        const weight_array w = {.elements = elements,
                                .type = b.type,
                                .count = b.count,
                                .row = b.row_length,
                                .interleaved = interleaved,
                                .tap = tap};
        bdc_context *c;
        must(bdc_create(&c, NULL, NULL) == BDC_OK);
        must((b.coding == BDF_STATIC ? encode_static : encode_adaptive)(c, &w, stream, sizeof stream, &bytes) ==
             BDC_OK);
        bdc_destroy(c);
        if (bytes == 0) /* int16 outside [-255, 255] */
            return;
    }
    b.stored_bytes = (uint32_t)bytes;
    must(decode(back, &b, stream) == BDS_OK && !memcmp(back, elements, b.count * size));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    if (n < 3)
        return 0;
    const uint32_t coding = 1 + (data[0] & 3u) % 3u, wide = data[0] >> 2 & 1u, row = 1 + data[1] % 32u,
                   rows = 1 + data[2] % 32u;
    const bdf_blob b = {.count = row * rows,
                        .type = wide                    ? BDS_INT16
                                : coding == BDF_NUMBERS ? BDS_INT32
                                                        : BDS_INT8,
                        .coding = (uint16_t)coding,
                        .row_length = data[0] & 8u ? row : row * rows};
    arbitrary(b, data + 3, n - 3);
    round_trip(b, data[0] >> 4 & 1, data[0] >> 5, data + 3, n - 3);
    return 0;
}
