"""What a step asks for, in a few verbs: conditions on the work, which cost nothing, and all of them.

A condition is data, as a lesson holds no code.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, ClassVar, Literal

import numpy as np

from nnkernels.spec import Option
from nnstudio.data.dataset import DataError, sources
from nnstudio.data.option_titles import data_option_title
from nnstudio.data.tables.settings import ColumnRole, read_settings
from nnstudio.lessons.condition import Condition, Positive, Range, Verdict, WorkCondition
from nnstudio.lessons.names import (
    ChoiceText,
    DataKind,
    DataOptionName,
    Group,
    LayerKind,
    NodeName,
    OptionName,
    SettingName,
)
from nnstudio.lessons.network_conditions import (
    Accuracy,
    BeatsNGrams,
    Forecasts,
    Gap,
    Generated,
    Gives,
    KernelIs,
    Loss,
    Weight,
)
from nnstudio.lessons.seen_conditions import InView, Selected, Shown
from nnstudio.lessons.shown_values import as_state, data_value, setting_value
from nnstudio.lessons.typed_answer import is_near, readings, what_is_wrong
from nnstudio.lessons.work import NotThere, Work
from nnstudio.model.quantity import counted, in_digits
from nnstudio.model.settings import EXTRAS
from nnstudio.model.titles import entry_options, titled

NOT_TRAINED = "Nothing was trained yet: press Train."
NOT_THROUGHOUT = (
    "The network, its data or a setting was changed in the course of this run: press Reset, then Train."
)


class Layers(WorkCondition, frozen=True, tag="layers"):
    """The network has so many nodes of a kind between Input and Output, or in all where no kind is named.

    What hangs loose does not count.
    """

    count: Range
    kind: LayerKind = ""

    def judge(self, work: Work) -> Verdict:
        nodes = [n for n in work.graph.nodes if n.kind == self.kind or not self.kind]
        loose = [n for n in nodes if not work.is_between(n.id)]
        count, title = len(nodes) - len(loose), work.graph.registry[self.kind].title if self.kind else ""
        one = f"{title} node" if title else "node"
        what = counted(count, one) if count else f"no {one}"
        wanted = "none" if self.count.at_most == 0 else self.count.told
        missing = f"The network has {what}; there should be {wanted}."
        if loose and count < (self.count.at_least or 0):
            missing += (
                f" {loose[0].name} is not connected: drop it onto a link, or draw links to it and from it."
            )
        return self._judge(self.count.holds(count), str(count), missing)


class Units(WorkCondition, frozen=True, tag="units"):
    """All hidden layers together have so many units. The last layer does not count."""

    count: Range
    kind: LayerKind = "dense"

    def judge(self, work: Work) -> Verdict:
        layers = {n.id: n for n in work.graph.nodes if n.kind == self.kind}
        hidden = [n for n in layers if (work.graph.downstream(n) - {n}) & layers.keys()]
        total = sum(int(layers[n].options.get("units", 0)) for n in hidden)
        missing = f"The hidden layers have {counted(total, 'unit')}; there should be {self.count.told}."
        return self._judge(self.count.holds(total), str(total), missing)


class OptionIs(WorkCondition, frozen=True, tag="option"):
    """An option of a node has a certain value."""

    node: NodeName
    option: OptionName
    one_of: tuple[Any, ...] = ()
    within: Range | None = None

    def judge(self, work: Work) -> Verdict:
        node = work.node(self.node)
        value = _chosen(node.options, entry_options(work.graph.registry, node.kind), self.option)
        return _value(self, f"“{titled(self.option)}” of {self.node}", value, self.one_of, self.within)


class SettingIs(WorkCondition, frozen=True, tag="setting"):
    """A setting of the training has a certain value, such as the optimizer."""

    setting: SettingName
    one_of: tuple[Any, ...] = ()
    within: Range | None = None

    def judge(self, work: Work) -> Verdict:
        value = setting_of(work, self.setting)
        shown = partial(setting_value, self.setting)
        return _value(self, f"“{titled(self.setting)}”", value, self.one_of, self.within, shown)


class DataIs(WorkCondition, frozen=True, tag="data"):
    """An option of the data has a certain value, such as the noise."""

    option: DataOptionName
    one_of: tuple[Any, ...] = ()
    within: Range | None = None

    def judge(self, work: Work) -> Verdict:
        value = _chosen(work.data.options, entry_options(sources, work.data.kind), self.option)
        what = f"“{data_option_title(self.option)}” of the data"
        return _value(self, what, value, self.one_of, self.within, partial(data_value, self.option))


class DataKindIs(WorkCondition, frozen=True, tag="data kind"):
    """The network learns from certain data."""

    one_of: tuple[DataKind, ...]

    def judge(self, work: Work) -> Verdict:
        titles = " or ".join(sources[kind].title for kind in self.one_of)
        now = sources[work.data.kind].title
        return self._judge(work.data.kind in self.one_of, now, f"The data is {now}; it should be {titles}.")


class ColumnIs(WorkCondition, frozen=True, tag="column"):
    """A column of the table has a certain role."""

    column: str
    role: ColumnRole

    def judge(self, work: Work) -> Verdict:
        try:
            said = read_settings(str(work.data.options.get("columns", "")))
        except DataError as error:
            raise NotThere(str(error)) from error
        now = said[self.column].role if self.column in said else None
        told = now or "what it looks like"
        missing = f"The role of the column {self.column} is {told}; it should be {self.role}."
        return self._judge(now == self.role, told, missing)


class Trained(WorkCondition, frozen=True, tag="trained"):
    """The network was trained, for so many epochs at least.

    Throughout: with the network, the data and the settings that it has now, from its first step on. What an
    earlier run learned, and was not reset, does not count then.
    """

    group: ClassVar[Group] = Group.DONE
    epochs: int = 0
    steps: int = 1
    throughout: bool = False

    def judge(self, work: Work) -> Verdict:
        if work.steps < self.steps:
            return self._judge(False, str(work.steps), NOT_TRAINED)
        if self.throughout and work.judged_from:
            return self._judge(False, str(work.epochs), NOT_THROUGHOUT)
        missing = f"Trained for {counted(work.epochs, 'whole epoch')}; train for {self.epochs:,} at least."
        return self._judge(work.epochs >= self.epochs, str(work.epochs), missing)


class Began(WorkCondition, frozen=True, tag="began"):
    """The run began with a certain loss: as after a Reset, and not with weights that were set by hand.

    It is the mean over its first epoch.
    """

    group: ClassVar[Group] = Group.DONE
    within: Range

    def judge(self, work: Work) -> Verdict:
        if not work.curve:
            return self._judge(False, "", NOT_TRAINED)
        loss = work.curve[0].loss
        now = in_digits(loss, 4)
        missing = (
            f"This run began with a loss of {now}; it should be {self.within.told}: press Reset, then Train."
        )
        return self._judge(self.within.holds(loss), now, missing)


class CurveEnds(WorkCondition, frozen=True, tag="curve"):
    """The curve of the loss ends so many times as high as it began, or as its lowest point.

    It is that of training, or of the part that training only watches: validation, or else test.

    It fell to a half of its beginning: at most 0.5 of the first. It turned up again, to twice its lowest
    point: at least 2 of the lowest.
    """

    group: ClassVar[Group] = Group.DONE
    sways: ClassVar[bool] = True
    within: Range
    of: Literal["first", "lowest"] = "first"
    part: Literal["training", "watched"] = "training"

    def judge(self, work: Work) -> Verdict:
        losses = work.curve.column("val_loss" if self.part == "watched" else "loss")
        if not len(losses):
            return self._judge(False, "", NOT_TRAINED)
        if np.isnan(losses[0]):
            raise NotThere("Training watches no part of the data, so there is no curve of its loss.")
        before, last = float(losses[0] if self.of == "first" else np.nanmin(losses)), float(losses[-1])
        ratio = last / before if before > 0 else float("nan")
        now, where = in_digits(ratio, 3), "began at" if self.of == "first" else "was lowest at"
        missing = (
            f"The loss of the {self.part} part is {in_digits(last, 3)} now and {where} "
            f"{in_digits(before, 3)}: it is {now} times as high, and should be {self.within.told}."
        )
        return self._judge(bool(np.isfinite(ratio)) and self.within.holds(ratio), now, missing)


class Diverged(WorkCondition, frozen=True, tag="diverged"):
    """Training went wrong: the loss is no number any more."""

    group: ClassVar[Group] = Group.DONE

    def judge(self, work: Work) -> Verdict:
        return self._judge(work.has_diverged, "", "The loss is still a number.")


class Answered(WorkCondition, frozen=True, tag="answered"):
    """The question was answered with one of these choices, or with a number near this one.

    An answer that is read off the network after so many epochs counts for that network only; 0 for any.
    """

    group: ClassVar[Group] = Group.DONE
    one_of: tuple[ChoiceText, ...] = ()
    about: float | None = None
    tolerance: Positive = 0.0
    after_epochs: int = 0

    def look(self, seen: Work) -> Verdict:
        """As any condition does; an answer that is not right is told from none, and from one that is not
        judged, as it is of another network.
        """
        if missing := self._of_another(seen):
            return Verdict(False, missing)
        verdict = super().look(seen)
        return verdict if verdict.holds else Verdict(False, verdict.missing, bool(seen.answer))

    def _of_another(self, work: Work) -> str:
        """What is to be done where the question is about the network at another time; else ""."""
        is_at_end = bool(work.curve) and work.curve[-1].steps == work.steps
        if not self.after_epochs or (work.epochs == self.after_epochs and is_at_end):
            return ""
        more = "" if is_at_end or not work.steps else " and a part of the next"
        meant = counted(self.after_epochs, "epoch")
        if not work.steps:
            return f"This step is about the network after {meant}: press Train first."
        return (
            f"This step is about the network after {meant}; yours has had {counted(work.epochs, 'epoch')}"
            f"{more}: press Reset, then Train, and stop after {meant}."
        )

    def judge(self, work: Work) -> Verdict:
        if not work.answer:
            return Verdict(False, "The question has no answer yet.")
        if self.about is None:
            return self._judge(work.answer in self.one_of, work.answer, "That is not it: think again.")
        numbers = readings(work.answer)
        if not numbers:
            return Verdict(False, f"“{work.answer}” is no number: write it in digits.")
        wrong = what_is_wrong(numbers[0], self.about, self.tolerance)
        holds = any(is_near(number, self.about, self.tolerance) for number in numbers)
        return self._judge(holds, work.answer, f"{work.answer} {wrong}: think again.")


AnyCondition = (
    Layers | Units | OptionIs | SettingIs | DataIs | DataKindIs | ColumnIs | Trained | Began | CurveEnds
    | Diverged | Shown | InView | Selected | Answered | Weight | KernelIs | Gives | Loss | Accuracy | Gap
    | Forecasts | BeatsNGrams | Generated
)  # fmt: skip


def setting_of(work: Work, name: str) -> Any:
    """A setting, or an option of the optimizer, loss, schedule or extras. Raises NotThere."""
    settings = work.settings
    if hasattr(settings, name) and not isinstance(getattr(settings, name), dict):
        return getattr(settings, name)
    # Of those that shape a run, what was never touched is not written down.
    extras = {option.name: option.default for option in EXTRAS} | settings.extras
    for options in (settings.optimizer_options, settings.loss_options, settings.schedule_options, extras):
        if name in options:
            return options[name]
    raise NotThere(f"The training has no setting “{name}” now.")


def _chosen(options: Mapping[str, Any], declared: Mapping[str, Option], name: str) -> Any:
    """The value of an option; an older project does not name one that came later."""
    return options.get(name, declared[name].default if name in declared else None)


def _value(
    condition: Condition[Any],
    what: str,
    value: Any,
    one_of: tuple[Any, ...],
    within: Range | None,
    shown: Callable[[Any], Any] = lambda value: value,
) -> Verdict:
    """``shown`` gives what the window has for a value."""
    if within is not None:
        holds = isinstance(value, int | float) and within.holds(value)
        wanted = within.told
    else:
        holds = value in one_of
        wanted = " or ".join(as_state(shown(one)) for one in one_of)
    missing = f"{what[0].upper()}{what[1:]} is {as_state(shown(value))}; it should be {wanted}."
    return condition._judge(holds, str(shown(value)), missing)
