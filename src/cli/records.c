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

int records_write_labels(const char *path, const collected *c, const dataset *set)
{
    FILE *to;
    int failed = records_open(&to, path);
    if (failed)
        return failed;
    for (uint32_t j = 0; j < c->count; j++) {
        const size_t at = (size_t)j * c->labels;
        char buffer[DATASET_ID];
        const char *id = dataset_id(set, j, buffer);
        fputs("{\"id\":", to);
        json_quote(to, id, strlen(id));
        fprintf(to, ",\"truth\":%u", c->truth[j]);
        put_list(to, "logits", c->stored + at, c->labels);
        put_list(to, "probability", (const int32_t *)c->probability + at, c->labels);
        fprintf(to, ",\"doubts\":%u,\"distance\":%u}\n", c->verdicts[j].doubts, c->verdicts[j].distance);
    }
    return records_close(to, path);
}
