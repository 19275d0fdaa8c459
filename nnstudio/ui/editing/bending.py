"""Dots in the middle of links, by which they are led around something."""

from __future__ import annotations

from collections.abc import Sequence

from nnstudio.model.arrange import GRID, HEIGHT, WIDTH
from nnstudio.model.graph import Link
from nnstudio.model.insertion import bends
from nnstudio.ui.editing.editor import Editor


def bend_links(editor: Editor, links: Sequence[Link]) -> None:
    """Put a dot into each of these links, as one step, and select the dots: they are dragged next."""
    canvas, positions = editor.view.canvas, {}
    for link in links:
        middle = canvas.middle_of(link)
        x, y = middle.x() - WIDTH / 2, middle.y() - HEIGHT / 2
        positions[link] = (round(x / GRID) * GRID, round(y / GRID) * GRID)
    before = {node.id for node in editor.graph.nodes}
    if editor.do(bends(editor.graph, positions)):
        canvas.select([node.id for node in editor.graph.nodes if node.id not in before])
