/* SPDX-License-Identifier: MIT */
#include "compare.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "format.h"
#include "op_name.h"
#include "order.h"
#include "progress.h"
#include "tensors.h"

/* A float layer's last values. */
typedef struct float_layer {
    char name[64];
    uint32_t shape[3];
    int has_weights;
    size_t count;
    float *values;
} float_layer;

typedef struct sides {
    comparison *c;
    float_layer *floats;
    uint32_t float_count, capacity, at;
    uint32_t *counterpart; /* per operator of the file: index into floats, or UINT32_MAX */
    int out_of_memory;
} sides;

static void keep_float(void *cookie, const bdc_seen *seen)
{
    sides *s = cookie;
    if (s->at == s->capacity) {
        uint32_t room = s->capacity ? 2 * s->capacity : 64;
        float_layer *grown = realloc(s->floats, room * sizeof *grown);
        if (!grown) {
            s->out_of_memory = 1;
            return;
        }
        memset(grown + s->capacity, 0, (room - s->capacity) * sizeof *grown);
        s->floats = grown;
        s->capacity = room;
    }
    float_layer *f = &s->floats[s->at++];
    const size_t count = (size_t)seen->shape[0] * seen->shape[1] * seen->shape[2];
    if (!f->values) {
        snprintf(f->name, sizeof f->name, "%s", seen->name);
        memcpy(f->shape, seen->shape, sizeof f->shape);
        f->has_weights = seen->has_weights;
        f->count = count;
        f->values = malloc(count * sizeof *f->values);
        s->float_count = s->at;
    }
    if (f->values)
        memcpy(f->values, seen->values, count * sizeof *f->values);
    else
        s->out_of_memory = 1;
}

static int alike(const float_layer *f, const session *file, uint32_t op)
{
    const bdf_op *o = &file->model.ops[op];
    const bdf_tensor *y = &file->model.tensors[o->output];
    return f->has_weights == (o->weights != BDF_NONE) && f->shape[0] == y->dims[1] && f->shape[1] == y->dims[2] &&
           f->shape[2] == y->dims[3];
}

/* The longest common subsequence of the two lists of layers, by shape and by whether there are weights: passes add and remove
 * layers, but keep their order. */
static int match(sides *s, const session *file)
{
    const uint32_t n = s->float_count, m = s->c->count;
    uint16_t *best = calloc((size_t)(n + 1) * (m + 1), sizeof *best);
    if (!best)
        return cli_fail(BDS_E_ARENA, "out of memory");
#define BEST(i, j) best[(size_t)(i) * (m + 1) + (j)]
    for (uint32_t i = n; i-- > 0;)
        for (uint32_t j = m; j-- > 0;) {
            uint16_t skip = BEST(i + 1, j) > BEST(i, j + 1) ? BEST(i + 1, j) : BEST(i, j + 1);
            uint16_t take = (uint16_t)(alike(&s->floats[i], file, j) ? BEST(i + 1, j + 1) + 1 : 0);
            BEST(i, j) = take > skip ? take : skip;
        }
    for (uint32_t j = 0; j < m; j++)
        s->counterpart[j] = UINT32_MAX;
    for (uint32_t i = 0, j = 0; i < n && j < m;) {
        if (alike(&s->floats[i], file, j) && BEST(i, j) == BEST(i + 1, j + 1) + 1)
            s->counterpart[j++] = i++;
        else if (BEST(i + 1, j) >= BEST(i, j + 1))
            i++;
        else
            j++;
    }
#undef BEST
    free(best);
    for (uint32_t j = 0; j < m; j++) {
        compared *l = &s->c->layers[j];
        l->matched = s->counterpart[j] != UINT32_MAX;
        if (l->matched)
            memcpy(l->name, s->floats[s->counterpart[j]].name, sizeof l->name);
    }
    return 0;
}

static void add(compared *l, const float *real, const bds_tensor *stored, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int32_t q = stored->type == BDS_INT16 ? ((const int16_t *)stored->data)[i] : ((const int8_t *)stored->data)[i];
        double y = (double)stored->scale * (q - stored->zero_point), d = y - (double)real[i];
        l->signal += (double)real[i] * (double)real[i];
        l->noise += d * d;
        l->worst = fmax(l->worst, fabs(d));
    }
}

static void see_step(void *cookie, uint32_t step, uint32_t steps, const char *name, const bds_tensor *out)
{
    sides *s = cookie;
    (void)steps;
    (void)name;
    if (step < s->c->count && s->counterpart[step] != UINT32_MAX)
        add(&s->c->layers[step], s->floats[s->counterpart[step]].values, out, s->floats[s->counterpart[step]].count);
}

