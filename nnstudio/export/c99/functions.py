"""The layers in C99; a header gets the functions that it needs.

In the texts, ``@`` stands for the header's prefix, ``WEIGHTS(w)`` for a parameter of weights of the ``TYPE``,
``SCALES(w)`` for one of their scales, ``SCALE(w)`` for that as an argument and ``TIMES(w, i)`` for a factor:
scales are there where weights are whole numbers.
Values lie channels last, one sample at a time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from nnstudio.export.c99.sequences import SEQUENCES

LINEAR = {
    "multiply": """
/* Adds the product of x and the rows of w, which are stride apart, to y. */
static void @_multiply(const float *x, const TYPE *w, float *y, int in, int stride, int out) {
    for (int i = 0; i < in; i++)
        for (int o = 0; o < out; o++) y[o] += x[i] * (float)w[i * stride + o];
}
""",
    "clear": """
static void @_clear(float *y, int n) {
    for (int i = 0; i < n; i++) y[i] = 0.0f;
}
""",
    "finish": """
/* Scales sums where weights are whole numbers, and adds the bias where there is one. */
static void @_finish(SCALES(w) const float *bias, float *y, int n) {
    for (int i = 0; i < n; i++) y[i] = y[i]TIMES(w, i) + (bias ? bias[i] : 0.0f);
}
""",
    "dense": """
static void @_dense(const float *x, WEIGHTS(w), const float *bias, float *y, int rows, int in,
                    int out) {
    for (int r = 0; r < rows; r++, x += in, y += out) {
        @_clear(y, out);
        @_multiply(x, w, y, in, out, out);
        @_finish(SCALE(w) bias, y, out);
    }
}
""",
    "conv": """
/* Convolution of a picture h x w to oh x ow; each of the groups reads few channels. */
static void @_conv(const float *x, WEIGHTS(k), const float *bias, float *y, int h, int w, int few,
                   int filters, int kh, int kw, int oh, int ow, int top, int left, int stride, int dilation,
                   int groups) {
    const int out = filters / groups;
    for (int i = 0; i < oh; i++)
        for (int j = 0; j < ow; j++, y += filters) {
            @_clear(y, filters);
            for (int a = 0; a < kh; a++)
                for (int b = 0; b < kw; b++) {
                    const int p = i * stride + a * dilation - top, q = j * stride + b * dilation - left;
                    if (p < 0 || p >= h || q < 0 || q >= w) continue;
                    for (int g = 0; g < groups; g++)
                        @_multiply(x + ((p * w + q) * groups + g) * few,
                                   k + (a * kw + b) * few * filters + g * out, y + g * out, few,
                                   filters, out);
                }
            @_finish(SCALE(k) bias, y, filters);
        }
}
""",
    "conv_transpose": """
static void @_conv_transpose(const float *x, WEIGHTS(k), const float *bias, float *y, int h, int w, int in,
                             int filters, int size, int oh, int ow, int stride, int padding) {
    @_clear(y, oh * ow * filters);
    for (int i = 0; i < h; i++)
        for (int j = 0; j < w; j++, x += in)
            for (int a = 0; a < size; a++)
                for (int b = 0; b < size; b++) {
                    const int p = i * stride + a - padding, q = j * stride + b - padding;
                    if (p < 0 || p >= oh || q < 0 || q >= ow) continue;
                    for (int f = 0; f < filters; f++)
                        for (int c = 0; c < in; c++)
                            y[(p * ow + q) * filters + f] +=
                                x[c] * (float)k[((a * size + b) * filters + f) * in + c];
                }
    for (int i = 0; i < oh * ow; i++, y += filters) @_finish(SCALE(k) bias, y, filters);
}
""",
}
SHAPES = {
    "max_pool": """
