/* SPDX-License-Identifier: MIT */
#include "measure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "judge.h"
#include "npz.h"
#include "order.h"
#include "progress.h"

static int open_truth(measure *m, const char *path)
{
    npy_array y;
    int failed = npz_load(&y, path, "y");
    if (failed)
        return failed;
    m->truth = malloc(m->count * sizeof *m->truth);
    if (!m->truth)
        failed = cli_fail(BDS_E_ARENA, "out of memory");
    else if (y.count != m->count)
        failed = cli_fail(BDS_E_INVALID, "%s: y must hold one label for each of the %u samples", path, m->count);
    const uint32_t labels = m->outputs == 1 ? 2 : m->outputs;
    for (uint32_t i = 0; i < m->count && !failed; i++) {
        double label = npy_value(&y, i);
        if (!(label >= 0 && label < labels) || floor(label) < label)
            failed = cli_fail(BDS_E_INVALID, "%s: the label of sample %u is not from 0 to %u", path, i, labels - 1);
        else
            m->truth[i] = (uint32_t)label;
    }
    npy_free(&y);
    return failed;
}

int measure_open(measure *m, bdc_graph *graph, const recipe *described, const char *path, measure_kind kind,
                 int keeps_final)
{
    bdc_shape out;
    memset(m, 0, sizeof *m);
    m->kind = kind;
    m->graph = graph;
    m->recipe = described;
    if (bdc_output_shape(graph, 0, &out) != BDC_OK)
        return cli_fail(BDS_E_INVALID, "the network has no output");
    m->outputs = out.channels * out.height * out.width;
    if (m->outputs > BDF_MAX_LABELS)
        return cli_fail(BDS_E_UNSUPPORTED, "the network has %u outputs, which are no labels", m->outputs);
    m->threshold_half = keeps_final && m->outputs == 1;
    if (described) {
        m->has_pictures = 1;
        int failed = dataset_open(&m->pictures, path, "val", described->labels, described->label_count);
        m->count = m->pictures.count;
        return failed;
    }
    int failed = tensors_open(&m->numbers, graph, path);
    m->count = m->numbers.count;
    return failed ? failed : open_truth(m, path);
}

static int figure(const measure *m, const double *logits, const uint32_t *truth, double *points)
{
    const scores z = {m->count, m->outputs, truth, logits, m->recipe ? m->recipe->sigmoid : m->outputs == 1};
    judged j;
    int failed = judge(&j, &z, m->recipe ? m->recipe->positive : 1, 0);
    *points = 100 * (m->kind == MEASURE_AUC ? j.auc : j.acc);
    judge_free(&j);
    if (!failed && isnan(*points))
        failed = cli_fail(BDS_E_INVALID, "the validation data lack one of the labels");
    return failed;
}

static int fill_input(measure *m, session *s, uint32_t i, const float *from)
{
    bds_tensor t;
    bds_status status = bds_input(s->plan, i, &t);
    if (status < 0)
        return cli_fail(status, "%s", bds_status_text(status));
    order_store(&t, from, bdc_input_is_channels_first(m->graph, i));
    return 0;
}

static int run_numbers(measure *m, session *s, double *logits)
{
    float *inputs[TENSORS_MAX_INPUTS] = {0};
    int failed = 0;
    for (uint32_t k = 0; k < m->numbers.inputs && !failed; k++)
        if (!(inputs[k] = malloc(m->numbers.elements[k] * sizeof(float))))
            failed = cli_fail(BDS_E_ARENA, "out of memory");
    for (uint32_t i = 0; i < m->count && !failed; i++) {
        tensors_give(&m->numbers, i, inputs);
        for (uint32_t k = 0; k < m->numbers.inputs && !failed; k++)
            failed = fill_input(m, s, k, inputs[k]);
        bds_tensor out;
        bds_status status = failed ? BDS_OK : bds_run(s->plan);
        if (!failed && status == BDS_OK)
            status = bds_output(s->plan, 0, &out);
        if (status < 0)
            failed = cli_fail(status, "%s", bds_status_text(status));
        for (uint32_t k = 0; k < m->outputs && !failed; k++) {
            int32_t q = out.type == BDS_INT16 ? ((int16_t *)out.data)[k] : ((int8_t *)out.data)[k];
            logits[(size_t)i * m->outputs + k] = (double)out.scale * (q - out.zero_point) - 0.5 * m->threshold_half;
        }
    }
    for (uint32_t k = 0; k < m->numbers.inputs; k++)
        free(inputs[k]);
    return failed;
}

