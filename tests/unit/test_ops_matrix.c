/* Products of matrices and equations against plain loops over random shapes.
 * SPDX-License-Identifier: MIT */
#include "ops.h"
#include "random.h"

enum { MOST = 1 << 14 };

static float a[MOST], b[MOST];

static int near(double x, double y)
{
    return fabs(x - y) <= 1e-5 + 1e-5 * fabs(y);
}

static size_t volume(const uint32_t *dims, uint32_t rank)
{
    size_t v = 1;
    for (uint32_t d = 0; d < rank; d++)
        v *= dims[d];
    return v;
}

/* Batches of random ranks, each side of which may be broadcast. */
static void test_matmul(uint64_t seed, net_type type)
{
    static int64_t whole_a[MOST], whole_b[MOST];
    random_seed(seed);
    const uint32_t m = 1 + random_below(9), n = 1 + random_below(9), k = 1 + random_below(20), rank = random_below(3),
                   rank_a = random_below(rank + 1), rank_b = rank;
    uint32_t batch[4], dims_a[6], dims_b[6], dims[6];
    for (uint32_t d = 0; d < rank; d++)
        batch[d] = 1 + random_below(3);
    for (uint32_t d = 0; d < rank_a; d++)
        dims_a[d] = random_below(2) ? batch[rank - rank_a + d] : 1;
    for (uint32_t d = 0; d < rank_b; d++) {
        const int own = d + rank_a >= rank && dims_a[d + rank_a - rank] == batch[d];
        dims_b[d] = own && random_below(2) ? 1 : batch[d];
        dims[d] = batch[d];
    }
    dims_a[rank_a] = dims[rank] = m;
    dims_a[rank_a + 1] = dims_b[rank_b] = k;
    dims_b[rank_b + 1] = dims[rank + 1] = n;
    random_values(a, MOST);
    random_values(b, MOST);
    for (size_t i = 0; i < MOST; i++) {
        whole_a[i] = (int64_t)(a[i] * 333);
        whole_b[i] = (int64_t)(b[i] * 333);
    }
    ops_begin(NET_MATMUL, 2, 1);
    ops_input(0, type, rank_a + 2, dims_a, type == NET_FLOAT ? (void *)a : (void *)whole_a);
    ops_input(1, type, rank_b + 2, dims_b, type == NET_FLOAT ? (void *)b : (void *)whole_b);
    ops_output(0);
    int ok = CHECK(ops_run() == BDC_OK) && CHECK(ops_has_dims(0, rank + 2, dims));
    for (size_t i = 0; ok && i < volume(dims, rank + 2); i++) {
        size_t rest = i / m / n, at_a = 0, at_b = 0, step_a = 1, step_b = 1;
        for (uint32_t d = rank; d-- > 0; rest /= batch[d]) {
            const uint32_t side_a = d + rank_a >= rank ? dims_a[d + rank_a - rank] : 1;
            at_a += rest % batch[d] % side_a * step_a;
            at_b += rest % batch[d] % dims_b[d] * step_b;
            step_a *= side_a;
            step_b *= dims_b[d];
        }
        double sum = 0;
        int64_t whole = 0;
        for (size_t p = 0; p < k; p++) {
            const size_t from_a = (at_a * m + i / n % m) * k + p, from_b = (at_b * k + p) * n + i % n;
            sum += (double)a[from_a] * b[from_b];
            whole += whole_a[from_a] * whole_b[from_b];
        }
        ok = type == NET_FLOAT ? near(((const float *)ops_values(0))[i], sum)
                               : ((const int64_t *)ops_values(0))[i] == whole;
    }
    if (!CHECK(ok))
        fprintf(stderr, "matmul of seed %u\n", (unsigned)seed);
}

