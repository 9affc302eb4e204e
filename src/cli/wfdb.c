/* SPDX-License-Identifier: MIT */
#include "wfdb.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "file.h"

#define MAX_HEADER (1u << 16)
#define MAX_SIGNAL (1u << 30)
#define MAX_ANNOTATIONS (1u << 26)
#define UNITS_PER_MILLIVOLT 200.0
#define MAX_PATH 1024

typedef struct header {
    char file[128]; /* of the samples */
    uint32_t format;
} header;

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

#define MAX_WORDS 12

/* Cuts a line at its blanks; the words beyond its end are empty. */
static void split(char *line, char *words[MAX_WORDS])
{
    static char nothing[1];
    for (int i = 0; i < MAX_WORDS; i++) {
        line += strspn(line, " \t\r");
        words[i] = *line ? line : nothing;
        line += strcspn(line, " \t\r");
        if (*line)
            *line++ = 0;
    }
}

/* A whole number at the text's begin, otherwise what is given. */
static int32_t whole(const char *text, int32_t otherwise)
{
    char *end;
    const long value = strtol(text, &end, 10);
    return end == text || value > INT32_MAX || value < INT32_MIN ? otherwise : (int32_t)value;
}

/* The words from one on, with single blanks between them. */
static void join(char *to, size_t size, char *const words[MAX_WORDS], int from)
{
    int n = snprintf(to, size, "%s", words[from]);
    for (int i = from + 1; i < MAX_WORDS && *words[i] && n >= 0 && (size_t)n < size; i++)
        n += snprintf(to + n, size - (size_t)n, " %s", words[i]);
}

/* Where the header gives no resolution, the format has one, says header(5). */
static void parse_range(wfdb_lead *l, uint32_t format, const char *resolution, const char *zero)
{
    const int32_t given = whole(resolution, 0), most = 31;
    const int32_t bits = given <= 0 ? (format == 16 ? 16 : 12) : given < most ? given : most;
    const int64_t half = (int64_t)1 << (bits - 1), middle = whole(zero, 0);
    l->low = middle - half < INT32_MIN ? INT32_MIN : (int32_t)(middle - half);
    l->high = middle + half - 1 > INT32_MAX ? INT32_MAX : (int32_t)(middle + half - 1);
}

/* "FILE FORMAT GAIN(BASELINE)/UNITS BITS ZERO FIRST CHECKSUM BLOCK NAME"; only the first two must be there. */
static const char *parse_lead(wfdb_record *r, header *h, char *line, uint32_t i)
{
    char *words[MAX_WORDS];
    wfdb_lead *l = &r->lead[i];
    split(line, words);
    const char *file = words[0], *format = words[1], *gain = words[2];
    if (!*file || !*format)
        return "a lead's line names no file and format";
    if (strpbrk(file, "/\\") || strlen(file) >= sizeof h->file)
        return "the samples must lie beside the header";
    if (strcmp(format, "212") != 0 && strcmp(format, "16") != 0) {
        static char why[64];
        snprintf(why, sizeof why, "the samples are in format %.16s; 212 and 16 are read", format);
        return why;
    }
    if (i > 0 && (strcmp(file, h->file) != 0 || (uint32_t)whole(format, 0) != h->format))
        return "the leads lie in several files";
    snprintf(h->file, sizeof h->file, "%s", file);
    h->format = (uint32_t)whole(format, 0);
    join(l->name, sizeof l->name, words, 8);
    parse_range(l, h->format, words[3], words[4]);
    l->gain = strtod(gain, NULL);
    if (!(l->gain > 0 && l->gain < 1e6))
        l->gain = 200; /* WFDB's own default */
    const char *bracket = strchr(gain, '(');
    l->baseline = bracket ? whole(bracket + 1, 0) : whole(words[4], 0);
    return l->baseline < -32768 || l->baseline > 32767 ? "a lead's baseline is out of range" : NULL;
}

/* MIT-BIH writes "# 69 M 1085 1629 x1". */
static void parse_comment(wfdb_record *r, char *line)
{
    char *words[MAX_WORDS];
    split(line, words);
    const char sex = words[2][0];
    if (r->sex != '?' || strcmp(words[0], "#") != 0 || (sex != 'M' && sex != 'F') || words[2][1])
        return;
    const int32_t age = whole(words[1], -1);
    r->age = age >= 0 && age < 130 ? age : -1;
    r->sex = sex;
}

