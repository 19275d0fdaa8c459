"""The bar that tells of data that changed: what was learned stays, whichever button is clicked."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from moved_data import by_reference

from nnstudio.from_data import project_from_data

ROWS = "a,b,size\n" + "".join(f"{i},{i % 3},{2 * i + i % 4}\n" for i in range(60))


@pytest.fixture(params=["inside", "by reference"])
def changed(request, tmp_path, monkeypatch) -> Path:
    """A project whose table changed since."""
    monkeypatch.setenv("NNSTUDIO_CONFIG", str(tmp_path / "config"))
    if request.param == "by reference":
        by_reference(monkeypatch)
    table = tmp_path / "mine.csv"
    table.write_text(ROWS)
    project = project_from_data(table, {}).project
    project.state = project.session().state()
    project.save(tmp_path / "p.nns")
    table.write_text(ROWS + "200,2,390\n")
    return tmp_path / "p.nns"


def test_the_new_file_is_taken_and_undo_gives_it_back(hands, changed):
    window = hands.window
    assert hands.open(changed)
    bar = window.panels.changed
    assert bar.isVisible() and "mine.csv' has changed since" in bar.text.text()
    assert "command line" not in bar.text.text() and bar.take.text() == "Take the new file"
    before = window.workspace.project.state.params
    bar.take.click()
    assert not bar.isVisible()
    hands.wait(lambda: window.runner.has_network and len(window.runner.data.all_inputs()) == 61)
    state = hands.state()
    assert np.array_equal(state.params, before)
    hands.trigger("undo")
    hands.wait(bar.isVisible)
    assert np.array_equal(window.workspace.project.state.params, before)


def test_it_is_kept_as_it_was(hands, changed):
    assert hands.open(changed)
    bar = hands.window.panels.changed
    assert bar.isVisible()
    bar.keep.click()
    assert not bar.isVisible() and not hands.window.workspace.project.is_modified
    hands.window.files.new()
    assert not bar.isVisible()
