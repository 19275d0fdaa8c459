"""In a window of 1024 x 700, no page and no message takes the room of another."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from ui.cut_texts import cut_texts

from nnstudio.training.messages import Phase
from nnstudio.ui.widgets.forms import FieldLabel, Form
from nnstudio.ui.widgets.theme import theme

SIZE = (1024, 700)
# Panels beside the middle of the window.
BESIDE = ("palette", "map", "inspector", "data")


@pytest.fixture
def small(window, hands):
    window.resize(*SIZE)
    hands.wait(lambda: not window.layouts._follow.isActive())
    return window


@pytest.fixture
def flats(tmp_path):
    """A table with names of columns as people write them, and a gap."""
    path = tmp_path / "flats.csv"
    rows = "".join(
        f"{30 + i % 90},{'' if i % 8 == 0 else 1 + i % 4},{1900 + i},{i * 3.5}\n" for i in range(80)
    )
    path.write_text("area_in_square_metres,number_of_rooms,year_of_construction,price_in_thousands\n" + rows)
    return path


def widths(window) -> dict[str, int]:
    return {name: window.docks[name].width() for name in BESIDE}


def is_steady(window, before) -> bool:
    return widths(window) == before and (window.width(), window.height()) == SIZE


@pytest.mark.parametrize("example", ["celsius", "mnist-dense", "passengers"])
def test_the_data_of_an_example_leaves_the_panels_their_width(small, hands, example):
    small.files.open_example(example)
    hands.wait_phase(Phase.READY)
    before = widths(small)
    small.show_data()
    page = small.panels.data_page
    hands.wait(lambda: page.isVisible() and bool(page.understood.text()))
    assert is_steady(small, before)
    small.show_canvas()
    assert is_steady(small, before)


def test_the_data_of_a_table_leaves_the_panels_their_width(small, hands, flats):
    hands.create_from(flats)
    hands.wait_phase(Phase.READY)
    before = widths(small)
    assert before["inspector"] > 200
    small.show_data()
    page = small.panels.data_page
    hands.wait(lambda: page.look is not None and page.target.isVisible() and page.marks.isVisible())
    assert is_steady(small, before)
    boxes = (page.target, page.task, page.marks, page.propose, page.shown)
    assert all(box.geometry().right() < page.width() and box.visibleRegion() for box in boxes)
    small.show_canvas()
    assert is_steady(small, before)


LONG = "Trained for 800 epochs. 100.0% of 250 validation samples are predicted correctly. " * 2


def highest(window) -> int:
    """Pixel of the canvas where its uppermost node begins."""
    view = window.canvas
    return min(view.mapFromScene(item.node.x, item.node.y).y() for item in view.canvas.nodes.values())


def lowest(window) -> int:
    view = window.canvas
    return view.mapFromScene(view.canvas.content_rect().bottomRight()).y()


def say_much(window, hands) -> int:
    """Let a message of some lines come over the canvas; its height."""
    window.panels.outcome.say(LONG)
    hands.wait(lambda: window.overlay.height() > window.panels.outcome.text.height() > 0)
    return window.overlay.height()


@pytest.mark.parametrize("example", ["mnist-convnet", "mnist-dense", "spiral", "celsius"])
def test_no_node_is_under_a_message(small, hands, example):
    small.files.open_example(example)
    hands.wait_phase(Phase.READY)
    height = say_much(small, hands)
    assert height > 40 and highest(small) >= height
    assert lowest(small) <= small.canvas.viewport().height()
    small.canvas.fit()
    assert highest(small) >= height, "Home, while it is there"


def test_a_network_that_was_clicked_on_goes_below_a_message_as_far_as_all_of_it_is_seen(small, hands):
    small.files.open_example("spiral")
    hands.wait_phase(Phase.READY)
    hands.click_node("dense_1")
    view = small.canvas
    # The pointer has gone elsewhere: tests before this one may have left it here.
    view.setAttribute(Qt.WidgetAttribute.WA_UnderMouse, False)
    view.verticalScrollBar().setValue(view.verticalScrollBar().value() + highest(small) - 4)
    assert highest(small) == 4
    height, zoom = say_much(small, hands), view.zoom
    assert height <= highest(small) <= height + 2 and view.zoom == zoom


def test_what_a_person_looks_at_from_near_does_not_move(small, hands):
    small.files.open_example("spiral")
    hands.wait_phase(Phase.READY)
    hands.click_node("dense_1")
    small.canvas.set_zoom(3.0)
    before = small.canvas.mapToScene(0, 0)
    say_much(small, hands)
    assert small.canvas.mapToScene(0, 0) == before


@pytest.mark.parametrize(("kind", "least"), [("conv2d", 6), ("dense", 5)])
def test_the_fields_of_a_layer_are_in_sight(small, hands, kind, least):
    small.files.open_example("mnist-convnet")
    hands.wait_phase(Phase.READY)
    small.canvas.canvas.select([next(node.id for node in hands.graph.nodes if node.kind == kind)])
    inspector = small.panels.inspector
    hands.wait(lambda: inspector.form is not None and inspector.form.isVisible())
    fields = [inspector.name, *inspector.form.editors.values()]

    def seen() -> int:
        return sum(f.isVisible() and f.visibleRegion().boundingRect() == f.rect() for f in fields)

    assert inspector.verticalScrollBar().value() == 0
    hands.wait(lambda: seen() >= least)
    help_at = inspector.help.mapTo(inspector.body, inspector.help.rect().topLeft()).y()
    assert help_at > max(f.mapTo(inspector.body, f.rect().topLeft()).y() for f in fields if f.isVisible())


def test_a_number_and_its_unit_are_whole(small, hands):
    small.files.open_example("spiral")
    hands.wait_phase(Phase.READY)
    small.docks.show("training")
    field = small.panels.training.main.editors["batch_size"]
    hands.wait(field.isVisible)
    line = field.lineEdit()
    assert line.text() == "10 samples"
    assert line.fontMetrics().horizontalAdvance(line.text()) <= line.width()


def test_names_of_fields_are_in_one_line_where_there_is_room(window, hands):
    window.resize(1600, 1000)
    window.files.open_example("spiral")
    hands.wait_phase(Phase.READY)
    form = window.panels.data.findChild(Form)
    hands.wait(form.isVisible)
    labels = form.findChildren(FieldLabel)
    assert labels and all(label.height() < 2 * label.fontMetrics().lineSpacing() for label in labels)


@pytest.fixture
def normal_text():
    yield
    theme.set_text_scale(1.0)


@pytest.mark.parametrize("scale", [1.3, 2.0])
def test_nothing_of_a_table_is_laid_over_the_rest_after_a_change_of_the_text(
    small, hands, flats, normal_text, scale
):
    hands.create_from(flats)
    hands.wait_phase(Phase.READY)
    small.show_data()
    page = small.panels.data_page
    hands.wait(lambda: page.shown.isVisible() and page.notes.text() != "")
    theme.set_text_scale(scale)
    hands.wait(lambda: not small.layouts._follow.isActive())
    parts = [page.title, page.target, page.task, page.propose, page.shown, page.understood, page.told]
    boxes = [part.geometry() for part in parts]
    assert not [(a, b) for a in boxes for b in boxes if a is not b and a.intersects(b)]
    body = page.upper.widget()
    assert all(body.rect().contains(box) for box in boxes) and page.upper.height() > 0
    # Each is whole, or is reached by scrolling.
    assert page.understood.height() >= page.understood.heightForWidth(page.understood.width())
    hidden = body.height() - page.upper.viewport().height()
    assert page.upper.verticalScrollBar().maximum() == max(hidden, 0)
    assert page.upper.geometry().bottom() < page.stack.geometry().top() and page.stack.height() >= 140
    assert not cut_texts(small) and (small.width(), small.height()) == SIZE


def test_the_time_bar_moves_nothing_on_the_canvas(small, hands):
    small.files.open_example("spiral")
    hands.wait_phase(Phase.READY)
    view = small.canvas
    node = next(iter(view.canvas.nodes.values()))
    before, room = view.mapFromScene(node.pos()), view.viewport().height()
    hands.trigger("train")
    hands.wait(lambda: view.viewport().height() < room)
    assert view.mapFromScene(node.pos()) == before
    hands.trigger("stop")
    assert view.mapFromScene(node.pos()) == before
