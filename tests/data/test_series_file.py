"""Time series: windows in the order of time, the last part for testing, what must be beaten is said."""

from __future__ import annotations

import datetime
import json

import numpy as np
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from nnstudio import cli
from nnstudio.data.dataset import DataError, load, sources
from nnstudio.data.series_file import SeriesFile
from nnstudio.data.without_samples import plain, without_samples
from nnstudio.from_data import project_from_data


def months(count, value, start=1990):
    return "".join(f"{start + i // 12}-{i % 12 + 1:02},{i * 3},{value(i)}\n" for i in range(count))


@pytest.fixture
def series(tmp_path):
    def series(text, **options):
        path = tmp_path / "t.csv"
        path.write_text("month,price,sales\n" + text)
        return load("series", {"path": str(path), "validation_ratio": 0.0, **options})

    return series


def original(data, x):
    return x * data.x_scale + data.x_shift


def test_a_window_holds_the_values_before_the_target(series):
    data = series(months(60, lambda i: i * i), window=4, horizon=2, test_ratio=0.25)
    assert data.input_shape == (4, 1) and data.targets == ("sales",)
    first = original(data, data.x_train)[0, :, 0]
    assert first == pytest.approx([0, 1, 4, 9], abs=1e-3)
    assert (data.y_train * data.y_scale + data.y_shift)[0, 0] == pytest.approx(25, abs=1e-2)
    assert len(data.all_inputs()) == 55
    last = (data.y_test * data.y_scale + data.y_shift)[-1, 0]
    assert last == pytest.approx(59 * 59, rel=1e-4), "the last ones are tested"
    assert data.features[:2] == ("sales 3 before", "sales 2 before")


def test_scaling_knows_the_training_part_alone(series):
    one = series(months(60, lambda i: i if i < 45 else 0), window=4)
    other = series(months(60, lambda i: i if i < 49 else 10**6), window=4)
    train = len(one.x_train) + 4
    assert other.y_shift[0] == pytest.approx(np.arange(train)[: train - 1].mean(), rel=0.05)
    assert one.x_shift.shape == (4, 1)


def test_several_columns_enter_and_windows_are_apart(series):
    data = series(months(60, lambda i: i % 7), inputs="price; sales", window=5, step=3)
    assert data.input_shape == (5, 2) and len(data.all_inputs()) == 19
    assert original(data, data.x_train)[1, 0].tolist() == pytest.approx([9, 3], abs=1e-3)


def test_what_must_be_beaten_is_said_in_the_unit_of_the_target(series):
    data = series(months(60, lambda i: 10 * (i % 12)))
    (note,) = (n for n in data.notes if n.startswith("To beat"))
    assert "0 by the value 12 rows before" in note and "test part, 1 row ahead: " in note
    plain = series("".join(f"x{i},{i},{i * 2}\n" for i in range(40)))
    assert "mean absolute error of 2 by the last known value." in " ".join(plain.notes)


def test_gaps_and_disorder_are_said(series):
    rows = months(40, lambda i: i).splitlines()
    mixed = "\n".join([rows[7], *rows[:7], *rows[8:20], *rows[23:]]) + "\n"
    data = series(mixed.replace("1990-03,6,2\n", "1990-03,6,\n"), window=3)
    told = " ".join(data.notes)
    assert "sorted by 'month'" in told and "1 value of 'sales' is missing, in data row 4 (1990-03)." in told
    assert "there is 1 gap after data row 20 (1991-08)" in told and "6 of the 34 windows touch gaps" in told
    assert original(data, data.x_train)[0, :, 0] == pytest.approx([3, 4, 5], abs=1e-3), "3 windows on"


@pytest.mark.parametrize(
    "text, options, words",
    [
        (months(5, lambda i: i), {}, "take at least 14"),
        (months(30, lambda i: i), {"column": "sale"}, "Did you mean 'sales'"),
        (months(30, lambda i: i), {"inputs": "prize"}, "Did you mean 'price'"),
        ("a,b,c\nd,e,f\n", {}, "No column holds numbers"),
        (months(30, lambda i: "x" if i == 9 else i), {}, "'x' in data row 10|take at least"),
    ],
)
def test_mistakes_are_sentences(series, text, options, words):
    if "x" in text:
        options = {**options, "column": "sales"}
    with pytest.raises(DataError, match=words):
        series(text, **options)


def test_the_value_after_the_end_is_predicted(tmp_path, capsys):
    path = tmp_path / "t.csv"
    path.write_text("month,price,sales\n" + months(60, lambda i: i))
    proposed = project_from_data(path, {"window": 6}, kind="series")
    proposed.project.save(tmp_path / "p.nns")
    assert cli.run(["predict", str(tmp_path / "p.nns"), str(path)]) == 0
    told = capsys.readouterr()
    assert told.out.splitlines()[0] == "sales" and len(told.out.splitlines()) == 2
    assert "after the last of the 60 rows" in told.err
    path.write_text("month,price,sales\n" + months(4, lambda i: i))
    assert cli.run(["predict", str(tmp_path / "p.nns"), str(path)]) == 2
    assert "takes the last 6" in capsys.readouterr().err


