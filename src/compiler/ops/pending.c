/* Families that are not there yet.
 * SPDX-License-Identifier: MIT */
#include "ops.h"

#define PENDING(family)                                                                                                \
    const op_row *family(net_code code)                                                                                \
    {                                                                                                                  \
        (void)code;                                                                                                    \
        return 0;                                                                                                      \
    }

PENDING(ops_reduce_row)
PENDING(ops_gather_row)
PENDING(ops_select_row)
PENDING(ops_quantise_row)
