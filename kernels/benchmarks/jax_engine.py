"""The workloads in JAX, in a process of its own: a pass over the data is one compiled call, or one for each
step.

    python kernels/benchmarks/jax_engine.py WORKLOAD THREADS [scan|steps]

``scan`` is a `lax.scan` over all steps of a pass. XLA has fast convolutions for its CPU, but not inside of a
loop that it compiles; ``steps`` compiles one step and calls it from Python.

For each line on standard input it trains for one turn and prints the samples per second. In a process of its
own, because XLA decides once, when it starts, how many threads it takes: as many as there are processors that
this process may use.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

if __name__ == "__main__":
    # Before JAX starts.
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: int(sys.argv[2])])

import jax
import jax.numpy as jnp
from jax import lax
from workloads import LATE, WORKLOADS, Row, Workload

TURN_SECONDS = 0.15
BETA1, BETA2, EPSILON, RATE = 0.9, 0.999, 1e-7, 1e-3
NORM_EPSILON = 1e-5

Weights = list[dict[str, Any]]
# What a layer makes of its weights and a batch.
Forward = Callable[[dict[str, Any], Any], Any]


def drawn(rng: np.random.Generator, *shape: int) -> Any:
    """Weights of a dense layer, a convolution or a table, scaled by what goes in."""
    scale = np.sqrt(2.0 / max(int(np.prod(shape[:-1])), 1))
    return jnp.asarray(rng.normal(size=shape) * scale, jnp.float32)


def dense_weights(rng: np.random.Generator, width: int, units: int) -> dict[str, Any]:
    return {"w": drawn(rng, width, units), "b": jnp.zeros(units)}


def dense(p: dict[str, Any], x: Any) -> Any:
    return x @ p["w"] + p["b"]


def conv(p: dict[str, Any], x: Any) -> Any:
    names = ("NHWC", "HWIO", "NHWC")
    return lax.conv_general_dilated(x, p["w"], (1, 1), "SAME", dimension_numbers=names) + p["b"]


def max_pool(p: dict[str, Any], x: Any) -> Any:
    """Windows of 2 x 2: as a maximum over axes, whose gradient XLA makes faster than that of a window."""
    n, h, w, c = x.shape
    return x.reshape(n, h // 2, 2, w // 2, 2, c).max((2, 4))


def batch_norm(p: dict[str, Any], x: Any) -> Any:
    mean, variance = x.mean((0, 1, 2)), x.var((0, 1, 2))
    return (x - mean) * lax.rsqrt(variance + NORM_EPSILON) * p["gamma"] + p["beta"]


def layer_norm(p: dict[str, Any], x: Any) -> Any:
    mean, variance = x.mean(-1, keepdims=True), x.var(-1, keepdims=True)
    return (x - mean) * lax.rsqrt(variance + NORM_EPSILON) * p["gamma"] + p["beta"]


def lstm(p: dict[str, Any], x: Any) -> Any:
    """The state after the last step; what the inputs give is one product for all steps."""
    units = p["u"].shape[0]
    given = jnp.swapaxes(x @ p["w"] + p["b"], 0, 1)

    def step(carry: Any, now: Any) -> Any:
        h, c = carry
        i, f, g, o = jnp.split(now + h @ p["u"], 4, -1)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        return (jax.nn.sigmoid(o) * jnp.tanh(c), c), None

    start = jnp.zeros((x.shape[0], units), x.dtype)
    return lax.scan(step, (start, start), given)[0][0]


def attention(p: dict[str, Any], x: Any, heads: int) -> Any:
    n, steps, width = x.shape
    q, k, v = (
        part.reshape(n, steps, heads, width // heads).transpose(0, 2, 1, 3)
        for part in jnp.split(dense(p["qkv"], x), 3, -1)
    )
    scores = q @ k.transpose(0, 1, 3, 2) / np.sqrt(width // heads)
    scores = jnp.where(jnp.tril(jnp.ones((steps, steps), bool)), scores, -jnp.inf)
    seen = (jax.nn.softmax(scores, -1) @ v).transpose(0, 2, 1, 3).reshape(n, steps, width)
    return dense(p["out"], seen)


def transformer_block(heads: int) -> Forward:
    def forward(p: dict[str, Any], x: Any) -> Any:
        x = x + attention(p, layer_norm(p["norm1"], x), heads)
        return x + dense(p["down"], jax.nn.relu(dense(p["up"], layer_norm(p["norm2"], x))))

    return forward


def norm_weights(width: int) -> dict[str, Any]:
    return {"gamma": jnp.ones(width), "beta": jnp.zeros(width)}


def layer(row: Row, rng: np.random.Generator, shape: tuple[int, ...]) -> tuple[dict[str, Any], Forward]:
    """Weights and function of one layer over samples of this shape."""
    kind, o = row
    width = shape[-1] if shape else 0
    plain: dict[str, Forward] = {
        "relu": lambda p, x: jax.nn.relu(x), "tanh": lambda p, x: jnp.tanh(x),
        "flatten": lambda p, x: x.reshape(len(x), -1), "maxpool2d": max_pool,
        "globalaveragepool": lambda p, x: x.mean((1, 2)), "globalaveragepool1d": lambda p, x: x.mean(1),
        # The losses take logits.
        "softmax": lambda p, x: x, "sigmoid": lambda p, x: x,
    }  # fmt: skip
    if kind in plain:
        return {}, plain[kind]
    if kind == "dense":
        return dense_weights(rng, width, o["units"]), dense
    if kind == "conv2d":
        filters = o["filters"]
        return {"w": drawn(rng, 3, 3, width, filters), "b": jnp.zeros(filters)}, conv
    if kind == "batchnorm":
        return norm_weights(width), batch_norm
    if kind == "embedding":
        table = {"table": drawn(rng, o["size"], o["dimensions"])}
        return table, lambda p, x: p["table"][x]
    if kind == "positionalencoding":
        return {"rows": jnp.zeros(shape)}, lambda p, x: x + p["rows"]
    if kind == "lstm":
        units = o["units"]
        weights = {"w": drawn(rng, width, 4 * units), "u": drawn(rng, units, 4 * units)}
        return {**weights, "b": jnp.zeros(4 * units)}, lstm
    if kind == "transformerblock":
        parts = {
            "norm1": norm_weights(width), "qkv": dense_weights(rng, width, 3 * width),
            "out": dense_weights(rng, width, width), "norm2": norm_weights(width),
            "up": dense_weights(rng, width, o["hidden"]), "down": dense_weights(rng, o["hidden"], width),
        }  # fmt: skip
        return parts, transformer_block(o["heads"])
    raise ValueError(f"There is no layer {kind} here.")


def network(workload: Workload) -> tuple[Weights, Callable[[Weights, Any], Any]]:
    """The starting weights, and what gives the logits of a batch."""
    rng = np.random.default_rng(0)
    x = jnp.zeros((1, *workload.shape), jnp.int32 if workload.tokens else jnp.float32)
    weights, forwards = [], []
    for row in workload.layers:
        p, forward = layer(row, rng, x.shape[1:])
        weights.append(p)
        forwards.append(forward)
        x = forward(p, x)

    def logits(weights: Weights, x: Any) -> Any:
        for p, forward in zip(weights, forwards, strict=True):
            x = forward(p, x)
        return x

    return weights, logits


def loss_of(workload: Workload, logits: Any, y: Any) -> Any:
    if workload.loss == "binary_cross_entropy":
        z = logits[:, 0]
        return (jax.nn.softplus(z) - y * z).mean()
    chosen = jnp.take_along_axis(jax.nn.log_softmax(logits), y[:, None], -1)
    return -chosen.mean()


def updated(workload: Workload, weights: Any, slots: Any, gradients: Any, step: Any) -> tuple[Any, Any]:
    """SGD, or Adam with its two averages."""
    tree = jax.tree.map
    if workload.optimizer == "sgd":
        return tree(lambda w, g: w - 0.03 * g, weights, gradients), slots
    first = tree(lambda m, g: BETA1 * m + (1 - BETA1) * g, slots[0], gradients)
    second = tree(lambda v, g: BETA2 * v + (1 - BETA2) * g * g, slots[1], gradients)
    rate = RATE * jnp.sqrt(1 - BETA2**step) / (1 - BETA1**step)
    moved = tree(lambda w, m, v: w - rate * m / (jnp.sqrt(v) + EPSILON), weights, first, second)
    return moved, (first, second)


def one_pass(workload: Workload, scans: bool) -> Callable[[], None]:
    """A function that trains for one pass over the data, and waits for its end."""
    weights, logits = network(workload)
    x, y = workload.data()
    samples = jnp.asarray(x, jnp.int32 if workload.tokens else jnp.float32)
    binary = workload.loss == "binary_cross_entropy"
    targets = jnp.asarray(y[:, 0], jnp.float32 if binary else jnp.int32)
    none = jax.tree.map(jnp.zeros_like, weights)
    state = (weights, (none, jax.tree.map(jnp.zeros_like, weights)), jnp.float32(1))

    def step(state: Any, index: Any) -> Any:
        weights, slots, count = state

        def loss(weights: Weights) -> Any:
            return loss_of(workload, logits(weights, samples[index]), targets[index])

        value, gradients = jax.value_and_grad(loss)(weights)
        weights, slots = updated(workload, weights, slots, gradients, count)
        return (weights, slots, count + 1), value

    # The buffers of the state before are used again.
    scanned = jax.jit(lambda state, order: lax.scan(step, state, order), donate_argnums=0)
    stepped = jax.jit(step, donate_argnums=0)
    rng = np.random.default_rng(0)

    def run() -> None:
        nonlocal state
        order = rng.permutation(len(x)).reshape(-1, workload.batch)
        if scans:
            state, loss = scanned(state, jnp.asarray(order))
        else:
            for index in order:
                state, loss = stepped(state, index)
        loss.block_until_ready()

    return run


def main() -> None:
    workload = (WORKLOADS | LATE)[sys.argv[1]]
    run = one_pass(workload, sys.argv[3:] != ["steps"])
    run()
    for _ in sys.stdin:
        passes, start = 0, time.perf_counter()
        while time.perf_counter() - start < TURN_SECONDS:
            run()
            passes += 1
        print(passes * workload.samples / (time.perf_counter() - start), flush=True)


if __name__ == "__main__":
    main()
