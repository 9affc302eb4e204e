/* From 8-bit pixels to a network's input: crop, grey or RGB, resize, table. Integers only; normative text with the proofs of
 * range: docs/arithmetic-pictures.md.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_IMAGE_H
#define BEDSIDE_IMAGE_H

#include <stddef.h>
#include <stdint.h>

#include "bedside.h"

/* Scratch that bds_image_prepare needs; it depends on the output alone, never on the picture. */
size_t bds_image_prepare_scratch(uint32_t out_w, uint32_t out_c);

/* Fills out[out_h][out_w][out_c], out_c 1 or 3, from the picture; out_w, out_h in [1, 65535]. crop is bdf_crop, table is
 * int8[out_c][256], scratch needs no alignment. *chroma (may be null) becomes the mean of max(R, G, B) - min(R, G, B) over the
 * cropped source pixels in units of 1/256, so 65280 at most; 0 for a grey picture. After an error out is not to be used. */
bds_status bds_image_prepare(int8_t *out, uint32_t out_w, uint32_t out_h, uint32_t out_c, const bds_image *image,
                             uint32_t crop, const int8_t *table, uint32_t *chroma, void *scratch, size_t scratch_bytes);

#endif