static void @_max_pool(const float *x, float *y, int w, int c, int kh, int kw, int oh, int ow, int stride) {
    for (int i = 0; i < oh; i++)
        for (int j = 0; j < ow; j++)
            for (int m = 0; m < c; m++) {
                float top = x[(i * stride * w + j * stride) * c + m];
                for (int a = 0; a < kh; a++)
                    for (int b = 0; b < kw; b++) {
                        const float v = x[((i * stride + a) * w + j * stride + b) * c + m];
                        if (!(v <= top)) top = v;
                    }
                *y++ = top;
            }
}
""",
    "average_pool": """
static void @_average_pool(const float *x, float *y, int w, int c, int kh, int kw, int oh, int ow,
                           int stride) {
    for (int i = 0; i < oh; i++)
        for (int j = 0; j < ow; j++)
            for (int m = 0; m < c; m++) {
                float sum = 0.0f;
                for (int a = 0; a < kh; a++)
                    for (int b = 0; b < kw; b++) sum += x[((i * stride + a) * w + j * stride + b) * c + m];
                *y++ = sum / (float)(kh * kw);
            }
}
""",
    "upsampling": """
static void @_upsampling(const float *x, float *y, int h, int w, int c, int factor) {
    for (int i = 0; i < h * factor; i++)
        for (int j = 0; j < w * factor; j++)
            for (int m = 0; m < c; m++) *y++ = x[((i / factor) * w + j / factor) * c + m];
}
""",
    "pad": """
/* A border of zeros around a picture; a negative one crops. */
static void @_pad(const float *x, float *y, int h, int w, int c, int border) {
    for (int i = -border; i < h + border; i++)
        for (int j = -border; j < w + border; j++)
            for (int m = 0; m < c; m++)
                *y++ = i < 0 || i >= h || j < 0 || j >= w ? 0.0f : x[(i * w + j) * c + m];
}
""",
    "permute": """
/* Values n1 x n2 x n3 whose neighbours lie s1, s2 and s3 apart in x. */
static void @_permute(const float *x, float *y, int n1, int n2, int n3, int s1, int s2, int s3) {
    for (int i = 0; i < n1; i++)
        for (int j = 0; j < n2; j++)
            for (int k = 0; k < n3; k++) *y++ = x[i * s1 + j * s2 + k * s3];
}
""",
    "select": """
static void @_select(const float *x, const int *columns, float *y, int n) {
    for (int i = 0; i < n; i++) y[i] = x[columns[i]];
}
""",
    "part": """
/* Rows of x as columns of rows of y, which are wider. */
static void @_part(const float *x, float *y, int rows, int n, int width) {
    for (int r = 0; r < rows; r++)
        for (int i = 0; i < n; i++) y[r * width + i] = x[r * n + i];
}
""",
    "products": """
static void @_products(const float *x, float *y, int n) {
    for (int i = 0; i < n; i++)
        for (int j = i + 1; j < n; j++) *y++ = x[i] * x[j];
}
""",
    "dot": """
static void @_dot(const float *a, const float *b, float *y, int rows, int n) {
    for (int r = 0; r < rows; r++) {
        y[r] = 0.0f;
        for (int i = 0; i < n; i++) y[r] += a[r * n + i] * b[r * n + i];
    }
}
""",
    "batch_norm": """
static void @_batch_norm(const float *x, const float *mean, const float *scale, const float *bias, float *y,
                         int rows, int n) {
    for (int r = 0; r < rows; r++)
        for (int i = 0; i < n; i++) y[r * n + i] = (x[r * n + i] - mean[i]) * scale[i] + bias[i];
}
""",
    "layer_norm": """
static void @_layer_norm(const float *x, const float *scale, const float *bias, float *y, int rows, int n,
                         float epsilon) {
    for (int r = 0; r < rows; r++, x += n, y += n) {
        float mean = 0.0f, var = 0.0f;
        for (int i = 0; i < n; i++) mean += x[i] / (float)n;
        for (int i = 0; i < n; i++) var += (x[i] - mean) * (x[i] - mean) / (float)n;
        for (int i = 0; i < n; i++) y[i] = (x[i] - mean) / sqrtf(var + epsilon) * scale[i] + bias[i];
    }
}
""",
    "softmax": """
