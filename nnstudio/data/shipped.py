"""Iris and MNIST, from the files that ship with the program."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import as_file, files
from typing import Any

import numpy as np

from nnkernels.spec import Option
from nnstudio.data.dataset import Dataset, Source, Split, sources
from nnstudio.data.groupings import Grouping
from nnstudio.data.imitation import ORIGINS
from nnstudio.data.splits import SMALL_RATIO, VALIDATION_OPTIONS, SplitKind, hold_back, split_rows
from nnstudio.data.standardising import standardise

DIGITS = tuple("0123456789")
# What a person may choose of them.
SOME = {"all": range(10), "0 to 4": range(5), "5 to 9": range(5, 10)}
# What the arrays of the parts are called, in their order.
PARTS = dict(zip(("train", "validation", "test"), Split, strict=True))


@sources.register
class Iris(Source):
    """150 flowers of three species, standardised."""

    id = "iris"
    title = "Iris"
    order = 10
    help = "Three species of flower, told apart by four measurements."
    options = (
        Option("test_ratio", 0.3, "Share of samples kept for testing.", 0.0, 0.9),
        *VALIDATION_OPTIONS,
        Option("seed", 1, "Number that decides the split.", 0, 2**31 - 1),
    )

    def load(self, options: Mapping[str, Any]) -> Dataset:
        text = files("nnstudio.resources").joinpath("datasets/iris.csv").read_text()
        rows = [line.split(",") for line in text.splitlines() if line]
        names = sorted({row[4] for row in rows})
        x = np.array([[float(v) for v in row[:4]] for row in rows])
        y = np.array([[names.index(row[4])] for row in rows], np.float32)
        rest, test = split_rows(SplitKind.RANDOM, len(x), options["test_ratio"], options["seed"])
        x_rest, y_rest, x_test, y_test = x[rest], y[rest], x[test], y[test]
        train, validation = hold_back(
            SplitKind.STRATIFIED, len(x_rest), options, options["test_ratio"], y_rest[:, 0]
        )
        shift, scale = standardise(x_rest[train])
        inputs = [((part - shift) / scale).astype(np.float32) for part in (x_rest, x_test)]
        return Dataset(
            self.title, inputs[0][train], y_rest[train], inputs[1], y_test,
            tuple(name.removeprefix("Iris-") for name in names),
            ("sepal length", "sepal width", "petal length", "petal width"), ("species",),
            shift, scale, x_validation=inputs[0][validation], y_validation=y_rest[validation],
        )  # fmt: skip


@sources.register
class MNIST(Source):
    """6,000 digits to train with, some of them for validation, and 1,000 to test; pixels 0 .. 255 become
    0 .. 1.
    """

    id = "mnist"
    title = "MNIST digits"
    order = 11
    help = "Handwritten digits, 28 x 28 grey pixels: 6,000 to train and validate, 1,000 to test."
    options = (
        Option(
            "target", "digit",
            "What is learned: which digit it is, the picture itself (an autoencoder), or that it is real "
            "(for a judge of generated pictures).",
            choices=("digit", "picture", "real"),
        ),
        Option("digits", "all", "Which digits there are; other ones are left out.", choices=tuple(SOME)),
        SMALL_RATIO,
        *VALIDATION_OPTIONS[1:],
        Option("seed", 1, "Number that decides the validation part.", 0, 2**31 - 1),
    )  # fmt: skip

    def load(self, options: Mapping[str, Any]) -> Dataset:
        shipped = files("nnstudio.resources").joinpath("datasets/mnist.npz")
        with as_file(shipped) as path, np.load(path, allow_pickle=False) as file:
            arrays = _only(SOME[options["digits"]], {name: file[name] for name in file.files})
        names = tuple(DIGITS[digit] for digit in SOME[options["digits"]])
        train, validation = hold_back(
            SplitKind.STRATIFIED, len(arrays["x_train"]), options, classes=arrays["y_train"]
        )
        for kind in "xy":
            rest = arrays[f"{kind}_train"]
            arrays[f"{kind}_train"], arrays[f"{kind}_validation"] = rest[train], rest[validation]
        scaled = {k: (v[..., None] / np.float32(255)) for k, v in arrays.items() if k[0] == "x"}
        if options["target"] == "picture":
            pixels = tuple(f"pixel {row}, {column}" for row in range(28) for column in range(28))
            copies = {k: v.reshape(len(v), -1) for k, v in scaled.items()}
            return Dataset(
                self.title, scaled["x_train"], copies["x_train"], scaled["x_test"], copies["x_test"],
                (), (), pixels, 0.0, 255.0, 0.0, 255.0,
                x_validation=scaled["x_validation"], y_validation=copies["x_validation"],
                own_parts=(Split.TEST,), groupings=(_by_digit(arrays),),
            )  # fmt: skip
        if options["target"] == "real":
            real = {split: np.ones((len(scaled[f"x_{n}"]), 1), np.float32) for n, split in PARTS.items()}
            return Dataset(
                self.title, scaled["x_train"], real[Split.TRAINING], scaled["x_test"], real[Split.TEST],
                ORIGINS, (), ("origin",), 0.0, 255.0,
                x_validation=scaled["x_validation"], y_validation=real[Split.VALIDATION],
                own_parts=(Split.TEST,), groupings=(_by_digit(arrays),),
            )  # fmt: skip
        labels = {k: v[:, None].astype(np.float32) for k, v in arrays.items() if k[0] == "y"}
        return Dataset(
            self.title, scaled["x_train"], labels["y_train"], scaled["x_test"], labels["y_test"],
            names, (), ("digit",), 0.0, 255.0,
            x_validation=scaled["x_validation"], y_validation=labels["y_validation"],
            own_parts=(Split.TEST,),
        )  # fmt: skip


def _by_digit(arrays: Mapping[str, np.ndarray]) -> Grouping:
    return Grouping("digit", DIGITS, {split: arrays[f"y_{name}"] for name, split in PARTS.items()})


def _only(digits: range, arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The pictures of some digits, which are counted from 0."""
    if len(digits) == len(DIGITS):
        return arrays
    kept = {part: np.isin(arrays[f"y_{part}"], digits) for part in ("train", "test")}
    return {
        name: values[kept[name[2:]]] - (digits.start if name.startswith("y") else 0)
        for name, values in arrays.items()
    }
