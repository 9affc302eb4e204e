/* The steps of `bedside compile`: import, calibrate, compile, fit on what the runtime answers, compile again.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_CLI_BUILD_H
#define BEDSIDE_CLI_BUILD_H

#include "compiler/bedside_compiler.h"
#include "fit.h"
#include "gate.h"
#include "recipe.h"
#include "session.h"

typedef struct build {
    /* wanted */
    int has_recipe, fits;
    bdc_coder coder;
    recipe recipe;
    const char *data;     /* path or null: calibrate on noise */
    uint32_t calibration; /* samples */
    /* made */
    bdc_context *context;
    bdc_graph *graph;
    bdc_error error;
    bdc_compiled compiled; /* lives in the context */
    session final;
    int has_fit;
    uint32_t val_count;
    fitted fit;
    gate gate;
    size_t onnx_bytes;
} build;

void build_begin(build *b);
int build_model(build *b, const char *name, const uint8_t *onnx, size_t n);
void build_end(build *b);

#endif
