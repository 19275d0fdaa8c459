"""What the long runs of the lessons on digits reach on all 10,000 test digits of MNIST, of which 1,000 ship.

`python tests/benchmarks/full_mnist.py FOLDER [LESSON]`: the folder holds t10k-images-idx3-ubyte and
t10k-labels-idx1-ubyte, packed or not; of each lesson, three seeds take some minutes.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from pathlib import Path

import numpy as np

from nnstudio.data.idx_file import read_labels, read_pictures
from nnstudio.lessons.actions import AddLayer, AnyAction, SetOption, SetSetting
from nnstudio.lessons.player import Player

LESSONS = Path(__file__).parents[2] / "resources" / "lessons"
VARIED = tuple(
    AddLayer(kind=kind, behind="Picture") for kind in ("randomzoom", "randomrotation", "randomshift")
)
# What a learner does until the long run: the network of the last step, and its settings.
LONG: dict[str, tuple[AnyAction, ...]] = {
    "digits": (
        *VARIED,
        AddLayer(kind="dense", behind="Flatten", options={"units": 1024}),
        AddLayer(kind="relu", behind="Dense"),
        SetSetting(setting="learning_rate", value=0.003),
        SetSetting(setting="schedule", value="cosine"),
        SetSetting(setting="epochs", value=100),
    ),
    "convnet": (
        *VARIED,
        SetOption(node="Filters 1", option="filters", value=16),
        AddLayer(kind="conv2d", behind="Pool 1", options={"filters": 32, "kernel_size": 5}),
        AddLayer(kind="relu", behind="Conv2D"),
        AddLayer(kind="maxpool2d", behind="ReLU"),
        AddLayer(kind="dropout", behind="Flatten", options={"rate": 0.4}),
        AddLayer(kind="dense", behind="Dropout", options={"units": 256}),
        AddLayer(kind="relu", behind="Dense"),
        SetSetting(setting="schedule", value="cosine"),
        SetSetting(setting="label_smoothing", value=0.05),
        SetSetting(setting="epochs", value=100),
    ),
}
SEEDS = (1, 2, 3)


def pictures_in(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """The test digits (n, 28, 28, 1) from 0 to 1, and which they are (n, 1)."""
    path = next(folder.glob("t10k-images*"))
    scaled = read_pictures(path)[..., None] / np.float32(255)
    return scaled, np.asarray(read_labels(path), np.float32).reshape(-1, 1)


def accuracy(lesson: str, seed: int, x: np.ndarray, y: np.ndarray) -> float:
    """Train the long run of a lesson; the share of digits that it then reads."""
    player = Player(LESSONS / lesson / "start.nns")
    player.play((*LONG[lesson], SetSetting(setting="seed", value=seed)))
    session = player.project.session(os.cpu_count() or 1)
    learned = {picture.tobytes() for picture in session.data.x_train}
    assert not any(picture.tobytes() in learned for picture in x), "a test digit is among those learned from"
    started = time.perf_counter()
    for _progress in session.slices():
        pass
    took, share = time.perf_counter() - started, session.evaluate(x, y)[1]
    assert share is not None
    print(f"{lesson}, seed {seed}: {share:.2%} of {len(x):,} after {took:.0f} s", flush=True)
    return share


if __name__ == "__main__":
    digits = pictures_in(Path(sys.argv[1]))
    for lesson in sys.argv[2:] or LONG:
        print(f"{lesson}: mean {statistics.mean(accuracy(lesson, seed, *digits) for seed in SEEDS):.2%}")
