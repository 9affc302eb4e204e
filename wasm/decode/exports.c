/* The picture decoder, a module of its own: a page fetches it when somebody gives it a JPEG or PNG, and what only works on tensors or pixels
 * never does. As exports.c otherwise: no imports, no state between calls, the caller owns the memory from __heap_base on.
 * SPDX-License-Identifier: MIT */
#include "../abi.h"
#include "bedside.h"

#define EXPORT(name) __attribute__((export_name(#name), visibility("default")))

/* Version of this interface, which is that of exports.c. */
EXPORT(bds_abi) uint32_t wasm_abi(void)
{
    return BDS_WASM_ABI;
}

/* Of the file that is decoded: so that it need not be in another module's memory, too. */
EXPORT(bds_sha256) void wasm_sha256(uint8_t *digest, const void *data, uint32_t n)
{
    bds_sha256(digest, data, n);
}

/* out: width, height, channels, work bytes for decoding. */
EXPORT(bds_image_probe) int32_t wasm_image_probe(const void *bytes, uint32_t n, uint32_t out[4])
{
    bds_image_info i = {0};
    bds_status st = bds_image_probe(bytes, n, &i);
    out[0] = i.width;
    out[1] = i.height;
    out[2] = i.channels;
    out[3] = (uint32_t)i.decode_bytes;
    return st;
}

/* out: pixel pointer, width, height, channels, stride. */
EXPORT(bds_image_decode)
int32_t wasm_image_decode(const void *bytes, uint32_t n, uint32_t max_pixels, void *work, uint32_t work_bytes,
                          uint32_t out[5])
{
    bds_image i = {0};
    bds_status st = bds_image_decode(bytes, n, max_pixels, work, work_bytes, &i);
    out[0] = (uint32_t)(uintptr_t)i.pixels;
    out[1] = i.width;
    out[2] = i.height;
    out[3] = i.channels;
    out[4] = (uint32_t)i.stride;
    return st;
}
