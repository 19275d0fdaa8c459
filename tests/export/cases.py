"""Networks for formats that write programs: each layer's own cases, and graphs of several."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from export.option_cases import OPTIONS
from kernels.networks import between, chain, reads_samples

from nnkernels.graph.network import NetworkSpec, NodeSpec, resolve
from nnkernels.program import Layout
from nnkernels.spec import Role, layers, size_of
from nnstudio.data.dataset import Dataset
from nnstudio.export.c99.compiler import find_compiler
from nnstudio.export.network import ExportedNetwork, predict
from nnstudio.model.settings import TrainingSettings

# A person's machine need not have one; the gate refuses to start without.
NEEDS_COMPILER = pytest.mark.skipif(not find_compiler(), reason="there is no C compiler on this machine")
SKIP = NetworkSpec((
    NodeSpec("in", "input"),
    NodeSpec("conv", "conv2d", {"filters": 2}, ("in",)),
    NodeSpec("sum", "add", {}, ("in", "conv")),
    NodeSpec("both", "concatenate", {}, ("sum", "conv", "sum")),
    NodeSpec("norm", "batchnorm", {}, ("both",)),
    NodeSpec("act", "relu", {}, ("norm",)),
    NodeSpec("flat", "flatten", {}, ("act",)),
    NodeSpec("a", "dense", {"units": 3}, ("flat",)),
    NodeSpec("b", "dense", {"units": 3, "shares": "a"}, ("flat",)),
    NodeSpec("c", "subtract", {}, ("a", "b")),
    NodeSpec("d", "add", {}, ("a", "c", "b")),
    NodeSpec("out", "output", {}, ("d",)),
))  # fmt: skip
SEVERAL = NetworkSpec((
    NodeSpec("left", "input", {"columns": "1-2"}),
    NodeSpec("right", "input", {"columns": "4, 3"}),
    NodeSpec("a", "dense", {"units": 3}, ("left",)),
    NodeSpec("b", "dense", {"units": 3, "shares": "a"}, ("right",)),
    NodeSpec("join", "multiply", {}, ("a", "b")),
    NodeSpec("value", "dense", {"units": 1}, ("join",)),
    NodeSpec("other", "dense", {"units": 2}, ("join",)),
    NodeSpec("out1", "output", {"columns": "2"}, ("value",)),
    NodeSpec("out2", "output", {"columns": "1, 3"}, ("other",)),
))  # fmt: skip
HOSTILE = (
    '"""', "'; import os #", "a\nb", "*/ int main", "../../x", "日本", "while", "x", "1", "relu", "\\", "??/",
    "/*", "\u202e", "a" * 300,
)  # fmt: skip


def hostile() -> NetworkSpec:
    """A chain of nodes whose names are code, keywords or nothing that an identifier may be."""
    nodes = [NodeSpec("in", "input")]
    for i, name in enumerate(HOSTILE):
        kind, options = ("relu", {}) if i % 2 else ("dense", {"units": 3})
        nodes.append(NodeSpec(name, kind, options, (nodes[-1].id,)))
    return NetworkSpec((*nodes, NodeSpec("out", "output", {}, (nodes[-1].id,))))


GRAPHS: dict[str, tuple[NetworkSpec, tuple[int, ...]]] = {
    "conv, flatten, dense": (
        chain(("conv2d", {"filters": 5, "kernel_size": 2, "stride": 2}), ("relu", {}), ("maxpool2d", {}),
              ("flatten", {}), ("dense", {"units": 7}), ("tanh", {}), ("dense", {"units": 3}),
              ("softmax", {})),
        (9, 6, 2),
    ),
    "skip links, shared weights": (SKIP, (5, 4, 2)),
    "several inputs and outputs": (SEVERAL, (4,)),
    "recurrent": (
        chain(("lstm", {"units": 3, "return_sequences": True, "bidirectional": True}), ("batchnorm", {}),
              ("gru", {"units": 4, "bidirectional": True}), ("dense", {"units": 2})),
        (6, 3),
    ),
    "text": (
        chain(("embedding", {"size": 9, "dimensions": 4}), ("positionalencoding", {}),
              ("transformerblock", {"heads": 2, "hidden": 7, "causal": True}), ("flatten", {}),
              ("dense", {"units": 3})),
        (5,),
    ),
    "hostile names": (hostile(), (2,)),
}  # fmt: skip


def exported(network: NetworkSpec, shape: tuple[int, ...], **data: Any) -> ExportedNetwork:
    """With drawn weights, and inputs that are scaled; ``data`` replaces fields of the data set."""
    rng = np.random.default_rng(5)
    nodes = resolve(network, shape)
    arrays: dict[str, np.ndarray] = {}
    owners = {}
    for node in nodes.values():
        if node.parameters:
            owners[node.id] = node.options.get("shares") or node.id
        for p in node.parameters:
            # Those of one axis may be variances.
            values = rng.normal(0, 0.4, p.shape) if len(p.shape) > 1 else rng.uniform(0.2, 1.5, p.shape)
            arrays[f"{owners[node.id]}.{p.name}"] = values.astype(np.float32)
    outputs = [n for n in nodes if nodes[n].layer.role == Role.OUTPUT]
    x, y = np.zeros((1, *shape), np.float32), np.zeros((1, 3), np.float32)
    size = size_of(shape)
    is_text = any(node.layer.id == "embedding" for node in nodes.values())
    scaling: dict[str, Any] = {}
    if not is_text:
        # Numbers of words must stay as they are.
        scaling["x_shift"] = np.linspace(-1, 1, size).reshape(shape)
        scaling["x_scale"] = np.linspace(0.5, 2, size).reshape(shape)
    whole = Dataset("toy", x, y, x, y, **{"classes": (), **scaling, **data})
    return ExportedNetwork(
        tuple(nodes.values()), outputs[0], arrays, owners, "mse", whole.preprocessing(),
        Layout.of(network, shape, "mse").targets, TrainingSettings(),
    )  # fmt: skip


@functools.cache
def cases() -> Mapping[str, ExportedNetwork]:
    """All layers' own cases, more of their options, and the graphs."""
    networks = {name: exported(*graph) for name, graph in GRAPHS.items()}
    told = [layer for layer in layers if reads_samples(layer)]
    own = [(layer.id, options, shapes) for layer in told for options, shapes in layer.samples]
    for at, (kind, options, shapes) in enumerate([*own, *OPTIONS]):
        size = sum(size_of(shape) for shape in shapes)
        networks[f"{kind} {options} {at}"] = exported(between(kind, options, shapes), (size,))
    return networks


def inputs(network: ExportedNetwork, count: int) -> np.ndarray:
    """Samples in the units of the data, float32 values in float64."""
    x = np.random.default_rng(count).normal(size=(count, *network.input_shape)) * 3
    return x.astype(np.float32).astype(np.float64)


@functools.cache
def expected(name: str, count: int) -> np.ndarray:
    """What the layers' references give for so many `inputs` of a case."""
    network = cases()[name]
    return predict(network.arrays, network.metadata(), inputs(network, count))


def difference(ours: np.ndarray, theirs: np.ndarray) -> float:
    """The largest, relative to the largest value."""
    assert ours.shape == theirs.shape
    return float(np.abs(ours - theirs).max() / max(np.abs(ours).max(), 1e-3))
