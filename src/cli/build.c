/* SPDX-License-Identifier: MIT */
#include "build.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "format.h"
#include "progress.h"

#define DEFAULT_CALIBRATION 512u        /* samples */
#define LEAST_CALIBRATION 8u            /* and of large pictures so many at least, but about */
#define CALIBRATION_PIXELS (1ull << 24) /* in all of them */
#define MAX_CHROMA (12u * 256u)         /* what a slightly tinted scan of a grey picture stays under */
#define META_MAX 16

typedef struct metadata {
    bdc_text text[META_MAX];
    uint32_t count;
    char positive[12], fit[512];
} metadata;

void build_begin(build *b)
{
    memset(b, 0, sizeof *b);
}

void build_end(build *b)
{
    session_close(&b->final);
    source_close(&b->source);
    if (b->has_measure)
        measure_close(&b->measure);
    free(b->chosen);
    fit_free(&b->fit);
    gate_free(&b->gate);
    bdc_destroy(b->context);
    recipe_free(&b->recipe);
}

int build_report(const build *b, const char *name, bdc_status status)
{
    return cli_fail_named(bdc_status_name(status), "%s: %s", name, b->error.text);
}

static int on_progress(void *cookie, const char *stage, uint32_t done, uint32_t total)
{
    (void)cookie;
    progress_show(stage, done, total);
    return 0;
}

static uint32_t default_calibration(uint64_t pixels)
{
    const uint64_t n = CALIBRATION_PIXELS / pixels;
    return n > DEFAULT_CALIBRATION ? DEFAULT_CALIBRATION : n < LEAST_CALIBRATION ? LEAST_CALIBRATION : (uint32_t)n;
}

static int import(build *b, const char *name, const uint8_t *network, size_t n)
{
    bdc_shape shape;
    bdc_status status = bdc_create(&b->context, 0, &b->error);
    if (status == BDC_OK) {
        bdc_on_progress(b->context, on_progress, 0);
        status = bdc_import(b->context, network, n, &b->import, &b->graph);
    }
    if (status == BDC_OK)
        status = bdc_input_shape(b->graph, 0, &shape);
    if (status != BDC_OK)
        return build_report(b, name, status);
    if (!b->calibration)
        b->calibration = default_calibration((uint64_t)shape.width * shape.height);
    return 0;
}

/* Whether input 0 is the recipe's picture. */
static int check_input(const build *b, const char *name)
{
    const recipe *r = &b->recipe;
    bdc_shape s = {0};
    if (!b->has_recipe || r->beats) /* those inputs are compared when they are filled */
        return 0;
    if (bdc_input_count(b->graph) != 1)
        return cli_fail(BDS_E_UNSUPPORTED, "%s has %u inputs; a recipe for pictures needs one", name,
                        bdc_input_count(b->graph));
    (void)bdc_input_shape(b->graph, 0, &s);
    if (s.width == r->width && s.height == r->height && s.channels == r->channels)
        return 0;
    /* TensorFlow's order, height first. */
    if (s.channels == r->height && s.height == r->width && s.width == r->channels &&
        !bdc_input_is_channels_first(b->graph, 0))
        return 0;
    return cli_fail(BDS_E_INVALID, "the recipe speaks of %u x %u x %u pixels, but %s takes %u x %u x %u", r->width,
                    r->height, r->channels, name, s.width, s.height, s.channels);
}

static void add_meta(metadata *m, const char *key, const char *text)
{
    if (*text && m->count < META_MAX)
        m->text[m->count++] = (bdc_text){key, text};
}

/* With a single output, or a mask, only what it stands for is a label; "classes" then names both kinds of picture or pixel. */
static void add_labels(metadata *m, const build *b)
{
    const recipe *r = &b->recipe;
    bdc_shape output;
    int single = r->segment || (bdc_output_shape(b->graph, 0, &output) == BDC_OK &&
                                output.channels * output.height * output.width == 1);
    if (single && r->label_count == 2) {
        add_meta(m, "labels", r->labels[r->segment ? r->positive : 1]);
        add_meta(m, "classes", r->label_lines);
    } else {
        add_meta(m, "labels", r->label_lines);
    }
}

