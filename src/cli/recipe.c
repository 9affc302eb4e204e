/* SPDX-License-Identifier: MIT */
#include "recipe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "file.h"
#include "format.h"

static const char *text_of(const json *doc, const json_value *object, const char *name)
{
    const json_value *v = json_member(doc, object, name);
    return v && v->kind == JSON_STRING ? v->text : "";
}

static uint32_t whole_of(const json *doc, const json_value *object, const char *name, uint32_t otherwise)
{
    const json_value *v = json_member(doc, object, name);
    if (!v || v->kind != JSON_NUMBER || !(v->number >= 0 && v->number <= 65535))
        return otherwise;
    return (uint32_t)v->number;
}

/* A string, or an array of strings as lines. Null only when memory is out. */
static char *lines_of(const json *doc, const json_value *v)
{
    int is_list = v && v->kind == JSON_ARRAY;
    size_t n = 1;
    for (const json_value *e = is_list ? json_first(doc, v) : v; e; e = is_list ? json_next(doc, e) : 0)
        n += e->kind == JSON_STRING ? strlen(e->text) + 1 : 0;
    char *lines = malloc(n), *out = lines;
    if (!lines)
        return 0;
    for (const json_value *e = is_list ? json_first(doc, v) : v; e; e = is_list ? json_next(doc, e) : 0) {
        if (e->kind != JSON_STRING)
            continue;
        size_t m = strlen(e->text);
        if (out != lines)
            *out++ = '\n';
        memcpy(out, e->text, m);
        out += m;
    }
    *out = 0;
    return lines;
}

/* The text without white space outside strings; the text is known to be JSON. */
static char *compacted(const char *text, size_t n)
{
    char *copy = malloc(n + 1), *out = copy;
    int quoted = 0;
    for (size_t i = 0; copy && i < n; i++) {
        char c = text[i];
        if (quoted && c == '\\') {
            *out++ = c;
            *out++ = text[++i];
            continue;
        }
        if (c == '"')
            quoted = !quoted;
        if (quoted || (c != ' ' && c != '\n' && c != '\r' && c != '\t'))
            *out++ = c;
    }
    if (copy)
        *out = 0;
    return copy;
}

static int read_labels(recipe *r, const char *path)
{
    const json_value *list = json_member(&r->doc, r->doc.values, "labels");
    if (!list || list->kind != JSON_ARRAY || !list->count || list->count > RECIPE_MAX_LABELS)
        return cli_fail(BDS_E_INVALID, "%s: \"labels\" must be a list of 1 to %u names", path, RECIPE_MAX_LABELS);
    for (const json_value *e = json_first(&r->doc, list); e; e = json_next(&r->doc, e)) {
        if (e->kind != JSON_STRING || !*e->text || strpbrk(e->text, "\n/\\"))
            return cli_fail(BDS_E_INVALID, "%s: a label must be a name of one line without slashes", path);
        r->labels[r->label_count++] = e->text;
    }
    r->label_lines = lines_of(&r->doc, list);
    r->positive = whole_of(&r->doc, r->doc.values, "positive", r->label_count > 1 ? 1 : 0);
    if (r->positive >= r->label_count && r->label_count > 1)
        return cli_fail(BDS_E_INVALID, "%s: \"positive\" must be the index of a label", path);
    return 0;
}

static int read_numbers(const recipe *r, const json_value *input, const char *name, double *out, const char *path)
{
    const json_value *list = json_member(&r->doc, input, name);
    uint32_t n = 0;
    if (!list || list->kind != JSON_ARRAY || list->count != r->channels)
        return cli_fail(BDS_E_INVALID, "%s: \"input\": \"%s\" must have one number per channel", path, name);
    for (const json_value *e = json_first(&r->doc, list); e; e = json_next(&r->doc, e)) {
        if (e->kind != JSON_NUMBER)
            return cli_fail(BDS_E_INVALID, "%s: \"input\": \"%s\" must have one number per channel", path, name);
        out[n++] = e->number;
    }
    return 0;
}

static int read_input(recipe *r, const char *path)
{
    const json_value *input = json_member(&r->doc, r->doc.values, "input");
    const char *crop = text_of(&r->doc, input, "crop");
    r->width = whole_of(&r->doc, input, "width", 0);
    r->height = whole_of(&r->doc, input, "height", 0);
    r->channels = whole_of(&r->doc, input, "channels", 0);
    if (!r->width || !r->height || (r->channels != 1 && r->channels != 3))
        return cli_fail(BDS_E_INVALID, "%s: \"input\" must state width, height and channels (1 or 3)", path);
    if (strcmp(crop, "center-square") == 0)
        r->crop = BDF_CROP_CENTRE_SQUARE;
    else if (*crop && strcmp(crop, "none") != 0)
        return cli_fail(BDS_E_INVALID, "%s: \"crop\" must be \"center-square\" or \"none\", not \"%s\"", path, crop);
    int failed = read_numbers(r, input, "mean", r->mean, path);
    if (!failed)
        failed = read_numbers(r, input, "std", r->std, path);
    for (uint32_t c = 0; c < r->channels && !failed; c++)
        if (!(r->std[c] > 0))
            failed = cli_fail(BDS_E_INVALID, "%s: \"std\" must be above zero", path);
    return failed;
}

/* A share strictly between 0 and 1. */
static int read_share(const recipe *r, const json_value *output, const char *name, double otherwise, double *to,
                      const char *path)
{
    const json_value *v = json_member(&r->doc, output, name);
    *to = v ? v->number : otherwise;
    if (v && (v->kind != JSON_NUMBER || !(v->number > 0 && v->number < 1)))
        return cli_fail(BDS_E_INVALID, "%s: \"output\": \"%s\" must be a number between 0 and 1", path, name);
    return 0;
}

