"""Instructions at the ends of a network: samples into its Inputs, Outputs compared with their targets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from nnkernels import machine
from nnkernels.graph.network import NodeError, Resolved, read_columns
from nnkernels.jit import Kernel
from nnkernels.ops import mixing, pushing, weighting
from nnkernels.ops.pushing import Push
from nnkernels.planning.assembly import Item
from nnkernels.planning.buffers import Gradients, Memory
from nnkernels.planning.lowering import Buffer, Emitter, Instruction, Lowering, Table
from nnkernels.planning.updates import once
from nnkernels.program import Layout, Target
from nnkernels.spec import Layer, SpecError, TargetKind, optimizers, size_of
from nnkernels.spec.class_weights import read_class_weights

# What every loss is told before its own numbers.
LOSS_ARGUMENTS = ("y_at", "dy_at", "target_at", "loss_at", "correct_at", "width", "with_gradient")

# Options of losses that mean the data's own labels.
OF_LABELS = ("class_weights", "ignored_class")


def check_mixup(layout: Layout, optimizer: str | None) -> None:
    """Raise SpecError or NodeError with a sentence where a network cannot learn from mixed samples."""
    _check_changed(layout, optimizer, "Mixup", "adds shares of two samples", "mixup")


def check_push(layout: Layout, optimizer: str | None) -> None:
    """Raise SpecError or NodeError with a sentence where a network cannot learn from pushed samples."""
    doing = "changes samples a little"
    _check_changed(layout, optimizer, "Adversarial training", doing, "adversarial strength")


def _check_changed(layout: Layout, optimizer: str | None, what: str, doing: str, setting: str) -> None:
    if optimizer and optimizers[optimizer].searches:
        raise SpecError(
            f"{what} does not go with {optimizers[optimizer].title}, which compares losses of samples as "
            f"they are. Set {setting} to 0 under Training, or choose another optimizer."
        )
    for node in layout.nodes.values():
        if type(node.layer).check_numbers is not Layer.check_numbers:
            raise NodeError(
                node.id,
                f"{what} {doing}, but {node.layer.title} takes certain numbers only, with nothing between "
                f"them. Set {setting} to 0 under Training, or take this layer out.",
            )


@dataclass
class Endpoints:
    """Emits what reads a batch and what compares with it.

    Attributes:
        where, grads, gradients: buffers of the nodes' activations, and of gradients; None without any.
        samples: those that are on their way at a time.
        input_width, target_width: values of a sample and of its target.
        loss_options: by loss.
        mixup: the alpha of `mixing`, or 0 where nothing is mixed.
        push: how samples are pushed before they are learned from, or None.
    """

    layout: Layout
    emitter: Emitter
    where: Mapping[str, Buffer]
    grads: Memory
    gradients: Gradients | None
    samples: int
    input_width: int
    target_width: int
    loss_options: Mapping[str, Mapping[str, Any]]
    mixup: float = 0.0
    push: Push | None = None
    share_at: int = field(init=False, default=0)

    def draws(self) -> list[Item]:
        """What comes before all samples: how they are mixed."""
        if not self.mixup:
            return []
        self.share_at = self.emitter.reserve(self.samples)
        return [Instruction.of(mixing.draw_shares, share_at=self.share_at, alpha=Lowering.real(self.mixup))]

    def gather(self, source: Resolved) -> list[Instruction]:
        """Samples into an Input."""
        columns = read_columns(source.options["columns"], self.input_width, "values")
        sizes = self.columns(columns, self.input_width, "values")
        x_at = self.where[source.id]
        gathers = [Instruction.of(machine.gather, x_at=x_at, **sizes)]
        if self.mixup:
            gathers.append(Instruction.of(mixing.mix_samples, x_at=x_at, share_at=self.share_at, **sizes))
        return gathers

    def pushes(self, source: Resolved) -> list[Instruction]:
        """What changes the samples of an Input once they have been through the network and back."""
        dx_at = self.gradients.dy.get(source.id, -1) if self.gradients else -1
        if self.push is None or dx_at < 0:
            return []
        columns = read_columns(source.options["columns"], self.input_width, "values")
        limits = self.emitter.tabled(self.push.table(columns))
        count = size_of(source.shape)
        x_at = self.where[source.id]
        return [Instruction.of(pushing.push, x_at=x_at, dx_at=dx_at, count=count, limits=limits)]

    def compare(
        self, target: Target, first: list[Item], gathers: list[Item], compares: list[Item]
    ) -> list[int]:
        """Emit the loss of one Output; what `machine.tally` needs of it."""
        width = size_of(self.layout.nodes[target.logits].shape)
        dy = self.gradients.edges.get((target.node, 0), -1) if self.gradients else -1
        comparison = _Comparison(self, target, width, dy >= 0)
        sizes = comparison.sizes()
        own = comparison.emit(machine.gather_targets, sizes, max(dy, 0), gathers, compares)
        if comparison.has_mass:
            first.append(self._class_mass(comparison, sizes))
        if target.constant is not None:
            # Mixed samples are compared with the same number.
            pass
        elif self.mixup and comparison.loss.names_classes:
            other_dy = self.grads.rows(width) if dy >= 0 else 0
            other = comparison.emit(mixing.gather_partners, sizes, other_dy, gathers, compares)
            partners = {f"other_{name}": other[name] for name in ("loss_at", "correct_at", "dy_at")}
            own_at = {name: own[name] for name in ("loss_at", "correct_at", "dy_at")}
            shared = {"share_at": self.share_at, "width": comparison.gradient_width}
            compares.append(Instruction.of(mixing.mix_losses, **own_at, **partners, **shared))
        elif self.mixup:
            mixed = {"target_at": own["target_at"], "share_at": self.share_at}
            gathers.append(Instruction.of(mixing.mix_targets, **mixed, **sizes))
        weight = Lowering.real(target.weight)
        if target.weight != 1 and dy >= 0:
            compares.append(Instruction.of(weighting.scale_gradient, dy_at=dy, width=width, factor=weight))
        return [own["loss_at"], own["correct_at"], weight]

    def columns(self, columns: tuple[int, ...] | None, width: int, what: str) -> dict[str, int]:
        """Width of a row, number of the columns and their table, 0 for all, as `machine.pick` wants them."""
        if columns is None:
            return {"width": width, "count": width, "columns": 0}
        if max(columns) >= width:
            raise SpecError(f"The data has {width} {what}, but number {max(columns) + 1} is asked for.")
        return {"width": width, "count": len(columns), "columns": self.emitter.tabled(columns)}

    def _class_mass(self, comparison: _Comparison, sizes: Mapping[str, int]) -> Item:
        weights = 0 if comparison.is_sum else comparison.weights
        asked = {"mass_at": comparison.mass_at, "weights": weights, "left_out": comparison.left_out, **sizes}
        if self.mixup:
            return once(mixing.mixed_class_mass, alpha=Lowering.real(self.mixup), **asked)
        return once(weighting.class_mass, **asked)


class _Comparison:
    """The loss of one Output, by the targets of the samples or by others."""

    def __init__(self, ends: Endpoints, target: Target, width: int, with_gradient: bool) -> None:
        self.ends, self.target, self.loss = ends, target, target.compares
        self.width, self.gradient_width = width, width if with_gradient else 0
        given = ends.loss_options.get(target.loss, {})
        if target.constant is not None:
            # These are of the data's targets.
            given = {name: value for name, value in given.items() if name not in OF_LABELS}
        options = self.loss.complete(given)
        shape = ends.layout.nodes[target.logits].shape
        classes, positions = max(shape[-1], 2), size_of(shape[:-1])
        self.weights: Table | None = None
        self.is_sum = options.get("reduction") == "sum"
        self.left_out = Lowering.real(options.get("ignored_class", -1))
        leaves_out = self.loss.each_position and (positions > 1 or options["ignored_class"] >= 0)
        self.has_mass = leaves_out or bool(options.get("class_weights"))
        self.mass_at = ends.emitter.reserve(2) if self.has_mass else 0
        if self.has_mass:
            weights = read_class_weights(options["class_weights"], classes)
            self.weights = ends.emitter.tabled([Lowering.real(v) for v in np.resize(weights, classes)])
        numbers = [Lowering.real(v) for v in self.loss.arguments(options)]
        if self.loss.weighs_classes:
            numbers.append(self.weights if self.weights is not None and options["class_weights"] else 0)
        if self.loss.each_position:
            numbers.append(positions)
        # What the loss declares after `LOSS_ARGUMENTS` are its own numbers, in the order of its options.
        self.own = dict(zip(self.loss.kernel.arguments[len(LOSS_ARGUMENTS) :], numbers, strict=True))

    def sizes(self) -> dict[str, int]:
        """Which target values it takes of a sample, as `machine.pick` wants them; of a constant, how many."""
        target = self.target
        if target.constant is None:
            return self.ends.columns(target.columns, self.ends.target_width, "target values")
        return {"count": 1 if self.loss.target == TargetKind.CLASS else self.width}

    def emit(
        self, gather: Kernel, sizes: Mapping[str, int], dy: int, gathers: list[Item], compares: list[Item]
    ) -> dict[str, int]:
        """Targets that ``gather`` brings, and the loss by them; where its numbers are, by argument."""
        ends = self.ends
        target_at = ends.emitter.reserve(ends.samples * sizes["count"])
        loss_at, correct_at = ends.emitter.reserve(ends.samples), ends.emitter.reserve(ends.samples)
        if self.target.constant is not None:
            value = Lowering.real(self.target.constant)
            gathers.append(Instruction.of(machine.fill_targets, target_at=target_at, value=value, **sizes))
        else:
            gathers.append(Instruction.of(gather, target_at=target_at, **sizes))
        compared = {"target_at": target_at, "loss_at": loss_at, "correct_at": correct_at, "dy_at": dy}
        compares.append(
            Instruction.of(
                self.loss.kernel, y_at=ends.where[self.target.logits], width=self.width,
                with_gradient=int(self.gradient_width > 0), **compared, **self.own,
            )
        )  # fmt: skip
        if self.has_mass:
            left = 0 if self.loss.weighs_classes else self.weights
            weighed = {"mass_at": self.mass_at, "width": self.gradient_width, "weights": left}
            compares.append(Instruction.of(weighting.weigh_classes, **weighed, **compared))
        return compared
