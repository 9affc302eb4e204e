/* ONNX's tests of its operators (Debian's libonnx-testdata), run by the importer and the float executor.
 *
 *     test_conformance [--json FILE] [--only TEXT]
 *
 * Every model is imported and run on its inputs, and the outputs are compared as ONNX's own runner compares them: floats within
 * 1e-3 relative and 1e-7 absolute, integers equal. A model passes, or is refused with a sentence that names what is not supported;
 * anything else is a failure. What passes and is all float is then lowered to layers, each pass being checked, and must give the same
 * once more or be refused by name. Inputs that an operator must know beforehand, and says so, are given as constants in a second try.
 * SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "onnx_file.h"

/* What is reached: fewer is a step back. Of 1,072 models; the others are refused. */
static const uint32_t passed_floor = 948;
static const uint32_t layers_floor = 420; /* of those, as layers */

enum { MAX_MODELS = 4096, MAX_PORTS = 64, PATH = 1024 };
static const double relative = 1e-3, absolute = 1e-7, seconds_limit = 30;

typedef enum outcome { PASSED = 0, PASSED_WITH_CONSTANTS, REFUSED, FAILED } outcome;
static const char *const outcome_names[] = {"passed", "passed with constants", "refused", "failed"};

/* Why a model did not pass. */
static char reason[1024];
/* Sets that became layers with the same results. */
static uint32_t lowered;

#define BECAUSE(...) snprintf(reason, sizeof reason, __VA_ARGS__)

/* ---- Comparison ------------------------------------------------------------------------------------------------ */

static double half_value(uint16_t h)
{
    const int exponent = h >> 10 & 31, fraction = h & 0x3ff;
    const double value = exponent == 31 ? (fraction ? (double)NAN : (double)INFINITY)
                         : exponent     ? ldexp(fraction | 0x400, exponent - 25)
                                        : ldexp(fraction, -24);
    return h & 0x8000 ? -value : value;
}

/* 1 if the element is a float, and then its value. */
static int float_at(const bdc_value *v, size_t i, double *value)
{
    if (v->type == BDC_FLOAT)
        *value = (double)((const float *)v->data)[i];
    else if (v->type == BDC_DOUBLE)
        *value = ((const double *)v->data)[i];
    else if (v->type == BDC_FLOAT16)
        *value = half_value(((const uint16_t *)v->data)[i]);
    else
        return 0;
    return 1;
}

static int close_enough(double got, double wanted)
{
    if (isnan(wanted) || isnan(got))
        return isnan(wanted) && isnan(got);
    if (isinf(wanted) || isinf(got))
        return wanted == got;
    return fabs(got - wanted) <= absolute + relative * fabs(wanted);
}

static int compare(const bdc_value *got, const bdc_value *wanted, unsigned output)
{
    size_t count = 1;
    int same = got->type == wanted->type && got->rank == wanted->rank;
    for (uint32_t i = 0; same && i < wanted->rank; i++) {
        same = got->dims[i] == wanted->dims[i];
        count *= wanted->dims[i];
    }
    if (!same) {
        BECAUSE("output %u has type %d and rank %u, not %d and %u, or another shape", output, (int)got->type, got->rank,
                (int)wanted->type, wanted->rank);
        return 0;
    }
    const size_t size = bdc_type_bytes(wanted->type);
    for (size_t i = 0; i < count; i++) {
        double a = 0, b = 0;
        if (float_at(got, i, &a) && float_at(wanted, i, &b)) {
            if (close_enough(a, b))
                continue;
            BECAUSE("output %u, element %zu of %zu is %.9g, not %.9g", output, i, count, a, b);
            return 0;
        }
        if (memcmp((const uint8_t *)got->data + i * size, (const uint8_t *)wanted->data + i * size, size) != 0) {
            BECAUSE("output %u, element %zu of %zu (type %d) is another integer", output, i, count, (int)got->type);
            return 0;
        }
    }
    return 1;
}

/* ---- One test ---------------------------------------------------------------------------------------------------- */

/* to = folder/name, or as much of it as fits. */
static void join(char to[PATH], const char *folder, const char *name)
{
    size_t n = 0;
    for (const char *from = folder; *from && n + 2 < PATH; from++)
        to[n++] = *from;
    to[n++] = '/';
    for (const char *from = name; *from && n + 1 < PATH; from++)
        to[n++] = *from;
    to[n] = 0;
}

static void value_path(char to[PATH], const char *folder, const char *kind, unsigned i)
{
    char name[64];
    snprintf(name, sizeof name, "%s_%u.pb", kind, i);
    join(to, folder, name);
}

