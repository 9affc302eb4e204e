/* The command line's reader of WFDB records: made-up headers and samples in both formats. Sums, samples that are not there, the fields of
 * the header, and what is refused, each with its type and sentence.
 * SPDX-License-Identifier: MIT */
#include "cli/wfdb.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "ecg/ecg_resample.h"
#include "unit/check.h"

enum { LEADS = 3, SAMPLES = 5 };

/* An odd number of values in all; both formats' least are among them, and -2048 as a value of format 16. */
static const int16_t twelve[SAMPLES][LEADS] = {
    {0, 1, -1}, {2047, -2047, 100}, {-2048, 5, 1024}, {7, -2048, 1000}, {-300, 300, -2048}};
static const int16_t sixteen[SAMPLES][LEADS] = {
    {0, 1, -1}, {32767, -32767, 100}, {-32768, 5, 1024}, {-2048, -32768, 1000}, {-300, 30000, 30000}};

static char folder[] = "/tmp/bedside-wfdb-XXXXXX", sentence[512];
static bds_status status;

int cli_fail(bds_status st, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    status = st;
    return 1;
}

static void path_of(char path[128], const char *extension)
{
    snprintf(path, 128, "%s/made.%s", folder, extension);
}

static void put_file(const char *extension, const void *bytes, size_t n)
{
    char path[128];
    path_of(path, extension);
    FILE *f = fopen(path, "wb");
    CHECK(f && fwrite(bytes, 1, n, f) == n);
    if (f)
        fclose(f);
}

static void put_header(const char *text)
{
    put_file("hea", text, strlen(text));
}

/* Behind `skip` bytes that belong to something else. */
static void put_samples(uint32_t format, uint32_t skip)
{
    uint8_t bytes[64];
    size_t at = skip;
    memset(bytes, 0xee, sizeof bytes);
    for (uint32_t i = 0; i < SAMPLES * LEADS; i++) {
        const uint32_t x = (uint16_t)(format == 16 ? sixteen : twelve)[i / LEADS][i % LEADS];
        if (format == 16) {
            bytes[at++] = (uint8_t)x;
            bytes[at++] = (uint8_t)(x >> 8);
        } else if (i % 2 == 0) {
            bytes[at++] = (uint8_t)x;
            bytes[at++] = (uint8_t)(x >> 8 & 15);
        } else {
            bytes[at - 1] |= (uint8_t)((x >> 8 & 15) << 4);
            bytes[at++] = (uint8_t)x;
        }
    }
    put_file("dat", bytes, at);
}

/* Opens it; the caller closes it. */
static int opens(wfdb_record *r)
{
    char path[128];
    path_of(path, "hea");
    sentence[0] = 0;
    status = BDS_OK;
    return wfdb_open(r, path) == 0;
}

static int reads(const char *header)
{
    wfdb_record r;
    put_header(header);
    const int read = opens(&r);
    if (read)
        wfdb_close(&r);
    else
        CHECK(!r.values && !r.beat);
    return read;
}

/* Whether it is refused, for this reason. */
static int refuses(const char *header, bds_status why, const char *what)
{
    const int refused = !reads(header) && status == why && strstr(sentence, what);
    if (!refused)
        fprintf(stderr, "status %d: %s\n", (int)status, sentence);
    return refused;
}

/* The same with only one lead's line, and this in place of what follows the format. */
static int refuses_line(const char *rest, bds_status why, const char *what)
{
    char header[256];
    snprintf(header, sizeof header, "made 1 360 5\nmade.dat %s\n", rest);
    return refuses(header, why, what);
}

static void test_values(uint32_t format, const char *header)
{
    wfdb_record r;
    put_header(header);
    if (!CHECK(opens(&r))) {
        fprintf(stderr, "%s\n", sentence);
        return;
    }
    CHECK(r.samples == SAMPLES && r.leads == LEADS && r.rate == 360 && !r.beat && r.age == 51 && r.sex == 'F');
    CHECK(strcmp(r.lead[0].name, "MLII") == 0 && strcmp(r.lead[1].name, "V1 again") == 0 && !r.lead[2].name[0]);
    for (uint32_t i = 0; i < SAMPLES; i++)
        for (uint32_t k = 0; k < LEADS; k++) {
            const int32_t x = (format == 16 ? sixteen : twelve)[i][k];
            const int missing = x == (format == 16 ? -32768 : -2048);
            CHECK(wfdb_sample(&r, i, k) == (missing ? BDS_ECG_NO_SAMPLE : x - (k == 0 ? 1024 : 0)));
        }
    wfdb_close(&r);
}

