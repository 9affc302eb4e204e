/* A small strict JSON reader (RFC 8259): bounded depth, count and size; no duplicate names; valid UTF-8 only.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_CLI_JSON_H
#define BEDSIDE_CLI_JSON_H

#include <stddef.h>
#include <stdint.h>

#define JSON_MAX_BYTES (1u << 20)
#define JSON_MAX_VALUES 16384u
#define JSON_MAX_DEPTH 32u

typedef enum json_kind {
    JSON_NULL,
    JSON_FALSE,
    JSON_TRUE,
    JSON_NUMBER,
    JSON_STRING,
    JSON_ARRAY,
    JSON_OBJECT
} json_kind;

typedef struct json_value {
    json_kind kind;
    const char *name; /* of a member of an object, zero-terminated; else null */
    const char *text; /* of a string, zero-terminated */
    double number;
    uint32_t count;       /* of elements or members */
    uint32_t first, next; /* index of the first child, of the next sibling; 0: none */
} json_value;

typedef struct json {
    json_value *values; /* values[0] is the root */
    uint32_t count, capacity;
    char *text;        /* all names and strings */
    const char *error; /* what is wrong, in words, when json_parse gave 0 */
    uint32_t line;     /* where */
} json;

int json_parse(json *doc, const char *text, size_t n); /* 1 when it is JSON; call json_free in either case */
void json_free(json *doc);

/* Null when object is null, not an object, or has no such member. */
const json_value *json_member(const json *doc, const json_value *object, const char *name);
const json_value *json_first(const json *doc, const json_value *container);
const json_value *json_next(const json *doc, const json_value *value);

#endif
