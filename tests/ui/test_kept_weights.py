"""Edits, Reset, New and Open lose no weights: they go on, or a bar says so and undo brings them back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox

from nnstudio.model import commands
from nnstudio.model.commands import ChooseData
from nnstudio.model.document import DataReference, Document
from nnstudio.model.graph import Link
from nnstudio.model.history import Together
from nnstudio.training.messages import Phase
from nnstudio.ui.panels.notice import may_have_seen
from nnstudio.ui.run import run_steps


@pytest.fixture
def shows_views() -> bool:
    return False


@pytest.fixture
def trained(hands, window):
    """A window whose xor network learned for some epochs and pauses."""
    window.files.open_example("xor")
    hands.wait_phase(Phase.READY)
    window.runner.orders.train()
    hands.wait(lambda: len(window.runner.rows) > 5)
    window.runner.orders.pause()
    hands.wait_phase(Phase.PAUSED)
    return window


def weights(window) -> np.ndarray:
    return window.runner.worker.compute(lambda session: session.parameters.copy()).result(60)


def epochs(window) -> list[int]:
    return [row.epoch for row in window.runner.rows]


def after_plan(hands, change) -> None:
    """Make a change and wait until the worker has it."""
    start = hands.window.runner.snapshot.start
    change()
    hands.wait(lambda: hands.window.runner.snapshot.start > start)
    hands.wait_phase(Phase.PAUSED, Phase.READY, Phase.RUNNING, Phase.FAILED)


@pytest.mark.parametrize("name, value", [("batch_size", 7), ("optimizer", "sgd"), ("l2", 0.1), ("seed", 77)])
def test_a_setting_keeps_the_weights_and_the_curve(hands, trained, name, value):
    before, rows = weights(trained), epochs(trained)
    after_plan(hands, lambda: trained.editor.change_setting(name, value))
    hands.wait(lambda: epochs(trained) == rows)
    assert np.array_equal(weights(trained), before)
    assert trained.runner.snapshot.phase == Phase.PAUSED and not trained.panels.notice.isVisible()


def test_clicks_that_are_one_step_are_told_of_together(hands, trained):
    had, notice = hands.graph["dense_1"].options["units"], trained.panels.notice
    steps = trained.workspace.document.history.done
    for more in (1, 2, 3):
        after_plan(hands, lambda more=more: trained.editor.change_node("dense_1", "units", had + more))
        hands.wait(lambda more=more: f"has {more} more unit" in notice.text.text())
    assert trained.workspace.document.history.done == steps + 1
    after_plan(hands, lambda: trained.editor.change_node("dense_1", "units", had - 1))
    hands.wait(lambda: "has 1 fewer unit;" in notice.text.text())
    # More units changed no prediction, so that what the last edit did is all of it.
    assert "The predictions have changed" in notice.text.text()


def test_freezing_while_it_trains_freezes_what_was_learned_and_goes_on(hands, trained):
    trained.runner.orders.train()
    hands.wait_phase(Phase.RUNNING)
    after_plan(hands, lambda: trained.editor.change_node("dense_1", "frozen", True))
    hands.wait_phase(Phase.RUNNING)
    read = lambda: trained.runner.worker.compute(lambda s: s.arrays()["dense_1.weight"]).result(60)  # noqa: E731
    frozen, rows = read(), len(trained.runner.rows)
    hands.wait(lambda: len(trained.runner.rows) > rows + 3)
    assert np.array_equal(read(), frozen) and epochs(trained)[0] == 1


def test_other_shares_of_the_data_keep_the_weights(hands, trained):
    before, data = weights(trained), trained.workspace.project.document.data
    changed = DataReference(data.kind, {**data.options, "test_ratio": 0.5})
    after_plan(hands, lambda: trained.editor.choose_data(changed))
    assert np.array_equal(weights(trained), before) and trained.runner.snapshot.steps > 0


def test_where_training_starts_again_a_bar_says_so_and_takes_it_back(hands, trained):
    before, rows = weights(trained), epochs(trained)
    editor, graph = trained.editor, trained.editor.graph

    def exchange() -> None:
        """Put new layers in the place of all that learned."""
        steps = []
        for old in ("dense_1", "dense_2"):
            new = replace(graph[old], id=f"{old}0")
            (source,), (target,) = graph.sources(old), graph.targets(old)
            steps += [commands.Remove(graph, [old]), commands.AddNode(graph, new)]
            steps += [
                commands.InsertLink(graph, link) for link in (Link(source, new.id), Link(new.id, target))
            ]
        # Without it, they would be known as the same layers under other names.
        same, last = graph.new_node("identity", 0.0, 0.0), Link("dense_20", graph.targets("dense_2")[0])
        editor.do(Together("Exchange", [*steps, commands.InsertBetween(graph, same, last)]))

    after_plan(hands, exchange)
    notice = trained.panels.notice
    assert notice.isVisible() and "starts again" in notice.text.text()
    assert trained.runner.rows == []
    trained.editor.move({"dense_10": (500.0, 500.0)}, object())
    assert notice.isVisible(), "moving a node changes nothing about it"
    hands.wait(lambda: not notice.undo.visibleRegion().isEmpty())
    after_plan(hands, lambda: QTest.mouseClick(notice.undo, Qt.MouseButton.LeftButton))
    hands.wait(lambda: epochs(trained) == rows)
    assert np.array_equal(weights(trained), before)
    assert not notice.isVisible()


def test_reset_is_a_step_that_can_be_taken_back_and_done_again(hands, trained):
    before, rows = weights(trained), epochs(trained)
    after_plan(hands, lambda: hands.trigger("reset"))
    assert trained.runner.rows == [] and trained.runner.snapshot.steps == 0
    trained.runner.orders.step()
    hands.wait(lambda: trained.runner.snapshot.steps == 1)
    anew = weights(trained)
    after_plan(hands, lambda: hands.trigger("undo"))
    hands.wait(lambda: epochs(trained) == rows)
    assert np.array_equal(weights(trained), before)
    # What was learned since the reset is not lost either.
    after_plan(hands, lambda: hands.trigger("redo"))
    assert trained.runner.snapshot.steps == 1 and np.array_equal(weights(trained), anew)


def test_the_steps_that_were_kept_come_back_with_a_reset_that_is_undone(hands, trained):
    hands.wait(lambda: len(trained.runner.snapshot.kept.steps) > 1)
    kept = trained.runner.snapshot.kept.steps
    after_plan(hands, lambda: hands.trigger("reset"))
    assert trained.runner.snapshot.kept.steps != kept
    after_plan(hands, lambda: hands.trigger("undo"))
    hands.wait(lambda: trained.runner.snapshot.kept.steps == kept)
    trained.runner.orders.travel(kept[0])
    hands.wait(lambda: trained.runner.snapshot.shown == kept[0])


def test_resets_that_hold_more_than_there_is_room_for_can_no_longer_be_undone(hands, trained, monkeypatch):
    monkeypatch.setattr(run_steps, "MOST_ASIDE", 3 * weights(trained).nbytes)
    titles = []
    for _ in range(5):
        after_plan(hands, lambda: hands.trigger("reset"))
        trained.runner.orders.step()
        hands.wait(lambda: trained.runner.snapshot.steps == 1)
        titles.append([c.title for c in trained.workspace.document.history.commands].count("Reset"))
    assert titles[0] == 1 and max(titles) < 5


def test_resets_taken_back_and_done_again_at_once_lose_nothing(hands, trained):
    before, rows = weights(trained), epochs(trained)
    for name in ("reset", "undo", "redo", "undo"):
        hands.trigger(name)
    hands.wait(lambda: trained.runner.snapshot.phase == Phase.PAUSED and epochs(trained) == rows)
    assert np.array_equal(weights(trained), before)


def test_opening_another_project_is_a_step_that_brings_weights_and_curve_back(hands, trained, monkeypatch):
    discard = QMessageBox.StandardButton.Discard
    monkeypatch.setattr(trained.files, "ask", lambda *words: discard)
    trained.editor.change_setting("seed", 5)
    hands.wait(lambda: trained.runner.snapshot.phase == Phase.PAUSED)
    before, rows, drawn = weights(trained), epochs(trained), hands.graph.to_dict()
    project = trained.workspace.project
    trained.files.open_example("celsius")
    hands.wait(lambda: trained.runner.snapshot.phase == Phase.READY and trained.runner.rows == [])
    assert not trained.workspace.is_modified and trained.menus.actions["undo"].text() == "Undo Open Celsius"
    trained.runner.orders.step()
    hands.wait(lambda: trained.runner.snapshot.steps == 1)
    other = weights(trained)
    hands.trigger("undo")
    hands.wait(lambda: trained.runner.snapshot.phase == Phase.PAUSED and epochs(trained) == rows)
    assert trained.workspace.project is project and hands.graph.to_dict() == drawn
    assert np.array_equal(weights(trained), before) and trained.workspace.is_modified
    # Edits before it can be taken back, too, and the other project is not lost.
    hands.trigger("undo")
    assert project.document.settings.seed != 5
    hands.trigger("redo")
    hands.trigger("redo")
    hands.wait(lambda: trained.runner.snapshot.steps == 1 and trained.runner.snapshot.phase == Phase.PAUSED)
    assert np.array_equal(weights(trained), other) and trained.workspace.is_modified, "a step was made"


def test_the_first_project_is_no_step_and_an_edit_is_heard_once_after_coming_back(hands, trained):
    assert trained.workspace.project.document.history.commands == ()
    trained.workspace.project.saved = trained.workspace.project.moment()
    trained.files.new()
    hands.trigger("undo")
    calls = []
    trained.runner.planner._settle.timeout.connect(lambda: calls.append(0))
    starts = trained.runner.planner._run_id
    after_plan(hands, lambda: trained.editor.change_setting("batch_size", 3))
    assert trained.runner.planner._run_id - starts <= 2 and len(calls) <= 2


def test_only_the_last_few_projects_are_kept(hands, window):
    window.files.open_example("xor")
    for _ in range(7):
        window.files.open_example("celsius")
    history = window.workspace.project.document.history
    assert history.done == 4 and not window.workspace.is_modified
    for _ in range(9):
        hands.trigger("undo")
    assert history.done == 0 and not window.workspace.is_modified


def test_a_new_project_is_not_modified_once_its_data_is_there(hands, window):
    window.files.new()
    hands.wait(lambda: window.runner.data is not None)
    assert not window.workspace.is_modified and window.workspace.project.document.history.commands == ()


def test_weights_that_may_have_seen_the_rows_for_testing_are_told_of(hands, window, tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,b,y\n" + "".join(f"{i % 13},{i % 7},{i % 13 * 2 - i % 7}\n" for i in range(120)))
    hands.create_from(path)
    hands.wait_phase(Phase.READY)
    notice, reference = window.panels.notice, window.editor.document.data

    def split(kind):
        return DataReference(reference.kind, {**reference.options, "split": kind})

    after_plan(hands, lambda: window.editor.choose_data(split("random")))
    assert not notice.isVisible(), "nothing was learned yet"
    window.editor.change_setting("epochs", 2)
    hands.wait(lambda: window.runner.is_planned)
    window.runner.orders.train()
    hands.wait_phase(Phase.FINISHED)
    after_plan(hands, lambda: window.editor.choose_data(split("in order")))
    assert notice.isVisible() and "rows that are for testing now may be among those" in notice.text.text()
    hands.wait(lambda: not notice.undo.visibleRegion().isEmpty())
    after_plan(hands, lambda: QTest.mouseClick(notice.undo, Qt.MouseButton.LeftButton))
    assert not notice.isVisible() and window.editor.document.data == split("random")
    after_plan(hands, lambda: window.editor.choose_data(split("in order")))
    assert notice.isVisible()
    after_plan(hands, lambda: hands.trigger("reset"))
    assert not notice.isVisible(), "it learns anew"


@pytest.mark.parametrize(
    "options, may_have",
    [
        ({"columns": "a: standardise; b: left out"}, False),
        ({"columns": "b: left out; c: min-max"}, False),
        ({"columns": "a: left out"}, True),
        ({"columns": "b: left out", "seed": 2}, True),
    ],
)
def test_rows_may_be_divided_anew_by_all_but_the_scaling_of_columns(options, may_have):
    document = Document()
    document.data = DataReference("csv", {"path": "/t.csv", "columns": "b: left out"})
    step = ChooseData(document, DataReference("csv", {"path": "/t.csv", **options}))
    assert may_have_seen(step) == may_have


def test_data_of_another_shape_that_is_taken_back_brings_back_what_was_learned_from_the_first(
    hands, window, tmp_path
):
    for name, columns in (("two", "a,b,y"), ("three", "a,b,c,y")):
        lines = [",".join(str((i * k) % 7) for k in range(1, columns.count(",") + 2)) for i in range(1, 60)]
        (tmp_path / f"{name}.csv").write_text("\n".join([columns, *lines]))
    hands.create_from(tmp_path / "two.csv")
    hands.wait_phase(Phase.READY)
    window.runner.orders.step()
    hands.wait(lambda: window.runner.snapshot.steps == 1)
    before, reference = weights(window), window.editor.document.data
    other = DataReference(reference.kind, {**reference.options, "path": str(tmp_path / "three.csv")})
    after_plan(hands, lambda: window.editor.choose_data(other))
    assert len(weights(window)) > len(before) and window.runner.snapshot.steps == 1
    window.runner.orders.step()
    hands.wait(lambda: window.runner.snapshot.steps == 2)
    after_plan(hands, lambda: hands.trigger("undo"))
    hands.wait(lambda: window.runner.snapshot.steps == 1)
    assert np.array_equal(weights(window), before)