/* Of a file for a board's flash: what tells answers apart, whose it is and what for, what it was made from, and that its ranges are
 * noise, if they are. The rest is for people, who have the file that was not made for a board. */
static void keep_board_texts(metadata *m)
{
    static const char *const kept[] = {"name",    "task",     "labels",       "classes",       "positive",
                                       "licence", "citation", "intended_use", "source_sha256", "calibration"};
    uint32_t count = 0;
    for (uint32_t i = 0; i < m->count; i++)
        for (size_t k = 0; k < sizeof kept / sizeof *kept; k++)
            if (strcmp(m->text[i].key, kept[k]) == 0) {
                m->text[count++] = m->text[i];
                break;
            }
    m->count = count;
}

static int fill_metadata(metadata *m, const build *b, const char *name, const uint8_t *network, size_t n)
{
    const recipe *r = &b->recipe;
    bdc_text origin[BDC_ORIGIN_TEXTS];
    const int noise = !b->data && !b->calibrate && !b->quantised;
    const uint32_t count = bdc_origin(b->context, name, network, n, noise, origin);
    memset(m, 0, sizeof *m);
    if (!count)
        return cli_fail(BDS_E_ARENA, "out of memory");
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
    }
    for (uint32_t i = b->has_recipe ? 1 : 0; i < count; i++) /* the recipe has a name of its own */
        add_meta(m, origin[i].key, origin[i].text);
    if (b->mcu)
        keep_board_texts(m);
    return 0;
}

/* The figures of the fit, for whoever asks the file how it was calibrated. */
static void add_fit(metadata *m, const build *b)
{
    if (b->mcu)
        return;
    build_describe_fit(b, m->fit, sizeof m->fit);
    add_meta(m, "calibration", m->fit);
}

static void fill_image(bdc_image_input *image, const recipe *r)
{
    image->crop = r->crop;
    image->max_chroma = r->channels == 1 ? MAX_CHROMA : BDF_NONE;
    memcpy(image->mean, r->mean, sizeof image->mean);
    memcpy(image->std, r->std, sizeof image->std);
}

/* A first file, made quickly: ranges from noise and no costly technique. It lets the runtime prepare pictures. */
static int compile_first(build *b, const char *name, const bdc_options *options)
{
    bdc_options plain = *options;
    source noise = {0};
    plain.choices = NULL;
    plain.choice_count = 0;
    plain.equalise = plain.adaptive_rounding = plain.reconstruct = 0;
    source_noise(&noise, b->graph, b->recipe.mean, b->recipe.std, &plain);
    bdc_status status = bdc_compile(b->graph, &plain, 0, &b->compiled);
    return status == BDC_OK ? 0 : build_report(b, name, status);
}

/* Opens the samples and takes the ranges from them, unless the file has its own. */
static int calibrate(build *b, const char *name, bdc_options *options)
{
    source *s = &b->source;
    int failed = 0;
    if (b->data || (b->calibrate && !b->quantised && !tensors_are(b->calibrate))) {
        failed = b->data ? build_open(b, &s->set, "train") : dataset_open_unlabelled(&s->set, b->calibrate, "train");
        s->has_set = !failed;
    }
    if (failed || b->quantised)
        return failed;
    if (b->calibrate && tensors_are(b->calibrate)) {
        failed = source_numbers(s, b->graph, b->calibrate, b->calibration, options);
    } else if (s->has_set) {
        failed = source_pictures(s, b->graph, b->compiled.bytes, b->compiled.byte_count, b->calibration, options);
    } else {
        source_noise(s, b->graph, b->recipe.mean, b->has_recipe ? b->recipe.std : NULL, options);
    }
    bdc_status status = failed ? BDC_OK : bdc_calibrate(b->graph, options);
    if (status != BDC_OK)
        failed = s->pictures.failed ? s->pictures.failed : build_report(b, name, status);
    return failed;
}

