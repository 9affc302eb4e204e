/* What the runtime answers for every picture of a split.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_CLI_COLLECT_H
#define BEDSIDE_CLI_COLLECT_H

#include "dataset.h"
#include "format.h"
#include "session.h"

typedef struct collected {
    uint32_t count, labels, features;
    uint32_t *truth;  /* [count] */
    double *logits;   /* [count][labels], real units */
    int32_t *stored;  /* [count][labels], as the network stores them */
    uint8_t *outputs; /* [count][output_bytes]: every output of the network as it lies in memory */
    size_t output_bytes;
    int8_t *feature;       /* [count][features]: the gate's tensor, when asked for */
    uint32_t *probability; /* [count][labels] Q16, when the model has a result section */
    uint8_t *in_set;       /* [count][labels], likewise */
    bds_verdict *verdicts; /* [count], likewise */
} collected;

#define COLLECT_NO_STEP 0xffffffffu

/* At most limit pictures, spread evenly over the split. gate_step: whose result to keep as features, or COLLECT_NO_STEP.
 * prepared: called with all prepared inputs of a sample, or null. stage: for the progress bar. */
typedef int collect_prepared(void *cookie, uint32_t i, const bds_tensor *inputs);
int collect(collected *c, session *s, dataset *set, uint32_t limit, uint32_t gate_step, collect_prepared *prepared,
            void *cookie, const char *stage);
void collect_free(collected *c);

/* A bds_observer that keeps a step's int8 result, the gate's features. */
typedef struct collect_watch {
    uint32_t step, features;
    int8_t *to; /* [features] */
} collect_watch;
void collect_observe(void *watch, uint32_t step, uint32_t steps, const char *name, const bds_tensor *out);

/* Picture j of n spread evenly over count. */
uint32_t collect_index(uint32_t j, uint32_t n, uint32_t count);

#endif
