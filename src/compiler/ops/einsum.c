/* Einsum: products of elements of all operands, summed over the labels that the result does not have.
 * SPDX-License-Identifier: MIT */
#include "../float_kernels.h"
#include "matrix.h"

enum {
    LETTERS = 52,
    LABELS =
        LETTERS + NET_MAX_RANK, /* a label for each dimension that an ellipsis may stand for, the last dimension last */
    MOST_OPERANDS = 8,
    NO_LABEL = 0xff
};

/* One operand or the result: the label of each axis. */
typedef struct term {
    uint32_t rank;
    uint8_t label[NET_MAX_RANK];
} term;

typedef struct equation {
    uint32_t operands, ellipsis; /* ellipsis: the most dimensions that one stands for */
    term in[MOST_OPERANDS], out;
    uint32_t size[LABELS];  /* 0: not seen */
    uint32_t count[LABELS]; /* how often in the operands */
} equation;

static int label_of(char c)
{
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    return c >= 'A' && c <= 'Z' ? c - 'A' : -1; /* in the order in which an implicit result has them */
}

/* Reads one term of the text up to a comma, an arrow or the end; an ellipsis becomes the last `ellipsis` of its labels. */
static int read_term(const char **text, uint32_t ellipsis, term *t)
{
    const char *c = *text;
    int seen = 0;
    *t = (term){0};
    for (; *c && *c != ',' && *c != '-'; c++) {
        if (*c == ' ')
            continue;
        uint32_t first = NO_LABEL, count = 1;
        if (c[0] == '.' && c[1] == '.' && c[2] == '.' && !seen) {
            seen = 1;
            c += 2;
            count = ellipsis;
            first = LABELS - ellipsis;
        } else if (label_of(*c) >= 0) {
            first = (uint32_t)label_of(*c);
        } else {
            return 0;
        }
        if (t->rank + count > NET_MAX_RANK)
            return 0;
        for (uint32_t k = 0; k < count; k++)
            t->label[t->rank++] = (uint8_t)(first + k);
    }
    *text = c;
    return 1;
}

/* How many dimensions of an operand an ellipsis stands for: those that have no letter. */
static uint32_t ellipsis_rank(const char *text, uint32_t rank)
{
    uint32_t letters = 0, seen = 0;
    for (; *text && *text != ',' && *text != '-'; text++) {
        letters += label_of(*text) >= 0;
        seen |= *text == '.';
    }
    return seen && rank > letters ? rank - letters : 0;
}

/* Labels of the result where the equation does not say: the ellipsis, then those seen once, by the alphabet. */
static int imply_result(equation *q)
{
    q->out = (term){0};
    for (uint32_t k = 0; k < LABELS; k++) {
        const uint32_t label = k < q->ellipsis ? LABELS - q->ellipsis + k : k - q->ellipsis;
        if (label >= LETTERS ? k >= q->ellipsis : q->count[label] != 1)
            continue;
        if (q->out.rank == NET_MAX_RANK)
            return 0;
        q->out.label[q->out.rank++] = (uint8_t)label;
    }
    return 1;
}

static int add_operand(equation *q, const term *t, const net_tensor *x)
{
    if (t->rank != x->rank)
        return 0;
    for (uint32_t d = 0; d < t->rank; d++) {
        const uint32_t label = t->label[d];
        if (q->count[label]++ == 0 || q->size[label] == 1)
            q->size[label] = x->dims[d];
        else if (x->dims[d] != 1 && x->dims[d] != q->size[label])
            return 0;
    }
    return 1;
}

/* 0 if the equation cannot be read or does not fit the shapes. */
static int read_equation(const char *text, const net_tensor *const *x, uint32_t operands, equation *q)
{
    const char *c = text;
    *q = (equation){.operands = operands};
    for (uint32_t n = 0; n < operands; n++) {
        const uint32_t rank = ellipsis_rank(c, x[n]->rank);
        term t;
        if (rank > NET_MAX_RANK || !read_term(&c, rank, &q->in[n]))
            return 0;
        q->ellipsis = rank > q->ellipsis ? rank : q->ellipsis;
        t = q->in[n];
        if (!add_operand(q, &t, x[n]) || (n + 1 < operands && *c != ','))
            return 0;
        c += *c == ',';
    }
    if (!*c)
        return imply_result(q);
    if (c[0] != '-' || c[1] != '>')
        return 0;
    c += 2;
    if (!read_term(&c, q->ellipsis, &q->out) || *c)
        return 0;
    for (uint32_t d = 0; d < q->out.rank; d++) {
        if (q->count[q->out.label[d]] == 0)
            return 0;
        for (uint32_t other = 0; other < d; other++)
            if (q->out.label[other] == q->out.label[d])
                return 0;
    }
    return 1;
}

