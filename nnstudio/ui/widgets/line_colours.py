"""Colours of lines that stand for things of one kind, such as runs or layers, and their sign in a legend."""

from __future__ import annotations

from nnstudio.ui.widgets.theme import theme

SIGN = "━"
# For the lines behind the third, legible on light and dark.
MORE_COLOURS = ("#a05ec8", "#b98d00", "#0fa3b1", "#d6457c", "#7a8b99")


def line_colours() -> tuple[str, ...]:
    """Eight of them, in order; whoever has more lines begins again."""
    c = theme.colours
    return (c.training, c.validation, c.good, *MORE_COLOURS)
