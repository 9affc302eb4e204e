/* SPDX-License-Identifier: MIT */
#include "lower.h"

bdc_status lower_op_einsum(lowering *l)
{
    return lower_refuse(l, "the operator is not supported");
}
