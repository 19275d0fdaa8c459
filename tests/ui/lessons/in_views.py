"""How a person chooses in the views that lessons ask about, with their widgets."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from ui.pointing import drag_on_pad, move_over

from nnstudio.lessons.shown_values import is_same
from nnstudio.ui.live.code_map import NO_MAP
from nnstudio.ui.live.fooling import TICKS
from nnstudio.ui.live.plane import POSITIONS
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


# Lines of a 7, in shares of its size.
SEVEN = ((0.0, 0.1), (0.8, 0.0), (0.4, 1.2))


def on_pad(view, name, value) -> None:
    """Take samples, or draw a 7; what it is taken for is seen later."""
    if value == "drawn by hand":
        QTest.mouseClick(view.clear_button, Qt.MouseButton.LeftButton)
    elif name == "stands":
        corner, size = ((0.25, 0.22), 0.5) if value == "in the middle" else ((0.05, 0.05), 0.2)
        drag_on_pad(view.pad, [(corner[0] + x * size, corner[1] + y * size) for x, y in SEVEN])
    elif value == "a sample":
        QTest.mouseClick(view.sample_button, Qt.MouseButton.LeftButton)
    elif name == "sample":
        # It begins with sample 0, and was pressed once.
        for _press in range(value - 1):
            QTest.mouseClick(view.sample_button, Qt.MouseButton.LeftButton)


def in_try_it(learner, view, name, value) -> None:
    if view.sheet.data is None:
        on_pad(view, name, value)
        return
    setters = [field.setter for field in view.sheet.fields]
    if isinstance(value, str):
        pick(next(one for one in setters if hasattr(one, "findText") and one.accessibleName() == name), value)
        return
    box = next(one for one in setters if getattr(one, "name", "") == name).box
    type_into(box, f"{value:g}")


def in_fields(**names):
    """Of a view whose choices are fields: what each is called there, by its name in a lesson."""

    def set_one(learner, view, name, value) -> None:
        if name == "layer":
            node = learner.click_node(value)
            learner.hands.wait(lambda: view.node == node)
            return
        set_field(getattr(view, names[name]), value)

    return set_one


def in_weights(learner, view, name, value) -> None:
    if name == "numbers":
        assert view.numbers.isVisible()
        if view.numbers.isChecked() != value:
            QTest.mouseClick(view.numbers, Qt.MouseButton.LeftButton)
    elif name == "layer":
        node = learner.click_node(value)
        learner.hands.wait(lambda: view._latest is not None and view._latest.node == node)
    else:
        in_fields(array="choice", shown="what")(learner, view, name, value)


def in_attention(learner, view, name, value) -> None:
    learner.hands.wait(view.strip.isVisible)
    if name == "step":
        learner.hands.wait(lambda: view.strip.box_of(0).width() > 0)
        QTest.mouseMove(view.strip, view.strip.box_of(value - 1).center().toPoint())
    else:
        set_field(getattr(view, name), value)


def in_code_map(learner, view, name, value) -> None:
    """Go over the dots of a group, until one of them is nearest: those of the weights that are shown, as the
    map may still have older ones.
    """

    def is_now() -> bool:
        return view._points is not None and view._points.step == learner.window.runner.snapshot.step_shown

    if value == NO_MAP:
        return
    learner.hands.wait(lambda: is_now() and len(view.dots.points()) > 0)
    numbers, names = view._groups(len(view._points.points))
    for dot in view._points.points[numbers == names.index(value)]:
        move_over(view.plot, *dot)
        if view._nearest(view._code) == value:
            return
    raise AssertionError(f"No dot of {value} is nearest anywhere.")


def in_pixels(learner, view, name, value) -> None:
    if name in ("sample", "channel"):
        set_field(getattr(view, name), value)
        return
    row, column, _channel = view.at
    at = (value - 1, column) if name == "row" else (row, value - 1)
    index = view.numbers.cells.index(*at)
    view.numbers.scrollTo(index)
    QTest.mouseClick(
        view.numbers.viewport(), Qt.MouseButton.LeftButton, pos=view.numbers.visualRect(index).center()
    )


def in_plane(learner, view, name, value) -> None:
    learner.hands.wait(view.slider.isVisible)
    if name == "layer":
        stages = [view._called(stage) for stage in view._latest.stages]
        view.slider.setValue(stages.index(value) * POSITIONS)
    else:
        set_field(
            {"sample": view.sample, "to_the_right": view.units[0], "upwards": view.units[1]}[name], value
        )


def in_hidden_state(learner, view, name, value) -> None:
    learner.hands.wait(view.map.isVisible)
    if name == "unit":
        box = view.map.getPlotItem().vb
        at = view.map.mapFromScene(box.mapViewToScene(QPoint(3, value)))
        QTest.mouseClick(view.map.viewport(), Qt.MouseButton.LeftButton, pos=at)
        return
    in_fields(memory="memory", sample="sample")(learner, view, name, value)


def in_generator(learner, view, name, value) -> None:
    switch = {"arrows": view.flow, "held_out_points": view.held_out, "shades": view.shades}[name]
    switch.setChecked(value)


WAYS = {
    "activations": in_fields(sample="sample"), "weights": in_weights, "reacts_to": in_fields(),
    "function_curve": in_fields(unit="unit", sample="sample"), "attention": in_attention,
    "kernel": in_fields(filter="filter", sample="sample", channel="channel", row="row", column="column"),
    "code_map": in_code_map, "pixels": in_pixels, "plane": in_plane, "hidden_state": in_hidden_state,
    "generator": in_generator,
    "style": in_style, "dream": in_dream, "fooling": in_fooling, "forecast": in_forecast,
    "sampled_text": in_sampled_text, "results": in_results, "arithmetic": in_arithmetic, "try_it": in_try_it,
}  # fmt: skip


def choose(learner, action) -> None:
    """Choose what an action says in its view, and wait until it is drawn."""
    window, hands = learner.window, learner.hands
    window.docks.show(action.panel)
    hands.wait(lambda: window.docks.is_seen(action.panel) and window.runner.has_network)
    view = window.live.views[action.panel]
    if "layer" not in action.chosen:
        # What is offered depends on the network, and may not be there of the layer that is selected.
        hands.wait(lambda: view.node == "" or view.hint.isHidden() or view.showing() is not None)
    for name, value in action.chosen.items():
        WAYS[action.panel](learner, view, name, value)

    def is_drawn() -> bool:
        showing = view.showing()
        return (
            showing is not None
            and showing.is_whole
            # A view without a probe looks at the data alone.
            and (showing.step == window.runner.snapshot.step_shown or view.probe() is None)
            and all(is_same({**showing.told, **showing.chosen}[n], v) for n, v in action.chosen.items())
        )

    hands.wait(is_drawn)
