"""What a step asks for, in a few verbs: each says whether the learner did it, and what is still missing.

A condition is data, as a lesson holds no code. It looks either at the work, which costs nothing, or at
the network, which the worker computes.
"""

from __future__ import annotations

from typing import Annotated, Any, Generic, Literal, TypeVar

import numpy as np
from msgspec import Meta, Struct

from nnstudio.data.dataset import sources
from nnstudio.lessons.names import (
    ChoiceText,
    DataKind,
    DataOptionName,
    LayerKind,
    NodeName,
    OptionName,
    PanelName,
    ParameterName,
    SettingName,
)
from nnstudio.lessons.work import Network, NotThere, Work
from nnstudio.model.quantity import counted, in_digits

# What a condition looks at.
Seen = TypeVar("Seen")
Part = Literal["training", "validation", "test"]
Positive = Annotated[float, Meta(ge=0)]


class Verdict(Struct, frozen=True):
    """Whether a condition holds; where it does not, ``missing`` says in a sentence what it lacks."""

    holds: bool
    missing: str = ""


YES = Verdict(True)


class Condition(
    Struct, Generic[Seen], frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="verb"
):
    """``otherwise`` replaces the sentence on what is missing; "{now}" in it stands for what there is."""

    otherwise: str = ""

    def look(self, seen: Seen) -> Verdict:
        """Whether it holds; what does not exist is a verdict too."""
        try:
            return self.judge(seen)
        except NotThere as error:
            return Verdict(False, str(error))

    def judge(self, seen: Seen) -> Verdict:
        """As `look`; may raise NotThere. Each verb has its own."""
        raise NotImplementedError

    def _judge(self, holds: bool, now: str, missing: str) -> Verdict:
        if holds:
            return YES
        return Verdict(False, self.otherwise.replace("{now}", now) if self.otherwise else missing)


class WorkCondition(Condition[Work], frozen=True):
    """Looks at the project and at what is on the screen."""


class NetworkCondition(Condition[Network], frozen=True):
    """Looks at weights and predictions."""