static int read_output(recipe *r, const char *path)
{
    const json *doc = &r->doc;
    const json_value *output = json_member(doc, doc->values, "output"), *gate = json_member(doc, doc->values, "gate");
    const char *activation = text_of(doc, output, "activation");
    r->segment = strcmp(r->task, "segment") == 0;
    r->sigmoid = strcmp(activation, "sigmoid") == 0;
    if (*activation && !r->sigmoid && strcmp(activation, "softmax") != 0)
        return cli_fail(BDS_E_INVALID, "%s: \"activation\" must be \"softmax\" or \"sigmoid\", not \"%s\"", path,
                        activation);
    if (r->segment && *activation && !r->sigmoid)
        return cli_fail(BDS_E_INVALID, "%s: the \"activation\" of a mask is \"sigmoid\"", path);
    if (r->segment && r->label_count > 2)
        return cli_fail(BDS_E_INVALID, "%s: a mask has one label, or that and the background's", path);
    if (gate && gate->kind == JSON_STRING)
        r->gate_layer = gate->text;
    else if (gate && gate->kind == JSON_FALSE)
        r->no_gate = 1;
    else if (gate && gate->kind != JSON_TRUE)
        return cli_fail(BDS_E_INVALID, "%s: \"gate\" is true, false or a layer's name", path);
    int failed = read_share(r, output, "threshold", 0.5, &r->threshold, path);
    return failed ? failed : read_share(r, output, "coverage", 0.9, &r->coverage, path);
}

static int read_all(recipe *r, const char *path)
{
    const json *doc = &r->doc;
    const json_value *root = doc->values;
    if (root->kind != JSON_OBJECT)
        return cli_fail(BDS_E_INVALID, "%s: the recipe must be an object", path);
    r->name = text_of(doc, root, "name");
    r->title = text_of(doc, root, "title");
    r->task = text_of(doc, root, "task");
    r->licence = text_of(doc, root, "licence");
    r->intended_use = text_of(doc, root, "intended_use");
    r->citation = lines_of(doc, json_member(doc, root, "citation"));
    r->limits = lines_of(doc, json_member(doc, root, "limits"));
    if (!*r->name)
        return cli_fail(BDS_E_INVALID, "%s: \"name\" is missing", path);
    int failed = read_labels(r, path);
    r->beats = strcmp(r->task, "beats") == 0;
    if (!failed)
        failed = read_output(r, path);
    if (!failed && !r->beats)
        failed = read_input(r, path);
    if (!failed && (!r->citation || !r->limits || !r->label_lines || !r->card))
        failed = cli_fail(BDS_E_ARENA, "out of memory");
    return failed;
}

int recipe_load(recipe *r, const char *path)
{
    uint8_t *bytes;
    size_t n;
    memset(r, 0, sizeof *r);
    int failed = file_read(path, JSON_MAX_BYTES, &bytes, &n);
    if (failed)
        return failed;
    if (!json_parse(&r->doc, (const char *)bytes, n)) {
        failed = cli_fail(BDS_E_FORMAT, "%s, line %u: %s", path, r->doc.line, r->doc.error);
    } else {
        r->card = compacted((const char *)bytes, n);
        failed = read_all(r, path);
    }
    free(bytes);
    if (failed)
        recipe_free(r);
    return failed;
}

/* {"conv1": "int8", ...} as "conv1=int8,..."; 0 when memory is out. */
static char *joined(const json *doc, const json_value *object)
{
    size_t n = 1;
    for (const json_value *e = json_first(doc, object); e; e = json_next(doc, e))
        n += strlen(e->name) + (e->kind == JSON_STRING ? strlen(e->text) : 0) + 2;
    char *text = malloc(n), *end = text;
    for (const json_value *e = json_first(doc, object); text && e; e = json_next(doc, e))
        end += sprintf(end, "%s%s=%s", end == text ? "" : ",", e->name, e->kind == JSON_STRING ? e->text : "");
    if (text)
        *end = 0;
    return text;
}

static cli_option *named(cli_option *options, int count, const char *name)
{
    for (int i = 0; i < count; i++)
        if (strcmp(options[i].name + 2, name) == 0)
            return &options[i];
    return NULL;
}

int recipe_options(recipe *r, cli_option *options, int count, const char *path)
{
    const json *doc = &r->doc;
    const json_value *list = json_member(doc, doc->values, "compile");
    if (list && list->kind != JSON_OBJECT)
        return cli_fail(BDS_E_INVALID, "%s: \"compile\" must be an object of options", path);
    for (const json_value *e = json_first(doc, list); e; e = json_next(doc, e)) {
        cli_option *option = named(options, count, e->name);
        const int layers = option && strcmp(e->name, "layers") == 0 && e->kind == JSON_OBJECT;
        if (!option || (option->takes_value ? e->kind != JSON_STRING && !layers : e->kind != JSON_TRUE))
            return cli_fail(BDS_E_INVALID, "%s: \"compile\": \"%s\" is no option, or not of that form", path, e->name);
        if (option->value)
            continue; /* the command line decides */
        if (layers && !(r->layers = joined(doc, e)))
            return cli_fail(BDS_E_ARENA, "out of memory");
        option->value = layers ? r->layers : e->kind == JSON_STRING ? e->text : option->name;
    }
    return 0;
}

void recipe_free(recipe *r)
{
    free(r->layers);
    json_free(&r->doc);
    free(r->card);
    free(r->citation);
    free(r->limits);
    free(r->label_lines);
    memset(r, 0, sizeof *r);
}
