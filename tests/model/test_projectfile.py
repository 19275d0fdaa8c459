"""Project files: what is written is read, damage is a sentence, a failed write leaves the old file."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from nnstudio.model import projectfile
from nnstudio.model.atomic_file import FileError
from nnstudio.model.curve_columns import of_rows
from nnstudio.model.document import Document
from nnstudio.model.graph import Link, Node
from nnstudio.model.inference import infer
from nnstudio.model.projectfile import ProjectError
from nnstudio.model.saved import SavedData, SavedRun

GOLDEN = Path(__file__).parents[1] / "golden" / "format-1.nns"


def sample() -> tuple[Document, SavedRun]:
    document = Document()
    document.graph.insert_node(Node("input_1", "input", "Pixels", 1.5, -2))
    document.graph.insert_node(Node("dense_1", "dense", "Dense", 200, 0, {"units": 3}))
    document.graph.insert_link(Link("input_1", "dense_1"))
    row = {"epoch": 1, "steps": 5, "loss": 0.1, "accuracy": None, "val_loss": None, "val_accuracy": None,
           "samples_per_second": 10.0, "seconds": 0.5}  # fmt: skip
    run = SavedRun(np.arange(9, dtype=np.float32), "adam", 5, 1, 0, (0.0, 0.0, 0.0), of_rows([row]))
    return document, run


def test_what_is_written_is_read(tmp_path):
    document, run = sample()
    path = tmp_path / "a.nns"
    projectfile.write(path, document.to_dict(), run, SavedData("a.csv", "0" * 64, b"a,b\n1,2\n"))
    again = Document()
    opened = projectfile.read(path, again)
    back, table = opened.run, opened.data.table
    assert again.to_dict() == document.to_dict()
    assert np.array_equal(back.params, run.params)
    assert back.history.keys() == run.history.keys()
    for name, values in run.history.items():
        np.testing.assert_array_equal(back.history[name], values)
    assert table == b"a,b\n1,2\n"


def with_timeline(run: SavedRun, steps: list[int], values: int = 3) -> SavedRun:
    kept = np.arange(len(steps) * values, dtype=np.float32).reshape(len(steps), values)
    return replace(run, timeline=(np.array(steps, np.int64), kept))


def test_the_timeline_comes_back(tmp_path):
    document, run = sample()
    run = with_timeline(run, [0, 2, 5])
    projectfile.write(tmp_path / "a.nns", document.to_dict(), run)
    back = projectfile.read(tmp_path / "a.nns", Document()).run
    assert back.timeline[0].tolist() == [0, 2, 5] and np.array_equal(back.timeline[1], run.timeline[1])


@pytest.mark.parametrize(
    ("steps", "values", "why"),
    [([0, 6], 3, "do not rise"), ([2, 2], 3, "do not rise"), ([-1, 2], 3, "do not rise"),
     ([0, 1], 4, "4 values a step, the run 9"), ([], 3, "of shape")],
)  # fmt: skip
def test_a_damaged_timeline_is_left_out_and_the_run_kept(tmp_path, steps, values, why):
    document, run = sample()
    projectfile.write(tmp_path / "a.nns", document.to_dict(), with_timeline(run, steps, values))
    opened = projectfile.read(tmp_path / "a.nns", Document())
    assert opened.run is not None and opened.run.timeline is None
    assert "not its timeline" in opened.warnings[0] and why in opened.warnings[0]


def test_files_of_the_first_format_open_for_ever():
    document = Document()
    run = projectfile.read(GOLDEN, document).run
    assert [n.kind for n in document.graph.nodes] == ["input", "dense", "tanh", "dense", "sigmoid", "output"]
    assert document.data.kind == "xor" and document.settings.loss == "binary_cross_entropy"
    assert run.epoch == 3 and len(run.history["loss"]) == 3 and len(run.params) == 3 * 17


def test_the_second_format_holds_a_sub_network_and_a_frame():
    document = Document()
    projectfile.read(GOLDEN.with_name("format-2.nns"), document)
    (sub,) = document.subnetworks.values()
    assert [n.kind for n in sub.graph.nodes] == ["dense", "tanh", "input", "output"]
    assert document.uses(sub.id) == 1
    (note,) = document.graph.notes.values()
    assert note.frame and note.text == "A frame"
    assert infer(document.graph, (2,), subnetworks=document.graphs())[document.graph.nodes[-1].id].error == ""


def rewrite(path: Path, change) -> None:
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    content = json.loads(parts["project.json"])
    change(content)
    parts["project.json"] = json.dumps(content).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)


@pytest.mark.parametrize(
    "change, words",
    [
        (lambda c: c.pop("graph"), "damaged"),
        (lambda c: c.update(format=99), "newer nnstudio"),
        (lambda c: c.pop("format"), "has no format number"),
        (lambda c: c["graph"]["links"].append(["dense_1", "dense_1"]), "cannot feed itself"),
        (lambda c: c["graph"]["links"].append(["ghost", "dense_1"]), "damaged"),
        (lambda c: c["settings"].update(batch_size=0), "Batch size"),
        (lambda c: c["settings"].update(optimizer="magic"), "no optimizer called"),
        (lambda c: c["graph"]["nodes"][0].update(x="far"), "damaged"),
    ],
)
def test_a_damaged_project_gets_a_sentence(tmp_path, change, words):
    path = tmp_path / "a.nns"
    document, run = sample()
    projectfile.write(path, document.to_dict(), run)
    rewrite(path, change)
    with pytest.raises(ProjectError, match=words):
        projectfile.read(path, Document())


def test_every_truncation_gets_a_sentence(tmp_path):
    path = tmp_path / "a.nns"
    document, run = sample()
    projectfile.write(path, document.to_dict(), run)
    whole = path.read_bytes()
    for length in range(0, len(whole), 97):
        path.write_bytes(whole[:length])
        with pytest.raises(ProjectError, match=r"a\.nns"):
            projectfile.read(path, Document())
    for at in range(0, len(whole), 31):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x5A]) + whole[at + 1 :])
        try:
            projectfile.read(path, Document())
        except ProjectError:
            pass  # a sentence; anything else would fail the test


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "a.nns"
    document, run = sample()
    projectfile.write(path, document.to_dict(), run)
    before = path.read_bytes()

    def full(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(FileError, match="No space left"):
        projectfile.write(path, document.to_dict(), None)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["a.nns"]


def test_a_folder_that_is_not_there_gets_a_sentence(tmp_path):
    with pytest.raises(FileError, match="cannot be written"):
        projectfile.write(tmp_path / "no" / "a.nns", Document().to_dict(), None)
    with pytest.raises(ProjectError, match="cannot be opened"):
        projectfile.read(tmp_path / "none.nns", Document())


def test_an_unknown_layer_keeps_its_links_and_its_options(tmp_path):
    path = tmp_path / "a.nns"
    document, run = sample()
    projectfile.write(path, document.to_dict(), run)
    rewrite(path, lambda c: c["graph"]["nodes"][1].update(kind="dance", options={"steps": 3}))
    opened = Document()
    projectfile.read(path, opened)
    known = {n["id"]: n for n in opened.to_dict()["graph"]["nodes"]}
    changed = opened.graph.nodes[1]
    assert known[changed.id]["kind"] == "dance" and known[changed.id]["options"] == {"steps": 3}
    facts = infer(opened.graph, (2,))
    assert "no layer called 'dance'" in facts[changed.id].error
