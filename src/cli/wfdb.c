/* SPDX-License-Identifier: MIT */
#include "wfdb.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "ecg/ecg_resample.h"
#include "file.h"
#include "wfdb_header.h"

#define MAX_SIGNAL (1u << 30)
#define MAX_ANNOTATIONS (1u << 26)
#define UNITS_PER_MILLIVOLT 200.0
#define MAX_UNITS (double)(1 << 30)
#define MAX_PATH 1024

static int bad(const char *path, const char *what)
{
    return cli_fail(BDS_E_INVALID, "%s: %s", path, what);
}

static int name_record(wfdb_record *r, const char *path, char *folder, size_t size)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    size_t n = strlen(name), at = (size_t)(name - path);
    if (n > 4 && strcmp(name + n - 4, ".hea") == 0)
        n -= 4;
    if (n == 0 || n >= sizeof r->name || at >= size)
        return cli_fail(BDS_E_ARGUMENT, "%s is not the name of a record", path);
    memcpy(r->name, name, n);
    r->name[n] = 0;
    memcpy(folder, path, at);
    folder[at] = 0;
    return 0;
}

static int32_t sign_extend(uint32_t x, uint32_t bits)
{
    return x >> (bits - 1) & 1 ? (int32_t)x - (1 << bits) : (int32_t)x;
}

/* Value i of the file, in its order. */
static int16_t value_at(const uint8_t *bytes, uint32_t format, uint64_t i)
{
    const uint8_t *p = bytes + (format == 16 ? 2 * i : i / 2 * 3);
    if (format == 16)
        return (int16_t)sign_extend(p[0] | (uint32_t)p[1] << 8, 16);
    if (i & 1) /* two values of 12 bits in three bytes */
        return (int16_t)sign_extend(p[2] | (uint32_t)(p[1] >> 4) << 8, 12);
    return (int16_t)sign_extend(p[0] | (uint32_t)(p[1] & 15) << 8, 12);
}

/* Keeps the leads' values. The header's sums tell samples that are damaged, or another record's. */
static int take_values(wfdb_record *r, const wfdb_header *h, const char *path, const uint8_t *bytes)
{
    uint32_t sum[WFDB_MAX_LEADS] = {0};
    int16_t *to = r->values;
    for (uint64_t i = 0, n = (uint64_t)r->samples * h->signals; i < n; i++) {
        const uint32_t signal = (uint32_t)(i % h->signals);
        const int32_t value = value_at(bytes, h->format, i);
        sum[signal] += (uint32_t)value;
        if (h->signal[signal].is_voltage)
            *to++ = (int16_t)value;
    }
    for (uint32_t k = 0; k < h->signals; k++) {
        const wfdb_signal *s = &h->signal[k];
        if (s->checksum && ((sum[k] - (uint32_t)s->checksum) & 0xffff))
            return cli_fail(BDS_E_CORRUPT, "%s is damaged or of another record: the sum of lead %s is not the header's",
                            path, s->lead.name);
    }
    return 0;
}

static int read_values(wfdb_record *r, const wfdb_header *h, const char *path)
{
    uint8_t *bytes;
    size_t n;
    int failed = file_read(path, MAX_SIGNAL, &bytes, &n);
    if (failed)
        return failed;
    const uint64_t held = h->skip > n ? 0 : h->format == 16 ? (n - h->skip) / 2 : (n - h->skip) * 2 / 3;
    if (!r->samples)
        r->samples = (uint32_t)(held / h->signals);
    r->invalid = h->format == 16 ? INT16_MIN : -2048;
    if (!r->samples || (uint64_t)r->samples * h->signals > held)
        failed = bad(path, "the file is shorter than its header says");
    else if (!(r->values = malloc((size_t)r->samples * r->leads * sizeof *r->values)))
        failed = cli_fail(BDS_E_ARENA, "out of memory");
    else
        failed = take_values(r, h, path, bytes + h->skip);
    free(bytes);
    return failed;
}

/* The letters of annotation codes that are beats; 0 for the others. */
static char beat_symbol(uint32_t code)
{
    static const char letters[] = "\0NLRaVFJASEj/Q"; /* codes 0 to 13 */
    switch (code) {
    case 25:
        return 'B';
    case 30:
        return '?';
    case 34:
        return 'e';
    case 35:
        return 'n';
    case 38:
        return 'f';
    case 41:
        return 'r';
    default:
        return code < 14 ? letters[code] : 0;
    }
}

