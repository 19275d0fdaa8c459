"""A lesson can be checked where there is no Qt: what its panels are called is read and not loaded."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import EntryPoint

import pytest

from nnstudio.lessons import view_titles as reading
from nnstudio.lessons.view_titles import view_choices, view_titles
from nnstudio.ui.live.view import live_views

THEIRS = """
from other_package import nothing

@views.register
class Theirs(nothing.View):
    id = "theirs"
    title = "Their view"
    order: int = 3

class Base:
    id = "no view"
    title = "Base"
"""


def test_the_program_knows_its_own_views_without_loading_them():
    code = (
        "import sys, nnstudio.lesson_command; from nnstudio.lessons.panels import panel_titles; "
        "print(len(panel_titles()), [m for m in ('PySide6', 'pyqtgraph.Qt') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout.split()[0]) > 20 and done.stdout.strip().endswith("[]")
    assert view_titles().items() >= {"weights": "Weights", "loss_curve": "Loss and accuracy"}.items()


def test_what_is_chosen_in_views_is_read_as_they_declare_it():
    declared = {view.id: view.make.chooses for view in live_views if not view.id.startswith("example_")}
    assert {name: chosen for name, chosen in view_choices().items() if name in declared} == declared
    assert set(declared["dream"]) >= {"layer", "unit"}


def test_those_of_other_packages_are_read_too_and_broken_ones_skipped(tmp_path, monkeypatch):
    (tmp_path / "their_view.py").write_text(THEIRS, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    points = [EntryPoint(name, f"{name}.there", reading.GROUP) for name in ("no_package",)]
    points.append(EntryPoint("theirs", "their_view", reading.GROUP))
    monkeypatch.setattr(reading, "entry_points", lambda group: points)
    registered = {view.id: view.title for view in live_views if not view.id.startswith("example_")}
    assert view_titles() == {**registered, "theirs": "Their view"}


def test_each_file_is_read_once_however_often_an_editor_asks(monkeypatch):
    before = view_choices()
    monkeypatch.setattr(reading.ast, "parse", lambda *_: pytest.fail("A file is parsed again."))
    assert view_choices() == before
