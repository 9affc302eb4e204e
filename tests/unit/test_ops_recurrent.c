/* LSTM, GRU and RNN against their equations in double: random sizes, directions, lengths, layouts, peepholes, clips.
 * SPDX-License-Identifier: MIT */
#include "ops.h"
#include "random.h"

enum { MOST = 4096, STATE = 64 };

static float x[MOST], w[MOST], r[MOST], b[256], h0[STATE], c0[STATE], p[64];

typedef struct network {
    net_code code;
    uint32_t steps, batch, input, hidden, directions, gates;
    int32_t lengths[4];
    net_recurrent a;
    int with_bias, with_lengths, with_state, with_peepholes;
} network;

static double sigmoid(double v)
{
    return 1 / (1 + exp(-v));
}

/* The f of a seed may be a hard sigmoid, the g a relu. */
static double activate(const network *n, uint32_t direction, uint32_t which, double v)
{
    const net_code code = n->a.activations[direction * 3 + which];
    if (code == NET_HARD_SIGMOID)
        return fmax(0, fmin(1, 0.2f * v + 0.5));
    if (code == NET_RELU)
        return fmax(0, v);
    return code == NET_SIGMOID || (code == NET_NOTHING && which == 0 && n->gates > 1) ? sigmoid(v) : tanh(v);
}

static double clip(const network *n, double v)
{
    return n->a.clip > 0 ? fmax(-n->a.clip, fmin(n->a.clip, v)) : v;
}

/* w x + its bias, and r h + its bias, of gate g. */
static double from_input(const network *n, uint32_t d, uint32_t g, uint32_t u, const float *in)
{
    const uint32_t row = (d * n->gates + g) * n->hidden + u;
    double sum = n->with_bias ? b[(d * 2 * n->gates + g) * n->hidden + u] : 0;
    for (uint32_t k = 0; k < n->input; k++)
        sum += (double)w[row * n->input + k] * in[k];
    return sum;
}

static double from_state(const network *n, uint32_t d, uint32_t g, uint32_t u, const double *h)
{
    const uint32_t row = (d * n->gates + g) * n->hidden + u;
    double sum = n->with_bias ? b[(d * 2 * n->gates + n->gates + g) * n->hidden + u] : 0;
    for (uint32_t k = 0; k < n->hidden; k++)
        sum += (double)r[row * n->hidden + k] * h[k];
    return sum;
}

static double gate(const network *n, uint32_t d, uint32_t g, uint32_t u, const float *in, const double *h, double peep)
{
    return clip(n, from_input(n, d, g, u, in) + from_state(n, d, g, u, h) + peep);
}

static void step(const network *n, uint32_t d, const float *in, double *h, double *c)
{
    double next[STATE], reset[STATE];
    for (uint32_t u = 0; u < n->hidden; u++)
        reset[u] = n->code == NET_GRU ? activate(n, d, 0, gate(n, d, 1, u, in, h, 0)) * h[u] : 0;
    for (uint32_t u = 0; u < n->hidden; u++) {
        const float *peep = p + d * 3 * n->hidden + u;
        const int has = n->with_peepholes;
        if (n->code == NET_LSTM) {
            const double i = activate(n, d, 0, gate(n, d, 0, u, in, h, has ? peep[0] * c[u] : 0));
            const double f = n->a.input_forget
                                 ? 1 - i
                                 : activate(n, d, 0, gate(n, d, 2, u, in, h, has ? peep[2 * n->hidden] * c[u] : 0));
            c[u] = f * c[u] + i * activate(n, d, 1, gate(n, d, 3, u, in, h, 0));
            next[u] =
                activate(n, d, 0, gate(n, d, 1, u, in, h, has ? peep[n->hidden] * c[u] : 0)) * activate(n, d, 2, c[u]);
        } else if (n->code == NET_GRU) {
            const double z = activate(n, d, 0, gate(n, d, 0, u, in, h, 0)),
                         own = activate(n, d, 0, gate(n, d, 1, u, in, h, 0)),
                         state =
                             n->a.linear_before_reset ? own * from_state(n, d, 2, u, h) : from_state(n, d, 2, u, reset),
                         candidate = activate(n, d, 1, clip(n, from_input(n, d, 2, u, in) + state));
            next[u] = (1 - z) * candidate + z * h[u];
        } else {
            next[u] = activate(n, d, 0, gate(n, d, 0, u, in, h, 0));
        }
    }
    memcpy(h, next, n->hidden * sizeof *h);
}

static int near(double a, double q)
{
    return fabs(a - q) <= 2e-5 + 1e-5 * fabs(q);
}

static int agrees(const network *n)
{
    const int first = n->a.batch_first;
    int ok = 1;
    for (uint32_t d = 0; d < n->directions; d++)
        for (uint32_t k = 0; k < n->batch; k++) {
            const uint32_t length = n->with_lengths ? (uint32_t)n->lengths[k] : n->steps,
                           state = (first ? k * n->directions + d : d * n->batch + k) * n->hidden;
            double h[STATE] = {0}, c[STATE] = {0};
            for (uint32_t u = 0; u < n->hidden && n->with_state; u++) {
                h[u] = h0[state + u];
                c[u] = c0[state + u];
            }
            for (uint32_t s = 0; s < n->steps; s++) {
                const uint32_t backward = n->a.direction == NET_REVERSE || d == 1, t = s >= length ? s
                                                                                       : backward  ? length - 1 - s
                                                                                                   : s;
                const float *y = (const float *)ops_values(0) + (first ? (k * n->steps + t) * n->directions + d
                                                                       : (t * n->directions + d) * n->batch + k) *
                                                                    n->hidden;
                if (s < length)
                    step(n, d, x + (first ? k * n->steps + t : t * n->batch + k) * n->input, h, c);
                for (uint32_t u = 0; u < n->hidden; u++)
                    ok = ok && near(y[u], s < length ? h[u] : 0);
            }
            for (uint32_t u = 0; u < n->hidden; u++) {
                ok = ok && near(((const float *)ops_values(1))[state + u], h[u]);
                ok = ok && (n->code != NET_LSTM || near(((const float *)ops_values(2))[state + u], c[u]));
            }
        }
    return ok;
}

