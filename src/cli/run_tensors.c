/* SPDX-License-Identifier: MIT */
#include "run_tensors.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "file.h"
#include "format.h"
#include "npz.h"
#include "order.h"
#include "progress.h"
#include "session.h"
#include "tensors.h"

#define NETWORK_LIMIT ((size_t)1 << 30)

/* ---- A network, in float ---- */

/* Least and most of a type; false where any number will do. */
static int range_of(bdc_type type, double *least, double *most)
{
    const int bits = type == BDC_BOOL                          ? 1
                     : type == BDC_INT8 || type == BDC_UINT8   ? 8
                     : type == BDC_INT16 || type == BDC_UINT16 ? 16
                     : type == BDC_INT32 || type == BDC_UINT32 ? 32
                                                               : 53; /* what a double holds exactly */
    const int is_signed = type == BDC_INT8 || type == BDC_INT16 || type == BDC_INT32 || type == BDC_INT64;
    *least = is_signed ? -ldexp(1, bits - 1) : 0;
    *most = ldexp(1, is_signed ? bits - 1 : bits) - 1;
    return type != BDC_FLOAT && type != BDC_DOUBLE;
}

/* Copies a sample of an array into an input, as its type. */
static int convert(const bdc_value *v, const npy_array *a, size_t first, size_t count)
{
    double least, most;
    const int bounded = range_of(v->type, &least, &most);
    for (size_t k = 0; k < count; k++) {
        const double x = npy_value(a, first + k);
        if (bounded && (!(x >= least && x <= most) || floor(x) < x))
            return cli_fail(BDS_E_INVALID, "input '%s' takes whole numbers from %.0f to %.0f, not %g", v->name, least,
                            most, x);
        switch (v->type) {
        case BDC_FLOAT:
            ((float *)v->data)[k] = (float)x;
            break;
        case BDC_DOUBLE:
            ((double *)v->data)[k] = x;
            break;
        case BDC_INT8:
            ((int8_t *)v->data)[k] = (int8_t)x;
            break;
        case BDC_UINT8:
        case BDC_BOOL:
            ((uint8_t *)v->data)[k] = (uint8_t)x;
            break;
        case BDC_INT16:
            ((int16_t *)v->data)[k] = (int16_t)x;
            break;
        case BDC_INT32:
            ((int32_t *)v->data)[k] = (int32_t)x;
            break;
        case BDC_INT64:
            ((int64_t *)v->data)[k] = (int64_t)x;
            break;
        default:
            return cli_fail(BDS_E_UNSUPPORTED, "input '%s' is of a type that numbers cannot be given for", v->name);
        }
    }
    return 0;
}

static int read_back(float *to, const bdc_value *v, size_t count)
{
    for (size_t k = 0; k < count; k++) {
        switch (v->type) {
        case BDC_FLOAT:
            to[k] = ((const float *)v->data)[k];
            break;
        case BDC_DOUBLE:
            to[k] = (float)((const double *)v->data)[k];
            break;
        case BDC_INT8:
            to[k] = (float)((const int8_t *)v->data)[k];
            break;
        case BDC_UINT8:
        case BDC_BOOL:
            to[k] = (float)((const uint8_t *)v->data)[k];
            break;
        case BDC_INT16:
            to[k] = (float)((const int16_t *)v->data)[k];
            break;
        case BDC_INT32:
            to[k] = (float)((const int32_t *)v->data)[k];
            break;
        case BDC_INT64:
            to[k] = (float)((const int64_t *)v->data)[k];
            break;
        default:
            return cli_fail(BDS_E_UNSUPPORTED, "output '%s' is of a type that cannot be written", v->name);
        }
    }
    return 0;
}

static size_t elements(const bdc_value *v)
{
    size_t n = 1;
    for (uint32_t i = 0; i < v->rank; i++)
        n *= v->dims[i];
    return n;
}

static int run_samples(bdc_graph *graph, const bdc_error *error, const tensors *t, bdc_value *inputs,
                       bdc_value *outputs, const char *path)
{
    const size_t n = elements(&outputs[0]);
    uint32_t dims[BDC_MAX_RANK + 1] = {t->count};
    float *all = malloc((t->count * n + 1) * sizeof *all);
    int failed = all ? 0 : cli_fail(BDS_E_ARENA, "out of memory");
    for (uint32_t i = 0; i < t->count && !failed; i++) {
        for (uint32_t k = 0; k < t->inputs && !failed; k++)
            failed = convert(&inputs[k], &t->arrays[k], i * t->elements[k], t->elements[k]);
        for (uint32_t k = 0; k < bdc_output_count(graph); k++)
            outputs[k].data = NULL;
        bdc_status status = failed ? BDC_OK : bdc_run(graph, inputs, outputs);
        if (status != BDC_OK)
            failed = cli_fail_named(bdc_status_name(status), "%s", error->text);
        if (!failed)
            failed = read_back(all + i * n, &outputs[0], n);
        progress_show("run", i + 1, t->count);
    }
    /* A batch of 1 makes room for the samples. */
    const uint32_t skip = outputs[0].rank && outputs[0].dims[0] == 1;
    for (uint32_t i = skip; i < outputs[0].rank; i++)
        dims[i + 1 - skip] = outputs[0].dims[i];
    if (!failed)
        failed = npy_write(path, all, dims, outputs[0].rank + 1 - skip);
    free(all);
    return failed;
}