static void test_vectors(void)
{
    const float v[] = {1, 2, 3}, matrix[] = {1, 0, 2, 0, 1, 3}, row[] = {7, 9}, sum = 14, column[] = {7, 11};
    ops_begin(NET_MATMUL, 2, 1);
    ops_input(0, NET_FLOAT, 1, OPS_DIMS(3), v);
    ops_input(1, NET_FLOAT, 1, OPS_DIMS(3), v);
    ops_output(0);
    CHECK(ops_run() == BDC_OK && ops_has_dims(0, 0, NULL) && ops_is(0, NET_FLOAT, 1, &sum));
    ops_begin(NET_MATMUL, 2, 1);
    ops_input(0, NET_FLOAT, 1, OPS_DIMS(3), v);
    ops_input(1, NET_FLOAT, 2, OPS_DIMS(3, 2), (const float[]){1, 0, 0, 0, 2, 3});
    ops_output(0);
    CHECK(ops_run() == BDC_OK && ops_has_dims(0, 1, OPS_DIMS(2)) && ops_is(0, NET_FLOAT, 2, row));
    ops_begin(NET_MATMUL, 2, 1);
    ops_input(0, NET_FLOAT, 2, OPS_DIMS(2, 3), matrix);
    ops_input(1, NET_FLOAT, 1, OPS_DIMS(3), v);
    ops_output(0);
    CHECK(ops_run() == BDC_OK && ops_has_dims(0, 1, OPS_DIMS(2)) && ops_is(0, NET_FLOAT, 2, column));
    ops_begin(NET_MATMUL, 2, 1);
    ops_input(0, NET_FLOAT, 2, OPS_DIMS(2, 3), matrix);
    ops_input(1, NET_FLOAT, 2, OPS_DIMS(2, 3), matrix);
    ops_output(0);
    CHECK(ops_infer() != BDC_OK && ops_says(BDC_E_INVALID, "MatMul"));
    ops_begin(NET_MATMUL, 2, 1); /* nothing to sum */
    ops_input(0, NET_FLOAT, 2, OPS_DIMS(1, 0), matrix);
    ops_input(1, NET_FLOAT, 2, OPS_DIMS(0, 2), matrix);
    ops_output(0);
    CHECK(ops_run() == BDC_OK && ops_is(0, NET_FLOAT, 2, (const float[]){0, 0}));
}

static void test_matmul_integer(uint64_t seed)
{
    static uint8_t x[MOST], y[MOST];
    random_seed(seed);
    const uint32_t m = 1 + random_below(5), n = 1 + random_below(5), k = 1 + random_below(300);
    const int signed_y = (int)random_below(2);
    uint8_t zero_rows[8], zero_columns[8];
    for (size_t i = 0; i < MOST; i++) {
        x[i] = (uint8_t)random_below(256);
        y[i] = (uint8_t)random_below(256);
    }
    for (size_t i = 0; i < 8; i++) {
        zero_rows[i] = (uint8_t)random_below(256);
        zero_columns[i] = (uint8_t)random_below(256);
    }
    ops_begin(NET_MATMUL_INTEGER, 4, 1);
    ops_input(0, NET_UINT8, 2, OPS_DIMS(m, k), x);
    ops_input(1, signed_y ? NET_INT8 : NET_UINT8, 2, OPS_DIMS(k, n), y);
    ops_input(2, NET_UINT8, 1, OPS_DIMS(m), zero_rows);
    ops_input(3, signed_y ? NET_INT8 : NET_UINT8, 1, OPS_DIMS(n), zero_columns);
    ops_output(0);
    int ok = CHECK(ops_run() == BDC_OK);
    for (size_t i = 0; ok && i < (size_t)m * n; i++) {
        int32_t sum = 0;
        for (size_t p = 0; p < k; p++) {
            const uint8_t v = y[p * n + i % n], zero = zero_columns[i % n];
            sum += (x[i / n * k + p] - zero_rows[i / n]) * (signed_y ? (int8_t)v - (int8_t)zero : v - zero);
        }
        ok = ((const int32_t *)ops_values(0))[i] == sum;
    }
    if (!CHECK(ok))
        fprintf(stderr, "matmul of integers of seed %u\n", (unsigned)seed);
}

static void test_gemm(uint64_t seed)
{
    static float c[MOST];
    random_seed(seed);
    const uint32_t m = 1 + random_below(9), n = 1 + random_below(9), k = 1 + random_below(9),
                   rows = random_below(2) ? m : 1, columns = random_below(2) ? n : 1, transpose = random_below(4);
    const int with_c = (int)random_below(4) != 0;
    random_values(a, MOST);
    random_values(b, MOST);
    random_values(c, MOST);
    net_op *op = ops_begin(NET_GEMM, with_c ? 3 : 2, 1);
    op->a.transpose = transpose;
    op->a.alpha = random_below(2) ? 1 : 0.5f;
    op->a.beta = random_below(2) ? 1 : 0.25f;
    ops_input(0, NET_FLOAT, 2, transpose & 1 ? OPS_DIMS(k, m) : OPS_DIMS(m, k), a);
    ops_input(1, NET_FLOAT, 2, transpose & 2 ? OPS_DIMS(n, k) : OPS_DIMS(k, n), b);
    if (with_c)
        ops_input(2, NET_FLOAT, 2, OPS_DIMS(rows, columns), c);
    ops_output(0);
    int ok = CHECK(ops_run() == BDC_OK) && CHECK(ops_has_dims(0, 2, OPS_DIMS(m, n)));
    for (size_t i = 0; ok && i < m; i++)
        for (size_t j = 0; ok && j < n; j++) {
            double sum = 0;
            for (size_t p = 0; p < k; p++)
                sum += (double)a[transpose & 1 ? p * m + i : i * k + p] * b[transpose & 2 ? j * k + p : p * n + j];
            sum = sum * op->a.alpha + (with_c ? op->a.beta * c[i % rows * columns + j % columns] : 0);
            ok = near(((const float *)ops_values(0))[i * n + j], sum);
        }
    if (!CHECK(ok))
        fprintf(stderr, "gemm of seed %u\n", (unsigned)seed);
}

