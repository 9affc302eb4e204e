/* SPDX-License-Identifier: MIT */
#include "build.h"

#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "format.h"
#include "progress.h"
#include "samples.h"

#define DEFAULT_CALIBRATION 512u
#define NOISE_SAMPLES 16u
#define MAX_CHROMA (12u * 256u) /* what a slightly tinted scan of a grey picture stays under */
#define GATE_PICTURES 8192u
#define META_MAX 16

typedef struct metadata {
    bdc_text text[META_MAX];
    uint32_t count;
    char positive[12], source_sha256[65], fit[512];
} metadata;

void build_begin(build *b)
{
    memset(b, 0, sizeof *b);
    b->calibration = DEFAULT_CALIBRATION;
}

void build_end(build *b)
{
    session_close(&b->final);
    fit_free(&b->fit);
    gate_free(&b->gate);
    bdc_destroy(b->context);
    recipe_free(&b->recipe);
}

static int report(const build *b, const char *name, bdc_status status)
{
    return cli_fail_named(bdc_status_name(status), "%s: %s", name, b->error.text);
}

static int on_progress(void *cookie, const char *stage, uint32_t done, uint32_t total)
{
    (void)cookie;
    progress_show(stage, done, total);
    return 0;
}

static int import(build *b, const char *name, const uint8_t *onnx, size_t n)
{
    bdc_shape shape;
    const recipe *r = &b->recipe;
    bdc_status status = bdc_create(&b->context, 0, &b->error);
    if (status == BDC_OK) {
        bdc_on_progress(b->context, on_progress, 0);
        status = bdc_import_onnx(b->context, onnx, n, &b->graph);
    }
    if (status == BDC_OK)
        status = bdc_input_shape(b->graph, 0, &shape);
    if (status != BDC_OK)
        return report(b, name, status);
    if (b->has_recipe && (shape.width != r->width || shape.height != r->height || shape.channels != r->channels))
        return cli_fail(BDS_E_INVALID, "the recipe speaks of %u x %u x %u pixels, but %s takes %u x %u x %u", r->width,
                        r->height, r->channels, name, shape.width, shape.height, shape.channels);
    if (b->has_recipe && bdc_input_count(b->graph) != 1)
        return cli_fail(BDS_E_UNSUPPORTED, "%s has %u inputs; a recipe for pictures needs one", name,
                        bdc_input_count(b->graph));
    return 0;
}

static void add_meta(metadata *m, const char *key, const char *text)
{
    if (*text && m->count < META_MAX)
        m->text[m->count++] = (bdc_text){key, text};
}

/* With a single output only what it stands for is a label; "classes" then names both kinds of picture. */
static void add_labels(metadata *m, const build *b)
{
    const recipe *r = &b->recipe;
    bdc_shape output;
    int single =
        bdc_output_shape(b->graph, 0, &output) == BDC_OK && output.channels * output.height * output.width == 1;
    if (single && r->label_count == 2) {
        add_meta(m, "labels", r->labels[1]);
        add_meta(m, "classes", r->label_lines);
    } else {
        add_meta(m, "labels", r->label_lines);
    }
}

static void fill_metadata(metadata *m, const build *b, const char *name, const uint8_t *onnx, size_t n)
{
    const recipe *r = &b->recipe;
    uint8_t digest[32];
    memset(m, 0, sizeof *m);
    bds_sha256(digest, onnx, n);
    session_hex(m->source_sha256, digest);
    if (b->has_recipe) {
        snprintf(m->positive, sizeof m->positive, "%u", r->positive);
        add_meta(m, "name", r->name);
        add_meta(m, "title", r->title);
        add_meta(m, "task", r->task);
        add_labels(m, b);
        add_meta(m, "positive", m->positive);
        add_meta(m, "licence", r->licence);
        add_meta(m, "citation", r->citation);
        add_meta(m, "intended_use", r->intended_use);
        add_meta(m, "limits", r->limits);
        add_meta(m, "card", r->card);
    } else {
        add_meta(m, "name", name);
    }
    add_meta(m, "compiler", "bedside " BDS_VERSION);
    add_meta(m, "source", name);
    add_meta(m, "source_sha256", m->source_sha256);
    if (!b->data)
        add_meta(m, "calibration", "none: ranges from noise, good for timing, not for answers");
}

