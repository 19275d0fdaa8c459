"""Try it: what a person draws or sets is answered, and can be looked at in the activations."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from ui.pointing import drag_on_pad, on_pad

from nnstudio.data.dataset import Dataset, load
from nnstudio.model.tokens import Tokens
from nnstudio.project import open_example
from nnstudio.training.messages import Phase
from nnstudio.ui.live.choice_input import ChoiceInput, GapInput
from nnstudio.ui.live.number_input import NumberInput
from nnstudio.ui.live.try_it import TryView


def test_a_drawn_digit_is_predicted_and_goes_through_the_layers(hands, window):
    window.files.open_example("mnist-dense")
    hands.wait_phase(Phase.READY)
    window.docks["try_it"].raise_()
    view = window.live.views["try_it"]
    assert window.live.views["activations"].sample.text() == "0"
    hands.wait(view.pad.isVisible)
    QTest.mouseClick(view.clear_button, Qt.MouseButton.LeftButton)
    said = view.probabilities.accessibleDescription()
    assert "each class will stand here" in said
    view.by_hand.layout().activate()
    empty = view.probabilities.grab().toImage()
    drag_on_pad(view.pad, ((0.5, 0.2), (0.5, 0.8)))
    assert view.pad.pixels[6:22, 13:15].min() > 0.9 and view.pad.pixels[:, :8].max() == 0
    hands.wait(lambda: view.probabilities._prediction is not None)
    expected = view.pad.pixels[..., None]
    hands.wait(lambda: window.live.views["activations"]._last is not None)
    activations = window.live.views["activations"]
    hands.wait(lambda: activations._last.sample == -1 and np.array_equal(activations._last.source, expected))
    assert activations.sample.text() == "own" and "your own" in activations.caption.text()
    session = open_example("mnist-dense").session()
    known = session.predict(expected[None])[0]
    hands.wait(lambda: np.allclose(view.probabilities._prediction.values, known, atol=1e-5))
    QTest.mouseClick(view.clear_button, Qt.MouseButton.LeftButton)
    assert view.pad.pixels.max() == 0
    assert view.probabilities._prediction is None and view.probe() is None, "of nothing, none means anything"
    assert view.probabilities.accessibleDescription() == said and view.probabilities.grab().toImage() == empty
    activations.sample.setValue(3)
    hands.wait(lambda: activations._last.sample == 3)


def test_it_begins_with_the_sample_of_the_canvas_and_a_drawing_begins_on_an_empty_pad(qtbot):
    data, view, shown = load("mnist", {}), TryView(), []
    qtbot.addWidget(view)
    view.requested.connect(shown.append)
    view.set_data(data)
    view.resize(400, 300)
    view.show()
    first = data.part(data.watched)[0][0]
    np.testing.assert_allclose(view._own(), first, atol=1e-6)
    digit = data.classes[int(data.y_validation[0, 0])]
    assert view.truth.isVisible() and view.truth.text() == f"sample 0 of the validation part, true: {digit}"
    assert not shown, "it is no sample of a person's own"
    drag_on_pad(view.pad, ((0.1, 0.9), (0.2, 0.9)))
    assert view.pad.pixels[:20].max() == 0 < view.pad.pixels[22:].max() and view.truth.isHidden() and shown
    drag_on_pad(view.pad, ((0.1, 0.1), (0.2, 0.1)))
    assert view.pad.pixels[:6].max() > 0 < view.pad.pixels[22:].max(), "a second line joins the first"


@pytest.mark.parametrize("example", ["iris", "celsius", "spiral"])
def test_the_fields_of_a_table_begin_with_the_sample_of_the_canvas(qtbot, example):
    data, view = open_example(example).session().data, TryView()
    qtbot.addWidget(view)
    view.set_data(data)
    x, y = data.part(data.watched)
    span = np.ptp(data.x_train, 0)
    assert (np.abs(view._own() - x[0]) <= span / 500).all()
    assert view.truth.text().startswith(f"sample 0 of the {data.watched} part")
    assert not data.classes or view.truth.text().endswith(f"true: {data.classes[int(y[0, 0])]}")
    view.sheet.numbers[0].slider.setValue(3)
    assert view.truth.isHidden()


def test_an_autoencoder_predicts_a_picture(hands, window):
    window.files.new_from_template("autoencoder")
    hands.wait_phase(Phase.READY)
    window.docks["try_it"].raise_()
    view = window.live.views["try_it"]
    hands.wait(view.pad.isVisible)
    told = view.probabilities
    hands.wait(lambda: told._prediction is not None)
    assert view.truth.text() == "sample 0 of the validation part"
    view.clear_button.click()
    assert "makes of it will stand here" in told.accessibleDescription()
    view.sample_button.click()
    hands.wait(lambda: told._prediction is not None and bool(told._prediction.values.std() > 0))
    assert view.probabilities._prediction.shape == (28, 28, 1)
    drawn = view.probabilities.grab().toImage()
    # The picture fills its own range from black to white.
    greys = {drawn.pixelColor(x, drawn.height() // 2).red() for x in range(drawn.width())}
    assert len(greys) > 5


def test_wiping_and_centring(hands, window):
    window.files.open_example("mnist-dense")
    hands.wait_phase(Phase.READY)
    pad = window.live.views["try_it"].pad
    window.docks["try_it"].raise_()
    hands.wait(pad.isVisible)
    pad.clear()
    pad.pixels[2:6, 3:7] = 1
    pad.centre()
    assert pad.pixels.sum() == 16 and pad.pixels[12:16, 12:16].all()
    pad.pixels[20:, 1:9] = 0.5
    mass = pad.pixels.sum()
    pad.centre()
    assert pad.pixels.sum() == pytest.approx(mass)
    QTest.mousePress(pad, Qt.MouseButton.RightButton, pos=on_pad(pad, 0.5, 0.5))
    QTest.mouseRelease(pad, Qt.MouseButton.RightButton, pos=on_pad(pad, 0.5, 0.5))
    assert pad.pixels[14, 14] == 0
    QTest.keyClick(pad, Qt.Key.Key_Delete)
    assert pad.pixels.max() == 0


def test_sliders_speak_the_unit_of_the_data(hands, window):
    window.files.open_example("iris")
    hands.wait_phase(Phase.READY)
    window.docks["try_it"].raise_()
    view, data = window.live.views["try_it"], open_example("iris").session().data
    hands.wait(lambda: len(view.sheet.numbers) == 4 and view.sheet.isVisible())
    told = [float(number.box.text()) for number in view.sheet.numbers]
    original = data.part(data.watched)[0][0] * data.x_scale + data.x_shift
    np.testing.assert_allclose(told, np.ravel(original), rtol=5e-3)
    view.sheet.numbers[2].slider.setValue(1000)
    top = float((data.x_train.max(0) * data.x_scale + data.x_shift)[2])
    assert float(view.sheet.numbers[2].box.text()) == pytest.approx(top, rel=1e-3)
    hands.wait(
        lambda: view.probabilities._prediction is not None and len(view.probabilities._prediction.values) == 3
    )
    assert "setosa" in view.probabilities.accessibleDescription()


@pytest.mark.parametrize("example", ["celsius", "iris", "spiral", "xor"])
def test_what_stands_beside_a_slider_is_what_is_predicted(qtbot, example):
    """To the digit: a person reckons with the number that they read."""
    session = open_example(example).session()
    data, view = session.data, TryView()
    qtbot.addWidget(view)
    view.set_data(data)
    for ticks in (0, 137, 500, 613, 999, 1000):
        for number in view.sheet.numbers:
            number.slider.setValue(ticks)
        read = np.array([float(number.box.text().replace(",", "")) for number in view.sheet.numbers])
        entered = ((read - data.x_shift) / data.x_scale).astype(np.float32)
        np.testing.assert_array_equal(view._own(), entered)
        *_, told = view.probe().run(session)
        if not data.classes:
            expected = session.predict(entered[None])[0] * data.y_scale + data.y_shift
            np.testing.assert_array_equal(told.values, expected)


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [
        (0.0, 100.5, "61.6"), (0.0, 3.6, "2.207"), (1e6, 3.5e6 + 0.5, "2,533,000"), (5.5, 5.5, "5.5"),
        (1e-9, 2e-9, "1.613e-09"), (1000.0, 1000.5, "1,000.3065"),
    ],
)  # fmt: skip
def test_a_slider_has_as_many_decimals_as_it_has_steps(qtbot, low, high, text):
    number = NumberInput(0, "x", low, high, is_whole=False)
    qtbot.addWidget(number.slider)
    qtbot.addWidget(number.box)
    number.slider.setValue(613)
    assert number.box.text() == text


def test_other_data_forgets_the_drawing_and_what_cannot_be_made_is_said(hands, window):
    window.files.open_example("mnist-dense")
    hands.wait_phase(Phase.READY)
    view, activations = window.live.views["try_it"], window.live.views["activations"]
    view.pad.pixels[5:9, 5:9] = 1
    view.pad.drawn.emit()
    assert activations.sample.value() == -1
    window.files.open_example("celsius")
    hands.wait_phase(Phase.READY)
    # Another project has views of its own.
    view, activations = window.live.views["try_it"], window.live.views["activations"]
    hands.wait(lambda: len(view.sheet.numbers) == 1)
    assert activations.sample.minimum() == 0 and activations.sample.text() == "0"
    view.set_data(None)
    assert view.probe() is None and view.hint.isVisibleTo(view)


def test_sliders_of_whole_numbers_stand_at_whole_numbers(qtbot):
    """What stands for a word or a character has nothing in between: an Embedding would refuse it."""
    x = np.array([[0, 9], [3, 2], [7, 4]], np.float32)
    for samples, whole in ((x, True), (x + 0.25, False)):
        view = TryView()
        qtbot.addWidget(view)
        view.set_data(Dataset("codes", samples, x[:, :1], x[:0], x[:0, :1]))
        slider, values = view.sheet.numbers[0].slider, set()
        for ticks in range(slider.maximum() + 1):
            slider.setValue(ticks)
            values.add(float(view._own()[0]))
        assert all(v == round(v) for v in values) == whole
        assert min(values) == samples[:, 0].min() and max(values) == samples[:, 0].max()
        # Each step of an arrow key is seen.
        assert slider.maximum() == (7 if whole else 1000)


def test_the_slider_of_a_number_of_a_value_stands_at_whole_numbers_among_quantities(qtbot):
    x, view = np.array([[0.5, 9], [3.2, 2], [7, 4]], np.float32), TryView()
    qtbot.addWidget(view)
    view.set_data(Dataset("shops", x, x[:, :1], x[:0], x[:0, :1], tokens=(Tokens((1,), 10),)))
    for number_input in view.sheet.numbers:
        number_input.slider.setValue(number_input.slider.maximum() // 3 + 1)
    quantity, number = map(float, view._own())
    assert number == round(number) and quantity != round(quantity)


def test_a_number_is_typed_also_beyond_what_was_learned_from(qtbot):
    x, view = np.array([[0.0], [50.0], [100.0]], np.float32), TryView()
    qtbot.addWidget(view)
    view.set_data(Dataset("celsius", x, x, x[:0], x[:0], features=("degrees",)))
    line = view.sheet.numbers[0]
    for typed, value, outside in [
        ("-40", -40, True),
        ("1,5", 1.5, False),
        ("2,500", 2500, True),
        ("100", 100, False),
    ]:
        line.box.setText(typed)
        line.box.editingFinished.emit()
        assert view._own()[0] == pytest.approx(value)
        assert view.remark.isVisibleTo(view) == outside and ("degrees" in view.remark.text()) == outside
    line.box.setText("ten")
    line.box.editingFinished.emit()
    assert view._own()[0] == 100 and line.box.property("refused") and "number" in line.box.toolTip()
    line.slider.setValue(3)
    assert line.box.text() == "3" and not line.box.property("refused")


def test_categories_are_chosen_and_what_is_missing_is_ticked(qtbot, tmp_path):
    path = tmp_path / "flats.csv"
    rows = [f"{20 + i % 9 if i % 7 else ''},{['Faro', 'Porto', 'Porto'][i % 3]},{100 + i}" for i in range(60)]
    path.write_text("age,city,price\n" + "\n".join(rows) + "\n")
    data, view = load("csv", {"path": str(path), "target": "price"}), TryView()
    qtbot.addWidget(view)
    view.set_data(data)
    assert data.features == ("age", "age is missing", "city = Faro", "city = Porto")
    (age,), choice, gap = view.sheet.numbers, view.findChild(ChoiceInput), view.findChild(GapInput)
    assert choice.currentText() == "Porto" and not gap.isChecked()
    age.slider.setValue(3)
    choice.setCurrentText("Faro")
    np.testing.assert_allclose(view.sheet.told(), [23, 0, 1, 0])
    gap.setChecked(True)
    # As for a row of the file that lacks it, whatever the slider says.
    np.testing.assert_allclose(view.sheet.told(), [data.inputs[0].fill, 1, 1, 0])
    choice.setCurrentText("another value")
    gap.setChecked(False)
    np.testing.assert_allclose(view.sheet.told(), [23, 0, 0, 0])
    one = data.part(data.watched)[0][1]
    view.sample_button.click()
    np.testing.assert_allclose(view.sheet.sample(), one, atol=1e-5)


@pytest.mark.parametrize("channels", ["colour", "colour and alpha"])
def test_a_photo_is_taken_in_its_colours_and_says_what_it_is_until_it_is_drawn_on(qtbot, channels):
    data, view = load("animals", {"channels": channels}), TryView()
    qtbot.addWidget(view)
    view.set_data(data)
    view.sample_button.click()
    np.testing.assert_allclose(view._own(), data.x_validation[1], atol=1e-6)
    animal = data.classes[int(data.y_validation[1, 0])]
    assert (
        view.truth.isVisibleTo(view)
        and view.truth.text() == f"sample 1 of the validation part, true: {animal}"
    )
    view.pad.drawn.emit()
    assert not view.truth.isVisibleTo(view) and not view.centre_button.isVisibleTo(view)
    view.set_data(load("mnist", {}))
    assert view.centre_button.isVisibleTo(view)


def bottom(view, widget) -> int:
    return widget.mapTo(view, widget.rect().bottomLeft()).y()


@pytest.fixture
def large(hands, window):
    """Shows Try it for an example in all of the window."""

    def show(example: str) -> TryView:
        window.files.open_example(example)
        hands.wait_phase(Phase.READY)
        window.large.show("try_it")
        view = window.live.views["try_it"]
        view.sample_button.click()
        hands.wait(lambda: view.probabilities._prediction is not None and view.truth.isVisible())
        return view

    window.resize(1360, 850)
    return show


def test_made_large_a_prediction_uses_the_height_and_larger_letters(large, hands, window):
    view = large("mnist-dense")
    bars = view.probabilities
    hands.wait(lambda: bars.height() > 400)
    image = bars.grab().toImage()
    scale = image.height() / bars.height()
    # The line of the last class, drawn in the ink of text, is far below what ten usual lines take.
    inked = [
        y for y in range(0, image.height(), 2)
        if any(image.pixelColor(x, y).lightness() < 90 for x in range(0, round(60 * scale)))
    ]  # fmt: skip
    assert inked and max(inked) / scale > 1.4 * 10 * bars._line()


def test_made_large_sliders_and_what_they_lead_to_stand_together(large, hands):
    view = large("iris")
    hands.wait(lambda: view.probabilities.height() > 3 * view.probabilities._line())
    needed = view.sheet.sizeHint().expandedTo(view.sheet.minimumSizeHint())
    assert view.sheet.height() <= needed.height() + 2, "no gap below the last field"
    assert view.probabilities.y() - bottom(view.by_hand, view.sample_button) < 20
    assert bottom(view, view.probabilities) < 0.7 * view.height(), "what is left is below all of it"


def test_a_picture_and_what_becomes_of_it_are_as_large_as_each_other(hands, window):
    window.resize(1360, 850)
    window.files.new_from_template("autoencoder")
    hands.wait_phase(Phase.READY)
    window.large.show("try_it")
    view = window.live.views["try_it"]
    view.sample_button.click()
    hands.wait(lambda: bool(view.probabilities._prediction and view.probabilities._prediction.shape))
    hands.wait(lambda: abs(view.pad.width() - view.probabilities.width()) < 4)
    assert view.pad.height() == view.probabilities.height()


@pytest.mark.parametrize("example", ["mnist-dense", "iris"])
def test_in_a_small_panel_buttons_hold_their_words_and_the_prediction_is_seen(hands, window, example):
    window.resize(1024, 700)
    hands.wait(lambda: not window.layouts._follow.isActive())
    window.files.open_example(example)
    hands.wait_phase(Phase.READY)
    window.docks.show("try_it")
    view = window.live.views["try_it"]
    view.sample_button.click()
    hands.wait(lambda: view.probabilities._prediction is not None and view.truth.isVisible())
    for button in (view.clear_button, view.centre_button, view.sample_button):
        if button.isVisible():
            text = button.fontMetrics().horizontalAdvance(button.text())
            assert button.width() >= text + 16 and button.visibleRegion().boundingRect() == button.rect()
    bars = view.probabilities
    assert bars.height() >= 3 * bars._line() and bars.visibleRegion().boundingRect() == bars.rect()


@pytest.mark.parametrize(("target", "is_told"), [("picture", True), ("digit", False)])
def test_two_pictures_beside_each_other_are_told_apart(qtbot, target, is_told):
    view = TryView()
    qtbot.addWidget(view)
    view.set_data(load("mnist", {"target": target}))
    view.show()
    assert view.sides.isVisible() == is_told
    assert "left: what enters" in view.sides.text()
