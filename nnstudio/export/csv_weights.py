"""CSV: one line for each weight, for small networks and for people."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np

from nnstudio.export.description import ALONE_NUMPY, description
from nnstudio.export.description import DESCRIPTION as ABOUT
from nnstudio.export.format import WeightsFormat, formats
from nnstudio.export.network import ExportedNetwork
from nnstudio.export.text_numbers import as_cell, check_few, from_cell, shortest

# Columns before those of the index, and behind.
FIRST, VALUE, DESCRIPTION = ("layer", "parameter"), "value", "description"

USAGE = (
    ALONE_NUMPY
    + """import csv

csv.field_size_limit(2**31 - 1)
with open({file}, encoding="utf-8", newline="") as file:
    rows = list(csv.DictReader(file))
told = {{row["parameter"]: row["description"] for row in rows if not row["layer"]}}
print(told["description"])  # what a sample is like, and what comes out
print(len([row for row in rows if row["layer"]]), "weights")"""
)


@formats.register
class CsvWeights(WeightsFormat):
    """A line for each number: layer, parameter, its index along each axis from 0, and the value.

    The last lines have no layer: they hold the description of the network in a column of its own, the first
    one in words, the others as JSON.
    """

    id = "csv"
    title = "CSV table"
    help = "A table with a line for each weight, for small networks; opens in spreadsheets."
    suffix = ".csv"
    order = 60

    def check(self, network: ExportedNetwork) -> None:
        check_few("A CSV table", network)

    def write(self, network: ExportedNetwork, path: Path) -> None:
        rank = max([1, *(values.ndim for values in network.arrays.values())])
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow([*FIRST, *[f"index_{axis}" for axis in range(rank)], VALUE, DESCRIPTION])
            for name, values in network.arrays.items():
                layer, _, parameter = name.rpartition(".")
                names = (as_cell(layer), as_cell(parameter))
                for index, value in np.ndenumerate(values):
                    gaps = [""] * (rank - len(index))
                    writer.writerow([*names, *index, *gaps, shortest(value), ""])
            for key, text in {ABOUT: description(network), **network.metadata()}.items():
                writer.writerow(["", as_cell(key), *[""] * (rank + 1), as_cell(text)])

    def usage(self, network: ExportedNetwork, path: Path) -> str:
        return USAGE.format(file=json.dumps(path.name))

    def read(self, path: Path) -> tuple[dict[str, np.ndarray], dict[str, str]]:
        cells: dict[str, dict[tuple[int, ...], float]] = {}
        metadata: dict[str, str] = {}
        for row in _rows(path):
            layer, parameter = from_cell(row["layer"]), from_cell(row["parameter"])
            if not row[VALUE]:
                metadata[parameter] = from_cell(row[DESCRIPTION])
                continue
            index = tuple(int(row[n]) for n in row if n.startswith("index_") and row[n])
            cells.setdefault(f"{layer}.{parameter}", {})[index] = float(row[VALUE])
        metadata.pop(ABOUT, None)
        return {name: _array(values) for name, values in cells.items()}, metadata


def _rows(path: Path) -> list[dict[str, str]]:
    # A description may be longer than the cells that the reader expects.
    usual = csv.field_size_limit(path.stat().st_size + 1)
    try:
        with path.open(newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))
    finally:
        csv.field_size_limit(usual)


def _array(cells: dict[tuple[int, ...], float]) -> np.ndarray:
    """Raises ValueError where one of its values is not there."""
    shape = tuple(int(n) + 1 for n in np.max(list(cells), axis=0))
    values = np.zeros(shape, np.float32)
    if len(cells) != values.size:
        raise ValueError(f"{values.size - len(cells)} values are not there")
    for index, value in cells.items():
        values[index] = value
    return values