/* The figures of the fit, for whoever asks the file how it was calibrated. */
static void add_fit(metadata *m, const build *b)
{
    const fitted *f = &b->fit;
    snprintf(m->fit, sizeof m->fit,
             "{\"split\":\"val\",\"pictures\":%u,\"temperature\":%.6g,\"nll_before\":%.4f,\"nll_after\":%.4f,"
             "\"resamples\":%u,"
             "\"abstain_below\":%.4f,\"coverage\":%.4f,\"selective_accuracy\":%.4f,\"gate_quantile\":%.3f}",
             b->val_count, f->temperature, f->nll_before, f->nll_after, FIT_RESAMPLES, f->abstain_below / 65536.0,
             f->coverage, f->selective_accuracy, GATE_QUANTILE);
    add_meta(m, "calibration", m->fit);
}

static void fill_image(bdc_image_input *image, const recipe *r)
{
    image->crop = r->crop;
    image->max_chroma = r->channels == 1 ? MAX_CHROMA : BDF_NONE;
    memcpy(image->mean, r->mean, sizeof image->mean);
    memcpy(image->std, r->std, sizeof image->std);
}

/* Ranges from noise; enough to let the runtime prepare pictures. */
static int compile_on_noise(build *b, const char *name, bdc_options *options)
{
    samples noise = {.graph = b->graph};
    memcpy(noise.mean, b->recipe.mean, sizeof noise.mean);
    memcpy(noise.std, b->recipe.std, sizeof noise.std);
    options->sample = samples_give;
    options->sample_cookie = &noise;
    options->sample_count = NOISE_SAMPLES;
    bdc_status status = bdc_compile(b->graph, options, 0, &b->compiled);
    options->sample = 0;
    options->sample_cookie = 0;
    return status == BDC_OK ? 0 : report(b, name, status);
}

/* Ranges from the training pictures, prepared by the runtime with what compile_on_noise made. */
static int compile_on_pictures(build *b, const char *name, bdc_options *options, dataset *train)
{
    session preparer;
    int failed = session_open_copy(&preparer, name, b->compiled.bytes, b->compiled.byte_count, BDS_CPU_ALL);
    if (failed)
        return failed;
    samples pictures = {.graph = b->graph, .preparer = &preparer, .set = train};
    pictures.count = b->calibration < train->count ? b->calibration : train->count;
    options->sample = samples_give;
    options->sample_cookie = &pictures;
    options->sample_count = pictures.count;
    bdc_status status = bdc_calibrate(b->graph, options);
    if (status == BDC_OK)
        status = bdc_compile(b->graph, options, 0, &b->compiled);
    if (status != BDC_OK)
        failed = pictures.failed ? pictures.failed : report(b, name, status);
    options->sample = 0;
    options->sample_cookie = 0;
    session_close(&preparer);
    return failed;
}

static int compile_with_result(build *b, const char *name, const bdc_options *options)
{
    bdc_result_spec spec = {
        .kind = b->recipe.sigmoid ? BDF_RESULT_SIGMOID : BDF_RESULT_SOFTMAX, .temperature = 1, .scale = 1};
    spec.gate_projected = b->gate.projected;
    spec.gate_projection = b->gate.projection;
    spec.gate_offset = b->gate.offset;
    spec.abstain_below = (uint32_t)(FIT_ABSTAIN * 65536);
    if (b->has_fit) {
        spec.temperature = b->fit.temperature;
        spec.scale = 1 / b->fit.temperature;
        spec.interval = b->fit.interval;
        spec.abstain_below = b->fit.abstain_below;
        spec.gate_groups = b->gate.groups;
        spec.gate_mean = b->gate.mean;
        spec.gate_weight = b->gate.weight;
        spec.gate_limit = b->gate.limit;
    }
    bdc_status status = bdc_compile(b->graph, options, &spec, &b->compiled);
    return status == BDC_OK ? 0 : report(b, name, status);
}

