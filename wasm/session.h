/* What the modules' exports know of a model.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_WASM_SESSION_H
#define BEDSIDE_WASM_SESSION_H

#include "bedside.h"

#define EXPORT(name) __attribute__((export_name(#name), visibility("default")))

typedef struct session {
    bds_model model;
    bds_plan *plan;
    bds_tensor layer; /* the last operator's result, after bds_watch */
    const char *layer_name;
} session;

/* pointer, 4 dims, type, zero point, scale (float bits) */
static inline int32_t tensor_words(bds_status st, const bds_tensor *t, uint32_t out[8])
{
    out[0] = (uint32_t)(uintptr_t)t->data;
    __builtin_memcpy(out + 1, t->dims, sizeof t->dims);
    out[5] = (uint32_t)t->type;
    out[6] = (uint32_t)t->zero_point;
    __builtin_memcpy(out + 7, &t->scale, sizeof t->scale);
    return st;
}

#endif
