"""Registries: files and other packages' entry points, duplicates, and what is broken."""

from __future__ import annotations

import sys
from importlib.metadata import EntryPoint, EntryPoints

import pytest

from nnkernels.spec import registry as registry_module
from nnkernels.spec.registry import Registry, skipped


class Thing:
    id = "thing"


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Writes modules of an importable package "room" and of others beside it."""
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "room").mkdir()
    (tmp_path / "room" / "__init__.py").write_text("")

    def write(name: str, text: str) -> None:
        (tmp_path / f"{name}.py").write_text(text)

    yield write
    for name in [n for n in sys.modules if n.split(".")[0] in ("room", "guest", "other")]:
        del sys.modules[name]


@pytest.fixture
def things(monkeypatch):
    """A registry over "room", which modules find as `registry_module.things`."""
    things: Registry = Registry("thing", "room", "nnstudio.things")
    monkeypatch.setattr(registry_module, "things", things, raising=False)
    return things


def installed(monkeypatch, **points: str) -> None:
    """Let the environment have these entry points."""
    result = EntryPoints(EntryPoint(name, value, "nnstudio.things") for name, value in points.items())
    monkeypatch.setattr(registry_module, "_installed", lambda: result)


REGISTERS = "from nnkernels.spec.registry import things\n@things.register\nclass T:\n    id = '{}'\n"


def test_modules_of_the_package_and_of_other_packages_are_found(package, things, monkeypatch):
    package("room/own", REGISTERS.format("own"))
    package("guest", REGISTERS.format("guest"))
    installed(monkeypatch, guest="guest")
    assert [t.id for t in things] == ["guest", "own"] and things.broken == {}


def test_nothing_is_imported_before_the_first_look(package, things, monkeypatch):
    package("guest", REGISTERS.format("guest"))
    installed(monkeypatch, guest="guest")
    assert "guest" not in sys.modules
    assert "guest" in things and "guest" in sys.modules


def test_what_is_broken_is_named_and_leaves_nothing_behind(package, things, monkeypatch, caplog):
    package("guest", REGISTERS.format("half") + "raise RuntimeError('no such card')\n")
    package("other", REGISTERS.format("well"))
    installed(monkeypatch, guest="guest", other="other", gone="nowhere")
    assert [t.id for t in things] == ["well"]
    assert "plug-in 'guest'" in things.broken["guest"] and "no such card" in things.broken["guest"]
    assert "nowhere" in things.broken["gone"]
    assert set(things.broken.values()) <= set(skipped())
    assert [r.getMessage() for r in caplog.records] == list(things.broken.values())
    caplog.clear()


def test_a_second_one_of_a_name_is_refused_and_the_first_stays(package, things, monkeypatch, caplog):
    package("room/own", REGISTERS.format("same"))
    package("guest", REGISTERS.format("same"))
    installed(monkeypatch, guest="guest")
    assert type(things["same"]).__module__ == "room.own"
    assert "Two things call themselves 'same'" in things.broken["guest"]
    caplog.clear()


def test_a_plug_in_that_exits_while_it_is_imported_is_skipped(package, things, monkeypatch, caplog):
    package("guest", "import sys\nsys.exit(3)\n")
    installed(monkeypatch, guest="guest")
    assert len(things) == 0 and "guest" in things.broken
    caplog.clear()


def test_it_is_loaded_piece_by_piece_and_the_rest_when_an_entry_is_needed(package, things, monkeypatch):
    for name in ("a", "b", "c"):
        package(f"room/{name}", REGISTERS.format(name))
    package("guest", REGISTERS.format("guest"))
    installed(monkeypatch, guest="guest")
    pieces = things.loading()
    next(pieces)
    assert "room.a" in sys.modules and "room.b" not in sys.modules
    assert [t.id for t in things] == ["a", "b", "c", "guest"]
    assert list(pieces) == [] == list(things.loading()) and things.broken == {}


def test_a_file_that_asks_for_entries_gets_those_before_it(package, things, monkeypatch):
    package("room/a", REGISTERS.format("a"))
    package("room/b", "from nnkernels.spec.registry import things\nseen = [t.id for t in things]")
    package("room/c", REGISTERS.format("c"))
    installed(monkeypatch)
    assert [t.id for t in things] == ["a", "c"]
    assert sys.modules["room.b"].seen == ["a"]
