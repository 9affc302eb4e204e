/* The compiler's techniques as options of the command line: classes of weights, pruning, rounding, calibration.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_CLI_TECHNIQUES_H
#define BEDSIDE_CLI_TECHNIQUES_H

#include "compiler/bedside_compiler.h"
#include "options.h"

enum {
    TECHNIQUE_WEIGHTS,
    TECHNIQUE_LAYERS,
    TECHNIQUE_PRUNE,
    TECHNIQUE_METHOD,
    TECHNIQUE_PERCENTILE,
    TECHNIQUE_EQUALISE,
    TECHNIQUE_ROUNDING,
    TECHNIQUE_RECONSTRUCT,
    TECHNIQUE_NO_CORRECTION,
    TECHNIQUE_WIDE,
    TECHNIQUE_KEEP_DEAD,
    TECHNIQUE_CODER,
    TECHNIQUE_NO_ENTROPY,
    TECHNIQUE_COUNT
};
#define TECHNIQUE_OPTIONS                                                                                              \
    {"--weights", 1, 0}, {"--layers", 1, 0}, {"--prune", 1, 0}, {"--method", 1, 0}, {"--percentile", 1, 0},            \
        {"--equalise", 0, 0}, {"--adaptive-rounding", 0, 0}, {"--reconstruct", 0, 0}, {"--no-bias-correction", 0, 0},  \
        {"--wide", 1, 0}, {"--keep-dead-channels", 0, 0}, {"--coder", 1, 0}, {"--no-entropy", 0, 0}

typedef struct techniques {
    bdc_choice *choices; /* owned, and their names */
    char *text;
    uint32_t count;
} techniques;

/* Reads the first TECHNIQUE_COUNT options into *options; t must live as long as they are used. */
int techniques_read(techniques *t, const char *command, const cli_option *given, bdc_options *options);
void techniques_free(techniques *t);

/* "int8", "7-bit", "4-bit", "3-bit", "ternary", "power-of-two". */
const char *technique_weights_name(bdc_weights weights);
/* "4-bit 50 %" and the like, of one layer; in one of a few buffers. */
const char *technique_describe(const bdc_choice *choice);

#endif
