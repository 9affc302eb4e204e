/* SPDX-License-Identifier: MIT */
#include "play.h"

#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "match.h"

static int take(played *p, bds_ecg_monitor *m)
{
    for (;;) {
        if (p->count == p->room) {
            p->room = 2 * p->room + 256;
            bds_ecg_told *more = realloc(p->told, p->room * sizeof *more);
            if (!more)
                return cli_fail(BDS_E_ARENA, "out of memory");
            p->told = more;
        }
        const bds_ecg_status got = bds_ecg_monitor_next(m, &p->told[p->count]);
        if (got == BDS_ECG_NONE)
            return 0;
        if (got < 0)
            return cli_fail(BDS_E_INVALID, "a beat could not be told");
        p->count++;
    }
}

static int find_truth(played *p, const wfdb_record *r)
{
    uint32_t *truth = malloc((r->beats + 1u) * sizeof *truth), *found = malloc((p->count + 1u) * sizeof *found);
    p->match = malloc((p->count + 1u) * sizeof *p->match);
    if (!truth || !found || !p->match) {
        free(truth);
        free(found);
        return cli_fail(BDS_E_ARENA, "out of memory");
    }
    for (uint32_t i = 0; i < r->beats; i++)
        truth[i] = r->beat[i].at;
    for (uint32_t k = 0; k < p->count; k++)
        found[k] = p->told[k].at;
    const int failed = match_beats(truth, r->beats, found, p->count, r->rate * MATCH_MILLISECONDS / 1000, p->match);
    free(truth);
    free(found);
    return failed;
}

/* The monitor has one pair of rails for both leads: the wider, so that nothing is called saturated that is not. */
static void find_rails(bds_ecg_setup *s, const wfdb_record *r, const uint32_t lead[BDS_ECG_LEADS])
{
    int32_t own[BDS_ECG_LEADS][2];
    if (!wfdb_rails(r, lead[0], own[0]) || !wfdb_rails(r, lead[s->leads - 1], own[1]))
        return;
    s->low = own[0][0] < own[1][0] ? own[0][0] : own[1][0];
    s->high = own[0][1] > own[1][1] ? own[0][1] : own[1][1];
}

int play_record(played *p, const wfdb_record *r, uint32_t leads)
{
    uint32_t lead[BDS_ECG_LEADS];
    memset(p, 0, sizeof *p);
    p->samples = r->samples;
    beats_choose_leads(r, lead);
    bds_ecg_setup setup = {.rate = r->rate,
                           .leads = leads < r->leads           ? leads
                                    : r->leads < BDS_ECG_LEADS ? r->leads
                                                               : BDS_ECG_LEADS,
                           .lead_ii = (uint32_t)wfdb_is_lead_ii(r->lead[lead[0]].name)};
    find_rails(&setup, r, lead);
    bds_ecg_monitor *m = malloc(sizeof *m);
    int failed = m ? 0 : cli_fail(BDS_E_ARENA, "out of memory");
    if (!failed && bds_ecg_monitor_begin(m, &setup) < 0)
        failed = cli_fail(BDS_E_UNSUPPORTED, "%s has %u samples per second; %u to %u can be read", r->name, r->rate,
                          BDS_ECG_RATE_LEAST, BDS_ECG_RATE_MOST);
    for (uint32_t i = 0; i < r->samples && !failed; i++) {
        bds_ecg_monitor_sample(m, wfdb_sample(r, i, lead[0]), wfdb_sample(r, i, lead[1]));
        p->disturbed += (bds_ecg_monitor_quality(m) & BDS_ECG_DISTURBED) != 0;
        failed = take(p, m);
    }
    if (!failed) {
        bds_ecg_monitor_finish(m);
        failed = take(p, m);
    }
    if (!failed && r->beat)
        failed = find_truth(p, r);
    free(m);
    if (failed)
        played_free(p);
    return failed;
}

void played_free(played *p)
{
    free(p->told);
    free(p->match);
    memset(p, 0, sizeof *p);
}