static int read_value(const char *folder, const char *kind, unsigned i, bdc_value *v)
{
    char path[PATH];
    value_path(path, folder, kind, i);
    file_bytes f = file_read(path);
    const int ok = f.data && tensor_read(f, v);
    free(f.data);
    return ok;
}

static int file_exists(const char *folder, const char *kind, unsigned i)
{
    char path[PATH];
    value_path(path, folder, kind, i);
    FILE *f = fopen(path, "rb");
    if (f)
        fclose(f);
    return f != NULL;
}

static int is_given(const bdc_import_options *options, const char *name)
{
    for (uint32_t k = 0; k < options->constant_count; k++)
        if (strcmp(options->constants[k].name, name) == 0)
            return 1;
    return 0;
}

static int is_list_of_integers(const char *folder, unsigned input)
{
    bdc_value v;
    if (!read_value(folder, "input", input, &v))
        return 0;
    free(v.data);
    return v.rank <= 1 && v.type != BDC_FLOAT && v.type != BDC_DOUBLE && v.type != BDC_FLOAT16;
}

/* Which input to give as a constant where the importer says "input 'NAME' must be a constant": that one or, if it is computed
 * within the graph, the next list of integers. -1 if there is none. */
static int asked_for(const char *text, const char *folder, const model_names *names, const bdc_import_options *options)
{
    static const char before[] = "input '", after[] = "' must be a constant";
    const char *begin = strstr(text, before), *end = strstr(text, after);
    if (!begin || !end || end < begin)
        return -1;
    begin += sizeof before - 1;
    for (uint32_t i = 0; i < names->input_count; i++)
        if (strlen(names->inputs[i]) == (size_t)(end - begin) &&
            strncmp(names->inputs[i], begin, (size_t)(end - begin)) == 0)
            return is_given(options, names->inputs[i]) ? -1 : (int)i;
    for (uint32_t i = 0; i < names->input_count; i++)
        if (!is_given(options, names->inputs[i]) && is_list_of_integers(folder, i))
            return (int)i;
    return -1;
}

/* A refusal must be meant as one, and name an operator of the model or a type. */
static outcome judge_refusal(bdc_status status, const char *text, const model_names *names)
{
    int named = strstr(text, "type ") || strstr(text, "domain '") || strstr(text, "not a tensor");
    for (uint32_t i = 0; i < names->operator_count; i++)
        named |= strstr(text, names->operators[i]) != NULL;
    BECAUSE("%s%s", text, status != BDC_E_UNSUPPORTED ? " (not BDC_E_UNSUPPORTED)" : named ? "" : " (names nothing)");
    return status == BDC_E_UNSUPPORTED && named ? REFUSED : FAILED;
}

/* Imports with as many inputs given as constants as are asked for. */
static bdc_status import_model(bdc_context *c, bdc_error *error, file_bytes model, const char *folder,
                               const model_names *names, bdc_import_options *options, bdc_value *constants,
                               bdc_graph **graph)
{
    bdc_status status;
    int input;
    options->constants = constants;
    while ((status = bdc_import_onnx_with(c, model.data, model.n, options, graph)) != BDC_OK &&
           (input = asked_for(error->text, folder, names, options)) >= 0) {
        bdc_value *v = &constants[options->constant_count];
        if (options->constant_count == MAX_PORTS || !read_value(folder, "input", (unsigned)input, v))
            break;
        v->name = names->inputs[input];
        options->constant_count++;
    }
    return status;
}

/* Reads the inputs that the graph still has. */
static int fill_inputs(const bdc_graph *g, const char *folder, const model_names *names, bdc_value *inputs)
{
    for (uint32_t i = 0; i < bdc_input_count(g); i++) {
        bdc_value info;
        unsigned at = 0;
        bdc_input_info(g, i, &info);
        while (at < names->input_count && strcmp(names->inputs[at], info.name) != 0)
            at++;
        if (at == names->input_count || !read_value(folder, "input", at, &inputs[i])) {
            BECAUSE("input '%s' cannot be read", info.name);
            return 0;
        }
    }
    return 1;
}

static int check_outputs(const bdc_graph *g, const char *folder, const bdc_value *outputs)
{
    const uint32_t count = bdc_output_count(g);
    if (!file_exists(folder, "output", count - 1) || file_exists(folder, "output", count)) {
        BECAUSE("there are %u outputs, but not as many expected ones", count);
        return 0;
    }
    for (uint32_t i = 0; i < count; i++) {
        bdc_value wanted;
        if (!read_value(folder, "output", i, &wanted)) {
            BECAUSE("expected output %u cannot be read", i);
            return 0;
        }
        const int same = compare(&outputs[i], &wanted, i);
        free(wanted.data);
        if (!same)
            return 0;
    }
    return 1;
}