static const char *parse_first(wfdb_record *r, char *line)
{
    char *words[MAX_WORDS];
    split(line, words);
    const int32_t leads = whole(words[1], 0), samples = whole(words[3], 0);
    const double rate = strtod(words[2], NULL);
    if (leads <= 0 || (uint32_t)leads > WFDB_MAX_LEADS || samples <= 0)
        return "the first line must give leads, rate and number of samples";
    if (!(rate >= 1 && rate <= 100000) || rate > floor(rate))
        return "the rate must be a whole number of samples per second";
    r->leads = (uint32_t)leads;
    r->samples = (uint32_t)samples;
    r->rate = (uint32_t)rate;
    return NULL;
}

static const char *parse_header(wfdb_record *r, header *h, char *text)
{
    uint32_t seen = 0;
    const char *wrong = NULL;
    r->age = -1;
    r->sex = '?';
    for (char *line = text, *end; line && *line && !wrong; line = end) {
        end = strchr(line, '\n');
        if (end)
            *end++ = 0;
        if (*line == '#')
            parse_comment(r, line);
        else if (!r->leads)
            wrong = parse_first(r, line);
        else if (seen < r->leads && *line && *line != '\r')
            wrong = parse_lead(r, h, line, seen++);
    }
    if (wrong)
        return wrong;
    return r->leads && seen == r->leads ? NULL : "the header is not complete";
}

static int32_t sign_extend(uint32_t x, uint32_t bits)
{
    return x >> (bits - 1) & 1 ? (int32_t)x - (1 << bits) : (int32_t)x;
}

static int read_values(wfdb_record *r, const char *path, uint32_t format)
{
    uint8_t *bytes;
    size_t n;
    int failed = file_read(path, MAX_SIGNAL, &bytes, &n);
    if (failed)
        return failed;
    const uint64_t count = (uint64_t)r->samples * r->leads;
    r->invalid = format == 16 ? INT16_MIN : -2048;
    const uint64_t need = format == 16 ? 2 * count : (count * 3 + 1) / 2;
    if (need > n)
        failed = bad(path, "the file is shorter than its header says");
    else if (!(r->values = malloc(count * sizeof *r->values)))
        failed = cli_fail(BDS_E_ARENA, "out of memory");
    for (uint64_t i = 0; i < count && !failed; i++) {
        const uint8_t *p = bytes + (format == 16 ? 2 * i : i / 2 * 3);
        if (format == 16)
            r->values[i] = (int16_t)sign_extend(p[0] | (uint32_t)p[1] << 8, 16);
        else if (i & 1) /* two values of 12 bits in three bytes */
            r->values[i] = (int16_t)sign_extend(p[2] | (uint32_t)(p[1] >> 4) << 8, 12);
        else
            r->values[i] = (int16_t)sign_extend(p[0] | (uint32_t)(p[1] & 15) << 8, 12);
    }
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
    header h = {0};
    uint8_t *bytes;
    size_t n;
    memset(r, 0, sizeof *r);
    int failed = name_record(r, path, folder, sizeof folder);
    if (failed)
        return failed;
    snprintf(name, sizeof name, "%s%s.hea", folder, r->name);
    failed = file_read(name, MAX_HEADER, &bytes, &n);
    if (failed)
        return failed;
    char *text = malloc(n + 1);
    if (text) {
        memcpy(text, bytes, n);
        text[n] = 0;
        const char *wrong = parse_header(r, &h, text);
        failed = wrong ? bad(name, wrong) : 0;
    } else {
        failed = cli_fail(BDS_E_ARENA, "out of memory");
    }
    free(text);
    free(bytes);
    snprintf(name, sizeof name, "%s%s", folder, h.file);
    if (!failed)
        failed = read_values(r, name, h.format);
    snprintf(name, sizeof name, "%s%s.atr", folder, r->name);
    if (!failed)
        failed = read_beats(r, name);
    if (failed)
        wfdb_close(r);
    return failed;
}

static int32_t units_of(const wfdb_lead *l, double value)
{
    const double units = floor((value - l->baseline) * (UNITS_PER_MILLIVOLT / l->gain) + 0.5), most = 1 << 30;
    return units < -most ? -(1 << 30) : units > most ? 1 << 30 : (int32_t)units;
}

int32_t wfdb_value(const wfdb_record *r, uint32_t sample, uint32_t lead)
{
    return units_of(&r->lead[lead], r->values[(size_t)sample * r->leads + lead]);
}

int32_t wfdb_sample(const wfdb_record *r, uint32_t sample, uint32_t lead)
{
    return r->values[(size_t)sample * r->leads + lead] == r->invalid ? INT32_MIN : wfdb_value(r, sample, lead);
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
    return l->low < l->high && (!reached || stayed);
}

void wfdb_close(wfdb_record *r)
{
    free(r->values);
    free(r->beat);
    memset(r, 0, sizeof *r);
}
