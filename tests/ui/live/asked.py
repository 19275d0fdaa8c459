"""A live view that asks a session, without a worker."""

from __future__ import annotations


def draw(view, session):
    """Let it ask, and show it the answer."""
    *_pieces, result = view.probe().run(session)
    view.show_result(result)
    return result
