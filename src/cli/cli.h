/* The program `bedside`: what its commands share. stdio, malloc and doubles are allowed here, and nowhere below.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_CLI_H
#define BEDSIDE_CLI_H

#include "bedside.h"

#if defined(__GNUC__)
#define CLI_PRINTF(text, first) __attribute__((__format__(__printf__, text, first)))
#else
#define CLI_PRINTF(text, first)
#endif

/* A command gets what follows its name and returns the exit code: 0 done, 1 failed, 2 called wrongly. */
typedef int cli_command(int argc, char **argv);
cli_command cmd_beats, cmd_bench, cmd_compile, cmd_diff, cmd_eval, cmd_export, cmd_info, cmd_monitor, cmd_run,
    cmd_verify;

/* Functions that return int return 0 for done, or the exit code after having said what is wrong, once, in one sentence. */
int cli_fail(bds_status status, const char *format, ...)
    CLI_PRINTF(2, 3); /* 1: "bedside: <sentence> [<status name>]" */
int cli_fail_named(const char *status_name, const char *format, ...) CLI_PRINTF(2, 3);
int cli_usage(const char *name, const char *format, ...)
    CLI_PRINTF(2, 3); /* 2, with a hint at `bedside help <command>` */

#endif
