/* SPDX-License-Identifier: MIT */
#include "beats.h"

#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "ecg/ecg_detect.h"
#include "ecg/ecg_resample.h"
#include "match.h"

uint8_t beats_aami(char symbol)
{
    if (strchr("NLRBej", symbol))
        return BEAT_N;
    if (strchr("AaJSn", symbol))
        return BEAT_S;
    if (strchr("VEr", symbol))
        return BEAT_V;
    return symbol == 'F' ? BEAT_F : BEAT_Q;
}

void beats_choose_leads(const wfdb_record *r, uint32_t lead[BDS_ECG_LEADS])
{
    lead[0] = 0;
    for (uint32_t i = r->leads; i-- > 0;)
        if (wfdb_is_lead_ii(r->lead[i].name))
            lead[0] = i;
    lead[1] = lead[0] == 0 && r->leads > 1 ? 1 : 0;
}

static int take(beats *b, bds_ecg *e)
{
    bds_ecg_status got;
    while ((got = bds_ecg_next(e, &b->beat[b->count])) == BDS_ECG_READY)
        b->count++;
    return got == BDS_ECG_NONE ? 0 : cli_fail(BDS_E_INVALID, "a beat could not be told");
}

/* The sample of both leads: whose beats are judged must be whole. */
static int sample_of(const wfdb_record *r, uint32_t i, const uint32_t lead[BDS_ECG_LEADS], int32_t x[BDS_ECG_LEADS])
{
    for (uint32_t k = 0; k < BDS_ECG_LEADS; k++) {
        x[k] = wfdb_sample(r, i, lead[k]);
        if (x[k] == BDS_ECG_NO_SAMPLE)
            return cli_fail(BDS_E_INVALID, "%s: sample %u was not received: whose beats are judged must be whole",
                            r->name, i);
    }
    return 0;
}

static int run(beats *b, const wfdb_record *r, bds_ecg *e)
{
    uint32_t lead[BDS_ECG_LEADS], next = 0;
    int failed = 0;
    beats_choose_leads(r, lead);
    bds_ecg_begin(e);
    for (uint32_t i = 0; i < r->samples && !failed; i++) {
        int32_t x[BDS_ECG_LEADS] = {0};
        failed = sample_of(r, i, lead, x);
        if (failed)
            break;
        bds_ecg_sample(e, x[0], x[1]);
        while (next < r->beats && r->beat[next].at == i && !failed) {
            if (bds_ecg_note(e, i) < 0)
                failed = cli_fail(BDS_E_INVALID, "%s: too many beats about sample %u", r->name, i);
            next++;
        }
        if (!failed)
            failed = take(b, e);
    }
    bds_ecg_finish(e);
    if (!failed)
        failed = take(b, e);
    if (!failed && b->count != r->beats)
        failed = cli_fail(BDS_E_INVALID, "%s: %u beats are annotated, but %u came out", r->name, r->beats, b->count);
    return failed;
}

int beats_of(beats *b, const wfdb_record *r)
{
    memset(b, 0, sizeof *b);
    if (r->rate != BDS_ECG_RATE)
        return cli_fail(BDS_E_UNSUPPORTED, "%s has %u samples per second; the chain takes %u", r->name, r->rate,
                        BDS_ECG_RATE);
    if (!r->beat)
        return cli_fail(BDS_E_INVALID, "%s has no annotations (.atr): where its beats are is not known", r->name);
    bds_ecg *e = malloc(sizeof *e);
    b->beat = malloc((r->beats + 1u) * sizeof *b->beat);
    b->symbol = malloc(r->beats + 1u);
    b->aami = malloc(r->beats + 1u);
    int failed = e && b->beat && b->symbol && b->aami ? run(b, r, e) : cli_fail(BDS_E_ARENA, "out of memory");
    for (uint32_t i = 0; i < b->count && !failed; i++) {
        b->symbol[i] = r->beat[i].symbol;
        b->aami[i] = beats_aami(r->beat[i].symbol);
    }
    free(e);
    if (failed)
        beats_free(b);
    return failed;
}

