/* The encoder to bds_weights_decode. Internal.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_COMPILER_ENCODE_WEIGHTS_H
#define BEDSIDE_COMPILER_ENCODE_WEIGHTS_H

#include "context.h"

/* Codes count weights with rows of row elements into stream; returns the bytes used, 0 if they would exceed capacity. */
size_t encode_weights(const int8_t *w, size_t count, size_t row, uint8_t *stream, size_t capacity);

#endif