static int run_file(sides *s, bdc_graph *graph, session *file, float *const *inputs)
{
    bds_status status = BDS_OK;
    for (uint32_t k = 0; k < file->model.input_count && status == BDS_OK; k++) {
        bds_tensor t;
        status = bds_input(file->plan, k, &t);
        if (status == BDS_OK)
            order_store(&t, inputs[k], bdc_input_is_channels_first(graph, k));
    }
    bds_observe(file->plan, see_step, s);
    if (status == BDS_OK)
        status = bds_run(file->plan);
    bds_observe(file->plan, NULL, NULL);
    return status == BDS_OK ? 0 : cli_fail(status, "%s", bds_status_text(status));
}

/* The network's outputs as a whole: those operators whose result is one. */
static void sum_outputs(comparison *c, const session *file)
{
    const bds_model *m = &file->model;
    for (uint32_t k = 0; k < m->output_count; k++)
        for (uint32_t i = 0; i < c->count; i++) {
            const compared *l = &c->layers[i];
            if (m->ops[i].output != m->links[m->output_first + k] || !l->matched)
                continue;
            c->output.signal += l->signal;
            c->output.noise += l->noise;
            c->output.worst = fmax(c->output.worst, l->worst);
            c->output.matched = 1;
        }
}

static int prepare(comparison *c, sides *s, const session *file)
{
    c->count = file->model.op_count;
    c->layers = calloc(c->count, sizeof *c->layers);
    s->counterpart = malloc(c->count * sizeof *s->counterpart);
    if (!c->layers || !s->counterpart)
        return cli_fail(BDS_E_ARENA, "out of memory");
    for (uint32_t i = 0; i < c->count; i++) {
        const bdf_tensor *y = &file->model.tensors[file->model.ops[i].output];
        c->layers[i].kind = op_name(file->model.ops[i].code);
        memcpy(c->layers[i].shape, y->dims + 1, sizeof c->layers[i].shape);
        c->layers[i].step = (double)y->scale;
    }
    return 0;
}

int compare_layers(comparison *c, bdc_graph *graph, const bdc_error *error, session *file, bdc_sample *sample,
                   void *cookie, uint32_t count)
{
    sides s = {.c = c};
    float *inputs[TENSORS_MAX_INPUTS] = {0};
    memset(c, 0, sizeof *c);
    c->samples = count;
    int failed = prepare(c, &s, file);
    if (!failed && (bdc_input_count(graph) != file->model.input_count || bdc_input_count(graph) > TENSORS_MAX_INPUTS))
        failed = cli_fail(BDS_E_INVALID, "the file is not made from this network: it has another number of inputs");
    for (uint32_t k = 0; k < file->model.input_count && !failed; k++) {
        const bdf_tensor *t = &file->model.tensors[file->model.inputs[k].tensor];
        bdc_shape in = {0};
        size_t n = (size_t)t->dims[1] * t->dims[2] * t->dims[3];
        if (bdc_input_shape(graph, k, &in) != BDC_OK || (size_t)in.channels * in.height * in.width != n)
            failed = cli_fail(BDS_E_INVALID, "the file is not made from this network: input %u has another size", k);
        else if (!(inputs[k] = malloc(n * sizeof(float))))
            failed = cli_fail(BDS_E_ARENA, "out of memory");
    }
    for (uint32_t i = 0; i < count && !failed; i++) {
        s.at = 0;
        failed = sample(cookie, i, inputs);
        bdc_status status = failed ? BDC_OK : bdc_run_layers(graph, (const float *const *)inputs, keep_float, &s);
        if (status != BDC_OK)
            failed = cli_fail_named(bdc_status_name(status), "the float network: %s", error->text);
        if (!failed && s.out_of_memory)
            failed = cli_fail(BDS_E_ARENA, "out of memory");
        if (!failed && i == 0)
            failed = match(&s, file);
        if (!failed)
            failed = run_file(&s, graph, file, inputs);
        progress_show("compare", i + 1, count);
    }
    if (!failed)
        sum_outputs(c, file);
    for (uint32_t k = 0; k < TENSORS_MAX_INPUTS; k++)
        free(inputs[k]);
    for (uint32_t i = 0; i < s.float_count; i++)
        free(s.floats[i].values);
    free(s.floats);
    free(s.counterpart);
    if (failed)
        compare_free(c);
    return failed;
}

void compare_free(comparison *c)
{
    free(c->layers);
    memset(c, 0, sizeof *c);
}

double compare_decibels(const compared *l)
{
    return l->noise > 0 || isnan(l->noise) ? 10 * log10(l->signal / l->noise) : INFINITY;
}
