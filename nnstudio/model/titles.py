"""What the window calls layers, losses and the like, and their options, where only an identifier is known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nnkernels.spec import Option
from nnkernels.spec.registry import Registry

# What options are called whose own names say too little.
LAYER_TITLES: Mapping[str, str] = {
    "two_lengths": "Height and width differ", "gives": "Last step gives", "same": "Same padding",
    "reset": "Reset gate acts", "change": "Zoom by", "every": "Drop every", "final": "Final share",
}  # fmt: skip

# What stands for a value of an option in the window whose own name says too little there.
VALUE_TITLES: Mapping[str, Mapping[str, str]] = {
    "columns": {"all": "all values"}, "loss": {"run": "as in Training"},
    "target": {"data": "from the data"}, "trains": {"all": "all layers"},
}  # fmt: skip


def entry_title(registry: Registry[Any], name: str) -> str:
    """The title of an entry; the identifier of one that is not installed here."""
    return str(registry[name].title) if name in registry else name


def entry_options(registry: Registry[Any], name: str) -> dict[str, Option]:
    """The options of an entry by name; none of one that is not installed here."""
    return {option.name: option for option in registry[name].options} if name in registry else {}


def titled(name: str) -> str:
    """The title of an option or a setting."""
    return LAYER_TITLES.get(name) or name.replace("_", " ").capitalize()


def choice_title(name: str) -> str:
    """The title of what is chosen in a view; a name that is written with capitals is a person's own."""
    return name if name != name.lower() else name.replace("_", " ").capitalize()


def in_sentence(title: str) -> str:
    """A title inside a sentence: "learning rate", but "L2" as it is."""
    return title if title[1:].lower() != title[1:] or title[1:].isdigit() else title.lower()
