"""Networks with everything that goes wrong between frameworks, for the checks against other programs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from kernels.networks import chain

from nnkernels.graph.network import NetworkSpec, NodeSpec
from nnstudio.training.session import Session


def graph(*nodes: tuple[Any, ...]) -> NetworkSpec:
    return NetworkSpec(tuple(NodeSpec(*node) for node in nodes))


CONV = chain(
    ("conv2d", {"filters": 5, "kernel_size": 2, "stride": 2}), ("relu", {}), ("flatten", {}),
    ("dense", {"units": 7}), ("tanh", {}), ("dense", {"units": 3}), ("softmax", {}),
)  # fmt: skip
BATCH_NORM = chain(
    ("conv2d", {"filters": 4, "padding": "valid"}), ("batchnorm", {}), ("relu", {}), ("maxpool2d", {}),
    ("dropout", {"rate": 0.2}), ("flatten", {}), ("dense", {"units": 6}), ("batchnorm", {}),
    ("dense", {"units": 2}),
)  # fmt: skip
RECURRENT = chain(
    ("lstm", {"units": 4, "bidirectional": True, "return_sequences": True}),
    ("gru", {"units": 3, "bidirectional": True}),
    ("dense", {"units": 2}),
)  # fmt: skip
TRANSFORMER = chain(
    ("embedding", {"size": 11, "dimensions": 6}), ("positionalencoding", {}),
    ("transformerblock", {"heads": 2, "hidden": 9, "dropout": 0.1, "causal": True}),
    ("transformerblock", {"heads": 3, "hidden": 5, "dropout": 0.0, "norm_first": True, "activation": "gelu"}),
    ("globalaveragepool1d", {}), ("dense", {"units": 3}), ("softmax", {}),
)  # fmt: skip
SKIPS = graph(
    ("in", "input"),
    ("conv", "conv2d", {"filters": 2}, ("in",)),
    ("sum", "add", {}, ("in", "conv")),
    ("class", "concatenate", {}, ("sum", "conv")),
    ("norm", "batchnorm", {}, ("class",)),
    ("soft", "softmax", {}, ("norm",)),
    ("pool", "maxpool2d", {}, ("soft",)),
    ("flat", "flatten", {}, ("pool",)),
    ('"); import os  #', "dense", {"units": 3}, ("flat",)),
    ("mean", "averagepool2d", {}, ("soft",)),
    ("flat2", "flatten", {}, ("mean",)),
    ("b\nimport os", "dense", {"units": 3, "shares": '"); import os  #'}, ("flat2",)),
    ("forward", "subtract", {}, ('"); import os  #', "b\nimport os")),
    ("out", "output", {}, ("forward",)),
)
SEVERAL = graph(
    ("left", "input", {"columns": "1-2"}),
    ("right", "input", {"columns": "4, 3"}),
    ("a", "dense", {"units": 3}, ("left",)),
    ("b", "dense", {"units": 3, "shares": "a"}, ("right",)),
    ("join", "subtract", {}, ("a", "b")),
    ("value", "dense", {"units": 1}, ("join",)),
    ("other", "dense", {"units": 2, "frozen": True}, ("join",)),
    ("out1", "output", {"columns": "2"}, ("value",)),
    ("out2", "output", {"columns": "1, 3", "weight": 0.5, "loss": "mae"}, ("other",)),
)
# A twin of two layers with a skip link, used twice.
SUBNETWORKS = replace(
    graph(
        ("in", "input"),
        ("one", "subnetwork", {"network": "twin"}, ("in",)),
        ("two", "subnetwork", {"network": "twin", "shares": "one"}, ("one",)),
        ("three", "subnetwork", {"network": "twin"}, ("two",)),
        ("out", "output", {}, ("three",)),
    ),
    subnetworks={
        "twin": graph(
            ("in", "input"),
            ("dense", "dense", {"units": 4}, ("in",)),
            ("tanh", "tanh", {}, ("dense",)),
            ("sum", "add", {}, ("in", "tanh")),
            ("out", "output", {}, ("sum",)),
        ).nodes
    },
)
PICTURE_OUT = chain(
    ("randomflip", {}), ("conv2d", {"filters": 3}), ("gaussiannoise", {}), ("conv2d", {"filters": 2}),
    ("sigmoid", {}), ("flatten", {}),
)  # fmt: skip
# What PyTorch writes in other ways, in the middle of a network that is trained.
WINDOWS = graph(
    ("in", "input"),
    ("pad", "pad2d", {"mode": "reflect"}, ("in",)),
    ("conv", "conv2d", {"filters": 4, "padding": "same lower", "kernel_size": 4, "stride": 2}, ("pad",)),
    ("norm", "batchnorm", {"affine": False, "statistics": "cumulative"}, ("conv",)),
    ("gelu", "gelu", {"approximation": "tanh"}, ("norm",)),
    ("mean", "averagepool2d", {"padding": "same", "pool_size": 3, "stride": 1}, ("gelu",)),
    ("most", "maxpool2d", {"padding": "same", "stride": 1, "dilation": 2}, ("gelu",)),
    ("both", "concatenate", {"axis": "1"}, ("mean", "most")),
    ("again", "convtranspose2d", {"filters": 4, "kernel_size": 3, "same": True, "groups": 2}, ("both",)),
    ("gate", "globalaveragepool", {}, ("again",)),
    ("share", "softmax", {"axis": "1"}, ("again",)),
    ("gated", "multiply", {}, ("again", "gate", "share")),
    ("cut", "crop2d", {"sides": "separate", "top": 1}, ("gated",)),
    ("rows", "layernorm", {"axes": 2}, ("cut",)),
    ("counted", "batchnorm", {"statistics": "cumulative"}, ("rows",)),
    ("soft", "softplus", {"beta": 2.0}, ("counted",)),
    ("flat", "flatten", {}, ("soft",)),
    ("dense", "dense", {"units": 2}, ("flat",)),
    ("out", "output", {}, ("dense",)),
)
STEPS = chain(
    ("pad1d", {"sides": "separate", "before": 2, "mode": "edge"}),
    ("conv1d", {"filters": 4, "padding": "causal", "dilation": 2}),
    ("averagepool1d", {"padding": "number", "count_padding": True, "pool_size": 3, "ceil_mode": True}),
    ("convtranspose1d", {"filters": 4, "kernel_size": 3, "padding": 1, "groups": 2}), ("crop1d", {}),
    ("layernorm", {"axes": 2}), ("gru", {"units": 3}), ("dense", {"units": 2}),
)  # fmt: skip
BINARY = chain(("dense", {"units": 5}), ("selu", {}), ("dense", {"units": 1}), ("sigmoid", {}))


def named_sessions(randomised: Callable[..., Session]) -> Iterator[tuple[str, Session]]:
    """Names with sessions; ``randomised(network, x, classes, **settings)`` makes each."""
    rng = np.random.default_rng(4)
    pictures, rows, steps = (
        rng.normal(size=(14, *shape)).astype(np.float32) for shape in ((5, 4, 2), (4,), (6, 3))
    )
    big = rng.normal(size=(14, 9, 7, 2)).astype(np.float32)
    tokens = rng.integers(0, 11, (14, 8)).astype(np.float32)
    cross = "softmax_cross_entropy"
    yield "conv flatten dense", randomised(
        CONV, pictures, 3, loss=cross, optimizer="sgd",
        optimizer_options={"momentum": 0.9, "nesterov": True},
        loss_options={"label_smoothing": 0.1, "class_weights": "1, 2, 0.5"},
        schedule="cosine", extras={"warmup_steps": 2, "l1": 0.001, "clip_norm": 1.0, "max_norm": 2.0},
    )  # fmt: skip
    yield "batch norm", randomised(BATCH_NORM, big, optimizer="adamw", schedule="plateau")
    yield (
        "recurrent both ways",
        randomised(
            RECURRENT, steps, optimizer="rmsprop", loss="huber", extras={"clip_value": 0.5, "l2": 0.01}
        ),
    )
    yield "transformer", randomised(TRANSFORMER, tokens, 3, loss=cross, optimizer="lion", schedule="linear")
    yield "skips, shared, hostile names", randomised(SKIPS, pictures, optimizer="sgd", schedule="step")
    yield "several ends", randomised(SEVERAL, rows, optimizer="adam")
    yield "sub networks", randomised(SUBNETWORKS, rows, optimizer="adagrad")
    yield "picture out", randomised(PICTURE_OUT, pictures, loss="mae", extras={"patience": 2})
    yield "binary", randomised(BINARY, rows, 2, loss="binary_cross_entropy", optimizer="hill_climber")
    summed = {"class_weights": "1, 2, 0.5", "reduction": "sum", "ignored_class": 1}
    smooth = {"label_smoothing": 0.2, "class_weights": "1, 2, 0.5"}
    at_pixels = chain(("conv2d", {"filters": 4}), ("relu", {}), ("conv2d", {"filters": 3}), ("softmax", {}))
    at_steps = chain(("gru", {"units": 4, "return_sequences": True}), ("dense", {"units": 3}))
    one_each = chain(("conv2d", {"filters": 1, "kernel_size": 1}), ("sigmoid", {}))
    yield "labels at pixels", randomised(at_pixels, pictures, 3, 20, loss=cross, loss_options=smooth)
    yield "labels at steps", randomised(at_steps, steps, 3, 6, loss=cross, loss_options=summed)
    for name, given in (("mean", {}), ("sum", {"reduction": "sum"}), ("weights", {"class_weights": "1, 3"})):
        yield (
            f"two classes at pixels, {name}",
            randomised(one_each, pictures, 2, 20, loss="binary_cross_entropy", loss_options=given),
        )
    several = chain(("dense", {"units": 3}), ("sigmoid", {}))
    yield "several labels", randomised(several, rows, 0, 0, loss="multi_label_cross_entropy")
    sums = {"loss": "mse", "loss_options": {"reduction": "sum"}}
    yield "sum of errors", randomised(chain(("dense", {"units": 3})), rows, **sums)
    yield (
        "windows, borders, axes",
        randomised(WINDOWS, big, optimizer="sgd", extras={"max_norm": 0.8, "l2": 0.01}),
    )
    yield "steps", randomised(STEPS, steps, optimizer="adam", extras={"max_norm": 0.5, "clip_norm": 0.5})
    yield "hinge", randomised(chain(("dense", {"units": 3})), rows, 3, loss="hinge")
