/* An opened model with its plan, in memory of its own.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_CLI_SESSION_H
#define BEDSIDE_CLI_SESSION_H

#include "bedside.h"

typedef struct session {
    uint8_t *bytes;
    size_t size;
    bds_model model;
    bds_info info;
    void *arena; /* null without a plan */
    size_t arena_bytes;
    bds_plan *plan;
} session;

#define SESSION_NO_PLAN 1

/* flags: 0 or SESSION_NO_PLAN. */
int session_open_file(session *s, const char *path, uint32_t cpu, int flags);
int session_open_copy(session *s, const char *name, const void *bytes, size_t n, uint32_t cpu); /* copies the bytes */
void session_close(session *s);

/* A metadata text; "" and length 0 when there is none. */
const char *session_text(const session *s, const char *key, size_t *length);
/* Name of label i, not zero-terminated. */
const char *session_label(const session *s, uint32_t i, size_t *length);
/* --cpu scalar | all | names with commas between them | a mask as a number; text may be null: all. */
int session_cpu(const char *command, const char *text, uint32_t *cpu);
/* The names of a mask's features, with commas between them; "scalar" without any. */
#define SESSION_CPU_TEXT 128
void session_cpu_text(char text[SESSION_CPU_TEXT], uint32_t cpu);
/* SHA-256 as 64 hexadecimal digits. */
void session_hex(char hex[65], const uint8_t digest[32]);

#endif
