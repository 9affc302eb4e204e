/* Names of the file's operators, for people.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_CLI_OP_NAME_H
#define BEDSIDE_CLI_OP_NAME_H

#include "format.h"

static inline const char *op_name(uint32_t code)
{
    static const char *const names[] = {"?",        "conv",       "depthwise",     "dense",   "add",    "mul",
                                        "max pool", "avg pool",   "concat",        "pad",     "table",  "softmax",
                                        "reshape",  "view",       "matmul",        "min",     "max",    "channel table",
                                        "resize",   "layer norm", "instance norm", "arg max", "convert"};
    return code < sizeof names / sizeof *names ? names[code] : names[0];
}

#endif
