"""What a condition is: it says whether the learner did something, and what is still missing."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, ClassVar, Generic, TypeVar

from msgspec import Meta, Struct

from nnstudio.lessons.names import Group
from nnstudio.lessons.work import Network, NotThere, Work
from nnstudio.model.quantity import in_digits

# What a condition looks at; the pages of the API pass over names of one letter.
T = TypeVar("T")
Positive = Annotated[float, Meta(ge=0)]
# A hyphen that is the sign of a number: the texts of lessons have a minus there.
SIGN = re.compile(r"(?<![\w.,)–-])-(?=[\d.])")


class Verdict(Struct, frozen=True):
    """Whether a condition holds; where it does not, ``missing`` says in a sentence what it lacks, and
    ``is_wrong`` whether that was tried, and not right.
    """

    holds: bool
    missing: str = ""
    is_wrong: bool = False


YES = Verdict(True)


class Condition(Struct, Generic[T], frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="verb"):
    """``otherwise`` replaces the sentence on what is missing; "{now}" in it stands for what there is. With
    ``once`` it is enough that it held at some moment since the step was opened.

    Attributes:
        group: under which heading a list shows it.
        sways: whether it may hold in the middle of a run and not hold at the end of it.
    """

    group: ClassVar[Group] = Group.NETWORK
    sways: ClassVar[bool] = False

    otherwise: str = ""
    once: bool = False

    def look(self, seen: T) -> Verdict:
        """Whether it holds; what does not exist is a verdict too."""
        try:
            return self.judge(seen)
        except NotThere as error:
            return Verdict(False, str(error))

    def judge(self, seen: T) -> Verdict:
        """As `look`; may raise NotThere. Each verb has its own: a structure of msgspec cannot be abstract."""
        raise NotImplementedError

    def _judge(self, holds: bool, now: str, missing: str) -> Verdict:
        if holds:
            return YES
        # Where there is nothing to speak of yet, the usual sentence says so.
        has_now = now or "{now}" not in self.otherwise
        told = self.otherwise.replace("{now}", now) if self.otherwise and has_now else missing
        return Verdict(False, SIGN.sub("−", told))


class WorkCondition(Condition[Work], frozen=True):
    """Looks at the project and at what is on the screen."""


class NetworkCondition(Condition[Network], frozen=True):
    """Looks at weights and predictions."""

    group: ClassVar[Group] = Group.NUMBER
    sways: ClassVar[bool] = True


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
        if self.at_least is not None and self.at_least == self.at_most:
            return f"exactly {in_digits(self.at_least, 6)}"
        return self.told_as(lambda bound: in_digits(bound, 6))

    def told_as(self, shown: Callable[[float], str]) -> str:
        """In words, with each bound as the window ``shown`` has it."""
        low = "" if self.at_least is None else f"at least {shown(self.at_least)}"
        high = "" if self.at_most is None else f"at most {shown(self.at_most)}"
        return " and ".join(filter(None, (low, high)))
