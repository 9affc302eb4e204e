/* Matrix products of float32: packed panels, so that memory is read in order, and one small tile that stays in registers.
 * SPDX-License-Identifier: MIT */
#include "float_kernels.h"

#include <string.h>

#include "float_panels.h"

enum {
    VECTOR = 32,     /* results of one step of a vector times a matrix */
    DOT_PRODUCTS = 8 /* side by side, so that their sums do not wait for each other */
};

/* c += a panel of the left side times a panel of the right. Compilers keep sums in registers: 8 vectors of 4. */
static void tile(size_t depth, const float *restrict a, const float *restrict b, float *restrict c, size_t row)
{
    float sum[ROWS][COLUMNS];
    for (int i = 0; i < ROWS; i++)
        for (int j = 0; j < COLUMNS; j++)
            sum[i][j] = c[(size_t)i * row + (size_t)j];
    for (size_t p = 0; p < depth; p++, a += ROWS, b += COLUMNS)
        for (int i = 0; i < ROWS; i++)
            for (int j = 0; j < COLUMNS; j++)
                sum[i][j] += a[i] * b[j];
    for (int i = 0; i < ROWS; i++)
        for (int j = 0; j < COLUMNS; j++)
            c[(size_t)i * row + (size_t)j] = sum[i][j];
}

/* The tile at an edge: rows and columns that do not exist are computed beside the result and dropped. */
static void edge_tile(size_t depth, const float *a, const float *b, float *c, size_t row, size_t rows, size_t columns)
{
    float whole[ROWS * COLUMNS] = {0};
    for (size_t i = 0; i < rows; i++)
        memcpy(whole + i * COLUMNS, c + i * row, columns * sizeof(float));
    tile(depth, a, b, whole, COLUMNS);
    for (size_t i = 0; i < rows; i++)
        memcpy(c + i * row, whole + i * COLUMNS, columns * sizeof(float));
}

void float_multiply_panels(size_t m, size_t n, size_t depth, const float *left, const float *right, float *c,
                           size_t row)
{
    for (size_t j = 0; j < n; j += COLUMNS)
        for (size_t i = 0; i < m; i += ROWS) {
            const float *a = left + i * depth, *b = right + j * depth;
            if (m - i >= ROWS && n - j >= COLUMNS)
                tile(depth, a, b, c + i * row + j, row);
            else
                edge_tile(depth, a, b, c + i * row + j, row, least(m - i, ROWS), least(n - j, COLUMNS));
        }
}

/* A full panel of 4 or of 8 lines, whose elements lie side by side. */
static void interleave(size_t width, size_t depth, const float *restrict from, size_t line, float *restrict to)
{
    const float *restrict a = from, *restrict b = from + line, *restrict c = from + 2 * line,
                          *restrict d = b + 2 * line;
    for (size_t p = 0; p < depth; p++) {
        to[p * width] = a[p];
        to[p * width + 1] = b[p];
        to[p * width + 2] = c[p];
        to[p * width + 3] = d[p];
    }
}

void float_pack_panels(size_t width, size_t count, size_t depth, const float *from, size_t line, size_t element,
                       float *to)
{
    for (size_t first = 0; first < count; first += width, to += width * depth) {
        const size_t some = least(count - first, width);
        const float *lines = from + first * line;
        if (some < width)
            memset(to, 0, width * depth * sizeof(float));
        if (line == 1)
            for (size_t p = 0; p < depth; p++)
                memcpy(to + p * width, lines + p * element, some * sizeof(float));
        else if (element == 1 && some == width)
            for (size_t i = 0; i < width; i += 4)
                interleave(width, depth, lines + i * line, line, to + i);
        else
            for (size_t i = 0; i < some; i++)
                for (size_t p = 0; p < depth; p++)
                    to[p * width + i] = lines[i * line + p * element];
    }
}

/* c[j * step] += sum over p of v[p * v_step] * b(p, j): one row or one column of results, where panels would mostly be empty. */
static void multiply_vector(size_t n, size_t k, const float *v, size_t v_step, float_matrix b, float *c, size_t step)
{
    if (b.column == 1) {
        for (size_t j = 0; j < n; j += VECTOR) {
            const size_t some = least(n - j, VECTOR);
            float sum[VECTOR] = {0};
            for (size_t i = 0; i < some; i++)
                sum[i] = c[(j + i) * step];
            for (size_t p = 0; p < k; p++) {
                const float value = v[p * v_step], *row = b.data + p * b.row + j;
                if (some == VECTOR)
                    for (size_t i = 0; i < VECTOR; i++)
                        sum[i] += value * row[i];
                else
                    for (size_t i = 0; i < some; i++)
                        sum[i] += value * row[i];
            }
            for (size_t i = 0; i < some; i++)
                c[(j + i) * step] = sum[i];
        }
        return;
    }
    for (size_t j = 0; j < n; j += DOT_PRODUCTS) {
        const size_t some = least(n - j, DOT_PRODUCTS);
        const float *column[DOT_PRODUCTS];
        float sum[DOT_PRODUCTS] = {0};
        for (size_t i = 0; i < DOT_PRODUCTS; i++) {
            column[i] = b.data + (j + least(i, some - 1)) * b.column;
            sum[i] = c[(j + least(i, some - 1)) * step];
        }
        for (size_t p = 0; p < k; p++) {
            const float value = v[p * v_step];
            for (size_t i = 0; i < DOT_PRODUCTS; i++)
                sum[i] += value * column[i][p * b.row];
        }
        for (size_t i = 0; i < some; i++)
            c[(j + i) * step] = sum[i];
    }
}

size_t float_gemm_scratch(size_t m, size_t n, size_t k)
{
    return least(k, DEPTH) * (least(round_up(m, ROWS), LEFT) + least(round_up(n, COLUMNS), RIGHT));
}

void float_gemm(size_t m, size_t n, size_t k, float_matrix a, float_matrix b, float *c, size_t row, float *scratch)
{
    if (m == 0 || n == 0)
        return;
    if (m == 1) {
        multiply_vector(n, k, a.data, a.column, b, c, 1);
        return;
    }
    if (n == 1) {
        multiply_vector(m, k, b.data, b.row, (float_matrix){a.data, a.column, a.row}, c, row);
        return;
    }
    float *right = scratch, *left = scratch + least(k, DEPTH) * least(round_up(n, COLUMNS), RIGHT);
    for (size_t j = 0; j < n; j += RIGHT) {
        const size_t columns = least(n - j, RIGHT);
        for (size_t p = 0; p < k; p += DEPTH) {
            const size_t depth = least(k - p, DEPTH);
            float_pack_panels(COLUMNS, columns, depth, b.data + p * b.row + j * b.column, b.column, b.row, right);
            for (size_t i = 0; i < m; i += LEFT) {
                const size_t rows = least(m - i, LEFT);
                float_pack_panels(ROWS, rows, depth, a.data + i * a.row + p * a.column, a.row, a.column, left);
                float_multiply_panels(rows, columns, depth, left, right, c + i * row + j, row);
            }
        }
    }
}
