/* The beats of several WFDB records: those that a recipe names for a split.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_CLI_BEAT_SET_H
#define BEDSIDE_CLI_BEAT_SET_H

#include "beats.h"
#include "bedside.h"
#include "json.h"

#define BEAT_SET_ID 80u

typedef struct beat_record {
    char name[64];
    int32_t age; /* -1: not said */
    char sex;
    uint32_t first, count;
} beat_record;

typedef struct beat_set {
    uint32_t count, record_count;
    bds_ecg_beat *beat; /* [count] */
    uint8_t *aami;      /* BEAT_* */
    uint32_t *of;       /* index of the record */
    beat_record *record;
} beat_set;

/* recipe: "data": {"splits": {SPLIT: [names]}}. labelled_only: without beats that no label of the model stands for (F, Q). */
int beat_set_open(beat_set *s, const char *folder, const json *recipe, const char *split, int labelled_only);
void beat_set_close(beat_set *s);
/* Hands a beat over to both inputs of a network. */
bds_status beat_fill(const bds_ecg_beat *b, bds_plan *plan);
/* Hands beat i over to both inputs of a network. */
bds_status beat_set_fill(const beat_set *s, uint32_t i, bds_plan *plan);
/* "RECORD:INDEX", the beat's place among the record's beats. */
void beat_set_id(const beat_set *s, uint32_t i, char id[BEAT_SET_ID]);

#endif
