/* SPDX-License-Identifier: MIT */
#include "collect.h"

#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "progress.h"

void collect_observe(void *watch, uint32_t step, uint32_t steps, const char *name, const bds_tensor *out)
{
    const collect_watch *w = watch;
    (void)steps;
    (void)name;
    if (step == w->step && out->type == BDS_INT8 && out->dims[1] * out->dims[2] * out->dims[3] == w->features)
        memcpy(w->to, out->data, w->features);
}

uint32_t collect_index(uint32_t j, uint32_t n, uint32_t count)
{
    return (uint32_t)((uint64_t)j * count / n);
}

static uint32_t feature_count(const session *s, uint32_t step)
{
    if (step >= s->model.op_count)
        return 0;
    const bdf_tensor *t = &s->model.tensors[s->model.ops[step].output];
    return t->dims[1] * t->dims[2] * t->dims[3];
}

/* The bytes of output i of the network. */
static size_t output_bytes(const session *s, uint32_t i)
{
    const bdf_tensor *t = &s->model.tensors[s->model.links[s->model.output_first + i]];
    return (size_t)t->dims[1] * t->dims[2] * t->dims[3] * (t->type == BDS_INT16 ? 2 : 1);
}

static int allocate(collected *c, const session *s)
{
    size_t n = c->count;
    c->truth = calloc(n, sizeof *c->truth);
    c->logits = calloc(n * c->labels, sizeof *c->logits);
    c->stored = calloc(n * c->labels, sizeof *c->stored);
    c->feature = calloc(n * c->features + 1, 1);
    for (uint32_t i = 0; i < s->model.output_count; i++)
        c->output_bytes += output_bytes(s, i);
    c->outputs = malloc(n * c->output_bytes);
    if (!c->truth || !c->logits || !c->stored || !c->feature || !c->outputs)
        return cli_fail(BDS_E_ARENA, "out of memory");
    if (!s->model.result)
        return 0;
    c->probability = calloc(n * c->labels, sizeof *c->probability);
    c->in_set = calloc(n * c->labels, 1);
    c->verdicts = calloc(n, sizeof *c->verdicts);
    return c->probability && c->in_set && c->verdicts ? 0 : cli_fail(BDS_E_ARENA, "out of memory");
}

static bds_status keep_logits(collected *c, uint32_t j, const session *s)
{
    bds_tensor out;
    bds_status status = bds_output(s->plan, 0, &out);
    for (uint32_t i = 0; status == BDS_OK && i < c->labels; i++) {
        int32_t stored = out.type == BDS_INT16 ? ((const int16_t *)out.data)[i] : ((const int8_t *)out.data)[i];
        c->stored[(size_t)j * c->labels + i] = stored;
        c->logits[(size_t)j * c->labels + i] = (double)out.scale * (stored - out.zero_point);
    }
    uint8_t *to = c->outputs + (size_t)j * c->output_bytes;
    for (uint32_t i = 0; status == BDS_OK && i < s->model.output_count; i++) {
        status = bds_output(s->plan, i, &out);
        if (status == BDS_OK)
            memcpy(to, out.data, output_bytes(s, i));
        to += output_bytes(s, i);
    }
    return status;
}

static bds_status keep_result(collected *c, uint32_t j, const session *s)
{
    bds_finding findings[BDF_MAX_LABELS];
    size_t n = BDF_MAX_LABELS;
    if (!c->verdicts)
        return BDS_OK;
    bds_status status = bds_result(s->plan, findings, &n, &c->verdicts[j]);
    if (status == BDS_OK && n != c->labels)
        return BDS_E_INVALID;
    for (uint32_t i = 0; status == BDS_OK && i < c->labels; i++) {
        c->probability[(size_t)j * c->labels + i] = findings[i].probability;
        c->in_set[(size_t)j * c->labels + i] = (uint8_t)findings[i].in_set;
    }
    return status;
}

static int collect_one(collected *c, uint32_t j, uint32_t index, session *s, dataset *set, collect_prepared *prepared,
                       void *cookie)
{
    int failed = dataset_prepare(set, index, s->plan);
    bds_status status = BDS_OK;
    if (!failed && prepared) {
        bds_tensor inputs[BDF_MAX_INPUTS];
        /* bds_input would forget the picture's doubts: look first, and prepare once more. */
        for (uint32_t i = 0; i < s->model.input_count && status == BDS_OK; i++)
            status = bds_input(s->plan, i, &inputs[i]);
        if (status == BDS_OK && inputs[0].type == BDS_INT8)
            failed = prepared(cookie, j, inputs);
        if (!failed)
            failed = dataset_prepare(set, index, s->plan);
    }
    if (failed)
        return failed;
    if (status == BDS_OK)
        status = bds_run(s->plan);
    if (status == BDS_OK)
        status = keep_logits(c, j, s);
    if (status == BDS_OK)
        status = keep_result(c, j, s);
    c->truth[j] = set->labels[index];
    return status == BDS_OK ? 0 : cli_fail(status, "picture %u of the data: %s", index, bds_status_text(status));
}

int collect(collected *c, session *s, dataset *set, uint32_t limit, uint32_t gate_step, collect_prepared *prepared,
            void *cookie, const char *stage)
{
    memset(c, 0, sizeof *c);
    const bdf_tensor *out = &s->model.tensors[s->model.links[s->model.output_first]];
    c->count = set->count < limit ? set->count : limit;
    c->labels = out->dims[1] * out->dims[2] * out->dims[3];
    c->features = feature_count(s, gate_step);
    if (c->labels > BDF_MAX_LABELS)
        return cli_fail(BDS_E_UNSUPPORTED, "the network has %u outputs, which are no labels", c->labels);
    int failed = allocate(c, s);
    for (uint32_t j = 0; j < c->count && !failed; j++) {
        collect_watch w = {gate_step, c->features, c->feature + (size_t)j * c->features};
        bds_observe(s->plan, c->features ? collect_observe : 0, &w);
        failed = collect_one(c, j, collect_index(j, c->count, set->count), s, set, prepared, cookie);
        progress_show(stage, j + 1, c->count);
    }
    if (s->plan)
        bds_observe(s->plan, 0, 0);
    if (failed)
        collect_free(c);
    return failed;
}

void collect_free(collected *c)
{
    free(c->truth);
    free(c->logits);
    free(c->stored);
    free(c->outputs);
    free(c->feature);
    free(c->probability);
    free(c->in_set);
    free(c->verdicts);
    memset(c, 0, sizeof *c);
}