int build_compile(build *b, const char *name, const bdc_options *options)
{
    const recipe *r = &b->recipe;
    bdc_result_spec spec = {.kind = r->segment   ? BDF_RESULT_SEGMENT
                                    : r->sigmoid ? BDF_RESULT_SIGMOID
                                                 : BDF_RESULT_SOFTMAX,
                            .temperature = 1,
                            .scale = 1,
                            .mark_from = build_mark_from(b)};
    spec.gate_projected = spec.gate_features = b->gate.projected;
    spec.gate_projection = b->gate.projection;
    spec.gate_offset = b->gate.offset;
    spec.abstain_below = (uint32_t)((r->segment ? FIT_MASK_ABSTAIN : FIT_ABSTAIN) * 65536);
    if (b->has_fit) {
        spec.temperature = b->fit.temperature;
        spec.scale = 1 / b->fit.temperature;
        spec.interval = b->fit.interval;
        spec.abstain_below = b->fit.abstain_below;
        spec.gate_groups = b->gate.groups;
        spec.gate_mean = b->gate.mean;
        spec.gate_weight = b->gate.weight;
        spec.gate_limit = b->gate.limit;
        spec.set_from = b->fit.set_from;
        spec.set_coverage = b->fit.set_coverage;
    }
    bdc_status status = bdc_compile(b->graph, options, &spec, &b->compiled);
    return status == BDC_OK ? 0 : build_report(b, name, status);
}

static int check_labels(const build *b, const char *name)
{
    uint32_t outputs = b->compiled.labels, labels = b->recipe.label_count;
    bdc_shape mask;
    if (b->recipe.segment) /* of the optimised network: as many values as pixels */
        return bdc_output_shape(b->graph, 0, &mask) == BDC_OK && mask.channels == 1
                   ? 0
                   : cli_fail(BDS_E_INVALID, "the recipe's task is \"segment\", but %s has no output of one channel",
                              name);
    if (outputs == labels || (outputs == 1 && labels == 2 && b->recipe.sigmoid))
        return 0;
    return cli_fail(BDS_E_INVALID, "the recipe names %u labels, but %s has %u outputs", labels, name, outputs);
}

static int on_trial(void *cookie, const bdc_trial *t)
{
    const build *b = cookie;
    progress_end();
    fprintf(stderr, "  %-34.34s %10zu bytes  %9.3f %s%s\n", t->name, t->bytes, t->metric,
            b->has_measure ? "points" : "dB", t->allowed ? "" : "  outside the limits");
    return 0;
}

/* Lets the compiler choose classes, sparsity and coder, and makes the choice the options' own. */
static int search(build *b, const char *name, bdc_options *options)
{
    bdc_search_options o = {.base = options, .max_bytes = b->max_bytes, .max_trials = b->max_trials};
    int failed = 0;
    o.has_max_drop = b->has_max_drop;
    o.max_drop = b->max_drop;
    o.on_trial = on_trial;
    o.on_trial_cookie = b;
    if (b->has_measure) {
        measure_close(&b->measure);
        b->has_measure = 0;
    }
    if (b->val) {
        failed = measure_open(&b->measure, b->graph, b->has_recipe ? &b->recipe : NULL, b->val, b->metric,
                              options->keep_final && bdc_final_activation(b->graph) == BDC_FINAL_NONE);
        b->has_measure = 1;
        if (!failed)
            failed = measure_float(&b->measure, b->compiled.bytes, b->compiled.byte_count, &o.reference);
        o.has_reference = 1;
        o.measure = measure_file;
        o.measure_cookie = &b->measure;
    }
    bdc_status status = failed ? BDC_OK : bdc_search(b->graph, &o, &b->search);
    if (status != BDC_OK)
        failed = build_report(b, name, status);
    b->searched = !failed;
    if (failed)
        return failed;
    free(b->chosen);
    b->chosen = NULL;
    if (b->search.best >= b->search.trial_count)
        return cli_fail(BDS_E_LIMIT, "no file within the limits was found; the table above says how near they came");
    const bdc_trial *best = &b->search.trials[b->search.best];
    b->chosen = malloc((best->choice_count + 1) * sizeof *b->chosen);
    if (!b->chosen)
        return cli_fail(BDS_E_ARENA, "out of memory");
    memcpy(b->chosen, best->choices, best->choice_count * sizeof *b->chosen);
    options->choices = b->chosen;
    options->choice_count = best->choice_count;
    options->coder = best->coder;
    b->compiled = b->search.compiled;
    return 0;
}

