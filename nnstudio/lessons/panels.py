"""What the window calls its panels: lessons name them by identifiers, and know no window."""

from __future__ import annotations

from collections.abc import Mapping

# Those whose title is not their identifier in words.
TITLES: Mapping[str, str] = {
    "palette": "Layers", "loss_curve": "Loss and accuracy", "function_curve": "Function",
}  # fmt: skip


def panel_title(name: str) -> str:
    """The title of the panel that is called so in a lesson."""
    return TITLES.get(name, name.replace("_", " ").capitalize())
