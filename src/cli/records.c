/* SPDX-License-Identifier: MIT */
#include "records.h"

#include <errno.h>
#include <string.h>

#include "cli.h"
#include "json_write.h"

int records_open(FILE **to, const char *path)
{
    *to = fopen(path, "wb");
    return *to ? 0 : cli_fail(BDS_E_ARGUMENT, "%s cannot be written: %s", path, strerror(errno));
}

int records_close(FILE *to, const char *path)
{
    const int spoiled = ferror(to), unwritten = fclose(to);
    return spoiled || unwritten ? cli_fail(BDS_E_ARGUMENT, "%s could not be written whole", path) : 0;
}

static void put_list(FILE *to, const char *name, const int32_t *values, uint32_t n)
{
    fprintf(to, ",\"%s\":[", name);
    for (uint32_t i = 0; i < n; i++)
        fprintf(to, i ? ",%d" : "%d", (int)values[i]);
    fputc(']', to);
}

static void put_id(FILE *to, const dataset *set, uint32_t j)
{
    char buffer[DATASET_ID];
    const char *id = dataset_id(set, j, buffer);
    fputs("{\"id\":", to);
    json_quote(to, id, strlen(id));
}

int records_write_labels(const char *path, const collected *c, const dataset *set, int has_sets)
{
    FILE *to;
    int failed = records_open(&to, path);
    if (failed)
        return failed;
    for (uint32_t j = 0; j < c->count; j++) {
        const size_t at = (size_t)j * c->labels;
        put_id(to, set, j);
        fprintf(to, ",\"truth\":%u", c->truth[j]);
        put_list(to, "logits", c->stored + at, c->labels);
        put_list(to, "probability", (const int32_t *)c->probability + at, c->labels);
        for (uint32_t i = 0; i < c->labels && has_sets; i++)
            fprintf(to, "%s%u", i ? "," : ",\"set\":[", c->in_set[at + i]);
        fprintf(to, "%s,\"doubts\":%u,\"distance\":%u}\n", has_sets ? "]" : "", c->verdicts[j].doubts,
                c->verdicts[j].distance);
    }
    return records_close(to, path);
}

static void put_levels(FILE *to, const char *name, const segments *s, int truth)
{
    fprintf(to, "\"%s\":[", name);
    for (int i = 0; i < SEGMENT_LEVELS; i++) {
        unsigned long long n = 0;
        for (uint32_t j = 0; j < s->count; j++)
            n += s->pictures[j].histogram.of[truth][i];
        fprintf(to, i ? ",%llu" : "%llu", n);
    }
    fputs("],", to);
}

int records_write_masks(const char *path, const segments *s, const dataset *set)
{
    FILE *to;
    char hex[65];
    const double pixels = (double)s->width * s->height;
    int failed = records_open(&to, path);
    if (failed)
        return failed;
    for (uint32_t j = 0; j < s->count; j++) {
        const segment_picture *p = &s->pictures[j];
        put_id(to, set, j);
        session_hex(hex, p->sha256);
        fprintf(to, ",\"tp\":%llu,\"fp\":%llu,\"fn\":%llu,\"tn\":%llu,\"area\":%.6f,\"certainty\":%u,",
                (unsigned long long)p->hits, (unsigned long long)p->alarms, (unsigned long long)p->misses,
                (unsigned long long)p->quiet, p->marking.marked / pixels, p->marking.certainty);
        fprintf(to, "\"doubts\":%u,\"distance\":%u,\"sha256\":\"%s\"}\n", p->marking.doubts, p->marking.distance, hex);
    }
    fputs("{\"histogram\":{", to);
    put_levels(to, "negative", s, 0);
    put_levels(to, "positive", s, 1);
    fprintf(to, "\"first\":%d}}\n", SEGMENT_FIRST);
    return records_close(to, path);
}
