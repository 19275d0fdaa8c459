"""Modules that are imported when they are first used; a start does without pyqtgraph."""

from __future__ import annotations

import ast
import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from nnstudio.ui.widgets.deferred import defer


@pytest.fixture
def written(tmp_path, monkeypatch):
    """Writes a module that tells when it runs; its name."""
    monkeypatch.syspath_prepend(str(tmp_path))
    names = []

    def write(name: str, text: str) -> str:
        (tmp_path / f"{name}.py").write_text(text)
        importlib.invalidate_caches()
        names.append(name)
        return name

    yield write
    for name in names:
        sys.modules.pop(name, None)


def test_a_module_runs_when_something_of_it_is_asked_for(written, capsys):
    defer(written("deferred_numbers", "print('runs')\none = 1\n"))
    module = importlib.import_module("deferred_numbers")
    assert not hasattr(module, "__wrapped__") and module.__name__ == "deferred_numbers"
    assert capsys.readouterr().out == ""
    assert module.one == 1 and importlib.import_module("deferred_numbers") is module
    assert capsys.readouterr().out == "runs\n"
    with pytest.raises(AttributeError):
        _ = module.two


def test_one_that_is_imported_already_stays_as_it_is(written):
    module = importlib.import_module(written("deferred_early", "one = 1\n"))
    defer("deferred_early")
    assert sys.modules["deferred_early"] is module


def test_one_that_fails_says_so_each_time(written):
    defer(written("deferred_broken", "raise ValueError('broken')\n"))
    module = importlib.import_module("deferred_broken")
    for _time in range(2):
        with pytest.raises(ValueError, match="broken"):
            _ = module.anything


def test_one_that_is_not_there_is_missed_where_it_is_imported():
    defer("deferred_nowhere")
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("deferred_nowhere")


UI = Path(__file__).parents[3] / "nnstudio" / "ui"
# What is made of pyqtgraph's own classes.
OF_ITS_CLASSES = ("plot_items", "plot_settings", "time_axis")


def run_on_import(tree: ast.AST) -> Iterator[ast.AST]:
    """All that runs when a module is imported: no bodies of functions, and no annotations."""
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(child, ast.AnnAssign):
            child = child.value or ast.Pass()
        yield child
        yield from run_on_import(child)


def test_no_view_asks_for_pyqtgraph_before_it_is_seen():
    looked_at = 0
    for path in UI.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        looked_at += "import pyqtgraph as pg" in text
        for node in run_on_import(ast.parse(text)):
            if isinstance(node, ast.ImportFrom):
                module = str(node.module)
                assert not module.startswith("pyqtgraph"), path
                assert module.rpartition(".")[2] not in OF_ITS_CLASSES, f"{path.name} imports {module}"
            elif isinstance(node, ast.Name) and node.id == "pg":
                assert path.stem in OF_ITS_CLASSES, f"{path.name} uses pyqtgraph when it is imported"
    assert looked_at > 10
