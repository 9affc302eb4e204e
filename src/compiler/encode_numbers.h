/* The encoder to numbers.h. Internal.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_COMPILER_ENCODE_NUMBERS_H
#define BEDSIDE_COMPILER_ENCODE_NUMBERS_H

#include "../number_model.h"
#include "range_encoder.h"

void encode_number(range_encoder *e, bds_number_model *m, uint32_t n);

/* A blob of BDS_INT32 or BDS_INT16 numbers; returns its bytes, 0 if capacity is not enough. */
size_t encode_number_blob(uint32_t type, const void *numbers, size_t count, uint8_t *stream, size_t capacity);

#endif
