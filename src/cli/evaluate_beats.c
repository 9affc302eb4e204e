/* SPDX-License-Identifier: MIT */
#include "evaluate_beats.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "beat_set.h"
#include "cli.h"
#include "float_model.h"
#include "json_write.h"
#include "judge_beats.h"
#include "metrics.h"
#include "records.h"
#include "scores.h"

typedef struct beats_evaluation {
    session *s;
    const char *split;
    json recipe;
    dataset set;
    collected seen;
    float_model network;
    int has_float;
    uint32_t *answer, *float_answer;
    beat_table *tables, *float_tables; /* per record */
    char without[64];                  /* a record that S hangs on, from the recipe; empty: none */
    double figures[BEAT_FIGURES], low[BEAT_FIGURES], high[BEAT_FIGURES], floating[BEAT_FIGURES];
    double rest[BEAT_FIGURES], rest_low[BEAT_FIGURES], rest_high[BEAT_FIGURES]; /* without that record */
    reliability leading;
    double coverage, selective, unknown, agreement;
} beats_evaluation;

int evaluate_beats_is(const session *s)
{
    size_t n;
    const char *task = session_text(s, "task", &n);
    return n == 5 && memcmp(task, "beats", 5) == 0;
}

static int open_recipe(beats_evaluation *e)
{
    size_t n;
    const char *card = session_text(e->s, "card", &n);
    if (!n || !json_parse(&e->recipe, card, n))
        return cli_fail(BDS_E_INVALID, "the model does not say which records it was made of");
    const json_value *data = json_member(&e->recipe, e->recipe.values, "data");
    const json_value *without = json_member(&e->recipe, data, "without");
    if (without && without->kind == JSON_STRING && strlen(without->text) < sizeof e->without)
        memcpy(e->without, without->text, strlen(without->text) + 1);
    return 0;
}

static void count(const beats_evaluation *e, const uint32_t *answer, beat_table *tables)
{
    const beat_set *b = e->set.beats;
    for (uint32_t j = 0; j < b->count; j++)
        tables[b->of[j]][b->aami[j]][answer[j]]++;
}

static void sum_of(const beats_evaluation *e, const beat_table *tables, const char *without, beat_table sum)
{
    memset(sum, 0, sizeof(beat_table));
    for (uint32_t r = 0; r < e->set.beats->record_count; r++) {
        if (strcmp(e->set.beats->record[r].name, without) == 0)
            continue;
        for (uint32_t i = 0; i < BEAT_CLASSES; i++)
            for (uint32_t k = 0; k < BEAT_LABELS; k++)
                sum[i][k] += tables[r][i][k];
    }
}

static void judge_whole(const beats_evaluation *e, const beat_table *tables, const char *without,
                        double figures[BEAT_FIGURES])
{
    beat_table sum;
    sum_of(e, tables, without, sum);
    judge_beats((const uint32_t(*)[BEAT_LABELS])sum, figures);
}

static int judge_rest(beats_evaluation *e)
{
    const uint32_t records = e->set.beats->record_count;
    beat_table *kept = malloc((records + 1u) * sizeof *kept);
    uint32_t n = 0;
    if (!kept)
        return cli_fail(BDS_E_ARENA, "out of memory");
    for (uint32_t r = 0; r < records; r++)
        if (strcmp(e->set.beats->record[r].name, e->without) != 0)
            memcpy(kept[n++], e->tables[r], sizeof *kept);
    judge_whole(e, (const beat_table *)e->tables, e->without, e->rest);
    int failed = judge_beats_intervals((const beat_table *)kept, n, e->rest_low, e->rest_high);
    free(kept);
    return failed;
}

static int judge_trust(beats_evaluation *e)
{
    const collected *c = &e->seen;
    double *p = malloc(c->count * sizeof *p);
    uint8_t *right = malloc(c->count);
    uint32_t answered = 0, good = 0;
    int failed = p && right ? 0 : cli_fail(BDS_E_ARENA, "out of memory");
    for (uint32_t j = 0; j < c->count && !failed; j++) {
        const uint32_t doubts = c->verdicts[j].doubts;
        p[j] = c->probability[(size_t)j * c->labels + e->answer[j]] / 65536.0;
        right[j] = e->answer[j] == c->truth[j];
        answered += !(doubts & BDS_DOUBT_UNSURE);
        good += !(doubts & BDS_DOUBT_UNSURE) && right[j];
        e->unknown += (doubts & BDS_DOUBT_UNKNOWN) != 0;
    }
    if (!failed)
        reliability_of(&e->leading, p, right, c->count);
    e->coverage = (double)answered / c->count;
    e->selective = answered ? (double)good / answered : NAN;
    e->unknown /= c->count;
    free(p);
    free(right);
    return failed;
}