static void test_formats(void)
{
    put_samples(212, 0);
    test_values(212,
                "made 3 360 5\nmade.dat 212 200(1024)/mV 12 0 0 -294 0 MLII\nmade.dat 212 200 12 0 1 -3789 0 V1 again\n"
                "made.dat 212 200 12 0 -1 75\n# 51 F 0 0 x1\n");
    put_samples(212, 7);
    test_values(
        212, "made 3 360/360(0) 5\r\n\r\n# made up\r\nmade.dat 212x1:0+7 200 12 1024 0 -294 0 MLII\r\n"
             "made.dat 212x1:0+7 200 12 0 1 61747 0 V1 again\r\nmade.dat 212+7 200 12 0 -1 65611\r\n# 51 F 0 0 x1\r\n");
    put_samples(16, 0);
    test_values(16, "made 3 360\nmade.dat 16 200 16 1024 0 -2349 0 MLII\nmade.dat 16 200 16 0 1 -35529 0 V1 again\n"
                    "made.dat 16 200\n# 51 F 0 0 x1\n");
}

static void test_sums(void)
{
    put_samples(212, 0);
    CHECK(reads("made 3 360 5\nmade.dat 212 200 12 0 0 -294 0 A\nmade.dat 212\nmade.dat 212 200 12 0 0 0 0 C\n"));
    CHECK(refuses("made 3 360 5\nmade.dat 212 200 12 0 0 -294 0 A\nmade.dat 212 200 12 0 0 -3788 0 B\nmade.dat 212\n",
                  BDS_E_CORRUPT, "made.dat is damaged or of another record: the sum of lead B is not the header's"));
    CHECK(refuses("made 3 360 5\nmade.dat 212 200 12 0 0 294 0 A\nmade.dat 212\nmade.dat 212\n", BDS_E_CORRUPT,
                  "lead A"));
    CHECK(refuses("made 3 360 4\nmade.dat 212 200 12 0 0 -294 0 A\nmade.dat 212\nmade.dat 212\n", BDS_E_CORRUPT,
                  "lead A"));
    put_samples(16, 0);
    CHECK(reads("made 3 360 5\nmade.dat 16\nmade.dat 16\nmade.dat 16 200 16 0 0 32123 0 C\n"));
    CHECK(refuses("made 3 360 5\nmade.dat 16\nmade.dat 16\nmade.dat 16 200 16 0 0 -32123 0 C\n", BDS_E_CORRUPT,
                  "lead C"));
}

static void test_gain(const char *text, double gain, int32_t baseline)
{
    wfdb_record r;
    char header[256];
    snprintf(header, sizeof header, "made 1 360 5\nmade.dat 16 %s\n", text);
    put_header(header);
    if (CHECK(opens(&r))) {
        if (!CHECK(r.lead[0].gain > gain * (1 - 1e-12) && r.lead[0].gain < gain * (1 + 1e-12) &&
                   r.lead[0].baseline == baseline))
            fprintf(stderr, "%s: %g, %d\n", text, r.lead[0].gain, (int)r.lead[0].baseline);
        wfdb_close(&r);
    }
}

static void test_fields(void)
{
    wfdb_record r;
    put_samples(16, 0);
    test_gain("", 200, 0);
    test_gain("/mV", 200, 0);
    test_gain("100.5", 100.5, 0);
    test_gain("100(-7)/mV 16 9", 100, -7);
    test_gain("(70000)", 200, 70000);
    test_gain("100 16 -9 5 0 512 II", 100, -9);
    test_gain("0.25/uV", 250, 0);
    test_gain("0.25/\xc2\xb5V", 250, 0);
    test_gain("2e5/V", 200, 0);
    for (const char *const *gain =
             (const char *const[]){"0", "-200", "many", "200(12", "200(x)", "200(1)mV", "200/", "1e9", NULL};
         *gain; gain++) {
        char rest[64];
        snprintf(rest, sizeof rest, "16 %s 16 0 0 0 0 II", *gain);
        CHECK(refuses_line(rest, BDS_E_INVALID, "the gain of lead II"));
    }
    CHECK(refuses_line("16 200 x", BDS_E_INVALID, "a whole number must be"));
    CHECK(refuses_line("16 200 16 1.5", BDS_E_INVALID, "a whole number must be"));
    CHECK(refuses_line("16 200 16 0 first", BDS_E_INVALID, "a whole number must be"));
    CHECK(refuses_line("16 200 16 0 0 12x", BDS_E_INVALID, "a whole number must be"));
    CHECK(refuses_line("16 200 16 0 0 0 II", BDS_E_INVALID, "a whole number must be"));
    CHECK(refuses_line("", BDS_E_INVALID, "no file and format"));
    for (const char *const *format = (const char *const[]){"80", "212x2", "212:3", "16+", "16+-1", "161", "2", NULL};
         *format; format++)
        CHECK(refuses_line(*format, BDS_E_UNSUPPORTED, "212 and 16 are read"));
    CHECK(refuses_line("16/mmHg", BDS_E_UNSUPPORTED, "format 16/mmHg"));
    CHECK(refuses_line("16 1/mmHg", BDS_E_UNSUPPORTED, "no signal of the record is a voltage"));
    CHECK(refuses_line("16+100", BDS_E_INVALID, "shorter than its header says"));

    put_header("made 3 360\nmade.dat 16 1/mmHg 16 0 0 -2349 0 ABP\nmade.dat 16 200 16 0 0 0 0 II\nmade.dat 16 200 16 0 "
               "0 0 0 V\n");
    if (CHECK(opens(&r))) { /* the pressure is left out, and is no lead */
        CHECK(r.leads == 2 && r.samples == SAMPLES && strcmp(r.lead[0].name, "II") == 0);
        CHECK(wfdb_sample(&r, 4, 0) == 30000 && wfdb_sample(&r, 1, 1) == 100 &&
              wfdb_sample(&r, 3, 0) == BDS_ECG_NO_SAMPLE);
        wfdb_close(&r);
    }
    put_header("made 1 360 5\nmade.dat 16 1e-8\n");
    if (CHECK(opens(&r))) { /* within what 32 bits hold */
        CHECK(wfdb_sample(&r, 3, 0) == 1 << 30 && wfdb_sample(&r, 0, 0) == 0);
        wfdb_close(&r);
    }
}

