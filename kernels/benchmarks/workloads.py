"""The networks that are compared, once for our engine and once for PyTorch, and their data."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from nnkernels.graph.network import NetworkSpec, NodeSpec
from nnkernels.ops.shuffle import Shuffle
from nnkernels.planning.hardware import PROCESSOR, Hardware
from nnkernels.planning.plan import build
from nnkernels.program import Program
from nnkernels.spec import optimizers

DIGITS = Path(__file__).resolve().parents[2] / "resources" / "datasets" / "mnist.npz"
# A layer: its kind and options.
Row = tuple[str, dict[str, Any]]


@dataclass(frozen=True)
class Workload:
    """A network with everything that a training step needs.

    Attributes:
        wanted: how many times the fastest rival's speed is asked for, on one thread.
        tokens: how many different whole numbers an input value can be; 0 where inputs are real.
        passes: over real data, before a turn is timed; 0 for random data, and turns from the start.
    """

    name: str
    layers: tuple[Row, ...]
    shape: tuple[int, ...]
    loss: str
    optimizer: str
    batch: int
    classes: int
    samples: int
    wanted: float
    tokens: int = 0
    passes: int = 0

    @property
    def has_pictures(self) -> bool:
        return len(self.shape) == 3

    def data(self) -> tuple[np.ndarray, np.ndarray]:
        """Inputs (n, *shape) and class numbers (n, 1), both float32."""
        if self.passes:
            with np.load(DIGITS) as digits:
                x, y = (digits[name][: self.samples].astype(np.float32) for name in ("x_train", "y_train"))
            return x.reshape(-1, *self.shape) / 255, y[:, None]
        rng = np.random.default_rng(1)
        shape = (self.samples, *self.shape)
        x = rng.integers(0, self.tokens, shape) if self.tokens else rng.normal(size=shape)
        return x.astype(np.float32), rng.integers(0, self.classes, (self.samples, 1)).astype(np.float32)


def dense(units: int) -> Row:
    return "dense", {"units": units}


def conv(filters: int) -> Row:
    return "conv2d", {"filters": filters}


RELU, TANH, POOL, NORM, FLAT = (
    ("relu", {}),
    ("tanh", {}),
    ("maxpool2d", {}),
    ("batchnorm", {}),
    ("flatten", {}),
)
BLOCK = ("transformerblock", {"heads": 4, "hidden": 256, "causal": True, "norm_first": True, "dropout": 0.0})

WORKLOADS = {
    w.name: w
    for w in (
        Workload(
            "spiral", (dense(8), TANH, dense(8), TANH, dense(1), ("sigmoid", {})),
            (2,), "binary_cross_entropy", "sgd", 10, 2, 1000, 8.0,
        ),
        Workload(
            "mnist-dense", (FLAT, dense(128), RELU, dense(10), ("softmax", {})),
            (28, 28, 1), "softmax_cross_entropy", "adam", 64, 10, 3200, 2.0,
        ),
        Workload(
            "mnist-convnet",
            (conv(16), RELU, POOL, conv(32), RELU, POOL, FLAT, dense(128), RELU, dense(10), ("softmax", {})),
            (28, 28, 1), "softmax_cross_entropy", "adam", 64, 10, 640, 3.0,
        ),
        Workload(
            "cifar-convnet",
            (conv(32), NORM, RELU, conv(32), NORM, RELU, POOL, conv(64), NORM, RELU, conv(64), NORM, RELU,
             POOL, conv(128), NORM, RELU, conv(128), NORM, RELU, ("globalaveragepool", {}), dense(10)),
            (32, 32, 3), "softmax_cross_entropy", "adam", 64, 10, 128, 2.0,
        ),
        Workload(
            "lstm",
            (("embedding", {"size": 64, "dimensions": 32}), ("lstm", {"units": 64}), dense(10)),
            (32,), "softmax_cross_entropy", "adam", 64, 10, 640, 3.5, tokens=64,
        ),
        Workload(
            "transformer",
            (("embedding", {"size": 64, "dimensions": 64}), ("positionalencoding", {"kind": "learned"}),
             BLOCK, BLOCK, ("globalaveragepool1d", {}), dense(10)),
            (64,), "softmax_cross_entropy", "adam", 32, 10, 128, 2.0, tokens=64,
        ),
    )
}  # fmt: skip

# After so much of real digits, gradients and Adam's moments are smaller than 1e-38 here and there, and a
# processor takes a hundred times as long for each.
LATE = {
    f"{name}-late": replace(WORKLOADS[name], name=f"{name}-late", samples=samples, passes=passes)
    for name, samples, passes in (("mnist-dense", 3200, 200), ("mnist-convnet", 1280, 50))
}


def network(workload: Workload) -> NetworkSpec:
    """The workload as the engine takes it."""
    nodes = [NodeSpec("input", "input")]
    for i, (kind, options) in enumerate(workload.layers):
        nodes.append(NodeSpec(f"{kind}{i}", kind, options, (nodes[-1].id,)))
    nodes.append(NodeSpec("output", "output", {}, (nodes[-1].id,)))
    return NetworkSpec(tuple(nodes))


def program(workload: Workload, hardware: Hardware = PROCESSOR) -> Program:
    """Planned, with drawn weights."""
    w = workload
    program = build(network(w), w.shape, w.loss, w.optimizer, w.batch, 1, hardware=hardware)
    program.params[: program.layout.parameter_count] = program.layout.initial(0)
    program.set_hyperparameters(optimizers[w.optimizer].defaults())
    return program


def ours(workload: Workload, threads: int, hardware: Hardware = PROCESSOR) -> Callable[[], int]:
    """A function that makes one pass over the data and returns the number of steps."""
    planned, (x, y) = program(workload, hardware), workload.data()
    rng, passes = np.random.default_rng(0), count()

    def run() -> int:
        shuffled = rng.permutation(len(x)) if hardware is PROCESSOR else Shuffle(len(x), [next(passes)])
        planned.set_data(x, y, shuffled)
        return len(planned.run(10**9, threads))

    return run


def module(workload: Workload) -> Any:
    """The same network in PyTorch, channels first; its weights are drawn by PyTorch."""
    import torch
    from torch import nn

    class Last(nn.Module):
        """The state after the last step of an LSTM."""

        def __init__(self, width: int, units: int) -> None:
            super().__init__()
            self.lstm = nn.LSTM(width, units, batch_first=True)

        def forward(self, x: Any) -> Any:
            return self.lstm(x)[0][:, -1]

    class Tokens(nn.Module):
        """Embedding with learned positions where a transformer follows."""

        def __init__(self, size: int, width: int, positions: int) -> None:
            super().__init__()
            self.table = nn.Embedding(size, width)
            self.positions = nn.Parameter(torch.zeros(positions, width)) if positions else None

        def forward(self, x: Any) -> Any:
            return self.table(x) if self.positions is None else self.table(x) + self.positions

    class Blocks(nn.Module):
        """Causal encoder layers, and the mean over all steps."""

        def __init__(self, count: int, width: int, steps: int) -> None:
            super().__init__()
            self.layers = nn.ModuleList(
                nn.TransformerEncoderLayer(width, 4, 256, 0.0, batch_first=True, norm_first=True)
                for _ in range(count)
            )
            self.register_buffer("mask", nn.Transformer.generate_square_subsequent_mask(steps))

        def forward(self, x: Any) -> Any:
            for layer in self.layers:
                x = layer(x, src_mask=self.mask, is_causal=True)
            return x.mean(1)

    if workload.name == "lstm":
        return nn.Sequential(Tokens(64, 32, 0), Last(32, 64), nn.Linear(64, 10))
    if workload.name == "transformer":
        return nn.Sequential(Tokens(64, 64, 64), Blocks(2, 64, 64), nn.Linear(64, 10))
    result: list[nn.Module] = []
    for kind, o in workload.layers:
        result += {
            "dense": lambda o: [nn.LazyLinear(o["units"])],
            "conv2d": lambda o: [nn.LazyConv2d(o["filters"], 3, padding=1)],
            "maxpool2d": lambda o: [nn.MaxPool2d(2)],
            "batchnorm": lambda o: [nn.LazyBatchNorm2d()],
            "globalaveragepool": lambda o: [nn.AdaptiveAvgPool2d(1), nn.Flatten()],
            "flatten": lambda o: [nn.Flatten()],
            "relu": lambda o: [nn.ReLU()],
            "tanh": lambda o: [nn.Tanh()],
        }.get(kind, lambda o: [])(o)
    return nn.Sequential(*result)


def torchs(workload: Workload, flavour: str, device: str = "cpu") -> Callable[[], int]:
    """One pass with PyTorch: "eager", "channels-last" or "compile"; on "cuda" also "graphs".

    "graphs" captures a whole step once, as a CUDA graph, and replays it.
    """
    import torch
    from torch import nn

    w, (x, y) = workload, workload.data()
    model = module(w)
    inputs = torch.tensor(np.moveaxis(x, -1, 1).copy() if w.has_pictures else x)
    inputs = inputs.long() if w.tokens else inputs
    binary = w.loss == "binary_cross_entropy"
    targets = torch.tensor(y, dtype=torch.float32) if binary else torch.tensor(y[:, 0]).long()
    criterion = nn.BCEWithLogitsLoss() if binary else nn.CrossEntropyLoss()
    model(inputs[:2])
    settings = optimizers[w.optimizer].defaults()
    kind = torch.optim.Adam if w.optimizer == "adam" else torch.optim.SGD
    if flavour == "channels-last":
        model = model.to(memory_format=torch.channels_last)
        inputs = inputs.contiguous(memory_format=torch.channels_last)
    model, inputs, targets = model.to(device), inputs.to(device), targets.to(device)
    if flavour == "graphs":
        return graphed(model, inputs, targets, criterion, kind, settings["learning_rate"], w.batch)
    update = kind(model.parameters(), settings["learning_rate"])
    if flavour == "compile":
        # Every workload and number of threads is compiled again; beyond eight times it would give up.
        torch._dynamo.config.recompile_limit = 1000
        model = torch.compile(model)

    def run() -> int:
        order = torch.randperm(len(inputs), device=device)
        for start in range(0, len(order), w.batch):
            index = order[start : start + w.batch]
            update.zero_grad()
            criterion(model(inputs[index]), targets[index]).backward()
            update.step()
        if device == "cuda":
            torch.cuda.synchronize()
        return -(-len(order) // w.batch)

    return run


def graphed(
    model: Any, inputs: Any, targets: Any, criterion: Any, kind: Any, rate: float, batch: int
) -> Callable[[], int]:
    """One pass whose steps are replays of one CUDA graph, as PyTorch's notes on CUDA graphs say."""
    import torch

    index = torch.arange(batch, device="cuda")
    capturable = {"capturable": True} if kind is torch.optim.Adam else {}
    update = kind(model.parameters(), rate, **capturable)

    def step() -> None:
        update.zero_grad(set_to_none=False)
        criterion(model(inputs[index]), targets[index]).backward()
        update.step()

    aside = torch.cuda.Stream()
    aside.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(aside):
        for _ in range(3):
            step()
    torch.cuda.current_stream().wait_stream(aside)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        step()

    def run() -> int:
        order = torch.randperm(len(inputs), device="cuda")
        # Of as many samples each: a graph has one size.
        for start in range(0, len(order) - batch + 1, batch):
            index.copy_(order[start : start + batch])
            graph.replay()
        torch.cuda.synchronize()
        return len(order) // batch

    return run


def flavours(workload: Workload) -> tuple[str, ...]:
    """The ways of PyTorch that apply."""
    return ("eager", "channels-last", "compile") if workload.has_pictures else ("eager", "compile")
