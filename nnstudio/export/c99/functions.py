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
/* Ends sums of products: adds the bias where there is one. */
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
/* Convolution; each of the groups reads some of the channels and gives some of the filters. */
static void @_conv(const float *x, WEIGHTS(k), const float *bias, float *y, const @_geometry *v, int filters,
                   int groups) {
    const int in = v->channels / groups, out = filters / groups;
    for (int i = 0; i < v->oh; i++)
        for (int j = 0; j < v->ow; j++, y += filters) {
            @_clear(y, filters);
            for (int a = 0; a < v->kh; a++)
                for (int b = 0; b < v->kw; b++) {
                    const int p = i * v->sh + a * v->dh - v->top, q = j * v->sw + b * v->dw - v->left;
                    if (p < 0 || p >= v->h || q < 0 || q >= v->w) continue;
                    for (int g = 0; g < groups; g++)
                        @_multiply(x + ((p * v->w + q) * groups + g) * in,
                                   k + (a * v->kw + b) * in * filters + g * out, y + g * out, in, filters,
                                   out);
                }
            @_finish(SCALE(k) bias, y, filters);
        }
}
""",
    "conv_transpose": """
/* Each value of x paints the kernel into y, over which the windows lie. */
static void @_conv_transpose(const float *x, WEIGHTS(k), const float *bias, float *y, const @_geometry *v,
                             int in, int groups) {
    const int filters = v->channels, out = filters / groups;
    @_clear(y, v->h * v->w * filters);
    for (int i = 0; i < v->oh; i++)
        for (int j = 0; j < v->ow; j++, x += in)
            for (int a = 0; a < v->kh; a++)
                for (int b = 0; b < v->kw; b++) {
                    const int p = i * v->sh + a * v->dh - v->top, q = j * v->sw + b * v->dw - v->left;
                    if (p < 0 || p >= v->h || q < 0 || q >= v->w) continue;
                    for (int f = 0; f < filters; f++)
                        for (int c = f / out * (in / groups); c < (f / out + 1) * (in / groups); c++)
                            y[(p * v->w + q) * filters + f] +=
                                x[c] * (float)k[((a * v->kw + b) * out + f % out) * in + c];
                }
    for (int i = 0; i < v->h * v->w * groups; i++)
        @_finish(SCALE(k) bias ? bias + i % groups * out : bias, y + i * out, out);
}
""",
}
SHAPES = {
    "max_pool": """
static void @_max_pool(const float *x, float *y, const @_geometry *v) {
    for (int i = 0; i < v->oh; i++)
        for (int j = 0; j < v->ow; j++)
            for (int m = 0; m < v->channels; m++) {
                float top = -INFINITY;
                for (int a = 0; a < v->kh; a++)
                    for (int b = 0; b < v->kw; b++) {
                        const int p = i * v->sh + a * v->dh - v->top, q = j * v->sw + b * v->dw - v->left;
                        if (p < 0 || p >= v->h || q < 0 || q >= v->w) continue;
                        const float value = x[(p * v->w + q) * v->channels + m];
                        if (!(value <= top) && top == top) top = value; /* a NaN stays */
                    }
                *y++ = top;
            }
}
""",
    "average_pool": """
