/* Which kernels the networks that were turned into C refer to: those of BDS_FAMILY (bedside.h), and nothing else is linked in. What a
 * family has no form of its own of is the reference's.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_KERNELS_MCU_CHOOSE_H
#define BEDSIDE_KERNELS_MCU_CHOOSE_H

#include "../../bedside.h"
#include "../ref/ref.h"

#if BDS_FAMILY == BDS_FAMILY_MVE
#include "mve.h"
#define BDS_BEST_CONV bds_conv_mve
#define BDS_BEST_CONV_SCRATCH bds_window_scratch_bytes_ref /* products have weights of 16 bits */
#define BDS_BEST_DEPTHWISE bds_depthwise_mve
#define BDS_BEST_REQUANTISE bds_requantise_s8_mve
#define BDS_BEST_ADD bds_add_mve
#define BDS_BEST_SUM_POOL bds_sum_pool_mve
#elif BDS_FAMILY == BDS_FAMILY_DSP
#include "dsp.h"
#define BDS_BEST_CONV bds_conv_dsp
#define BDS_BEST_CONV_SCRATCH bds_conv_scratch_bytes_dsp
#define BDS_BEST_DEPTHWISE bds_depthwise_dsp
#define BDS_BEST_REQUANTISE bds_requantise_s8_dsp
#define BDS_BEST_ADD bds_add_dsp
#define BDS_BEST_SUM_POOL bds_sum_pool_dsp
#elif BDS_FAMILY == BDS_FAMILY_V7M
#include "v7m.h"
#define BDS_BEST_CONV bds_conv_v7m
#define BDS_BEST_CONV_SCRATCH bds_conv_scratch_bytes_v7m
#define BDS_BEST_DEPTHWISE bds_depthwise_v7m
#define BDS_BEST_REQUANTISE bds_requantise_s8_v7m
#define BDS_BEST_ADD bds_add_v7m
#define BDS_BEST_SUM_POOL bds_sum_pool_ref
#else
#define BDS_BEST_CONV bds_conv_ref
#define BDS_BEST_CONV_SCRATCH bds_window_scratch_bytes_ref
#define BDS_BEST_DEPTHWISE bds_depthwise_ref
#define BDS_BEST_REQUANTISE bds_requantise_s8_ref
#define BDS_BEST_ADD bds_add_ref
#define BDS_BEST_SUM_POOL bds_sum_pool_ref
#endif

#endif