static int judge_all(beats_evaluation *e)
{
    const collected *c = &e->seen;
    const uint32_t records = e->set.beats->record_count;
    scores z = {c->count, c->labels, c->truth, c->logits, 0};
    e->answer = malloc(c->count * sizeof *e->answer);
    e->float_answer = malloc(c->count * sizeof *e->float_answer);
    e->tables = calloc(records, sizeof *e->tables);
    e->float_tables = calloc(records, sizeof *e->float_tables);
    if (!e->answer || !e->float_answer || !e->tables || !e->float_tables)
        return cli_fail(BDS_E_ARENA, "out of memory");
    for (uint32_t j = 0; j < c->count; j++)
        e->answer[j] = score_decision(&z, j);
    count(e, e->answer, e->tables);
    judge_whole(e, (const beat_table *)e->tables, "", e->figures);
    int failed = judge_beats_intervals((const beat_table *)e->tables, records, e->low, e->high);
    if (!failed && *e->without)
        failed = judge_rest(e);
    if (!failed)
        failed = judge_trust(e);
    if (failed || !e->has_float)
        return failed;
    z.logits = e->network.logits;
    for (uint32_t j = 0; j < c->count; j++) {
        e->float_answer[j] = score_decision(&z, j);
        e->agreement += e->float_answer[j] == e->answer[j];
    }
    e->agreement /= c->count;
    count(e, e->float_answer, e->float_tables);
    judge_whole(e, (const beat_table *)e->float_tables, "", e->floating);
    return 0;
}

static void put_pair(json_writer *w, const char *name, double low, double high)
{
    json_open(w, name, '[');
    json_put_real(w, 0, low, 6);
    json_put_real(w, 0, high, 6);
    json_close(w, ']');
}

/* Rows: truth N, S, V, F, Q; columns: answer N, S, V. */
static void put_table(json_writer *w, const char *name, const beat_table t)
{
    json_open(w, name, '[');
    for (uint32_t i = 0; i < BEAT_CLASSES; i++) {
        json_open(w, 0, '[');
        for (uint32_t k = 0; k < BEAT_LABELS; k++)
            json_put_whole(w, 0, t[i][k]);
        json_close(w, ']');
    }
    json_close(w, ']');
}

static void write_records(json_writer *w, const beats_evaluation *e)
{
    const beat_set *b = e->set.beats;
    json_open(w, "by_record", '[');
    for (uint32_t r = 0; r < b->record_count; r++) {
        const beat_record *own = &b->record[r];
        json_open(w, 0, '{');
        json_put_string(w, "record", own->name);
        if (own->age >= 0)
            json_put_whole(w, "age", own->age);
        if (own->sex != '?')
            json_put_text(w, "sex", &own->sex, 1);
        json_put_whole(w, "beats", own->count);
        put_table(w, "confusion", (const uint32_t(*)[BEAT_LABELS])e->tables[r]);
        json_close(w, '}');
    }
    json_close(w, ']');
}

static int is_of_s(int figure)
{
    return figure == BEAT_S_SE || figure == BEAT_S_PPV || figure == BEAT_ACC || figure == BEAT_F1;
}

static void write_intervals(json_writer *w, const beats_evaluation *e)
{
    json_open(w, "ci", '{');
    for (int f = 0; f < BEAT_FIGURES; f++)
        put_pair(w, beat_figure_names[f], e->low[f], e->high[f]);
    for (int f = 0; f < BEAT_FIGURES && *e->without; f++) {
        char name[96];
        snprintf(name, sizeof name, "%s_without_%s", beat_figure_names[f], e->without);
        if (is_of_s(f))
            put_pair(w, name, e->rest_low[f], e->rest_high[f]);
    }
    json_close(w, '}');
}

