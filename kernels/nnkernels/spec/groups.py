"""Names of optimizer groups, and lists of them, as a person writes them; must not import numba."""

from __future__ import annotations

import re

from nnkernels.spec.declared import SpecError

# The group of a layer that names none.
MAIN_GROUP = "main"
# All groups, where losses are said to train some.
ALL_GROUPS = "all"
# What takes turns names groups, and how often in a row: words that cannot be taken for anything else.
_NAME = re.compile(r"[^\W\d_][\w\- ]{0,39}")
MOST_IN_A_ROW = 1000


def read_group(text: str) -> str:
    """The name of a group. Raises SpecError with a sentence where it is none."""
    name = " ".join(text.split())
    if not _NAME.fullmatch(name) or name == ALL_GROUPS or name[-1:].isdigit():
        raise SpecError(
            "An optimizer group is called by a word or two that begin with a letter and do not end in a "
            f"digit, such as generator; '{ALL_GROUPS}' means all of them. Received '{text}'."
        )
    return name


def read_groups(text: str) -> tuple[str, ...] | None:
    """The groups that a text such as "judge, generator" names; None for "all". Raises SpecError."""
    if text.strip() in (ALL_GROUPS, ""):
        return None
    return tuple(dict.fromkeys(read_group(name) for name in text.split(",")))


def read_turns(text: str) -> tuple[tuple[str, int], ...]:
    """Groups in the order in which they take steps, with how many in a row: of "judge 5, generator".

    Nothing for an empty text. Raises SpecError with a sentence.
    """
    turns = []
    for part in text.split(",") if text.strip() else ():
        words = part.split()
        count = words.pop() if len(words) > 1 and words[-1].isdecimal() else "1"
        if not 1 <= int(count[:9]) <= MOST_IN_A_ROW:
            raise SpecError(
                f"A group takes 1 to {MOST_IN_A_ROW:,} steps in a row; received '{part.strip()}'."
            )
        if any(word.isdecimal() for word in words):
            raise SpecError(
                f"'{part.strip()}' names several groups. Put commas between them, as in judge 5, generator 1."
            )
        turns.append((read_group(" ".join(words)), int(count)))
    return tuple(turns)


def read_target(text: str) -> float | None:
    """The number that an Output is compared with; None for "data". Raises SpecError with a sentence."""
    if text.strip() in ("data", ""):
        return None
    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    if not abs(number) <= 1e9:
        raise SpecError(f"The target is 'data', or one number for all samples, such as 1; received '{text}'.")
    return number


__all__ = ["ALL_GROUPS", "MAIN_GROUP", "read_group", "read_groups", "read_target", "read_turns"]
