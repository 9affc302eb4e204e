/* The float network beside the integer one: the compiler's executor on the same prepared pixels.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_CLI_FLOAT_MODEL_H
#define BEDSIDE_CLI_FLOAT_MODEL_H

#include "compiler/bedside_compiler.h"
#include "session.h"

#define FLOAT_MODEL_INPUTS 4u

typedef struct float_model {
    bdc_context *context;
    bdc_graph *graph;
    bdc_error error;
    uint8_t *onnx;
    uint32_t labels, inputs;
    float *input[FLOAT_MODEL_INPUTS], *output;
    double *logits; /* [count][labels], filled by float_model_run */
} float_model;

/* The network must fit the session's model: same inputs, same number of outputs. */
int float_model_open(float_model *f, const char *path, const session *s, uint32_t count);
/* A collect_prepared: cookie is the float_model. */
int float_model_run(void *cookie, uint32_t i, const bds_tensor *inputs);
void float_model_close(float_model *f);

#endif
