/* One self-contained HTML page about a compilation: layers, memory plan, the search, the error of every layer.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_CLI_REPORT_H
#define BEDSIDE_CLI_REPORT_H

#include "build.h"

int report_write(const char *path, build *b, const char *name);

#endif
