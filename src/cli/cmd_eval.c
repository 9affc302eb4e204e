/* bedside eval: judge a model by labelled pictures.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "evaluate_beats.h"
#include "evaluation.h"
#include "masks.h"
#include "options.h"
#include "outliers.h"

static int judge_outliers(evaluation *e, const char *path, int as_json)
{
    outliers *o = malloc(sizeof *o);
    int failed = o ? outliers_count(o, &e->s, path, e->split) : cli_fail(BDS_E_ARENA, "out of memory");
    if (!failed && as_json)
        outliers_write_json(o, &e->s);
    else if (!failed)
        outliers_print(o, &e->s);
    free(o);
    return failed;
}

static int judge_masks(evaluation *e, const char *data, const char *float_path, int as_json)
{
    masks m = {.split = e->split, .records = e->records};
    int failed = masks_make(&m, &e->s, data, float_path);
    if (!failed && as_json)
        failed = masks_write_json(&m, &e->s);
    else if (!failed)
        masks_print(&m, &e->s);
    masks_free(&m);
    return failed;
}

int cmd_eval(int argc, char **argv)
{
    enum { DATA, OUTLIERS, SPLIT, FLOAT, CURVES, RECORDS, CPU, JSON, OPTION_COUNT };
    cli_option options[] = {{"--data", 1, 0},   {"--outliers", 1, 0}, {"--split", 1, 0}, {"--float", 1, 0},
                            {"--curves", 0, 0}, {"--records", 1, 0},  {"--cpu", 1, 0},   {"--json", 0, 0}};
    int operands;
    uint32_t cpu;
    int failed = options_parse("eval", argc, argv, options, OPTION_COUNT, &operands);
    if (!failed && (operands != 1 || !options[DATA].value == !options[OUTLIERS].value))
        failed = cli_usage("eval", "one .bds file and either --data or --outliers are needed");
    if (!failed && options[OUTLIERS].value && (options[FLOAT].value || options[CURVES].value || options[RECORDS].value))
        failed = cli_usage("eval", "--float, --curves and --records need --data");
    const char *split = options[SPLIT].value ? options[SPLIT].value : "test";
    if (!failed && strcmp(split, "train") != 0 && strcmp(split, "val") != 0 && strcmp(split, "test") != 0)
        failed = cli_usage("eval", "--split is train, val or test, not %s", split);
    if (!failed)
        failed = session_cpu("eval", options[CPU].value, &cpu);
    evaluation *e = failed ? 0 : calloc(1, sizeof *e);
    if (!failed && !e)
        failed = cli_fail(BDS_E_ARENA, "out of memory");
    if (failed || (failed = session_open_file(&e->s, argv[0], cpu, 0))) {
        free(e);
        return failed;
    }
    e->split = split;
    e->records = options[RECORDS].value;
    if (options[OUTLIERS].value) {
        failed = judge_outliers(e, options[OUTLIERS].value, options[JSON].value != 0);
    } else if (e->s.info.mask_width) {
        failed = judge_masks(e, options[DATA].value, options[FLOAT].value, options[JSON].value != 0);
    } else if (evaluate_beats_is(&e->s)) {
        failed = evaluate_beats(&e->s, options[DATA].value, split, options[FLOAT].value, options[RECORDS].value,
                                options[JSON].value != 0);
    } else {
        failed = evaluation_make(e, options[DATA].value, options[FLOAT].value);
        if (!failed && options[JSON].value)
            failed = evaluation_write_json(e, options[CURVES].value != 0);
        else if (!failed)
            evaluation_print(e);
    }
    evaluation_free(e);
    free(e);
    return failed;
}
