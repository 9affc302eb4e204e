/* SPDX-License-Identifier: MIT */
#include "tensors.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "cli.h"
#include "npz.h"

static int ends_in(const char *path, const char *ending)
{
    const size_t n = strlen(path), m = strlen(ending);
    return n >= m && strcmp(path + n - m, ending) == 0;
}

int tensors_are(const char *path)
{
    return ends_in(path, ".npy") || ends_in(path, ".npz");
}

/* The input's own name, for a single input also "x", or whatever comes first. */
static const char *entry_of(const tensors *t, const char *path, const bdc_shape *shape)
{
    if (t->inputs > 1 || npz_has(path, shape->name))
        return shape->name;
    return npz_has(path, "x") ? "x" : NULL;
}

/* An array's own dimensions must be the input's, whatever dimensions of 1 either has, or it is flat: [samples, numbers]. */
static int fits(const npy_array *a, uint32_t first, const bdc_value *input)
{
    uint32_t at = first;
    if (a->rank - first == 1)
        return 1;
    for (uint32_t i = 0; i < input->rank; i++) {
        if (input->dims[i] == 1)
            continue;
        while (at < a->rank && a->dims[at] == 1)
            at++;
        if (at == a->rank || a->dims[at] != input->dims[i])
            return 0;
        at++;
    }
    for (; at < a->rank; at++)
        if (a->dims[at] != 1)
            return 0;
    return 1;
}

static int check_values(const npy_array *a, const char *path, const char *name, size_t elements)
{
    for (size_t i = 0; i < a->count; i++)
        if (!(fabs(npy_value(a, i)) <= FLT_MAX))
            return cli_fail(BDS_E_INVALID, "%s: sample %zu of input '%s' holds a number that is not finite", path,
                            i / elements, name);
    return 0;
}

static int load(tensors *t, uint32_t i, const char *path, const bdc_shape *shape, const bdc_value *info)
{
    npy_array *a = &t->arrays[i];
    int failed;
    if (ends_in(path, ".npy"))
        failed = t->inputs == 1 ? npy_load(a, path)
                                : cli_fail(BDS_E_ARGUMENT,
                                           "the network has %u inputs; they come in an .npz archive with an entry each",
                                           t->inputs);
    else
        failed = t->inputs > 1 && !npz_has(path, shape->name)
                     ? cli_fail(BDS_E_INVALID, "%s: an array named '%s' is missing; each input has one by its name",
                                path, shape->name)
                     : npz_load(a, path, entry_of(t, path, shape));
    if (failed)
        return failed;
    t->elements[i] = (size_t)shape->channels * shape->height * shape->width;
    const size_t count = a->count / t->elements[i];
    if (a->count == 0 || count * t->elements[i] != a->count || (count > 1 && a->dims[0] != count) || count > UINT32_MAX)
        return cli_fail(BDS_E_INVALID, "%s: the array for input '%s' must be [samples, ...] with %zu numbers a sample",
                        path, shape->name, t->elements[i]);
    /* With one sample the leading dimension may be missing. */
    if (!fits(a, 1, info) && !(count == 1 && fits(a, 0, info)))
        return cli_fail(BDS_E_INVALID,
                        "%s: the array for input '%s' has other dimensions than the network's, or another order", path,
                        shape->name);
    failed = check_values(a, path, shape->name, t->elements[i]);
    if (failed)
        return failed;
    if (i > 0 && count != t->count)
        return cli_fail(BDS_E_INVALID, "%s: the inputs have different numbers of samples", path);
    t->count = (uint32_t)count;
    return 0;
}

int tensors_open(tensors *t, const bdc_graph *graph, const char *path)
{
    memset(t, 0, sizeof *t);
    int failed = 0;
    t->inputs = bdc_input_count(graph);
    if (t->inputs > TENSORS_MAX_INPUTS)
        return cli_fail(BDS_E_LIMIT, "the network has %u inputs; samples can be given for %u", t->inputs,
                        TENSORS_MAX_INPUTS);
    for (uint32_t i = 0; i < t->inputs && !failed; i++) {
        bdc_shape shape;
        bdc_value info;
        if (bdc_input_shape(graph, i, &shape) != BDC_OK || bdc_input_info(graph, i, &info) != BDC_OK)
            failed = cli_fail(BDS_E_INVALID, "input %u of the network has no shape", i);
        else
            failed = load(t, i, path, &shape, &info);
    }
    if (failed)
        tensors_close(t);
    return failed;
}

int tensors_give(void *cookie, uint32_t i, float *const *inputs)
{
    const tensors *t = cookie;
    for (uint32_t k = 0; k < t->inputs; k++)
        for (size_t e = 0; e < t->elements[k]; e++)
            inputs[k][e] = (float)npy_value(&t->arrays[k], i * t->elements[k] + e);
    return 0;
}

void tensors_close(tensors *t)
{
    for (uint32_t i = 0; i < TENSORS_MAX_INPUTS; i++)
        npy_free(&t->arrays[i]);
}
