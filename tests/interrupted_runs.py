"""Small projects whose training has all that must survive an interruption: what tests of kills train."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from nnstudio.model.document import DataReference
from nnstudio.model.graph import Link, Node
from nnstudio.project import Project
from nnstudio.train_command import content_of
from nnstudio.training.checkpointer import Checkpointer
from nnstudio.training.checkpoints import checkpoints_beside, identity
from nnstudio.training.state import TrainingState

# Kinds of nodes with their options, from the Input to the Output; the data; the settings.
Parts = tuple[list[tuple[str, dict[str, Any]]], DataReference, dict[str, Any]]
POINTS: Parts = (
    [
        ("input", {}),
        ("dense", {"units": 8}),
        ("tanh", {}),
        ("dropout", {"rate": 0.1}),
        ("dense", {"units": 1}),
        ("output", {}),
    ],
    DataReference("spiral", {"samples": 400}),
    {
        "loss": "binary_cross_entropy",
        "optimizer": "sgd",
        "learning_rate": 0.02,
        "momentum": 0.9,
        "schedule": "plateau",
        "batch_size": 10,
        "epochs": 1500,
    },
)
PICTURES: Parts = (
    [
        ("input", {}),
        ("randomshift", {}),
        ("conv2d", {"filters": 4, "kernel_size": 5, "stride": 4}),
        ("batchnorm", {}),
        ("relu", {}),
        ("flatten", {}),
        ("dropout", {"rate": 0.2}),
        ("dense", {"units": 10}),
        ("output", {}),
    ],
    DataReference("mnist", {"validation_ratio": 0.85}),
    {
        "loss": "softmax_cross_entropy",
        "optimizer": "adam",
        "learning_rate": 0.02,
        "schedule": "cosine",
        "warmup_steps": 20,
        "patience": 6,
        "batch_size": 32,
        "epochs": 60,
    },
)


def project_of(parts: Parts, **changes: Any) -> Project:
    """A project that was never trained, with other values for some settings."""
    nodes, data, settings = parts
    project = Project()
    project.document.set_data(data)
    graph = project.document.graph
    for at, (kind, options) in enumerate(nodes):
        graph.insert_node(Node(f"n{at}", kind, f"N{at}", options=options))
        if at:
            graph.insert_link(Link(f"n{at - 1}", f"n{at}"))
    for name, value in {**settings, **changes}.items():
        project.document.set_settings(project.document.settings.with_option(name, value))
    return project


def differences(one: TrainingState, other: TrainingState) -> list[str]:
    """What is not the same, bit for bit, in two states of training; times and speeds may differ."""
    told = [
        name
        for name in ("step", "epoch", "cursor", "optimizer", "optimizer_began", "schedule")
        if getattr(one, name) != getattr(other, name)
    ]
    if not np.array_equal(one.params.view(np.uint32), other.params.view(np.uint32)):
        told.append("params")
    bests = [(s.best.epoch, s.best.loss, s.best.params.tobytes()) if s.best else None for s in (one, other)]
    if bests[0] != bests[1]:
        told.append("best")
    names = ("epoch", "steps", "loss", "accuracy", "val_loss", "val_accuracy")
    curves = [s.history.columns() for s in (one, other)]
    told += [name for name in names if not np.array_equal(curves[0][name], curves[1][name], equal_nan=True)]
    return told


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Run:
    """A project on disk that is trained step by step, with checkpoints."""

    def __init__(self, path: Path, parts=POINTS, threads=1, seconds=10.0, **changes) -> None:
        self.path, self.clock = path, Clock()
        self.project = project_of(parts, **{"epochs": 40, **changes})
        self.project.save(path)
        self.session = self.project.session(threads)
        self.writer = self.checkpointer(seconds)

    def checkpointer(self, seconds=10.0, before=None, goes_on=False) -> Checkpointer:
        return Checkpointer(
            self.path, partial(content_of, self.project, self.session), identity(self.path), goes_on, seconds,
            before, self.clock,
        )  # fmt: skip

    def step(self, steps: int, seconds: float) -> None:
        """Make steps that end so many seconds later, and let the checkpoint be written."""
        for _ in range(steps):
            done = self.session.single_step()
        self.clock.now += seconds
        self.writer.offer(done)
        self.writer.close()

    def newest(self):
        return checkpoints_beside(self.path, self.path).newer[0]
