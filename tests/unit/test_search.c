/* The search keeps its limits, measures what it says, and finds the same twice.
 * SPDX-License-Identifier: MIT */
#include "test_quantise.h"

#include <math.h>

typedef struct seen {
    uint32_t measured, reported;
    size_t last;
    int stop_at;
} seen;

/* A metric that falls with the size: only bytes decide. */
static int by_size(void *cookie, const uint8_t *bytes, size_t n, double *value)
{
    seen *s = cookie;
    CHECK(!memcmp(bytes, BDF_MAGIC, 8));
    s->measured++;
    s->last = n;
    *value = (double)n / 1000;
    return 0;
}

static int on_trial(void *cookie, const bdc_trial *t)
{
    seen *s = cookie;
    CHECK(t->name && t->bytes && isfinite(t->metric));
    if (s->last)
        CHECK(t->bytes == s->last);
    return s->stop_at && (int)++s->reported >= s->stop_at;
}

static bdc_options base(void)
{
    return (bdc_options){.sample = sample, .sample_count = SAMPLES, .reconstruct = 1};
}

static int run_search(network *n, const bdc_search_options *o, bdc_search_result *r)
{
    const int ok = CHECK(bdc_search(n->graph, o, r) == BDC_OK);
    if (!ok)
        fprintf(stderr, "  %s\n", n->error.text);
    return ok;
}

/* The best that fits: no larger than the limit, as good as any row that fits, and its file is the one that was measured. */
static void test_max_bytes(void)
{
    network n;
    bdc_compiled whole, again;
    bdc_search_result r;
    bdc_options b = base();
    network_open(&n, 0);
    if (!network_compile(&n, b, &whole))
        return;
    bdc_search_options o = {.base = &b, .max_bytes = whole.byte_count - whole.weight_bytes / 2};
    if (run_search(&n, &o, &r) && CHECK(r.best < r.trial_count)) {
        const bdc_trial *best = &r.trials[r.best];
        CHECK(best->allowed && best->bytes <= o.max_bytes && r.compiled.byte_count == best->bytes);
        for (uint32_t i = 0; i < r.trial_count; i++) {
            CHECK(r.trials[i].allowed == (r.trials[i].bytes <= o.max_bytes));
            CHECK(!r.trials[i].allowed || r.trials[i].metric <= best->metric);
        }
        CHECK(!strcmp(r.trials[0].name, "int8") && r.trials[0].bytes == whole.byte_count);
        CHECK(fabs(r.trials[0].metric - r.trials[0].decibels) < 1e-9);
        /* Layers that bear less get less: not all are of one class. */
        int kinds = 0;
        for (uint32_t i = 1; i < best->choice_count; i++)
            kinds += best->choices[i].weights != best->choices[0].weights;
        CHECK(kinds > 0);
        b.choices = best->choices;
        b.choice_count = best->choice_count;
        if (network_compile(&n, b, &again))
            CHECK(again.byte_count == r.compiled.byte_count &&
                  !memcmp(again.bytes, r.compiled.bytes, again.byte_count));
    }
    network_close(&n);
}

/* The smallest within the loss; the foreseen noise of single layers rises with fewer levels. */
static void test_max_drop(void)
{
    network n;
    bdc_search_result r;
    bdc_options b = base();
    network_open(&n, 0);
    bdc_search_options o = {.base = &b, .has_max_drop = 1, .max_drop = 12};
    if (run_search(&n, &o, &r) && CHECK(r.best < r.trial_count)) {
        const bdc_trial *best = &r.trials[r.best];
        CHECK(fabs(r.reference - r.trials[0].metric) < 1e-12 && best->metric >= r.reference - 12);
        CHECK(best->bytes < r.trials[0].bytes);
        for (uint32_t i = 0; i < r.trial_count; i++)
            CHECK(!r.trials[i].allowed || r.trials[i].bytes >= best->bytes);
        CHECK(r.sensitivity_count > 0);
        for (uint32_t i = 0; i < r.sensitivity_count; i++)
            for (uint32_t k = 0; k < r.sensitivity_count; k++)
                if (!strcmp(r.sensitivities[i].layer, r.sensitivities[k].layer) &&
                    r.sensitivities[i].weights == BDC_W8 && r.sensitivities[k].weights == BDC_TERNARY &&
                    !(r.sensitivities[i].sparsity > 0))
                    CHECK(r.sensitivities[i].noise < r.sensitivities[k].noise &&
                          r.sensitivities[i].bytes > r.sensitivities[k].bytes);
    }
    network_close(&n);
}

