/* What operators with windows share, and the functions of theirs that conv.c lists. Internal to ops/.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_COMPILER_OPS_WINDOWS_H
#define BEDSIDE_COMPILER_OPS_WINDOWS_H

#include "operands.h"

/* x is N C spatial or N spatial C, and {window} fits its dimensions: every number within limits that keep all sums in 32 bits. */
bdc_status infer_window(const op_infer *i, const net_tensor *x);
/* The positions of whole windows along dimension d of an input of `in`; 0: not even one. */
uint32_t window_positions(const net_window *w, uint32_t d, uint32_t in);
/* The window's numbers with its dimensions padded in front to three; fill: what stands in front. */
void window_three(const net_window *w, const uint32_t *numbers, uint32_t fill, uint32_t out[3]);

bdc_status infer_conv(const op_infer *i);
bdc_status eval_conv(const op_eval *e);
bdc_status infer_conv_integer(const op_infer *i);
bdc_status eval_conv_integer(const op_eval *e);
bdc_status infer_conv_transpose(const op_infer *i);
bdc_status eval_conv_transpose(const op_eval *e);
bdc_status infer_pool(const op_infer *i);
bdc_status eval_max_pool(const op_eval *e);
bdc_status eval_average_pool(const op_eval *e);
bdc_status eval_lp_pool(const op_eval *e);
bdc_status infer_global_pool(const op_infer *i);
bdc_status eval_global_pool(const op_eval *e);
bdc_status infer_resize(const op_infer *i);
bdc_status eval_resize(const op_eval *e);
bdc_status infer_depth_to_space(const op_infer *i);
bdc_status eval_depth_to_space(const op_eval *e);
bdc_status infer_space_to_depth(const op_infer *i);
bdc_status eval_space_to_depth(const op_eval *e);

#endif
