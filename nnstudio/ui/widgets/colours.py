"""The colours of both themes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Colours:
    """Everything that is painted; hex texts."""

    dark: bool
    window: str
    base: str
    raised: str
    text: str
    muted: str
    border: str
    accent: str
    on_accent: str
    canvas: str
    grid: str
    node: str
    link: str
    error: str
    error_back: str
    good: str
    warning: str
    training: str
    validation: str
    first: str
    second: str


LIGHT = Colours(
    False, "#f3f4f7", "#ffffff", "#ffffff", "#1c2430", "#5f6b7a", "#d3d8e0", "#2a66d2", "#ffffff",
    "#fafbfc", "#e6e9ee", "#ffffff", "#8592a3", "#c62f3b", "#fdecee", "#22784a", "#8f5a00", "#2a66d2",
    "#b45309", "#2f6fde", "#e8862e",
)  # fmt: skip
DARK = Colours(
    True, "#20242b", "#181b21", "#2a2f38", "#e7eaf0", "#9aa5b5", "#3a414d", "#6aa1ff", "#10131a",
    "#1a1d23", "#262b33", "#2b313b", "#7f8c9f", "#ff7b84", "#43272c", "#5fca93", "#e8b64c", "#6aa1ff",
    "#ffac5c", "#5b93f5", "#f39a4b",
)  # fmt: skip
