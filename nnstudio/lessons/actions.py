"""What a learner may do in a step, as data: how a lesson tells its way to the answer, and wrong ways."""

from __future__ import annotations

from typing import Any, ClassVar

from msgspec import Struct

from nnstudio.lessons.names import (
    ChoiceText,
    DataKind,
    DataOptionName,
    Group,
    LayerKind,
    NodeName,
    OptionName,
    PanelName,
    ParameterName,
    Position,
    SettingName,
)


class Action(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="do"):
    """One thing that a learner does.

    Attributes:
        group: under which heading a list shows it.
    """

    group: ClassVar[Group] = Group.NETWORK


class SetWeight(Action, frozen=True, tag="set weight"):
    """Type a number into the weights of a layer, as the network has it."""

    group: ClassVar[Group] = Group.NUMBER
    node: NodeName
    value: float
    parameter: ParameterName = "weight"
    at: Position = (0, 0)


class SetKernel(Action, frozen=True, tag="set kernel"):
    """Choose a known kernel by its title, for a channel of the first filter of a Conv2D."""

    group: ClassVar[Group] = Group.NUMBER
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

    group: ClassVar[Group] = Group.DONE
    epochs: int = 0


class Reset(Action, frozen=True, tag="reset"):
    """Begin again with the first weights."""

    group: ClassVar[Group] = Group.DONE


class Answer(Action, frozen=True, tag="answer"):
    """Answer the question of the step."""

    group: ClassVar[Group] = Group.DONE
    text: ChoiceText


class Show(Action, frozen=True, tag="show"):
    """Bring a panel to the front."""

    group: ClassVar[Group] = Group.SEEN
    panel: PanelName


class ChooseInView(Action, frozen=True, tag="choose in view"):
    """Choose something in a view, such as a sample or a strength, and wait until it is drawn.

    Chosen are names of the view with values as they stand on the screen; without any it only waits.
    """

    group: ClassVar[Group] = Group.SEEN
    panel: PanelName
    chosen: dict[str, Any] = {}


class Select(Action, frozen=True, tag="select"):
    """Click on a node."""

    group: ClassVar[Group] = Group.SEEN
    node: NodeName


AnyAction = (
    SetWeight | SetKernel | SetOption | SetSetting | SetData | ChooseData | AddLayer | RemoveLayer | Train
    | Reset | Answer | Show | ChooseInView | Select
)  # fmt: skip
