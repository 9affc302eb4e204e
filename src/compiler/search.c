/* bdc_search: from what single layers cost to one choice for all, judged by measuring whole files.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "real.h"
#include "sensitivity.h"

enum { TRIALS = 60, NAME = 96, LARGE = 1 << 20 }; /* weights of a network whose start-up time a coder decides */

static const bdc_choice searched[] = {
    {.weights = BDC_W8},
    {.weights = BDC_W8, .pruning = BDC_PRUNE_MAGNITUDE, .sparsity = 0.5},
    {.weights = BDC_W4},
    {.weights = BDC_W4, .pruning = BDC_PRUNE_MAGNITUDE, .sparsity = 0.4},
    {.weights = BDC_W4, .pruning = BDC_PRUNE_MAGNITUDE, .sparsity = 0.6},
    {.weights = BDC_W3},
    {.weights = BDC_W3, .pruning = BDC_PRUNE_MAGNITUDE, .sparsity = 0.5},
    {.weights = BDC_W3, .pruning = BDC_PRUNE_MAGNITUDE, .sparsity = 0.7},
    {.weights = BDC_TERNARY},
    {.weights = BDC_TERNARY, .pruning = BDC_PRUNE_MAGNITUDE, .sparsity = 0.6},
    {.weights = BDC_TERNARY, .pruning = BDC_PRUNE_MAGNITUDE, .sparsity = 0.8},
};
enum { OPTIONS = sizeof searched / sizeof *searched };

/* One layer goes from an option to a cheaper one. */
typedef struct search_move {
    uint32_t layer, option;
    double slope; /* noise for each byte that is saved */
} search_move;

typedef struct searcher {
    bdc_context *context;
    bdc_graph *graph;
    const bdc_search_options *options;
    bdc_search_result *result;
    sensitivity_table table;
    const char **names; /* of the layers */
    search_move *moves; /* by rising slope: the first t of them are a configuration */
    uint32_t move_count;
    bdc_trial *trials;
    uint32_t most;            /* trials */
    uint8_t *bytes;           /* a file that is measured */
    size_t capacity, weights; /* its room; of all searched layers */
} searcher;

/* ---- Trials ----------------------------------------------------------------------------------------------------- */

/* One option per layer, and what the caller chose himself. */
static bdc_choice *make_choices(const searcher *s, const uint8_t *option, uint32_t *count)
{
    const bdc_options *base = s->options->base;
    const uint32_t layers = s->table.layer_count;
    bdc_choice *choices = BDC_NEW(s->context, bdc_choice, layers + base->choice_count);
    if (!choices)
        return NULL;
    for (uint32_t i = 0; i < layers; i++) {
        choices[i] = searched[option[i]];
        choices[i].name = s->names[i];
    }
    for (uint32_t i = 0; i < base->choice_count; i++)
        choices[layers + i] = base->choices[i];
    *count = layers + base->choice_count;
    return choices;
}

static int is_allowed(const searcher *s, const bdc_trial *t)
{
    const bdc_search_options *o = s->options;
    return (!o->max_bytes || t->bytes <= o->max_bytes) &&
           (!o->has_max_drop || t->metric >= s->result->reference - o->max_drop);
}

/* Compiles to a copy of the file's bytes; everything else is released. */
static bdc_status compile_trial(searcher *s, const bdc_options *options, bdc_trial *t)
{
    compilation k;
    bdc_compiled compiled = {0};
    const bdc_mark mark = bdc_mark_set(s->context);
    BDC_TRY(compile_begin(s->graph, options, s->options->result, &k));
    BDC_TRY(compile_decide(&k, &t->decibels));
    BDC_TRY(compile_write(&k, &compiled));
    t->bytes = compiled.byte_count;
    if (t->bytes > s->capacity)
        return bdc_fail(s->context, BDC_E_LIMIT, "A file of the search is larger than its weights.");
    memcpy(s->bytes, compiled.bytes, compiled.byte_count);
    bdc_mark_release(s->context, mark);
    return BDC_OK;
}

