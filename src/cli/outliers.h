/* How many pictures from another world the model turns away: what `bedside eval --outliers` says.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_CLI_OUTLIERS_H
#define BEDSIDE_CLI_OUTLIERS_H

#include "format.h"
#include "session.h"

typedef struct outliers {
    uint32_t pictures, labels;
    double blank, unknown, colour,
        any; /* shares refused as blank, flagged out of distribution, as colourful; any doubt or blank */
    double believed[BDF_MAX_LABELS]; /* share for which this label leads, or is marked, and nothing speaks against it */
} outliers;

/* path: a folder of pictures, or an archive's <split>_images. */
int outliers_count(outliers *o, session *s, const char *path, const char *split);
void outliers_write_json(const outliers *o, const session *s);
void outliers_print(const outliers *o, const session *s);

#endif
