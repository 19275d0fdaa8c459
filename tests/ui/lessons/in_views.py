"""How a person chooses in the views that lessons ask about, with their widgets."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from nnstudio.lessons.shown_values import is_same
from nnstudio.ui.live.fooling import TICKS
from nnstudio.ui.widgets.number_fields import NumberEdit


def pick(choice, text) -> None:
    at = choice.findText(text)
    assert at >= 0, text
    choice.setCurrentIndex(at)
    choice.activated.emit(at)


def type_into(field, text) -> None:
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, text)
    QTest.keyClick(field, Qt.Key.Key_Return)


def set_field(field, value) -> None:
    if isinstance(field, NumberEdit):
        type_into(field, f"{value:g}")
    elif hasattr(field, "findText"):
        pick(field, value)
    else:
        field.setValue(value)


def in_style(learner, view, name, value) -> None:
    if name != "style_layers":
        fields = {
            "content": view.content, "style": view.styles, "begins": view.start,
            "content_layer": view.content_layer,
        }  # fmt: skip
        set_field(fields[name], value)
        return
    named = list(view._names.get(node, node) for node in view.weights)
    wanted = named if value == "all layers" else value.split(", ")
    assert set(wanted) <= set(named)
    # The last one cannot be taken away, so those that count come first.
    for counts in (True, False):
        for node, field in view.weights.items():
            if (view._names.get(node, node) in wanted) == counts:
                field.setValue(int(counts))


def in_dream(learner, view, name, value) -> None:
    if name == "layer":
        node = learner.click_node(value)
        learner.hands.wait(lambda: view.node == node and view.unit.maximum() > 0)
        return
    fields = {"unit": view.unit, "begins": view.start, "octaves": view.octaves, "jitter": view.jitter}
    set_field(fields[name], value)


def in_fooling(learner, view, name, value) -> None:
    if name == "strength":
        view.slider.setValue(round(value * TICKS))
    elif name == "change" and value.startswith("a sample "):
        pick(view.start, "a sample")
        view.sample.setValue(int(value.rpartition(" ")[2]))
    else:
        set_field({"change": view.start, "into": view.toward, "how": view.method}[name], value)


def in_forecast(learner, view, name, value) -> None:
    set_field({"column": view.column, "steps_ahead": view.steps}[name], value)


def in_sampled_text(learner, view, name, value) -> None:
    writer = view.writer
    fields = {"temperature": writer.temperature, "top_k": writer.top_k, "seed": writer.seed}
    set_field(fields[name], value)


def in_results(learner, view, name, value) -> None:
    def tabs():
        kinds = (view.class_tabs, view.label_tabs, view.number_tabs)
        return next((one for one in kinds if one is not None and not one.isHidden()), None)

    learner.hands.wait(lambda: tabs() is not None)
    if name == "tab":
        (at,) = (i for i in range(tabs().count()) if tabs().tabText(i) == value)
        tabs().setCurrentIndex(at)
    else:
        set_field({"part": view.which, "groups_of": tabs().groups.box}[name], value)


def in_arithmetic(learner, view, name, value) -> None:
    learner.hands.wait(lambda: view.stage.count() > 0)
    set_field({"operation": view.stage, "unit": view.unit, "sample": view.sample}[name], value)


def in_try_it(learner, view, name, value) -> None:
    setters = [field.setter for field in view.sheet.fields]
    if isinstance(value, str):
        pick(next(one for one in setters if hasattr(one, "findText") and one.accessibleName() == name), value)
        return
    box = next(one for one in setters if getattr(one, "name", "") == name).box
    type_into(box, f"{value:g}")


WAYS = {
    "style": in_style, "dream": in_dream, "fooling": in_fooling, "forecast": in_forecast,
    "sampled_text": in_sampled_text, "results": in_results, "arithmetic": in_arithmetic, "try_it": in_try_it,
}  # fmt: skip


def choose(learner, action) -> None:
    """Choose what an action says in its view, and wait until it is drawn."""
    window, hands = learner.window, learner.hands
    window.docks.show(action.panel)
    hands.wait(lambda: window.docks.is_seen(action.panel) and window.runner.has_network)
    view = window.live.views[action.panel]
    # What is offered depends on the network.
    hands.wait(lambda: view.node == "" or view.hint.isHidden() or view.showing() is not None)
    for name, value in action.chosen.items():
        WAYS[action.panel](learner, view, name, value)

    def is_drawn() -> bool:
        showing = view.showing()
        return (
            showing is not None
            and showing.is_whole
            and showing.step == window.runner.snapshot.step_shown
            and all(is_same(showing.chosen[name], value) for name, value in action.chosen.items())
        )

    hands.wait(is_drawn)
