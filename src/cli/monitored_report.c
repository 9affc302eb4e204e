/* How often the monitor and the network were right.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "json_write.h"
#include "monitored.h"

static const char *const classes[] = {"N", "S", "V"};

static uint32_t row_sum(const monitor_table t, int row)
{
    uint32_t sum = 0;
    for (int k = 0; k < MONITOR_COLUMNS; k++)
        sum += t[row][k];
    return sum;
}

static uint32_t column_sum(const monitor_table t, int column)
{
    uint32_t sum = 0;
    for (int i = 0; i < MONITOR_ROWS; i++)
        sum += t[i][column];
    return sum;
}

static double share(uint32_t part, uint32_t whole)
{
    return whole ? (double)part / whole : NAN;
}

typedef struct found {
    uint32_t beats, hits, missed, invented;
} found;

static found found_of(const monitor_table t)
{
    found f = {0, 0, 0, row_sum(t, MONITOR_NONE)};
    for (int i = 0; i < BEAT_CLASSES; i++)
        f.beats += row_sum(t, i);
    f.missed = column_sum(t, MONITOR_MISSED);
    f.hits = f.beats - f.missed;
    return f;
}

static void put_detector(json_writer *w, const monitor_table t)
{
    const found f = found_of(t);
    json_open(w, "detector", '{');
    json_put_real(w, "se", share(f.hits, f.beats), 6);
    json_put_real(w, "ppv", share(f.hits, f.hits + f.invented), 6);
    json_put_whole(w, "beats", f.beats);
    json_put_whole(w, "missed", f.missed);
    json_put_whole(w, "invented", f.invented);
    json_close(w, '}');
}

/* A class's sensitivity is of all annotated beats, found or not; its predictive value of all that was called so, beats or not. */
static void put_classes(json_writer *w, const monitor_table t)
{
    json_open(w, "end_to_end", '{');
    for (int k = 0; k < 3; k++) {
        json_open(w, classes[k], '{');
        json_put_real(w, "se", share(t[k][k], row_sum(t, k)), 6);
        json_put_real(w, "ppv", share(t[k][k], column_sum(t, k)), 6);
        json_close(w, '}');
    }
    json_close(w, '}');
    json_put_whole(w, "withheld", column_sum(t, MONITOR_WITHHELD));
    json_open(w, "table", '[');
    for (int i = 0; i < MONITOR_ROWS; i++) {
        json_open(w, 0, '[');
        for (int k = 0; k < MONITOR_COLUMNS; k++)
            json_put_whole(w, 0, t[i][k]);
        json_close(w, ']');
    }
    json_close(w, ']');
}

/* Of the annotated records. */
static uint32_t sum_of(const monitored *m, monitor_table sum)
{
    uint32_t n = 0;
    memset(sum, 0, sizeof(monitor_table));
    for (uint32_t r = 0; r < m->count; r++) {
        n += m->record[r].annotated != 0;
        for (int i = 0; i < MONITOR_ROWS && m->record[r].annotated; i++)
            for (int k = 0; k < MONITOR_COLUMNS; k++)
                sum[i][k] += m->record[r].table[i][k];
    }
    return n;
}

void monitored_write_json(const monitored *m, const session *s)
{
    json_writer w;
    monitor_table sum;
    uint8_t digest[32];
    char hex[65];
    uint64_t told = 0;
    for (uint32_t r = 0; r < m->count; r++)
        told += m->record[r].beats;
    json_begin(&w, stdout);
    session_hex(hex, s->info.sha256);
    json_put_string(&w, "model_sha256", hex);
    json_put_whole(&w, "records", m->count);
    json_put_whole(&w, "told", (int64_t)told);
    if (sum_of(m, sum)) {
        put_detector(&w, (const uint32_t(*)[MONITOR_COLUMNS])sum);
        put_classes(&w, (const uint32_t(*)[MONITOR_COLUMNS])sum);
    }
    json_open(&w, "by_record", '[');
    for (uint32_t r = 0; r < m->count; r++) {
        const monitored_record *own = &m->record[r];
        json_open(&w, 0, '{');
        json_put_string(&w, "record", own->name);
        json_put_whole(&w, "told", own->beats);
        json_put_real(&w, "disturbed", share(own->disturbed, own->samples), 6);
        if (own->annotated) {
            put_detector(&w, (const uint32_t(*)[MONITOR_COLUMNS])own->table);
            put_classes(&w, (const uint32_t(*)[MONITOR_COLUMNS])own->table);
        }
        json_close(&w, '}');
    }
    json_close(&w, ']');
    bds_sha256(digest, m->outputs, m->output_bytes);
    session_hex(hex, digest);
    json_put_string(&w, "digest", hex);
    json_end(&w);
}

void monitored_print(const monitored *m)
{
    monitor_table sum;
    const uint32_t annotated = sum_of(m, sum);
    const monitor_table *t = (const monitor_table *)&sum;
    const found f = found_of(*t);
    if (!annotated)
        return;
    printf("%u annotated records: of %u beats %.2f %% were found (%u not), and %u more that are none (PPV %.2f %%)\n",
           annotated, f.beats, 100 * share(f.hits, f.beats), f.missed, f.invented,
           100 * share(f.hits, f.hits + f.invented));
    printf("  withheld, as the signal was disturbed: %u\n", column_sum(*t, MONITOR_WITHHELD));
    for (int k = 0; k < 3; k++)
        printf("  %s  sensitivity %6.2f %%, PPV %6.2f %%\n", classes[k], 100 * share((*t)[k][k], row_sum(*t, k)),
               100 * share((*t)[k][k], column_sum(*t, k)));
}
