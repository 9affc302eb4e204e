/* What the monitor and a network said of records, and how often they were right.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_CLI_MONITORED_H
#define BEDSIDE_CLI_MONITORED_H

#include <stdio.h>

#include "play.h"
#include "session.h"

/* Rows: annotated as N, S, V, F, Q, and not annotated at all. Columns: answered N, S, V; withheld; not found. */
enum { MONITOR_NONE = BEAT_CLASSES, MONITOR_ROWS, MONITOR_WITHHELD = 3, MONITOR_MISSED, MONITOR_COLUMNS };
typedef uint32_t monitor_table[MONITOR_ROWS][MONITOR_COLUMNS];

typedef struct monitored_record {
    char name[64];
    int annotated;
    uint32_t beats, samples, disturbed; /* told; of the monitor's time, and of that disturbed */
    monitor_table table;
} monitored_record;

typedef struct monitored {
    uint32_t count;
    monitored_record *record; /* [count] */
    uint8_t *outputs;         /* the network's outputs of all judged beats, one after the other */
    size_t output_bytes, room;
} monitored;

/* BDS_E_UNSUPPORTED if the model does not tell N, S and V apart. */
int monitored_begin(monitored *m, const session *s, uint32_t records);
void monitored_free(monitored *m);
/* Judges the beats that are not withheld. lines (may be null) gets one line of JSON for each beat: {"record", "beat", "at": its sample,
 * "quality": bits, "withheld", "rate", and of a judged beat "label", "logits": stored integers, "doubts"; "truth": WFDB's letter, or ""
 * if none is annotated within 150 ms; without annotations no "truth"}. */
int monitored_add(monitored *m, session *s, const wfdb_record *r, const played *p, FILE *lines);

void monitored_write_json(const monitored *m, const session *s);
void monitored_print(const monitored *m);

#endif
