/* Numbers through a network or a compiled file.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_CLI_RUN_TENSORS_H
#define BEDSIDE_CLI_RUN_TENSORS_H

#include <stdint.h>

/* in: .npy or .npz; out: .npy of output 0, [samples, its dimensions without the batch]. */
int run_tensors(const char *model, const char *in, const char *out, uint32_t cpu);

#endif
