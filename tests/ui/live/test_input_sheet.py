"""The fields of a table that are set by hand: names in full, units, dates as one, and what is missing."""

from __future__ import annotations

import math

import numpy as np
import pytest

from nnstudio.data.dataset import load
from nnstudio.ui.live.choice_input import ChoiceInput
from nnstudio.ui.live.date_input import DateInput
from nnstudio.ui.live.input_sheet import InputSheet
from nnstudio.ui.live.number_input import NumberInput

LONG = "distance_to_the_centre_of_the_town_and_to_its_station"


@pytest.fixture
def sheet_of(qtbot, tmp_path):
    def build(names: str, row, target: str = "price", **options) -> InputSheet:
        """Of a table with 60 rows; the last one of ``names`` is learned unless another is named."""
        path = tmp_path / "table.csv"
        rows = "".join(f"{','.join(map(str, row(i)))}\n" for i in range(60))
        path.write_text(f"{names}\n{rows}")
        sheet = InputSheet()
        qtbot.addWidget(sheet)
        sheet.set_data(load("csv", {"path": str(path), "target": target, **options}))
        return sheet

    return build


def field_of(sheet: InputSheet, name: str):
    return next(field for field in sheet.fields if field.title.accessibleName() == name)


@pytest.mark.parametrize("width", [170, 230, 300, 900])
def test_names_are_whole_and_nothing_is_wider_than_the_sheet(sheet_of, qtbot, width):
    sheet = sheet_of(f"age,{LONG},city,price", lambda i: (i % 9, i % 5, ["Faro", "Porto"][i % 2], 100 + i))
    sheet.resize(width, 200)
    sheet.show()
    assert [field.title.text().replace("\u200b", "") for field in sheet.fields] == ["age", LONG, "city"]

    def is_whole(field) -> bool:
        right = field.mapTo(sheet.viewport(), field.rect().topRight()).x()
        fits = right < sheet.viewport().width() >= field.minimumSizeHint().width()
        return fits and field.title.heightForWidth(field.title.width()) <= field.title.height()

    qtbot.waitUntil(lambda: all(map(is_whole, sheet.fields)))


def test_fields_stand_side_by_side_where_there_is_room(sheet_of, qtbot):
    sheet = sheet_of("a,b,c,d,price", lambda i: (i, i % 3, i % 4, i % 5, 100 + i))
    sheet.show()

    def across() -> int:
        return len({field.mapTo(sheet, field.rect().topLeft()).x() for field in sheet.fields})

    for width, is_broad in ((250, False), (900, True), (250, False)):
        sheet.resize(width, 300)
        qtbot.waitUntil(lambda is_broad=is_broad: (across() > 1) == is_broad)


def test_a_number_has_its_unit_and_what_occurs_in_training(sheet_of):
    sheet = sheet_of("weight,price", lambda i: (f"{20 + i % 11} kg", 100 + i))
    field = field_of(sheet, "weight")
    assert field.setter.unit == "kg" and field.seen.text() == "20 to 30"
    field.setter.box.setText("41 kg")
    field.setter.box.editingFinished.emit()
    assert sheet.told() == pytest.approx([41]) and "weight" in sheet.remark()


def test_a_logarithm_is_set_as_the_number_that_it_is_of(sheet_of):
    sheet = sheet_of("fare,price", lambda i: (i * i, 100 + i), columns="fare: log")
    (fare,) = sheet.numbers
    fare.box.setText("120")
    fare.box.editingFinished.emit()
    assert fare.name == "fare" and sheet.told()[0] == pytest.approx(math.log(121))
    fare.box.setText("-3")
    fare.box.editingFinished.emit()
    assert "at least 0" in sheet.remark() and sheet.told()[0] == pytest.approx(math.log(121))


def test_a_number_beyond_the_bounds_enters_as_they_are(sheet_of):
    sheet = sheet_of("area,price", lambda i: (i, 100 + i), columns="area: clip")
    (area,), high = sheet.numbers, sheet.data.inputs[0].clip[1]
    area.box.setText("5000")
    area.box.editingFinished.emit()
    assert sheet.told() == pytest.approx([high])


def dated(i: int) -> tuple:
    return f"{1 + i % 28:02}.{1 + i % 12:02}.{2023 + i % 2}", 100 + i


