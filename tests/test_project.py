"""A project and the files of this machine: what is opened never decides what is read."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from nnstudio import cli
from nnstudio.data.dataset import DataError
from nnstudio.data_links import links_file
from nnstudio.model.document import DataReference
from nnstudio.project import Project, open_example

ROWS = "a,b,size\n" + "".join(f"{i},{i % 3},{2 * i}\n" for i in range(40))


@pytest.fixture(autouse=True)
def settings_of_nobody(tmp_path, monkeypatch):
    monkeypatch.setenv("NNSTUDIO_CONFIG", str(tmp_path / "config"))


@pytest.fixture
def table(tmp_path) -> Path:
    path = tmp_path / "mine.csv"
    path.write_text(ROWS)
    return path


def project_on(path: Path) -> Project:
    project = open_example("celsius")
    project.document.set_data(DataReference("csv", {"path": str(path), "target": "size"}))
    return project


def rewrite(path: Path, change, drop: tuple[str, ...] = ()) -> None:
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist() if name not in drop}
    content = json.loads(members["project.json"])
    change(content)
    members["project.json"] = json.dumps(content).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)


def members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize("number", [2, 3])
@pytest.mark.parametrize("relative", [False, True])
def test_a_path_in_a_file_is_neither_read_nor_embedded(tmp_path, table, monkeypatch, number, relative):
    secret = tmp_path / "secret.csv"
    secret.write_text(ROWS.replace("size", "password"))
    monkeypatch.chdir(tmp_path)
    saved = tmp_path / "p.nns"
    project_on(table).save(saved)
    named = "secret.csv" if relative else str(secret)

    def change(content):
        content["format"] = number
        content["data"]["options"]["path"] = named
        content["data"].update(name=named, hash="")

    rewrite(saved, change, drop=("data.csv",))
    opened = Project.open(saved)
    with pytest.raises(DataError, match="Choose the file under Data"):
        opened.load_data()
    opened.save(tmp_path / "again.nns")
    assert b"password" not in b"".join(members(tmp_path / "again.nns").values())


def test_the_table_inside_beats_a_file_that_lies_at_the_old_path(tmp_path, table):
    project = project_on(table)
    project.load_data()
    project.save(tmp_path / "p.nns")
    table.write_text(ROWS.replace("size", "other"))
    opened = Project.open(tmp_path / "p.nns")
    assert opened.load_data().targets == ("size",)
    opened.save(tmp_path / "again.nns")
    assert members(tmp_path / "again.nns")["data.csv"] == ROWS.encode()


def test_a_person_links_other_data_and_that_is_saved(tmp_path, table):
    project = project_on(table)
    project.load_data()
    project.save(tmp_path / "p.nns")
    other = tmp_path / "other.csv"
    other.write_text(ROWS + "100,1,200\n")
    opened = Project.open(tmp_path / "p.nns")
    opened.link_data(other)
    data = opened.load_data()
    assert len(data.all_inputs()) == 41
    opened.save(tmp_path / "again.nns")
    assert members(tmp_path / "again.nns")["data.csv"] == other.read_bytes()


def test_no_path_of_this_machine_stands_in_the_file(tmp_path, table):
    project = project_on(table)
    project.load_data()
    project.save(tmp_path / "p.nns")
    content = json.loads(members(tmp_path / "p.nns")["project.json"])
    assert "path" not in content["data"]["options"] and content["data"]["name"] == "mine.csv"
    assert len(content["data"]["hash"]) == 64 and str(tmp_path) not in json.dumps(content)


def test_data_too_large_to_travel_is_found_where_this_person_has_it(tmp_path, table, monkeypatch):
    monkeypatch.setattr("nnstudio.project.MAX_TABLE_BYTES", 10)
    project = project_on(table)
    project.load_data()
    project.save(tmp_path / "p.nns")
    assert "data.csv" not in members(tmp_path / "p.nns")
    assert Project.open(tmp_path / "p.nns").data_file() == table
    links_file().unlink()
    with pytest.raises(DataError, match=r"'mine\.csv', which is not inside it"):
        Project.open(tmp_path / "p.nns").load_data()


def test_going_back_to_the_table_inside_still_finds_it(tmp_path, table):
    project = project_on(table)
    project.load_data()
    project.save(tmp_path / "p.nns")
    opened = Project.open(tmp_path / "p.nns")
    first = opened.document.data
    other = tmp_path / "other.csv"
    other.write_text(ROWS + "100,1,200\n")
    opened.link_data(other)
    opened.load_data()
    opened.document.set_data(first)
    data = opened.load_data()
    assert len(data.all_inputs()) == 40
    opened.save(tmp_path / "again.nns")
    assert members(tmp_path / "again.nns")["data.csv"] == ROWS.encode()


def test_the_command_line_takes_data_from_where_it_is_told(tmp_path, table, capsys):
    saved = tmp_path / "p.nns"
    project_on(table).save(saved)
    rewrite(saved, lambda c: c["data"].update(hash=""), drop=("data.csv",))
    assert cli.run(["evaluate", str(saved)]) == 2
    assert "--data" in capsys.readouterr().err
    assert cli.run(["evaluate", str(saved), "--data", str(table)]) == 0


def test_a_file_that_lies_about_its_size_unpacks_no_further(tmp_path):
    path = tmp_path / "bomb.nns"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("project.json", b'{"format": 3, "x": "' + b" " * 50_000_000 + b'"}')
    assert path.stat().st_size < 100_000
    with pytest.raises(ValueError, match="would unpack to 50 MB"):
        Project.open(path)
    # The directory at the end and the header before the content both declare less.
    content = path.read_bytes()
    size = (50_000_022).to_bytes(4, "little")
    assert content.count(size) == 2
    path.write_bytes(content.replace(size, (1000).to_bytes(4, "little")))
    with pytest.raises(ValueError, match=r"damaged|declares"):
        Project.open(path)


@pytest.mark.parametrize("method", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_other_ways_of_packing_are_refused(tmp_path, method):
    path = tmp_path / "p.nns"
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("project.json", b'{"format": 3}')
    with pytest.raises(ValueError, match="compressed in a way that is not read here"):
        Project.open(path)


def damaged_run(tmp_path, **changes) -> Path:
    path = tmp_path / "p.nns"
    open_example("xor").save(path)
    assert cli.run(["train", str(path), "--epochs", "2", "--json", "--threads", "1"]) == 0
    rewrite(path, lambda content: content["run"].update(changes))
    return path


@pytest.mark.parametrize(
    "changes",
    [
        {"cursor": -1}, {"step": float("inf")}, {"epoch": -1}, {"partial": [1]}, {"step": 10**400},
        {"history": [{"loss": "abc"}]}, {"best": [0.1, 1]}, {"partial": [float("nan"), 0, 0]},
        {"schedule": ["plateau", {}, [float("nan"), 0, 0]]}, {"schedule": ["plateau", {}, "many"]},
    ],
)  # fmt: skip
def test_a_damaged_run_is_left_out_and_the_network_kept(tmp_path, capsys, changes):
    path = damaged_run(tmp_path, **changes)
    before = path.read_bytes()
    opened = Project.open(path)
    assert opened.state is None and "not what it has learned" in opened.warnings[0]
    assert opened.path is None, "what could only be read in part must not be written over"
    assert len(opened.document.graph.nodes) == len(open_example("xor").document.graph.nodes)
    capsys.readouterr()
    assert cli.run(["train", str(path), "--epochs", "3"]) == 2
    assert "only be read in part" in capsys.readouterr().err and path.read_bytes() == before
    assert cli.run(["evaluate", str(path), "--salvage"]) == 0


def test_two_dimensional_weights_are_no_weights(tmp_path):
    import numpy as np
    from safetensors.numpy import load, save

    path = damaged_run(tmp_path)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    flat = load(parts["weights.safetensors"])["params"]
    parts["weights.safetensors"] = save({"params": np.ascontiguousarray(flat[:2, None])})
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    assert "not what it has learned" in Project.open(path).warnings[0]


def test_a_placeholder_named_in_a_file_saves_as_it_was(tmp_path):
    path = tmp_path / "p.nns"
    open_example("xor").save(path)
    rewrite(path, lambda c: c["graph"]["nodes"][1].update(kind="placeholder", options={"units": 8}))
    opened = Project.open(path)
    opened.save(tmp_path / "again.nns")
    node = json.loads(members(tmp_path / "again.nns")["project.json"])["graph"]["nodes"][1]
    assert (node["kind"], node["options"]) == ("placeholder", {"units": 8})


@pytest.mark.parametrize(
    "change",
    [
        lambda c: c["graph"]["nodes"][1].update(x=10**400),
        lambda c: c["graph"]["nodes"][1].update(x=float("nan")),
        lambda c: c["graph"]["nodes"][1].update(name="\ud800"),
        lambda c: c["settings"].update(epochs=10**30),
        lambda c: c["settings"].update(optimizer_options=[1]),
    ],
)
def test_numbers_and_texts_that_cannot_be_get_a_sentence(tmp_path, capsys, change):
    path = tmp_path / "p.nns"
    open_example("xor").save(path)
    rewrite(path, change)
    assert cli.run(["train", str(path), "--epochs", "1"]) == 2
    assert "p.nns" in capsys.readouterr().err


@pytest.mark.parametrize("columns", ["0-99999999999999", "1-99999999999999", "1-1000000," * 20])
def test_columns_are_counted_before_they_are_listed(tmp_path, capsys, columns):
    path = tmp_path / "p.nns"
    open_example("xor").save(path)
    rewrite(path, lambda c: c["graph"]["nodes"][-1]["options"].update(columns=columns))
    assert cli.run(["train", str(path), "--epochs", "1"]) == 2
    assert "Columns" in capsys.readouterr().err.replace("columns", "Columns")


def test_an_unknown_kind_of_data_is_kept_and_said(tmp_path, capsys):
    path = tmp_path / "p.nns"
    open_example("xor").save(path)
    rewrite(path, lambda c: c["data"].update(kind="nothing"))
    assert cli.run(["train", str(path), "--epochs", "1"]) == 2
    assert "no data set called 'nothing'" in capsys.readouterr().err
    Project.open(path).save(tmp_path / "again.nns")
    content = json.loads(members(tmp_path / "again.nns")["project.json"])
    assert content["data"]["kind"] == "nothing"


def test_the_identity_of_a_run_is_saved_and_absent_in_older_files(tmp_path):
    project, path = open_example("celsius"), tmp_path / "a.nns"
    session = project.session()
    session.single_step()
    project.state = session.state()
    project.save(path)
    assert Project.open(path).state.run == session.run
    rewrite(path, lambda content: content["run"].pop("id"))
    old = Project.open(path)
    assert not old.warnings and old.state.run == ""
