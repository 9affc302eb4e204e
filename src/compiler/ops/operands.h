/* What operators share: their operands, the checks of them and conversion to float32. Internal to ops/.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_COMPILER_OPERANDS_H
#define BEDSIDE_COMPILER_OPERANDS_H

#include "infer.h"

/* What the operators of this folder's float half compute with: float16 is cast by the importer. */
enum { TYPES_REAL = TYPE_SET(NET_FLOAT) | TYPE_SET(NET_DOUBLE), TYPES_BYTE = TYPE_SET(NET_UINT8) | TYPE_SET(NET_INT8) };

/* Tensors and elements of an operator that is evaluated; null if it was left out. */
static inline const net_tensor *eval_input(const op_eval *e, uint32_t n)
{
    return n < e->op->input_count && e->op->inputs[n] != NET_NONE ? &e->graph->tensors[e->op->inputs[n]]
                                                                  : (const net_tensor *)0;
}

static inline const net_tensor *eval_output(const op_eval *e, uint32_t n)
{
    return n < e->op->output_count && e->op->outputs[n] != NET_NONE ? &e->graph->tensors[e->op->outputs[n]]
                                                                    : (const net_tensor *)0;
}

static inline const void *eval_input_data(const op_eval *e, uint32_t n)
{
    return eval_input(e, n) ? e->data[e->op->inputs[n]] : (const void *)0;
}

static inline void *eval_output_data(const op_eval *e, uint32_t n)
{
    return eval_output(e, n) ? e->data[e->op->outputs[n]] : (void *)0;
}

/* Failures: "Conv 'name': what." with the type that the file says. */
bdc_status infer_invalid(const op_infer *i, const char *what);
bdc_status infer_unsupported(const op_infer *i, const char *what);

/* A vector of count elements, called `what` in the sentence; nothing to check if it was left out. */
bdc_status infer_vector(const op_infer *i, const net_tensor *t, size_t count, const char *what);

/* Runs an evaluation written for float32 on operands that may be double or short integers: converts inputs before and outputs
 * after. Other types (int32, int64, bool) are passed as they are. */
bdc_status eval_in_float(const op_eval *e, bdc_status (*eval)(const op_eval *e));

/* N C spatial or N spatial C, its spatial dimensions padded in front to three. */
typedef struct op_picture {
    uint32_t batch, channels, dims[3];
    size_t pixels; /* of one picture and channel */
} op_picture;

op_picture operand_picture(const net_tensor *t, int channels_last);
/* dims of the tensor that such pictures make, of `spatial` dimensions. */
void operand_picture_dims(const op_picture *p, uint32_t spatial, int channels_last, uint32_t *dims);

#endif
