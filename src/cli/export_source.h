/* The text of a network that becomes C.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_CLI_EXPORT_SOURCE_H
#define BEDSIDE_CLI_EXPORT_SOURCE_H

#include <stdio.h>

#include "export_flow.h"
#include "session.h"

enum { EXPORT_NAME = 64 };

typedef struct export_names {
    const char *name; /* the C identifier */
    const char *file; /* that it comes from */
} export_names;

/* As in bedside.h. */
extern const char *const export_family_names[BDS_FAMILIES];

void export_header(FILE *to, const export_network *e, const session *s, const export_names *names);
void export_source(FILE *to, const export_network *e, const session *s, const export_names *names);

#endif