static void @_softmax(const float *x, float *y, int rows, int n) {
    for (int r = 0; r < rows; r++, x += n, y += n) {
        float top = x[0], sum = 0.0f;
        for (int i = 1; i < n; i++)
            if (x[i] > top) top = x[i];
        for (int i = 0; i < n; i++) sum += y[i] = expf(x[i] - top);
        for (int i = 0; i < n; i++) y[i] /= sum;
    }
}
""",
    "prelu": """
static void @_prelu(const float *x, const float *slope, float *y, int n, int channels) {
    for (int i = 0; i < n; i++) y[i] = x[i] < 0.0f ? slope[i % channels] * x[i] : x[i];
}
""",
}
# Functions of one value v, and of a number p where the layer has one.
VALUES = {
    "relu": "v < 0.0f ? 0.0f : v",
    "sigmoid": "1.0f / (1.0f + expf(-v))",
    "tanh": "tanhf(v)",
    "selu": "1.0507009873554805f * (v < 0.0f ? 1.6732632423543772f * expm1f(v) : v)",
    "gelu": "0.5f * v * (1.0f + erff(v * 0.70710678118654752f))",
    "silu": "v / (1.0f + expf(-v))",
    "softplus": "(v > 0.0f ? v : 0.0f) + log1pf(expf(-fabsf(v)))",
    "step": "v > 0.0f ? 1.0f : 0.0f",
    "square": "v * v",
    "sine": "sinf(v)",
    "leaky_relu": "v < 0.0f ? p * v : v",
    "elu": "v < 0.0f ? p * expm1f(v) : v",
    "scale": "p * v",
}
# Joins of two values.
PAIRS = {"add": "+", "subtract": "-", "multiply_values": "*"}


def _of_values(name: str, formula: str) -> str:
    number = ", float p" if re.search(r"\bp\b", formula) else ""
    return f"""
static void @_{name}(const float *x, float *y, int n{number}) {{
    for (int i = 0; i < n; i++) {{
        const float v = x[i];
        y[i] = {formula};
    }}
}}
"""


def _of_pairs(name: str, sign: str) -> str:
    return f"""
static void @_{name}(const float *a, const float *b, float *y, int n) {{
    for (int i = 0; i < n; i++) y[i] = a[i] {sign} b[i];
}}
"""


FUNCTIONS = {
    **LINEAR, **SEQUENCES, **SHAPES,
    **{name: _of_values(name, formula) for name, formula in VALUES.items()},
    **{name: _of_pairs(name, sign) for name, sign in PAIRS.items()},
}  # fmt: skip


def sources(body: str, prefix: str, is_rounded: bool) -> str:
    """The functions that a body calls as ``@_name``, and those that they call, in order."""
    needed: set[str] = set()
    waiting = _called(body)
    while waiting:
        name = waiting.pop()
        needed.add(name)
        waiting |= _called(FUNCTIONS[name]) - needed
    text = "".join(source for name, source in FUNCTIONS.items() if name in needed)
    return _filled(text, is_rounded).replace("@", prefix)


def _called(text: str) -> set[str]:
    return set(re.findall(r"@_(\w+)\(", text)) & FUNCTIONS.keys()


def _filled(text: str, is_rounded: bool) -> str:
    """With the types and scales of weights."""
    changes: Iterable[tuple[str, str]] = (
        (r"WEIGHTS\((\w+)\)", r"const TYPE *\1, const float *\1_scale" if is_rounded else r"const TYPE *\1"),
        (r"SCALES\((\w+)\)", r"const float *\1_scale," if is_rounded else ""),
        (r"SCALE\((\w+)\)", r"\1_scale," if is_rounded else ""),
        (r"TIMES\((\w+), (\w+)\)", r" * \1_scale[\2]" if is_rounded else ""),
        (r"\bTYPE\b", "signed char" if is_rounded else "float"),
        (r"\( +", "("),
    )
    for pattern, new in changes:
        text = re.sub(pattern, new, text)
    return text
