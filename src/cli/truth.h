/* A mask as somebody drew it, brought to the size of the mask that the model makes.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_CLI_TRUTH_H
#define BEDSIDE_CLI_TRUTH_H

#include "bedside.h"

/* The drawn mask's pixels of 128 or more (of colours: their mean) are 1. Cropped as the picture is (crop: BDF_CROP_*), truth[] [height]
 * [width] is 1 where at least half of the area under a pixel is. Exact: integers only. Returns the pixels that are 1, or -1 if the
 * drawn mask is not black and white: nothing in it is 128 or more, and yet not all is 0. Sides up to 65,535. */
int64_t truth_make(uint8_t *truth, uint32_t width, uint32_t height, const bds_image *drawn, uint32_t crop);

#endif