bdc_status infer_einsum(const op_infer *i)
{
    const net_op *op = i->op;
    const net_tensor *x[MOST_OPERANDS];
    BDC_TRY(infer_counts(i, 1, MOST_OPERANDS, 1, 1));
    for (uint32_t n = 0; n < op->input_count; n++) {
        x[n] = infer_input(i, n);
        if (!x[n])
            return bdc_fail(i->context, BDC_E_INVALID, "%s '%s' lacks its input %u.", op->type, op->name, n);
        BDC_TRY(infer_type(i, x[n], TYPES_REAL));
        BDC_TRY(infer_same_type(i, x[0], x[n]));
    }
    equation q;
    if (!op->a.text || !read_equation(op->a.text, x, op->input_count, &q))
        return infer_invalid(i, "the equation cannot be read or does not fit the shapes of its inputs");
    uint64_t steps = 1;
    for (uint32_t k = 0; k < LABELS; k++) {
        if (q.count[k] && q.size[k] > 1)
            steps *= q.size[k];
        if (steps > (uint64_t)1 << 40)
            return bdc_fail(i->context, BDC_E_LIMIT, "%s '%s': its equation has too many products.", op->type,
                            op->name);
    }
    uint32_t dims[NET_MAX_RANK];
    for (uint32_t d = 0; d < q.out.rank; d++)
        dims[d] = q.size[q.out.label[d]];
    return infer_set(i, 0, x[0]->type, q.out.rank, dims);
}

/* Elements from one value of a label to the next, per operand and for the result; 0 where it is not or is broadcast. */
typedef struct label_steps {
    size_t in[MOST_OPERANDS][LABELS], out[LABELS];
} label_steps;

static void find_steps(const equation *q, const op_eval *e, label_steps *s)
{
    for (uint32_t n = 0; n <= q->operands; n++) {
        const term *t = n < q->operands ? &q->in[n] : &q->out;
        const net_tensor *x = n < q->operands ? eval_input(e, n) : eval_output(e, 0);
        size_t *steps = n < q->operands ? s->in[n] : s->out, step = 1;
        for (uint32_t k = 0; k < LABELS; k++)
            steps[k] = 0;
        for (uint32_t d = t->rank; d-- > 0; step *= x->dims[d])
            steps[t->label[d]] += x->dims[d] == 1 ? 0 : step; /* a label seen twice walks the diagonal */
    }
}

/* Labels whose values are counted through, the last one fastest. */
typedef struct counter {
    uint32_t count, label[LABELS], at[LABELS];
} counter;

/* On to the next values; 0 when all were seen. */
static int count_on(const equation *q, counter *c)
{
    for (uint32_t k = c->count; k-- > 0;) {
        if (++c->at[k] < q->size[c->label[k]])
            return 1;
        c->at[k] = 0;
    }
    return 0;
}

static size_t offset_of(const counter *c, const size_t *steps)
{
    size_t offset = 0;
    for (uint32_t k = 0; k < c->count; k++)
        offset += c->at[k] * steps[c->label[k]];
    return offset;
}

/* One product of matrices inside: rows m of one operand, columns n of the other, k summed. NO_LABEL: there is none. */
typedef struct inner_product {
    uint32_t a, b; /* operands */
    uint32_t m, n, k;
} inner_product;

static int appears_twice(const term *t)
{
    for (uint32_t d = 0; d < t->rank; d++)
        for (uint32_t other = 0; other < d; other++)
            if (t->label[d] == t->label[other])
                return 1;
    return 0;
}

