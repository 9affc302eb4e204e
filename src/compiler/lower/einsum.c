/* Einsum of one or two operands, as transposes, sums and one product of matrices.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "lower.h"

enum { MAX_OPERANDS = 2 };

typedef struct equation {
    uint32_t operands;
    char labels[MAX_OPERANDS][NET_MAX_RANK + 1], result[NET_MAX_RANK + 1];
} equation;

static int append(char *to, char label)
{
    const size_t n = strlen(to);
    if (n == NET_MAX_RANK || strchr(to, label))
        return 0; /* too many, or a diagonal */
    to[n] = label;
    to[n + 1] = 0;
    return 1;
}

static int is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Without an arrow the result has the labels that occur once, in order of the alphabet. */
static void complete(equation *e)
{
    for (int c = 'A'; c <= 'z'; c++) {
        int count = 0;
        for (uint32_t i = 0; i < e->operands; i++)
            count += is_letter((char)c) && strchr(e->labels[i], c) != NULL;
        if (count == 1)
            append(e->result, (char)c);
    }
}

static bdc_status parse(const lowering *l, equation *e)
{
    const char *text = l->op->a.text ? l->op->a.text : "";
    char *to = e->labels[0];
    int arrow = 0;
    *e = (equation){.operands = 1};
    for (; *text; text++) {
        if (*text == ' ')
            continue;
        if (*text == ',' && !arrow && e->operands < MAX_OPERANDS) {
            to = e->labels[e->operands++];
        } else if (text[0] == '-' && text[1] == '>' && !arrow) {
            to = e->result;
            arrow = 1;
            text++;
        } else if (!is_letter(*text) || !append(to, *text)) {
            return lower_refuse(l, "only an equation of one or two operands without diagonals and '...' is supported");
        }
    }
    if (!arrow)
        complete(e);
    return e->operands == l->op->input_count ? BDC_OK : lower_refuse(l, "the equation has another number of operands");
}

static uint32_t find(const char *labels, char label)
{
    const char *at = strchr(labels, label);
    return at ? (uint32_t)(at - labels) : NET_NONE;
}

/* Sums over the labels of one operand that neither the other nor the result has. */
static bdc_status sum_alone(lowering *l, const char *other, const char *result, char *labels, lower_value *v)
{
    uint32_t set = 0, n = 0, dims[NET_MAX_RANK];
    for (uint32_t i = 0; labels[i]; i++)
        if (!strchr(other, labels[i]) && !strchr(result, labels[i]))
            set |= 1u << i;
    if (!set)
        return BDC_OK;
    BDC_TRY(lower_reduce(l, v, set, LOWER_SUM, v));
    for (uint32_t i = 0; i < v->rank; i++)
        if (!(set >> i & 1u)) {
            dims[n] = lower_dim(v, i);
            labels[n++] = labels[i];
        }
    labels[n] = 0;
    return lower_reshape(l, v, n, dims);
}

/* Dimensions in the order of the labels `wanted`; those that the value lacks become 1. */
static bdc_status arrange(lowering *l, const char *labels, const char *wanted, lower_value *v)
{
    uint32_t axes[NET_MAX_RANK], dims[NET_MAX_RANK], n = 0, k = 0;
    for (uint32_t i = 0; wanted[i]; i++) {
        const uint32_t at = find(labels, wanted[i]);
        dims[k++] = at == NET_NONE ? 1 : lower_dim(v, at);
        if (at != NET_NONE)
            axes[n++] = at;
    }
    lower_transpose(v, axes);
    return lower_reshape(l, v, k, dims);
}

/* Labels of a that b has (or not) and the result has (or not). */
static void select(const char *a, const char *b, int in_b, const char *result, int in_result, char *out)
{
    for (; *a; a++)
        if ((strchr(b, *a) != NULL) == in_b && (strchr(result, *a) != NULL) == in_result)
            append(out, *a);
}

