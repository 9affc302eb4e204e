/* The encoders to bds_weights_decode. Internal.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_COMPILER_ENCODE_WEIGHTS_H
#define BEDSIDE_COMPILER_ENCODE_WEIGHTS_H

#include "context.h"

/* Weights and how they lie. */
typedef struct weight_array {
    const void *elements;
    uint32_t type;   /* BDS_INT8 or BDS_INT16, then in [-255, 255] */
    uint32_t count;  /* a multiple of row */
    uint32_t row;    /* elements per output channel; interleaved: channels */
    int interleaved; /* depthwise, [KH][KW][C] */
    uint32_t
        tap; /* weights of a channel from one kernel column to the next: IC / groups, depthwise 1; 0 where there is no kernel */
} weight_array;

/* Codes for the smallest stream, with at most capacity bytes; *bytes is 0 if that is not enough or the weights cannot be coded. */
bdc_status encode_adaptive(bdc_context *c, const weight_array *w, uint8_t *stream, size_t capacity, size_t *bytes);
/* The same with static tables: a little longer, decoded several times as fast. */
bdc_status encode_static(bdc_context *c, const weight_array *w, uint8_t *stream, size_t capacity, size_t *bytes);
/* One of the two; fast: static, but for small layers. coding becomes a bdf_coding. */
bdc_status encode_weights(bdc_context *c, const weight_array *w, int fast, uint8_t *stream, size_t capacity,
                          size_t *bytes, uint16_t *coding);

#endif
