/* bedside run: examine pictures.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>

#include "cli.h"
#include "format.h"
#include "json_write.h"
#include "options.h"
#include "picture.h"
#include "run_tensors.h"
#include "session.h"

typedef struct doubt {
    uint32_t bit;
    const char *name, *words;
} doubt;

static const doubt doubts[] = {
    {BDS_DOUBT_UNSURE, "unsure", "the certainty of the answer is under the model's limit"},
    {BDS_DOUBT_UNKNOWN, "unknown", "the picture is unlike anything the model has learned from"},
    {BDS_DOUBT_COLOUR, "colour", "the picture is colourful, but the model expects a grey one"},
    {BDS_DOUBT_SMALL, "small", "the picture has fewer pixels than the network's input"},
};
#define DOUBT_COUNT (sizeof doubts / sizeof *doubts)

typedef struct layer {
    const char *name;
    uint32_t dims[3];
    int32_t least, most;
    double scale;
    int32_t zero_point;
} layer;

typedef struct layers {
    layer *list; /* null: not asked for */
    uint32_t count;
} layers;

static void observe(void *cookie, uint32_t step, uint32_t steps, const char *name, const bds_tensor *out)
{
    layers *l = cookie;
    (void)steps;
    if (step >= l->count)
        return;
    layer *y = &l->list[step];
    uint32_t n = out->dims[1] * out->dims[2] * out->dims[3];
    *y = (layer){name,           {out->dims[1], out->dims[2], out->dims[3]}, INT32_MAX, INT32_MIN, (double)out->scale,
                 out->zero_point};
    for (uint32_t i = 0; i < n; i++) {
        int32_t v = out->type == BDS_INT16 ? ((const int16_t *)out->data)[i] : ((const int8_t *)out->data)[i];
        y->least = v < y->least ? v : y->least;
        y->most = v > y->most ? v : y->most;
    }
}

static void print_layers(const layers *l)
{
    for (uint32_t i = 0; i < l->count; i++) {
        const layer *y = &l->list[i];
        printf("  %3u %-16s %4u x %4u x %4u   stored %6d .. %6d   real %10.4f .. %10.4f\n", i, y->name, y->dims[0],
               y->dims[1], y->dims[2], y->least, y->most, y->scale * (y->least - y->zero_point),
               y->scale * (y->most - y->zero_point));
    }
}

static void write_layers(json_writer *w, const layers *l)
{
    json_open(w, "layers", '[');
    for (uint32_t i = 0; i < l->count; i++) {
        json_open(w, 0, '{');
        json_put_string(w, "op", l->list[i].name);
        json_put_whole(w, "min", l->list[i].least);
        json_put_whole(w, "max", l->list[i].most);
        json_put_real(w, "scale", l->list[i].scale, 9);
        json_put_whole(w, "zero_point", l->list[i].zero_point);
        json_close(w, '}');
    }
    json_close(w, ']');
}

static void print_doubts(uint32_t bits, uint32_t distance, uint32_t limit)
{
    if (limit)
        printf("  distance to the training pictures %.2f, limit %.2f\n", distance / 256.0, limit / 256.0);
    for (size_t i = 0; i < DOUBT_COUNT; i++)
        if (bits & doubts[i].bit)
            printf("  doubt: %s\n", doubts[i].words);
}

static void write_doubts(json_writer *w, uint32_t bits, uint32_t distance, uint32_t limit)
{
    json_put_bool(w, "sure", bits == 0);
    json_open(w, "doubts", '[');
    for (size_t i = 0; i < DOUBT_COUNT; i++)
        if (bits & doubts[i].bit)
            json_put_string(w, 0, doubts[i].name);
    json_close(w, ']');
    json_put_whole(w, "distance", distance);
    json_put_whole(w, "distance_limit", limit);
}

static double percent(uint32_t q16)
{
    return 100.0 * q16 / 65536;
}

