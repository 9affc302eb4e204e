/* The machine's own ceiling: the plain loop of multiply-accumulates that no network can outrun.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_CLI_CEILING_H
#define BEDSIDE_CLI_CEILING_H

/* What is measured, or null where there is no such loop for this machine. */
const char *ceiling_loop(void);
/* One sample of less than a tenth of a millisecond: 10^9 multiply-accumulates per second in one thread. The ceiling is the most of
 * many, taken between the other measurements. 0 where there is no such loop. */
double ceiling_sample(void);

#endif
