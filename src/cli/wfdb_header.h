/* The header (.hea) of a WFDB record: what its signals are, and how their samples are stored. After header(5) of the WFDB Applications
 * Guide; web/wfdb.js reads the same.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_CLI_WFDB_HEADER_H
#define BEDSIDE_CLI_WFDB_HEADER_H

#include "wfdb.h"

typedef struct wfdb_signal {
    wfdb_lead lead;
    int is_voltage;   /* others are no leads */
    int32_t checksum; /* of all samples, 16 bits of it count; 0: none is given */
} wfdb_signal;

typedef struct wfdb_header {
    char file[128];        /* of the samples, beside the header */
    uint32_t format, skip; /* 212 or 16; bytes before the first sample */
    uint32_t signals;
    wfdb_signal signal[WFDB_MAX_LEADS];
} wfdb_header;

/* Fills in h and, of r, what the header says: rate, samples (0: as many as the file has), leads, age and sex. */
int wfdb_header_read(wfdb_header *h, wfdb_record *r, const char *path);

#endif
