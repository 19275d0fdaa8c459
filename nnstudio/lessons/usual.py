"""What the checks of a step say by themselves, so that a teacher knows what other words would replace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from nnkernels.spec import SpecError
from nnkernels.spec.registry import UnknownName
from nnstudio.data.dataset import DataError
from nnstudio.lessons.condition import WorkCondition
from nnstudio.lessons.conditions import AnyCondition
from nnstudio.lessons.draft import without_empty
from nnstudio.lessons.panels import by_identifiers
from nnstudio.lessons.player import Player
from nnstudio.lessons.work import NotThere
from nnstudio.model.atomic_file import FileError


def usual_sentences(project: Path, checks: Sequence[Mapping[str, Any]]) -> list[str]:
    """For each check, as a draft has it, what it says of the project that a lesson begins with.

    "" where it is not complete, holds, or asks for what comes later. Compute thread only.
    """
    try:
        player = Player(project)
    except (FileError, SpecError, DataError):
        return [""] * len(checks)
    return [_usual(player, check) for check in checks]


def _usual(player: Player, check: Mapping[str, Any]) -> str:
    plain = {name: value for name, value in check.items() if name != "otherwise"}
    try:
        condition: Any = msgspec.convert(by_identifiers(without_empty(plain)), AnyCondition)
        seen = player.work() if isinstance(condition, WorkCondition) else player.network()
        return str(condition.judge(seen).missing)
    except (msgspec.ValidationError, NotThere, SpecError, DataError, UnknownName, LookupError):
        return ""
