/* recipe.json: what the compiler must know about a network and cannot see in it.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_CLI_RECIPE_H
#define BEDSIDE_CLI_RECIPE_H

#include "json.h"
#include "options.h"

#define RECIPE_MAX_LABELS 256u

typedef struct recipe {
    json doc;   /* owns the strings below */
    char *card; /* the recipe's text without white space between its tokens */
    const char *name, *title, *task, *licence, *intended_use; /* never null, perhaps empty */
    char *layers;                                             /* "compile": "layers" as the option's text, or null */
    char *citation, *limits, *label_lines;                    /* one per line */
    const char *labels[RECIPE_MAX_LABELS];
    uint32_t label_count, positive;
    uint32_t width, height, channels, crop; /* of the picture that the network sees; crop: BDF_CROP_* */
    double mean[4], std[4];
    int sigmoid;            /* independent findings instead of one of several */
    int segment;            /* "task": "segment": one label, pixel by pixel */
    int beats;              /* "task": "beats": heartbeats, not pictures */
    double threshold;       /* "output": of a mask, the network's own probability from which a pixel is marked: 0.5 */
    double coverage;        /* "output": how often a conformal set is to hold the right label: 0.9 */
    int no_gate;            /* "gate": false */
    const char *gate_layer; /* "gate": the layer that it looks at, or null: the compiler chooses */
} recipe;

int recipe_load(recipe *r, const char *path);
/* "compile": {"weights": "ternary", "layers": {"conv1": "int8"}, "equalise": true ...}: options of `bedside compile` by their names
 * without dashes, for those that were not given. Their texts live as long as the recipe. */
int recipe_options(recipe *r, cli_option *options, int count, const char *path);
void recipe_free(recipe *r);

#endif
