"""Iris and MNIST, from the files that ship with the program."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import as_file, files
from typing import Any

import numpy as np

from nnkernels.spec import Option
from nnstudio.data.dataset import Dataset, Source, sources, split, standardise


@sources.register
class Iris(Source):
    """150 flowers of three species, standardised."""

    id = "iris"
    title = "Iris"
    order = 10
    help = "Three species of flower, told apart by four measurements."
    options = (
        Option("test_ratio", 0.3, "Share of samples kept for testing.", 0.0, 0.9),
        Option("seed", 1, "Number that decides the split.", 0, 2**31 - 1),
    )

    def load(self, options: Mapping[str, Any]) -> Dataset:
        text = files("nnstudio.resources").joinpath("datasets/iris.csv").read_text()
        rows = [line.split(",") for line in text.splitlines() if line]
        names = sorted({row[4] for row in rows})
        x = np.array([[float(v) for v in row[:4]] for row in rows])
        y = np.array([[names.index(row[4])] for row in rows], np.float32)
        x_train, y_train, x_test, y_test = split(x, y, options["test_ratio"], options["seed"])
        shift, scale = standardise(x_train)
        return Dataset(
            self.title,
            ((x_train - shift) / scale).astype(np.float32), y_train,
            ((x_test - shift) / scale).astype(np.float32), y_test,
            tuple(name.removeprefix("Iris-") for name in names),
            ("sepal length", "sepal width", "petal length", "petal width"), ("species",),
            shift, scale,
        )  # fmt: skip


@sources.register
class MNIST(Source):
    """6,000 training and 1,000 test digits; pixels 0 .. 255 become 0 .. 1."""

    id = "mnist"
    title = "MNIST digits"
    order = 11
    help = "Handwritten digits, 28 x 28 grey pixels: 6,000 to train, 1,000 to test."
    options = (
        Option(
            "target", "digit", "What is learned: which digit it is, or the picture itself (an autoencoder).",
            choices=("digit", "picture"),
        ),
    )  # fmt: skip

    def load(self, options: Mapping[str, Any]) -> Dataset:
        shipped = files("nnstudio.resources").joinpath("datasets/mnist.npz")
        with as_file(shipped) as path, np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        scaled = {k: (v[..., None] / np.float32(255)) for k, v in arrays.items() if k[0] == "x"}
        if options["target"] == "picture":
            names = tuple(f"pixel {row}, {column}" for row in range(28) for column in range(28))
            copies = {k: v.reshape(len(v), -1) for k, v in scaled.items()}
            return Dataset(
                self.title, scaled["x_train"], copies["x_train"], scaled["x_test"], copies["x_test"],
                (), (), names, 0.0, 255.0, 0.0, 255.0,
            )  # fmt: skip
        labels = {k: v[:, None].astype(np.float32) for k, v in arrays.items() if k[0] == "y"}
        return Dataset(
            self.title, scaled["x_train"], labels["y_train"], scaled["x_test"], labels["y_test"],
            tuple("0123456789"), (), ("digit",), 0.0, 255.0,
        )  # fmt: skip
