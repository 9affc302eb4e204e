/* What the files of the ECG chain share.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_ECG_INTERNAL_H
#define BEDSIDE_ECG_INTERNAL_H

#include "ecg.h"
#include "ecg_detect.h"
#include "ecg_quality.h"

#define ECG_STEP 3           /* samples per step of a window */
#define ECG_CAP 1080         /* three seconds: longer intervals count as that long */
#define ECG_UNIT 1024        /* the usual steepest slope, in normalised windows */
#define ECG_DELAY 4          /* of the filter, samples */
#define ECG_INPUT_LIMIT 7000 /* 35 mV; 18 * 7000 / 4 fits int16 */

/* ecg_filter.c: the filtered sample nearest to a time that is remembered; times are modulo 2^32. */
int32_t ecg_filtered(const bds_ecg *e, uint32_t lead, uint32_t at);
/* All samples of a beat's window are there. */
int ecg_is_complete(const bds_ecg *e, uint32_t at);

/* ecg_shape.c: looks at a beat's samples and learns from them. */
void ecg_look(bds_ecg *e, uint32_t at, bds_ecg_shape *s);

/* ecg_rhythm.c: the beat that waits, with the one after it (null: none within ECG_CAP). */
void ecg_tell(bds_ecg *e, const bds_ecg_shape *next, bds_ecg_beat *beat);

/* ecg_band.c: the moving sum of both leads' slopes after three more samples, and the short one. */
int32_t ecg_slopes(bds_ecg_detector *d, int32_t *brief);

/* ecg_shape.c: the (upper) median of at most BDS_ECG_HISTORY values; 0 of none. */
int32_t ecg_median(const int32_t *values, uint32_t n);

/* ecg_polarity.c: correlation in [-1024, 1024] of one lead's slopes; a: in a beat's window, b: every stride-th value. */
int32_t ecg_alike(const int8_t *a, const int8_t *b, uint32_t stride);

/* ecg_line.c: what its limits are in samples at a rate. */
void ecg_line_begin(bds_ecg_quality *q, uint32_t rate);

/* ecg_noise.c: a beat was found; a beat is about to be told. */
void ecg_look_for_hum(bds_ecg_quality *q, const bds_ecg_detector *d);
void ecg_look_for_noise(bds_ecg_quality *q, const bds_ecg_beat *beat);

/* ecg_quality.c: sets a bit of bds_ecg_quality_bit for BDS_ECG_HOLD samples from now on; where: bits, or the number of a lead. */
void ecg_raise(bds_ecg_quality *q, uint32_t bit, uint32_t where);
void ecg_raise_in(bds_ecg_quality *q, uint32_t bit, uint32_t lead);

#endif