/* The caller's metric decides, with the bytes of the row; limits that nothing meets leave no best; the number of trials is kept. */
static void test_measure(void)
{
    network n;
    bdc_search_result r;
    seen s = {0};
    bdc_options b = base();
    b.reconstruct = 0;
    network_open(&n, 0);
    bdc_search_options o = {.base = &b,
                            .measure = by_size,
                            .measure_cookie = &s,
                            .on_trial = on_trial,
                            .on_trial_cookie = &s,
                            .has_max_drop = 1,
                            .max_drop = 3,
                            .max_trials = 9};
    if (run_search(&n, &o, &r)) {
        CHECK(r.trial_count <= 9 && s.measured == r.trial_count);
        for (uint32_t i = 0; i < r.trial_count; i++)
            CHECK(fabs(r.trials[i].metric - (double)r.trials[i].bytes / 1000) < 1e-9);
        if (CHECK(r.best < r.trial_count))
            CHECK(r.trials[r.best].metric >= r.reference - 3);
    }
    o.max_bytes = 10;
    o.has_max_drop = 0;
    if (run_search(&n, &o, &r))
        CHECK(r.best == UINT32_MAX && r.trial_count > 0 && !r.compiled.bytes);
    s.stop_at = 3;
    s.reported = 0;
    CHECK(bdc_search(n.graph, &o, &r) == BDC_E_CANCELLED);
    o.max_bytes = 0;
    CHECK(bdc_search(n.graph, &o, &r) == BDC_E_ARGUMENT);
    network_close(&n);
}

/* Layers that the caller chose keep his choice; a short search has one class for all others. */
static void test_named(void)
{
    network n;
    bdc_search_result r;
    const bdc_choice mine = {.name = "r2", .weights = BDC_W7};
    bdc_options b = base();
    b.reconstruct = 0;
    b.choices = &mine;
    b.choice_count = 1;
    network_open(&n, 0);
    bdc_search_options o = {.base = &b, .has_max_drop = 1, .max_drop = 8, .same_class = 1};
    if (run_search(&n, &o, &r) && CHECK(r.best < r.trial_count))
        for (uint32_t i = 0; i < r.compiled.layer_count; i++) {
            const bdc_layer *l = &r.compiled.layers[i];
            if (l->weight_count && !strcmp(l->name, "r2"))
                CHECK(l->weights == BDC_W7);
            else if (l->weight_count)
                CHECK(l->weights == r.trials[r.best].choices[0].weights);
        }
    network_close(&n);
}

static void test_determinism(void)
{
    network n[2];
    bdc_search_result r[2];
    bdc_options b = base();
    const bdc_search_options o = {.base = &b, .has_max_drop = 1, .max_drop = 10, .max_trials = 12};
    int ok = 1;
    for (int i = 0; i < 2; i++) {
        network_open(&n[i], 0);
        ok &= run_search(&n[i], &o, &r[i]);
    }
    if (ok && CHECK(r[0].trial_count == r[1].trial_count && r[0].best == r[1].best)) {
        for (uint32_t i = 0; i < r[0].trial_count; i++)
            CHECK(r[0].trials[i].bytes == r[1].trials[i].bytes && !strcmp(r[0].trials[i].name, r[1].trials[i].name) &&
                  !memcmp(&r[0].trials[i].metric, &r[1].trials[i].metric, sizeof(double)));
        CHECK(r[0].compiled.byte_count == r[1].compiled.byte_count &&
              !memcmp(r[0].compiled.bytes, r[1].compiled.bytes, r[0].compiled.byte_count));
    }
    for (int i = 0; i < 2; i++)
        network_close(&n[i]);
}

int main(void)
{
    test_max_bytes();
    test_max_drop();
    test_measure();
    test_named();
    test_determinism();
    return check_done();
}
