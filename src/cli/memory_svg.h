/* The memory plan as a picture: steps from left to right, the arena from bottom to top, a rectangle for each tensor.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_CLI_MEMORY_SVG_H
#define BEDSIDE_CLI_MEMORY_SVG_H

#include <stdio.h>

#include "lifetime.h"

/* An <svg> element. */
void memory_svg_draw(FILE *to, const lifetime *list, const bds_model *model);
int memory_svg_write(const char *path, const lifetime *list, const bds_model *model);

#endif
