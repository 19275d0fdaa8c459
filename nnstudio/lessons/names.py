"""What a text in a lesson is the name of, so that an editor can offer those that exist; a lesson may also
name what comes later, such as a layer that the learner adds.
"""

from __future__ import annotations

from enum import StrEnum, auto
from typing import Annotated

from msgspec import Meta


class Names(StrEnum):
    """Whose names may stand there."""

    ANYTHING = ""
    NODE = auto()
    PANEL = auto()
    LAYER = auto()
    DATA = auto()
    OPTION = auto()
    SETTING = auto()
    DATA_OPTION = auto()
    PARAMETER = auto()
    CHOICE = auto()
    TARGET = auto()
    POSITION = auto()


class Group(StrEnum):
    """What the verbs of a list are about, as a heading over them."""

    NETWORK = "The network, its data and its settings"
    NUMBER = "A number"
    DONE = "What was done"
    SEEN = "What is seen"


def _named(names: Names) -> Meta:
    return Meta(extra={"names": names})


NodeName = Annotated[str, _named(Names.NODE)]
PanelName = Annotated[str, _named(Names.PANEL)]
LayerKind = Annotated[str, _named(Names.LAYER)]
DataKind = Annotated[str, _named(Names.DATA)]
# Of the node that stands beside it.
OptionName = Annotated[str, _named(Names.OPTION)]
SettingName = Annotated[str, _named(Names.SETTING)]
DataOptionName = Annotated[str, _named(Names.DATA_OPTION)]
ParameterName = Annotated[str, _named(Names.PARAMETER)]
# Where in the array of the node that stands beside it: as many whole numbers, from 0, as the array has axes.
Position = Annotated[tuple[int, ...], _named(Names.POSITION)]
# Of the step's question.
ChoiceText = Annotated[str, _named(Names.CHOICE)]
