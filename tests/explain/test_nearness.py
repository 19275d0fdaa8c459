"""How near a prediction of many labels comes to what is true."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from explain.explained import pictures, session
from kernels.networks import chain

from nnkernels.graph.network import NetworkSpec, NodeSpec
from nnstudio.data.dataset import load
from nnstudio.explain.activations import ActivationProbe
from nnstudio.model.settings import TrainingSettings
from nnstudio.training.session import Session


def near(given, sample: int) -> str:
    (shown,) = ActivationProbe(given.layout.output, sample).run(given)
    return shown.near


def test_pixels_with_a_label_that_are_right_are_counted():
    data, rng = pictures(), np.random.default_rng(7)
    labels = rng.integers(0, 3, (len(data.x_test), 64)).astype(np.float32)
    # Some have none.
    labels[:, :10] = -1
    data = replace(data, y_train=np.zeros((len(data.x_train), 64), np.float32), y_test=labels)
    given = session(chain(("conv2d", {"filters": 3}), ("softmax", {})), data)
    chosen = given.predict(given.samples()[0][2:3]).reshape(64, 3).argmax(1)
    right = sum(int(a == b) for a, b in zip(chosen, labels[2], strict=True))
    assert near(given, 2) == f"{right} of 54 pixels right"


def test_of_a_text_it_counts_characters(tmp_path):
    path = tmp_path / "song.txt"
    path.write_text("".join(f"{n} green bottles hanging on the wall.\n" for n in range(60)))
    data = load("text", {"path": str(path), "window": 12, "samples": 300, "guess": "each"})
    nodes = (
        NodeSpec("i", "input"),
        NodeSpec("e", "embedding", {"size": len(data.classes), "dimensions": 6}, ("i",)),
        NodeSpec("d", "dense", {"units": len(data.classes)}, ("e",)),
        NodeSpec("s", "softmax", {}, ("d",)),
        NodeSpec("o", "output", {}, ("s",)),
    )
    given = Session(NetworkSpec(nodes), data, TrainingSettings(loss="softmax_cross_entropy", batch_size=20))
    x, y, _ = given.samples()
    right = int((given.predict(x[4:5])[0].argmax(1) == y[4]).sum())
    assert near(given, 4) == f"{right} of 12 characters right"


def test_what_can_be_read_needs_no_count():
    given = session(chain(("flatten", {}), ("dense", {"units": 3}), ("softmax", {})), pictures())
    assert near(given, 0) == ""
