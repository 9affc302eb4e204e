/* SPDX-License-Identifier: MIT */
#include "beat_set.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "progress.h"

static int grow(void **column, size_t bytes)
{
    void *more = realloc(*column, bytes);
    if (!more)
        return cli_fail(BDS_E_ARENA, "out of memory");
    *column = more;
    return 0;
}

static int make_room(beat_set *s, uint32_t more)
{
    const size_t n = (size_t)s->count + more + 1;
    int failed = grow((void **)&s->beat, n * sizeof *s->beat);
    failed = failed ? failed : grow((void **)&s->aami, n);
    return failed ? failed : grow((void **)&s->of, n * sizeof *s->of);
}

static int add(beat_set *s, const char *folder, const char *name, int labelled_only)
{
    char path[1100];
    wfdb_record r;
    beats b;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    int failed = wfdb_open(&r, path);
    if (failed)
        return failed;
    beat_record *own = &s->record[s->record_count];
    *own = (beat_record){.age = r.age, .sex = r.sex, .first = s->count};
    memcpy(own->name, r.name, sizeof own->name);
    failed = beats_of(&b, &r);
    wfdb_close(&r);
    if (failed)
        return failed;
    failed = make_room(s, b.count);
    for (uint32_t i = 0; i < b.count && !failed; i++) {
        if (labelled_only && b.aami[i] > BEAT_V)
            continue;
        s->beat[s->count] = b.beat[i];
        s->aami[s->count] = b.aami[i];
        s->of[s->count++] = s->record_count;
    }
    own->count = s->count - own->first;
    s->record_count++;
    beats_free(&b);
    return failed;
}

int beat_set_open(beat_set *s, const char *folder, const json *recipe, const char *split, int labelled_only)
{
    const json_value *data = json_member(recipe, recipe->values, "data");
    const json_value *list = json_member(recipe, json_member(recipe, data, "splits"), split);
    memset(s, 0, sizeof *s);
    if (!list || list->kind != JSON_ARRAY || !list->count)
        return cli_fail(BDS_E_INVALID, "the recipe names no records for '%s'", split);
    s->record = calloc(list->count, sizeof *s->record);
    int failed = s->record ? 0 : cli_fail(BDS_E_ARENA, "out of memory");
    for (const json_value *e = json_first(recipe, list); e && !failed; e = json_next(recipe, e)) {
        if (e->kind != JSON_STRING || !*e->text || strpbrk(e->text, "/\\"))
            failed = cli_fail(BDS_E_INVALID, "a record's name in the recipe is none");
        else
            failed = add(s, folder, e->text, labelled_only);
        progress_show("records", s->record_count, list->count);
    }
    if (!failed && !s->count)
        failed = cli_fail(BDS_E_INVALID, "the records of '%s' hold no beats", split);
    if (failed)
        beat_set_close(s);
    return failed;
}

void beat_set_close(beat_set *s)
{
    free(s->beat);
    free(s->aami);
    free(s->of);
    free(s->record);
    memset(s, 0, sizeof *s);
}

/* The network must take what the chain gives: int8 in 32nds, as many. */
static bds_status fill(bds_plan *plan, uint32_t input, const int8_t *values, size_t n)
{
    bds_tensor t;
    bds_status status = bds_input(plan, input, &t);
    if (status != BDS_OK)
        return status;
    const size_t want = (size_t)t.dims[1] * t.dims[2] * t.dims[3];
    if (t.type != BDS_INT8 || want != n || t.zero_point != 0 || !(t.scale > 0.0312499f && t.scale < 0.0312501f))
        return BDS_E_INVALID;
    memcpy(t.data, values, n);
    return BDS_OK;
}

bds_status beat_fill(const bds_ecg_beat *b, bds_plan *plan)
{
    bds_status status = fill(plan, 0, &b->window[0][0], sizeof b->window);
    return status == BDS_OK ? fill(plan, 1, b->scalar, sizeof b->scalar) : status;
}

bds_status beat_set_fill(const beat_set *s, uint32_t i, bds_plan *plan)
{
    return beat_fill(&s->beat[i], plan);
}

void beat_set_id(const beat_set *s, uint32_t i, char id[BEAT_SET_ID])
{
    snprintf(id, BEAT_SET_ID, "%s:%u", s->record[s->of[i]].name, s->beat[i].index);
}