/* What the runtime answers for val and, of that, what the gate looks at, for train too. */
static int look(build *b, const char *name, collected *seen_val, dataset *val, collected *seen_train, dataset *train)
{
    session s;
    const uint32_t step = b->compiled.gate_step == BDF_NONE ? COLLECT_NO_STEP : b->compiled.gate_step;
    int failed = session_open_copy(&s, name, b->compiled.bytes, b->compiled.byte_count, BDS_CPU_ALL);
    if (failed)
        return failed;
    failed = collect(seen_val, &s, val, UINT32_MAX, step, 0, 0, "validation");
    if (!failed && step != COLLECT_NO_STEP)
        failed = collect(seen_train, &s, train, GATE_PICTURES, step, 0, 0, "features");
    session_close(&s);
    return failed;
}

/* The whitening is fitted on the features; means, weights and limit on what the runtime makes of the whitened ones. */
static int fit_gate(build *b, const char *name, const bdc_options *options, collected *seen_val, dataset *val,
                    collected *seen_train, dataset *train)
{
    const bdc_layer *features = &b->compiled.layers[b->compiled.gate_step];
    int failed = gate_whiten(&b->gate, seen_train, features->scale, features->zero_point);
    if (!failed && b->gate.projected) {
        collect_free(seen_val);
        collect_free(seen_train);
        failed = compile_with_result(b, name, options);
        if (!failed)
            failed = look(b, name, seen_val, val, seen_train, train);
    }
    return failed ? failed : gate_fit(&b->gate, seen_train, seen_val);
}

static int fit(build *b, const char *name, const bdc_options *options, dataset *train)
{
    dataset val;
    collected seen_train = {0}, seen_val = {0};
    int failed = dataset_open(&val, b->data, "val", b->recipe.labels, b->recipe.label_count);
    if (failed)
        return failed;
    failed = look(b, name, &seen_val, &val, &seen_train, train);
    scores z = {seen_val.count, seen_val.labels, seen_val.truth, seen_val.logits, b->recipe.sigmoid};
    if (!failed)
        failed = fit_result(&b->fit, &z);
    b->val_count = seen_val.count;
    if (!failed && b->compiled.gate_step != BDF_NONE)
        failed = fit_gate(b, name, options, &seen_val, &val, &seen_train, train);
    b->has_fit = !failed;
    collect_free(&seen_train);
    collect_free(&seen_val);
    dataset_close(&val);
    return failed;
}

static int check_labels(const build *b, const char *name)
{
    uint32_t outputs = b->compiled.labels, labels = b->recipe.label_count;
    if (outputs == labels || (outputs == 1 && labels == 2 && b->recipe.sigmoid))
        return 0;
    return cli_fail(BDS_E_INVALID, "the recipe names %u labels, but %s has %u outputs", labels, name, outputs);
}

int build_model(build *b, const char *name, const uint8_t *onnx, size_t n)
{
    metadata m;
    bdc_image_input image = {0};
    dataset train = {0};
    bdc_options options = {.coder = b->coder, .keep_final = !b->has_recipe};
    int failed = import(b, name, onnx, n);
    if (failed)
        return failed;
    b->onnx_bytes = n;
    fill_metadata(&m, b, name, onnx, n);
    if (b->has_recipe) {
        fill_image(&image, &b->recipe);
        options.image = &image;
    }
    options.meta = m.text;
    options.meta_count = m.count;
    failed = compile_on_noise(b, name, &options);
    if (!failed && b->has_recipe)
        failed = check_labels(b, name);
    if (!failed && b->data)
        failed = dataset_open(&train, b->data, "train", b->recipe.labels, b->recipe.label_count);
    if (!failed && b->data)
        failed = compile_on_pictures(b, name, &options, &train);
    if (!failed && b->fits) {
        failed = fit(b, name, &options, &train);
        add_fit(&m, b);
        options.meta_count = m.count;
    }
    if (!failed && b->has_recipe)
        failed = compile_with_result(b, name, &options);
    dataset_close(&train);
    /* What is written must open: a compiler's mistake shows here and not at the bedside. */
    return failed ? failed : session_open_copy(&b->final, name, b->compiled.bytes, b->compiled.byte_count, BDS_CPU_ALL);
}
