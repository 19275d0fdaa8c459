"""The curve stays bounded however long a run is; what is merged keeps its extremes, and a resume is exact."""

from __future__ import annotations

import csv
import io
import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from nnstudio.explain.curves import as_csv
from nnstudio.model.curve_columns import DRAWN, checked_columns
from nnstudio.project import Project, open_example
from nnstudio.training.curve import MOST_ROWS, WHOLE_AT_ENDS, Curve, Epoch
from nnstudio.training.journal import TrainingStatistics
from nnstudio.training.session import Session

MANY = 400_000
GOLDEN = Path(__file__).parents[1] / "golden"


def epochs(first: int, last: int, has_validation: bool = True) -> list[Epoch]:
    """Made-up epochs whose losses are noise with a few sharp peaks."""
    noise = np.random.default_rng(first).random((last - first + 1, 4))
    noise[::997] *= 50
    return [
        Epoch(n, 3 * n, loss, accuracy, *((v, a) if has_validation else (None, None)), 10.0, n / 8)
        for n, (loss, accuracy, v, a) in enumerate(noise.tolist(), first)
    ]


@pytest.fixture(scope="module")
def all_epochs() -> list[Epoch]:
    return epochs(1, MANY)


@pytest.fixture(scope="module")
def long(all_epochs) -> Curve:
    curve = Curve()
    most = 0
    for epoch in all_epochs:
        curve.append(epoch)
        most = max(most, len(curve))
    assert most == MOST_ROWS
    return curve


def test_a_short_run_keeps_every_epoch():
    rows = epochs(1, MOST_ROWS)
    curve = Curve(rows)
    assert curve.span == 1 and curve.total == len(curve) == MOST_ROWS
    assert list(curve) == rows and curve[-1] == rows[-1] and curve[3:5] == rows[3:5]


def test_memory_and_what_is_saved_stay_bounded(long):
    assert long.total == MANY
    assert long.nbytes < 2.5 * 2**20
    assert sum(array.nbytes for array in long.columns().values()) < 2.5 * 2**20


def test_merged_rows_cover_every_epoch_once_and_keep_the_extremes(long, all_epochs):
    ends, spans = long.column("epoch").astype(int), long.column("span").astype(int)
    assert ends[-1] == MANY and np.array_equal(np.cumsum(spans), ends)
    for name in DRAWN:
        values = np.array([getattr(row, name) for row in all_epochs])
        assert np.array_equal(long.column(name), values[ends - 1])
        assert np.array_equal(long.column(f"{name}_lowest"), np.minimum.reduceat(values, ends - spans))
        assert np.array_equal(long.column(f"{name}_highest"), np.maximum.reduceat(values, ends - spans))


def test_the_ends_are_whole_and_the_rest_about_equally_fine(long, all_epochs):
    assert long[:WHOLE_AT_ENDS] == all_epochs[:WHOLE_AT_ENDS]
    assert long[-WHOLE_AT_ENDS:] == all_epochs[-WHOLE_AT_ENDS:]
    # At least a thousandth of the run can be told apart anywhere.
    assert 1 < long.span <= 2 * MANY / (MOST_ROWS / 2)


def test_a_thinned_copy_has_the_extremes_of_the_whole(long):
    thin = long.thinned(300)
    assert len(thin) <= 300 and thin.total == MANY and thin[-1] == long[-1]
    for name in DRAWN:
        assert thin.column(f"{name}_lowest").min() == long.column(f"{name}_lowest").min()
        assert thin.column(f"{name}_highest").max() == long.column(f"{name}_highest").max()
    assert np.array_equal(np.cumsum(thin.column("span")), thin.column("epoch"))


@pytest.mark.parametrize("step", [1, 700, 5_000, 30_000])
def test_who_follows_has_the_same_rows(step):
    rows = epochs(1, 60_000)
    curve, other = Curve(), Curve()
    for at in range(0, len(rows), step):
        for row in rows[at : at + step]:
            curve.append(row)
        if step > 1 or at % 113 == 0:
            news = curve.after(other.total)
            assert step > WHOLE_AT_ENDS or len(news) <= max(step, 113)
            other.follow(news)
    other.follow(curve.after(other.total))
    assert other == curve and other.total == len(rows)


def test_news_of_a_curve_that_began_anew_change_nothing():
    other = Curve(epochs(1, 50))
    other.follow(Curve(epochs(1, 10)).after(other.total))
    assert list(other) == epochs(1, 50)


def test_a_copy_stays_as_it_is():
    curve = Curve(epochs(1, 100))
    copy = curve.copy()
    for row in epochs(101, MOST_ROWS + 1):
        curve.append(row)
    assert list(copy) == epochs(1, 100)


@pytest.mark.parametrize("has_validation", [True, False])
def test_columns_come_back_as_they_were(long, has_validation):
    for curve in (long, Curve(), Curve(epochs(1, 9, has_validation))):
        columns = curve.columns()
        back = Curve.of_columns(checked_columns(columns, len(curve)))
        assert back == curve and back.total == curve.total
        assert back.has("val_loss") == curve.has("val_loss")


