"""A network with several Outputs, told by each of them: as if it had that one alone, and data for it alone.

Whoever judges predictions asks one of these after the other. What an Evaluation itself predicts is what its
first Output gives, which is not to be compared with the targets of another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from nnkernels.planning.pullback import toward
from nnkernels.program import Layout, Target
from nnkernels.spec import TargetKind
from nnstudio.data.dataset import Dataset
from nnstudio.training.evaluation import Evaluation
from nnstudio.training.parameter_history import ParameterHistory


@dataclass(frozen=True, eq=False)
class _Part:
    """What is made once of an Output, as long as its network is there."""

    layout: Layout
    data: Dataset
    programs: dict[Any, Any] = field(default_factory=dict)
    behind: dict[Any, Any] = field(default_factory=dict)


class OfOutput(Evaluation):
    """One Output of a network: its layers, the targets that it is compared with, its loss without its weight.

    It computes with the parameters of the whole, whatever these are when it is asked.

    Attributes:
        whole: the network.
        columns: numbers from 0 of the targets, in the data of the whole.
    """

    def __init__(self, whole: Evaluation, target: Target) -> None:
        if target.node not in whole.apart:
            own = replace(target, columns=None, weight=1.0)
            part = _Part(toward(whole.layout, [own]), of_columns(whole.data, target.columns))
            whole.apart[target.node] = part
        part, settings = whole.apart[target.node], whole.settings
        # Those of the run are of its own loss; an Output with another one has the usual.
        options = whole.loss_options if target.loss == settings.loss else {}
        settings = replace(settings, loss=target.loss, loss_options=dict(options))
        super().__init__(part.layout, part.data, settings, whole.threads)
        if target.columns is not None:
            self.columns = target.columns
        self.whole, self.answers_known = whole, whole.answers_known
        self._evaluators, self._behind = part.programs, part.behind

    @property
    def flat(self) -> np.ndarray:
        return self.whole.flat

    @property
    def steps(self) -> int:
        return self.whole.steps

    @property
    def parameter_history(self) -> ParameterHistory:
        return self.whole.parameter_history

    @property
    def checkpoint_steps(self) -> list[int]:
        return self.whole.checkpoint_steps


def by_output(whole: Evaluation) -> tuple[Evaluation, ...]:
    """The network by each Output that is compared with the data, in their order; itself where that is one,
    and for all targets.
    """
    compared = compared_with_data(whole.layout)
    if len(compared) == 1 and _takes_all(whole.data, compared[0].columns):
        return (whole,)
    return tuple(OfOutput(whole, target) for target in compared)


def predicting(whole: Evaluation, target: int) -> tuple[Evaluation, int] | None:
    """The first Output that predicts a target of the data, by its number from 0, and the place of that target
    among its own; None where no Output does.
    """
    each = by_output(whole)
    if each == (whole,):
        return (whole, target) if target < whole.data.target_width else None
    seen = next((seen for seen in each if target in seen.columns), None)
    return None if seen is None else (seen, tuple(seen.columns).index(target))


def at_output(whole: Evaluation, output: str = "") -> Evaluation:
    """The network by the Output of this identifier; by its first one where there is none of that name."""
    each = by_output(whole)
    return next((seen for seen in each if seen.layout.output == output), each[0])


def compared_with_data(layout: Layout) -> tuple[Target, ...]:
    """The Outputs whose answers are right or wrong: others have a number of their own as their target."""
    return tuple(target for target in layout.targets if target.constant is None)


def truth_of(target: Target, y: np.ndarray, outputs: int) -> np.ndarray:
    """What an Output of so many numbers is compared with, float64: of the targets y (t,) of a sample those
    that are its own, or its constant.
    """
    if target.constant is not None:
        return np.full(1 if target.compares.target == TargetKind.CLASS else outputs, target.constant)
    return np.asarray(y if target.columns is None else y[list(target.columns)], np.float64)


def outputs_of(whole: Evaluation) -> tuple[str, ...]:
    """The identifiers of these Outputs, where there are several; else ()."""
    compared = compared_with_data(whole.layout)
    return tuple(target.node for target in compared) if len(compared) > 1 else ()


def of_columns(data: Dataset, columns: Sequence[int] | None) -> Dataset:
    """The same samples with some target columns alone, numbers from 0; None for all."""
    if columns is None or _takes_all(data, columns):
        return data
    chosen = list(columns)

    def some(values: np.ndarray | float) -> np.ndarray | float:
        return np.asarray(values)[chosen] if np.size(values) == data.target_width > 1 else values

    named = len(data.targets) == data.target_width
    return replace(
        data,
        y_train=data.y_train[:, chosen], y_test=data.y_test[:, chosen],
        y_validation=data.y_validation[:, chosen] if len(data.y_validation) else data.y_validation,
        targets=tuple(data.targets[i] for i in chosen) if named else data.targets,
        y_shift=some(data.y_shift), y_scale=some(data.y_scale),
        series=None if data.series is None else data.series.with_predicted(chosen),
    )  # fmt: skip


def called(output: str, names: Mapping[str, str]) -> str:
    """What a person calls an Output; ``names`` are those of nodes by identifier."""
    return names.get(output, output)


def _takes_all(data: Dataset, columns: Sequence[int] | None) -> bool:
    return columns is None or list(columns) == list(range(data.target_width))
