"""Constant, step, cosine, linear and reduce on plateau: how the learning rate changes along a run."""

from __future__ import annotations

import numpy as np

from nnkernels.spec import Memory, Option, Options, Schedule, schedules


@schedules.register
class Constant(Schedule):
    """The rate stays as it is."""

    id = "constant"
    title = "Constant"
    pytorch = "optim.lr_scheduler.ConstantLR"
    order = 0
    help = "The learning rate stays as it is."

    def factor(
        self, options: Options, steps: np.ndarray, per_epoch: int, total: int, memory: Memory
    ) -> np.ndarray:
        return np.ones(len(steps))


@schedules.register
class Step(Schedule):
    """Times gamma every so many epochs, as PyTorch's StepLR."""

    id = "step"
    title = "Step"
    pytorch = "optim.lr_scheduler.StepLR"
    order = 1
    help = "The learning rate drops by a factor every few epochs."
    options = (
        Option("every", 10, "Epochs between two drops.", 1, 1_000_000, unit="epochs"),
        Option("gamma", 0.5, "Number that the rate is multiplied by at each drop.", 0.0, 1.0),
    )

    def factor(
        self, options: Options, steps: np.ndarray, per_epoch: int, total: int, memory: Memory
    ) -> np.ndarray:
        factor: np.ndarray = options["gamma"] ** (steps // per_epoch // options["every"])
        return factor


@schedules.register
class Cosine(Schedule):
    """From 1 to ``final`` along half a cosine, step by step, as PyTorch's CosineAnnealingLR."""

    id = "cosine"
    title = "Cosine"
    pytorch = "optim.lr_scheduler.CosineAnnealingLR"
    order = 2
    help = "The learning rate falls along a half cosine: slowly, fast, slowly."
    options = (Option("final", 0.0, "Share of the rate that is left at the end.", 0.0, 1.0),)

    def factor(
        self, options: Options, steps: np.ndarray, per_epoch: int, total: int, memory: Memory
    ) -> np.ndarray:
        share = np.minimum(steps / total, 1.0)
        factor: np.ndarray = options["final"] + (1 - options["final"]) * (1 + np.cos(np.pi * share)) / 2
        return factor


@schedules.register
class Linear(Schedule):
    """From 1 to ``final`` in a straight line, as PyTorch's LinearLR."""

    id = "linear"
    title = "Linear"
    pytorch = "optim.lr_scheduler.LinearLR"
    order = 3
    help = "The learning rate falls in a straight line."
    options = (Option("final", 0.0, "Share of the rate that is left at the end.", 0.0, 1.0),)

    def factor(
        self, options: Options, steps: np.ndarray, per_epoch: int, total: int, memory: Memory
    ) -> np.ndarray:
        factor: np.ndarray = 1 + (options["final"] - 1) * np.minimum(steps / total, 1.0)
        return factor


@schedules.register
class Plateau(Schedule):
    """Times ``gamma`` whenever the loss has not improved for more than ``wait`` epochs.

    As PyTorch's ReduceLROnPlateau with threshold 0: the validation loss counts where there is one.
    """

    id = "plateau"
    title = "Reduce on plateau"
    pytorch = "optim.lr_scheduler.ReduceLROnPlateau"
    order = 4
    help = "The learning rate drops when the loss stops falling."
    options = (
        Option("wait", 5, "Epochs without improvement before the rate drops.", 0, 100_000, unit="epochs"),
        Option("gamma", 0.5, "Number that the rate is multiplied by at each drop.", 0.0, 1.0),
    )
    # The lowest loss, epochs since then or since the last drop, and drops.
    start = (np.inf, 0.0, 0.0)

    def remember(self, options: Options, memory: Memory, loss: float) -> Memory:
        best, idle, drops = memory
        if loss < best:
            return loss, 0.0, drops
        return (best, 0.0, drops + 1) if idle + 1 > options["wait"] else (best, idle + 1, drops)

    def factor(
        self, options: Options, steps: np.ndarray, per_epoch: int, total: int, memory: Memory
    ) -> np.ndarray:
        return np.full(len(steps), options["gamma"] ** max(memory[2], 0.0))
