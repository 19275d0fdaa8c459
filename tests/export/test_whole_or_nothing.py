"""An export is there as a whole, with its report, or what lay there before is."""

from __future__ import annotations

import json
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest
from export.cases import NEEDS_COMPILER

from nnstudio import cli
from nnstudio.export.c99.compiler import find_compiler
from nnstudio.export.exporting import export
from nnstudio.export.format import ExportError, formats
from nnstudio.model.atomic_file import FileError
from nnstudio.project import open_example
from nnstudio.training.session import Session

resource = pytest.importorskip("resource", reason="Windows has no limits on the size of files")

NAMES = [
    pytest.param(form.id, marks=NEEDS_COMPILER if form.id.startswith("c-") else ()) for form in formats
]  # fmt: skip


@pytest.fixture(scope="module")
def session() -> Session:
    return open_example("iris").session()


def target(name: str, folder: Path) -> Path:
    return folder / f"w{formats[name].suffix}"


def everything(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@contextmanager
def full_disk():
    """Gives what fills the disk: no file may grow beyond 100 bytes; undone before anybody reports the result,
    perhaps into a file.
    """
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        yield lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("name", NAMES)
def test_where_there_is_no_room_for_the_trial_a_sentence_says_where(name, session, tmp_path):
    told = r"temporary folder '.+' cannot be written: .+too large.+ TMPDIR"
    with full_disk() as fill, pytest.raises(FileError, match=told):
        fill()
        export(session, target(name, tmp_path), format_name=name)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("is_there", [True, False])
@pytest.mark.parametrize("name", NAMES)
def test_where_there_is_no_room_all_is_as_it_was(name, is_there, session, tmp_path):
    path = target(name, tmp_path)
    if is_there:
        export(session, path, format_name=name)
        (tmp_path / "mine.txt").write_text("mine")
    before = everything(tmp_path)
    calls = []

    def when_it_is_proven():
        calls.append(True)
        if len(calls) == 2:
            fill()

    with full_disk() as fill, pytest.raises(FileError, match=r"cannot be written: .+too large.+Make room"):
        export(session, path, when_it_is_proven, name)
    assert len(calls) > 1 and everything(tmp_path) == before
    assert is_there or not list(tmp_path.iterdir())


def test_where_there_is_no_room_to_prove_it_nothing_is_written(session, tmp_path):
    told = r"was not written: the result cannot be read back \(.*large"
    for name in ("numpy", *(["c"] if find_compiler() else [])):
        with full_disk() as fill, pytest.raises(ExportError, match=told):
            export(session, target(name, tmp_path), fill, name)
        assert not list(tmp_path.iterdir())


def test_a_folder_where_a_file_should_be_stops_all(session, tmp_path):
    (tmp_path / "w" / "model.py").mkdir(parents=True)
    with pytest.raises(FileError, match=r"model\.py' is a folder"):
        export(session, tmp_path / "w", format_name="keras")
    (tmp_path / "w.npz.parity.json").mkdir()
    with pytest.raises(FileError, match=r"parity\.json' is a folder"):
        export(session, tmp_path / "w.npz")
    assert not everything(tmp_path)


def test_the_command_looks_at_the_report_before_it_works(tmp_path, capsys, monkeypatch):
    project = tmp_path / "p.nns"
    assert cli.run(["example", "iris", str(project)]) == 0
    (tmp_path / "w.npz.parity.json").mkdir()
    monkeypatch.setattr("nnstudio.export_command.export", lambda *_: pytest.fail("it worked"))
    assert cli.run(["export", str(project), str(tmp_path / "w.npz")]) == 2
    assert "is a folder" in capsys.readouterr().err


def test_without_a_temporary_folder_a_sentence_says_so(session, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
    with pytest.raises(FileError, match=r"No temporary folder can be made: .* TMPDIR"):
        export(session, tmp_path / "w.npz")


def test_a_network_that_never_learned_is_told_from_one_that_did(tmp_path, capsys):
    session = open_example("celsius").session()
    assert "No step of training was done here" in export(session, tmp_path / "w.npz").caution
    session.advance(1)
    assert not export(session, tmp_path / "w.npz").caution
    project = tmp_path / "p.nns"
    assert cli.run(["example", "celsius", str(project)]) == 0
    capsys.readouterr()
    assert cli.run(["export", str(project), str(tmp_path / "w.npz"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["caution"].startswith("No step of training")
