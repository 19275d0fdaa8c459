"""Raw rows of a table inside the graph: a graph input for each column, and answers in words or units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from nnstudio.export.onnx.graph import ML_DOMAIN, Graph

FLOAT, NAN = 1, float("nan")
# The cell of a value that is none of a column's.
UNKNOWN = "an unknown value"


class ColumnWriter:
    """Writes what prepares one column, which is described as `ExportedNetwork.preprocessing` has it.

    Attributes:
        told: of each graph input its name, the column and what it takes.
    """

    def __init__(self, graph: Graph, column: Mapping[str, Any]) -> None:
        self.graph, self.column, self.name = graph, column, str(column["column"])
        self.told: list[dict[str, str]] = []

    def write(self) -> list[str]:
        """Names of its inputs of the network, ``(batch, k)`` float32 each, in their order."""
        type_name = self.column["type"]
        if type_name == "number":
            return self._number()
        if type_name == "date":
            return self._date()
        return self._ordered() if type_name == "ordered" else self._category()

    def _input(self, name: str, takes: str, kind: str = "FLOAT") -> str:
        value = self.graph.input(name, (1,), kind)
        self.told.append({"name": value, "column": self.name, "takes": takes})
        return value

    def _op(self, kind: str, *inputs: str, **attributes: Any) -> str:
        return self.graph.op(kind, inputs, f"{self.name}.{kind.lower()}", **attributes)

    def _constant(self, name: str, values: Any) -> str:
        return self.graph.constant(f"{self.name}.{name}", np.asarray(values, np.float32))

    def _filled(self, value: str, fill: float | None) -> tuple[str, list[str]]:
        """Values with gaps filled, and the input that tells where they were; neither without a fill."""
        if fill is None:
            return value, []
        gap = self._op("IsNaN", value)
        return self._op("Where", gap, self._constant("fill", fill), value), [self._op("Cast", gap, to=FLOAT)]

    def _number(self) -> list[str]:
        value, gaps = self._filled(self._input(self.name, "a number, or NaN"), self.column["fill"])
        if self.column["log"]:
            value = self._op("Log", self._op("Add", value, self._constant("one", 1.0)))
        if "clip" in self.column:
            least, most = self.column["clip"]
            inside = self._op("Clip", value, self._constant("least", least), self._constant("most", most))
            # A runtime may clip what is no number to a bound.
            value = self._op("Where", self._op("IsNaN", value), value, inside)
        return [value, *gaps]

    def _date(self) -> list[str]:
        """ONNX cannot read dates, so that a date arrives in parts."""
        parts, fills = self.column["parts"], self.column["fill"]
        values: list[str] = []
        gaps: list[str] = []
        for part, fill in zip(parts, fills or [None] * len(parts), strict=True):
            counted = " from 0, Monday" if part == "weekday" else ""
            takes = f"the {part} of the date as a number{counted}, or NaN"
            value, gaps = self._filled(self._input(f"{self.name}.{part}", takes), fill)
            values.append(value)
        return [*values, *gaps]

    def _coded(self, value: str, codes: Mapping[str, float], default: float) -> str:
        return self._op(
            "LabelEncoder", value, domain=ML_DOMAIN, keys_strings=list(codes),
            values_floats=list(codes.values()), default_float=default,
        )  # fmt: skip

    def _ordered(self) -> list[str]:
        fill = self.column["fill"]
        value = self._input(self.name, "one of its values as text, or an empty text", "STRING")
        codes = {text: float(at) for at, text in enumerate(self.column["values"])}
        if fill is None:
            return [self._coded(value, codes, NAN)]
        return [self._coded(value, {**codes, "": fill}, NAN), self._coded(value, {"": 1.0}, 0.0)]

    def _category(self) -> list[str]:
        """An unknown value is none of the known ones; a missing one makes NaN where training had none."""
        texts, has_gaps = self.column["values"], self.column["gaps"]
        value = self._input(self.name, "one of its values as text, or an empty text", "STRING")
        if "coding" in self.column:
            codes = {text: at + 1.0 for at, text in enumerate(texts)}
            return [self._coded(value, {**codes, "": 0.0 if has_gaps else NAN}, 0.0)]
        codes = {text: float(at) for at, text in enumerate(texts)}
        code = self._coded(value, {**codes, "": float(len(texts)) if has_gaps else NAN}, -1.0)
        which = self._constant("codes", np.arange(len(texts) + has_gaps)[None])
        one_hot = self._op("Cast", self._op("Equal", code, which), to=FLOAT)
        return [self._op("Add", one_hot, self._op("Mul", code, self._constant("zero", 0.0)))]


def width_of(column: Mapping[str, Any]) -> int:
    """How many inputs of the network a column becomes."""
    if column["type"] == "category":
        return 1 if "coding" in column else len(column["values"]) + column["gaps"]
    return len(column.get("parts", [0])) + (column["fill"] is not None)


def cells_of(column: Mapping[str, Any], x: np.ndarray) -> list[np.ndarray]:
    """The cells ``(n, 1)`` that became these inputs ``(n, k)`` of the network, for each graph input.

    Scaled there and back, a 1 may be a little off.
    """
    type_name = column["type"]
    if type_name in ("number", "date"):
        gap = x[:, -1:] > 0.5 if column["fill"] is not None else np.zeros((len(x), 1), bool)
        count = len(column.get("parts", [0]))
        cells = np.where(gap, NAN, np.expm1(x[:, :count]) if column.get("log") else x[:, :count])
        return [cells[:, at : at + 1].astype(np.float32) for at in range(count)]
    texts: Sequence[str] = column["values"]
    if type_name == "ordered":
        gap = x[:, -1] > 0.5 if column["fill"] is not None else np.zeros(len(x), bool)
        chosen = ["" if g else texts[round(v)] for v, g in zip(x[:, 0], gap, strict=True)]
    elif "coding" in column:
        chosen = [texts[round(v) - 1] if v > 0.5 else UNKNOWN for v in x[:, 0]]
    else:
        every = [*texts, ""]
        chosen = [every[int(row.argmax())] if row.max() > 0.5 else UNKNOWN for row in x]
    return [np.array(chosen, object)[:, None]]


def cells_by_name(
    columns: Sequence[Mapping[str, Any]], told: Sequence[Mapping[str, str]], x: np.ndarray
) -> dict[str, np.ndarray]:
    """The cells of all graph inputs, for inputs ``(n, features)`` of the network in the data's units."""
    cells, start = [], 0
    for column in columns:
        end = start + width_of(column)
        cells += cells_of(column, x[:, start:end])
        start = end
    return {entry["name"]: values for entry, values in zip(told, cells, strict=True)}