def test_a_long_curve_of_a_file_that_has_every_epoch_is_thinned(all_epochs):
    short = Curve(all_epochs[:10]).columns()
    whole = {name: np.resize(values, 50_000) for name, values in short.items()}
    curve = Curve.of_columns(whole)
    assert curve.total == 50_000 and len(curve) <= MOST_ROWS
    assert curve.column("loss_lowest").min() == whole["loss"].min()


def test_a_value_that_is_not_a_number_does_not_hide_its_neighbours():
    rows = [replace(row, val_loss=float("nan") if row.epoch % 2 else row.val_loss) for row in epochs(1, 100)]
    thin = Curve(rows).thinned(10)
    assert np.isfinite(thin.column("val_loss_lowest")).all()
    assert Curve([replace(row, val_loss=None) for row in rows]).thinned(10)[3].val_loss is None


# Saved and resumed


def plateau(session: Session) -> Session:
    """The same data and network, the rate reduced on plateaus."""
    settings = session.settings.with_option("schedule", "plateau").with_option("wait", 1)
    return Session(session.network, session.data, settings, state=session.state())


def trained(session: Session, epochs: int) -> Session:
    for _ in session.slices(epochs):
        pass
    return session


def test_a_schedule_resumes_bit_for_bit_though_its_epochs_were_merged(tmp_path, monkeypatch):
    for name, value in (("MOST_ROWS", 24), ("WHOLE_AT_ENDS", 4), ("MOST_MERGED", 10)):
        monkeypatch.setattr(f"nnstudio.training.curve.{name}", value)
    project = open_example("xor")
    settings = project.document.settings.with_option("schedule", "plateau").with_option("wait", 1)
    project.document.set_settings(settings)
    whole = trained(project.session(), 90)
    project.state = trained(project.session(), 60).state()
    assert project.state.history.span > 1 and project.state.schedule.values[2] > 2
    project.save(tmp_path / "a.nns")
    opened = Project.open(tmp_path / "a.nns")
    assert not opened.warnings and opened.state.history == project.state.history
    second = trained(opened.session(), 90)
    assert np.array_equal(second.program.params, whole.program.params)
    assert second.state().schedule == whole.state().schedule
    assert [row.loss for row in second.history] == [row.loss for row in whole.history]


def test_a_project_of_an_earlier_program_goes_on_as_it_would_have_there():
    """It holds 20 epochs of xor under a plateau; the third format wrote nothing of the schedule then."""
    project = Project.open(GOLDEN / "format-3.nns")
    assert not project.warnings and len(project.state.history) == project.state.epoch == 20
    settings, losses = project.document.settings, [row.watched for row in project.state.history]
    assert project.state.schedule == settings.remember(None, losses)
    last = trained(project.session(), 30).history[-1]
    # As the program that wrote it went on.
    assert (last.loss, last.val_loss) == pytest.approx((0.11245389795303344, 0.1461040802001953), rel=1e-4)


def test_a_project_without_what_its_schedule_keeps_reads_it_from_the_curve(tmp_path):
    project = open_example("xor")
    project.document.set_settings(project.document.settings.with_option("schedule", "plateau"))
    state = trained(project.session(), 30).state()
    project.state = replace(state, schedule=None)
    project.save(tmp_path / "a.nns")
    assert Project.open(tmp_path / "a.nns").state.schedule == state.schedule


def test_another_schedule_or_option_looks_at_all_losses_of_the_curve():
    first = trained(open_example("xor").session(), 30)
    second = plateau(first)
    losses = [row.watched for row in first.history]
    assert second.state().schedule == second.settings.remember(None, losses)
    third = Session(second.network, second.data, second.settings.with_option("wait", 0), state=second.state())
    assert third.state().schedule == third.settings.remember(None, losses) != second.state().schedule


def test_the_table_says_what_a_row_covers():
    rows = epochs(1, 100)
    statistics = [TrainingStatistics(n, 3 * n, 0.1, 1.0, 2.0, {"dense_1": (0.5, 2.0)}) for n in (4, 10)]
    thin = Curve(rows).thinned(10)
    table = list(csv.DictReader(io.StringIO(as_csv(thin, statistics))))
    covering = [line for line in table if line["epochs_covered"]]
    assert [float(line["epochs_covered"]) for line in covering] == [10.0] * 10
    first = [row.loss for row in rows[:10]]
    assert (float(covering[0]["loss_lowest"]), float(covering[0]["loss_highest"])) == (min(first), max(first))
    assert [(line["epoch"], line["learning_rate"]) for line in table if line["learning_rate"]] == [
        ("4", "0.1"), ("10", "0.1"),
    ]  # fmt: skip
    assert "epochs_covered" not in as_csv(Curve(rows), statistics)


def test_a_curve_is_the_same_in_another_process(long):
    for curve in (long, Curve(epochs(1, 3)), Curve(), Curve(epochs(1, 9)).after(4)):
        sent = pickle.loads(pickle.dumps(curve))
        assert sent == curve and (sent.before, sent.total) == (curve.before, curve.total)
        sent.append(epochs(1, 1)[0])
        assert len(sent) == len(curve) + 1 or len(curve) == MOST_ROWS
