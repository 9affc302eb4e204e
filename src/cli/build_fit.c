/* The step of `bedside compile` that fits the result section on what the runtime answers.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

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
    if (b->recipe.beats)
        return dataset_open_beats(set, b->data, &b->recipe.doc, split, 1);
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

/* Logits and labels from a file. */
static int read_scores(const build *b, collected *c)
{
    npy_array logits = {0}, labels = {0};
    int failed = npz_load(&logits, b->scores, "logits");
    if (!failed)
        failed = npz_load(&labels, b->scores, "labels");
    c->labels = b->compiled.labels;
    c->count = (uint32_t)labels.count;
    if (!failed && (!labels.count || labels.count > UINT32_MAX / 256 || logits.count != labels.count * c->labels))
        failed = cli_fail(BDS_E_INVALID, "%s: logits must be [samples, %u] and labels [samples]", b->scores, c->labels);
    if (!failed &&
        (!(c->truth = malloc(c->count * sizeof *c->truth)) || !(c->logits = malloc(logits.count * sizeof *c->logits))))
        failed = cli_fail(BDS_E_ARENA, "out of memory");
    for (size_t i = 0; i < logits.count && !failed; i++) {
        c->logits[i] = npy_value(&logits, i);
        if (!(c->logits[i] > -1e6 && c->logits[i] < 1e6))
            failed = cli_fail(BDS_E_INVALID, "%s: a logit is not a number", b->scores);
    }
    for (uint32_t i = 0; i < c->count && !failed; i++) {
        const double label = npy_value(&labels, i);
        if (!(label >= 0 && label < c->labels))
            failed = cli_fail(BDS_E_INVALID, "%s: a label is not one of the model's %u", b->scores, c->labels);
        else
            c->truth[i] = (uint32_t)label;
    }
    npy_free(&logits);
    npy_free(&labels);
    return failed;
}

int build_fit(build *b, const char *name, const bdc_options *options)
{
    dataset val;
    collected given = {0};
    answers a = {0};
    int failed = b->recipe.segment ? build_compile(b, name, options) : 0; /* so that the runtime knows what is marked */
    if (!failed)
        failed = build_open(b, &val, b->scores ? "train" : "val"); /* with scores there is no val but for the gate */
    if (failed)
        return failed;
    failed = look(b, name, &a, &val);
    if (!failed && b->scores)
        failed = read_scores(b, &given);
    const collected *c = b->scores ? &given : &a.val;
    const scores z = {c->count, c->labels, c->truth, c->logits, b->recipe.sigmoid};
    b->val_count = b->scores ? c->count : val.count;
    if (!failed && b->recipe.segment)
        failed =
            fit_segment(&b->fit, &a.masks, b->compiled.logit_scale, b->compiled.logit_zero_point, build_mark_from(b));
    else if (!failed)
        failed = fit_result(&b->fit, &z, b->recipe.coverage);
    if (!failed && b->compiled.gate_step != BDF_NONE && !b->recipe.no_gate)
        failed = fit_gate(b, name, options, &a, &val);
    b->has_fit = !failed;
    forget(&a);
    collect_free(&given);
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
             "{\"split\":\"%s\",\"pictures\":%u,\"temperature\":%.6g,\"nll_before\":%.4f,\"nll_after\":%.4f,%s"
             "\"abstain_below\":%.4f,\"coverage\":%.4f,\"%s\":%.4f,\"gate_quantile\":%.3f%s}",
             b->scores ? "cross-validation" : "val", b->val_count, f->temperature, f->nll_before, f->nll_after, more,
             f->abstain_below / 65536.0, f->coverage, b->recipe.segment ? "selective_dice" : "selective_accuracy",
             f->selective_accuracy, GATE_QUANTILE, sets);
}
