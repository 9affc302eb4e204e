/* Between numbers as a network's file orders them and tensors of the runtime (height, width, channels; integers).
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_CLI_ORDER_H
#define BEDSIDE_CLI_ORDER_H

#include "bedside.h"

/* Quantises from[], in the file's order, into the tensor. */
void order_store(const bds_tensor *to, const float *from, int channels_first);
/* The tensor's real values in the file's order. */
void order_load(float *to, const bds_tensor *from, int channels_first);

#endif
