"""The program of a session: one for all layers, or one for each optimizer group, which take turns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from nnkernels.graph.network import NetworkSpec
from nnkernels.planning.buffers import aligned_zeros
from nnkernels.planning.hardware import PROCESSOR, Hardware
from nnkernels.planning.optimizer_groups import groups_of, of_group, takes_turns, turns_of
from nnkernels.planning.plan import build, kernels_of
from nnkernels.planning.turn_taking import TurnTaking
from nnkernels.program import Layout, Program
from nnkernels.spec import optimizers
from nnstudio.data.dataset import Dataset
from nnstudio.model.settings import TrainingSettings
from nnstudio.training.adversarial import push_of
from nnstudio.training.inputs import check_batches
from nnstudio.training.memory import bytes_beside
from nnstudio.training.targets import with_class_weights

Learner = Program | TurnTaking


def learner(
    layout: Layout,
    data: Dataset,
    settings: TrainingSettings,
    loss_options: Mapping[str, Any],
    hardware: Callable[[], Hardware] = lambda: PROCESSOR,
    params: np.ndarray | None = None,
) -> Learner:
    """A program that trains, over ``params`` if there are any; ``hardware`` gives what each program runs on.

    Raises SpecError or NodeError with a sentence where that cannot be, and HardwareError.
    """
    turns = turns_of(layout, settings.turns)
    if not takes_turns(layout):
        return _program(layout, data, settings, loss_options, hardware(), params)
    slots = max(optimizers[settings.group(group).optimizer].slots for group in groups_of(layout))
    if params is None:
        params = aligned_zeros(layout.parameter_count * (1 + slots), np.dtype(np.float32))
    programs = {
        group: _program(
            of_group(layout, group), data, _of_group(settings, group), loss_options, hardware(), params
        )
        for group in groups_of(layout)
    }
    options = {group: settings.group(group).hyperparameters() for group in programs}
    return TurnTaking(layout, programs, turns, options)


def optimizer_name(layout: Layout, settings: TrainingSettings) -> str:
    """Whose memory lies behind the parameters: the optimizer's, or that of each group's."""
    if not takes_turns(layout):
        return settings.optimizer
    return ", ".join(f"{group} {settings.group(group).optimizer}" for group in groups_of(layout))


def kernels_needed(network: NetworkSpec, data: Dataset, settings: TrainingSettings) -> set[str]:
    """Names of the operators that a session of these needs; compiles nothing.

    Raises SpecError or NodeError with a sentence where they do not fit together.
    """
    layout = Layout.of(network, data.input_shape, settings.loss)
    parts = [(layout, settings)]
    if takes_turns(layout):
        turns_of(layout, settings.turns)
        # All together it is looked at, and it learns in parts.
        parts += [(of_group(layout, name), _of_group(settings, name)) for name in groups_of(layout)]
    batch = min(settings.batch_size, len(data.x_train))
    return {
        name
        for part, own in parts
        for name in kernels_of(
            part, data.input_shape, own.loss, own.optimizer, batch, data.target_width,
            with_class_weights(own.loss_options, data), own.extras, own.extra("mixup"),
            push_of(data, own.extra("adversarial_strength")),
        )
    }  # fmt: skip


def _of_group(settings: TrainingSettings, group: str) -> TrainingSettings:
    """The settings with the optimizer of a group as that of all."""
    own = settings.group(group)
    return replace(settings, optimizer=own.optimizer, optimizer_options=own.optimizer_options)


def _program(
    layout: Layout,
    data: Dataset,
    settings: TrainingSettings,
    loss_options: Mapping[str, Any],
    hardware: Hardware,
    params: np.ndarray | None,
) -> Program:
    batch = min(settings.batch_size, len(data.x_train))
    if not optimizers[settings.optimizer].searches:
        check_batches(layout, len(data.x_train), batch)
    return build(
        layout, data.input_shape, settings.loss, settings.optimizer, batch, data.target_width,
        loss_options=loss_options, penalties=settings.extras, params=params,
        beside=bytes_beside(layout, data, settings), mixup=settings.extra("mixup"),
        push=push_of(data, settings.extra("adversarial_strength")), hardware=hardware,
    )  # fmt: skip


__all__ = ["Learner", "kernels_needed", "learner", "optimizer_name"]