/* Adds a row: the whole network with one option per layer. */
static bdc_status try_options(searcher *s, const char *name, const uint8_t *option, bdc_coder coder, bdc_trial **row)
{
    bdc_trial *t = &s->trials[s->result->trial_count];
    bdc_options options = *s->options->base;
    bdc_choice *choices = make_choices(s, option, &t->choice_count);
    char *text = BDC_NEW(s->context, char, strlen(name) + 1);
    if (!choices || !text)
        return BDC_E_MEMORY;
    memcpy(text, name, strlen(name) + 1);
    t->name = text;
    t->choices = options.choices = choices;
    options.choice_count = t->choice_count;
    t->coder = options.coder = coder;
    BDC_TRY(compile_trial(s, &options, t));
    t->metric = t->decibels;
    if (s->options->measure && s->options->measure(s->options->measure_cookie, s->bytes, t->bytes, &t->metric))
        return bdc_fail(s->context, BDC_E_CANCELLED, "The file '%s' could not be measured.", name);
    if (!s->result->trial_count && !s->options->has_reference)
        s->result->reference = t->metric;
    t->allowed = is_allowed(s, t);
    s->result->trial_count++;
    if (row)
        *row = t;
    if (s->options->on_trial && s->options->on_trial(s->options->on_trial_cookie, t))
        return bdc_fail(s->context, BDC_E_CANCELLED, "The search was stopped.");
    return bdc_report_progress(s->context, "search", s->result->trial_count, s->most);
}

static int full(const searcher *s)
{
    return s->result->trial_count >= s->most;
}

/* Under a limit of loss the smaller is better, else the one with the better metric. */
static int is_better(const searcher *s, const bdc_trial *a, const bdc_trial *b)
{
    if (s->options->has_max_drop)
        return a->bytes < b->bytes || (a->bytes == b->bytes && a->metric > b->metric);
    return a->metric > b->metric || (!(a->metric < b->metric) && a->bytes < b->bytes);
}

static void find_best(searcher *s)
{
    bdc_search_result *r = s->result;
    r->best = UINT32_MAX;
    for (uint32_t i = 0; i < r->trial_count; i++)
        if (s->trials[i].allowed && (r->best == UINT32_MAX || is_better(s, &s->trials[i], &s->trials[r->best])))
            r->best = i;
}

/* ---- One option for all ----------------------------------------------------------------------------------------- */

static const char *const class_names[] = {"int8", "7 bits", "4 bits", "3 bits", "ternary", "powers of two"};

/* "all 4 bits", "all 4 bits, 40 % pruned" */
static void name_option(char name[NAME], uint32_t option)
{
    const bdc_choice *o = &searched[option];
    const unsigned percent = (unsigned)(100 * o->sparsity + 0.5);
    size_t n = 0;
    const char *parts[] = {option ? "all " : "", class_names[o->weights]};
    for (int i = 0; i < 2; i++)
        for (const char *c = parts[i]; *c; c++)
            name[n++] = *c;
    if (percent) {
        const char digits[] = {',', ' ', (char)('0' + percent / 10), (char)('0' + percent % 10), 0};
        memcpy(name + n, digits, 4);
        memcpy(name + n + 4, " % pruned", 9);
        n += 13;
    }
    name[n] = 0;
}

static bdc_status try_alike(searcher *s, uint32_t option)
{
    uint8_t *all = BDC_NEW(s->context, uint8_t, s->table.layer_count);
    char name[NAME];
    if (!all)
        return BDC_E_MEMORY;
    memset(all, (int)option, s->table.layer_count);
    name_option(name, option);
    return full(s) ? BDC_OK : try_options(s, name, all, s->options->base->coder, NULL);
}

/* ---- The price of a byte ---------------------------------------------------------------------------------------- */

