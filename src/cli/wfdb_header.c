/* See wfdb_header.h.
 * SPDX-License-Identifier: MIT */
#include "wfdb_header.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "file.h"

#define MAX_HEADER (1u << 16)
#define DEFAULT_GAIN 200.0 /* where the header gives none, says header(5); so with the rate */
#define DEFAULT_RATE "250"
#define MAX_GAIN 1e9

/* Cuts a line at its blanks; the words beyond its end are empty, and the last one is all that is left. */
static void split(char *line, char **words, int count)
{
    static char nothing[1];
    line[strcspn(line, "\r\n")] = 0;
    for (size_t n = strlen(line); n > 0 && isspace((unsigned char)line[n - 1]); n--)
        line[n - 1] = 0;
    for (int i = 0; i < count; i++) {
        line += strspn(line, " \t");
        words[i] = *line ? line : nothing;
        if (i + 1 == count)
            return;
        line += strcspn(line, " \t");
        if (*line)
            *line++ = 0;
    }
}

/* Whether the text begins with a whole number of 32 bits; *end: what follows it. */
static int whole(const char *text, int32_t *value, const char **end)
{
    char *stop;
    const long long v = strtoll(text, &stop, 10);
    if (!(isdigit((unsigned char)*text) || *text == '-') || stop == text || v < INT32_MIN || v > INT32_MAX)
        return 0;
    *value = (int32_t)v;
    *end = stop;
    return 1;
}

/* A field that is a whole number or not there, which leaves *value as it is. */
static int field(const char *text, int32_t *value)
{
    const char *end;
    return !*text || (whole(text, value, &end) && !*end);
}

/* Millivolts in one of a unit; 0: it is no voltage. Bytes beyond ASCII are a micro sign, however it is written. */
static double millivolts_in(const char *unit)
{
    static const struct {
        const char *name;
        double millivolts;
    } units[] = {{"v", 1000},          {"volt", 1000},    {"volts", 1000}, {"mv", 1},
                 {"millivolt", 1},     {"millivolts", 1}, {"uv", 1e-3},    {"microvolt", 1e-3},
                 {"microvolts", 1e-3}, {"nv", 1e-6}};
    char plain[16];
    size_t n = 0;
    for (const char *c = unit; *c && n + 1 < sizeof plain; c++) {
        const int beyond = (unsigned char)*c >= 0x80;
        if (!beyond || c == unit || (unsigned char)c[-1] < 0x80)
            plain[n++] = (char)(beyond ? 'u' : tolower((unsigned char)*c));
    }
    plain[n] = 0;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strcmp(plain, units[i].name) == 0)
            return units[i].millivolts;
    return 0;
}

/* "GAIN[(BASELINE)][/UNIT]". Returns whether it is that. */
static int parse_gain(wfdb_signal *s, const char *text)
{
    const char *at = text + strcspn(text, "(/"), *unit = "mV";
    char *end;
    double gain = DEFAULT_GAIN;
    if (at > text) {
        gain = strtod(text, &end);
        if (end != at)
            return 0;
    }
    if (*at == '(') {
        if (!whole(at + 1, &s->lead.baseline, &at) || *at != ')')
            return 0;
        at++;
    }
    if (*at == '/')
        unit = ++at;
    else if (*at)
        return 0;
    const double millivolts = millivolts_in(unit);
    s->is_voltage = millivolts > 0;
    s->lead.gain = s->is_voltage ? gain / millivolts : gain;
    return *unit && gain > 0 && gain < MAX_GAIN;
}

/* "FORMAT[xN][:SKEW][+OFFSET]": one sample at a time, no skew. */
static int parse_format(wfdb_header *h, const char *text)
{
    const int packed = strncmp(text, "212", 3) == 0;
    const char *at = text + (packed ? 3 : 2);
    int32_t skip = 0;
    if (!packed && strncmp(text, "16", 2) != 0)
        return 0;
    at += strncmp(at, "x1", 2) == 0 ? 2 : 0;
    at += strncmp(at, ":0", 2) == 0 ? 2 : 0;
    if (*at == '+' && (!whole(at + 1, &skip, &at) || skip < 0))
        return 0;
    h->format = packed ? 212 : 16;
    h->skip = (uint32_t)skip;
    return !*at;
}

/* Where the header gives no resolution, the format has one, says header(5). */
static void set_range(wfdb_lead *l, uint32_t format, int32_t bits, int32_t zero)
{
    const int32_t most = 31, given = bits <= 0 ? (format == 16 ? 16 : 12) : bits < most ? bits : most;
    const int64_t half = (int64_t)1 << (given - 1);
    l->low = zero - half < INT32_MIN ? INT32_MIN : (int32_t)(zero - half);
    l->high = zero + half - 1 > INT32_MAX ? INT32_MAX : (int32_t)(zero + half - 1);
}

/* "FILE FORMAT GAIN BITS ZERO FIRST CHECKSUM BLOCK NAME"; only the first two must be there. The first value and the block's size say
 * nothing that these formats need. */
