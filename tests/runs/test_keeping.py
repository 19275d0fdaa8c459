"""Records say what a run was: its network, data, settings, numbers, machine; and the best epoch."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from runs.recorded import trained

from nnstudio import __version__
from nnstudio.model.curve_columns import LOWEST
from nnstudio.model.document import DataReference
from nnstudio.project import Project
from nnstudio.runs.keeping import Circumstances, best_of, snapshot_of
from nnstudio.runs.record import RunRecord, RunStatus
from nnstudio.training.curve import Curve, Epoch


def record_of(project: Project, **known) -> RunRecord:
    session = project.session()
    session.single_step()
    circumstances = Circumstances(data=session.data, **known)
    return snapshot_of(project, session.state(), RunStatus.FINISHED, circumstances).record


def test_a_record_says_what_the_run_was(tmp_path):
    project, session = trained("xor", 2, batch_size=25, seed=4)
    known = Circumstances(
        tmp_path / "mine.nns", session.data, "2026-11-30T01:02:03Z", 2, estimate_seconds=1.5, parent="p" * 32,
        sweep="s", values={"l2": 0.1}, reason="why",
    )  # fmt: skip
    record = snapshot_of(project, session.state(), RunStatus.STOPPED, known).record
    assert (record.id, record.project_name) == (session.run, "mine")
    assert record.project_path == str(tmp_path / "mine.nns")
    assert (record.began, record.status, record.reason) == ("2026-11-30T01:02:03Z", "stopped", "why")
    assert (record.epochs, record.steps, record.seed) == (2, session.steps, 4)
    assert record.settings == project.document.settings.to_dict() and record.settings["batch_size"] == 25
    assert record.metrics["val_loss"] == session.history[-1].val_loss
    assert record.seconds == session.history[-1].seconds and record.estimate_seconds == 1.5
    assert (record.data_kind, record.data_name, record.watched) == ("xor", "Exclusive or", "validation")
    assert record.split == "250 for training, 125 for validation and 125 for test"
    assert record.versions["nnstudio"] == __version__ and record.versions["numpy"] == np.__version__
    assert record.machine["cores"] >= 1 and record.machine["threads"] == 2 and record.machine["processor"]
    assert (record.parent, record.sweep, record.values) == ("p" * 32, "s", {"l2": 0.1})


def test_the_epoch_that_early_stopping_brought_back_is_recorded():
    # With a rate of 0 no epoch is better than the first.
    project, session = trained("xor", 9, patience=2, learning_rate=0.0)
    known = Circumstances(data=session.data)
    record = snapshot_of(project, session.state(), RunStatus.FINISHED, known).record
    assert (record.epochs, record.returned_to, record.stopped_early) == (3, 1, True)
    assert record.ended_with_best and record.value("val_loss") == session.history[0].val_loss
    project, session = trained("xor", 2, patience=2, learning_rate=0.0)
    record = snapshot_of(project, session.state(), RunStatus.FINISHED, known).record
    assert (record.epochs, record.returned_to, record.stopped_early) == (2, 1, False)
    assert not record_of(project).returned_to


def test_the_hash_of_a_network_is_of_what_it_computes_with():
    project, _ = trained("xor", 1)
    graph, before = project.document.graph, record_of(project).network_hash
    dense = next(node for node in graph.nodes if node.kind == "dense")
    graph.replace_node(replace(dense, x=dense.x + 7, name="Renamed"))
    assert record_of(project).network_hash == before
    graph.replace_node(replace(dense, options={**dense.options, "units": 5}))
    assert record_of(project).network_hash != before


def test_the_hash_of_data_follows_its_content_and_not_its_path(tmp_path):
    rows = "a,size\n" + "".join(f"{i},{2 * i}\n" for i in range(40))
    hashes = []
    for name, text in (("a", rows), ("b", rows), ("c", rows.replace("7", "8"))):
        path = tmp_path / f"{name}.csv"
        path.write_text(text)
        project, _ = trained("celsius", 1)
        project.document.set_data(DataReference("csv", {"path": str(path), "target": "size"}))
        hashes.append(record_of(project).data_hash)
    assert hashes[0] == hashes[1] != hashes[2]


def test_no_path_of_the_data_stands_in_what_is_kept(tmp_path):
    path = tmp_path / "secret" / "a.csv"
    path.parent.mkdir()
    path.write_text("a,size\n" + "".join(f"{i},{2 * i}\n" for i in range(40)))
    project, _ = trained("celsius", 1)
    project.document.set_data(DataReference("csv", {"path": str(path), "target": "size"}))
    session = project.session()
    snapshot = snapshot_of(project, session.state(), RunStatus.FINISHED)
    assert b"secret" not in snapshot.content().project and "secret" not in repr(snapshot.record)
    assert json.loads(snapshot.content().project)["data"]["name"] == "a.csv"


def epoch(number: int, loss: float, val_loss: float | None) -> Epoch:
    return Epoch(number, number, loss, None, val_loss, None, 1.0, float(number))


@pytest.mark.parametrize(
    "losses, best",
    [
        ([], {}),
        ([(3.0, None), (1.0, None), (2.0, None)], {"epoch": 2, "loss": 1.0, "val_loss": None}),
        ([(3.0, 1.0), (1.0, 4.0)], {"epoch": 1, "loss": 3.0, "val_loss": 1.0}),
        ([(3.0, 1.0), (1.0, 1.0)], {"epoch": 1, "loss": 3.0, "val_loss": 1.0}),
        ([(float("nan"), None)], {}),
    ],
)
def test_the_best_epoch_is_the_first_with_the_lowest_watched_loss(losses, best):
    curve = Curve(epoch(i + 1, *pair) for i, pair in enumerate(losses))
    assert {name: best_of(curve).get(name) for name in best} == best and bool(best_of(curve)) == bool(best)


def test_of_a_row_of_several_epochs_the_lowest_loss_counts():
    curve = Curve(epoch(i + 1, 5.0 + abs(i - 1500) / 1000, None) for i in range(4000)).thinned(40)
    best = best_of(curve)
    assert best["loss"] == pytest.approx(curve.column(LOWEST[0]).min()) == 5.0
    assert best["span"] > 1 and best["epoch"] - best["span"] < 1501 <= best["epoch"]
