"""A package that another thread is just done with is imported all the same."""

from __future__ import annotations

import sys

import pytest

from nnkernels.spec.importing import imported


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Its module takes the package out of what is known the first time, as a thread does at a bad moment."""
    folder = tmp_path / "raced"
    folder.mkdir()
    (folder / "__init__.py").write_text("times = []\n")
    (folder / "part.py").write_text(
        "import sys\nfrom raced import times\ntimes.append(1)\n"
        "if len(times) == 1:\n    taken = sys.modules.pop('raced')\n    back = lambda: taken\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    yield
    for name in ("raced", "raced.part"):
        sys.modules.pop(name, None)


def test_a_package_that_was_away_for_a_moment_is_imported(package):
    assert imported("raced.part").__name__ == "raced.part"


def test_what_is_not_there_is_told():
    with pytest.raises(ModuleNotFoundError):
        imported("no_such_module")
