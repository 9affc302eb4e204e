/* The step of `bedside compile` that fits the result section on what the runtime answers.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>

#include "build.h"
#include "cli.h"
#include "format.h"

#define GATE_PICTURES 8192u

/* What the runtime answered: for a mask of val, and for the gate the features of both. */
typedef struct answers {
    collected val, train;
    segments masks;
} answers;

static void forget(answers *a)
{
    collect_free(&a->val);
    collect_free(&a->train);
    segments_free(&a->masks);
}

int build_open(const build *b, dataset *set, const char *split)
{
    return b->recipe.segment ? dataset_open_masks(set, b->data, split)
                             : dataset_open(set, b->data, split, b->recipe.labels, b->recipe.label_count);
}

double build_mark_from(const build *b)
{
    return b->recipe.segment ? log(b->recipe.threshold / (1 - b->recipe.threshold)) : 0;
}

static int look_at_masks(answers *a, session *s, dataset *val, dataset *train, uint32_t step)
{
    segments seen;
    int failed = segments_collect(&a->masks, s, val, UINT32_MAX, step, 0, 0, "validation");
    if (!failed && step != COLLECT_NO_STEP)
        failed = segments_features(&a->masks, &a->val);
    if (failed || step == COLLECT_NO_STEP)
        return failed;
    failed = segments_collect(&seen, s, train, GATE_PICTURES, step, 0, 0, "features");
    if (!failed)
        failed = segments_features(&seen, &a->train);
    segments_free(&seen);
    return failed;
}

/* What the runtime answers for val and, of that, what the gate looks at, for train too. */
static int look(build *b, const char *name, answers *a, dataset *val)
{
    session s;
    const int gated = b->compiled.gate_step != BDF_NONE && !b->recipe.no_gate;
    const uint32_t step = gated ? b->compiled.gate_step : COLLECT_NO_STEP;
    int failed = session_open_copy(&s, name, b->compiled.bytes, b->compiled.byte_count, BDS_CPU_ALL);
    if (failed)
        return failed;
    if (b->recipe.segment) {
        failed = look_at_masks(a, &s, val, &b->source.set, step);
    } else {
        failed = collect(&a->val, &s, val, UINT32_MAX, step, 0, 0, "validation");
        if (!failed && gated)
            failed = collect(&a->train, &s, &b->source.set, GATE_PICTURES, step, 0, 0, "features");
    }
    session_close(&s);
    return failed;
}

/* The whitening is fitted on the features; means, weights and limit on what the runtime makes of the whitened ones. */
static int fit_gate(build *b, const char *name, const bdc_options *options, answers *a, dataset *val)
{
    const bdc_layer *features = &b->compiled.layers[b->compiled.gate_step];
    int failed = gate_whiten(&b->gate, &a->train, features->scale, features->zero_point);
    if (!failed && b->gate.projected) {
        forget(a);
        failed = build_compile(b, name, options);
        if (!failed)
            failed = look(b, name, a, val);
    }
    return failed ? failed : gate_fit(&b->gate, &a->train, &a->val);
}

int build_fit(build *b, const char *name, const bdc_options *options)
{
    dataset val;
    answers a = {0};
    int failed = b->recipe.segment ? build_compile(b, name, options) : 0; /* so that the runtime knows what is marked */
    if (!failed)
        failed = build_open(b, &val, "val");
    if (failed)
        return failed;
    b->val_count = val.count;
    failed = look(b, name, &a, &val);
    const scores z = {a.val.count, a.val.labels, a.val.truth, a.val.logits, b->recipe.sigmoid};
    if (!failed && b->recipe.segment)
        failed =
            fit_segment(&b->fit, &a.masks, b->compiled.logit_scale, b->compiled.logit_zero_point, build_mark_from(b));
    else if (!failed)
        failed = fit_result(&b->fit, &z, b->recipe.coverage);
    if (!failed && b->compiled.gate_step != BDF_NONE && !b->recipe.no_gate)
        failed = fit_gate(b, name, options, &a, &val);
    b->has_fit = !failed;
    forget(&a);
    dataset_close(&val);
    return failed;
}

void build_describe_fit(const build *b, char *text, size_t room)
{
    const fitted *f = &b->fit;
    char more[96] = "", sets[64] = "";
    if (!b->recipe.segment)
        snprintf(more, sizeof more, "\"resamples\":%u,", FIT_RESAMPLES);
    if (f->set_from)
        snprintf(sets, sizeof sets, ",\"set_from\":%.4f,\"set_coverage\":%.4g", f->set_from / 65536.0,
                 b->recipe.coverage);
    snprintf(text, room,
             "{\"split\":\"val\",\"pictures\":%u,\"temperature\":%.6g,\"nll_before\":%.4f,\"nll_after\":%.4f,%s"
             "\"abstain_below\":%.4f,\"coverage\":%.4f,\"%s\":%.4f,\"gate_quantile\":%.3f%s}",
             b->val_count, f->temperature, f->nll_before, f->nll_after, more, f->abstain_below / 65536.0, f->coverage,
             b->recipe.segment ? "selective_dice" : "selective_accuracy", f->selective_accuracy, GATE_QUANTILE, sets);
}
