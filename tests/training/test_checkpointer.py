"""Checkpoints of a run: when they are written, what is in them, and what becomes of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from interrupted_runs import PICTURES, POINTS, Run, differences, project_of

from nnstudio.project import Project
from nnstudio.training.checkpoints import (
    checkpoints_beside,
    forget_saved,
    paths_beside,
    put_aside,
    read_checkpoint,
)
from nnstudio.training.curve import Curve, Epoch
from nnstudio.training.progress import Progress
from nnstudio.training.session import Session

STOPPED_EARLY = {"epochs": 12, "patience": 1, "learning_rate": 0.3}


def finish(session: Session) -> None:
    for _ in session.slices():
        pass


@pytest.fixture
def run(tmp_path) -> Run:
    return Run(tmp_path / "p.nns")


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("parts, changes", [(POINTS, {}), (PICTURES, STOPPED_EARLY)])
@pytest.mark.parametrize("step", [1, 57, 116])
def test_a_run_that_goes_on_from_a_checkpoint_equals_a_whole_one(parts, changes, step, threads, tmp_path):
    whole = Run(tmp_path / "whole.nns", parts, **changes).session
    finish(whole)
    cut = Run(tmp_path / "cut.nns", parts, threads, **changes)
    cut.step(step, 10.0)
    resumed = Project.open(cut.newest().path).session(threads)
    assert resumed.steps == step < whole.steps
    finish(resumed)
    assert differences(resumed.state(), whole.state()) == []


def test_early_stopping_is_among_what_is_compared(tmp_path):
    whole = Run(tmp_path / "whole.nns", PICTURES, **STOPPED_EARLY).session
    finish(whole)
    assert whole.epoch < 12 and whole.returned_to


def test_a_checkpoint_is_written_once_in_so_many_seconds(run):
    written = []
    for _ in range(48):
        before = {path: path.stat().st_mtime_ns for path in paths_beside(run.path) if path.exists()}
        run.step(1, 0.5)
        after = {path: path.stat().st_mtime_ns for path in paths_beside(run.path) if path.exists()}
        written.append(before != after)
    assert [step for step, is_new in enumerate(written, 1) if is_new] == [18, 38]
    assert [one.step for one in checkpoints_beside(run.path, run.path).newer] == [38, 18]


def test_the_end_of_an_epoch_that_took_longer_is_kept_at_once(run):
    run.step(3, 9.0)
    run.step(17, 6.0)
    assert run.session.epoch == 1 and run.newest().epoch == 1
    run.step(20, 6.0)
    assert run.newest().epoch == 1, "that epoch was not as long"


def test_the_last_two_are_kept_as_they_are_without_the_timeline(run):
    for _ in range(3):
        run.step(7, 10.0)
    assert [one.step for one in checkpoints_beside(run.path, run.path).newer] == [21, 14]
    assert sorted(file.name for file in run.path.parent.iterdir()) == [
        "p.nns", "p.nns.checkpoint-1", "p.nns.checkpoint-2",
    ]  # fmt: skip
    state = Project.open(run.newest().path).state
    assert state.kept is None and run.session.state().kept.for_saving() is not None
    assert state.run == run.session.run
    # Stored as it is: the numbers stand in the file.
    assert state.params.tobytes() in run.newest().path.read_bytes()


def test_one_that_cannot_be_read_leaves_the_one_before_it(run):
    for _ in range(2):
        run.step(7, 10.0)
    newest = run.newest().path
    whole = newest.read_bytes()
    newest.write_bytes(whole[:-200])
    beside = checkpoints_beside(run.path, run.path)
    assert [one.step for one in beside.newer] == [7] and beside.damaged[0][0] == newest
    middle = len(whole) // 2
    newest.write_bytes(whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :])
    assert [one.step for one in checkpoints_beside(run.path, run.path).newer] == [7]


def test_one_of_a_project_that_changed_since_is_not_taken(run):
    run.step(7, 10.0)
    of = run.newest().of
    changed = Project.open(run.path)
    changed.document.set_settings(changed.document.settings.with_option("learning_rate", 0.5))
    changed.save(run.path)
    beside = checkpoints_beside(run.path, run.path)
    assert beside.newer == () and beside.others[0].of == of
    (told,) = put_aside(beside, run.path, None)
    assert "p-epoch-0.nns" in told and "70 samples" in told
    assert Project.open(run.path.parent / "p-epoch-0.nns").state.step == 7
    assert checkpoints_beside(run.path, run.path).others == ()


def test_it_belongs_to_what_the_project_had_learned(run):
    run.step(7, 10.0)
    run.session.single_step()
    another = Project.open(run.path)
    session = another.session()
    session.single_step()
    another.state = session.state()
    another.save(run.path)
    assert checkpoints_beside(run.path, run.path).newer == ()


def test_they_go_when_the_project_holds_them_and_no_sooner(run):
    for _ in range(2):
        run.step(7, 10.0)
    earlier = replace(run.session.state(), step=10)
    forget_saved(run.path, earlier)
    assert [one.step for one in checkpoints_beside(run.path, run.path).newer] == [14]
    forget_saved(run.path, replace(earlier, step=99, run="0" * 32))
    assert run.newest().step == 14
    forget_saved(run.path, run.session.state())
    assert [file.name for file in run.path.parent.iterdir()] == ["p.nns"]


def test_one_of_another_way_from_the_same_state_stays(run):
    run.step(25, 10.0)
    state = run.session.state()
    # Epochs and steps are the same, and the run's name is, too; but these were other epochs.
    rows = [replace(row, seconds=row.seconds + 0.5) for row in state.history]
    forget_saved(run.path, replace(state, step=99, history=Curve(rows)))
    assert run.newest().step == 25
    forget_saved(run.path, replace(state, step=99))
    assert checkpoints_beside(run.path, run.path).newer == ()


def test_what_a_killed_removal_left_is_no_news(run):
    run.step(7, 10.0)
    run.project.state = run.session.state()
    run.project.save(run.path)
    beside = checkpoints_beside(run.path, run.path)
    assert (beside.newer, beside.others) == ((), ())


def test_what_is_left_keeps_its_name_from_others(run):
    (run.path.parent / "p-epoch-0.nns").write_text("a person's own")
    for _ in range(2):
        run.step(7, 10.0)
    damaged = run.newest().path
    damaged.write_text("")
    told = " ".join(put_aside(checkpoints_beside(run.path, run.path), run.path, None))
    assert "'p-epoch-0-2.nns'" in told and "'p.nns.damaged'" in told
    assert (run.path.parent / "p-epoch-0.nns").read_text() == "a person's own"


def test_the_one_that_was_taken_stays_until_there_is_a_newer_one(run):
    for _ in range(2):
        run.step(7, 10.0)
    taken = run.newest()
    before = taken.path.read_bytes()
    assert put_aside(checkpoints_beside(run.path, run.path), run.path, taken) == []
    run.writer = run.checkpointer(before=taken)
    run.step(7, 10.0)
    assert taken.path.read_bytes() == before and run.newest().step == 21
    assert run.newest().number > taken.number


def test_a_disk_that_is_full_is_told_and_training_goes_on(run, monkeypatch):
    import shutil

    run.step(7, 10.0)
    usage = shutil.disk_usage(run.path.parent)
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: usage._replace(free=1000))
    run.step(7, 10.0)
    assert "No checkpoint could be written" in run.writer.problem and "Training goes on" in run.writer.problem
    assert run.newest().step == 7
    monkeypatch.undo()
    run.step(7, 10.0)
    assert run.writer.problem == "" and run.newest().step == 21


def test_what_other_bytes_are_read_back_of_is_told(run, monkeypatch):
    from nnstudio.training import checkpointer

    def spoil(path: Path, content: memoryview) -> None:
        path.write_bytes(bytes(content[:-1]) + b"?")

    monkeypatch.setattr(checkpointer, "write_atomically", spoil)
    run.step(7, 10.0)
    assert "other bytes were read back" in run.writer.problem


def test_too_little_memory_for_a_copy_ends_no_training(run):
    def too_much():
        raise MemoryError

    run.writer._content = too_much
    run.step(7, 10.0)
    assert "not enough memory" in run.writer.problem and not any(map(Path.exists, paths_beside(run.path)))


def test_what_is_no_checkpoint_is_said(tmp_path):
    project_of(POINTS).save(tmp_path / "p.nns")
    with pytest.raises(ValueError, match="holds no run"):
        read_checkpoint(tmp_path / "p.nns")


def test_offers_cost_next_to_nothing_between_two_checkpoints(run):
    done: list[Progress | Epoch] = [run.session.single_step()]
    asked = []
    run.writer._content = lambda: asked.append(1)
    for _ in range(1000):
        run.writer.offer(done[0])
    assert asked == []
