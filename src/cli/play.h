/* A WFDB record played through the ECG monitor, as a wearable would hear it.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_CLI_PLAY_H
#define BEDSIDE_CLI_PLAY_H

#include "beats.h"
#include "ecg/ecg_monitor.h"
#include "wfdb.h"

typedef struct played {
    uint32_t count, room;
    bds_ecg_told *told; /* [count], in order */
    uint32_t *match;    /* [count]: the record's annotated beat that it is, or MATCH_NONE; null without annotations */
    uint32_t samples, disturbed; /* of the record; and those at which nothing may be called normal */
} played;

/* leads: 1: as if only the first were there; 2: both where the record has them. */
int play_record(played *p, const wfdb_record *r, uint32_t leads);
void played_free(played *p);

#endif
