/* Times: a clock, and what a list of samples says.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_CLI_TIMING_H
#define BEDSIDE_CLI_TIMING_H

#include <stddef.h>

typedef struct timing {
    double least, median, p95; /* in the samples' unit */
} timing;

/* Seconds since some moment; never goes back. */
double timing_now(void);
/* Sorts the samples; count > 0. */
timing timing_of(double *samples, size_t count);

#endif
