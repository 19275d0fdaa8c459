"""Files whose weights are rounded are judged by what that costs, with both numbers told."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from export.cases import NEEDS_COMPILER
from kernels.networks import chain

from nnstudio.data.dataset import Dataset
from nnstudio.export.c99 import header as c_header
from nnstudio.export.exporting import export
from nnstudio.export.format import ExportError, formats
from nnstudio.export.quality import quality
from nnstudio.model.settings import TrainingSettings
from nnstudio.training.session import Session


def trained(classes: tuple[str, ...], outputs: int, loss: str, **scaling) -> Session:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(90, 4)).astype(np.float32)
    y = (x[:, :1] > 0).astype(np.float32) if classes else x[:, :1] * 0.5 + 0.1
    data = Dataset("toy", x, y, x[:60], y[:60], classes, **scaling)
    network = chain(("dense", {"units": 6}), ("tanh", {}), ("dense", {"units": outputs}))
    session = Session(network, data, TrainingSettings(loss=loss, epochs=30))
    for _ in session.slices():
        pass
    return session


def of_classes() -> Session:
    return trained(("no", "yes"), 2, "softmax_cross_entropy")


def of_numbers() -> Session:
    return trained((), 1, "mse", y_shift=50.0, y_scale=4.0)


@NEEDS_COMPILER
@pytest.mark.parametrize(
    ("session", "score"), [(of_classes, "accuracy"), (of_numbers, "mean absolute error")]
)
def test_both_scores_are_told(session, score, tmp_path):
    parity = export(session(), tmp_path / "w.int8.h")
    assert parity.format == "c-int8" and parity.holds and parity.largest_difference > 1e-6
    said = json.loads((tmp_path / "w.int8.h.parity.json").read_text())
    assert said["quality"]["name"] == score and said["quality"]["samples"] == 60
    assert f"{score} " in said["sentence"] and "by the file" in said["sentence"]
    assert "static const signed char" in (tmp_path / "w.int8.h").read_text()


@NEEDS_COMPILER
def test_a_file_that_loses_too_much_is_not_called_done(tmp_path, monkeypatch):
    right = c_header.rounded

    def wrong(values: np.ndarray, axis: int) -> tuple[np.ndarray, np.ndarray]:
        whole, scale = right(values, axis)
        return -whole, scale

    monkeypatch.setattr(c_header, "rounded", wrong)
    with pytest.raises(ExportError, match=r"does NOT do as well: accuracy .* that does not round weights"):
        export(of_classes(), tmp_path / "w.int8.h")
    assert not (tmp_path / "w.int8.h").exists() and (tmp_path / "w.int8.differs.h").exists()


def test_errors_are_in_the_units_of_the_target():
    session = of_numbers()
    x, y = session.data.part(session.data.judging)
    score = quality(session, x, session.predict(x) + 1)
    assert score.engine == pytest.approx(np.abs(session.predict(x) - y).mean() * 4, rel=1e-5)
    assert score.file == pytest.approx(np.abs(session.predict(x) + 1 - y).mean() * 4, rel=1e-5)
    assert not score.holds and quality(session, x, np.zeros((60, 5))) is None


@pytest.mark.parametrize(("name", "form"), [("w.h", "c"), ("w.INT8.h", "c-int8"), ("w.npz", "npz")])
def test_the_longest_suffix_decides(name, form):
    assert formats.of(Path(name)).id == form


def test_a_suffix_that_is_not_the_formats_is_refused():
    with pytest.raises(ExportError, match=r"must end in \.int8\.h to hold C99 header, 8-bit weights"):
        formats.of(Path("w.h"), "c-int8")


@pytest.mark.parametrize(
    ("session", "name"), [(of_classes, "agreement"), (of_numbers, "mean absolute difference")]
)
def test_where_no_answer_is_known_the_engine_is_right(session, name):
    trained = session()
    x = trained.data.x_train
    none = trained.data.x_train[:0], trained.data.y_train[:0]
    trained.data = replace(trained.data, x_train=none[0], y_train=none[1], x_test=none[0], y_test=none[1])
    ours = trained.predict(x)
    same, other = quality(trained, x, ours), quality(trained, x, ours[::-1])
    assert same is not None and other is not None and same.holds and not other.holds
    assert same.name == name and f"{name} with nnstudio" in same.sentence
