"""What the canvas does by keys."""

from __future__ import annotations

from enum import StrEnum


class KeyCommand(StrEnum):
    """Commands of the canvas; a person's own keys are kept under their values."""

    ADD = "add"
    CONNECT = "connect"
    RENAME = "rename"
    CANCEL = "cancel"
    LEFT = "left"
    RIGHT = "right"
    UP = "up"
    DOWN = "down"
    FIT_SELECTION = "fit selection"
    FIT_ALL = "fit all"
