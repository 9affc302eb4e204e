/* Which found beat is which annotated one.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_CLI_MATCH_H
#define BEDSIDE_CLI_MATCH_H

#include <stdint.h>

#define MATCH_NONE UINT32_MAX
#define MATCH_MILLISECONDS 150u /* as ANSI/AAMI EC57 has it */

/* One to one, the nearest pairs first, within `reach` samples; of[k] is the truth's index for found beat k, or MATCH_NONE. Both lists
 * ascend. */
int match_beats(const uint32_t *truth, uint32_t truths, const uint32_t *found, uint32_t founds, uint32_t reach,
                uint32_t *of);

#endif
