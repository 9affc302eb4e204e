/* For the sources that `bedside export-c` makes: what a network in C is made of, and the kernels that it refers to.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_BEDSIDE_NETWORK_H
#define BEDSIDE_BEDSIDE_NETWORK_H

#include "kernels/mcu/choose.h"
#include "operators.h"

#endif