def test_a_date_is_one_field_that_is_typed_as_in_the_file(sheet_of):
    sheet = sheet_of("planted on,price", dated)
    (field,) = sheet.fields
    date = field.setter
    assert isinstance(date, DateInput) and sheet.data.features == tuple(
        f"planted on: {part}" for part in ("year", "month", "day", "weekday")
    )
    date.box.setText("29.02.2024")
    date.box.editingFinished.emit()
    # A Thursday, and Monday is 0.
    np.testing.assert_allclose(sheet.told(), [2024, 2, 29, 3])
    assert not sheet.remark()
    for typed, told in (("30.02.2024", "must be a date, such as"), ("1.1.2031", "outside")):
        date.box.setText(typed)
        date.box.editingFinished.emit()
        assert told in sheet.remark()
    np.testing.assert_allclose(sheet.told(), [2031, 1, 1, 2])
    date.slider.setValue(0)
    assert date.box.text() == date.seen.split(" to ")[0] and not sheet.remark()
    date.slider.setValue(date.slider.maximum())
    assert date.box.text() == date.seen.split(" to ")[1] and not sheet.remark()


def test_a_row_with_a_date_is_shown_as_it_was(sheet_of):
    sheet = sheet_of("planted on,price", dated)
    data = sheet.data
    for sample in data.x_validation:
        sheet.show_sample(sample)
        np.testing.assert_allclose(sheet.sample(), sample, atol=1e-5)


@pytest.mark.parametrize(
    ("written", "typed", "told"),
    [
        (lambda i: f"{2000 + i // 12}-{1 + i % 12:02}", "2003-04", [2003, 4]),
        (lambda i: f"2024-03-{1 + i % 9:02} {i % 24:02}:30", "2024-03-05 17:30", [5, 1, 17]),
    ],
)
def test_months_and_times_of_day_are_dates_too(sheet_of, written, typed, told):
    sheet = sheet_of("when,price", lambda i: (written(i), 100 + i))
    (date,) = (field.setter for field in sheet.fields)
    date.box.setText(typed)
    date.box.editingFinished.emit()
    np.testing.assert_allclose(sheet.told(), told)
    seen = {date.box.text()}
    for tick in range(date.slider.maximum() + 1):
        date.slider.setValue(tick)
        seen.add(date.box.text())
    # Each tick is another one.
    assert len(seen) >= date.slider.maximum() + 1 and not sheet.remark()


def test_what_is_missing_cannot_be_set_and_counts_as_it_did_in_training(sheet_of):
    sheet = sheet_of(
        "age,planted on,price",
        lambda i: (
            "" if i % 7 == 0 else 20 + i % 9,
            "" if i % 5 == 0 else f"2024-{1 + i % 12:02}-05",
            100 + i,
        ),
    )
    age, date = sheet.fields
    for field in (age, date):
        assert not field.instead.isVisibleTo(field)
        field.gap.setChecked(True)
        assert not field.setter.box.isEnabled() and field.instead.isVisibleTo(field)
        assert field.instead.text().startswith("counts as ")
    numbers, dates = sheet.data.inputs
    assert sheet.told() == pytest.approx([numbers.fill, 1, *dates.fill, 1])
    age.gap.setChecked(False)
    assert age.setter.box.isEnabled() and sheet.told()[1] == 0


def test_whole_numbers_stay_whole_where_half_of_one_stands_for_missing_ones(sheet_of):
    sheet = sheet_of("age,price", lambda i: ("" if i % 7 == 0 else 20 + i % 10, 100 + i))
    (age,) = sheet.numbers
    assert isinstance(age, NumberInput) and age.slider.maximum() == round(age.high - age.low)


def test_scrolling_over_a_field_changes_nothing(sheet_of, qtbot):
    sheet = sheet_of("age,city,price", lambda i: (i % 9, ["Faro", "Porto"][i % 2], 100 + i))
    for field in sheet.fields:
        setter = field.setter if isinstance(field.setter, ChoiceInput) else field.setter.slider
        assert not setter.hasFocus()
        event = wheel_event()
        setter.wheelEvent(event)
        assert not event.isAccepted()


def wheel_event():
    from PySide6.QtCore import QPoint, QPointF, Qt
    from PySide6.QtGui import QWheelEvent

    nothing, none = QPointF(), Qt.MouseButton.NoButton
    modifier, phase = Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase
    return QWheelEvent(nothing, nothing, QPoint(), QPoint(0, -120), none, modifier, phase, False)
