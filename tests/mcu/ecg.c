/* A whole record through the ECG monitor and the arrhythmia network, on any target, as a wearable would play it. Prints
 *
 *     beats <told> judged <by the network>
 *     classes <beats of label 0> <1> ...
 *     memory <bytes>     of the monitor, the network's arena and a beat
 *     stack <bytes>      the deepest below the caller of the monitor and of bds_run; boards only
 *     digest <SHA-256>   a chain: 32 zero bytes, then after each beat SHA-256(digest, SHA-256(what is told of it))
 *
 * What is told of a beat, 32-bit little-endian: status, index, place at 360 per second, sample, quality, rate; then if it was judged
 * window and numbers, the bytes of all outputs, and of all findings {label, probability, low, high, logit}, then top, doubts, distance.
 *
 * ECG_RECORD names a file that is built in as it is (scripts/mcu/records.mjs writes it): "BDSECG2\0", then 32-bit rate, leads, whether
 * lead 0 is lead II, samples, rails (both 0: not known); then 16-bit values [samples][leads] in units of 5 microvolts, -32768 where none was received.
 * The first minute is then played once more between the marks of count.h, without digests: what a minute costs.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "board.h"

#include "arrhythmia.h"
#include "bedside.h"
#include "count.h"
#include "ecg/ecg_monitor.h"
#include "stack.h"
#include "text.h"

__asm__(".section .record,\"a\"\n.balign 16\n.globl ecg_record\necg_record: .incbin \"" ECG_RECORD "\"\n.text");

typedef struct record {
    char magic[8];
    uint32_t rate, leads, lead_ii, samples;
    int32_t low, high;
    int16_t value[];
} record;
extern const record ecg_record;

enum { MAX_FINDINGS = 8, MAX_OUTPUT = 64 };

static bds_ecg_monitor monitor;
static bds_ecg_told told;
BDS_NETWORK_ARENA(static, arena, ARRHYTHMIA_ARENA_BYTES);

/* What is told of one beat. */
static uint8_t
    message[6 * 4 + sizeof told.beat.window + sizeof told.beat.scalar + 4 * MAX_OUTPUT + 20 * MAX_FINDINGS + 12];

typedef struct tally {
    uint8_t digest[32];
    uint32_t beats, judged, label[MAX_FINDINGS], stack;
    int silent; /* no digest */
} tally;

static uint8_t *put_u32(uint8_t *to, uint32_t x)
{
    for (int i = 0; i < 32; i += 8)
        *to++ = (uint8_t)(x >> i);
    return to;
}

static uint8_t *put_bytes(uint8_t *to, const void *from, size_t n)
{
    memcpy(to, from, n);
    return to + n;
}

static uint8_t *put_outputs(uint8_t *to, const bds_plan *plan)
{
    bds_tensor t;

    for (uint32_t i = 0; bds_output(plan, i, &t) == BDS_OK; i++)
        to = put_bytes(to, t.data, (size_t)(t.dims[1] * t.dims[2] * t.dims[3]) << (t.type == BDS_INT16));
    return to;
}

static bds_status judge(bds_plan *plan)
{
    bds_tensor window, scalar;
    bds_status st = bds_input(plan, 0, &window);

    if (st >= 0)
        st = bds_input(plan, 1, &scalar);
    if (st < 0)
        return st;
    memcpy(window.data, told.beat.window, sizeof told.beat.window);
    memcpy(scalar.data, told.beat.scalar, sizeof told.beat.scalar);
    return bds_run(plan);
}

