/* Command-line options: --name, --name VALUE, --name=VALUE, -o VALUE; everything else is an operand.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_CLI_OPTIONS_H
#define BEDSIDE_CLI_OPTIONS_H

#include <stdint.h>

typedef struct cli_option {
    const char *name; /* "--json" */
    int takes_value;
    const char *value; /* out: the value, or for a switch its name; null when not given */
} cli_option;

/* Sorts argv in place: operands come first and *operands tells how many. A repeated, unknown or incomplete option is an error. */
int options_parse(const char *command, int argc, char **argv, cli_option *options, int option_count, int *operands);

/* A whole number in [lo, hi]. */
int option_number(const char *command, const cli_option *option, uint32_t lo, uint32_t hi, uint32_t *value);

#endif
