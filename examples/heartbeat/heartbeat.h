/* A made-up ECG through the ECG chain and the arrhythmia network. An example; Bedside is not a medical device.
 * SPDX-License-Identifier: MIT */
#ifndef HEARTBEAT_H
#define HEARTBEAT_H

#ifdef __cplusplus
extern "C" {
#endif

/* Prints a line for each beat, such as "beat 12: N 99 %". Returns 0, or the bds_status or bds_ecg_status (negative) that stopped it. */
int heartbeat(void (*print)(const char *line));

#ifdef __cplusplus
}
#endif
#endif