/* 0 if there is no such product. */
static int find_inner_product(const equation *q, const label_steps *s, inner_product *p)
{
    if (q->operands != 2 || q->out.rank == 0 || appears_twice(&q->in[0]) || appears_twice(&q->in[1]))
        return 0;
    *p = (inner_product){.m = NO_LABEL, .n = q->out.label[q->out.rank - 1], .k = NO_LABEL};
    p->b = s->in[0][p->n] ? 0 : 1;
    p->a = 1 - p->b;
    if (s->out[p->n] != 1 || s->in[p->a][p->n])
        return 0;
    for (uint32_t label = 0; label < LABELS; label++) {
        const int in_a = s->in[p->a][label] != 0, in_b = s->in[p->b][label] != 0, in_out = s->out[label] != 0;
        if (in_a && !in_b && in_out && (p->m == NO_LABEL || q->size[label] > q->size[p->m]))
            p->m = label;
        if (in_a && in_b && !in_out && (p->k == NO_LABEL || q->size[label] > q->size[p->k]))
            p->k = label;
    }
    return p->m != NO_LABEL && p->k != NO_LABEL;
}

static bdc_status multiply(const op_eval *e, const equation *q, const label_steps *s, const inner_product *p)
{
    counter c = {0};
    for (uint32_t k = 0; k < LABELS; k++)
        if (q->count[k] && k != p->m && k != p->n && k != p->k)
            c.label[c.count++] = k;
    float *scratch = BDC_NEW(e->context, float, float_gemm_scratch(q->size[p->m], q->size[p->n], q->size[p->k]));
    if (!scratch)
        return BDC_E_MEMORY;
    do {
        const float *a = (const float *)eval_input_data(e, p->a) + offset_of(&c, s->in[p->a]),
                    *b = (const float *)eval_input_data(e, p->b) + offset_of(&c, s->in[p->b]);
        float *y = (float *)eval_output_data(e, 0) + offset_of(&c, s->out);
        float_gemm(q->size[p->m], q->size[p->n], q->size[p->k], (float_matrix){a, s->in[p->a][p->m], s->in[p->a][p->k]},
                   (float_matrix){b, s->in[p->b][p->k], s->in[p->b][p->n]}, y, s->out[p->m], scratch);
    } while (count_on(q, &c));
    return BDC_OK;
}

/* Every element of the result by itself. */
static void sum_products(const op_eval *e, const equation *q, const label_steps *s)
{
    counter out = {0}, summed = {0};
    for (uint32_t d = 0; d < q->out.rank; d++)
        out.label[out.count++] = q->out.label[d];
    for (uint32_t k = 0; k < LABELS; k++) {
        int in_out = 0;
        for (uint32_t d = 0; d < q->out.rank; d++)
            in_out |= q->out.label[d] == k;
        if (q->count[k] && !in_out)
            summed.label[summed.count++] = k;
    }
    float *y = eval_output_data(e, 0);
    do {
        double sum = 0;
        do {
            double product = 1;
            for (uint32_t n = 0; n < q->operands; n++)
                product *=
                    ((const float *)eval_input_data(e, n))[offset_of(&out, s->in[n]) + offset_of(&summed, s->in[n])];
            sum += product;
        } while (count_on(q, &summed));
        y[offset_of(&out, s->out)] = (float)sum;
    } while (count_on(q, &out));
}

static bdc_status einsum_floats(const op_eval *e)
{
    const net_tensor *x[MOST_OPERANDS];
    int empty = net_count(eval_output(e, 0)) == 0;
    for (uint32_t n = 0; n < e->op->input_count; n++) {
        x[n] = eval_input(e, n);
        empty |= net_count(x[n]) == 0;
    }
    float *y = eval_output_data(e, 0);
    for (size_t i = 0; i < net_count(eval_output(e, 0)); i++)
        y[i] = 0;
    if (empty)
        return BDC_OK;
    equation q;
    label_steps *s = BDC_NEW(e->context, label_steps, 1);
    if (!s)
        return BDC_E_MEMORY;
    read_equation(e->op->a.text, x, e->op->input_count, &q);
    find_steps(&q, e, s);
    inner_product p;
    if (find_inner_product(&q, s, &p))
        return multiply(e, &q, s, &p);
    sum_products(e, &q, s);
    return BDC_OK;
}

bdc_status eval_einsum(const op_eval *e)
{
    return eval_in_float(e, einsum_floats);
}
