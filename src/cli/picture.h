/* One picture file, decoded by the runtime's decoder.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_CLI_PICTURE_H
#define BEDSIDE_CLI_PICTURE_H

#include "bedside.h"

typedef struct picture {
    bds_image image; /* points into work */
    void *work;
    size_t work_bytes;
} picture; /* begin with zeros; one picture can be loaded after another: the work area is kept */

int picture_load(picture *p, const char *path);
void picture_free(picture *p);

#endif
