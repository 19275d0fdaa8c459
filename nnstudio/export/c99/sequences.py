"""The layers of sequences in C99; `c_functions` says what stands for what."""

from __future__ import annotations

_SIGMOID = "(1.0f / (1.0f + expf(-({}))))"

# Each makes the state h of one step from the gates' sums a of x and b of h.
_CELLS = {
    "rnn": (1, "h[u] = tanhf(a[u] + b[u]);"),
    "relu_rnn": (1, "h[u] = a[u] + b[u] < 0.0f ? 0.0f : a[u] + b[u];"),
    "lstm": (
        4,
        f"""const float i = {_SIGMOID.format("a[u] + b[u]")};
            const float f = {_SIGMOID.format("a[units + u] + b[units + u]")};
            const float g = tanhf(a[2 * units + u] + b[2 * units + u]);
            const float o = {_SIGMOID.format("a[3 * units + u] + b[3 * units + u]")};
            c[u] = f * c[u] + i * g;
            h[u] = o * tanhf(c[u]);""",
    ),
    "gru": (
        3,
        f"""const float r = {_SIGMOID.format("a[u] + b[u]")};
            const float z = {_SIGMOID.format("a[units + u] + b[units + u]")};
            const float own = apart ? apart[u] : 0.0f;
            const float n = tanhf(a[2 * units + u] + r * (b[2 * units + u] + own));
            h[u] = (1.0f - z) * n + z * h[u];""",
    ),
    "early_gru": (
        3,
        """const float n = tanhf(a[2 * units + u] + b[2 * units + u]);
            h[u] = (1.0f - a[units + u]) * n + a[units + u] * h[u];""",
    ),
}
# What comes before that: the reset gate scales the state, and then it is multiplied again.
_RESET = f"""
        for (int u = 0; u < units; u++) {{
            a[units + u] = {_SIGMOID.format("a[units + u] + b[units + u]")};
            a[u] = h[u] * {_SIGMOID.format("a[u] + b[u]")};
        }}
        @_dense(a, r, SCALE(r) (const float *)0, b, 1, units, n);"""
GATES = {name: gates for name, (gates, _cell) in _CELLS.items()}


def _recurrent(name: str) -> str:
    gates, cell = _CELLS[name]
    apart = ", const float *apart" if "apart" in cell else ""
    memory, clear_memory, given, told = "", "", "h[u]", ""
    reset = _RESET if name == "early_gru" else ""
    if "c[u]" in cell:
        memory, clear_memory = ", *c = h + units", "\n    @_clear(c, units);"
        given, told = "every < 0 ? c[u] : h[u]", ", or its memory cell where every is -1"
    return f"""
/* Reads x from its start, or from its end where back is 1; each state goes to its step of y, whose rows are
   width apart, or the last one alone{told}. The scratch holds the gates' sums and the state. */
static void @_{name}(const float *x, WEIGHTS(w), WEIGHTS(r), const float *bias{apart}, float *y,
                     float *scratch, int steps, int in, int units, int back, int every, int width) {{
    const int n = {gates} * units;
    float *a = scratch, *b = a + n, *h = b + n{memory};
    @_clear(h, units);{clear_memory}
    for (int t = 0; t < steps; t++) {{
        const int at = back ? steps - 1 - t : t;
        @_dense(x + at * in, w, SCALE(w) bias, a, 1, in, n);
        @_dense(h, r, SCALE(r) (const float *)0, b, 1, units, n);{reset}
        for (int u = 0; u < units; u++) {{
            {cell}
        }}
        if (every > 0)
            for (int u = 0; u < units; u++) y[at * width + u] = h[u];
    }}
    if (every <= 0)
        for (int u = 0; u < units; u++) y[u] = {given};
}}
"""


SEQUENCES = {
    "embedding": """
static void @_embedding(const float *x, WEIGHTS(w), float *y, int n, int size, int width) {
    for (int i = 0; i < n; i++) {
        const int row = x[i] > 0.0f ? (x[i] < (float)size ? (int)x[i] : size - 1) : 0;
        for (int d = 0; d < width; d++) *y++ = (float)w[row * width + d]TIMES(w, row);
    }
}
""",
    **{name: _recurrent(name) for name in _CELLS},
    "attention": """
/* Multi-head attention to the steps of memory, or of x itself where that is null; steps whose mask is 0 are
   not looked at. The scratch holds what is attended to, the scores of one step, and queries, keys and values
   of all steps of both. */
static void @_attention(const float *x, const float *memory, const float *mask, WEIGHTS(w), WEIGHTS(v),
                        const float *bias, const float *out_bias, float *y, float *scratch, int steps,
                        int keys, int width, int heads, int causal) {
    const int deep = width / heads;
    float *sum = scratch, *score = sum + steps * width, *all = score + keys;
    float *seen = memory ? all + 3 * steps * width : all;
    @_dense(x, w, SCALE(w) bias, all, steps, width, 3 * width);
    if (memory) @_dense(memory, w, SCALE(w) bias, seen, keys, width, 3 * width);
    @_clear(sum, steps * width);
    for (int s = 0; s < steps; s++)
        for (int head = 0; head < heads; head++) {
            const float *q = all + s * 3 * width + head * deep;
            const int last = causal && s + 1 < keys ? s + 1 : keys;
            float top = -INFINITY, total = 0.0f;
            for (int t = 0; t < last; t++) {
                const float *k = seen + t * 3 * width + width + head * deep;
                if (mask && mask[t] == 0.0f) continue;
                score[t] = 0.0f;
                for (int d = 0; d < deep; d++) score[t] += q[d] * k[d] / sqrtf((float)deep);
                if (score[t] > top) top = score[t];
            }
            for (int t = 0; t < last; t++) {
                if (mask && mask[t] == 0.0f) continue;
                score[t] = expf(score[t] - top);
                total += score[t];
            }
            for (int t = 0; t < last; t++) {
                const float *value = seen + t * 3 * width + 2 * width + head * deep;
                if (mask && mask[t] == 0.0f) continue;
                for (int d = 0; d < deep; d++)
                    sum[s * width + head * deep + d] += score[t] / total * value[d];
            }
        }
    @_dense(sum, v, SCALE(v) out_bias, y, steps, width, width);
}
""",
}