static int parse_signal(wfdb_header *h, char *line, const char *path)
{
    enum { FILE_NAME, FORMAT, GAIN, BITS, ZERO, FIRST, CHECKSUM, BLOCK, NAME, WORDS };
    char *words[WORDS];
    wfdb_header own = {0};
    wfdb_signal *s = &h->signal[h->signals];
    int32_t unused = 0, bits = 0, zero = 0;
    split(line, words, WORDS);
    const char *file = words[FILE_NAME], *name = *words[NAME] ? words[NAME] : file;
    if (!*words[FORMAT])
        return cli_fail(BDS_E_INVALID, "%s: a lead's line names no file and format", path);
    if (strpbrk(file, "/\\") || strlen(file) >= sizeof h->file)
        return cli_fail(BDS_E_INVALID, "%s: the samples must lie beside the header", path);
    if (!parse_format(&own, words[FORMAT]))
        return cli_fail(BDS_E_UNSUPPORTED, "%s: the samples are in format %.16s; 212 and 16 are read", path,
                        words[FORMAT]);
    if (h->signals > 0 && (strcmp(file, h->file) != 0 || own.format != h->format))
        return cli_fail(BDS_E_UNSUPPORTED, "%s: the leads lie in several files, which are not read", path);
    if (!field(words[BITS], &bits) || !field(words[ZERO], &zero) || !field(words[FIRST], &unused) ||
        !field(words[CHECKSUM], &s->checksum) || !field(words[BLOCK], &unused))
        return cli_fail(BDS_E_INVALID, "%s: the line of lead %.40s has text where a whole number must be", path, name);
    s->lead.baseline = zero; /* unless the gain names another */
    set_range(&s->lead, own.format, bits, zero);
    if (!parse_gain(s, words[GAIN]))
        return cli_fail(BDS_E_INVALID,
                        "%s: the gain of lead %.40s is %.40s: units per millivolt must be a number above 0", path, name,
                        words[GAIN]);
    if (h->signals == 0) {
        snprintf(h->file, sizeof h->file, "%s", file);
        h->format = own.format;
        h->skip = own.skip;
    }
    snprintf(s->lead.name, sizeof s->lead.name, "%s", words[NAME]);
    h->signals++;
    return 0;
}

/* MIT-BIH writes "# 69 M 1085 1629 x1". */
static void parse_comment(wfdb_record *r, char *line)
{
    char *words[4];
    int32_t age = -1;
    split(line, words, 4);
    const char sex = words[2][0];
    if (r->sex != '?' || strcmp(words[0], "#") != 0 || (sex != 'M' && sex != 'F') || words[2][1])
        return;
    r->age = *words[1] && field(words[1], &age) && age >= 0 && age < 130 ? age : -1;
    r->sex = sex;
}

/* "NAME LEADS [RATE[/...]] [SAMPLES] ..."; *signals: how many lines must follow. */
static int parse_first(wfdb_record *r, char *line, int32_t *signals, const char *path)
{
    char *words[5];
    int32_t samples = 0;
    split(line, words, 5);
    if (strchr(words[0], '/'))
        return cli_fail(BDS_E_UNSUPPORTED, "%s: the record has several segments, which are not read", path);
    if (!field(words[1], signals) || *signals <= 0 || *signals > WFDB_MAX_LEADS || !field(words[3], &samples) ||
        samples < 0)
        return cli_fail(BDS_E_INVALID, "%s: the first line must give leads, rate and number of samples", path);
    const double rate = strtod(*words[2] ? words[2] : DEFAULT_RATE, NULL);
    if (!(rate >= 1 && rate <= 100000))
        return cli_fail(BDS_E_INVALID, "%s: the rate must be between 1 and 100000 samples per second", path);
    if (fabs(rate - floor(rate + 0.5)) > 1e-6 * rate)
        return cli_fail(BDS_E_UNSUPPORTED, "%s: the rate is %g samples per second; only whole numbers are read", path,
                        rate);
    r->samples = (uint32_t)samples;
    r->rate = (uint32_t)(rate + 0.5);
    return 0;
}

static int parse(wfdb_header *h, wfdb_record *r, char *text, const char *path)
{
    int32_t signals = 0;
    int failed = 0;
    for (char *line = text, *end; line && *line && !failed; line = end) {
        end = strchr(line, '\n');
        if (end)
            *end++ = 0;
        if (*line == '#')
            parse_comment(r, line);
        else if (!line[strspn(line, " \t\r")])
            continue;
        else if (!signals)
            failed = parse_first(r, line, &signals, path);
        else if (h->signals < (uint32_t)signals)
            failed = parse_signal(h, line, path);
    }
    if (!failed && (!signals || h->signals < (uint32_t)signals))
        failed = cli_fail(BDS_E_INVALID, "%s: the header is not complete", path);
    for (uint32_t i = 0; i < h->signals && !failed; i++)
        if (h->signal[i].is_voltage)
            r->lead[r->leads++] = h->signal[i].lead;
    if (!failed && !r->leads)
        failed = cli_fail(BDS_E_UNSUPPORTED, "%s: no signal of the record is a voltage", path);
    return failed;
}

int wfdb_header_read(wfdb_header *h, wfdb_record *r, const char *path)
{
    uint8_t *bytes;
    size_t n;
    memset(h, 0, sizeof *h);
    r->age = -1;
    r->sex = '?';
    int failed = file_read(path, MAX_HEADER, &bytes, &n);
    if (failed)
        return failed;
    char *text = malloc(n + 1);
    if (text) {
        memcpy(text, bytes, n);
        text[n] = 0;
        failed = parse(h, r, text, path);
    } else {
        failed = cli_fail(BDS_E_ARENA, "out of memory");
    }
    free(text);
    free(bytes);
    return failed;
}
