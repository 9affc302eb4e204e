/* SPDX-License-Identifier: MIT */
#include "scores.h"

#include <math.h>
#include <stddef.h>

double score_sigmoid(double x)
{
    return 1.0 / (1.0 + exp(-x));
}

double score_softplus(double x)
{
    return x > 0 ? x + log1p(exp(-x)) : log1p(exp(x));
}

int score_is_true(const scores *s, uint32_t j, uint32_t i)
{
    return s->labels == 1 ? s->truth[j] == 1 : s->truth[j] == i;
}

double score_log_odds(const scores *s, uint32_t j, uint32_t i, double temperature)
{
    const double *z = s->logits + (size_t)j * s->labels;
    if (s->sigmoid)
        return z[i] / temperature;
    double most = -HUGE_VAL, sum = 0;
    for (uint32_t k = 0; k < s->labels; k++)
        if (k != i && z[k] / temperature > most)
            most = z[k] / temperature;
    for (uint32_t k = 0; k < s->labels; k++)
        if (k != i)
            sum += exp(z[k] / temperature - most);
    return z[i] / temperature - (most + log(sum));
}

uint32_t score_decision(const scores *s, uint32_t j)
{
    const double *z = s->logits + (size_t)j * s->labels;
    uint32_t top = 0;
    if (s->labels == 1)
        return z[0] >= 0;
    for (uint32_t i = 1; i < s->labels; i++)
        if (z[i] > z[top])
            top = i;
    return top;
}
