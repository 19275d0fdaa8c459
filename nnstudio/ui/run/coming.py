"""What the run bar knows of another project that is on its way."""

from __future__ import annotations

from typing import Any, Protocol


class Coming(Protocol):
    """Something that takes time elsewhere, see `Task`."""

    text: str
    replaces: bool
    ended: Any
