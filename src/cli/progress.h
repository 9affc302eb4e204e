/* A progress bar on stderr, when that is a terminal.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_CLI_PROGRESS_H
#define BEDSIDE_CLI_PROGRESS_H

#include <stdint.h>

/* Redraws when the picture changes; done == total ends the line. */
void progress_show(const char *stage, uint32_t done, uint32_t total);

/* Leaves the bar's line, if one is being drawn, so that a line can be printed. */
void progress_end(void);

#endif
