"""Lets the canvas follow what an edit adds or moves by itself, so that a person sees it."""

from __future__ import annotations

from collections.abc import Callable

from nnstudio.ui.canvas.view import CanvasView


def followed(view: CanvasView, act: Callable[[], bool]) -> bool:
    """Do an edit of the graph that is shown, and bring into sight what is new or stands elsewhere.

    Returns what ``act`` does: whether the edit was done.
    """
    canvas = view.canvas
    before = {node.id: (node.x, node.y) for node in canvas.graph.nodes}
    done = act()
    if done and view.canvas is canvas:
        view.reveal([n.id for n in canvas.graph.nodes if before.get(n.id) != (n.x, n.y)])
    return done
