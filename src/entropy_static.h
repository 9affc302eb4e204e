/* The static coder: see entropy.h. SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_ENTROPY_STATIC_H
#define BEDSIDE_ENTROPY_STATIC_H

#include "entropy.h"

#define BDS_STATIC_BITS 12u       /* frequencies add up to 2^12 */
#define BDS_STATIC_CLASSES 4u     /* tables at most; every row names one */
#define BDS_STATIC_INTERLEAVED 1u /* flag of the stream's first byte; the number of classes - 1 lies above */

/* bds_weights_decode_runs for BDF_STATIC. Needs about 24 KiB of stack. */
bds_status bds_static_decode(const bds_weight_sink *sink, const bdf_blob *blob, const uint8_t *stream);

#endif
