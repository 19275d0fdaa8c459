"""Tables that hold what nobody expects: numbers beyond 64 bits, rows of totals, any damage at all."""

from __future__ import annotations

import os
import random
from pathlib import Path

import numpy as np
import pytest

from nnstudio.data.dataset import DataError, Dataset, load, sources
from nnstudio.data.new_rows import read_new_rows
from nnstudio.data.npy_file import read_samples
from nnstudio.model.atomic_file import FileError

TOTAL = "a,b,y\n1,2,yes\n2,3,no\n3,4,yes\n4,5,no\n5,6,yes\n6,1,no\nTotal,,\n"


def write(folder: Path, text: str) -> str:
    path = folder / "t.csv"
    path.write_text(text, encoding="utf-8", errors="surrogatepass")
    return str(path)


def test_a_row_of_totals_is_named_and_can_be_left_out(tmp_path):
    path = write(tmp_path, TOTAL)
    with pytest.raises(DataError, match=r"'Total' in data row 7 .*skip_rows='7'"):
        load("csv", {"path": path})
    data = load("csv", {"path": path, "skip_rows": "7", "test_ratio": 0.0, "validation_ratio": 0.0})
    assert data.features == ("a", "b") and data.classes == ("no", "yes") and not data.notes
    original = data.x_train * data.x_scale + data.x_shift
    assert sorted(np.round(original[:, 0])) == [1, 2, 3, 4, 5, 6]


def test_rows_keep_their_numbers_where_others_are_left_out(tmp_path):
    path = write(tmp_path, TOTAL.replace("3,4,yes", "x,4,yes"))
    with pytest.raises(DataError, match="'x' in data row 3"):
        load("csv", {"path": path, "skip_rows": "7"})
    for rows in ("8", "0", "x", "2-1"):
        with pytest.raises(DataError, match="7 rows of data"):
            load("csv", {"path": path, "skip_rows": rows})
    with pytest.raises(DataError, match="no rows"):
        load("csv", {"path": path, "skip_rows": "all"})


def test_a_decimal_comma_in_a_column_with_a_text_is_still_read(tmp_path):
    path = write(tmp_path, "a;y\n1,5;1,5\n2,5;7,25\n3,5;3,5\n4,5;1,25\n5,5;2,5\nSum;\n")
    data = load("csv", {"path": path, "skip_rows": "6", "test_ratio": 0.0, "validation_ratio": 0.0})
    values = sorted(data.x_train[:, 0] * data.x_scale + data.x_shift)
    assert values == pytest.approx([1.5, 2.5, 3.5, 4.5, 5.5])


def test_numbers_beyond_64_bits_are_a_name_or_a_number(tmp_path):
    different = "".join(f"{i * 10**29 + 7},{i},{i % 2}\n" for i in range(1, 20))
    data = load("csv", {"path": write(tmp_path, "id,a,y\n" + different)})
    assert data.features == ("a",) and "'id' is left out" in data.notes[0]
    longer = "".join(f"1{'0' * 400}{i:02},{i},{i % 2}\n" for i in range(1, 20))
    assert load("csv", {"path": write(tmp_path, "id,a,y\n" + longer)}).features == ("a",)
    repeated = "".join(f"{(i % 3) * 10**29},{i},{i % 2}\n" for i in range(1, 20))
    data = load(
        "csv", {"path": write(tmp_path, "id,a,y\n" + repeated), "test_ratio": 0.0, "validation_ratio": 0.0}
    )
    assert data.features == ("id", "a") and not data.notes
    assert len(np.unique(data.x_train[:, 0])) == 3
    new = read_new_rows(Path(write(tmp_path, "id,a\n9" + "0" * 30 + ",1\n")), {}, data)
    assert new.x[0, 0] == 9e30
    as_target = load("csv", {"path": write(tmp_path, "id,a,y\n" + different), "target": "id"})
    assert not as_target.classes and as_target.targets == ("id",)


@pytest.mark.parametrize(
    "text, words",
    [
        ('a,y\n"' + "x" * 140_000 + '",1\n2,3\n', "field larger than field limit"),
        ("a,y\n1,2\n3,4\n5,1e300\n", "too large a number"),
        ("a,y\n1,2\n3,inf\n5,6\n", "infinite number"),
        ("a,y\n1,2\n3,4\n-1e200,6\n", "'a'.*too large a number.*row 3"),
    ],
)
def test_sentences(tmp_path, text, words):
    with pytest.raises(DataError, match=words):
        load("csv", {"path": write(tmp_path, text)})


def test_line_breaks_inside_quotation_marks_belong_to_the_cell(tmp_path):
    rows = "".join(f'"one\n\ntwo",{i},{"no" if i % 2 else "yes"}\n' for i in range(12))
    data = load("csv", {"path": write(tmp_path, "text,a,y\n" + rows), "validation_ratio": 0.0})
    assert len(data.all_inputs()) == 12 and data.classes == ("no", "yes")
    assert data.features == ("text = one\n\ntwo", "a")
    inches = "".join(f'{i}",{i * 2}\n' for i in range(3, 9)) + "9,1\n"
    options = sources["csv"].complete({"path": write(tmp_path, "size,y\n" + inches)})
    assert sources["csv"].preview(options).columns == ("size", "y")