static int all_float(const bdc_value *values, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (values[i].type != BDC_FLOAT)
            return 0;
    return 1;
}

static size_t elements(const bdc_value *v)
{
    size_t n = 1;
    for (uint32_t i = 0; i < v->rank; i++)
        n *= v->dims[i];
    return n;
}

/* The same network as layers: 1e-4 of the largest result, since sums and divisions are taken in another order. */
static int check_layers(bdc_context *c, const bdc_error *error, bdc_graph *g, const model_names *names,
                        const bdc_value *inputs, const bdc_value *outputs)
{
    const uint32_t in = bdc_input_count(g), out = bdc_output_count(g);
    const float *from[MAX_PORTS];
    float *to[MAX_PORTS] = {0};
    int same = 1;
    if (!in || !all_float(inputs, in) || !all_float(outputs, out))
        return 1;
    bdc_check_passes(c, 1);
    bdc_status status = bdc_optimise(g, 1);
    for (uint32_t i = 0; i < in; i++)
        from[i] = inputs[i].data;
    for (uint32_t i = 0; i < out; i++)
        to[i] = malloc(elements(&outputs[i]) * sizeof(float) + 1);
    if (status == BDC_OK)
        status = bdc_run_float(g, from, to);
    for (uint32_t i = 0; status == BDC_OK && same && i < out; i++) {
        const float *wanted = outputs[i].data;
        double largest = 1e-6;
        for (size_t k = 0; k < elements(&outputs[i]); k++)
            largest = isfinite(wanted[k]) ? fmax(largest, fabs((double)wanted[k])) : largest;
        for (size_t k = 0; same && k < elements(&outputs[i]); k++) {
            same = !isfinite(wanted[k]) || fabs((double)to[i][k] - (double)wanted[k]) <= 1e-4 * largest;
            if (!same)
                BECAUSE("as layers, output %u, element %zu is %.9g, not %.9g", i, k, (double)to[i][k],
                        (double)wanted[k]);
        }
    }
    for (uint32_t i = 0; i < out; i++)
        free(to[i]);
    lowered += status == BDC_OK && same;
    if (status == BDC_OK)
        return same;
    /* "Nothing is left to compute": a network that only hands on its input. */
    return status == BDC_E_INVALID ? strstr(error->text, "Nothing is left") != NULL
                                   : judge_refusal(status, error->text, names) == REFUSED;
}

static outcome run_set(file_bytes model, const char *folder, const model_names *names)
{
    bdc_error error;
    bdc_context *c;
    bdc_graph *g = NULL;
    bdc_import_options options = {0};
    bdc_value constants[MAX_PORTS] = {{0}}, inputs[MAX_PORTS] = {{0}}, outputs[MAX_PORTS] = {{0}};
    outcome result = FAILED;
    if (bdc_create(&c, NULL, &error) != BDC_OK)
        return FAILED;
    bdc_status status = import_model(c, &error, model, folder, names, &options, constants, &g);
    if (status != BDC_OK)
        result = judge_refusal(status, error.text, names);
    else if (fill_inputs(g, folder, names, inputs)) {
        status = bdc_run(g, inputs, outputs);
        if (status != BDC_OK)
            result = judge_refusal(status, error.text, names);
        else if (check_outputs(g, folder, outputs))
            result = !check_layers(c, &error, g, names, inputs, outputs) ? FAILED
                     : options.constant_count                            ? PASSED_WITH_CONSTANTS
                                                                         : PASSED;
    }
    bdc_destroy(c);
    for (uint32_t i = 0; i < MAX_PORTS; i++) {
        free(constants[i].data);
        free(inputs[i].data);
    }
    return result;
}

/* ---- All of them ----------------------------------------------------------------------------------------------- */

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static uint32_t list_folder(const char *path, const char *prefix, char **names)
{
    DIR *folder = opendir(path);
    uint32_t count = 0;
    for (struct dirent *e; folder && count < MAX_MODELS && (e = readdir(folder)) != NULL;)
        if (e->d_name[0] != '.' && strncmp(e->d_name, prefix, strlen(prefix)) == 0)
            names[count++] = strdup(e->d_name);
    if (folder)
        closedir(folder);
    qsort(names, count, sizeof *names, by_name);
    return count;
}