static int make_room(beats *b, uint32_t *room)
{
    if (b->count + 2 < *room)
        return 0;
    *room = 2 * *room + 1024;
    bds_ecg_beat *more = realloc(b->beat, *room * sizeof *more);
    if (!more)
        return cli_fail(BDS_E_ARENA, "out of memory");
    b->beat = more;
    return 0;
}

static int note_all(bds_ecg_detector *d, bds_ecg *e)
{
    for (uint32_t at; bds_ecg_detect_next(d, &at);)
        if (bds_ecg_note(e, at) < 0)
            return cli_fail(BDS_E_INVALID, "the beat at sample %u came too late", at);
    return 0;
}

static int find(beats *b, const wfdb_record *r, bds_ecg *e, bds_ecg_detector *d)
{
    uint32_t lead[BDS_ECG_LEADS], room = 0;
    beats_choose_leads(r, lead);
    bds_ecg_begin(e);
    bds_ecg_detect_begin(d);
    int failed = 0;
    for (uint32_t i = 0; i < r->samples && !failed; i++) {
        int32_t x[BDS_ECG_LEADS] = {0};
        failed = sample_of(r, i, lead, x);
        if (failed)
            break;
        bds_ecg_sample(e, x[0], x[1]);
        bds_ecg_detect_sample(d, x[0], x[1]);
        failed = note_all(d, e);
        failed = failed ? failed : make_room(b, &room);
        failed = failed ? failed : take(b, e);
    }
    bds_ecg_detect_finish(d);
    failed = failed ? failed : note_all(d, e);
    bds_ecg_finish(e);
    for (uint32_t before = b->count + 1; !failed && before != b->count;) { /* a few at a time: there is room for two */
        before = b->count;
        failed = make_room(b, &room);
        if (!failed && bds_ecg_next(e, &b->beat[b->count]) == BDS_ECG_READY)
            b->count++;
    }
    return failed;
}

static int name_found(beats *b, const wfdb_record *r)
{
    uint32_t *truth = malloc((r->beats + 1u) * sizeof *truth), *found = malloc((b->count + 1u) * sizeof *found);
    uint32_t *of = malloc((b->count + 1u) * sizeof *of);
    b->symbol = malloc(b->count + 1u);
    b->aami = malloc(b->count + 1u);
    int failed = truth && found && of && b->symbol && b->aami ? 0 : cli_fail(BDS_E_ARENA, "out of memory");
    for (uint32_t i = 0; i < r->beats && !failed; i++)
        truth[i] = r->beat[i].at;
    for (uint32_t k = 0; k < b->count && !failed; k++)
        found[k] = b->beat[k].at;
    if (!failed)
        failed = match_beats(truth, r->beats, found, b->count, r->rate * MATCH_MILLISECONDS / 1000, of);
    for (uint32_t k = 0; k < b->count && !failed; k++) {
        b->symbol[k] = of[k] == MATCH_NONE ? 0 : r->beat[of[k]].symbol;
        b->aami[k] = of[k] == MATCH_NONE ? BEAT_NONE : beats_aami(b->symbol[k]);
    }
    free(truth);
    free(found);
    free(of);
    return failed;
}

int beats_found(beats *b, const wfdb_record *r)
{
    memset(b, 0, sizeof *b);
    if (r->rate != BDS_ECG_RATE)
        return cli_fail(BDS_E_UNSUPPORTED, "%s has %u samples per second; the chain takes %u", r->name, r->rate,
                        BDS_ECG_RATE);
    bds_ecg *e = malloc(sizeof *e);
    bds_ecg_detector *d = malloc(sizeof *d);
    int failed = e && d ? find(b, r, e, d) : cli_fail(BDS_E_ARENA, "out of memory");
    if (!failed)
        failed = name_found(b, r);
    free(e);
    free(d);
    if (failed)
        beats_free(b);
    return failed;
}

void beats_free(beats *b)
{
    free(b->beat);
    free(b->symbol);
    free(b->aami);
    memset(b, 0, sizeof *b);
}
