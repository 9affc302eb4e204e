/* Which names a network in C cannot have.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_CLI_EXPORT_NAME_H
#define BEDSIDE_CLI_EXPORT_NAME_H

/* Null, or why this C identifier cannot name a network: a clause that follows "as". NAME.c is compiled as C, NAME.h also as C++, and both
 * lie in a folder that is searched for headers. */
const char *export_name_wrong(const char *name);

#endif