/* Takes note of a beat; of a judged one what the network says, too. */
static bds_status note(tally *t, const bds_plan *plan, bds_ecg_status got)
{
    uint8_t *end = message, both[64];
    bds_finding findings[MAX_FINDINGS];
    size_t n = MAX_FINDINGS;
    bds_verdict verdict;

    t->beats++;
    end = put_u32(put_u32(put_u32(end, (uint32_t)got), told.beat.index), told.beat.at);
    end = put_u32(put_u32(put_u32(end, told.at), told.quality), told.rate);
    if (got == BDS_ECG_READY) {
        const bds_status st = bds_result(plan, findings, &n, &verdict);

        if (st < 0)
            return st;
        t->judged++;
        t->label[findings[verdict.top].label]++;
        end = put_bytes(end, told.beat.window, sizeof told.beat.window);
        end = put_outputs(put_bytes(end, told.beat.scalar, sizeof told.beat.scalar), plan);
        for (size_t i = 0; i < n; i++) {
            end = put_u32(put_u32(end, findings[i].label), findings[i].probability);
            end = put_u32(put_u32(put_u32(end, findings[i].low), findings[i].high), (uint32_t)findings[i].logit);
        }
        end = put_u32(put_u32(put_u32(end, verdict.top), verdict.doubts), verdict.distance);
    }
    if (t->silent)
        return BDS_OK;
    memcpy(both, t->digest, 32);
    bds_sha256(both + 32, message, (size_t)(end - message));
    bds_sha256(t->digest, both, sizeof both);
    return BDS_OK;
}

/* All beats that are ready. */
static bds_status take(tally *t, bds_plan *plan)
{
    for (;;) {
        const bds_ecg_status got = bds_ecg_monitor_next(&monitor, &told);
        bds_status st = got < 0 ? BDS_E_INVALID : BDS_OK;

        if (got == BDS_ECG_NONE || st < 0)
            return st;
        if (got == BDS_ECG_READY)
            st = judge(plan);
        if (st >= 0)
            st = note(t, plan, got);
        if (st < 0)
            return st;
    }
}

static bds_status play(tally *t, const record *r, uint32_t samples)
{
    const bds_ecg_setup setup = {
        .rate = r->rate, .leads = r->leads, .lead_ii = r->lead_ii, .low = r->low, .high = r->high};
    bds_plan *plan;
    bds_status st = bds_network_plan(&plan, &arrhythmia, arena, sizeof arena);

    if (st < 0 || bds_ecg_monitor_begin(&monitor, &setup) < 0)
        return st < 0 ? st : BDS_E_ARGUMENT;
    for (uint32_t i = 0; i < samples && st >= 0; i++) {
        int32_t x[2] = {0, 0};

        for (uint32_t k = 0; k < r->leads; k++) {
            x[k] = r->value[i * r->leads + k];
            if (x[k] == INT16_MIN)
                x[k] = BDS_ECG_NO_SAMPLE;
        }
        bds_ecg_monitor_sample(&monitor, x[0], x[1]);
        st = take(t, plan);
    }
    if (st < 0)
        return st;
    bds_ecg_monitor_finish(&monitor);
    return take(t, plan);
}

static char *put_number(char *to, const char *name, uint32_t value)
{
    return append_number(append(to, name), value);
}

static void print(const tally *t)
{
    char line[128];

    put_number(put_number(line, "beats ", t->beats), " judged ", t->judged);
    board_puts(line);
    put_number(put_number(put_number(line, "classes ", t->label[0]), " ", t->label[1]), " ", t->label[2]);
    board_puts(line);
    put_number(line, "memory ", (uint32_t)(sizeof monitor + sizeof arena + sizeof told));
    board_puts(line);
    put_number(line, "stack ", t->stack);
    board_puts(line);
    hexadecimal(append(line, "digest "), t->digest, sizeof t->digest);
    board_puts(line);
}

int main(void)
{
    static tally whole, minute = {.silent = 1};
    const record *r = &ecg_record;
    const uint32_t most = 60 * r->rate;

    if (memcmp(r->magic, "BDSECG2", 8) != 0 || r->leads < 1 || r->leads > 2) {
        board_puts("not a record");
        return 2;
    }
    bds_status st = play(&whole, r, r->samples);
    stack_paint();
    count_begin();
    if (st >= 0)
        st = play(&minute, r, r->samples < most ? r->samples : most);
    count_end();
    whole.stack = stack_used();
    if (st < 0) {
        board_puts(bds_status_text(st));
        return 1;
    }
    print(&whole);
    return 0;
}
