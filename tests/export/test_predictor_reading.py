"""An exported predictor reads the very file that it was trained on, however that is written."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys

import numpy as np
import pytest

from nnstudio import cli

RNG = np.random.default_rng(2)
ROWS = [
    (f"{i % 28 + 1:02}", f"{RNG.uniform(900, 9000):.2f}", f"{RNG.normal():.3f}", ("Öl", "Gas", "Holz")[i % 3])
    for i in range(60)
]
RESULTS = [f"{float(a) / 1000 + float(b):.3f}" for _, a, b, _ in ROWS]


PAIRS = list(zip(ROWS, RESULTS, strict=True))


def comma(number: str) -> str:
    return number.replace(".", ",")


def grouped(number: str, mark: str) -> str:
    """With a mark between thousands."""
    whole, _, rest = number.partition(".")
    return f"{whole[:-3]}{mark}{whole[-3:]}.{rest}" if len(whole) > 3 else number


def table(mark: str, head: str, lines: list[list[str]], before: str = "") -> str:
    return before + "\n".join([*([head] if head else []), *(mark.join(line) for line in lines), ""])


def plain(mark: str, **other: str) -> str:
    return table(mark, mark.join(("day", "a", "b", "kind", "y")), [
        [d, a, b, k, y] for (d, a, b, k), y in PAIRS
    ], **other)  # fmt: skip


def german(i: int) -> list[str]:
    d, a, b, k = ROWS[i]
    gap = {4: "n/a", 9: "-", 14: "NA"}.get(i)
    whole, _, rest = a.partition(".")
    thousands = f"{whole[:-3]}.{whole[-3:]},{rest}" if len(whole) > 3 else f"{whole},{rest}"
    return [f"{d}.03.2025", gap or thousands, comma(b), k, comma(RESULTS[i])]


COUNT = range(len(ROWS))
GERMAN = table(";", "Datum;a [€];b;Stoff;y", [german(i) for i in COUNT])
TABLES: dict[str, tuple[str, str, dict[str, str]]] = {
    "German": (GERMAN, "utf-8", {}),
    "Windows-1252": (GERMAN, "cp1252", {}),
    "UTF-16": (GERMAN, "utf-16", {}),
    "an encoding that was chosen": (GERMAN.replace("€", "E"), "cp437", {"encoding": "cp437"}),
    "tabs": (plain("\t"), "utf-8", {}),
    "bars": (plain("|"), "utf-8", {}),
    "lines before it": (plain(";", before="sep=;\n"), "utf-8", {}),
    "comments": (plain(",", before="# measured\n# by hand\n"), "utf-8", {}),
    "lines that are skipped": (plain(",", before="a title, long\nmore\n"), "utf-8", {"skip_lines": "2"}),
    "other names": (plain(","), "utf-8", {"names": "a: area; kind: fuel"}),
    "no header": (plain(",").partition("\n")[2], "utf-8", {}),
    "no header, decimal commas": (
        table(";", "", [[comma(a), comma(b), comma(y)] for (_, a, b, _), y in PAIRS]),
        "utf-8", {},
    ),
    "units": (
        table(",", "a,b,y", [[f"{a} kg", f"({b[1:]})" if b[0] == "-" else b, y]
                             for (_, a, b, _), y in PAIRS]),
        "utf-8", {},
    ),
    "a unit that was called one": (
        table(",", "a,b,y", [[f"{a} zorks", b, y] for (_, a, b, _), y in PAIRS]),
        "utf-8", {"columns": "a: number, without unit"},
    ),
    "thousands": (
        table(";", "a;b;y", [[grouped(a, "'"), b, y] for (_, a, b, _), y in PAIRS]),
        "utf-8", {},
    ),
    "thousands between blanks that do not break": (
        table(";", "a;b;y", [[comma(grouped(a, "\u202f")), comma(b).replace("-", "\u2212"), comma(y)]
                             for (_, a, b, _), y in PAIRS]),
        "utf-8", {},
    ),
    "times": (
        table(",", "a,b,y", [[f"{int(d) % 24}:{d}", b, y] for (d, _, b, _), y in PAIRS]),
        "utf-8", {},
    ),
    "own marks of missing values": (
        table(",", "a,kind,y", [["-999" if i in (3, 8) else a, "unknown" if i % 7 == 1 else k, y]
              for i, ((_, a, _, k), y) in enumerate(PAIRS)]),
        "utf-8", {"missing_marks": "-999, unknown"},
    ),
    "usual marks that are values": (
        table(",", "a,kind,y", [[a, "None" if i % 7 == 1 else k, y]
              for i, ((_, a, _, k), y) in enumerate(PAIRS)]),
        "utf-8", {"kept_marks": "None"},
    ),
    "words in a column that was called a number": (
        table(",", "a,b,y", [["broken" if i in (3, 8) else a, b, y]
              for i, ((_, a, b, _), y) in enumerate(PAIRS)]),
        "utf-8", {"columns": "a: number"},
    ),
    "categories that are decimals": (
        table(";", "a;b;y", [[("1,5", "2,5", "10,0")[i % 3], comma(b), comma(y)]
              for i, ((_, _, b, _), y) in enumerate(PAIRS)]),
        "utf-8", {"columns": "a: category"},
    ),
    "whole numbers run together as dates": (
        table(",", "date,b,y", [[f"202503{d}", b, y] for (d, _, b, _), y in PAIRS]),
        "utf-8", {},
    ),
    "single quotation marks": (
        table(",", "a,kind,y", [[a, f"'{k}, pure'", y] for (_, a, _, k), y in PAIRS]),
        "utf-8", {},
    ),
}  # fmt: skip


def exported(folder, name: str) -> tuple[str, subprocess.CompletedProcess[str]]:
    """What nnstudio predicts for the file that it was trained on, and how the predictor ran on it."""
    text, encoding, options = TABLES[name]
    data, project = folder / "table.csv", str(folder / "p.nns")
    data.write_bytes(text.encode(encoding))
    told = [word for key, value in options.items() for word in ("--option", f"{key}={value}")]
    target = ["--target", text.split("\n")[0].split(";")[-1]] if name.startswith("German") else []
    assert cli.run(["new", "--data", str(data), *target, *told, project]) == 0
    assert cli.run(["export", project, str(folder / "out"), "--format", "numpy"]) == 0
    assert cli.run(["predict", project, str(data), "--out", str(folder / "ours.csv")]) == 0
    command = [sys.executable, "-I", "-B", str(folder / "out" / "predictor.py"), str(data)]
    environment = {"PYTHONIOENCODING": "utf-8"}
    ran = subprocess.run(command, capture_output=True, encoding="utf-8", check=False, env=environment)
    return (folder / "ours.csv").read_text("utf-8"), ran


@pytest.mark.parametrize("name", TABLES)
def test_the_file_that_it_was_trained_on_is_predicted_as_nnstudio_does(name, tmp_path):
    told, ran = exported(tmp_path, name)
    assert ran.returncode == 0, ran.stderr
    assert "left out:" not in ran.stderr
    ours, theirs = (list(csv.reader(io.StringIO(text))) for text in (told, ran.stdout))
    assert theirs[0] == ours[0] and len(theirs) == len(ours) == len(ROWS) + 1
    numbers = [np.array([[float(cell) for cell in row] for row in rows[1:]]) for rows in (ours, theirs)]
    np.testing.assert_allclose(*numbers, rtol=1e-4, atol=1e-6)


def report(folder) -> str:
    return str(json.loads((folder / "out.parity.json").read_text("utf-8"))["sentence"])


def test_the_export_reads_rows_of_its_own_file_and_says_so(tmp_path):
    exported(tmp_path, "German")
    assert "Its CSV reader reads 60 rows of 'table.csv' as nnstudio does." in report(tmp_path)


def test_the_export_says_where_its_reader_reads_rows_otherwise(tmp_path):
    """A column with points for decimals among decimal commas: 12.345 can be read in two ways."""
    lines = [
        [f"{20 + i}.{'5' if i % 2 else f'{i:03}'}", comma(a), comma(y)]
        for i, ((_, a, _, _), y) in enumerate(PAIRS)
    ]
    (tmp_path / "table.csv").write_text(table(";", "p;a;y", lines), "utf-8")
    project = str(tmp_path / "p.nns")
    assert cli.run(["new", "--data", str(tmp_path / "table.csv"), project]) == 0
    assert cli.run(["export", project, str(tmp_path / "out"), "--format", "numpy"]) == 0
    told = report(tmp_path)
    assert "does NOT read 'table.csv' as nnstudio does: 30 of 60 rows" in told and "data row 1." in told


def test_numbers_that_are_no_texts_are_taken_as_they_are(tmp_path):
    exported(tmp_path, "German")
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import predictor\n"
        "row = {'Datum': '03.03.2025', 'Stoff': 'Gas'}\n"
        "print(predictor.table([{**row, 'a [€]': 12.345, 'b': 1}], predictor.COLUMNS)[0].tolist())\n"
        "print(predictor.table([{**row, 'a [€]': '12,345', 'b': '1'}], predictor.COLUMNS)[0].tolist())\n"
    )
    command = [sys.executable, "-I", "-B", "-c", code, str(tmp_path / "out")]
    ran = subprocess.run(command, capture_output=True, encoding="utf-8", check=True)
    first, second = ran.stdout.splitlines()
    assert first == second and "12.345" in first
