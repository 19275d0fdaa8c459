"""Runs code that was written for a person, in a process of its own, to prove that it does the same."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

# To import PyTorch, or what Keras runs on, takes its time on a slow disk.
SECONDS = 300


def run(
    code: str, arguments: Sequence[str], results: Sequence[Path], environment: Mapping[str, str] | None = None
) -> None:
    """Python with these arguments, which must write ``results``; ``code`` is the file that is told of.

    Raises OSError where it fails, writes nothing, or takes too long.
    """
    try:
        # -B: nothing that Python writes may join the files of the folder.
        done = subprocess.run(
            [sys.executable, "-B", *arguments], capture_output=True, text=True, timeout=SECONDS, check=False,
            encoding="utf-8", errors="replace", env={**os.environ, **(environment or {})},
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise OSError(f"{code} took longer than {SECONDS} seconds") from error
    if done.returncode or not all(file.is_file() for file in results):
        last = (done.stderr.strip().splitlines() or ["it wrote nothing"])[-1]
        raise OSError(f"{code} failed: {last}")


def arrays_of(judge: Callable[[Path, Path], None], inputs: np.ndarray) -> list[np.ndarray]:
    """The arrays that ``judge(samples, out)`` writes into an .npz file, of samples that it reads from an .npy
    file.
    """
    with tempfile.TemporaryDirectory(prefix="nnstudio-") as between:
        rows, out = Path(between) / "in.npy", Path(between) / "out.npz"
        np.save(rows, inputs)
        judge(rows, out)
        with np.load(out, allow_pickle=False) as results:
            return [results[name] for name in results.files]