/* Means over windows; of the border, this many zeros on each side share in the mean. */
static void @_average_pool(const float *x, float *y, const @_geometry *v, int top, int bottom, int left,
                           int right) {
    for (int i = 0; i < v->oh; i++)
        for (int j = 0; j < v->ow; j++)
            for (int m = 0; m < v->channels; m++) {
                float sum = 0.0f;
                int count = 0;
                for (int a = 0; a < v->kh; a++)
                    for (int b = 0; b < v->kw; b++) {
                        const int p = i * v->sh + a - v->top, q = j * v->sw + b - v->left;
                        count += p >= -top && p < v->h + bottom && q >= -left && q < v->w + right;
                        if (p < 0 || p >= v->h || q < 0 || q >= v->w) continue;
                        sum += x[(p * v->w + q) * v->channels + m];
                    }
                *y++ = sum / (float)count;
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
/* A border around a picture, filled with a value; where its width is negative, it crops. */
static void @_pad(const float *x, float *y, int h, int w, int c, int top, int bottom, int left, int right,
                  float value) {
    for (int i = -top; i < h + bottom; i++)
        for (int j = -left; j < w + right; j++)
            for (int m = 0; m < c; m++)
                *y++ = i < 0 || i >= h || j < 0 || j >= w ? value : x[(i * w + j) * c + m];
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
    "matrix_product": """
static void @_matrix_product(const float *a, const float *b, float *y, int pairs, int rows, int inner,
                             int columns) {
    for (int p = 0; p < pairs * rows; p++)
        for (int j = 0; j < columns; j++) {
            y[p * columns + j] = 0.0f;
            for (int k = 0; k < inner; k++)
                y[p * columns + j] += a[p * inner + k] * b[(p / rows * inner + k) * columns + j];
        }
}
""",
    "batch_norm": """
static void @_batch_norm(const float *x, const float *mean, const float *scale, const float *bias, float *y,
                         int rows, int n) {
    for (int r = 0; r < rows; r++)
        for (int i = 0; i < n; i++)
            y[r * n + i] = (x[r * n + i] - mean[i]) * scale[i] + (bias ? bias[i] : 0.0f);
}
""",
    "layer_norm": """
static void @_layer_norm(const float *x, const float *scale, const float *bias, float *y, int rows, int n,
                         float epsilon) {
    for (int r = 0; r < rows; r++, x += n, y += n) {
        /* Counted from the first value: where all are equal, so is their mean. */
        float mean = x[0], var = 0.0f;
        for (int i = 1; i < n; i++) mean += (x[i] - x[0]) / (float)n;
        for (int i = 0; i < n; i++) var += (x[i] - mean) * (x[i] - mean) / (float)n;
        for (int i = 0; i < n; i++) y[i] = (x[i] - mean) / sqrtf(var + epsilon) * scale[i] + bias[i];
    }
}
""",
    "softmax": """
/* Of n values each, which are stride apart. */
static void @_softmax(const float *x, float *y, int rows, int n, int stride) {
    for (int r = 0; r < rows * stride; r++) {
        const int first = r / stride * n * stride + r % stride, end = first + n * stride;
        float top = x[first], sum = 0.0f;
        for (int i = first; i < end; i += stride)
            if (x[i] > top) top = x[i];
        for (int i = first; i < end; i += stride) sum += y[i] = expf(x[i] - top);
        for (int i = first; i < end; i += stride) y[i] /= sum;
    }
}
""",
    "log_softmax": """
/* Of n values each, which are stride apart. */
static void @_log_softmax(const float *x, float *y, int rows, int n, int stride) {
    for (int r = 0; r < rows * stride; r++) {
        const int first = r / stride * n * stride + r % stride, end = first + n * stride;
        float top = x[first], sum = 0.0f;
        for (int i = first; i < end; i += stride)
            if (x[i] > top) top = x[i];
        for (int i = first; i < end; i += stride) sum += expf(x[i] - top);
        for (int i = first; i < end; i += stride) y[i] = x[i] - top - logf(sum);
    }
}
""",
    "clamp": """
static void @_clamp(const float *x, float *y, int n, float low, float high) {
    for (int i = 0; i < n; i++) y[i] = x[i] < low ? low : x[i] > high ? high : x[i];
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
    "gelu_tanh": "0.5f * v * (1.0f + tanhf(0.79788456080286536f * (v + 0.044715f * v * v * v)))",
    "silu": "v / (1.0f + expf(-v))",
    "softplus": "(v > 0.0f ? v : 0.0f) + log1pf(expf(-fabsf(p * v))) / p",
    "step": "v > 0.0f ? 1.0f : 0.0f",
    "square": "v * v",
    "sine": "sinf(v)",
    "leaky_relu": "v < 0.0f ? p * v : v",
    "elu": "v < 0.0f ? p * expm1f(v) : v",
    "scale": "p * v",
    "of_exp": "expf(v)",
    "of_log": "logf(v)",
    "of_sqrt": "sqrtf(v)",
    "of_reciprocal": "1.0f / v",
    "of_power": "powf(v, p)",
    "of_abs": "fabsf(v)",
    "of_cos": "cosf(v)",
    "of_erf": "erff(v)",
}
# The value of the input, of n along an axis, that stands at a position i within a border.
BORDERS = {
    "reflect": "i < 0 ? -i : i < n ? i : 2 * n - 2 - i",
    "edge": "i < 0 ? 0 : i < n ? i : n - 1",
    "wrap": "(i + n) % n",
}
# Joins of two values.
PAIRS = {
    "add": "{} + {}", "subtract": "{} - {}", "multiply_values": "{} * {}", "divide": "{} / {}",
    "maximum": "@_larger({}, {})", "minimum": "@_smaller({}, {})",
}  # fmt: skip
# NaN of either goes through.
CHOICES = {
    "larger": """
static float @_larger(float a, float b) { return b > a || b != b ? b : a; }
""",
    "smaller": """
static float @_smaller(float a, float b) { return b < a || b != b ? b : a; }
""",
}


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


def _of_pairs(name: str, formula: str) -> str:
    return f"""
static void @_{name}(const float *a, const float *b, float *y, int n) {{
    for (int i = 0; i < n; i++) y[i] = {formula.format("a[i]", "b[i]")};
}}
"""


def _of_border(mode: str, position: str) -> dict[str, str]:
    return {
        mode: f"""
static int @_{mode}(int i, int n) {{ return {position}; }}
""",
        f"pad_{mode}": f"""
static void @_pad_{mode}(const float *x, float *y, int h, int w, int c, int top, int bottom, int left,
                int right) {{
    for (int i = -top; i < h + bottom; i++)
        for (int j = -left; j < w + right; j++)
            for (int m = 0; m < c; m++) *y++ = x[(@_{mode}(i, h) * w + @_{mode}(j, w)) * c + m];
}}
""",
    }


GEOMETRY = {
    "geometry": """
/* How a window of kh x kw values lies over a picture of h x w, with a stride of sh and sw, a dilation of dh
   and dw, padding at the top and on the left, and oh x ow positions. A sequence is a picture of one row. */
typedef struct {
    int h, w, channels, kh, kw, sh, sw, dh, dw, top, left, oh, ow;
} @_geometry;
""",
}
FUNCTIONS = {
    **GEOMETRY, **LINEAR, **SEQUENCES, **SHAPES, **CHOICES,
    **{name: _of_values(name, formula) for name, formula in VALUES.items()},
    **{name: _of_pairs(name, formula) for name, formula in PAIRS.items()},
    **{k: v for mode, position in BORDERS.items() for k, v in _of_border(mode, position).items()},
}  # fmt: skip


def sources(body: str, prefix: str, is_rounded: bool) -> str:
    """The functions and types that a body names as ``@_name``, and those that they name, in order."""
    needed: set[str] = set()
    waiting = _named_in(body)
    while waiting:
        name = waiting.pop()
        needed.add(name)
        waiting |= _named_in(FUNCTIONS[name]) - needed
    text = "".join(source for name, source in FUNCTIONS.items() if name in needed)
    return _filled(text, is_rounded).replace("@", prefix)


def _named_in(text: str) -> set[str]:
    return set(re.findall(r"@_(\w+)", text)) & FUNCTIONS.keys()


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