def test_columns_of_one_name_are_told_apart(tmp_path):
    data = load("csv", {"path": write(tmp_path, "a,a ,y\n1,2,1\n3,5,2\n4,4,3\n")})
    assert data.features == ("a", "a (2)")


def test_pipes_devices_and_folders_are_refused(tmp_path):
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    for path in (pipe, tmp_path, Path("/dev/zero"), tmp_path / "none.csv"):
        for kind in ("csv", "image_folder"):
            with pytest.raises(DataError, match=r"pipe or a device|is a folder|cannot be|folder"):
                load(kind, {"path": str(path)})
        with pytest.raises((DataError, FileError)):
            read_samples(path, (3,))
        assert sources["csv"].preview(sources["csv"].complete({"path": str(path)})) is None


TOKENS = (
    ",", ";", "\t", "|", '"', "'", "\n", "\r\n", "\r", " ", "?", "nan", "inf", "-inf", "1e999", "1e308",
    "-1e-320", "9" * 40, "9" * 400, "0x10", "1_000", "1,5", "é", "\ufeff", "\u2028", "\x0b", "\x1c",
    "#", "Total", "True", "1970-01-01", '"a\nb"', '""', "\ud800", "=1+1", "a,b,y", "%", "1+2j",
    "Infinity", "<NA>", ",,,,,,", "\n\n\n",
)  # fmt: skip
TABLES = (TOTAL, "1;2,5;x\n3;4,5;y\n5;6,5;x\n", "a\tb\n1\t2\n3\t4\n5\t7\n", "n\n1\n2\n3\n")


# What a network was trained on that is given damaged tables.
TRAINED = Dataset(
    "t", np.zeros((2, 2), np.float32), np.zeros((2, 1), np.float32), np.zeros((0, 2), np.float32),
    np.zeros((0, 1), np.float32), (), ("a", "b = x"), ("y",),
)  # fmt: skip


def _load(options):
    load("csv", options)


def _predict(options):
    read_new_rows(Path(options["path"]), {}, TRAINED)


def test_any_damage_is_read_or_a_sentence(tmp_path):
    rng, read = random.Random(5), 0
    for number in range(400):
        text = rng.choice(TABLES)
        for _ in range(rng.choice((1, 2, 4))):
            at, cut = rng.randrange(len(text) + 1), rng.choice((0, 0, 1, 5))
            text = text[:at] + rng.choice(TOKENS) * rng.choice((1, 1, 1, 3)) + text[at + cut :]
        options = sources["csv"].complete(
            {
                "path": write(tmp_path, text), "skip_rows": rng.choice(("", "", "1", "2-3")),
                "header": rng.choice(("guess", "guess", "yes", "no")),
                "delimiter": rng.choice(("guess", "guess", "comma", "semicolon", "space")),
                "decimal": rng.choice(("guess", "guess", ",")),
            }
        )  # fmt: skip
        for attempt in (_load, sources["csv"].preview, _predict):
            try:
                attempt(options)
                read += 1
            except DataError as error:
                assert str(error).endswith(".") and len(str(error)) < 2000
            except Exception as error:
                error.add_note(f"table {number}: {text!r}, {options}")
                raise
    assert read > 300


def test_any_damage_of_an_array_is_read_or_a_sentence(tmp_path):
    arrays = [
        np.zeros((3, 4)), np.ones((4,), np.float32), np.zeros((2, 2, 2), np.uint8), np.array(["a"]),
        np.zeros((3, 4), np.complex64), np.zeros(3, "M8[s]"), np.zeros(2, [("a", "f4")]), np.zeros((0, 4)),
        np.array(5.0), np.array([None, {}], object), np.asfortranarray(np.arange(12.0).reshape(3, 4)),
    ]  # fmt: skip
    contents, path, rng = [], tmp_path / "x.npy", random.Random(3)
    for array in arrays:
        np.save(path, array, allow_pickle=True)
        contents.append(path.read_bytes())
    np.savez(tmp_path / "x.npz", a=1)
    contents.append((tmp_path / "x.npz").read_bytes())
    huge = contents[0].replace(b"(3, 4)", b"(3" + b"0" * 14 + b", 4)")
    contents += [huge, huge.replace(b"<f8", b"|u1")]
    good = 0
    for number in range(1500):
        content = bytearray(contents[number % len(contents)])
        for _ in range(rng.choice((0, 1, 2, 5))):
            byte = rng.choice((0, 255, 48, 57, 40, 41, rng.randrange(256)))
            content[rng.randrange(min(len(content), 140))] = byte
        path.write_bytes(bytes(content[: rng.choice((len(content), len(content), rng.randrange(200)))]))
        try:
            samples = read_samples(path, (4,))
            assert samples.dtype == np.float64 and samples.shape[1:] == (4,)
            good += 1
        except (DataError, FileError) as error:
            assert len(str(error)) < 1000
    assert good > 50


def test_columns_first_is_read_as_it_was_saved(tmp_path):
    np.save(tmp_path / "x.npy", np.asfortranarray(np.arange(12.0).reshape(3, 4)))
    assert np.array_equal(read_samples(tmp_path / "x.npy", (4,)), np.arange(12.0).reshape(3, 4))
