"""What a view shows, and what a person chose in it, as a check of a lesson sees it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Showing:
    """What is drawn of what was chosen.

    Attributes:
        chosen: values as they stand on the screen, by the names that the view has for them.
        step: of training, whose weights it is drawn with.
        is_whole: whether no more of it is to come.
        told: what comes of it, such as the class that is predicted, by name.
    """

    chosen: Mapping[str, Any] = field(default_factory=dict)
    step: int = 0
    is_whole: bool = True
    told: Mapping[str, Any] = field(default_factory=dict)
