/* Scale, zero point and type of every tensor. Internal.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_COMPILER_SCALES_H
#define BEDSIDE_COMPILER_SCALES_H

#include "ir.h"

typedef struct quant {
    double scale; /* real = scale * (stored - zero_point); a float's value */
    int32_t zero_point;
    uint32_t type;  /* BDS_INT8 or BDS_INT16 */
    uint32_t group; /* tensors of one group have the same quantisation */
    int fixed;      /* must not be changed: the file's own, pixels, probabilities */
    double offset;  /* what the stored values mean more than the real ones: pixels whose zero point is no integer */
} quant;

/* What the network's file, a picture or the operator says of a tensor; 0 if it is free. */
int scales_fixed(const ir_graph *g, const bdc_options *options, uint32_t tensor, quant *q);
/* 1 for operators whose operands and result all have one quantisation. */
int scales_shared(ir_code code);
/* The choice that speaks of a layer, by the name of its result or as the one for all others; null: none. */
const bdc_choice *scales_choice(const bdc_options *options, const ir_graph *g, const ir_op *op);

/* separate.c: puts a change of scale wherever neighbours that must have one quantisation cannot have it, or would lose too much. */
bdc_status scales_separate(bdc_context *c, ir_graph *g, const bdc_options *options);
/* One quant per tensor. Fails if a tensor needs a range and the graph was not calibrated. */
bdc_status scales_choose(bdc_context *c, const ir_graph *g, const bdc_options *options, int calibrated, quant **quants);
/* Doubles the scale of a tensor's group. */
void scales_widen(const ir_graph *g, quant *quants, uint32_t tensor);

/* The stored value nearest to a real one, within the type. */
int32_t scales_store(const quant *q, double real);
static inline double scales_real(const quant *q, int32_t stored)
{
    return q->scale * (stored - q->zero_point);
}
static inline int scales_same(const quant *a, const quant *b)
{
    return a->type == b->type && a->zero_point == b->zero_point && !(a->scale < b->scale) && !(a->scale > b->scale);
}
/* int8[channels][256]: from pixel to stored value. */
bdc_status scales_pixel_table(bdc_context *c, const ir_tensor *t, const quant *q, const bdc_image_input *image,
                              int8_t **table);

#endif
