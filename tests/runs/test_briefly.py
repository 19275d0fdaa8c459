"""What differs from the run before, as a list of runs says it, without reading any project."""

from __future__ import annotations

from dataclasses import replace

from nnstudio.model.settings import TrainingSettings
from nnstudio.runs.differences import briefly, runs_before
from nnstudio.runs.record import RunRecord

SETTINGS = TrainingSettings(optimizer="sgd")


def run(number: int, project: str = "spiral", **values) -> RunRecord:
    settings = SETTINGS
    for name, value in values.pop("settings", {}).items():
        settings = settings.with_option(name, value)
    return RunRecord(
        str(number), project_name=project, began=f"2026-01-02T03:04:{number:02}Z",
        settings=settings.to_dict(), **values,
    )  # fmt: skip


def test_each_run_follows_the_one_that_it_came_from_or_the_one_before_in_its_project():
    runs = [run(1), run(2, "xor"), run(3), run(4, parent="1"), run(5, parent="gone"), run(6, "xor")]
    before = {later: earlier.id for later, earlier in runs_before(reversed(runs)).items()}
    assert before == {"3": "1", "4": "1", "5": "4", "6": "2"}


def test_runs_of_a_sweep_are_told_from_what_was_there_before_it_and_not_from_one_another():
    runs = [run(1), *(run(number, sweep="s") for number in (2, 3, 4)), run(5, "xor", sweep="t")]
    runs += [run(6, "xor", sweep="t"), run(7, "xor", sweep="t")]
    before = {later: earlier.id for later, earlier in runs_before(runs).items()}
    assert before == {"2": "1", "3": "1", "4": "1", "6": "5", "7": "5"}


def test_settings_network_and_data_are_told_in_a_line():
    first = run(1, network_hash="a", data_hash="x")
    assert briefly(first, run(2, network_hash="a", data_hash="x")) == ""
    second = run(2, network_hash="b", data_hash="x", settings={"learning_rate": 0.5, "batch_size": 4})
    assert briefly(second, first) == ("Another network; learning rate 0.5, was 0.03; batch size 4, was 32")
    assert briefly(replace(first, data_hash="y"), first) == "Other data"


def test_a_run_whose_settings_are_not_known_is_not_said_to_differ_in_them():
    assert briefly(replace(run(1), settings={}), run(2)) == ""


def test_the_learning_rate_is_the_usual_one_where_none_was_chosen():
    assert run(1).value("learning_rate") == 0.03
    assert run(1, settings={"learning_rate": 0.5}).learning_rate == 0.5
    assert RunRecord("1").learning_rate is None
    assert replace(run(1), settings={"optimizer": "gone", "optimizer_options": {}}).learning_rate is None


def test_a_run_of_a_project_without_a_name_is_called_as_its_data():
    assert run(1, "untitled", data_name="Spiral").project_title == "Spiral"
    assert run(1, "mine", data_name="Spiral").project_title == "mine"
