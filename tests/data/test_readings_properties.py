"""What is written as CSV in any mix of conventions is read back equal; columns go by their names."""

from __future__ import annotations

import random
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nnstudio.data.dataset import load
from nnstudio.data.dialect import guess
from nnstudio.data.new_rows import read_new_rows
from nnstudio.data.table_reader import read_table

NAMES = ("size", "Größe", "height of it", "n")
WORDS = ("red", "dark blue", "a; b", "x, y", 'the "big" one', "Köln", "5 of them", "#1")
QUIET = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=40)


@dataclass(frozen=True)
class Conventions:
    """A way to write a table."""

    delimiter: str
    decimal: str
    thousands: str
    quotes_all: bool
    encoding: str
    end: str
    header: bool
    trailing: bool
    comments: int
    blanks: bool


CONVENTIONS = st.builds(
    Conventions,
    delimiter=st.sampled_from(",;\t|"),
    decimal=st.sampled_from(".,"),
    thousands=st.sampled_from(["", ".", ",", "'", " ", "\u00a0", "\u202f"]),
    quotes_all=st.booleans(),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    header=st.booleans(),
    trailing=st.booleans(),
    comments=st.integers(0, 2),
    blanks=st.booleans(),
).filter(lambda c: c.thousands != c.decimal and not (c.encoding == "cp1252" and c.thousands == "\u202f"))
# Hundredths, so that a decimal mark can be told from one between thousands.
ROW = st.tuples(
    st.integers(-(10**8), 10**8).map(lambda n: (n * 100 + 25) / 100),
    st.integers(-5000, 5000),
    st.sampled_from(WORDS),
)


def number(value: float, how: Conventions) -> str:
    text = f"{value:,}" if how.thousands else f"{value}"
    return text.translate(str.maketrans({",": how.thousands, ".": how.decimal}))


def cell(text: str, how: Conventions) -> str:
    if how.quotes_all or how.delimiter in text or '"' in text or text.startswith("#"):
        return '"' + text.replace('"', '""') + '"'
    return text


def written(rows: list[tuple[float, int, str]], how: Conventions) -> bytes:
    records = [["size", "count", "word"]] if how.header else []
    records += [[number(a, how), number(b, how), word] for a, b, word in rows]
    lines = [f"# comment {i}" for i in range(how.comments)]
    for record in records:
        lines.append(how.delimiter.join(cell(text, how) for text in record) + how.delimiter * how.trailing)
        lines += [""] * how.blanks
    return (how.end.join(lines) + how.end).encode(how.encoding)


@QUIET
@given(how=CONVENTIONS, rows=st.lists(ROW, min_size=4, max_size=12))
def test_any_mix_of_conventions_is_read_back_equal(tmp_path_factory, how, rows):
    path = tmp_path_factory.mktemp("table") / "t.csv"
    path.write_bytes(written(rows, how))
    # Four rows do not tell by themselves that the first of them is none of names.
    dialect = guess(path, header=None if how.header else False)
    table = read_table(path, dialect)
    assert dialect.delimiter == how.delimiter and dialect.header == how.header
    assert len(dialect.columns) == 3 + (how.trailing and not how.header)
    frame = table.frame
    assert frame.iloc[:, 0].tolist() == [a for a, _, _ in rows]
    assert frame.iloc[:, 1].tolist() == [b for _, b, _ in rows]
    assert frame.iloc[:, 2].tolist() == [word for _, _, word in rows]
    assert any("before the table" in note for note in table.notes) is bool(how.comments)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    path = tmp_path_factory.mktemp("train") / "t.csv"
    rows = "".join(f"{i % 9},{i % 7}.5,{'ab'[i % 2]},{i % 5} kg,{i % 11}\n" for i in range(40))
    path.write_text("size,Größe,height of it,n,y\n" + rows, encoding="utf-8")
    return load("csv", {"path": str(path), "test_ratio": 0.0})


@QUIET
@given(
    order=st.permutations(NAMES),
    seed=st.integers(0, 1000),
    delimiter=st.sampled_from(",;\t|"),
    count=st.integers(1, 9),
)
def test_the_order_of_columns_does_not_matter(tmp_path_factory, data, order, seed, delimiter, count):
    rng = random.Random(seed)
    rows = [
        (rng.randrange(9), rng.randrange(7) + 0.5, rng.choice("ab"), rng.randrange(5)) for _ in range(count)
    ]
    cells = [dict(zip(NAMES, (f"{a}", f"{b}", c, f"{d} kg"), strict=True)) for a, b, c, d in rows]
    path = tmp_path_factory.mktemp("new") / "new.csv"
    lines = [delimiter.join(order), *(delimiter.join(row[name] for name in order) for row in cells)]
    path.write_text("\n".join([*lines, ""]), encoding="utf-8")
    new = read_new_rows(path, {}, data)
    assert new.x.tolist() == [[a, b, float(c == "a"), float(c == "b"), d] for a, b, c, d in rows]
    assert np.all(new.answered)
