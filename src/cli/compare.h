/* A compiled file beside its float network, layer by layer, on the same samples.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_CLI_COMPARE_H
#define BEDSIDE_CLI_COMPARE_H

#include "compiler/bedside_compiler.h"
#include "session.h"

/* One operator of the file. Without a counterpart (a table in front of a concatenation, a pruned layer) name is empty. */
typedef struct compared {
    char name[64]; /* of the float tensor */
    const char *kind;
    uint32_t shape[3];
    int matched;
    double signal, noise; /* sums of squares over all samples: of the float values, and of the difference */
    double worst;         /* largest difference */
    double step;          /* of the stored values */
} compared;

typedef struct comparison {
    compared *layers;
    uint32_t count, samples;
    compared output; /* of all outputs of the network */
} comparison;

/* The graph is optimised; sample gives count samples. */
int compare_layers(comparison *c, bdc_graph *graph, const bdc_error *error, session *file, bdc_sample *sample,
                   void *cookie, uint32_t count);
void compare_free(comparison *c);
/* 10 log10(signal / noise); infinite when there is no difference. */
double compare_decibels(const compared *layer);

#endif
