/* bedside beats: what the network sees of each beat of WFDB records.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "beats.h"
#include "cli.h"
#include "npz_write.h"
#include "options.h"
#include "progress.h"

/* Columns that grow together; record: [beats], the records' numbers in the order given. */
typedef struct table {
    uint32_t count;
    int8_t *window, *scalar;
    uint8_t *label, *symbol;
    uint32_t *at, *record;
} table;

static int grow(void **column, size_t bytes)
{
    void *more = realloc(*column, bytes);
    if (!more)
        return cli_fail(BDS_E_ARENA, "out of memory");
    *column = more;
    return 0;
}

static int make_room(table *t, uint32_t more)
{
    const size_t n = (size_t)t->count + more;
    int failed = grow((void **)&t->window, n * BDS_ECG_CHANNELS * BDS_ECG_WINDOW);
    failed = failed ? failed : grow((void **)&t->scalar, n * BDS_ECG_SCALARS);
    failed = failed ? failed : grow((void **)&t->label, n);
    failed = failed ? failed : grow((void **)&t->symbol, n);
    failed = failed ? failed : grow((void **)&t->at, n * sizeof *t->at);
    return failed ? failed : grow((void **)&t->record, n * sizeof *t->record);
}

static int add(table *t, const char *path, uint32_t number, int detect)
{
    wfdb_record r;
    beats b;
    int failed = wfdb_open(&r, path);
    if (failed)
        return failed;
    failed = detect ? beats_found(&b, &r) : beats_of(&b, &r);
    wfdb_close(&r);
    if (failed)
        return failed;
    failed = make_room(t, b.count + 1);
    for (uint32_t i = 0; i < b.count && !failed; i++) {
        const size_t k = t->count++;
        memcpy(t->window + k * BDS_ECG_CHANNELS * BDS_ECG_WINDOW, b.beat[i].window, sizeof b.beat[i].window);
        memcpy(t->scalar + k * BDS_ECG_SCALARS, b.beat[i].scalar, sizeof b.beat[i].scalar);
        t->label[k] = b.aami[i];
        t->symbol[k] = (uint8_t)b.symbol[i];
        t->at[k] = b.beat[i].at;
        t->record[k] = number;
    }
    beats_free(&b);
    return failed;
}

static int write(const table *t, const char *path)
{
    const uint32_t n = t->count;
    const npz_entry entries[] = {
        {"beat",
         "|i1",
         t->window,
         (size_t)n * BDS_ECG_CHANNELS * BDS_ECG_WINDOW,
         3,
         {n, BDS_ECG_WINDOW, BDS_ECG_CHANNELS}},
        {"scalars", "|i1", t->scalar, (size_t)n * BDS_ECG_SCALARS, 2, {n, BDS_ECG_SCALARS}},
        {"label", "|u1", t->label, n, 1, {n}},
        {"symbol", "|u1", t->symbol, n, 1, {n}},
        {"at", "<u4", t->at, (size_t)n * 4, 1, {n}},
        {"record", "<u4", t->record, (size_t)n * 4, 1, {n}},
    };
    return npz_write(path, entries, sizeof entries / sizeof *entries);
}

int cmd_beats(int argc, char **argv)
{
    enum { OUT, DETECT, OPTION_COUNT };
    cli_option options[] = {{"-o", 1, 0}, {"--detect", 0, 0}};
    int operands;
    table t = {0};
    int failed = options_parse("beats", argc, argv, options, OPTION_COUNT, &operands);
    if (!failed && (operands < 1 || !options[OUT].value))
        failed = cli_usage("beats", "one record or more and -o OUT.npz are needed");
    for (int i = 0; i < operands && !failed; i++) {
        failed = add(&t, argv[i], (uint32_t)i, options[DETECT].value != 0);
        progress_show("records", (uint32_t)i + 1, (uint32_t)operands);
    }
    if (!failed)
        failed = write(&t, options[OUT].value);
    free(t.window);
    free(t.scalar);
    free(t.label);
    free(t.symbol);
    free(t.at);
    free(t.record);
    return failed;
}