/* A model with all of its sets of inputs; the worst outcome counts. */
static outcome run_model(const char *folder, model_names *names)
{
    static char *sets[MAX_MODELS];
    char path[PATH];
    outcome worst = PASSED;
    join(path, folder, "model.onnx");
    file_bytes model = file_read(path);
    reason[0] = 0;
    const uint32_t count = list_folder(folder, "test_data_set_", sets);
    if (!model.data || !model_read_names(model, names) || !count) {
        BECAUSE("the model or its data cannot be read");
        worst = FAILED;
    }
    for (uint32_t i = 0; i < count; i++) {
        join(path, folder, sets[i]);
        const outcome one = worst < REFUSED ? run_set(model, path, names) : worst;
        worst = one > worst ? one : worst;
        free(sets[i]);
    }
    free(model.data);
    return worst;
}

static void print_json_text(FILE *to, const char *text)
{
    fputc('"', to);
    for (; *text; text++)
        fprintf(to, *text == '"' || *text == '\\' ? "\\%c" : "%c", *text);
    fputc('"', to);
}

static void print_json(FILE *to, const char *suite, const char *name, const model_names *names, outcome result)
{
    fputs("{\"suite\": ", to);
    print_json_text(to, suite);
    fputs(", \"name\": ", to);
    print_json_text(to, name);
    fprintf(to, ", \"opset\": %u, \"result\": \"%s\", \"operators\": [", (unsigned)names->opset, outcome_names[result]);
    for (uint32_t i = 0; i < names->operator_count; i++) {
        fputs(i ? ", " : "", to);
        print_json_text(to, names->operators[i]);
    }
    fputs("], \"reason\": ", to);
    print_json_text(to, result >= REFUSED ? reason : "");
    fputs("}", to);
}

int main(int argc, char **argv)
{
    static const char *const suites[] = {"node", "simple", "pytorch-converted", "pytorch-operator"};
    static char *models[MAX_MODELS];
    static model_names names;
    const char *root = getenv("ONNX_TESTDATA"), *only = NULL, *json = NULL;
    uint32_t counts[4] = {0}, all = 0;
    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--json") == 0)
            json = argv[i + 1];
        else if (strcmp(argv[i], "--only") == 0)
            only = argv[i + 1];
    }
    root = root && *root ? root : "/usr/share/libonnx-testdata/data";
    FILE *to = json ? fopen(json, "w") : NULL;
    if (to)
        fputs("[\n", to);
    for (size_t s = 0; s < sizeof suites / sizeof *suites; s++) {
        char folder[PATH];
        join(folder, root, suites[s]);
        const uint32_t count = list_folder(folder, "test_", models);
        for (uint32_t i = 0; i < count; i++) {
            char path[PATH];
            if (only && !strstr(models[i], only)) {
                free(models[i]);
                continue;
            }
            join(path, folder, models[i]);
            const clock_t begin = clock();
            outcome result = run_model(path, &names);
            const double seconds = (double)(clock() - begin) / CLOCKS_PER_SEC;
            if (seconds > seconds_limit) {
                BECAUSE("it took %.1f seconds", seconds);
                result = FAILED;
            }
            counts[result]++;
            if (result == FAILED || (only && result == REFUSED))
                fprintf(stderr, "%s %s/%s: %s\n", outcome_names[result], suites[s], models[i], reason);
            if (seconds > 1)
                fprintf(stderr, "slow %s/%s: %.1f s\n", suites[s], models[i], seconds);
            if (to) {
                fputs(all ? ",\n" : "", to);
                print_json(to, suites[s], models[i], &names, result);
            }
            all++;
            free(models[i]);
        }
    }
    if (to) {
        fputs("\n]\n", to);
        fclose(to);
    }
    if (!all && !only) {
        printf("skipped: no ONNX test data in %s (Debian: libonnx-testdata; or set ONNX_TESTDATA)\n", root);
        return 77;
    }
    const uint32_t passed = counts[PASSED] + counts[PASSED_WITH_CONSTANTS];
    printf("%u models: %u passed (%u of them with inputs given as constants), %u refused by name, %u failed\n", all,
           passed, counts[PASSED_WITH_CONSTANTS], counts[REFUSED], counts[FAILED]);
    printf("%u sets of inputs gave the same as layers\n", lowered);
    if (!only && (passed < passed_floor || lowered < layers_floor))
        printf("at least %u must pass, %u of them as layers\n", passed_floor, layers_floor);
    return counts[FAILED] || (json && !to) || (!only && (passed < passed_floor || lowered < layers_floor));
}
