/* SPDX-License-Identifier: MIT */
#include "techniques.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

static const char *const weights_names[] = {"int8", "7-bit", "4-bit", "3-bit", "ternary", "power-of-two"};
static const char *const coder_names[] = {"adaptive", "static", "raw"};
static const char *const method_names[] = {"mse", "percentile", "minmax"};

const char *technique_weights_name(bdc_weights weights)
{
    return (unsigned)weights < 6 ? weights_names[weights] : "unknown";
}

const char *technique_describe(const bdc_choice *c)
{
    static char buffers[8][64];
    static int next;
    char *text = buffers[next++ & 7];
    int n = snprintf(text, sizeof buffers[0], "%s", technique_weights_name(c->weights));
    if (c->pruning == BDC_PRUNE_N_M)
        snprintf(text + n, sizeof buffers[0] - (size_t)n, " %u:%u", c->n, c->m);
    else if (c->pruning != BDC_PRUNE_NONE)
        snprintf(text + n, sizeof buffers[0] - (size_t)n, " %s%.0f %%",
                 c->pruning == BDC_PRUNE_CHANNELS ? "channels " : "zeros ", 100 * c->sparsity);
    return text;
}

static int one_of(const char *command, const cli_option *option, const char *const *names, int count, int *value)
{
    for (int i = 0; i < count; i++)
        if (strcmp(option->value, names[i]) == 0) {
            *value = i;
            return 0;
        }
    char list[160];
    int at = 0;
    for (int i = 0; i < count; i++)
        at += snprintf(list + at, sizeof list - (size_t)at, "%s%s", i ? ", " : "", names[i]);
    return cli_usage(command, "%s is one of %s, not '%s'", option->name, list, option->value);
}

static int share(const char *text, double *value)
{
    char *end;
    *value = strtod(text, &end);
    return end != text && !*end && *value >= 0 && *value < 1;
}

/* "0.5" or "magnitude:0.5", "channels:0.25", "2:4". */
static int read_pruning(const char *command, const char *text, bdc_choice *c)
{
    if (strncmp(text, "channels:", 9) == 0 && share(text + 9, &c->sparsity)) {
        c->pruning = BDC_PRUNE_CHANNELS;
        return 0;
    }
    if (share(strncmp(text, "magnitude:", 10) == 0 ? text + 10 : text, &c->sparsity)) {
        c->pruning = BDC_PRUNE_MAGNITUDE;
        return 0;
    }
    char *end;
    unsigned long n = strtoul(text, &end, 10), m = *end == ':' ? strtoul(end + 1, &end, 10) : 0;
    if (!*end && n >= 1 && n <= m && m <= 64) {
        c->pruning = BDC_PRUNE_N_M;
        c->sparsity = 0;
        c->n = (uint32_t)n;
        c->m = (uint32_t)m;
        return 0;
    }
    return cli_usage(
        command, "pruning is a share from 0 to under 1 (0.5), channels:SHARE, or N:M with M up to 64, not '%s'", text);
}

/* NAME=CLASS[/PRUNING],... : the choices of single layers. */
static int read_layers(techniques *t, const char *command, char *text)
{
    for (char *item = text; item && *item;) {
        char *comma = strchr(item, ','), *equals;
        if (comma)
            *comma = 0;
        equals = strrchr(item, '=');
        if (!equals || equals == item)
            return cli_usage(command, "--layers lists NAME=CLASS[/PRUNING],..., not '%s'", item);
        *equals = 0;
        char *slash = strchr(equals + 1, '/');
        if (slash)
            *slash = 0;
        bdc_choice *c = &t->choices[t->count++];
        const cli_option class = {"the class in --layers", 1, equals + 1};
        int value = 0, failed = one_of(command, &class, weights_names, 6, &value);
        c->name = item;
        c->weights = (bdc_weights)value;
        if (!failed && slash)
            failed = read_pruning(command, slash + 1, c);
        if (failed)
            return failed;
        item = comma ? comma + 1 : NULL;
    }
    return 0;
}

