"""What the window calls its panels and buttons: lessons name them by identifiers, and know no window.

A lesson that somebody wrote by hand may use the titles, as they stand on the screen.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nnstudio.lessons.view_titles import view_titles

# Those whose title is not their identifier in words.
TITLES: Mapping[str, str] = {
    "palette": "Layers", "loss_curve": "Loss and accuracy", "function_curve": "Function", "why": "Why?",
    "generator": "Generated points",
}  # fmt: skip
# Panels that are no live views.
SHELL = ("palette", "outline", "map", "inspector", "history", "data", "training", "problems")
# Buttons that a step can point at.
BUTTONS = ("train", "step", "stop", "reset")
# Those that go by another name at times.
SAME_BUTTON = {"pause": "train", "resume": "train"}
_BY_TITLE = {title.casefold(): name for name, title in TITLES.items()}


def panel_title(name: str) -> str:
    """The title of the panel that is called so in a lesson."""
    return TITLES.get(name, name.replace("_", " ").capitalize())


def panel_titles() -> dict[str, str]:
    """The titles of all panels of a window, by their identifiers; reads the sources of its views."""
    return {name: panel_title(name) for name in SHELL} | view_titles()


def panel_name(text: str) -> str:
    """The identifier of the panel with this title; an identifier stays as it is."""
    title = text.strip().casefold()
    return _BY_TITLE.get(title, title.replace(" ", "_"))


def target_parts(text: str) -> tuple[str, str]:
    """What is to light up, as "panel", "button", "node" or "array" and its name in the lesson: from "panel
    weights", and from "Panel: Weights". The first part is whatever stands there where it is none of these.
    """
    kind, _, name = text.strip().partition(" ")
    kind, name = kind.removesuffix(":").casefold(), name.strip()
    if kind == "panel":
        return kind, panel_name(name)
    if kind == "button":
        return kind, SAME_BUTTON.get(name.casefold(), name.casefold())
    return kind, name


def by_identifiers(content: Any) -> Any:
    """A copy of what a `lesson.toml` holds, in which each panel and button is called by its identifier."""
    if isinstance(content, list):
        return [by_identifiers(item) for item in content]
    if not isinstance(content, Mapping):
        return content
    return {key: _renamed(key, value) for key, value in content.items()}


def _renamed(key: str, value: Any) -> Any:
    if key == "panel" and isinstance(value, str):
        return panel_name(value)
    if key in ("panels", "point_at") and isinstance(value, list):
        rename = panel_name if key == "panels" else _target
        return [rename(item) if isinstance(item, str) else item for item in value]
    # These are called as the layer, the data or the view calls them.
    return value if key in ("options", "chosen") else by_identifiers(value)


def _target(text: str) -> str:
    kind, name = target_parts(text)
    return f"{kind} {name}" if name and kind in ("panel", "button", "node", "array") else text
