/* Panels: the packed form of both sides of a product, and the product of two of them. Internal to the float kernels.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_COMPILER_FLOAT_PANELS_H
#define BEDSIDE_COMPILER_FLOAT_PANELS_H

#include <stddef.h>

enum {
    ROWS = 4,    /* of a panel of the left side, [depth][ROWS] */
    COLUMNS = 8, /* of a panel of the right side, [depth][COLUMNS] */
    DEPTH = 256, /* of a panel: COLUMNS * DEPTH floats stay in a first-level cache */
    LEFT = 64,   /* rows packed at once */
    RIGHT = 128  /* columns packed at once */
};

static inline size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static inline size_t round_up(size_t n, size_t unit)
{
    return (n + unit - 1) / unit * unit;
}

/* Packs count lines of depth elements into panels of `width` lines, a multiple of 4; zeros behind the last line. */
void float_pack_panels(size_t width, size_t count, size_t depth, const float *from, size_t line, size_t element,
                       float *to);

/* c [m x n] += the panels of the left side times the panels of the right, the rest of the last ones filled with anything finite. */
void float_multiply_panels(size_t m, size_t n, size_t depth, const float *left, const float *right, float *c,
                           size_t row);

#endif
