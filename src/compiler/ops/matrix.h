/* The functions that matrix.c lists. Internal to ops/.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_COMPILER_OPS_MATRIX_H
#define BEDSIDE_COMPILER_OPS_MATRIX_H

#include "operands.h"

enum { TYPES_WHOLE = TYPE_SET(NET_INT32) | TYPE_SET(NET_INT64) | TYPE_SET(NET_UINT32) | TYPE_SET(NET_UINT64) };

bdc_status infer_einsum(const op_infer *i);
bdc_status eval_einsum(const op_eval *e);

#endif
