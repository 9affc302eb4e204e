/* When each tensor of a model is alive: for the picture of the memory plan.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_CLI_LIFETIME_H
#define BEDSIDE_CLI_LIFETIME_H

#include "bedside.h"
#include "format.h"

typedef struct lifetime {
    uint32_t tensor, bytes, offset;
    int32_t first, last; /* steps; -1: before the first; first > last: never alive */
} lifetime;

/* list[model->tensor_count]. */
void lifetime_find(lifetime *list, const bds_model *model);
uint32_t lifetime_tensor_bytes(const bdf_tensor *t);
/* Draws rows of tensors over columns of steps, and the bytes alive at each step. */
void lifetime_draw(const lifetime *list, const bds_model *model);

#endif
