/* Writes JSON to a stream: commas, indentation and escapes are taken care of. A null name means an array's element.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_CLI_JSON_WRITE_H
#define BEDSIDE_CLI_JSON_WRITE_H

#include <stdint.h>
#include <stdio.h>

typedef struct json_writer {
    FILE *to;
    int depth, first;
} json_writer;

/* A string in quotes, escaped. */
void json_quote(FILE *to, const char *text, size_t n);

void json_begin(json_writer *w, FILE *to);                      /* opens the outermost object */
void json_end(json_writer *w);                                  /* closes it */
void json_open(json_writer *w, const char *name, char bracket); /* '{' or '[' */
void json_close(json_writer *w, char bracket);                  /* '}' or ']' */
void json_put_text(json_writer *w, const char *name, const char *text, size_t n);
void json_put_string(json_writer *w, const char *name, const char *text);
void json_put_whole(json_writer *w, const char *name, int64_t value);
void json_put_real(json_writer *w, const char *name, double value, int decimals);
void json_put_bool(json_writer *w, const char *name, int value);

#endif
