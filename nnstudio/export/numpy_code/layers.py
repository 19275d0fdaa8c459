# mypy: disable-error-code="no-any-return"
"""The layers in NumPy, as a person would write them: an exported predictor gets the functions that it needs.

Arrays are (samples, .., channels). Nothing here may need more than NumPy and the functions of this file.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

# Lengths along the height and the width of a picture.
Pair = tuple[int, int]
# Padding before and behind each axis.
Sides = Sequence[Sequence[int]]
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


def erf(x: np.ndarray) -> np.ndarray:
    return np.vectorize(math.erf, otypes=[float])(x)


def gelu(x: np.ndarray) -> np.ndarray:
    return 0.5 * x * (1 + erf(x / math.sqrt(2)))


def gelu_tanh(x: np.ndarray) -> np.ndarray:
    return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


def silu(x: np.ndarray) -> np.ndarray:
    return x * sigmoid(x)


def softplus(x: np.ndarray, beta: float = 1.0) -> np.ndarray:
    return np.logaddexp(0, beta * x) / beta


def step(x: np.ndarray) -> np.ndarray:
    return (x > 0).astype(float)


def softmax(x: np.ndarray, axis: int = -1) -> np.ndarray:
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def log_softmax(x: np.ndarray, axis: int = -1) -> np.ndarray:
    x = x - x.max(axis=axis, keepdims=True)
    return x - np.log(np.exp(x).sum(axis=axis, keepdims=True))


def products(x: np.ndarray) -> np.ndarray:
    """The product of every two values."""
    first, second = np.triu_indices(x.shape[1], 1)
    return x[:, first] * x[:, second]


def pad(x: np.ndarray, padding: Sides, value: float = 0.0) -> np.ndarray:
    """`padding` is the number of values before and behind each axis between samples and channels."""
    return np.pad(x, ((0, 0), *padding, (0, 0)), constant_values=value)


def conv2d(
    x: np.ndarray, weight: np.ndarray, bias: np.ndarray | float = 0.0, padding: Sides = ((0, 0), (0, 0)),
    stride: Pair = (1, 1), dilation: Pair = (1, 1), groups: int = 1,
) -> np.ndarray:  # fmt: skip
    """Weights are (rows, columns, input channels of a group, filters)."""
    x = pad(x, padding)
    rows, columns, channels, filters = weight.shape
    height = (x.shape[1] - (rows - 1) * dilation[0] - 1) // stride[0] + 1
    width = (x.shape[2] - (columns - 1) * dilation[1] - 1) // stride[1] + 1
    y = np.zeros((len(x), height, width, filters))
    for row, column in np.ndindex(rows, columns):
        i, j = row * dilation[0], column * dilation[1]
        part = x[:, i : i + height * stride[0] : stride[0], j : j + width * stride[1] : stride[1]]
        for group in range(groups):
            inputs = slice(group * channels, (group + 1) * channels)
            outputs = slice(group * filters // groups, (group + 1) * filters // groups)
            y[..., outputs] += part[..., inputs] @ weight[row, column][:, outputs]
    return y + bias


def conv1d(
    x: np.ndarray, weight: np.ndarray, bias: np.ndarray | float = 0.0, padding: Pair = (0, 0),
    stride: int = 1, dilation: int = 1, groups: int = 1,
) -> np.ndarray:  # fmt: skip
    """Convolution over sequences, which are pictures of one row."""
    sides = ((0, 0), padding)
    return conv2d(x[:, None], weight[None], bias, sides, (1, stride), (1, dilation), groups)[:, 0]


def conv2d_transpose(
    x: np.ndarray, weight: np.ndarray, bias: np.ndarray | float, size: Pair, cut: Pair = (0, 0),
    stride: Pair = (1, 1), dilation: Pair = (1, 1), groups: int = 1,
) -> np.ndarray:  # fmt: skip
    """Each value paints the kernel, `stride` apart. `cut` rows at the top and columns on the left of that are
    left out, and `size` are kept. Weights are (rows, columns, filters of a group, input channels).
    """
    rows, columns, filters, _ = weight.shape
    height, width, channels = x.shape[1:]
    painted = (
        (height - 1) * stride[0] + (rows - 1) * dilation[0] + 1,
        (width - 1) * stride[1] + (columns - 1) * dilation[1] + 1,
    )
    ends = [cut[axis] + size[axis] for axis in (0, 1)]
    y = np.zeros((len(x), max(painted[0], ends[0]), max(painted[1], ends[1]), filters * groups))
    for row, column in np.ndindex(rows, columns):
        i, j = row * dilation[0], column * dilation[1]
        part = y[:, i : i + height * stride[0] : stride[0], j : j + width * stride[1] : stride[1]]
        for group in range(groups):
            inputs = slice(group * channels // groups, (group + 1) * channels // groups)
            outputs = slice(group * filters, (group + 1) * filters)
            part[..., outputs] += x[..., inputs] @ weight[row, column][:, inputs].T
    return y[:, cut[0] : ends[0], cut[1] : ends[1]] + bias


def conv1d_transpose(
    x: np.ndarray, weight: np.ndarray, bias: np.ndarray | float, size: int, cut: int = 0, stride: int = 1,
    dilation: int = 1, groups: int = 1,
) -> np.ndarray:  # fmt: skip
    """The same over sequences, which are pictures of one row."""
    return conv2d_transpose(
        x[:, None], weight[None], bias, (1, size), (0, cut), (1, stride), (1, dilation), groups
    )[:, 0]


def windows(
    x: np.ndarray, size: Sequence[int], stride: Sequence[int], dilation: Sequence[int] = (1, 1)
) -> np.ndarray:
    """Windows over the positions of sequences or pictures, a row each: (.., channels, window values)."""
    axes = range(1, x.ndim - 1)
    reach = [(n - 1) * apart + 1 for n, apart in zip(size, dilation, strict=False)]
    views = np.lib.stride_tricks.sliding_window_view(x, reach, axis=tuple(axes))
    starts = [slice(None, None, apart) for apart in stride]
    points = [slice(None, None, apart) for apart, _ in zip(dilation, axes, strict=False)]
    views = views[(slice(None), *starts, slice(None), *points)]
    return views.reshape(*views.shape[: x.ndim], -1)


def max_pool(
    x: np.ndarray, size: Sequence[int], stride: Sequence[int], dilation: Sequence[int] = (1, 1)
) -> np.ndarray:
    return windows(x, size, stride, dilation).max(axis=-1)


def average_pool(x: np.ndarray, size: Sequence[int], stride: Sequence[int]) -> np.ndarray:
    return windows(x, size, stride).mean(axis=-1)


def padded_average_pool(
    x: np.ndarray, size: Sequence[int], stride: Sequence[int], padding: Sides, counted: Sides
) -> np.ndarray:
    """Means over windows that reach into the padding; `counted` of it are zeros that share in the mean."""
    ones = pad(np.ones((1, *x.shape[1:-1], 1)), counted, 1.0)
    shares = pad(ones, np.subtract(padding, counted).tolist())
    return windows(pad(x, padding), size, stride).sum(axis=-1) / windows(shares, size, stride).sum(axis=-1)


def global_average(x: np.ndarray) -> np.ndarray:
    return x.reshape(len(x), -1, x.shape[-1]).mean(axis=1)


def global_max(x: np.ndarray) -> np.ndarray:
    return x.reshape(len(x), -1, x.shape[-1]).max(axis=1)


def upsampling(x: np.ndarray, factor: int) -> np.ndarray:
    return x.repeat(factor, axis=1).repeat(factor, axis=2)


def batch_norm(
    x: np.ndarray, mean: np.ndarray, var: np.ndarray, weight: np.ndarray | float = 1.0,
    bias: np.ndarray | float = 0.0, epsilon: float = 1e-5,
) -> np.ndarray:  # fmt: skip
    return (x - mean) / np.sqrt(var + epsilon) * weight + bias


def layer_norm(x: np.ndarray, weight: np.ndarray, bias: np.ndarray, epsilon: float) -> np.ndarray:
    """Over as many of the last axes as the weight has."""
    axes = tuple(range(-weight.ndim, 0))
    centred = x - x.mean(axis=axes, keepdims=True)
    return centred / np.sqrt((centred**2).mean(axis=axes, keepdims=True) + epsilon) * weight + bias


def embedding(x: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """The row of each number; numbers outside the table take the nearest row."""
    return weight[x.astype(np.int64).clip(0, len(weight) - 1)]


def waves(steps: int, width: int) -> np.ndarray:
    """sin and cos of position / 10000**(2i / width), alternating (Vaswani et al. 2017)."""
    angle = np.arange(steps)[:, None] / 10000 ** (np.arange(0, width, 2) / width)
    table = np.empty((steps, width))
    table[:, 0::2], table[:, 1::2] = np.sin(angle), np.cos(angle)[:, : width // 2]
    return table


def recurrent(
    states: Callable[..., np.ndarray], x: np.ndarray, forward: Arrays, backward: Arrays, every_step: bool
) -> np.ndarray:
    """Runs a recurrent layer over the steps of x, in one direction, or in both, side by side. Gives every
    state at its step, or the last that each direction reaches.
    """
    ways = []
    for arrays, turn in ((forward, 1), (backward, -1)):
        if arrays:
            read = states(x[:, ::turn], *arrays)
            ways.append(read[:, ::turn] if every_step else read[:, -1])
    return np.concatenate(ways, axis=-1)


def rnn_states(x: np.ndarray, weight: np.ndarray, recurrent: np.ndarray, bias: np.ndarray) -> np.ndarray:
    h, states = np.zeros((len(x), len(recurrent))), []
    for t in range(x.shape[1]):
        h = np.tanh(x[:, t] @ weight + bias + h @ recurrent)
        states.append(h)
    return np.stack(states, axis=1)


def relu_rnn_states(x: np.ndarray, weight: np.ndarray, recurrent: np.ndarray, bias: np.ndarray) -> np.ndarray:
    h, states = np.zeros((len(x), len(recurrent))), []
    for t in range(x.shape[1]):
        h = np.maximum(x[:, t] @ weight + bias + h @ recurrent, 0)
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


def lstm_cells(x: np.ndarray, weight: np.ndarray, recurrent: np.ndarray, bias: np.ndarray) -> np.ndarray:
    h, cells = np.zeros((len(x), len(recurrent))), []
    c = h
    for t in range(x.shape[1]):
        i, f, g, o = np.split(x[:, t] @ weight + bias + h @ recurrent, 4, axis=1)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        cells.append(c)
    return np.stack(cells, axis=1)


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


def early_gru_states(
    x: np.ndarray, weight: np.ndarray, recurrent: np.ndarray, bias: np.ndarray
) -> np.ndarray:
    """Gate r scales the state before it is multiplied."""
    h, states = np.zeros((len(x), len(recurrent))), []
    by_gates, by_state = np.split(recurrent, [2 * len(recurrent)], axis=1)
    for t in range(x.shape[1]):
        xr, xz, xn = np.split(x[:, t] @ weight + bias, 3, axis=1)
        hr, hz = np.split(h @ by_gates, 2, axis=1)
        r, z = sigmoid(xr + hr), sigmoid(xz + hz)
        h = (1 - z) * np.tanh(xn + (r * h) @ by_state) + z * h
        states.append(h)
    return np.stack(states, axis=1)


def attention(
    x: np.ndarray, memory: np.ndarray, mask: np.ndarray | None, in_weight: np.ndarray,
    out_weight: np.ndarray, in_bias: np.ndarray | float, out_bias: np.ndarray | float, heads: int,
    causal: bool,
) -> np.ndarray:  # fmt: skip
    """Multi-head attention to the steps of memory, which may be x; not to those whose mask is 0."""
    n, steps, width = x.shape
    keys = memory.shape[1]
    q = (x @ in_weight + in_bias)[..., :width].reshape(n, steps, heads, -1).swapaxes(1, 2)
    k, v = (
        part.reshape(n, keys, heads, -1).swapaxes(1, 2)
        for part in np.split((memory @ in_weight + in_bias)[..., width:], 2, -1)
    )
    scores = q @ k.swapaxes(2, 3) / math.sqrt(width / heads)
    if causal:
        scores = np.where(np.tri(steps, keys, dtype=bool), scores, -np.inf)
    if mask is not None:
        scores = np.where(mask[:, None, None] != 0, scores, -np.inf)
    top = scores.max(axis=-1, keepdims=True)
    weights = np.exp(scores - np.where(np.isneginf(top), 0, top))
    total = weights.sum(axis=-1, keepdims=True)
    weights = weights / np.where(total == 0, 1, total)
    return (weights @ v).swapaxes(1, 2).reshape(n, steps, width) @ out_weight + out_bias
