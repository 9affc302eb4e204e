/* What the modules' exports know of a model.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_WASM_SESSION_H
#define BEDSIDE_WASM_SESSION_H

#include "bedside.h"

#define EXPORT(name) __attribute__((export_name(#name), visibility("default")))

typedef struct session {
    bds_model model;
    bds_plan *plan;
} session;

#endif
