/* Reads coded numbers one by one (number_model.h), so that they can be checked without room for them.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_NUMBERS_H
#define BEDSIDE_NUMBERS_H

#include "bedside.h"
#include "format.h"
#include "number_model.h"
#include "range_decoder.h"

/* About 4 KiB: on the stack. */
typedef struct bds_number_reader {
    bds_decoder decoder;
    bds_number_model model;
    uint32_t differences; /* numbers are differences to the one before */
    int32_t before;
} bds_number_reader;

/* 0 if no encoder begins so. */
int bds_numbers_begin(bds_number_reader *r, const uint8_t *stream, const uint8_t *end);
/* A number without sign. */
uint32_t bds_numbers_next(bds_number_reader *r);
/* Whether the stream ended just so. */
int bds_numbers_end(const bds_number_reader *r);

/* A blob of int32 or int16 numbers: its first byte says whether they are differences. */
int bds_number_blob_begin(bds_number_reader *r, const bdf_blob *blob, const uint8_t *stream);
int32_t bds_number_blob_next(bds_number_reader *r);
/* All of it; BDS_E_CORRUPT if a number does not fit its type or the stream is not exactly one for the blob. */
bds_status bds_number_blob_decode(void *to, const bdf_blob *blob, const uint8_t *stream);

#endif
