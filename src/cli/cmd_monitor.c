/* bedside monitor: records played through the ECG monitor and a network, beat by beat.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "monitored.h"
#include "options.h"
#include "progress.h"
#include "records.h"

static int play(monitored *m, session *s, const char *path, uint32_t leads, FILE *lines)
{
    wfdb_record r;
    played p;
    int failed = wfdb_open(&r, path);
    if (failed)
        return failed;
    failed = play_record(&p, &r, leads);
    if (!failed) {
        failed = monitored_add(m, s, &r, &p, lines);
        played_free(&p);
    }
    wfdb_close(&r);
    return failed;
}

int cmd_monitor(int argc, char **argv)
{
    enum { RECORDS, LEADS, CPU, JSON, OPTION_COUNT };
    cli_option options[] = {{"--records", 1, 0}, {"--leads", 1, 0}, {"--cpu", 1, 0}, {"--json", 0, 0}};
    int operands;
    uint32_t cpu, leads = BDS_ECG_LEADS;
    int failed = options_parse("monitor", argc, argv, options, OPTION_COUNT, &operands);
    if (!failed && operands < 2)
        failed = cli_usage("monitor", "a .bds file and one record or more are needed");
    if (!failed && options[LEADS].value)
        failed = option_number("monitor", &options[LEADS], 1, BDS_ECG_LEADS, &leads);
    if (!failed)
        failed = session_cpu("monitor", options[CPU].value, &cpu);
    session s;
    if (failed || (failed = session_open_file(&s, argv[0], cpu, 0)))
        return failed;
    FILE *lines = NULL;
    monitored m;
    failed = monitored_begin(&m, &s, (uint32_t)operands - 1);
    const char *to = options[RECORDS].value;
    if (!failed && to)
        failed = records_open(&lines, to);
    for (int i = 1; i < operands && !failed; i++) {
        failed = play(&m, &s, argv[i], leads, to ? lines : options[JSON].value ? NULL : stdout);
        progress_show("records", (uint32_t)i, (uint32_t)operands - 1);
    }
    if (lines) {
        const int unwritten = records_close(lines, to);
        failed = failed ? failed : unwritten;
    }
    if (!failed && options[JSON].value)
        monitored_write_json(&m, &s);
    else if (!failed)
        monitored_print(&m);
    monitored_free(&m);
    session_close(&s);
    return failed;
}