/* A choice for a layer that is not there is a mistake, not a wish. */
static int check_choices(const build *b, const bdc_options *options)
{
    for (uint32_t i = 0; i < options->choice_count; i++) {
        const char *name = options->choices[i].name;
        uint32_t k = 0;
        while (name && k < b->compiled.layer_count && strcmp(b->compiled.layers[k].name, name) != 0)
            k++;
        if (name && k == b->compiled.layer_count)
            return cli_fail(BDS_E_ARGUMENT,
                            "there is no layer named '%s'; without --layers and --wide the table names all", name);
    }
    return 0;
}

/* Search, fit and the result section, within the limit: what the result adds counts too. */
static int finish(build *b, const char *name, bdc_options *options, metadata *m)
{
    const bdc_options given = *options;
    const size_t limit = b->max_bytes;
    for (int attempt = 0; attempt < 3; attempt++) {
        int failed = 0;
        *options = given;
        if (b->max_bytes || b->has_max_drop)
            failed = search(b, name, options);
        if (!failed && b->fits) {
            b->has_fit = 0;
            fit_free(&b->fit);
            gate_free(&b->gate);
            m->count = given.meta_count;
            failed = build_fit(b, name, options);
            add_fit(m, b);
            options->meta_count = m->count;
        }
        if (!failed && b->has_recipe)
            failed = build_compile(b, name, options);
        if (failed || !limit || b->compiled.byte_count <= limit)
            return failed;
        const size_t over = b->compiled.byte_count - limit;
        if (over >= b->max_bytes)
            break;
        b->max_bytes -= over;
    }
    return cli_fail(
        BDS_E_LIMIT,
        "no file of at most %zu bytes was found that holds the intervals and the gate, too; --no-fit leaves them out",
        limit);
}

int build_model(build *b, const char *name, const uint8_t *network, size_t n)
{
    metadata m;
    bdc_image_input image = {0};
    bdc_options options = b->techniques;
    int failed = import(b, name, network, n);
    if (failed)
        return failed;
    b->network_bytes = n;
    options.keep_final = !b->has_recipe;
    bdc_status status = bdc_optimise(b->graph, (options.keep_final ? BDC_KEEP_FINAL : 0) |
                                                   (options.keep_dead_channels ? BDC_KEEP_DEAD_CHANNELS : 0));
    if (status != BDC_OK)
        return build_report(b, name, status);
    b->quantised = bdc_is_quantised(b->graph);
    failed = check_input(b, name);
    if (!failed)
        failed = fill_metadata(&m, b, name, network, n);
    if (failed)
        return failed;
    if (b->has_recipe && !b->recipe.beats) {
        fill_image(&image, &b->recipe);
        options.image = &image;
        options.segment = b->recipe.segment;
    }
    options.no_gate = b->recipe.no_gate || !b->fits;
    options.gate_layer = b->recipe.gate_layer;
    options.meta = m.text;
    options.meta_count = m.count;
    if (b->has_recipe && !b->quantised)
        failed = compile_first(b, name, &options);
    if (!failed)
        failed = calibrate(b, name, &options);
    if (!failed) {
        status = bdc_compile(b->graph, &options, 0, &b->compiled);
        failed = status == BDC_OK ? 0 : b->source.pictures.failed;
        if (!failed && status != BDC_OK)
            failed = build_report(b, name, status);
    }
    if (!failed && b->has_recipe)
        failed = check_labels(b, name);
    if (!failed)
        failed = check_choices(b, &options);
    if (!failed)
        failed = finish(b, name, &options, &m);
    /* What is written must open: a compiler's mistake shows here and not at the bedside. */
    return failed ? failed
                  : session_open_copy(&b->final, name, b->compiled.bytes, b->compiled.byte_count,
                                      b->mcu ? 0 : BDS_CPU_ALL);
}