/* Down the convex hull of a layer's options: always the step of least noise for each byte saved. */
static uint32_t descend(const searcher *s, uint32_t layer, search_move *moves)
{
    const double *noise = s->table.noise + (size_t)layer * OPTIONS;
    const uint32_t *bytes = s->table.bytes + (size_t)layer * OPTIONS;
    uint32_t at = 0, count = 0;
    for (;;) {
        uint32_t next = at;
        double least = INFINITY;
        for (uint32_t o = 0; o < OPTIONS; o++) {
            if (bytes[o] >= bytes[at] || isinf(noise[o]))
                continue;
            const double slope = (noise[o] - noise[at]) / (bytes[at] - bytes[o]);
            if (slope < least || (!(slope > least) && bytes[o] < bytes[next])) {
                least = slope;
                next = o;
            }
        }
        if (next == at)
            return count;
        moves[count++] = (search_move){layer, next, least};
        at = next;
    }
}

/* All layers' steps by rising slope; those of one layer stay in order. */
static bdc_status make_moves(searcher *s)
{
    search_move own[OPTIONS];
    s->moves = BDC_NEW(s->context, search_move, (size_t)s->table.layer_count * OPTIONS);
    if (!s->moves)
        return BDC_E_MEMORY;
    for (uint32_t layer = 0; layer < s->table.layer_count; layer++) {
        const uint32_t count = descend(s, layer, own);
        for (uint32_t i = 0; i < count; i++) {
            uint32_t at = s->move_count++;
            for (; at > 0 && s->moves[at - 1].slope > own[i].slope; at--)
                s->moves[at] = s->moves[at - 1];
            s->moves[at] = own[i];
        }
    }
    return BDC_OK;
}

static void configure(const searcher *s, uint32_t moves, uint8_t *option)
{
    memset(option, 0, s->table.layer_count);
    for (uint32_t i = 0; i < moves; i++)
        option[s->moves[i].layer] = (uint8_t)s->moves[i].option;
}

static uint64_t foreseen_bytes(const searcher *s, const uint8_t *option)
{
    uint64_t bytes = s->trials[0].bytes;
    for (uint32_t i = 0; i < s->table.layer_count; i++) {
        bytes += s->table.bytes[(size_t)i * OPTIONS + option[i]];
        bytes -= s->table.bytes[(size_t)i * OPTIONS];
    }
    return bytes;
}

/* "chosen 12": by so many steps. */
static void name_chosen(char name[NAME], uint32_t moves)
{
    char digits[12];
    uint32_t n = 0, length = 7;
    do
        digits[n++] = (char)('0' + moves % 10);
    while (moves /= 10);
    memcpy(name, "chosen ", 7);
    while (n)
        name[length++] = digits[--n];
    name[length] = 0;
}

static bdc_status try_moves(searcher *s, uint32_t moves, uint8_t *option, bdc_trial **row)
{
    char name[NAME];
    name_chosen(name, moves);
    configure(s, moves, option);
    return try_options(s, name, option, s->options->base->coder, row);
}

/* The most steps that keep within the loss, by halving. */
static bdc_status search_drop(searcher *s, uint8_t *option, uint32_t *moves)
{
    uint32_t good = 0, bad = s->move_count + 1;
    bdc_trial *row;
    while (bad - good > 1 && !full(s)) {
        const uint32_t middle = good + (bad - good) / 2;
        BDC_TRY(try_moves(s, middle, option, &row));
        if (row->metric >= s->result->reference - s->options->max_drop)
            good = middle;
        else
            bad = middle;
    }
    *moves = good;
    return BDC_OK;
}

