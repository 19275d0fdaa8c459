"""Windows without views, and writing that a test holds up."""

from __future__ import annotations

import threading

import pytest

from nnstudio.model import projectfile


@pytest.fixture
def shows_views() -> bool:
    return False


@pytest.fixture
def held_writing(monkeypatch):
    """Writing into a folder "held": it began, it may go on, and what it then raises."""
    began, gate, failure = threading.Event(), threading.Event(), []
    write = projectfile.write

    def held(path, *content, **options):
        if path.parent.name == "held":
            began.set()
            gate.wait(60)
            # Recovery copies go elsewhere.
            if failure:
                raise failure[0]
        write(path, *content, **options)

    monkeypatch.setattr(projectfile, "write", held)
    yield began, gate, failure
    gate.set()