class Range(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Between two numbers, each of which may be missing; both belong to it."""

    at_least: float | None = None
    at_most: float | None = None

    def holds(self, value: float) -> bool:
        """Whether a number lies in it."""
        is_enough = self.at_least is None or value >= self.at_least
        return is_enough and (self.at_most is None or value <= self.at_most)

    @property
    def told(self) -> str:
        """In words."""
        low = "" if self.at_least is None else f"at least {in_digits(self.at_least, 6)}"
        high = "" if self.at_most is None else f"at most {in_digits(self.at_most, 6)}"
        return " and ".join(filter(None, (low, high)))


class Layers(WorkCondition, frozen=True, tag="layers"):
    """How many nodes there are: of a kind, or of all that learn where none is named."""

    count: Range
    kind: LayerKind = ""

    def judge(self, work: Work) -> Verdict:
        nodes = [n for n in work.graph.nodes if n.kind == self.kind or not self.kind]
        title = work.graph.registry[self.kind].title if self.kind else "node"
        missing = f"There are {len(nodes)} nodes of the kind {title}; there should be {self.count.told}."
        return self._judge(self.count.holds(len(nodes)), str(len(nodes)), missing)


class Units(WorkCondition, frozen=True, tag="units"):
    """How many units all hidden layers have together: those of the last such layer do not count."""

    count: Range
    kind: LayerKind = "dense"

    def judge(self, work: Work) -> Verdict:
        layers = {n.id: n for n in work.graph.nodes if n.kind == self.kind}
        hidden = [n for n in layers if (work.graph.downstream(n) - {n}) & layers.keys()]
        total = sum(int(layers[n].options.get("units", 0)) for n in hidden)
        missing = f"The hidden layers have {counted(total, 'unit')}; there should be {self.count.told}."
        return self._judge(self.count.holds(total), str(total), missing)


class OptionIs(WorkCondition, frozen=True, tag="option"):
    """The value of an option of a node: one of some, or within a range."""

    node: NodeName
    option: OptionName
    one_of: tuple[Any, ...] = ()
    within: Range | None = None

    def judge(self, work: Work) -> Verdict:
        node = work.node(self.node)
        value = node.options.get(self.option)
        return _value(self, f"“{self.option}” of {self.node}", value, self.one_of, self.within)


class SettingIs(WorkCondition, frozen=True, tag="setting"):
    """The value of a setting of the training, or of an option of its optimizer or loss."""

    setting: SettingName
    one_of: tuple[Any, ...] = ()
    within: Range | None = None

    def judge(self, work: Work) -> Verdict:
        value = setting_of(work, self.setting)
        return _value(self, f"“{self.setting.replace('_', ' ')}”", value, self.one_of, self.within)


class DataIs(WorkCondition, frozen=True, tag="data"):
    """The value of an option of the data."""

    option: DataOptionName
    one_of: tuple[Any, ...] = ()
    within: Range | None = None

    def judge(self, work: Work) -> Verdict:
        value = work.data.options.get(self.option)
        return _value(self, f"“{self.option.replace('_', ' ')}” of the data", value, self.one_of, self.within)


class DataKindIs(WorkCondition, frozen=True, tag="data kind"):
    """Which data is learned from."""

    one_of: tuple[DataKind, ...]

    def judge(self, work: Work) -> Verdict:
        titles = " or ".join(sources[kind].title for kind in self.one_of)
        now = sources[work.data.kind].title
        return self._judge(work.data.kind in self.one_of, now, f"The data is {now}; it should be {titles}.")


class Trained(WorkCondition, frozen=True, tag="trained"):
    """How long training went on."""

    epochs: int = 0
    steps: int = 1

    def judge(self, work: Work) -> Verdict:
        if work.steps < self.steps:
            return self._judge(False, str(work.steps), "Nothing was trained yet: press Train.")
        missing = f"This is epoch {work.epochs:,}; train for {self.epochs:,} at least."
        return self._judge(work.epochs >= self.epochs, str(work.epochs), missing)


class Diverged(WorkCondition, frozen=True, tag="diverged"):
    """Training ended because the loss was no number any more."""

    def judge(self, work: Work) -> Verdict:
        return self._judge(work.has_diverged, "", "The loss is still a number.")


class Shown(WorkCondition, frozen=True, tag="shown"):
    """A panel can be seen."""

    panel: PanelName

    def judge(self, work: Work) -> Verdict:
        title = self.panel.replace("_", " ").capitalize()
        return self._judge(self.panel in work.shown, "", f"The panel {title} cannot be seen yet.")


class Selected(WorkCondition, frozen=True, tag="selected"):
    """A node is selected."""

    node: NodeName

    def judge(self, work: Work) -> Verdict:
        return self._judge(self.node in work.selected, "", f"Click on {self.node} on the canvas.")


class Answered(WorkCondition, frozen=True, tag="answered"):
    """The question was answered with one of these choices, or with a number near one."""

    one_of: tuple[ChoiceText, ...] = ()
    about: float | None = None
    tolerance: Positive = 0.0

    def judge(self, work: Work) -> Verdict:
        if not work.answer:
            return self._judge(False, "", "The question has no answer yet.")
        if self.about is None:
            return self._judge(work.answer in self.one_of, work.answer, "That is not it: think again.")
        try:
            number = float(work.answer.replace(",", "."))
        except ValueError:
            return Verdict(False, f"“{work.answer}” is no number.")
        off = abs(number - self.about)
        return self._judge(
            off <= self.tolerance + 1e-9, work.answer, f"{work.answer} is not it: think again."
        )


class Weight(NetworkCondition, frozen=True, tag="weight"):
    """A number of a layer is near another; in the units of the data where it has any, else as it is."""

    node: NodeName
    about: float
    tolerance: Positive
    parameter: ParameterName = "weight"
    at: tuple[int, ...] = (0, 0)
    in_units: bool = True

    def judge(self, network: Network) -> Verdict:
        values = network.weights(self.node, self.parameter, self.in_units)
        at = self.at[-values.ndim :] if values.ndim else ()
        if any(not 0 <= i < n for i, n in zip(at, values.shape, strict=True)):
            raise NotThere(f"{self.node} has no {self.parameter} at {list(self.at)} any more.")
        value = float(values[at])
        name = f"The {self.parameter} of {self.node}"
        return _near(self, name, value, self.about, self.tolerance)


class Gives(NetworkCondition, frozen=True, tag="gives"):
    """What a node, or the network where none is named, gives for inputs in the units of the data."""

    inputs: tuple[float, ...]
    about: float
    tolerance: Positive
    node: NodeName = ""
    output: int = 0

    def judge(self, network: Network) -> Verdict:
        values = network.values(self.node, list(self.inputs))
        if self.output >= len(values):
            raise NotThere(f"There is no output {self.output + 1} any more.")
        who, given = self.node or "The network", ", ".join(in_digits(v, 6) for v in self.inputs)
        value = float(values[self.output])
        if self._near(value):
            return YES
        missing = f"For {given}, {who} gives {in_digits(value, 5)}; it should be {in_digits(self.about, 6)}."
        return self._judge(False, in_digits(value, 5), missing)

    def _near(self, value: float) -> bool:
        return bool(np.isfinite(value)) and abs(value - self.about) <= self.tolerance


class Loss(NetworkCondition, frozen=True, tag="loss"):
    """The mean loss over a part of the data, as training counts it."""

    within: Range
    part: Part = "training"

    def judge(self, network: Network) -> Verdict:
        value, _accuracy = network.score(self.part)
        missing = (
            f"The loss of the {self.part} part is {in_digits(value, 4)}; it should be {self.within.told}."
        )
        return self._judge(
            bool(np.isfinite(value)) and self.within.holds(value), in_digits(value, 4), missing
        )


class Accuracy(NetworkCondition, frozen=True, tag="accuracy"):
    """The share of a part of the data, from 0 to 1, whose class is predicted."""

    within: Range
    part: Part = "training"

    def judge(self, network: Network) -> Verdict:
        _loss, value = network.score(self.part)
        if value is None:
            raise NotThere("The data has no classes any more.")
        wanted = " and ".join(
            f"{word} {bound:.2%}" for word, bound in (("at least", self.within.at_least),
            ("at most", self.within.at_most)) if bound is not None
        )  # fmt: skip
        missing = f"{value:.2%} of the {self.part} part are right; it should be {wanted}."
        return self._judge(self.within.holds(value), f"{value:.2%}", missing)


AnyCondition = (
    Layers | Units | OptionIs | SettingIs | DataIs | DataKindIs | Trained | Diverged | Shown | Selected
    | Answered | Weight | Gives | Loss | Accuracy
)  # fmt: skip


def setting_of(work: Work, name: str) -> Any:
    """A setting, or an option of the optimizer, loss, schedule or extras. Raises NotThere."""
    settings = work.settings
    if hasattr(settings, name) and not isinstance(getattr(settings, name), dict):
        return getattr(settings, name)
    for options in (
        settings.optimizer_options, settings.loss_options, settings.schedule_options, settings.extras
    ):  # fmt: skip
        if name in options:
            return options[name]
    raise NotThere(f"The training has no setting “{name}” now.")


def _value(
    condition: Condition[Any], what: str, value: Any, one_of: tuple[Any, ...], within: Range | None
) -> Verdict:
    if within is not None:
        holds = isinstance(value, int | float) and within.holds(value)
        wanted = within.told
    else:
        holds = value in one_of
        wanted = " or ".join(map(str, one_of))
    return condition._judge(
        holds, str(value), f"{what[0].upper()}{what[1:]} is {value}; it should be {wanted}."
    )


def _near(condition: Condition[Any], what: str, value: float, about: float, tolerance: float) -> Verdict:
    now = in_digits(value, 5)
    holds = bool(np.isfinite(value)) and abs(value - about) <= tolerance
    return condition._judge(holds, now, f"{what} is {now}; it should be about {in_digits(about, 6)}.")
