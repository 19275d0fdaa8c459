"""Judge what `write_keras.py FOLDER` wrote, where Keras is: python tests/foreign/check_keras.py FOLDER

Each model.py is imported, its weights loaded by name, and predicts at batch 1 and 7; then the model is saved
whole, loaded again and must predict the same. A table in Markdown tells the largest difference of each layer,
by the largest prediction. With --train, each train.py of the named networks makes one epoch.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import subprocess
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "torch")

import keras
import numpy as np

TOLERANCE = 1e-5


def imported(path: Path):
    spec = importlib.util.spec_from_file_location("model", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def difference(folder: Path) -> float:
    keras.utils.clear_session()
    # Layers of its own are registered under the same names by each model.py.
    keras.saving.get_custom_objects().clear()
    module = imported(folder / "model.py")
    model = module.load()
    with np.load(folder / "expected.npz") as expected:
        x, y = expected["x"], expected["y"]
    with tempfile.TemporaryDirectory() as between:
        model.save(Path(between) / "model.keras")
        whole = keras.saving.load_model(Path(between) / "model.keras")
    worst = 0.0
    for n in (1, 7):
        for tried in (model, whole):
            theirs = module.outputs(x[:n], tried)
            if theirs.shape != y[:n].shape or not np.isfinite(theirs).all():
                return float("inf")
            worst = max(worst, float(np.abs(theirs - y[:n]).max() / max(np.abs(y[:n]).max(), 1e-12)))
    if len(module.predict(x[:3], model)) != 3:
        return float("inf")
    return worst


def train(folder: Path) -> str:
    """One epoch of train.py: its last line but one, or what went wrong."""
    with np.load(folder / "expected.npz") as expected:
        np.savez(folder / "data.npz", x=expected["x"], y=expected["y_units"])
    done = subprocess.run(
        [sys.executable, "train.py", "data.npz", "--epochs", "1", "--go-on", "--validation", "data.npz"],
        cwd=folder, capture_output=True, text=True, timeout=200,
    )  # fmt: skip
    if done.returncode or not (folder / "trained.safetensors").is_file():
        return "FAILED: " + "\n".join(done.stderr.splitlines()[-12:])
    imported(folder / "model.py").load(folder / "trained.safetensors")
    return done.stdout.strip().splitlines()[-2].replace("\b", "")[-110:]


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--train", action="store_true")
    options = parser.parse_args()
    print(f"Keras {keras.__version__} on {keras.backend.backend()}\n", flush=True)
    worst: dict[str, list[float]] = {}
    notes = []
    for folder in sorted(p for p in options.folder.iterdir() if p.is_dir()):
        name, _, number = folder.name.rpartition("-")
        try:
            worst_case = difference(folder)
        except Exception as error:
            worst_case = float("inf")
            notes.append(f"{folder.name}: {type(error).__name__}: {str(error)[:600]}")
        if worst_case > TOLERANCE:
            notes.append(f"{folder.name}: {worst_case:.1e}")
        worst.setdefault(name if number.isdigit() else folder.name, []).append(worst_case)
        if options.train and not number.isdigit():
            line = train(folder)
            notes.append(f"{folder.name}: {line}")
            if line.startswith("FAILED"):
                worst[folder.name].append(float("inf"))
    print("| layer or network | cases | largest relative difference |\n|---|---|---|")
    for name, values in worst.items():
        print(f"| {name} | {len(values)} | {max(values):.1e} |")
    print("", *notes, sep="\n")
    return int(any(value > TOLERANCE for values in worst.values() for value in values))


if __name__ == "__main__":
    sys.exit(main())