/* The fewest steps that lead under the size: foreseen first, then by what files really have. */
static bdc_status search_bytes(searcher *s, uint8_t *option, uint32_t *moves)
{
    uint32_t n = 0;
    bdc_trial *row;
    for (; n < s->move_count; n++) {
        configure(s, n, option);
        if (foreseen_bytes(s, option) <= s->options->max_bytes)
            break;
    }
    *moves = n;
    int direction = 0; /* the first file says whether more or fewer steps are tried */
    while (!full(s)) {
        BDC_TRY(try_moves(s, n, option, &row));
        const int fits = row->bytes <= s->options->max_bytes;
        if (fits)
            *moves = n;
        if ((fits && (direction > 0 || !n)) || (!fits && (direction < 0 || n == s->move_count)))
            return BDC_OK;
        direction = fits ? -1 : 1;
        n = fits ? n - 1 : n + 1;
    }
    return BDC_OK;
}

/* ---- Layer by layer --------------------------------------------------------------------------------------------- */

static void name_step(char name[NAME], const searcher *s, const search_move *m)
{
    size_t n = 0;
    char what[NAME];
    name_option(what, m->option);
    const char *parts[] = {"with ", m->option ? what + 4 : what, " in ", s->names[m->layer]};
    for (int i = 0; i < 4; i++)
        for (const char *c = parts[i]; *c && n + 1 < NAME; c++)
            name[n++] = *c;
    name[n] = 0;
}

/* Layer of move m with another option: kept if the whole is better with it. */
static bdc_status try_step(searcher *s, const search_move *m, uint32_t to, uint8_t *option)
{
    const uint8_t before = option[m->layer];
    const search_move step = {m->layer, to, 0};
    char name[NAME];
    bdc_trial *row;
    option[m->layer] = (uint8_t)to;
    name_step(name, s, &step);
    find_best(s);
    const uint32_t best = s->result->best;
    BDC_TRY(try_options(s, name, option, s->options->base->coder, &row));
    if (!row->allowed || (best != UINT32_MAX && !is_better(s, row, &s->trials[best])))
        option[m->layer] = before;
    return BDC_OK;
}

/* Steps that the common price left out, one after the other: the noises of layers only about add up, and what matters is the
 * metric. A layer whose step failed is left alone, and so are steps that save next to nothing. */
static bdc_status refine_down(searcher *s, uint32_t moves, uint8_t *option)
{
    uint8_t *failed = BDC_NEW(s->context, uint8_t, s->table.layer_count);
    if (!failed)
        return BDC_E_MEMORY;
    configure(s, moves, option);
    for (uint32_t i = moves; i < s->move_count && !full(s); i++) {
        const search_move *m = &s->moves[i];
        const uint32_t *bytes = s->table.bytes + (size_t)m->layer * OPTIONS;
        if (failed[m->layer] || bytes[m->option] + s->trials[0].bytes / 400 >= bytes[option[m->layer]])
            continue;
        BDC_TRY(try_step(s, m, m->option, option));
        failed[m->layer] = option[m->layer] != m->option;
    }
    return BDC_OK;
}

/* Steps taken back, the last first, where there is still room for it. */
static bdc_status refine_up(searcher *s, uint32_t moves, uint8_t *option)
{
    configure(s, moves, option);
    for (uint32_t i = moves; i-- > 0 && !full(s);) {
        const search_move *m = &s->moves[i];
        uint32_t back = 0;
        for (uint32_t k = 0; k < i; k++)
            if (s->moves[k].layer == m->layer)
                back = s->moves[k].option;
        if (option[m->layer] != m->option)
            continue;
        option[m->layer] = (uint8_t)back;
        const int fits = foreseen_bytes(s, option) <= s->options->max_bytes;
        option[m->layer] = (uint8_t)m->option;
        if (fits)
            BDC_TRY(try_step(s, m, back, option));
    }
    return BDC_OK;
}

