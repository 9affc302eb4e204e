/* A wearable's work: samples of an ECG go in, and out come its beats, each with its class, the heart's rate, the state of the signal, and
 * alarms. All memory is static, no heap. An example; Bedside is not a medical device, and these are no alarms that anyone may rely on.
 * SPDX-License-Identifier: MIT */
#ifndef WEARABLE_H
#define WEARABLE_H

#include <stdint.h>

typedef void wearable_print(const char *line);

/* Leads are 1 or 2, rate is samples per second (100 to 2000); lead_ii: 1 if lead 0 is lead II, or worn so: only then it is noticed when it
 * is upside down from the beginning. Returns 0, or what stopped it (a negative bds_status or bds_ecg_status). */
int wearable_begin(uint32_t rate, uint32_t leads, uint32_t lead_ii);
/* One sample of each lead in units of 5 microvolts; WEARABLE_NO_SAMPLE where none was received. Prints what is new: a line for each beat,
 * for each change of the signal's state, and for each alarm that is raised or over. Takes as long as one network at most. */
int wearable_sample(int32_t lead0, int32_t lead1, wearable_print *print);
/* No sample follows. */
int wearable_finish(wearable_print *print);

#define WEARABLE_NO_SAMPLE INT32_MIN

#endif
