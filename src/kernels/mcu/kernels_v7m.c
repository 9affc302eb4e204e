/* The table of ARMv7-M without the DSP extension.
 * SPDX-License-Identifier: MIT */
#include "mcu.h"

void bds_kernels_v7m(bds_kernels *k)
{
    (void)k;
}
