/* SPDX-License-Identifier: MIT */
#include "monitored.h"

#include <stdlib.h>
#include <string.h>

#include "beat_set.h"
#include "cli.h"
#include "json_write.h"
#include "match.h"

#define LABELS 3u /* N, S, V */

/* What a network says of one beat. */
typedef struct answer {
    int32_t logits[LABELS];
    uint32_t label, doubts;
} answer;

int monitored_begin(monitored *m, const session *s, uint32_t records)
{
    memset(m, 0, sizeof *m);
    if (!s->model.result || s->info.labels != LABELS)
        return cli_fail(BDS_E_UNSUPPORTED, "the model does not tell N, S and V apart");
    m->record = calloc(records, sizeof *m->record);
    return m->record ? 0 : cli_fail(BDS_E_ARENA, "out of memory");
}

void monitored_free(monitored *m)
{
    free(m->record);
    free(m->outputs);
    memset(m, 0, sizeof *m);
}

static int keep(monitored *m, const bds_tensor *out)
{
    const size_t n = (size_t)out->dims[1] * out->dims[2] * out->dims[3] * (out->type == BDS_INT16 ? 2 : 1);
    if (m->output_bytes + n > m->room) {
        m->room = 2 * m->room + 4096;
        uint8_t *more = realloc(m->outputs, m->room);
        if (!more)
            return cli_fail(BDS_E_ARENA, "out of memory");
        m->outputs = more;
    }
    memcpy(m->outputs + m->output_bytes, out->data, n);
    m->output_bytes += n;
    return 0;
}

static int judge(monitored *m, session *s, const bds_ecg_beat *beat, answer *a)
{
    bds_finding findings[LABELS];
    bds_verdict verdict;
    bds_tensor out;
    size_t n = LABELS;
    bds_status status = beat_fill(beat, s->plan);
    if (status == BDS_OK)
        status = bds_run(s->plan);
    for (uint32_t i = 0; i < s->info.outputs && status == BDS_OK; i++) {
        status = bds_output(s->plan, i, &out);
        if (status == BDS_OK && keep(m, &out))
            return 1;
    }
    if (status == BDS_OK)
        status = bds_result(s->plan, findings, &n, &verdict);
    if (status != BDS_OK)
        return cli_fail(status, "a beat: %s", bds_status_text(status));
    a->label = 0;
    a->doubts = verdict.doubts;
    for (uint32_t i = 0; i < LABELS; i++) {
        a->logits[i] = findings[i].logit;
        a->label = findings[i].logit > findings[a->label].logit ? i : a->label;
    }
    return 0;
}

static void put_line(FILE *to, const session *s, const wfdb_record *r, const bds_ecg_told *t, const answer *a,
                     const char *truth)
{
    size_t n;
    fputs("{\"record\":", to);
    json_quote(to, r->name, strlen(r->name));
    fprintf(to, ",\"beat\":%u,\"at\":%u,\"quality\":%u,\"withheld\":%s,\"rate\":%u", t->beat.index, t->at, t->quality,
            a ? "false" : "true", t->rate);
    if (a) {
        const char *label = session_label(s, a->label, &n);
        fputs(",\"label\":", to);
        json_quote(to, label, n);
        fprintf(to, ",\"logits\":[%d,%d,%d],\"doubts\":%u", (int)a->logits[0], (int)a->logits[1], (int)a->logits[2],
                a->doubts);
    }
    if (truth) {
        fputs(",\"truth\":", to);
        json_quote(to, truth, strlen(truth));
    }
    fputs("}\n", to);
}

int monitored_add(monitored *m, session *s, const wfdb_record *r, const played *p, FILE *lines)
{
    monitored_record *own = &m->record[m->count];
    int failed = 0;
    *own = (monitored_record){
        .annotated = r->beat != 0, .beats = p->count, .samples = p->samples, .disturbed = p->disturbed};
    memcpy(own->name, r->name, sizeof own->name);
    for (uint32_t i = 0; i < r->beats; i++)
        own->table[beats_aami(r->beat[i].symbol)][MONITOR_MISSED]++;
    for (uint32_t k = 0; k < p->count && !failed; k++) {
        const bds_ecg_told *t = &p->told[k];
        const uint32_t of = p->match ? p->match[k] : MATCH_NONE;
        const char symbol[2] = {of == MATCH_NONE ? 0 : r->beat[of].symbol};
        const uint32_t row = of == MATCH_NONE ? MONITOR_NONE : beats_aami(*symbol);
        const int withheld = (t->quality & BDS_ECG_DISTURBED) != 0;
        answer a = {0};
        if (!withheld)
            failed = judge(m, s, &t->beat, &a);
        if (failed)
            break;
        own->table[row][withheld ? MONITOR_WITHHELD : a.label]++;
        if (of != MATCH_NONE)
            own->table[row][MONITOR_MISSED]--;
        if (lines)
            put_line(lines, s, r, t, withheld ? NULL : &a, p->match ? symbol : NULL);
    }
    m->count++;
    return failed;
}