def write_label(graph: Graph, value: str, classes: Sequence[str], is_logits: bool, width: int) -> list[str]:
    """Give out the probability of each class and the name of the likeliest; their names."""
    if is_logits:
        value = graph.op("Sigmoid" if width == 1 else "Softmax", [value], "likely")
    if width == 1:
        # One output tells two classes apart: the probability of the second.
        first = graph.op("Sub", [graph.constant("label.one", np.ones(1, np.float32)), value], "first")
        value = graph.op("Concat", [first, value], "both", axis=1)
    likely = graph.output(value, "probabilities", (len(classes),))
    number = graph.op("ArgMax", [value], "class", axis=1, keepdims=0)
    label = graph.op(
        "LabelEncoder", [number], "class.name", ML_DOMAIN, keys_int64s=list(range(len(classes))),
        values_strings=list(classes), default_string="",
    )  # fmt: skip
    return [likely, graph.output(label, "label", (), "STRING")]


def write_numbers(graph: Graph, value: str, scale: np.ndarray, shift: np.ndarray, width: int) -> list[str]:
    """Give out the target in its own unit; its name."""
    scaled = graph.op("Mul", [value, graph.constant("target.scale", scale)], "target.mul")
    moved = graph.op("Add", [scaled, graph.constant("target.shift", shift)], "target.add")
    return [graph.output(moved, "prediction", (width,))]
