/* The weight decoders as one function, to be timed in WebAssembly. blob: a record, its stream behind it.
 * SPDX-License-Identifier: MIT */
#include "entropy.h"

__attribute__((export_name("decode"), visibility("default"))) int32_t decode(void *to, const bdf_blob *blob)
{
    return bds_weights_decode(to, blob, (const uint8_t *)(blob + 1));
}