static void test_network(uint64_t seed, net_code code)
{
    random_seed(seed);
    random_values(x, MOST);
    random_values(w, MOST);
    random_values(r, MOST);
    random_values(b, 256);
    random_values(h0, STATE);
    random_values(c0, STATE);
    random_values(p, 64);
    network n = {.code = code, .gates = code == NET_LSTM ? 4 : code == NET_GRU ? 3 : 1};
    n.steps = 1 + random_below(5);
    n.batch = 1 + random_below(3);
    n.input = 1 + random_below(5);
    n.hidden = 1 + random_below(6);
    n.a.hidden = n.hidden;
    n.a.direction = random_below(3);
    n.directions = n.a.direction == NET_BIDIRECTIONAL ? 2 : 1;
    n.a.batch_first = (int)random_below(2);
    n.a.input_forget = (int)random_below(2);
    n.a.linear_before_reset = (int)random_below(2);
    n.a.clip = random_below(2) ? 1.5f : 0;
    n.with_bias = (int)random_below(2);
    n.with_lengths = (int)random_below(2);
    n.with_state = (int)random_below(2);
    n.with_peepholes = code == NET_LSTM && random_below(2);
    for (uint32_t k = 0; k < 4; k++)
        n.lengths[k] = (int32_t)random_below(n.steps + 1);
    if (random_below(2)) {
        n.a.activations[n.directions * 3 - 3] = code == NET_RNN ? NET_RELU : NET_HARD_SIGMOID;
        n.a.activation_alpha[n.directions * 3 - 3] = 0.2f;
        n.a.activation_beta[n.directions * 3 - 3] = 0.5f;
    }
    const int first = n.a.batch_first;
    const uint32_t states[3] = {first ? n.batch : n.directions, first ? n.directions : n.batch, n.hidden};

    net_op *op = ops_begin(code, code == NET_LSTM ? 8 : 6, code == NET_LSTM ? 3 : 2);
    op->a.recurrent = &n.a;
    ops_input(0, NET_FLOAT, 3, first ? OPS_DIMS(n.batch, n.steps, n.input) : OPS_DIMS(n.steps, n.batch, n.input), x);
    ops_input(1, NET_FLOAT, 3, OPS_DIMS(n.directions, n.gates * n.hidden, n.input), w);
    ops_input(2, NET_FLOAT, 3, OPS_DIMS(n.directions, n.gates * n.hidden, n.hidden), r);
    if (n.with_bias)
        ops_input(3, NET_FLOAT, 2, OPS_DIMS(n.directions, 2 * n.gates * n.hidden), b);
    if (n.with_lengths)
        ops_input(4, NET_INT32, 1, OPS_DIMS(n.batch), n.lengths);
    if (n.with_state)
        ops_input(5, NET_FLOAT, 3, states, h0);
    if (n.with_state && code == NET_LSTM)
        ops_input(6, NET_FLOAT, 3, states, c0);
    if (n.with_peepholes)
        ops_input(7, NET_FLOAT, 2, OPS_DIMS(n.directions, 3 * n.hidden), p);
    for (uint32_t k = 0; k < op->output_count; k++)
        ops_output(k);
    if (!CHECK(ops_run() == BDC_OK) || !CHECK(agrees(&n)))
        fprintf(stderr, "%s of seed %u: %s\n", net_op_name(code), (unsigned)seed, ops_error.text);
}

static void test_refusals(void)
{
    net_recurrent a = {.hidden = 2};
    static const struct {
        uint32_t hidden, rows, input;
        int32_t length;
        net_code activation;
        const char *says;
    } rows[] = {
        {0, 8, 3, 1, NET_NOTHING, "hidden_size"},
        {2, 7, 3, 1, NET_NOTHING, "W"},
        {2, 8, 4, 1, NET_NOTHING, "W"},
        {2, 8, 3, 2, NET_NOTHING, "sequence_lens"},
        {2, 8, 3, -1, NET_NOTHING, "sequence_lens"},
        {2, 8, 3, 1, NET_ERF, "activations"},
    };
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
        a.hidden = rows[k].hidden;
        a.activations[1] = rows[k].activation;
        net_op *op = ops_begin(NET_LSTM, 5, 1);
        op->a.recurrent = &a;
        ops_input(0, NET_FLOAT, 3, OPS_DIMS(1, 1, 3), x);
        ops_input(1, NET_FLOAT, 3, OPS_DIMS(1, rows[k].rows, rows[k].input), w);
        ops_input(2, NET_FLOAT, 3, OPS_DIMS(1, 8, 2), r);
        ops_input(4, NET_INT32, 1, OPS_DIMS(1), &rows[k].length);
        ops_output(0);
        const bdc_status status = ops_run();
        CHECK(status != BDC_OK && ops_says(status, rows[k].says));
    }
}

int main(void)
{
    for (uint64_t seed = 0; seed < 300; seed++) {
        test_network(seed, NET_LSTM);
        test_network(seed, NET_GRU);
        test_network(seed, NET_RNN);
    }
    test_refusals();
    return ops_done();
}
