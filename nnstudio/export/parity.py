"""The proof that an exported file predicts what the engine predicts, on the person's own data."""

from __future__ import annotations

import hashlib
import json
import math
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from nnstudio import __version__
from nnstudio.export.format import ExportError, Format
from nnstudio.export.quality import SCORED, Quality, quality
from nnstudio.model.atomic_file import FileError, write_atomically
from nnstudio.training.evaluation import Evaluation

# Largest difference, relative to the largest prediction, at which two float32 networks are the same.
TOLERANCE = 1e-4
SAMPLES = 64
# A batch of one and an odd one show axes that were fixed by mistake.
BATCHES = (1, 7)


@dataclass(frozen=True)
class Parity:
    """How an exported file compares with the engine.

    The differences are None where the format cannot be tried here; then nothing is proved.

    Attributes:
        sha256: of the file; of a folder, of its files in the order of their names.
        judge: the program that ran the file.
        data: whose samples were predicted; ``batches`` are the numbers of samples given at a time.
        largest_difference, mean_difference: relative to the largest prediction.
        quality: of a file with rounded weights, its score beside the engine's, which decides.
    """

    file: str
    sha256: str
    format: str
    judge: str
    data: str
    samples: int
    batches: tuple[int, ...]
    largest_difference: float | None
    mean_difference: float | None
    tolerance: float
    versions: Mapping[str, str]
    date: str
    quality: Quality | None = None

    @property
    def holds(self) -> bool:
        if self.quality is not None:
            return self.quality.holds and math.isfinite(self.largest_difference or 0.0)
        return self.largest_difference is not None and self.largest_difference <= self.tolerance

    @property
    def sentence(self) -> str:
        if self.largest_difference is None:
            return f"{self.file} is written. Nothing here can read this format, so the file was not checked."
        if self.quality is not None:
            verdict = "does nearly as well" if self.holds else "does NOT do as well"
            return (
                f"{self.file} has rounded weights and {verdict}: {self.quality.sentence}. "
                f"The largest relative difference is {self.largest_difference:.1e}."
            )
        verdict = "predicts the same" if self.holds else "does NOT predict the same"
        return (
            f"{self.file} {verdict}: largest relative difference {self.largest_difference:.1e} "
            f"over {self.samples} samples."
        )

    def to_json(self) -> dict[str, object]:
        """Plain data; a difference that is not finite is told as text."""
        plain = {**asdict(self), "holds": self.holds, "sentence": self.sentence}
        return {k: str(v) if isinstance(v, float) and not math.isfinite(v) else v for k, v in plain.items()}


def compare(trained: Evaluation, form: Format, path: Path) -> Parity:
    """Predict with the file, and with the engine. Raises ExportError where the file cannot be read back."""
    data = trained.data
    x = data.part(data.judging)[0][: SCORED if form.is_rounded else SAMPLES]
    raw = x.astype(np.float64) * data.x_scale + data.x_shift
    batches = tuple(sorted({min(n, len(x)) for n in (*(() if form.takes_one else BATCHES), len(x))}))
    largest: float | None = 0.0
    means: list[float] = []
    score = None
    try:
        given = form.predictions(path, [raw[:n] for n in batches])
    except (KeyError, ValueError, OSError, RuntimeError) as error:
        raise ExportError(
            f"'{path.name}' was not written: the result cannot be read back ({error})."
        ) from error
    if given is None:
        largest = None
    for n, theirs in zip(batches, given or (), strict=given is not None):
        most, mean = _differences(trained.predict(x[:n]), theirs)
        largest, means = max(largest or 0.0, most), [*means, mean]
        if form.is_rounded and n == len(x) and math.isfinite(most):
            score = quality(trained, theirs)
    proved = largest is not None
    return Parity(
        path.name, digest(path), form.id, form.judge() if proved else "",
        f"the {data.judging} part of {data.name}", len(x) if proved else 0,
        (() if not proved else (1,) if form.takes_one else batches),
        largest, max(means) if proved else None, TOLERANCE,
        {"nnstudio": __version__, "numpy": np.__version__, "python": platform.python_version()},
        datetime.now(UTC).isoformat(timespec="seconds"), score,
    )  # fmt: skip


def digest(path: Path) -> str:
    """SHA-256 of a file, or of the files of a folder in the order of their names."""
    result = hashlib.sha256()
    for file in files_of(path):
        result.update(file.read_bytes())
    return result.hexdigest()


def files_of(path: Path) -> list[Path]:
    """The file itself, or those of a folder in the order of their names."""
    return sorted(f for f in path.rglob("*") if f.is_file()) if path.is_dir() else [path]


def _differences(ours: np.ndarray, theirs: np.ndarray) -> tuple[float, float]:
    """Largest and mean difference by the largest prediction; infinite where shapes or finiteness differ."""
    if ours.shape != theirs.shape:
        return float("inf"), float("inf")
    differences = np.abs(ours.astype(np.float64) - theirs) / max(float(np.abs(theirs).max()), 1e-12)
    largest, mean = float(differences.max()), float(differences.mean())
    return (largest, mean) if np.isfinite(largest) else (float("inf"), float("inf"))


def write_report(parity: Parity, path: Path) -> None:
    """Write it beside the exported file ``path``. A report of an earlier file does not stay where this one's
    cannot be written. Raises ExportError.
    """
    report = path.with_name(path.name + ".parity.json")
    try:
        write_atomically(report, json.dumps(parity.to_json(), indent=1).encode())
    except FileError as error:
        sentence = f"{parity.sentence} The file was written, but its report was not ({error.reason})."
        if report.is_file():
            report.unlink()
            sentence += f" The old '{report.name}' was of another file, and was removed."
        raise ExportError(sentence) from error