/* Large networks start several times faster with the static coder: it is taken if there is room for it. */
static bdc_status try_static(searcher *s)
{
    const bdc_search_result *r = s->result;
    bdc_trial *row;
    if (r->best == UINT32_MAX || !s->options->max_bytes || s->options->has_max_drop ||
        s->trials[r->best].coder != BDC_CODER_ADAPTIVE)
        return BDC_OK;
    if (s->weights < LARGE)
        return BDC_OK;
    uint8_t *option = BDC_NEW(s->context, uint8_t, s->table.layer_count);
    if (!option)
        return BDC_E_MEMORY;
    const bdc_trial best = s->trials[r->best];
    for (uint32_t i = 0; i < s->table.layer_count; i++)
        for (uint32_t o = 0; o < OPTIONS; o++)
            if (best.choices[i].weights == searched[o].weights && best.choices[i].pruning == searched[o].pruning &&
                !(best.choices[i].sparsity < searched[o].sparsity) &&
                !(best.choices[i].sparsity > searched[o].sparsity))
                option[i] = (uint8_t)o;
    BDC_TRY(try_options(s, "the best, static coder", option, BDC_CODER_STATIC, &row));
    if (row->allowed && !(row->metric < best.metric))
        s->result->best = r->trial_count - 1;
    return BDC_OK;
}

/* ---- Entry ------------------------------------------------------------------------------------------------------ */

static int named(const bdc_options *base, const char *name)
{
    for (uint32_t i = 0; i < base->choice_count; i++)
        if (base->choices[i].name && !strcmp(base->choices[i].name, name))
            return 1;
    return 0;
}

/* The layers whose options are searched: with weights, not the file's own integers, not the gate's, not chosen by the caller. */
static bdc_status list_layers(searcher *s, const compilation *k)
{
    const ir_graph *g = &k->graph;
    s->table.layers = BDC_NEW(s->context, uint32_t, g->op_count);
    s->names = BDC_NEW(s->context, const char *, g->op_count);
    if (!s->table.layers || !s->names)
        return BDC_E_MEMORY;
    for (uint32_t i = 0; i < g->op_count; i++) {
        const ir_op *op = &g->ops[i];
        const char *name = g->tensors[op->output].name;
        if ((op->code != IR_CONV && op->code != IR_GEMM) || op->integers || op->projects_gate ||
            named(s->options->base, name))
            continue;
        s->weights += ir_weight_row(g, op) * g->tensors[op->output].c;
        s->names[s->table.layer_count] = name;
        s->table.layers[s->table.layer_count++] = i;
    }
    if (!s->table.layer_count)
        return bdc_fail(s->context, BDC_E_UNSUPPORTED, "The network has no layer whose weights could be chosen.");
    return BDC_OK;
}

/* Room for any file: every weight and bias as it is, tables, and a generous allowance for records and texts. */
static bdc_status make_room(searcher *s, const compilation *k)
{
    const ir_graph *g = &k->graph;
    s->capacity = 1 << 16;
    for (uint32_t i = 0; i < g->op_count; i++) {
        const ir_op *op = &g->ops[i];
        const size_t channels = g->tensors[op->output].c;
        s->capacity += 4096 + channels * 64;
        s->capacity += op->weights ? 2 * ir_weight_row(g, op) * channels : 0;
        s->capacity += op->code == IR_PRELU ? 600 * channels : 0;
        s->capacity += op->code == IR_AVG_POOL ? (size_t)2 * op->window.kernel_h * op->window.kernel_w : 0;
        s->capacity += op->code == IR_RESIZE ? (size_t)6 * (g->tensors[op->output].h + g->tensors[op->output].w) : 0;
    }
    for (uint32_t i = 0; i < k->z.options->meta_count; i++)
        s->capacity += 64 + strlen(k->z.options->meta[i].key) + strlen(k->z.options->meta[i].text);
    const bdc_result_spec *r = s->options->result;
    s->capacity += r ? (size_t)g->tensors[g->outputs[0]].c * 256 : 0;
    s->capacity += r ? ((size_t)r->gate_groups + 4 + 2 * (size_t)r->gate_projected) * 65536 : 0;
    s->bytes = BDC_NEW(s->context, uint8_t, s->capacity);
    return s->bytes ? BDC_OK : BDC_E_MEMORY;
}

