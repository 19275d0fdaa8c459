"""A label at each step or pixel, and labels that hold or do not: programs tell them by name."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
from export.cases import NEEDS_COMPILER
from kernels.networks import chain

from nnkernels.graph.network import NetworkSpec
from nnstudio.data.dataset import Dataset
from nnstudio.explain.activations import probabilities
from nnstudio.explain.answers import answers
from nnstudio.export.c_format import find_compiler
from nnstudio.export.exporting import export
from nnstudio.model.settings import TrainingSettings
from nnstudio.training.session import Session

NAMES = ("sky", "sea", "sand")


def session(network: NetworkSpec, shape: tuple[int, ...], positions: int, classes: int, loss: str) -> Session:
    rng = np.random.default_rng(3)
    x = rng.normal(size=(10, *shape)).astype(np.float32)
    y = rng.integers(0, max(classes, 2), (10, positions)).astype(np.float32)
    targets = tuple(f"t{i}" for i in range(positions))
    data = Dataset("toy", x, y, x[:4], y[:4], NAMES[:classes], (), targets)
    return Session(network, data, TrainingSettings().with_option("loss", loss))


CASES = {
    "pixels": lambda: session(
        chain(("conv2d", {"filters": 4}), ("relu", {}), ("conv2d", {"filters": 3, "kernel_size": 1})),
        (3, 2, 2), 6, 3, "softmax_cross_entropy",
    ),
    "steps": lambda: session(
        chain(("lstm", {"units": 4, "return_sequences": True}), ("dense", {"units": 3}), ("softmax", {})),
        (5, 2), 5, 3, "softmax_cross_entropy",
    ),
    "two classes": lambda: session(
        chain(("conv2d", {"filters": 1, "kernel_size": 1})), (3, 2, 2), 6, 2, "binary_cross_entropy"
    ),
    "numbers at steps": lambda: session(
        chain(("lstm", {"units": 4, "return_sequences": True}), ("dense", {"units": 1})), (5, 2), 5, 0, "mse"
    ),
    "labels": lambda: session(
        chain(("dense", {"units": 3})), (4,), 3, 0, "multi_label_cross_entropy"
    ),
}  # fmt: skip


def wanted(trained: Session, x: np.ndarray) -> list[list[object]]:
    outputs = trained.predict(x)
    if not trained.data.classes:
        return answers(trained, outputs).tolist()
    chosen = probabilities(trained, outputs).argmax(1).reshape(len(x), -1)
    return [[trained.data.classes[i] for i in row] for row in chosen]


@pytest.mark.parametrize("case", CASES)
def test_the_numpy_predictor_names_them(case, tmp_path):
    trained = CASES[case]()
    parity = export(trained, tmp_path / "out", format_name="numpy")
    assert parity.holds, parity.sentence
    x = trained.data.x_test
    np.save(tmp_path / "x.npy", x)
    code = (
        "import sys, json, numpy; sys.path.insert(0, sys.argv[1]); import predictor;"
        "print(json.dumps(predictor.predict(numpy.load(sys.argv[2]))))"
    )
    command = [sys.executable, "-I", "-B", "-c", code, str(tmp_path / "out"), str(tmp_path / "x.npy")]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    given, ours = json.loads(ran.stdout), wanted(trained, x)
    if trained.data.classes:
        assert given == ours
    else:
        np.testing.assert_allclose(given, ours, rtol=1e-5)
    main = [sys.executable, "-I", "-B", str(tmp_path / "out" / "predictor.py"), str(tmp_path / "x.npy")]
    table = subprocess.run(main, capture_output=True, text=True, check=True).stdout.splitlines()
    assert table[0].split(",") == list(trained.data.targets) and len(table) == len(x) + 1


@NEEDS_COMPILER
@pytest.mark.parametrize("case", CASES)
def test_c_names_them(case, tmp_path):
    trained = CASES[case]()
    assert export(trained, tmp_path / "net.h", format_name="c").holds
    x, classes = trained.data.x_test[:2], trained.data.classes
    rows = ", ".join("{" + ", ".join(f"{v:.9g}" for v in row.ravel()) + "}" for row in x)
    count = trained.data.target_width
    show = "net_class_names[net_class(y, p)]" if classes else 'y[p] > 0 ? "yes" : "no"'
    (tmp_path / "main.c").write_text(
        f'#include <stdio.h>\n#include "net.h"\nstatic const float x[2][NET_INPUTS] = {{{rows}}};\n'
        "int main(void) { float y[NET_OUTPUTS];\n"
        f"for (int n = 0; n < 2; n++) {{ net_predict(x[n], y); for (int p = 0; p < {count}; p++) "
        f'printf("%s ", {show}); printf("\\n"); }} return 0; }}\n'
    )
    flags = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic", "-O1"]
    build = [find_compiler(), *flags, "-o", str(tmp_path / "main"), str(tmp_path / "main.c"), "-lm"]
    built = subprocess.run(build, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    lines = subprocess.run(
        [tmp_path / "main"], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    ours = wanted(trained, x)
    if not classes:
        # A probability of a half is a logit of 0.
        limit = 0.0 if case == "numbers at steps" else 0.5
        ours = [["yes" if v > limit else "no" for v in row] for row in ours]
    assert [line.split() for line in lines] == ours


@pytest.mark.parametrize("case", CASES)
def test_the_other_formats_agree(case, tmp_path):
    trained = CASES[case]()
    for name, file in (("onnx", "net.onnx"), ("safetensors", "net.safetensors"), ("npz", "net.npz")):
        parity = export(trained, tmp_path / file, format_name=name)
        assert parity.holds, (name, parity.sentence)
