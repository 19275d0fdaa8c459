"""Judge what `write_exports.py FOLDER` wrote, where PyTorch is: python tests/foreign/check_pytorch.py FOLDER

Each model.py is imported, its weights loaded with strict=True, and predicts at batch 1 and 7; what is told is
the largest difference by the largest prediction. With --table, it is told of each layer as markdown. With
--train, each train.py of the named networks makes one step from the weights, alone and with two processes;
alone it must lead to where nnstudio's step led.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import torch

TOLERANCE, STEP_TOLERANCE = 1e-5, 1e-4


def imported(path: Path):
    spec = importlib.util.spec_from_file_location("model", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def difference(folder: Path) -> float:
    module = imported(folder / "model.py")
    model = module.load()
    with np.load(folder / "expected.npz") as expected:
        x, y = expected["x"], expected["y"]
    worst = 0.0
    for n in (1, 7):
        theirs = module.outputs(x[:n], model)
        if theirs.shape != y[:n].shape or not np.isfinite(theirs).all():
            return float("inf")
        worst = max(worst, float(np.abs(theirs - y[:n]).max() / max(np.abs(y[:n]).max(), 1e-12)))
    if len(module.predict(x[:3], model)) != 3:
        return float("inf")
    return worst


def train(folder: Path, *before: str) -> str:
    """One epoch of train.py from the weights: its last line but one, or what went wrong."""
    out = folder / "trained.safetensors"
    out.unlink(missing_ok=True)
    done = subprocess.run(
        [*before, "train.py", "data.npz", "--epochs", "1", "--go-on", "--out", out.name],
        cwd=folder, capture_output=True, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"}, timeout=200,
    )  # fmt: skip
    if done.returncode or not out.is_file():
        return "FAILED: " + "\n".join(done.stderr.splitlines()[-12:])
    module = imported(folder / "model.py")
    with np.load(folder / "expected.npz") as expected:
        x, after = expected["x"], expected.get("after")
    theirs = module.outputs(x, module.load(out))
    line = done.stdout.splitlines()[-2]
    if after is None:
        return f"{line}; not compared"
    worst = float(np.abs(theirs - after).max() / np.abs(after).max())
    # In two processes BatchNorm goes by the samples of each, so that their step may be another.
    alone = len(before) == 1
    failed = "FAILED: " if alone and not worst <= STEP_TOLERANCE else ""
    return f"{failed}{line}; differs from nnstudio's step by {worst:.1e}"


def table(worst: dict[Path, float]) -> str:
    """Markdown: a row for each layer, and one for all networks together."""
    rows: dict[tuple[str, str], list[float]] = {}
    for folder, value in worst.items():
        with np.load(folder / "expected.npz") as expected:
            title, twin = (str(v) for v in expected["layer"])
        rows.setdefault((title, f"`{twin}`" if twin else ""), []).append(value)
    networks = rows.pop(("", ""), [])
    lines = [(*key, values) for key, values in sorted(rows.items())]
    lines += [("**all layers**", "", [v for _, _, values in lines for v in values])]
    lines += [("**whole networks**", "", networks)] if networks else []
    return "\n".join([
        f"| Layer | PyTorch {torch.__version__} | Cases | Worst relative difference |",
        "|---|---|---:|---:|",
        *(f"| {title} | {twin} | {len(values)} | {max(values):.1e} |" for title, twin, values in lines),
    ])  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--train", action="store_true")
    parser.add_argument("--table", action="store_true")
    options = parser.parse_args()
    failed, differences = 0, {}
    print(f"PyTorch {torch.__version__}")
    for folder in sorted(p for p in options.folder.iterdir() if p.is_dir()):
        try:
            worst = difference(folder)
            verdict = "ok" if worst <= TOLERANCE else "DIFFERS"
        except Exception as error:
            worst, verdict = float("inf"), f"FAILED: {type(error).__name__}: {str(error)[:300]}"
        failed += verdict != "ok"
        differences[folder] = worst
        print(f"{folder.name:32} {worst:.1e} {verdict}", flush=True)
        if options.train and "-" not in folder.name:
            with np.load(folder / "expected.npz") as expected:
                np.savez(folder / "data.npz", x=expected["x"], y=expected["y_units"])
            torchrun = (
                sys.executable,
                "-m",
                "torch.distributed.run",
                "--standalone",
                "--nproc-per-node",
                "2",
            )
            for how, before in (("alone", (sys.executable,)), ("2 processes", torchrun)):
                line = train(folder, *before)
                failed += line.startswith("FAILED")
                print(f"    {how:12} {line}", flush=True)
    if options.table:
        print(f"\n{table(differences)}\n")
    print("all fine" if not failed else f"{failed} failed")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