/* Doubts before figures, and no label in the first line of an answer that is in doubt: it would look like one. */
static void print_findings(const session *s, const char *path, const bds_finding *f, size_t n, const bds_verdict *v)
{
    size_t length;
    const char *label = session_label(s, f[v->top].label, &length);
    if (v->doubts)
        printf("%s: not sure\n", path);
    else
        printf("%s: of the network's labels \"%.*s\" leads, %.1f %%\n", path, (int)length, label,
               percent(f[v->top].probability));
    print_doubts(v->doubts, v->distance, v->distance_limit);
    for (size_t i = 0; i < n; i++) {
        label = session_label(s, f[i].label, &length);
        printf("  %-24.*s %5.1f %%   95 %% of the calibration: %5.1f to %5.1f %%\n", (int)length, label,
               percent(f[i].probability), percent(f[i].low), percent(f[i].high));
    }
    if (s->info.set_coverage) {
        uint32_t held = 0;
        printf("  set of %.0f %% coverage:", percent(s->info.set_coverage));
        for (size_t i = 0; i < n; i++) {
            label = session_label(s, f[i].label, &length);
            if (f[i].in_set)
                printf("%s %.*s", held++ ? "," : "", (int)length, label);
        }
        puts(held ? "" : " empty");
    }
}

/* Nothing that is marked is not nothing that is there. */
static void print_marking(const session *s, const char *path, const bds_marking *m)
{
    size_t length;
    const char *label = session_label(s, 0, &length);
    const double pixels = (double)s->info.mask_width * s->info.mask_height;
    printf("%s: %s", path, m->doubts ? "not sure; " : "");
    if (m->marked)
        printf("%.*s marked in %.2f %% of the picture\n", (int)length, label, 100 * (m->marked / pixels));
    else
        puts("nothing was marked");
    printf("  certainty %.1f %%\n", percent(m->certainty));
    print_doubts(m->doubts, m->distance, m->distance_limit);
}

static void write_marking(json_writer *w, const session *s, const bds_marking *m)
{
    size_t length;
    const char *label = session_label(s, 0, &length);
    json_put_text(w, "label", label, length);
    json_put_whole(w, "marked", m->marked);
    json_put_real(w, "area", m->marked / ((double)s->info.mask_width * s->info.mask_height), 6);
    json_put_whole(w, "certainty_q16", m->certainty);
    json_put_real(w, "certainty", m->certainty / 65536.0, 6);
    write_doubts(w, m->doubts, m->distance, m->distance_limit);
}

static void write_findings(json_writer *w, const session *s, const bds_finding *f, size_t n, const bds_verdict *v)
{
    size_t length;
    const char *label = session_label(s, f[v->top].label, &length);
    json_put_text(w, "top", label, length);
    write_doubts(w, v->doubts, v->distance, v->distance_limit);
    json_open(w, "findings", '[');
    for (size_t i = 0; i < n; i++) {
        json_open(w, 0, '{');
        label = session_label(s, f[i].label, &length);
        json_put_text(w, "label", label, length);
        json_put_whole(w, "probability_q16", f[i].probability);
        json_put_real(w, "probability", f[i].probability / 65536.0, 6);
        json_put_real(w, "low", f[i].low / 65536.0, 6);
        json_put_real(w, "high", f[i].high / 65536.0, 6);
        json_put_whole(w, "logit", f[i].logit);
        if (s->info.set_coverage)
            json_put_bool(w, "in_set", (int)f[i].in_set);
        json_close(w, '}');
    }
    json_close(w, ']');
}

/* A model without a result section: the stored numbers of its first output. */
static void show_raw(json_writer *w, const char *path, const bds_tensor *out)
{
    uint32_t n = out->dims[1] * out->dims[2] * out->dims[3];
    if (w)
        json_open(w, "output", '[');
    else
        printf("%s: output", path);
    for (uint32_t i = 0; i < n; i++) {
        int32_t v = out->type == BDS_INT16 ? ((const int16_t *)out->data)[i] : ((const int8_t *)out->data)[i];
        double real = (double)out->scale * (v - out->zero_point);
        if (w)
            json_put_real(w, 0, real, 6);
        else if (i < 16)
            printf(" %g", real);
    }
    if (w)
        json_close(w, ']');
    else
        puts(n > 16 ? " ..." : "");
}

