/* Records of PhysioNet's WFDB: a header (.hea), samples in format 212 or 16 (.dat), annotations (.atr).
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_CLI_WFDB_H
#define BEDSIDE_CLI_WFDB_H

#include <stdint.h>

#define WFDB_MAX_LEADS 32

typedef struct wfdb_lead {
    char name[32];
    double gain; /* units per millivolt, above 0 */
    int32_t baseline;
    int32_t low, high; /* the converter's least and greatest value, as the header has it */
} wfdb_lead;

typedef struct wfdb_beat {
    uint32_t at;
    char symbol; /* WFDB's letter of the beat's kind */
} wfdb_beat;

typedef struct wfdb_record {
    char name[64];
    uint32_t rate, leads, samples;
    wfdb_lead lead[WFDB_MAX_LEADS];
    int16_t *values; /* [samples][leads], owned */
    int16_t invalid; /* the value that stands for none: the format's least */
    uint32_t beats;
    wfdb_beat *beat; /* owned; null without an .atr file */
    int32_t age;     /* -1: not said */
    char sex;        /* 'M', 'F' or '?' */
} wfdb_record;

/* path: FOLDER/NAME, with or without ".hea". Signals that are no voltage are left out. BDS_E_CORRUPT: the samples' sum is not the header's. */
int wfdb_open(wfdb_record *r, const char *path);
void wfdb_close(wfdb_record *r);
/* A sample in units of 5 microvolts, within +-2^30; BDS_ECG_NO_SAMPLE where the record has none. */
int32_t wfdb_sample(const wfdb_record *r, uint32_t sample, uint32_t lead);
/* Whether a lead's name says that it is II, modified or not: "MLII", "ECG II", "Lead II" in any case, but not "lead 2". */
int wfdb_is_lead_ii(const char *name);
/* The converter's rails of a lead in units of 5 microvolts. 0: not known, as the samples contradict the header: one lies beyond them, or they
 * are reached for single samples only (a converter stays at its rail, a file that was scaled to its own extremes does not); or one unit has
 * both. */
int wfdb_rails(const wfdb_record *r, uint32_t lead, int32_t rails[2]);

#endif