static int run_network(const char *path, const char *in, const char *out)
{
    bdc_context *context = NULL;
    bdc_graph *graph = NULL;
    bdc_error error;
    uint8_t *bytes;
    size_t n;
    tensors t = {0};
    int failed = file_read(path, NETWORK_LIMIT, &bytes, &n);
    if (failed)
        return failed;
    bdc_status status = bdc_create(&context, NULL, &error);
    if (status == BDC_OK)
        status = bdc_import(context, bytes, n, NULL, &graph);
    if (status != BDC_OK)
        failed = cli_fail_named(bdc_status_name(status), "%s: %s", path, error.text);
    free(bytes);
    if (!failed)
        failed = tensors_open(&t, graph, in);
    bdc_value *values = failed ? NULL : calloc(bdc_input_count(graph) + bdc_output_count(graph), sizeof *values);
    if (!failed && !values)
        failed = cli_fail(BDS_E_ARENA, "out of memory");
    for (uint32_t k = 0; !failed && k < bdc_input_count(graph); k++) {
        bdc_input_info(graph, k, &values[k]);
        if (!(values[k].data = malloc(elements(&values[k]) * bdc_type_bytes(values[k].type) + 1)))
            failed = cli_fail(BDS_E_ARENA, "out of memory");
    }
    for (uint32_t k = 0; !failed && k < bdc_output_count(graph); k++)
        bdc_output_info(graph, k, &values[bdc_input_count(graph) + k]);
    if (!failed)
        failed = run_samples(graph, &error, &t, values, values + bdc_input_count(graph), out);
    for (uint32_t k = 0; values && k < bdc_input_count(graph); k++)
        free(values[k].data);
    free(values);
    tensors_close(&t);
    bdc_destroy(context);
    return failed;
}

/* ---- A compiled file ---- */

/* One input, in the file's own order: height, width, channels. Integers are taken as they are where the array is int8 or int16. */
static int run_model(const char *path, const char *in, const char *out, uint32_t cpu)
{
    session s;
    npy_array a = {0};
    float *x = NULL, *all = NULL;
    int failed = session_open_file(&s, path, cpu, 0);
    if (failed)
        return failed;
    failed = strlen(in) > 4 && strcmp(in + strlen(in) - 4, ".npy") == 0 ? npy_load(&a, in) : npz_load(&a, in, NULL);
    const bdf_tensor *t = &s.model.tensors[s.model.inputs[0].tensor];
    const bdf_tensor *y = &s.model.tensors[s.model.links[s.model.output_first]];
    const size_t n = (size_t)t->dims[1] * t->dims[2] * t->dims[3], m = (size_t)y->dims[1] * y->dims[2] * y->dims[3];
    const size_t count = failed ? 0 : a.count / n;
    const int flat = a.rank == 2,
              shaped = a.rank == 4 && a.dims[1] == t->dims[1] && a.dims[2] == t->dims[2] && a.dims[3] == t->dims[3];
    for (size_t i = 0; i < a.count && !failed; i++)
        if (!isfinite(npy_value(&a, i)))
            failed = cli_fail(BDS_E_INVALID, "%s holds a number that is not finite", in);
    if (!failed && (s.model.input_count != 1 || count == 0 || count * n != a.count || count > UINT32_MAX ||
                    !(flat || shaped || n == 1)))
        failed = cli_fail(BDS_E_INVALID, "%s must be [samples, %u, %u, %u] for the one input of %s", in, t->dims[1],
                          t->dims[2], t->dims[3], path);
    if (!failed && (!(x = malloc(n * sizeof *x)) || !(all = malloc((count * m + 1) * sizeof *all))))
        failed = cli_fail(BDS_E_ARENA, "out of memory");
    for (size_t i = 0; i < count && !failed; i++) {
        bds_tensor to, from;
        bds_status status = bds_input(s.plan, 0, &to);
        const int stored = a.kind == 'i' && a.size <= 2;
        for (size_t k = 0; k < n; k++) {
            double value = npy_value(&a, i * n + k);
            x[k] = (float)(stored ? (value - to.zero_point) * (double)to.scale : value);
        }
        if (status == BDS_OK) {
            order_store(&to, x, 0);
            status = bds_run(s.plan);
        }
        if (status == BDS_OK)
            status = bds_output(s.plan, 0, &from);
        if (status == BDS_OK)
            order_load(all + i * m, &from, 0);
        else
            failed = cli_fail(status, "%s", bds_status_text(status));
    }
    const uint32_t dims[4] = {(uint32_t)count, y->dims[1], y->dims[2], y->dims[3]};
    if (!failed)
        failed = npy_write(out, all, dims, 4);
    free(x);
    free(all);
    npy_free(&a);
    session_close(&s);
    return failed;
}

int run_tensors(const char *model, const char *in, const char *out, uint32_t cpu)
{
    const size_t n = strlen(model);
    const int compiled = n > 4 && strcmp(model + n - 4, ".bds") == 0;
    return compiled ? run_model(model, in, out, cpu) : run_network(model, in, out);
}
