/* What one operator of the float executor works on, and the operators by family. Internal to execute_float.c and execute_*.c.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_COMPILER_EXECUTE_OPERANDS_H
#define BEDSIDE_COMPILER_EXECUTE_OPERANDS_H

#include "ir.h"

typedef struct operands {
    const ir_op *op;
    const ir_tensor *x, *b, *y; /* b: the second input, or null */
    const float *in, *in_b;
    float *out;
    float *scratch; /* execute_scratch() floats */
} operands;

/* execute_layers.c: floats of scratch memory that an operator needs. */
size_t execute_scratch(const ir_graph *g, const ir_op *op);
void execute_conv(const operands *o);
void execute_gemm(const operands *o);
void execute_matmul(const operands *o);
void execute_pool(const operands *o); /* execute_elements.c */
void execute_arithmetic(const operands *o);
void execute_affine(const operands *o);
void execute_prelu(const operands *o);
void execute_pad(const operands *o);
void execute_view(const operands *o);
void execute_resize(const operands *o);
void execute_softmax(const operands *o); /* execute_normalise.c */
void execute_layer_norm(const operands *o);
void execute_instance_norm(const operands *o);
void execute_arg_max(const operands *o);

#endif
