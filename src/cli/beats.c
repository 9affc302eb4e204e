/* SPDX-License-Identifier: MIT */
#include "beats.h"

#include <stdlib.h>
#include <string.h>

#include "cli.h"

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
        if (strcmp(r->lead[i].name, "MLII") == 0 || strcmp(r->lead[i].name, "II") == 0)
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

static int run(beats *b, const wfdb_record *r, bds_ecg *e)
{
    uint32_t lead[BDS_ECG_LEADS], next = 0;
    int failed = 0;
    beats_choose_leads(r, lead);
    bds_ecg_begin(e);
    for (uint32_t i = 0; i < r->samples && !failed; i++) {
        bds_ecg_sample(e, wfdb_value(r, i, lead[0]), wfdb_value(r, i, lead[1]));
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

void beats_free(beats *b)
{
    free(b->beat);
    free(b->symbol);
    free(b->aami);
    memset(b, 0, sizeof *b);
}