static void write_figures(json_writer *w, const beats_evaluation *e)
{
    for (int f = 0; f < BEAT_FIGURES; f++)
        json_put_real(w, beat_figure_names[f], e->figures[f], 6);
    for (int f = 0; f < BEAT_FIGURES && *e->without; f++) {
        char name[96];
        snprintf(name, sizeof name, "%s_without_%s", beat_figure_names[f], e->without);
        if (is_of_s(f))
            json_put_real(w, name, e->rest[f], 6);
    }
    json_put_real(w, "ece", e->leading.ece, 6);
    json_put_real(w, "coverage", e->coverage, 6);
    json_put_real(w, "selective_acc", e->selective, 6);
    json_put_real(w, "flagged_unknown", e->unknown, 6);
    for (int f = 0; f < BEAT_FIGURES && e->has_float; f++) {
        char name[32];
        snprintf(name, sizeof name, "float_%s", beat_figure_names[f]);
        json_put_real(w, name, e->floating[f], 6);
    }
    if (e->has_float)
        json_put_real(w, "float_agreement", e->agreement, 6);
}

static void write_json(const beats_evaluation *e)
{
    json_writer w;
    uint8_t digest[32];
    char hex[65];
    size_t n;
    beat_table whole;
    const char *name = session_text(e->s, "name", &n);
    json_begin(&w, stdout);
    json_put_text(&w, "name", name, n);
    json_put_string(&w, "split", e->split);
    json_put_whole(&w, "beats", e->seen.count);
    json_put_whole(&w, "records", e->set.beats->record_count);
    json_put_whole(&w, "file_bytes", e->s->info.file_bytes);
    session_hex(hex, e->s->info.sha256);
    json_put_string(&w, "content_sha256", hex);
    write_figures(&w, e);
    write_intervals(&w, e);
    sum_of(e, (const beat_table *)e->tables, "", whole);
    put_table(&w, "confusion", (const uint32_t(*)[BEAT_LABELS])whole);
    write_records(&w, e);
    bds_sha256(digest, e->seen.outputs, e->seen.count * e->seen.output_bytes);
    session_hex(hex, digest);
    json_put_string(&w, "digest", hex);
    json_end(&w);
}

static void print(const beats_evaluation *e)
{
    printf("%u beats of %u records (%s), %u bytes of model\n", e->seen.count, e->set.beats->record_count, e->split,
           e->s->info.file_bytes);
    for (int f = 0; f < BEAT_FIGURES; f++)
        printf("  %-12s %6.2f %%   (95 %% by record: %.2f to %.2f)\n", beat_figure_names[f], 100 * e->figures[f],
               100 * e->low[f], 100 * e->high[f]);
    if (*e->without)
        printf("  without %s: s_se %.2f %%, s_ppv %.2f %%\n", e->without, 100 * e->rest[BEAT_S_SE],
               100 * e->rest[BEAT_S_PPV]);
    printf("  ECE, 15 bins %.4f; answered %.4f, right among them %.4f; unlike training %.4f\n", e->leading.ece,
           e->coverage, e->selective, e->unknown);
    if (e->has_float)
        printf("  float        acc %.2f %%, f1 %.2f %%, same decision on %.4f\n", 100 * e->floating[BEAT_ACC],
               100 * e->floating[BEAT_F1], e->agreement);
}

static void release(beats_evaluation *e)
{
    json_free(&e->recipe);
    dataset_close(&e->set);
    collect_free(&e->seen);
    float_model_close(&e->network);
    free(e->answer);
    free(e->float_answer);
    free(e->tables);
    free(e->float_tables);
    free(e);
}

int evaluate_beats(session *s, const char *data, const char *split, const char *float_path, const char *records,
                   int as_json)
{
    beats_evaluation *e = calloc(1, sizeof *e);
    if (!e)
        return cli_fail(BDS_E_ARENA, "out of memory");
    e->s = s;
    e->split = split;
    int failed = s->model.result && s->info.labels == BEAT_LABELS
                     ? open_recipe(e)
                     : cli_fail(BDS_E_UNSUPPORTED, "the model does not tell N, S and V apart");
    if (!failed)
        failed = dataset_open_beats(&e->set, data, &e->recipe, split, 0);
    if (!failed && float_path) {
        failed = float_model_open(&e->network, float_path, s, e->set.count);
        e->has_float = !failed;
    }
    if (!failed)
        failed = collect(&e->seen, s, &e->set, UINT32_MAX, COLLECT_NO_STEP, e->has_float ? float_model_run : 0,
                         &e->network, split);
    if (!failed && records)
        failed = records_write_labels(records, &e->seen, &e->set, s->info.set_coverage != 0);
    if (!failed)
        failed = judge_all(e);
    if (!failed && as_json)
        write_json(e);
    else if (!failed)
        print(e);
    release(e);
    return failed;
}
