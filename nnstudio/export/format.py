"""What a format does, the registry that finds formats, and the parity report.

What was written predicts, by a format's own reader and without the engine, the samples of the person's own
data; where that is not what the engine predicts, the export is not called done.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from nnkernels.spec import SpecError
from nnkernels.spec.registry import Registry
from nnstudio import __version__
from nnstudio.export import network as exported
from nnstudio.export.network import ExportedNetwork
from nnstudio.model.atomic_file import FileError, never, write_atomically
from nnstudio.training.session import Session

# Largest difference, relative to the largest prediction, at which two float32 networks are the same.
TOLERANCE = 1e-4
SAMPLES = 64


class ExportError(ValueError):
    """An export that failed or does not predict the same; the text is a sentence."""


class Format:
    """A file format. A file in this folder that registers one is all it takes.

    Attributes:
        suffix: of its files, with the dot; no two formats share one.
    """

    id: str = ""
    title: ClassVar[str] = ""
    suffix: ClassVar[str] = ""
    order: ClassVar[int] = 0

    def write(self, network: ExportedNetwork, path: Path) -> None:
        """Write one file. Raises ExportError with a sentence for a network that the format cannot hold."""
        raise NotImplementedError

    def predict(self, path: Path, inputs: np.ndarray) -> np.ndarray | None:
        """What the file predicts, as whoever gets it would find out; None where that cannot be tried here.

        Inputs are `(n, *input_shape)`, float64, in the units of the data. The result is what the network's
        first Output gives for them, `(n, *shape)`, before number targets are scaled back.
        """
        return None


class WeightsFormat(Format):
    """Base of formats that hold named arrays and texts; the proof follows from `read`."""

    def read(self, path: Path) -> tuple[dict[str, np.ndarray], dict[str, str]]:
        """Arrays and metadata of a file."""
        raise NotImplementedError

    def predict(self, path: Path, inputs: np.ndarray) -> np.ndarray | None:
        return exported.predict(*self.read(path), inputs)


class Formats(Registry[Format]):
    """Formats by identifier, and by suffix."""

    def add(self, entry: Format) -> None:
        """Raises ValueError for an identifier or a suffix in use."""
        taken = [f.title for f in self._entries.values() if f.suffix == entry.suffix]
        if taken:
            raise ValueError(f"{entry.title} and {taken[0]} both write '{entry.suffix}' files; change one.")
        super().add(entry)

    def of(self, path: Path) -> Format:
        """The format that a file's suffix names. Raises ExportError."""
        by_suffix = {f.suffix: f for f in self}
        if path.suffix.lower() not in by_suffix:
            known = " or ".join(by_suffix)
            raise ExportError(f"'{path.name}' must end in {known}; the suffix decides the format.")
        return by_suffix[path.suffix.lower()]


formats = Formats("export format", "nnstudio.export", "nnstudio.formats")


@dataclass(frozen=True)
class Parity:
    """How an exported file compares with the engine.

    ``largest_difference`` is None where the format cannot be tried here; then nothing is proved.
    """

    file: str
    sha256: str
    samples: int
    largest_difference: float | None
    tolerance: float
    nnstudio: str
    numpy: str

    @property
    def holds(self) -> bool:
        return self.largest_difference is not None and self.largest_difference <= self.tolerance

    @property
    def sentence(self) -> str:
        if self.largest_difference is None:
            return f"{self.file} is written. Nothing here can read this format, so the file was not checked."
        verdict = "predicts the same" if self.holds else "does NOT predict the same"
        return (
            f"{self.file} {verdict}: largest relative difference {self.largest_difference:.1e} "
            f"over {self.samples} samples."
        )


def export(session: Session, path: Path, cancel_point: Callable[[], None] = never) -> Parity:
    """Write, read back, compare; the report lies beside the file. Raises ExportError or FileError.

    The suffix decides the format. A file that fails the comparison is not left behind, nor is one that
    ``cancel_point`` ends by raising.
    """
    form = formats.of(path)
    with tempfile.TemporaryDirectory(prefix="nnstudio-") as folder:
        trial = Path(folder) / path.name
        form.write(ExportedNetwork.of(session), trial)
        cancel_point()
        parity = compare(session, form, trial)
        if parity.largest_difference is not None and not parity.holds:
            raise ExportError(f"{parity.sentence} It was not written.")
        write_atomically(path, trial.read_bytes(), cancel_point)
    _write_report(parity, path.with_name(path.name + ".parity.json"))
    return parity


def _write_report(parity: Parity, path: Path) -> None:
    """A report of an earlier file does not stay where this one's cannot be written."""
    report: Mapping[str, object] = {**asdict(parity), "holds": parity.holds}
    content = json.dumps(report, indent=1).encode()
    try:
        write_atomically(path, content)
    except FileError as error:
        sentence = f"{parity.sentence} The file was written, but its report was not ({error.reason})."
        if path.is_file():
            path.unlink()
            sentence += f" The old '{path.name}' was of another file, and was removed."
        raise ExportError(sentence) from error


def compare(session: Session, form: Format, path: Path) -> Parity:
    """Predict with the file, and with the engine. Raises ExportError where the file cannot be read back."""
    data = session.data
    x = data.part(data.judging)[0][:SAMPLES]
    try:
        theirs = form.predict(path, x.astype(np.float64) * data.x_scale + data.x_shift)
    except (KeyError, ValueError, OSError) as error:
        raise ExportError(
            f"'{path.name}' was not written: the result cannot be read back ({error})."
        ) from error
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    difference = None if theirs is None else _difference(session.predict(x), theirs)
    samples = 0 if theirs is None else len(x)
    return Parity(path.name, digest, samples, difference, TOLERANCE, __version__, np.__version__)


def _difference(ours: np.ndarray, theirs: np.ndarray) -> float:
    """Largest difference by the largest prediction; infinite where shapes differ or it is not finite."""
    if ours.shape != theirs.shape:
        return float("inf")
    scale = max(float(np.abs(theirs).max()), 1e-12)
    difference = float(np.abs(ours.astype(np.float64) - theirs).max()) / scale
    return difference if np.isfinite(difference) else float("inf")


__all__ = ["ExportError", "Format", "Parity", "SpecError", "WeightsFormat", "export", "formats"]
