/* The steps of `bedside compile`: import, calibrate, compile, fit on what the runtime answers, compile again.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_CLI_BUILD_H
#define BEDSIDE_CLI_BUILD_H

#include "compiler/bedside_compiler.h"
#include "fit_segment.h"
#include "gate.h"
#include "measure.h"
#include "recipe.h"
#include "session.h"
#include "source.h"

typedef struct build {
    /* wanted */
    int has_recipe, fits;
    int mcu; /* --target mcu: nothing coded, and only the texts that something on a board reads */
    recipe recipe;
    const char *data;      /* labelled pictures, or null */
    const char *scores;    /* .npz of logits and labels that the fit takes in place of val's, or null */
    const char *calibrate; /* .npy, .npz or a folder of pictures for the ranges alone, or null */
    uint32_t calibration;  /* samples; 0: as many as the pictures' size suggests */
    bdc_import_options import;
    bdc_options techniques; /* choices, coder, rounding ...: what techniques.h reads */
    /* the search, if any */
    size_t max_bytes;
    int has_max_drop;
    double max_drop; /* points of the metric, or dB */
    const char *val; /* labelled validation data, or null: the signal to noise ratio decides */
    measure_kind metric;
    uint32_t max_trials;
    /* made */
    bdc_context *context;
    bdc_graph *graph;
    bdc_error error;
    bdc_compiled compiled; /* lives in the context */
    source source;
    measure measure;
    bdc_search_result search;
    bdc_choice *chosen; /* the search's, and those that were given */
    session final;
    int has_fit, searched, has_measure, quantised;
    uint32_t val_count;
    fitted fit;
    gate gate;
    size_t network_bytes;
} build;

void build_begin(build *b);
int build_model(build *b, const char *name, const uint8_t *network, size_t n);
/* Says what went wrong in the compiler, from the context's error. */
int build_report(const build *b, const char *name, bdc_status status);
void build_end(build *b);

/* What the steps share. */
int build_compile(build *b, const char *name,
                  const bdc_options *options); /* with the result section, as fitted so far */
/* build_fit.c: a split of the labelled pictures, or of those with masks. */
int build_open(const build *b, dataset *set, const char *split);
/* The result section, fitted on what the runtime makes of the split val. */
int build_fit(build *b, const char *name, const bdc_options *options);
/* Its figures as JSON. */
void build_describe_fit(const build *b, char *text, size_t room);
/* The logit from which a pixel of a mask is marked. */
double build_mark_from(const build *b);

#endif
