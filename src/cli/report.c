/* SPDX-License-Identifier: MIT */
#include "report.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli.h"
#include "compare.h"
#include "memory_svg.h"
#include "techniques.h"

#define COMPARED_SAMPLES 16u

/* Text from a file: no markup. */
static void put(FILE *to, const char *text)
{
    for (; *text; text++) {
        if (*text == '<')
            fputs("&lt;", to);
        else if (*text == '&')
            fputs("&amp;", to);
        else
            fputc(*text, to);
    }
}

static void head(FILE *to, const char *name)
{
    fputs("<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" "
          "content=\"width=device-width, initial-scale=1\">\n<title>Bedside: how ",
          to);
    put(to, name);
    fputs(
        " was compiled</title>\n<style>body{font:15px/1.5 system-ui,sans-serif;margin:2rem "
        "auto;max-width:64rem;padding:0 1rem;color:#123;background:#fff}table{border-collapse:collapse;font-size:13px;"
        "width:100%}th,td{padding:.2rem .5rem;text-align:right;border-bottom:1px solid #ddd}th:first-child,"
        "td:first-child,th.l,td.l{text-align:left}th,td{white-space:nowrap}.wide "
        "td:first-child{max-width:20rem;overflow:hidden;text-overflow:ellipsis}tr.best{background:#e7f2e7;font-weight:"
        "bold}svg{width:100%;height:"
        "auto;border:1px solid #ddd}.wide{overflow-x:auto}</style>\n<h1>How ",
        to);
    put(to, name);
    fputs(" was compiled</h1>\n<p><strong>Bedside is not a medical device.</strong></p>\n", to);
}

static void summary(FILE *to, const build *b)
{
    const bdc_compiled *c = &b->compiled;
    fprintf(to,
            "<h2>Summary</h2>\n<table><tbody><tr><td>network file</td><td>%zu bytes</td></tr><tr><td>compiled "
            "file</td><td>%zu bytes</td></tr><tr><td>layers</td><td>%u</td></tr><tr><td>multiply-accumulates</td><td>"
            "%llu</td></tr><tr><td>weights</td><td>%u in %u bytes (%.2f bits each)</td></tr><tr><td>sparsity S, the "
            "share of weights that are 0</td><td>%.2f %%</td></tr><tr><td>activations</td><td>%u bytes</td></tr>"
            "<tr><td>arena on this machine</td><td>%zu bytes</td></tr></tbody></table>\n",
            b->network_bytes, c->byte_count, c->layer_count, (unsigned long long)c->macs, c->weight_count,
            c->weight_bytes, c->weight_count ? 8.0 * c->weight_bytes / c->weight_count : 0, 100 * c->sparsity,
            c->activation_bytes, b->final.arena_bytes);
}

static void memory(FILE *to, const build *b)
{
    const bds_model *m = &b->final.model;
    lifetime *list = calloc(m->tensor_count, sizeof *list);
    fputs("<h2>Memory plan</h2>\n", to);
    if (list) {
        lifetime_find(list, m);
        memory_svg_draw(to, list, m);
    }
    free(list);
}

/* A point for each file that was tried: bytes to the right, the metric upwards. */
static void chart(FILE *to, const bdc_search_result *r)
{
    double most = 1, low = INFINITY, high = -INFINITY;
    for (uint32_t i = 0; i < r->trial_count; i++) {
        most = fmax(most, (double)r->trials[i].bytes);
        low = fmin(low, r->trials[i].metric);
        high = fmax(high, r->trials[i].metric);
    }
    if (!(high > low))
        high = low + 1;
    fputs("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 960 320\" role=\"img\" font-family=\"sans-serif\" "
          "font-size=\"12\"><title>Files tried: size and metric</title>\n",
          to);
    for (int i = 0; i <= 4; i++) {
        double x = 70 + 860 * i / 4.0, y = 280 - 250 * i / 4.0;
        fprintf(to,
                "<path d=\"M70 %.1fH930M%.1f 30V280\" stroke=\"#ddd\"/><text x=\"%.1f\" y=\"298\" "
                "text-anchor=\"middle\">%.1f KiB</text><text x=\"64\" y=\"%.1f\" text-anchor=\"end\">%.2f</text>\n",
                y, x, x, most * i / 4 / 1024, y + 4, low + (high - low) * i / 4);
    }
    for (uint32_t i = 0; i < r->trial_count; i++) {
        const bdc_trial *t = &r->trials[i];
        double x = 70 + 860 * (double)t->bytes / most, y = 280 - 250 * (t->metric - low) / (high - low);
        fputs("<g><title>", to);
        put(to, t->name);
        fprintf(to, ": %zu bytes, %.3f</title>", t->bytes, t->metric);
        if (i == r->best) /* a diamond, named */
            fprintf(
                to,
                "<path d=\"M%.1f %.1fl8 8l-8 8l-8 -8z\" fill=\"#1a6b3c\"/><text x=\"%.1f\" y=\"%.1f\">chosen</text>", x,
                y - 8, x + 11, y + 4);
        else if (t->allowed)
            fprintf(to, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"5\" fill=\"#2b6cb0\"/>", x, y);
        else /* a cross */
            fprintf(to, "<path d=\"M%.1f %.1fl8 8m0 -8l-8 8\" stroke=\"#b04a2b\" stroke-width=\"2\"/>", x - 4, y - 4);
        fputs("</g>\n", to);
    }
    fputs("<text x=\"500\" y=\"316\" text-anchor=\"middle\">bytes of the file; circles are within the limits, crosses "
          "outside</text></svg>\n",
          to);
}

