/* Scale and zero point of every tensor. Internal.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_COMPILER_SCALES_H
#define BEDSIDE_COMPILER_SCALES_H

#include "ir.h"

typedef struct quant {
    double scale; /* real = scale * (stored - zero_point); a float's value */
    int32_t zero_point;
    uint32_t type;  /* BDS_INT8 or BDS_INT16 */
    uint32_t group; /* tensors of one group have the same quantisation */
    int fixed;      /* must not be changed: pixels, probabilities */
    double offset;  /* what the stored values mean more than the real ones: pixels whose zero point is no integer */
} quant;

/* Puts a table in front of each concatenation's input that cannot have the result's scale, or would lose too much by it. */
bdc_status scales_separate(bdc_context *c, ir_graph *g, const bdc_options *options);
/* One quant per tensor. */
bdc_status scales_choose(bdc_context *c, const ir_graph *g, const bdc_options *options, quant **quants);
/* Doubles the scale of a tensor's group. */
void scales_widen(const ir_graph *g, quant *quants, uint32_t tensor);

/* The stored value nearest to a real one, within the type. */
int32_t scales_store(const quant *q, double real);
/* int8[channels][256]: from pixel to stored value. */
bdc_status scales_pixel_table(bdc_context *c, const ir_tensor *t, const quant *q, const bdc_image_input *image,
                              int8_t **table);

#endif