static void test_first_line(void)
{
    put_samples(16, 0);
    CHECK(reads("made 1\nmade.dat 16\n")); /* 250 per second, as many as there are */
    CHECK(refuses("", BDS_E_INVALID, "not complete"));
    CHECK(refuses("made 2 360 5\nmade.dat 16\n", BDS_E_INVALID, "not complete"));
    CHECK(refuses("made 0 360 5\n", BDS_E_INVALID, "the first line"));
    CHECK(refuses("made 33 360 5\n", BDS_E_INVALID, "the first line"));
    CHECK(refuses("made 1 360 -5\nmade.dat 16\n", BDS_E_INVALID, "the first line"));
    CHECK(refuses("made 1 360 5x\nmade.dat 16\n", BDS_E_INVALID, "the first line"));
    CHECK(refuses("made 1 0 5\nmade.dat 16\n", BDS_E_INVALID, "the rate"));
    CHECK(refuses("made 1 128.5 5\nmade.dat 16\n", BDS_E_UNSUPPORTED, "128.5 samples per second"));
    CHECK(refuses("made/2 1 360 5\nmade.dat 16\n", BDS_E_UNSUPPORTED, "several segments"));
    CHECK(refuses("made 1 360 16\nmade.dat 16\n", BDS_E_INVALID, "shorter than its header says"));
    CHECK(refuses("made 2 360 5\nmade.dat 16\nother.dat 16\n", BDS_E_UNSUPPORTED, "several files"));
    CHECK(refuses("made 1 360 5\n../made.dat 16\n", BDS_E_INVALID, "beside the header"));
}

/* Rails of five values at a gain, with a converter from low to high. */
static int rails_of(const int16_t values[SAMPLES], double gain, int32_t low, int32_t high, int32_t rails[2])
{
    int16_t copy[SAMPLES];
    const wfdb_record r = {.leads = 1,
                           .samples = SAMPLES,
                           .values = copy,
                           .invalid = INT16_MIN,
                           .lead = {{.gain = gain, .baseline = 1000, .low = low, .high = high}}};
    memcpy(copy, values, sizeof copy);
    return wfdb_rails(&r, 0, rails);
}

static void test_rails(void)
{
    static const int16_t quiet[SAMPLES] = {1000, 1010, INT16_MIN, 990, 1000}, touched[SAMPLES] = {2047, 1000, 0, 9, 8},
                         cut[SAMPLES] = {2047, 2047, 1000, 0, 1000};
    int32_t rails[2];
    CHECK(rails_of(quiet, 200, 0, 2047, rails) && rails[0] == -1000 && rails[1] == 1047);
    CHECK(rails_of(quiet, 100, 0, 2047, rails) && rails[0] == -2000 && rails[1] == 2094);
    CHECK(rails_of(cut, 200, 0, 2047, rails));
    CHECK(!rails_of(touched, 200, 0, 2047, rails)); /* scaled to its own extremes */
    CHECK(!rails_of(quiet, 200, 0, 1009, rails));   /* a sample beyond them */
    CHECK(!rails_of(quiet, 1e6, 0, 2047, rails));   /* one unit has both */
}

static void test_lead_ii(void)
{
    static const char *const two[] = {"II", "MLII", "ecg ii", "ECG_MLII", "Lead II", "EKG lead-ii"},
                             *const other[] = {"", "I", "III", "V2", "lead 2", "IIa", "ML", "aVF"};
    for (size_t i = 0; i < sizeof two / sizeof *two; i++)
        CHECK(wfdb_is_lead_ii(two[i]));
    for (size_t i = 0; i < sizeof other / sizeof *other; i++)
        CHECK(!wfdb_is_lead_ii(other[i]));
}

int main(void)
{
    static const char *const extensions[] = {"hea", "dat"};
    if (!CHECK(mkdtemp(folder)))
        return check_done();
    test_formats();
    test_sums();
    test_fields();
    test_first_line();
    test_rails();
    test_lead_ii();
    for (int i = 0; i < 2; i++) {
        char path[128];
        path_of(path, extensions[i]);
        CHECK(remove(path) == 0);
    }
    CHECK(rmdir(folder) == 0);
    return check_done();
}
