/* SPDX-License-Identifier: MIT */
#include "float_model.h"

#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "file.h"
#include "format.h"
#include "order.h"

#define ONNX_LIMIT ((size_t)1 << 30)

static int import(float_model *f, const char *path, const session *s)
{
    const bdf_tensor *y = &s->model.tensors[s->model.links[s->model.output_first]];
    const uint32_t outputs = y->dims[1] * y->dims[2] * y->dims[3];
    bdc_shape in, out;
    size_t n;
    int failed = file_read(path, ONNX_LIMIT, &f->onnx, &n);
    if (failed)
        return failed;
    bdc_status status = bdc_create(&f->context, 0, &f->error);
    if (status == BDC_OK)
        status = bdc_import_onnx(f->context, f->onnx, n, &f->graph);
    if (status == BDC_OK)
        status = bdc_optimise(f->graph, 0); /* logits, whatever the network ends with */
    if (status == BDC_OK)
        status = bdc_input_shape(f->graph, 0, &in);
    if (status == BDC_OK)
        status = bdc_output_shape(f->graph, 0, &out);
    if (status != BDC_OK)
        return cli_fail_named(bdc_status_name(status), "%s: %s", path, f->error.text);
    if (in.width != s->info.input_width || in.height != s->info.input_height || in.channels != s->info.input_channels ||
        out.channels * out.height * out.width != outputs || bdc_input_count(f->graph) != s->info.inputs ||
        s->info.inputs > FLOAT_MODEL_INPUTS)
        return cli_fail(BDS_E_INVALID, "%s is not the network of this model: inputs or outputs differ in number", path);
    f->inputs = s->info.inputs;
    f->labels = outputs;
    return 0;
}

int float_model_open(float_model *f, const char *path, const session *s, uint32_t count)
{
    memset(f, 0, sizeof *f);
    int failed = import(f, path, s);
    if (!failed) {
        int all = 1;
        for (uint32_t k = 0; k < f->inputs; k++) {
            bdc_shape in = {0};
            f->input[k] = bdc_input_shape(f->graph, k, &in) == BDC_OK
                              ? malloc(sizeof(float) * in.width * in.height * in.channels)
                              : NULL;
            all = all && f->input[k];
        }
        f->output = malloc(f->labels * sizeof *f->output);
        f->logits = calloc((size_t)count * f->labels, sizeof *f->logits);
        if (!all || !f->output || !f->logits)
            failed = cli_fail(BDS_E_ARENA, "out of memory");
    }
    if (failed)
        float_model_close(f);
    return failed;
}

int float_model_run(void *cookie, uint32_t i, const bds_tensor *inputs)
{
    float_model *f = cookie;
    float *outputs[1] = {f->output};
    for (uint32_t k = 0; k < f->inputs; k++)
        order_load(f->input[k], &inputs[k], bdc_input_is_channels_first(f->graph, k));
    bdc_status status = bdc_run_float(f->graph, (const float *const *)f->input, outputs);
    if (status != BDC_OK)
        return cli_fail_named(bdc_status_name(status), "the float network: %s", f->error.text);
    for (uint32_t k = 0; k < f->labels; k++)
        f->logits[(size_t)i * f->labels + k] = (double)f->output[k];
    return 0;
}

void float_model_close(float_model *f)
{
    bdc_destroy(f->context);
    free(f->onnx);
    for (uint32_t k = 0; k < FLOAT_MODEL_INPUTS; k++)
        free(f->input[k]);
    free(f->output);
    free(f->logits);
    memset(f, 0, sizeof *f);
}