static int measure_numbers(measure *m, session *s, double *points)
{
    double *logits = malloc((size_t)m->count * m->outputs * sizeof *logits);
    int failed = logits ? run_numbers(m, s, logits) : cli_fail(BDS_E_ARENA, "out of memory");
    if (!failed)
        failed = figure(m, logits, m->truth, points);
    free(logits);
    return failed;
}

int measure_file(void *cookie, const uint8_t *bytes, size_t n, double *points)
{
    measure *m = cookie;
    session s;
    int failed = session_open_copy(&s, "the compiled file", bytes, n, BDS_CPU_ALL);
    if (failed)
        return failed;
    if (m->has_pictures) {
        collected seen;
        failed = collect(&seen, &s, &m->pictures, UINT32_MAX, COLLECT_NO_STEP, 0, 0, "measure");
        if (!failed)
            failed = figure(m, seen.logits, seen.truth, points);
        collect_free(&seen);
    } else {
        failed = measure_numbers(m, &s, points);
    }
    session_close(&s);
    m->measured++;
    return failed;
}

/* What the float network makes of prepared inputs. */
typedef struct float_side {
    measure *m;
    float *inputs[TENSORS_MAX_INPUTS], *output;
    double *logits;
} float_side;

static int run_float(float_side *f, uint32_t i)
{
    float *outputs[1] = {f->output};
    bdc_status status = bdc_run_float(f->m->graph, (const float *const *)f->inputs, outputs);
    if (status != BDC_OK)
        return cli_fail_named(bdc_status_name(status), "the float network did not run");
    for (uint32_t k = 0; k < f->m->outputs; k++)
        f->logits[(size_t)i * f->m->outputs + k] = (double)f->output[k] - 0.5 * f->m->threshold_half;
    return 0;
}

static int on_prepared(void *cookie, uint32_t i, const bds_tensor *input)
{
    float_side *f = cookie;
    order_load(f->inputs[0], input, bdc_input_is_channels_first(f->m->graph, 0));
    return run_float(f, i);
}

static int measure_float_pictures(measure *m, float_side *f, const uint8_t *file, size_t n, double *points)
{
    session s;
    collected seen = {0};
    int failed = session_open_copy(&s, "the compiled file", file, n, BDS_CPU_ALL);
    if (failed)
        return failed;
    failed = collect(&seen, &s, &m->pictures, UINT32_MAX, COLLECT_NO_STEP, on_prepared, f, "float");
    if (!failed)
        failed = figure(m, f->logits, seen.truth, points);
    collect_free(&seen);
    session_close(&s);
    return failed;
}

int measure_float(measure *m, const uint8_t *file, size_t n, double *points)
{
    float_side f = {.m = m};
    int failed = 0;
    f.output = malloc(m->outputs * sizeof *f.output);
    f.logits = malloc((size_t)m->count * m->outputs * sizeof *f.logits);
    for (uint32_t k = 0; k < bdc_input_count(m->graph) && k < TENSORS_MAX_INPUTS; k++) {
        bdc_shape in = {0};
        if (bdc_input_shape(m->graph, k, &in) != BDC_OK ||
            !(f.inputs[k] = malloc((size_t)in.channels * in.height * in.width * sizeof(float))))
            failed = cli_fail(BDS_E_ARENA, "out of memory");
    }
    if (!failed && (!f.output || !f.logits))
        failed = cli_fail(BDS_E_ARENA, "out of memory");
    if (!failed && m->has_pictures) {
        failed = measure_float_pictures(m, &f, file, n, points);
    } else if (!failed) {
        for (uint32_t i = 0; i < m->count && !failed; i++) {
            tensors_give(&m->numbers, i, f.inputs);
            failed = run_float(&f, i);
        }
        if (!failed)
            failed = figure(m, f.logits, m->truth, points);
    }
    for (uint32_t k = 0; k < TENSORS_MAX_INPUTS; k++)
        free(f.inputs[k]);
    free(f.output);
    free(f.logits);
    return failed;
}

void measure_close(measure *m)
{
    if (m->has_pictures)
        dataset_close(&m->pictures);
    else
        tensors_close(&m->numbers);
    free(m->truth);
    m->truth = NULL;
}