/* Words of 16 bits: code in the upper 6, time since the last in the lower 10. 59 skips by a long, 60 to 62 set fields, 63 is text. */
static const char *parse_annotations(wfdb_record *r, const uint8_t *p, size_t n)
{
    int64_t time = 0;
    size_t at = 0;
    while (at + 2 <= n) {
        const uint32_t word = p[at] | (uint32_t)p[at + 1] << 8, code = word >> 10, rest = word & 1023;
        at += 2;
        if (word == 0)
            return NULL;
        if (code == 59) {
            if (at + 4 > n)
                break;
            const uint32_t high = p[at] | (uint32_t)p[at + 1] << 8, low = p[at + 2] | (uint32_t)p[at + 3] << 8;
            time += (int32_t)(high << 16 | low);
            at += 4;
        } else if (code == 63) {
            at += (rest + 1) / 2 * 2;
        } else if (code < 60) {
            time += rest;
            const char symbol = beat_symbol(code);
            if (time < 0 || time >= r->samples)
                return "an annotation lies outside of the record";
            if (symbol && r->beats && (uint32_t)time <= r->beat[r->beats - 1].at)
                return "the annotations are not in order";
            if (symbol)
                r->beat[r->beats++] = (wfdb_beat){(uint32_t)time, symbol};
        }
    }
    return "the annotations end in the middle";
}

static int read_beats(wfdb_record *r, const char *path)
{
    uint8_t *bytes;
    size_t n;
    FILE *there = fopen(path, "rb");
    if (!there)
        return 0; /* a record without annotations */
    fclose(there);
    int failed = file_read(path, MAX_ANNOTATIONS, &bytes, &n);
    if (failed)
        return failed;
    r->beat = malloc((n / 2 + 1) * sizeof *r->beat);
    const char *wrong = r->beat ? parse_annotations(r, bytes, n) : NULL;
    if (!r->beat)
        failed = cli_fail(BDS_E_ARENA, "out of memory");
    else if (wrong)
        failed = bad(path, wrong);
    free(bytes);
    return failed;
}

int wfdb_open(wfdb_record *r, const char *path)
{
    char folder[MAX_PATH], name[MAX_PATH + 256];
    wfdb_header h;
    memset(r, 0, sizeof *r);
    int failed = name_record(r, path, folder, sizeof folder);
    if (failed)
        return failed;
    snprintf(name, sizeof name, "%s%s.hea", folder, r->name);
    failed = wfdb_header_read(&h, r, name);
    snprintf(name, sizeof name, "%s%s", folder, h.file);
    if (!failed)
        failed = read_values(r, &h, name);
    snprintf(name, sizeof name, "%s%s.atr", folder, r->name);
    if (!failed)
        failed = read_beats(r, name);
    if (failed)
        wfdb_close(r);
    return failed;
}

static int32_t units_of(const wfdb_lead *l, double value)
{
    const double units = floor((value - l->baseline) * (UNITS_PER_MILLIVOLT / l->gain) + 0.5);
    return (int32_t)(units < -MAX_UNITS ? -MAX_UNITS : units > MAX_UNITS ? MAX_UNITS : units);
}

int32_t wfdb_sample(const wfdb_record *r, uint32_t sample, uint32_t lead)
{
    const int16_t value = r->values[(size_t)sample * r->leads + lead];
    return value == r->invalid ? BDS_ECG_NO_SAMPLE : units_of(&r->lead[lead], value);
}

/* Behind a word of these, any case, and the blanks and dashes after it. */
static const char *behind(const char *name, const char *word)
{
    size_t n = 0;
    while (word[n] && tolower((unsigned char)name[n]) == word[n])
        n++;
    return word[n] ? name : name + n + strspn(name + n, " _-");
}

int wfdb_is_lead_ii(const char *name)
{
    const char *rest = behind(behind(name, "ecg"), "ekg");
    rest = behind(rest, "lead");
    rest += tolower((unsigned char)rest[0]) == 'm' && tolower((unsigned char)rest[1]) == 'l' ? 2 : 0;
    return tolower((unsigned char)rest[0]) == 'i' && tolower((unsigned char)rest[1]) == 'i' && !rest[2];
}

int wfdb_rails(const wfdb_record *r, uint32_t lead, int32_t rails[2])
{
    const wfdb_lead *l = &r->lead[lead];
    int reached = 0, stayed = 0;
    int16_t before = r->invalid;
    for (uint32_t i = 0; i < r->samples; i++) {
        const int16_t x = r->values[(size_t)i * r->leads + lead];
        if (x != r->invalid && (x < l->low || x > l->high))
            return 0;
        if (x != r->invalid && (x == l->low || x == l->high)) {
            reached = 1;
            stayed = stayed || x == before;
        }
        before = x;
    }
    rails[0] = units_of(l, l->low);
    rails[1] = units_of(l, l->high);
    return rails[0] < rails[1] && (!reached || stayed); /* finer than a unit: there is nothing between them */
}

void wfdb_close(wfdb_record *r)
{
    free(r->values);
    free(r->beat);
    memset(r, 0, sizeof *r);
}
