/* Which kernels the networks that were turned into C refer to: those of BDS_FAMILY (bedside.h), and nothing else is linked in. What a
 * family has no form of its own of is the reference's.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_KERNELS_MCU_CHOOSE_H
#define BEDSIDE_KERNELS_MCU_CHOOSE_H

#include "../../bedside.h"
#include "../ref/ref.h"

#ifndef BDS_BEST_CONV
#define BDS_BEST_CONV bds_conv_ref
#define BDS_BEST_CONV_SCRATCH bds_window_scratch_bytes_ref
#endif
#ifndef BDS_BEST_DEPTHWISE
#define BDS_BEST_DEPTHWISE bds_depthwise_ref
#endif
#ifndef BDS_BEST_REQUANTISE
#define BDS_BEST_REQUANTISE bds_requantise_s8_ref
#endif
#ifndef BDS_BEST_ADD
#define BDS_BEST_ADD bds_add_ref
#endif
#ifndef BDS_BEST_SUM_POOL
#define BDS_BEST_SUM_POOL bds_sum_pool_ref
#endif

#endif