def test_it_is_chosen_by_a_person_and_previewed(tmp_path):
    source = sources["series"]
    assert isinstance(source, SeriesFile) and not source.takes(tmp_path / "t.csv")
    preview = source.preview(source.complete(source.example(tmp_path)))
    assert preview.target == "sales" and preview.columns == ("price", "month", "sales")


FRAME = {
    "day": [f"2024-01-{i + 1:02}" for i in range(30)],
    "low": [float(i * i % 11) for i in range(30)],
    "high": [float(20 + i) for i in range(30)],
}


def write_table(path):
    """The same table in the format that a file's name says, dates with a type of their own where it has."""
    rows = list(zip(*FRAME.values(), strict=True))
    dates = [datetime.datetime.fromisoformat(day) for day in FRAME["day"]]
    match path.suffix:
        case ".csv":
            text = "".join(f"{day};{low};{high}\n" for day, low, high in rows)
            path.write_text("day;low;high\n" + text)
        case ".jsonl":
            path.write_text("".join(json.dumps(dict(zip(FRAME, row, strict=True))) + "\n" for row in rows))
        case ".parquet":
            pq.write_table(pa.table({**FRAME, "day": dates}), path)
        case ".xlsx":
            book = openpyxl.Workbook()
            book.active.title = "cover"
            book.active.append(["A report"])
            sheet = book.create_sheet("days")
            for row in (list(FRAME), *([date, *row[1:]] for date, row in zip(dates, rows, strict=True))):
                sheet.append(row)
            book.save(path)
    return path


FORMATS = (".csv", ".jsonl", ".parquet", ".xlsx")


@pytest.mark.parametrize("suffix", FORMATS)
def test_every_kind_of_table_holds_the_same_series(tmp_path, suffix):
    options = {"column": "low; high", "window": 5, "horizon": 2, "step": 3, "validation_ratio": 0.1}
    path, other = write_table(tmp_path / f"t{suffix}"), write_table(tmp_path / "t.csv")
    data, same = (load("series", {**options, "path": str(file)}) for file in (path, other))
    assert data.targets == ("low", "high") and data.input_shape == (5, 2) and data.target_width == 2
    for part in ("x_train", "y_train", "x_validation", "y_validation", "x_test", "y_test"):
        assert np.array_equal(getattr(data, part), getattr(same, part)), part
    assert (data.y_train * data.y_scale + data.y_shift)[0] == pytest.approx([36 % 11, 26])
    assert sum("To beat on the test part for 'high'" in note for note in data.notes) == 1
    source = sources["series"]
    preview = source.preview(source.complete({"path": str(path)}))
    assert preview.target == "high" and preview.columns == ("day", "low", "high")


@pytest.mark.parametrize("suffix", FORMATS[1:])
def test_a_series_of_any_table_is_learned_from_and_goes_on_in_another(tmp_path, capsys, suffix):
    path, out = write_table(tmp_path / f"t{suffix}"), tmp_path / "p.nns"
    arguments = ["new", "--data", str(path), "--kind", "series", "--target", "low", "--target", "high"]
    assert cli.run([*arguments, "--option", "window=4", str(out)]) == 0
    assert "Target:     low, high" in capsys.readouterr().out
    for file in (path, write_table(tmp_path / "later.csv")):
        assert cli.run(["predict", str(out), str(file)]) == 0
        told = capsys.readouterr()
        assert told.out.splitlines()[0] == "low,high" and "after the last of the 30 rows" in told.err


def test_a_sheet_is_chosen_by_its_name(tmp_path):
    path = write_table(tmp_path / "t.xlsx")
    with pytest.raises(DataError, match="Its sheets are: 'cover', 'days'"):
        load("series", {"path": str(path), "sheet": "weeks"})
    assert load("series", {"path": str(path), "sheet": "days"}).targets == ("high",)


@pytest.mark.parametrize("is_gone", [False, True])
def test_values_outside_of_training_are_said(tmp_path, is_gone):
    path = tmp_path / "months.csv"
    path.write_text("value\n" + "".join(f"{i % 10 + 5}\n" for i in range(60)))
    source, options = sources["series"], sources["series"].complete({"path": str(path), "window": 4})
    data = source.load(options)
    trained = without_samples(plain(data)) if is_gone else data
    assert not any("outside" in note for note in source.read_ending(path, options, trained)[1])
    path.write_text("value\n5\n6\n14\n700\n-3\n8\n")
    said = "2 of the 4 values of 'value' that enter are outside of what the network was trained on (5 to 14)."
    assert said in source.read_ending(path, options, trained)[1]
