# mypy: disable-error-code="no-any-return"
"""The layers in NumPy, as a person would write them: an exported predictor gets the functions that it needs.

Arrays are (samples, .., channels). Nothing here may need more than NumPy and the functions of this file.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

# For one direction: weight, recurrent_weight, bias, and the recurrent_bias of a GRU.
Arrays = tuple[np.ndarray, ...]


def columns_of(x: np.ndarray, columns: Sequence[int]) -> np.ndarray:
    """Some of the values of each sample."""
    return x.reshape(len(x), -1)[:, columns]


def dense(x: np.ndarray, weight: np.ndarray, bias: np.ndarray | float = 0.0) -> np.ndarray:
    return x @ weight + bias


def relu(x: np.ndarray) -> np.ndarray:
    return np.maximum(x, 0)


def sigmoid(x: np.ndarray) -> np.ndarray:
    # exp of a negative number alone never overflows.
    e = np.exp(-np.abs(x))
    return np.where(x < 0, e, 1) / (1 + e)


def leaky_relu(x: np.ndarray, negative_slope: np.ndarray | float) -> np.ndarray:
    return np.where(x < 0, negative_slope * x, x)


def elu(x: np.ndarray, alpha: float = 1.0) -> np.ndarray:
    return np.where(x < 0, alpha * np.expm1(np.minimum(x, 0)), x)


def selu(x: np.ndarray) -> np.ndarray:
    return 1.0507009873554805 * elu(x, 1.6732632423543772)


def gelu(x: np.ndarray) -> np.ndarray:
    return 0.5 * x * (1 + np.vectorize(math.erf, otypes=[float])(x / math.sqrt(2)))


def silu(x: np.ndarray) -> np.ndarray:
    return x * sigmoid(x)


def softplus(x: np.ndarray) -> np.ndarray:
    return np.logaddexp(0, x)


def step(x: np.ndarray) -> np.ndarray:
    return (x > 0).astype(float)


def softmax(x: np.ndarray) -> np.ndarray:
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def products(x: np.ndarray) -> np.ndarray:
    """The product of every two values."""
    first, second = np.triu_indices(x.shape[1], 1)
    return x[:, first] * x[:, second]


def conv2d(
    x: np.ndarray, weight: np.ndarray, bias: np.ndarray | float = 0.0, size: tuple[int, int] = (1, 1),
    before: tuple[int, int] = (0, 0), stride: int = 1, dilation: int = 1, groups: int = 1,
) -> np.ndarray:  # fmt: skip
    """Convolution to an output of `size` positions; `before` are the zeros above and to the left."""
    (height, width), (rows, columns, channels, filters) = size, weight.shape
    after = [
        max((n - 1) * stride + (k - 1) * dilation + 1 - x.shape[axis] - start, 0)
        for axis, (n, k, start) in enumerate(zip(size, (rows, columns), before, strict=True), 1)
    ]
    x = np.pad(x, ((0, 0), (before[0], after[0]), (before[1], after[1]), (0, 0)))
    y = np.zeros((len(x), height, width, filters))
    for row in range(rows):
        for column in range(columns):
            i, j = row * dilation, column * dilation
            part = x[:, i : i + height * stride : stride, j : j + width * stride : stride]
            for group in range(groups):
                inputs = slice(group * channels, (group + 1) * channels)
                outputs = slice(group * filters // groups, (group + 1) * filters // groups)
                y[..., outputs] += part[:, :height, :width, inputs] @ weight[row, column][:, outputs]
    return y + bias


def conv1d(
    x: np.ndarray, weight: np.ndarray, bias: np.ndarray | float = 0.0, size: int = 1, before: int = 0,
    stride: int = 1, dilation: int = 1, groups: int = 1,
) -> np.ndarray:  # fmt: skip
    """Convolution over the columns of pictures of one row."""
    return conv2d(x[:, None], weight[None], bias, (1, size), (0, before), stride, dilation, groups)[:, 0]


def conv2d_transpose(
    x: np.ndarray,
    weight: np.ndarray,
    bias: np.ndarray | float,
    size: tuple[int, int],
    stride: int,
    padding: int,
) -> np.ndarray:
    """Paints the kernel at every `stride`-th position, times the value there; `padding` is cut off again."""
    (height, width), kernel = size, weight.shape[0]
    y = np.zeros((len(x), height + 2 * padding + kernel, width + 2 * padding + kernel, weight.shape[2]))
    for i in range(x.shape[1]):
        for j in range(x.shape[2]):
            top, left = i * stride, j * stride
            paint = np.einsum("nc,abfc->nabf", x[:, i, j], weight)
            y[:, top : top + kernel, left : left + kernel] += paint
    return y[:, padding : padding + height, padding : padding + width] + bias


def windows(x: np.ndarray, size: int, stride: int) -> np.ndarray:
    """Windows over the positions of sequences or pictures, a row each: (.., channels, window values)."""
    axes = tuple(range(1, x.ndim - 1))
    views = np.lib.stride_tricks.sliding_window_view(x, (size,) * len(axes), axis=axes)
    views = views[(slice(None), *[slice(None, None, stride)] * len(axes))]
    return views.reshape(*views.shape[: x.ndim], -1)


def max_pool(x: np.ndarray, size: int, stride: int) -> np.ndarray:
    return windows(x, size, stride).max(axis=-1)


def average_pool(x: np.ndarray, size: int, stride: int) -> np.ndarray:
    return windows(x, size, stride).mean(axis=-1)


def global_average(x: np.ndarray) -> np.ndarray:
    return x.reshape(len(x), -1, x.shape[-1]).mean(axis=1)


def global_max(x: np.ndarray) -> np.ndarray:
    return x.reshape(len(x), -1, x.shape[-1]).max(axis=1)


def upsampling(x: np.ndarray, factor: int) -> np.ndarray:
    return x.repeat(factor, axis=1).repeat(factor, axis=2)


def pad(x: np.ndarray, border: int) -> np.ndarray:
    return np.pad(x, ((0, 0), (border, border), (border, border), (0, 0)))


def crop(x: np.ndarray, border: int) -> np.ndarray:
    return x[:, border : x.shape[1] - border, border : x.shape[2] - border]


def batch_norm(
    x: np.ndarray, weight: np.ndarray, bias: np.ndarray, mean: np.ndarray, var: np.ndarray, epsilon: float
) -> np.ndarray:
    return (x - mean) / np.sqrt(var + epsilon) * weight + bias


def layer_norm(x: np.ndarray, weight: np.ndarray, bias: np.ndarray, epsilon: float) -> np.ndarray:
    centred = x - x.mean(axis=-1, keepdims=True)
    return centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + epsilon) * weight + bias


def embedding(x: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """The row of each number; numbers outside the table take the nearest row."""
    return weight[x.astype(np.int64).clip(0, len(weight) - 1)]


def waves(steps: int, width: int) -> np.ndarray:
    """sin and cos of position / 10000**(2i / width), alternating (Vaswani et al. 2017)."""
    angle = np.arange(steps)[:, None] / 10000 ** (np.arange(0, width, 2) / width)
    table = np.empty((steps, width))
    table[:, 0::2], table[:, 1::2] = np.sin(angle), np.cos(angle)[:, : width // 2]
    return table


def read(
    states: Callable[..., np.ndarray], x: np.ndarray, forward: Arrays, backward: Arrays, every_step: bool
) -> np.ndarray:
    """One direction, or both side by side; every state, or the last that each direction reaches."""
    ways = [states(x, *forward)]
    if backward:
        ways.append(states(x[:, ::-1], *backward))
    if not every_step:
        return np.concatenate([way[:, -1] for way in ways], axis=-1)
    return np.concatenate([way[:, ::-1] if at else way for at, way in enumerate(ways)], axis=-1)


def rnn_states(x: np.ndarray, weight: np.ndarray, recurrent: np.ndarray, bias: np.ndarray) -> np.ndarray:
    h, states = np.zeros((len(x), len(recurrent))), []
    for t in range(x.shape[1]):
        h = np.tanh(x[:, t] @ weight + bias + h @ recurrent)
        states.append(h)
    return np.stack(states, axis=1)


def lstm_states(x: np.ndarray, weight: np.ndarray, recurrent: np.ndarray, bias: np.ndarray) -> np.ndarray:
    h, states = np.zeros((len(x), len(recurrent))), []
    c = h
    for t in range(x.shape[1]):
        i, f, g, o = np.split(x[:, t] @ weight + bias + h @ recurrent, 4, axis=1)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        states.append(h)
    return np.stack(states, axis=1)


def gru_states(
    x: np.ndarray, weight: np.ndarray, recurrent: np.ndarray, bias: np.ndarray, recurrent_bias: np.ndarray
) -> np.ndarray:
    h, states = np.zeros((len(x), len(recurrent))), []
    for t in range(x.shape[1]):
        xr, xz, xn = np.split(x[:, t] @ weight + bias, 3, axis=1)
        hr, hz, hn = np.split(h @ recurrent, 3, axis=1)
        r, z = sigmoid(xr + hr), sigmoid(xz + hz)
        h = (1 - z) * np.tanh(xn + r * (hn + recurrent_bias)) + z * h
        states.append(h)
    return np.stack(states, axis=1)


def attention(
    x: np.ndarray, mask: np.ndarray | None, in_weight: np.ndarray, out_weight: np.ndarray,
    in_bias: np.ndarray | float, out_bias: np.ndarray | float, heads: int, causal: bool,
) -> np.ndarray:  # fmt: skip
    """Multi-head self-attention; steps whose mask is 0 are not looked at."""
    n, steps, width = x.shape
    q, k, v = (
        part.reshape(n, steps, heads, -1).swapaxes(1, 2) for part in np.split(x @ in_weight + in_bias, 3, -1)
    )
    scores = q @ k.swapaxes(2, 3) / math.sqrt(width / heads)
    if causal:
        scores = np.where(np.tri(steps, dtype=bool), scores, -np.inf)
    if mask is not None:
        scores = np.where(mask[:, None, None] != 0, scores, -np.inf)
    top = scores.max(axis=-1, keepdims=True)
    weights = np.exp(scores - np.where(np.isneginf(top), 0, top))
    total = weights.sum(axis=-1, keepdims=True)
    weights = weights / np.where(total == 0, 1, total)
    return (weights @ v).swapaxes(1, 2).reshape(n, steps, width) @ out_weight + out_bias
