"""What a worker is given of a project, and what it refuses to train with."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sweep.projects import InProcess, iris

from nnstudio import project as project_module
from nnstudio.from_data import project_from_data
from nnstudio.project import Project
from nnstudio.sweep.space import Repeat
from nnstudio.sweep.trial import Outcome, SharedProject, Status, TrialOrder, forget, share, take

ORDER = TrialOrder("shared", {}, Repeat(), 2)


@pytest.fixture
def table(tmp_path) -> Path:
    path = tmp_path / "flats.csv"
    path.write_text("\n".join(["size,price", *(f"{a},{a * 2 + 1}" for a in range(60)), ""]), encoding="utf-8")
    return path


def project_of(table: Path) -> Project:
    project = project_from_data(table, {}).project
    project.document.set_settings(project.document.settings.with_option("epochs", 2))
    return project


def trained(shared: SharedProject, workers: InProcess) -> Outcome:
    """What a worker makes of a project that it is given anew."""
    forget(shared.id)
    take(shared)
    return workers.submit(ORDER, "").result()


def test_a_table_travels_and_a_file_that_is_gone_is_not_missed(table, in_process):
    project = project_of(table)
    project.load_data()
    shared = share(project, "shared")
    table.unlink()
    assert shared.path == "" and trained(shared, in_process).status == Status.TRAINED


def test_data_that_is_too_large_is_read_where_it_lies_if_it_is_the_same(table, in_process, monkeypatch):
    monkeypatch.setattr(project_module, "MAX_TABLE_BYTES", 10)
    shared = share(project_of(table), "shared")
    assert shared.path == str(table) and table.read_bytes() not in shared.project
    assert trained(shared, in_process).status == Status.TRAINED
    table.write_text(table.read_text("utf-8").replace("59,119", "59,120"), encoding="utf-8")
    refused = trained(shared, in_process)
    assert (
        refused.status == Status.REFUSED
        and "holds something else on this worker's machine" in refused.message
    )
    table.unlink()
    refused = trained(shared, in_process)
    assert refused.status == Status.REFUSED and "is not on this worker's machine" in refused.message


def test_data_is_shared_with_the_options_that_it_has(table, in_process):
    project = project_of(table)
    project.set_data_option("validation_ratio=0.5")
    outcome = trained(share(project, "shared"), in_process)
    session = project.session()
    for _ in session.slices():
        pass
    assert outcome.metrics["val_loss"] == session.history[-1].val_loss


def test_another_version_is_refused(in_process):
    shared = replace(share(iris(), "shared"), version="0.0.9")
    refused = trained(shared, in_process)
    assert refused.status == Status.REFUSED and "and the sweep 0.0.9" in refused.message


def test_an_order_of_a_sweep_that_was_stopped_is_not_trained(in_process):
    forget("shared")
    refused = in_process.submit(ORDER, "").result()
    assert (refused.status, refused.message) == (Status.REFUSED, "This sweep was stopped.")


def test_the_run_that_a_project_had_is_not_sent():
    project = iris()
    before = len(share(project, "shared").project)
    session = project.session()
    for _ in session.slices():
        pass
    project.state = session.state()
    assert len(share(project, "shared").project) < before + 2000
