/* bedside eval for models whose task is beats: WFDB records in place of pictures.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_CLI_EVALUATE_BEATS_H
#define BEDSIDE_CLI_EVALUATE_BEATS_H

#include "session.h"

/* 1 if the model's metadata say that its task is beats. */
int evaluate_beats_is(const session *s);
/* Judges by the records that the model's recipe names for the split; float_path, records (a file to write) may be null. */
int evaluate_beats(session *s, const char *data, const char *split, const char *float_path, const char *records,
                   int as_json);

#endif