static void searched(FILE *to, const build *b)
{
    const bdc_search_result *r = &b->search;
    const char *unit = b->has_measure ? "points" : "dB";
    if (!b->searched)
        return;
    fprintf(to, "<h2>Search</h2>\n<p>Reference: %.3f %s.</p>\n", r->reference, unit);
    chart(to, r);
    fprintf(to,
            "<div class=\"wide\"><table><thead><tr><th>tried</th><th>bytes</th><th>%s</th><th>within the "
            "limits</th></tr></thead><tbody>\n",
            unit);
    for (uint32_t i = 0; i < r->trial_count; i++) {
        const bdc_trial *t = &r->trials[i];
        fprintf(to, "<tr%s><td>", i == r->best ? " class=\"best\"" : "");
        put(to, t->name);
        fprintf(to, "</td><td>%zu</td><td>%.3f</td><td>%s%s</td></tr>\n", t->bytes, t->metric,
                t->allowed ? "yes" : "no", i == r->best ? ", chosen" : "");
    }
    fputs(
        "</tbody></table></div>\n<h3>What each layer bears</h3>\n<p>One option of one layer at a time: noise at the "
        "outputs relative to the signal, and the layer's bytes.</p><div class=\"wide\"><table><thead><tr><th>layer</th>"
        "<th class=\"l\">weights</th><th>zeros</th><th>bytes</th><th>noise</th></tr></thead><tbody>\n",
        to);
    for (uint32_t i = 0; i < r->sensitivity_count; i++) {
        const bdc_sensitivity *s = &r->sensitivities[i];
        fputs("<tr><td>", to);
        put(to, s->layer);
        fprintf(to, "</td><td class=\"l\">%s</td><td>%.0f %%</td><td>%u</td><td>%.3g</td></tr>\n",
                technique_weights_name(s->weights), 100 * s->sparsity, s->bytes, s->noise);
    }
    fputs("</tbody></table></div>\n", to);
}

/* Layers, with their errors where samples were given. */
static void layers(FILE *to, const build *b, const comparison *errors)
{
    const bdc_compiled *c = &b->compiled;
    fputs("<h2>Layers</h2>\n<div class=\"wide\"><table><thead><tr><th>tensor</th><th class=\"l\">kind</th><th>in</th>"
          "<th>out</th><th>MACs</th><th>weights</th><th>class</th><th>zeros</th><th>bytes</th><th>signal/noise</th>"
          "<th>worst error</th></tr></thead><tbody>\n",
          to);
    for (uint32_t i = 0; i < c->layer_count; i++) {
        const bdc_layer *y = &c->layers[i];
        fputs("<tr><td>", to);
        put(to, y->name);
        fprintf(to, "</td><td class=\"l\">%s</td><td>%u x %u x %u</td><td>%u x %u x %u</td><td>%llu</td>", y->kind,
                y->input[0], y->input[1], y->input[2], y->output[0], y->output[1], y->output[2],
                (unsigned long long)y->macs);
        if (y->weight_count)
            fprintf(to, "<td>%u</td><td>%s</td><td>%.1f %%</td><td>%u</td>", y->weight_count,
                    technique_weights_name(y->weights), 100.0 * y->zero_count / y->weight_count, y->weight_bytes);
        else
            fputs("<td></td><td></td><td></td><td></td>", to);
        const compared *e = i < errors->count && errors->layers[i].matched ? &errors->layers[i] : NULL;
        if (e && e->noise > 0)
            fprintf(to, "<td>%.1f dB</td><td>%.4g</td></tr>\n", compare_decibels(e), e->worst);
        else
            fprintf(to, "<td>%s</td><td></td></tr>\n", e ? "equal" : "");
    }
    fputs("</tbody></table></div>\n", to);
    if (errors->count && errors->output.matched && errors->output.noise > 0)
        fprintf(to, "<p>Outputs against the float network over %u samples: %.1f dB.</p>\n", errors->samples,
                compare_decibels(&errors->output));
}

int report_write(const char *path, build *b, const char *name)
{
    comparison errors = {0};
    bdc_options given = {0};
    source *s = &b->source;
    int failed = 0;
    if (s->has_preparer || s->has_numbers) {
        given.sample = s->has_preparer ? samples_give : tensors_give;
        given.sample_cookie = s->has_preparer ? (void *)&s->pictures : (void *)&s->numbers;
        uint32_t count = s->has_preparer ? s->pictures.count : s->numbers.count;
        failed = compare_layers(&errors, b->graph, &b->error, &b->final, given.sample, given.sample_cookie,
                                count < COMPARED_SAMPLES ? count : COMPARED_SAMPLES);
    }
    if (failed)
        return failed;
    FILE *to = fopen(path, "w");
    if (to) {
        head(to, name);
        summary(to, b);
        searched(to, b);
        memory(to, b);
        layers(to, b, &errors);
        fputs("</html>\n", to);
    }
    compare_free(&errors);
    if (!to || ferror(to) || fclose(to))
        return cli_fail(BDS_E_ARGUMENT, "cannot write %s", path);
    return 0;
}
