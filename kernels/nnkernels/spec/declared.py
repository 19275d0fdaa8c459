"""Options and what else everything that can be added declares: identifier, title, help, order."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

Options = Mapping[str, Any]
# The largest number that the engine can hold: beyond it, numbers become infinite.
LARGEST_NUMBER = (2 - 2**-23) * 2.0**127


class SpecError(ValueError):
    """A network, option or shape that cannot work; the text is a sentence for a person."""


class NodeError(SpecError):
    """A fault of one node; ``node`` is its identifier."""

    def __init__(self, node: str, text: str) -> None:
        super().__init__(text)
        self.node = node


# What turns an option on or off on a command line.
WORDS = {"on": True, "yes": True, "true": True, "off": False, "no": False, "false": False}


@dataclass(frozen=True)
class Option:
    """One setting of a layer, loss or optimizer; the inspector's form follows from it.

    Attributes:
        name: key in the saved file and on the command line.
        default: value of a new node; its type (bool, int, float, str) is the option's type.
        help: one line that says what the option does.
        low, high: inclusive range for numbers.
        choices: allowed values of a text option.
        when: name and value of another option; only then does this one matter.
        names_layer: whether the text is the identifier of another layer of the same kind, or empty.
        unit: of numbers that have one, such as "px" or "epochs".
        reads: for free text: raises a ValueError with a sentence where a text says nothing, whatever the
            network and the data are. Forms refuse such texts; a file that holds one still opens.
        zero: of whole numbers, what 0 stands for where it is no number, in a word or two, such as "guess".
    """

    name: str
    default: Any
    help: str
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    when: tuple[str, Any] | None = None
    names_layer: bool = False
    unit: str = ""
    reads: Callable[[str], object] | None = field(default=None, repr=False)
    zero: str = ""

    @property
    def title(self) -> str:
        return self.name.replace("_", " ").capitalize()

    def matters(self, options: Options) -> bool:
        """Whether the other options, all of them, leave this one something to say."""
        return self.when is None or options[self.when[0]] == self.when[1]

    def parse(self, text: str) -> Any:
        """A value as it is written on a command line, for `check`."""
        if isinstance(self.default, bool):
            return WORDS.get(text.lower(), text)
        return text

    def in_text(self, value: Any) -> str:
        """A value as it may be written on a command line."""
        return ("off", "on")[value] if isinstance(value, bool) else str(value)

    def check(self, value: Any) -> Any:
        """The value in this option's type. Raises SpecError with a sentence."""
        if self.choices:
            if value not in self.choices:
                allowed = ", ".join(self.choices)
                raise SpecError(f"{self.title} must be one of {allowed}; received {value!r}.")
            return value
        if isinstance(self.default, str):
            if not isinstance(value, str):
                raise SpecError(f"{self.title} must be text; received {value!r}.")
            return value
        if isinstance(self.default, bool):
            if not isinstance(value, bool):
                raise SpecError(f"{self.title} must be on or off; received {value!r}.")
            return value
        kind = type(self.default)
        try:
            number = kind(value)
            exact = float(number) == float(value)
        except (TypeError, ValueError, OverflowError):
            exact, number = False, self.default
        # Beyond this, numbers are not exact in JSON, and counts do not fit the engine's integers.
        if kind is int and abs(number) > 2**53:
            raise SpecError(f"{self.title} must be smaller than 2 to the power of 53.")
        if not exact or not math.isfinite(number):
            word = "a whole number" if kind is int else "a number"
            raise SpecError(f"{self.title} must be {word}; received {value!r}.")
        if (self.low is not None and number < self.low) or (self.high is not None and number > self.high):
            span = f"from {self.low} to {self.high}" if self.high is not None else f"{self.low} or more"
            raise SpecError(f"{self.title} must be {span}; received {value!r}.")
        return number


def in_steps(options: tuple[Option, ...]) -> tuple[Option, ...]:
    """The same options for a layer over sequences: lengths are steps, not pixels."""
    return tuple(replace(o, unit="steps") if o.unit == "px" else o for o in options)


class Declared:
    """Base of everything that has an identifier, a title and options.

    Attributes:
        help: one sentence; ``order``: where it stands in lists.
        pytorch: name of its twin in PyTorch, such as "nn.ReLU"; tests/golden then holds it against that one.
            Empty where there is none, or where the NumPy reference is proof enough.
    """

    id: str = ""
    title: ClassVar[str] = ""
    help: ClassVar[str] = ""
    order: ClassVar[int] = 0
    pytorch: ClassVar[str] = ""
    options: ClassVar[tuple[Option, ...]] = ()

    def defaults(self) -> dict[str, Any]:
        """Option names and their default values."""
        return {option.name: option.default for option in self.options}

    def has_option(self, name: str) -> bool:
        """Whether there is an option of this name."""
        return any(option.name == name for option in self.options)

    def complete(self, given: Options) -> dict[str, Any]:
        """Given options checked, the missing ones filled in. Raises SpecError."""
        known = {option.name for option in self.options}
        for name in given:
            if name not in known:
                names = ", ".join(option.name for option in self.options) or "none"
                raise SpecError(f"{self.title} has no option called '{name}'. Its options are: {names}.")
        return {o.name: o.check(given.get(o.name, o.default)) for o in self.options}