/* --wide all, or NAME,...: results in 16 bits. Names that have a choice keep it; others get one like everybody's. */
static int read_wide(techniques *t, char *text)
{
    if (strcmp(text, "all") == 0) {
        for (uint32_t i = 0; i < t->count; i++)
            t->choices[i].wide = 1;
        return 0;
    }
    for (char *item = text; item && *item;) {
        char *comma = strchr(item, ',');
        uint32_t i = 0;
        if (comma)
            *comma = 0;
        while (i < t->count && (!t->choices[i].name || strcmp(t->choices[i].name, item) != 0))
            i++;
        if (i == t->count) {
            t->choices[t->count] = t->choices[0];
            t->choices[t->count++].name = item;
        }
        t->choices[i].wide = 1;
        item = comma ? comma + 1 : NULL;
    }
    return 0;
}

static size_t commas(const char *text)
{
    size_t n = 1;
    for (; text && *text; text++)
        n += *text == ',';
    return n;
}

static int read_choices(techniques *t, const char *command, const cli_option *given)
{
    const char *layers = given[TECHNIQUE_LAYERS].value, *wide = given[TECHNIQUE_WIDE].value;
    const size_t a = layers ? strlen(layers) + 1 : 0, b = wide ? strlen(wide) + 1 : 0;
    t->choices = calloc(1 + commas(layers) + commas(wide), sizeof *t->choices);
    t->text = malloc(a + b + 1);
    if (!t->choices || !t->text)
        return cli_fail(BDS_E_ARENA, "out of memory");
    int value = 0, failed = 0;
    t->count = 1; /* everybody's */
    if (given[TECHNIQUE_WEIGHTS].value)
        failed = one_of(command, &given[TECHNIQUE_WEIGHTS], weights_names, 6, &value);
    t->choices[0].weights = (bdc_weights)value;
    if (!failed && given[TECHNIQUE_PRUNE].value)
        failed = read_pruning(command, given[TECHNIQUE_PRUNE].value, &t->choices[0]);
    if (!failed && layers)
        failed = read_layers(t, command, memcpy(t->text, layers, a));
    if (!failed && wide)
        failed = read_wide(t, memcpy(t->text + a, wide, b));
    return failed;
}

int techniques_read(techniques *t, const char *command, const cli_option *given, bdc_options *o)
{
    int value = 0;
    memset(t, 0, sizeof *t);
    int failed = read_choices(t, command, given);
    if (!failed && given[TECHNIQUE_METHOD].value)
        failed = one_of(command, &given[TECHNIQUE_METHOD], method_names, 3, &value);
    o->method = (bdc_method)value;
    value = 0;
    if (!failed && given[TECHNIQUE_CODER].value)
        failed = one_of(command, &given[TECHNIQUE_CODER], coder_names, 3, &value);
    o->coder = given[TECHNIQUE_NO_ENTROPY].value ? BDC_CODER_RAW : (bdc_coder)value;
    if (!failed && given[TECHNIQUE_PERCENTILE].value) {
        char *end;
        o->percentile = strtod(given[TECHNIQUE_PERCENTILE].value, &end);
        if (*end || !(o->percentile > 50 && o->percentile <= 100))
            failed = cli_usage(command, "--percentile is over 50 and at most 100");
        o->method = BDC_METHOD_PERCENTILE;
    }
    o->choices = t->choices;
    o->choice_count = t->count;
    o->equalise = given[TECHNIQUE_EQUALISE].value != NULL;
    o->adaptive_rounding = given[TECHNIQUE_ROUNDING].value != NULL;
    o->reconstruct = given[TECHNIQUE_RECONSTRUCT].value != NULL;
    o->no_bias_correction = given[TECHNIQUE_NO_CORRECTION].value != NULL;
    o->keep_dead_channels = given[TECHNIQUE_KEEP_DEAD].value != NULL;
    return failed;
}

void techniques_free(techniques *t)
{
    free(t->choices);
    free(t->text);
    memset(t, 0, sizeof *t);
}