static bdc_status copy_sensitivities(searcher *s)
{
    const sensitivity_table *t = &s->table;
    bdc_sensitivity *list = BDC_NEW(s->context, bdc_sensitivity, (size_t)t->layer_count * OPTIONS);
    if (!list)
        return BDC_E_MEMORY;
    for (uint32_t i = 0; i < t->layer_count * OPTIONS; i++)
        list[i] = (bdc_sensitivity){s->names[i / OPTIONS], searched[i % OPTIONS].weights,
                                    searched[i % OPTIONS].sparsity, t->bytes[i], t->noise[i]};
    s->result->sensitivities = list;
    s->result->sensitivity_count = t->layer_count * OPTIONS;
    return BDC_OK;
}

static bdc_status measure_layers(searcher *s)
{
    compilation k;
    BDC_TRY(compile_begin(s->graph, s->options->base, NULL, &k));
    BDC_TRY(list_layers(s, &k));
    BDC_TRY(make_room(s, &k));
    s->table.option_count = OPTIONS;
    s->table.options = searched;
    if (s->options->same_class)
        return BDC_OK;
    bdc_options plain = *s->options->base; /* scales only: no fit */
    double decibels;
    plain.adaptive_rounding = plain.reconstruct = 0;
    k.z.options = &plain;
    BDC_TRY(compile_decide(&k, &decibels));
    BDC_TRY(sensitivity_measure(&k, &s->table));
    return copy_sensitivities(s);
}

static bdc_status search(searcher *s)
{
    uint32_t moves = 0;
    BDC_TRY(measure_layers(s));
    uint8_t *option = BDC_NEW(s->context, uint8_t, s->table.layer_count);
    if (!option)
        return BDC_E_MEMORY;
    BDC_TRY(try_alike(s, 0));
    for (uint32_t o = 1; o < OPTIONS; o++)
        if (s->options->same_class || (searched[o].pruning == BDC_PRUNE_NONE))
            BDC_TRY(try_alike(s, o));
    if (!s->options->same_class) {
        BDC_TRY(make_moves(s));
        BDC_TRY(s->options->has_max_drop ? search_drop(s, option, &moves) : search_bytes(s, option, &moves));
        BDC_TRY(s->options->has_max_drop ? refine_down(s, moves, option) : refine_up(s, moves, option));
    }
    find_best(s);
    return try_static(s);
}

bdc_status bdc_search(bdc_graph *graph, const bdc_search_options *options, bdc_search_result *result)
{
    if (!graph)
        return BDC_E_ARGUMENT;
    bdc_context *c = graph->context;
    if (!options || !options->base || !result)
        return bdc_fail(c, BDC_E_ARGUMENT, "No options or no place for the result were given.");
    if (!options->max_bytes && !options->has_max_drop)
        return bdc_fail(c, BDC_E_ARGUMENT, "A search needs a limit of size or of loss.");
    if ((options->has_max_drop && !(options->max_drop >= 0)) ||
        (options->has_reference && !isfinite(options->reference)))
        return bdc_fail(c, BDC_E_ARGUMENT, "The limit of loss or the reference is out of range.");
    *result = (bdc_search_result){.best = UINT32_MAX, .reference = options->reference};
    searcher s = {.context = c, .graph = graph, .options = options, .result = result};
    s.most = options->max_trials ? options->max_trials : TRIALS;
    s.trials = BDC_NEW(c, bdc_trial, (size_t)s.most + 1);
    if (!s.trials)
        return BDC_E_MEMORY;
    result->trials = s.trials;
    BDC_TRY(search(&s));
    if (result->best == UINT32_MAX)
        return BDC_OK;
    const bdc_trial *best = &s.trials[result->best];
    bdc_options chosen = *options->base;
    chosen.choices = best->choices;
    chosen.choice_count = best->choice_count;
    chosen.coder = best->coder;
    return bdc_compile(graph, &chosen, options->result, &result->compiled);
}
