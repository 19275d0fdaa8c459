"""A weight that is dragged or typed: prediction and views follow at once, and one step takes it back."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit

from nnstudio.training.messages import Phase
from nnstudio.training.weights import weights_of
from nnstudio.ui.run.weight_by_hand import WeightByHand


@pytest.fixture
def celsius(hands, window):
    """One weight and one bias, with the sliders of Try it and the table of weights in sight."""
    window.files.open_example("celsius")
    hands.wait_phase(Phase.READY)
    for name in ("try_it", "weights"):
        window.docks[name].raise_()
    node = next(n.id for n in window.editor.graph.nodes if n.kind == "dense")
    window.canvas.canvas.select([node])
    view = window.live.views["weights"]
    hands.wait(lambda: view._latest is not None and view._latest.node == node and view.table.isVisible())

    class Celsius:
        engine_node, table, before = node, view, 0.0

        def weight(self) -> float:
            return float(hands.compute(lambda session: weights_of(session, node)["weight"][0, 0]))

        def told(self) -> float | None:
            """What Try it predicts."""
            told = window.live.views["try_it"].probabilities._prediction
            return None if told is None else float(told.values[0])

        def expected(self) -> float:
            """What the network predicts with the weight that it has now."""
            own = window.live.views["try_it"]._own()

            def work(session):
                data = session.data
                return float((session.predict(own[None])[0] * data.y_scale + data.y_shift)[0])

            return hands.compute(work)

        def follows(self) -> None:
            hands.wait(lambda: self.told() == self.expected())

    celsius = Celsius()
    celsius.before = celsius.weight()
    return celsius


def steps(window) -> int:
    return window.workspace.project.document.history.done


def test_a_value_on_its_way_is_written_and_all_of_the_way_is_one_step(hands, window, celsius):
    hand, at = window.weight_by_hand, (celsius.engine_node, "weight", 0)
    done = steps(window)
    for value in (0.5, 1.5, 2.5):
        hand.move(*at, value)
        hands.wait(lambda v=value: celsius.weight() == v)
        celsius.follows()
        hands.wait(lambda v=value: celsius.table.model.values[0, 0] == v)
    assert steps(window) == done
    hand.finish(*at, 3.0)
    assert steps(window) == done + 1
    hands.wait(lambda: celsius.weight() == 3.0)
    hands.trigger("undo")
    hands.wait(lambda: celsius.weight() == celsius.before)
    celsius.follows()
    hands.trigger("redo")
    hands.wait(lambda: celsius.weight() == 3.0)


def test_what_is_given_up_leaves_nothing(hands, window, celsius):
    hand, at = window.weight_by_hand, (celsius.engine_node, "weight", 0)
    done = steps(window)
    hand.move(*at, 0.25)
    hands.wait(lambda: celsius.weight() == 0.25)
    hand.move(*at, None)
    hands.wait(lambda: celsius.weight() == celsius.before)
    # Another value ends the way of the one before.
    hand.move(*at, 0.5)
    hand.move(celsius.engine_node, "bias", 0, 7.0)
    hands.wait(lambda: celsius.weight() == celsius.before)
    hand.move(celsius.engine_node, "bias", 0, None)
    assert steps(window) == done


def test_only_the_newest_of_many_values_is_written(qtbot, window, celsius, monkeypatch):
    written = []
    hand = WeightByHand(window.run_steps, window)
    orders = window.runner.orders
    write = orders.set_weight
    monkeypatch.setattr(orders, "set_weight", lambda *what: (written.append(what[3]), write(*what))[1])
    for value in range(50):
        hand.move(celsius.engine_node, "weight", 0, float(value))
    assert written == [0.0]
    qtbot.waitUntil(lambda: written == [0.0, 49.0])


def test_what_is_typed_is_followed_key_by_key_and_escape_takes_it_back(hands, window, celsius):
    table, done = celsius.table.table, steps(window)
    index = celsius.table.model.index(0, 0)

    def field() -> QLineEdit:
        table.setCurrentIndex(index)
        table.edit(index)
        return table.findChild(QLineEdit)

    QTest.keyClicks(field(), "4.5")
    hands.wait(lambda: celsius.weight() == 4.5)
    celsius.follows()
    hands.wait(lambda: celsius.table.model.values[0, 0] == 4.5)
    # The new picture of the network does not take the place of what is typed.
    assert table.findChild(QLineEdit).text() == "4.5" and steps(window) == done
    QTest.keyClick(table.findChild(QLineEdit), Qt.Key.Key_Escape)
    hands.wait(lambda: celsius.weight() == celsius.before)
    hands.wait(lambda: table.findChild(QLineEdit) is None)
    QTest.keyClicks(field(), "2.25")
    hands.wait(lambda: celsius.table.model.values[0, 0] == 2.25)
    QTest.keyClick(table.findChild(QLineEdit), Qt.Key.Key_Return)
    hands.wait(lambda: steps(window) == done + 1 and celsius.weight() == 2.25)
    hands.wait(lambda: table.findChild(QLineEdit) is None)
    hands.trigger("undo")
    hands.wait(lambda: celsius.weight() == celsius.before)


def test_typing_what_an_older_picture_shows_is_a_change_of_the_network(hands, window, celsius, monkeypatch):
    table, shown = celsius.table.table, celsius.table.model
    window.weight_by_hand.finish(celsius.engine_node, "weight", 0, 2.0)
    hands.wait(lambda: shown.values[0, 0] == 2)
    # No newer picture comes, though the network went on.
    monkeypatch.setattr(celsius.table, "show_result", lambda _result: None)
    window.runner.orders.set_weight(celsius.engine_node, "weight", 0, 3.0)
    hands.wait(lambda: celsius.weight() == 3)
    done, index = steps(window), shown.index(0, 0)
    table.setCurrentIndex(index)
    table.edit(index)
    QTest.keyClicks(table.findChild(QLineEdit), "2")
    QTest.keyClick(table.findChild(QLineEdit), Qt.Key.Key_Return)
    hands.wait(lambda: table.findChild(QLineEdit) is None)
    assert steps(window) == done + 1
    hands.wait(lambda: celsius.weight() == 2)


def test_what_becomes_no_number_is_refused_and_what_was_there_stays(hands, window, celsius):
    table, done, shown = celsius.table.table, steps(window), celsius.table.model
    index = shown.index(0, 0)
    stays = shown.data(index)
    table.setCurrentIndex(index)
    table.edit(index)
    QTest.keyClicks(table.findChild(QLineEdit), "4")
    hands.wait(lambda: shown.values[0, 0] == 4)
    QTest.keyClicks(table.findChild(QLineEdit), "x")
    QTest.keyClick(table.findChild(QLineEdit), Qt.Key.Key_Return)
    hands.wait(lambda: celsius.weight() == celsius.before)
    assert window.panels.message.text() == f"The weight must be a number, not '4x'; it stays {stays}."
    assert steps(window) == done


def test_the_table_in_units_of_the_data_follows_too(hands, window, celsius):
    view = celsius.table
    view.what.setCurrentIndex(1)
    hands.wait(lambda: view._latest is not None and view._latest.units != "")
    before = float(view.model.values[0, 0])
    window.weight_by_hand.move(celsius.engine_node, "weight", 0, 2 * celsius.before)
    hands.wait(lambda: float(view.model.values[0, 0]) == pytest.approx(2 * before, rel=1e-6))
    window.weight_by_hand.move(celsius.engine_node, "weight", 0, None)
    hands.wait(lambda: float(view.model.values[0, 0]) == pytest.approx(before, rel=1e-6))