static bdc_status einsum(const char *text, const uint32_t *dims_a, uint32_t rank_a, const uint32_t *dims_b,
                         uint32_t rank_b)
{
    net_op *op = ops_begin(NET_EINSUM, dims_b ? 2 : 1, 1);
    op->a.text = text;
    ops_input(0, NET_FLOAT, rank_a, dims_a, a);
    if (dims_b)
        ops_input(1, NET_FLOAT, rank_b, dims_b, b);
    ops_output(0);
    return ops_run();
}

static void test_einsum(void)
{
    random_values(a, MOST);
    random_values(b, MOST);
    /* Attention: batch, head, query, key, feature. */
    int ok = CHECK(einsum("bqhd,bkhd->bhqk", OPS_DIMS(2, 3, 4, 5), 4, OPS_DIMS(2, 6, 4, 5), 4) == BDC_OK) &&
             CHECK(ops_has_dims(0, 4, OPS_DIMS(2, 4, 3, 6)));
    for (size_t i = 0; ok && i < (size_t)2 * 4 * 3 * 6; i++) {
        const size_t k = i % 6, q = i / 6 % 3, h = i / 18 % 4, n = i / 72;
        double sum = 0;
        for (size_t d = 0; d < 5; d++)
            sum += (double)a[((n * 3 + q) * 4 + h) * 5 + d] * b[((n * 6 + k) * 4 + h) * 5 + d];
        ok = near(((const float *)ops_values(0))[i], sum);
    }
    CHECK(ok);
    /* The result's last label stands in the first operand. */
    ok = CHECK(einsum("ij,kj->ki", OPS_DIMS(3, 4), 2, OPS_DIMS(5, 4), 2) == BDC_OK) &&
         CHECK(ops_has_dims(0, 2, OPS_DIMS(5, 3)));
    for (size_t i = 0; ok && i < 15; i++) {
        double sum = 0;
        for (size_t j = 0; j < 4; j++)
            sum += (double)a[i % 3 * 4 + j] * b[i / 3 * 4 + j];
        ok = near(((const float *)ops_values(0))[i], sum);
    }
    CHECK(ok);
    /* A sum over two labels, one of them in one operand only, and an ellipsis that broadcasts. */
    ok = CHECK(einsum("...ijl,...jk->...ik", OPS_DIMS(2, 3, 4, 2), 4, OPS_DIMS(1, 4, 3), 3) == BDC_OK) &&
         CHECK(ops_has_dims(0, 3, OPS_DIMS(2, 3, 3)));
    for (size_t i = 0; ok && i < 18; i++) {
        double sum = 0;
        for (size_t j = 0; j < 4; j++)
            for (size_t l = 0; l < 2; l++)
                sum += (double)a[((i / 9 * 3 + i / 3 % 3) * 4 + j) * 2 + l] * b[j * 3 + i % 3];
        ok = near(((const float *)ops_values(0))[i], sum);
    }
    CHECK(ok);
    /* Without an arrow: labels seen once, by the alphabet. */
    CHECK(einsum("ba", OPS_DIMS(2, 3), 2, NULL, 0) == BDC_OK && ops_has_dims(0, 2, OPS_DIMS(3, 2)));
    CHECK(((const float *)ops_values(0))[1] == a[3]);
    CHECK(einsum("ii", OPS_DIMS(3, 3), 2, NULL, 0) == BDC_OK && ops_has_dims(0, 0, NULL));
    CHECK(near(((const float *)ops_values(0))[0], (double)a[0] + a[4] + a[8]));
    CHECK(einsum("i i -> i", OPS_DIMS(3, 3), 2, NULL, 0) == BDC_OK && ops_has_dims(0, 1, OPS_DIMS(3)));
    CHECK(((const float *)ops_values(0))[1] == a[4]);

    static const char *const wrong[] = {"ij->ijk", "i",       "ij,jk->ik", "ij->ii",  "ij-",
                                        "i.j",     "ij->ij,", "i1",        "......ij"};
    for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++)
        CHECK(einsum(wrong[k], OPS_DIMS(2, 3), 2, NULL, 0) != BDC_OK && ops_says(BDC_E_INVALID, "equation"));
    CHECK(einsum("ij,jk", OPS_DIMS(2, 3), 2, OPS_DIMS(4, 2), 2) != BDC_OK && ops_says(BDC_E_INVALID, "equation"));
}

int main(void)
{
    for (uint64_t seed = 0; seed < 200; seed++) {
        test_matmul(seed, NET_FLOAT);
        test_matmul(seed, NET_INT64);
        test_matmul_integer(seed);
        test_gemm(seed);
    }
    test_vectors();
    test_einsum();
    return ops_done();
}
