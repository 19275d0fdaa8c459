"""What a learner may do in a step, as data: how a lesson tells its way to the answer, and wrong ways."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

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


class Action(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="do"):
    """One thing that a learner does."""


class SetWeight(Action, frozen=True, tag="set weight"):
    """Type a number into the weights of a layer, as the network has it."""

    node: NodeName
    value: float
    parameter: ParameterName = "weight"
    at: tuple[int, ...] = (0, 0)


class SetKernel(Action, frozen=True, tag="set kernel"):
    """Choose a known kernel by its title, for a channel of the first filter of a Conv2D."""

    node: NodeName
    kernel: str
    channel: int = 0


class SetOption(Action, frozen=True, tag="set option"):
    """Change an option of a node."""

    node: NodeName
    option: OptionName
    value: Any


class SetSetting(Action, frozen=True, tag="set setting"):
    """Change a setting of the training."""

    setting: SettingName
    value: Any


class SetData(Action, frozen=True, tag="set data"):
    """Change an option of the data."""

    option: DataOptionName
    value: Any


class ChooseData(Action, frozen=True, tag="choose data"):
    """Choose other data, with its usual options but for some."""

    kind: DataKind
    options: dict[str, Any] = {}


class AddLayer(Action, frozen=True, tag="add layer"):
    """Put a node of a kind, with some options, into the link behind another."""

    kind: LayerKind
    behind: NodeName
    options: dict[str, Any] = {}


class RemoveLayer(Action, frozen=True, tag="remove layer"):
    """Take a node away and join what stood around it."""

    node: NodeName


class Train(Action, frozen=True, tag="train"):
    """Press Train and let it run to its end, or for so many epochs."""

    epochs: int = 0


class Reset(Action, frozen=True, tag="reset"):
    """Begin again with the first weights."""


class Answer(Action, frozen=True, tag="answer"):
    """Answer the question of the step."""

    text: ChoiceText


class Show(Action, frozen=True, tag="show"):
    """Bring a panel to the front."""

    panel: PanelName


class Select(Action, frozen=True, tag="select"):
    """Click on a node."""

    node: NodeName


AnyAction = (
    SetWeight | SetKernel | SetOption | SetSetting | SetData | ChooseData | AddLayer | RemoveLayer | Train
    | Reset | Answer | Show | Select
)  # fmt: skip
