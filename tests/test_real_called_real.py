"""Where all samples are real ones, for a judge, no command and no page calls its share of them accuracy."""

from __future__ import annotations

import csv
import io
import json
import shutil
from importlib.resources import files

import pytest
from sweep.projects import InProcess

from nnstudio import cli
from nnstudio.data.terms import NO_GOAL, REAL_RIGHT, Split
from nnstudio.doctor.findings.overfitting import _accuracies
from nnstudio.doctor.patient import Patient
from nnstudio.explain.curves import as_csv
from nnstudio.explain.outcome import score
from nnstudio.explain.results import ClassResults, ResultsProbe
from nnstudio.export.quality import quality
from nnstudio.lessons.lesson import shipped_lesson
from nnstudio.lessons.progress import Progress
from nnstudio.lessons.report import report
from nnstudio.lessons.sheet import as_markdown
from nnstudio.project import Project, open_example
from nnstudio.runs.record import RunRecord
from nnstudio.runs.store import RunStore
from nnstudio.ui.runs.columns import AT, COLUMNS, metric_tip
from nnstudio.ui.runs.lending import kept_runs


@pytest.fixture(scope="module")
def gan(tmp_path_factory):
    """A trained generator with its judge."""
    path = tmp_path_factory.mktemp("gan") / "gan.nns"
    source = files("nnstudio.resources") / "lessons" / "gan" / "start.nns"
    shutil.copyfile(str(source), path)
    project = Project.open(path)
    project.document.set_settings(project.document.settings.with_option("epochs", 2))
    project.save(path)
    return path


@pytest.fixture
def trained(gan, tmp_path, capsys):
    path = tmp_path / "gan.nns"
    shutil.copyfile(gan, path)
    assert cli.run(["train", str(path)]) == 0
    return path, capsys.readouterr().out


def said(capsys, *words):
    assert cli.run([*map(str, words)]) == 0
    told = capsys.readouterr()
    return told.out, told.err


def test_train_and_evaluate_say_what_is_counted(trained, capsys):
    path, told = trained
    assert f", {REAL_RIGHT} of Real " in told and "accuracy" not in told
    out, _err = said(capsys, "evaluate", path)
    assert f", {REAL_RIGHT} " in out and "accuracy" not in out
    row = json.loads(said(capsys, "evaluate", path, "--json")[0])
    assert row["only_real"] is True and 0 <= row["accuracy"] <= 1


def test_folds_do_so_too(trained, capsys):
    out, _err = said(capsys, "cross-validate", trained[0], "--folds", "2", "--threads", "1")
    assert out.count(REAL_RIGHT) == 3 and "accuracy" not in out


def test_a_sweep_says_it_of_its_metric(trained, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("nnstudio.sweep.cluster.Cluster", InProcess)
    files = [tmp_path / "trainings.csv", tmp_path / "curves.csv", tmp_path / "curves.png"]
    words = ["sweep", trained[0], "--vary", "learning_rate=0.001,0.002", "--metric", "val_accuracy"]
    writes = ["--csv", files[0], "--curves", files[1], "--curves", files[2]]
    out, err = said(capsys, *words, *writes)
    assert f"val_accuracy here: {REAL_RIGHT}. {NO_GOAL}" in err
    assert f"val {REAL_RIGHT}" in out and "accuracy" not in out
    for file in files[:2]:
        head = file.read_text().splitlines()[0].split(",")
        assert f"val {REAL_RIGHT}" in head and not any("accuracy" in name for name in head), file
    assert files[2].exists()
    row = json.loads(said(capsys, *words, "--json")[0].splitlines()[0])
    assert row["only_real"] is True and "val_accuracy" in row


def test_a_run_remembers_it_and_all_pages_say_it(trained, capsys):
    (record,) = RunStore().list()
    assert record.only_real
    out, _err = said(capsys, "runs", "show", record.id)
    assert any(line.split() == ["Accuracy", *REAL_RIGHT.split()] for line in out.splitlines())
    cells = [COLUMNS[AT[name]].text(record) for name in ("accuracy", "val_accuracy")]
    assert all(cell.endswith("% real") for cell in cells)
    assert NO_GOAL in metric_tip(record)
    (candidate,) = kept_runs(RunStore(), "")
    assert f"of the validation part {REAL_RIGHT}." in candidate.detail


def test_what_runs_are_exported_as_says_it(trained, tmp_path, capsys):
    (record,) = RunStore().list()
    curves, table, folder = tmp_path / "curves.csv", tmp_path / "runs.csv", tmp_path / "board"
    said(capsys, "runs", "export", record.id, curves)
    said(capsys, "runs", "export", record.id, table, "--format", "summary")
    said(capsys, "runs", "export", record.id, folder, "--format", "tensorboard")
    for file in (curves, table):
        (first, *_more) = csv.DictReader(io.StringIO(file.read_text()))
        assert first["only_real"] == "True", file
    (events,) = folder.rglob("events.*")
    content = events.read_bytes()
    # `test_tensorboard` reads the whole format; here names are enough.
    assert b"real_called_real/training" in content and b"real_called_real/validation" in content
    assert b"accuracy/" not in content and f"**Accuracy**: {REAL_RIGHT}. {NO_GOAL}".encode() in content


def test_robustness_counts_real_called_real(trained, tmp_path, capsys):
    file = tmp_path / "curve.csv"
    out, _err = said(capsys, "explain", "robustness", trained[0], "--out", file, "--set", "samples=20")
    assert f"{REAL_RIGHT} as they are" in out and "accuracy" not in out
    assert file.read_text().splitlines()[0] == f"strength,{REAL_RIGHT}"


def test_what_is_told_of_a_session_says_it(trained):
    project = Project.open(trained[0])
    session = project.session()
    told = [each for each in ResultsProbe(Split.TEST).run(session) if isinstance(each, ClassResults)]
    sentence = score(told[-1], session.data)
    assert "are real and called real" in sentence and "correctly" not in sentence
    figures = dict(_accuracies(Patient.of(session, {})))
    assert set(figures) == {"Real called real in training", "Real called real in validation"}
    written = as_csv(session.history, (), only_real=True).splitlines()[0].split(",")
    assert written[3:6] == [REAL_RIGHT, "val_loss", f"val {REAL_RIGHT}"]
    x, _y = session.data.part(session.data.judging)
    assert quality(session, x[:50], session.predict(x[:50])).name == REAL_RIGHT


def test_the_report_of_a_lesson_says_it(trained):
    text = as_markdown(report(shipped_lesson("gan"), Progress(), Project.open(trained[0])))
    assert f"Training {REAL_RIGHT}" in text and "accuracy" not in text


def test_of_other_data_nothing_changes(tmp_path, capsys):
    path = tmp_path / "iris.nns"
    open_example("iris").save(path)
    out, _err = said(capsys, "train", path, "--epochs", "2")
    assert "accuracy" in out and REAL_RIGHT not in out
    (record,) = RunStore().list()
    said(capsys, "runs", "export", record.id, tmp_path / "curves.csv")
    assert "only_real" not in (tmp_path / "curves.csv").read_text()
    assert Patient.of(Project.open(path).session(), {}).right == "Right"
    assert not record.only_real and COLUMNS[AT["accuracy"]].text(record).endswith("%")
    assert NO_GOAL not in metric_tip(RunRecord("1", epochs=2))
