/* The functions that normalise.c lists. Internal to ops/.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_COMPILER_OPS_NORMALISE_H
#define BEDSIDE_COMPILER_OPS_NORMALISE_H

#include "operands.h"

bdc_status infer_softmax(const op_infer *i);
bdc_status eval_softmax(const op_eval *e);
bdc_status infer_layer_normalization(const op_infer *i);
bdc_status eval_layer_normalization(const op_eval *e);
bdc_status infer_lp_normalization(const op_infer *i);
bdc_status eval_lp_normalization(const op_eval *e);
bdc_status infer_mean_variance(const op_infer *i);
bdc_status eval_mean_variance(const op_eval *e);

#endif
