/* Decodes the weights of a blob. Two coders: an adaptive binary range coder (entropy.c, the smallest) and a static one (entropy_static.c,
 * several times faster). Normative text: docs/format.md.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_ENTROPY_H
#define BEDSIDE_ENTROPY_H

#include "bedside.h"
#include "format.h"

/* Fills to with blob->count int8 or int16 weights from the blob's stored bytes; BDS_E_CORRUPT if they are not exactly a stream for it.
 * Any bytes are safe. Work is bounded by count and stored bytes. Needs about 4 KiB of stack. */
bds_status bds_weights_decode(void *to, const bdf_blob *blob, const uint8_t *stream);

#endif