static int examine(session *s, const char *path, picture *p, layers *l, json_writer *w)
{
    int failed = picture_load(p, path);
    if (failed)
        return failed;
    bds_finding findings[BDF_MAX_LABELS];
    size_t n = BDF_MAX_LABELS;
    bds_verdict verdict;
    bds_marking marking;
    bds_tensor out;
    const int marks = s->info.mask_width != 0;
    bds_status status = bds_prepare_image(s->plan, 0, &p->image);
    if (status == BDS_OK)
        status = bds_run(s->plan);
    if (status == BDS_OK)
        status = marks             ? bds_mask(s->plan, NULL, NULL, SIZE_MAX, &marking)
                 : s->model.result ? bds_result(s->plan, findings, &n, &verdict)
                                   : bds_output(s->plan, 0, &out);
    if (status != BDS_OK)
        return cli_fail(status, "%s: %s", path, bds_status_text(status));
    if (w) {
        json_open(w, 0, '{');
        json_put_string(w, "picture", path);
    }
    if (!s->model.result)
        show_raw(w, path, &out);
    else if (marks && w)
        write_marking(w, s, &marking);
    else if (marks)
        print_marking(s, path, &marking);
    else if (w)
        write_findings(w, s, findings, n, &verdict);
    else
        print_findings(s, path, findings, n, &verdict);
    if (w && l->list)
        write_layers(w, l);
    else if (l->list)
        print_layers(l);
    if (w)
        json_close(w, '}');
    return 0;
}

int cmd_run(int argc, char **argv)
{
    enum { JSON, LAYERS, CPU, TENSORS, OUT, OPTION_COUNT };
    cli_option options[] = {{"--json", 0, 0}, {"--layers", 0, 0}, {"--cpu", 1, 0}, {"--tensors", 1, 0}, {"-o", 1, 0}};
    int operands;
    uint32_t cpu;
    int failed = options_parse("run", argc, argv, options, OPTION_COUNT, &operands);
    if (!failed && !options[TENSORS].value != !options[OUT].value)
        failed = cli_usage("run", "--tensors and -o belong together");
    if (!failed && options[TENSORS].value && operands != 1)
        failed = cli_usage("run", "with --tensors one model or network is needed, and no picture");
    if (!failed && !options[TENSORS].value && operands < 2)
        failed = cli_usage("run", "a .bds file and at least one picture are needed");
    if (!failed)
        failed = session_cpu("run", options[CPU].value, &cpu);
    if (!failed && options[TENSORS].value)
        return run_tensors(argv[0], options[TENSORS].value, options[OUT].value, cpu);
    session s;
    if (failed || (failed = session_open_file(&s, argv[0], cpu, 0)))
        return failed;
    picture p = {0};
    json_writer writer, *w = options[JSON].value ? &writer : 0;
    layers l = {0, s.info.operators};
    if (options[LAYERS].value) {
        l.list = calloc(l.count, sizeof *l.list);
        bds_observe(s.plan, l.list ? observe : 0, &l);
    }
    if (w) {
        char hex[65];
        json_begin(w, stdout);
        session_hex(hex, s.info.sha256);
        json_put_string(w, "model_sha256", hex);
        json_open(w, "pictures", '[');
    }
    int answered = 0;
    for (int i = 1; i < operands; i++) {
        const int wrong = examine(&s, argv[i], &p, &l, w);
        answered |= !wrong;
        failed |= wrong;
    }
    if (w) {
        json_close(w, ']');
        json_end(w);
    } else if (answered && s.model.result) {
        puts("Labels are the network's own: none is a diagnosis, and none rules anything out. Not a medical device.");
    }
    free(l.list);
    picture_free(&p);
    session_close(&s);
    return failed;
}