static uint32_t product_of(const lower_value *v, const char *labels, const char *some)
{
    uint32_t n = 1;
    for (; *some; some++)
        n *= lower_dim(v, find(labels, *some));
    return n;
}

/* Three lists of at most NET_MAX_RANK labels one after the other; to has room for all. */
static void join(char *to, const char *const parts[3])
{
    for (int i = 0; i < 3; i++) {
        const size_t n = strlen(parts[i]);
        memcpy(to, parts[i], n);
        to += n;
    }
    *to = 0;
}

/* Both as [batch, rows, depth] and [batch, depth, columns]; the product as [batch..., rows..., columns...]. */
static bdc_status multiply(lowering *l, const equation *e, lower_value *a, lower_value *b, lower_value *y)
{
    const char *la = e->labels[0], *lb = e->labels[1], *result = e->result;
    char batch[NET_MAX_RANK + 1] = "", rows[NET_MAX_RANK + 1] = "", columns[NET_MAX_RANK + 1] = "",
                              depth[NET_MAX_RANK + 1] = "";
    char order[3 * NET_MAX_RANK + 1], left[3 * NET_MAX_RANK + 1], right[3 * NET_MAX_RANK + 1];
    select(la, lb, 1, result, 1, batch);
    select(la, lb, 0, result, 1, rows);
    select(la, lb, 1, result, 0, depth);
    select(lb, la, 0, result, 1, columns);
    join(order, (const char *[3]){batch, rows, columns});
    if (strlen(order) > NET_MAX_RANK)
        return lower_refuse(l, "the result has too many dimensions");
    uint32_t dims[NET_MAX_RANK], axes[NET_MAX_RANK];
    for (uint32_t i = 0; order[i]; i++)
        dims[i] = strchr(la, order[i]) ? lower_dim(a, find(la, order[i])) : lower_dim(b, find(lb, order[i]));
    if (!*depth) { /* nothing is summed: an ordinary product, broadcast */
        BDC_TRY(arrange(l, la, order, a));
        BDC_TRY(arrange(l, lb, order, b));
        BDC_TRY(lower_binary(l, IR_MUL, a, b, y));
    } else {
        const uint32_t n = product_of(a, la, batch), m = product_of(a, la, rows), k = product_of(a, la, depth),
                       p = product_of(b, lb, columns);
        join(left, (const char *[3]){batch, rows, depth});
        join(right, (const char *[3]){batch, depth, columns});
        BDC_TRY(arrange(l, la, left, a));
        BDC_TRY(arrange(l, lb, right, b));
        BDC_TRY(lower_reshape(l, a, 3, (uint32_t[3]){n, m, k}));
        BDC_TRY(lower_reshape(l, b, 3, (uint32_t[3]){n, k, p}));
        BDC_TRY(lower_product_of(l, a, b, y));
        BDC_TRY(lower_reshape(l, y, (uint32_t)strlen(order), dims));
    }
    for (uint32_t i = 0; result[i]; i++)
        axes[i] = find(order, result[i]);
    lower_transpose(y, axes);
    return BDC_OK;
}

bdc_status lower_op_einsum(lowering *l)
{
    const net_tensor *out = lower_shape_out(l, 0);
    equation e;
    lower_value v[MAX_OPERANDS], y;
    BDC_TRY(parse(l, &e));
    for (uint32_t i = 0; i < e.operands; i++) {
        BDC_TRY(lower_input(l, i, &v[i]));
        if (strlen(e.labels[i]) != v[i].rank)
            return lower_refuse(l, "the equation has another number of dimensions");
        BDC_TRY(sum_alone(l, e.operands == 2 ? e.labels[1 - i] : "", e.result, e.labels[i], &v[i]));
    }
    if (e.operands == 2) {
        BDC_TRY(multiply(l, &e, &v[0], &v[1], &y));
    } else {
        y = v[0];
        BDC_TRY(arrange(l, e.labels[0], e.result, &y));
    }
    BDC_TRY(lower_reshape(l, &y, out->rank, out->dims));
    lower_set(l, 0, &y);
    return BDC_OK;
}
