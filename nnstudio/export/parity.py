"""The proof that an exported file predicts what the engine predicts, on the person's own data."""

from __future__ import annotations

import hashlib
import json
import math
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from nnkernels.spec import Role
from nnstudio import __version__
from nnstudio.export.format import ExportError, Format
from nnstudio.export.quality import SCORED, Quality, quality
from nnstudio.training.by_output import called
from nnstudio.training.evaluation import Evaluation
from nnstudio.training.random_samples import random_samples
from nnstudio.training.trained import Trained

# Largest difference, relative to the largest prediction, at which two float32 networks are the same.
TOLERANCE = 1e-4
SAMPLES = 64
# A batch of one and an odd one show axes that were fixed by mistake.
BATCHES = (1, 7)
NOT_FINITE = (
    "But not all predictions of this network are finite numbers, in the file as here. Reset it and train it "
    "with a smaller learning rate."
)
UNTRAINED = (
    "No step of training was done here: its weights are as they began, or as they were loaded or set by hand."
)


@dataclass(frozen=True)
class Parity:
    """How an exported file compares with the engine.

    The differences are None where the format cannot be tried here; then nothing is proved.

    Attributes:
        sha256: of the file; of a folder, of its files in the order of their names.
        judge: the program that ran the file.
        data: whose samples were predicted; ``batches`` are the numbers of samples given at a time.
        largest_difference, mean_difference: relative to the largest prediction of each Output, that over all
            batches, this over all values of all samples.
        quality: of a file with rounded weights, its score beside the engine's, which decides.
        remark: what else a person must know of it, in sentences.
        caution: in sentences, what the report does not prove, because the data was not there or the network
            was not trained; else "".
        usage: how whoever gets the file begins with it, lines of a program.
        outputs: of several Outputs those that were compared, by identifier.
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
    remark: str = ""
    caution: str = ""
    usage: str = ""
    outputs: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        if self.quality is not None:
            return self.quality.holds and math.isfinite(self.largest_difference or 0.0)
        return self.largest_difference is not None and self.largest_difference <= self.tolerance

    @property
    def sentence(self) -> str:
        judged = f"Checked by {self.judge}." if self.judge and self.quality is None else ""
        told = (self.verdict, judged, self.remark, self.caution)
        return " ".join(sentence for sentence in told if sentence)

    @property
    def verdict(self) -> str:
        """Whether it predicts the same, in a sentence."""
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


def compare(trained: Evaluation, form: Format, path: Path, names: Mapping[str, str] | None = None) -> Parity:
    """Predict with the file, and with the engine; ``names`` are what people call nodes, by identifier.

    Raises ExportError where the file cannot be read back.
    """
    data = trained.data
    x, whose = _samples(trained, SCORED if form.is_rounded else SAMPLES)
    raw = x.astype(np.float64) * data.x_scale + data.x_shift
    batches = tuple(sorted({min(n, len(x)) for n in (*(() if form.takes_one else BATCHES), len(x))}))
    largest: float | None = 0.0
    differences: list[np.ndarray] = []
    score = None
    try:
        remark = form.remark(path)
        given = form.predictions(path, [raw[:n] for n in batches])
    except (KeyError, ValueError, OSError, RuntimeError) as error:
        raise ExportError(
            f"'{path.name}' was not written: the result cannot be read back ({error})."
        ) from error
    if given is None:
        largest = None
    top = _largest_prediction(trained.predict(x))
    for n, theirs in zip(batches, given or (), strict=given is not None):
        ours = trained.predict(x[:n])
        if not np.isfinite(ours).all():
            remark = NOT_FINITE
        # The last batch holds all samples; the others are its first ones.
        differences = [_differences(ours, theirs, top)]
        most = float(differences[0].max())
        largest = max(largest or 0.0, most)
        if form.is_rounded and n == len(x) and math.isfinite(most):
            score = quality(trained, x, theirs)
    proved = largest is not None
    several = tuple(target.node for target in trained.layout.targets)
    compared = several if proved and len(several) > 1 else ()
    if compared:
        others = _others(trained, form, path, x, raw)
        compared = several if others is not None else several[:1]
        differences += others or []
        largest = max(largest or 0.0, *(float(values.max()) for values in differences))
        told = _told_outputs(form, several, compared, names or {})
        remark = " ".join(filter(None, [remark, told]))
    return Parity(
        path.name, digest(path), form.id, form.judge() if proved else "",
        whose, len(x) if proved else 0,
        (() if not proved else (1,) if form.takes_one else batches),
        largest, float(np.concatenate(differences).mean()) if proved else None, TOLERANCE,
        {"nnstudio": __version__, "numpy": np.__version__, "python": platform.python_version()},
        datetime.now(UTC).isoformat(timespec="seconds"), score, remark,
        _caution(trained, len(x) if proved else 0, whose), outputs=compared,
    )  # fmt: skip


def _others(
    trained: Evaluation, form: Format, path: Path, x: np.ndarray, raw: np.ndarray
) -> list[np.ndarray] | None:
    """The differences of each Output behind the first; None where they cannot be compared."""
    try:
        given = None if form.first_alone else form.other_outputs(path, raw)
    except (KeyError, ValueError, OSError, RuntimeError) as error:
        raise ExportError(
            f"'{path.name}' was not written: not all of its outputs can be read back ({error})."
        ) from error
    if given is None:
        return None
    # In the order of computation, as formats have it; that of the targets may be another one.
    nodes, first = trained.layout.nodes.values(), trained.layout.output
    ends = [node.id for node in nodes if node.layer.role == Role.OUTPUT and node.id != first]
    ours = [trained.predict(x, end) for end in ends]
    return [
        _differences(one, theirs, _largest_prediction(one)) for one, theirs in zip(ours, given, strict=True)
    ]


def _told_outputs(
    form: Format, outputs: Sequence[str], compared: Sequence[str], names: Mapping[str, str]
) -> str:
    """What the file and its proof leave out of several Outputs, in a sentence."""
    if len(compared) == len(outputs):
        return f"All {len(outputs):,} outputs were compared."
    left = " and ".join(f"'{called(name, names)}'" for name in outputs if name not in compared)
    first = called(outputs[0], names)
    are = "are" if len(outputs) > 2 else "is"
    if form.first_alone:
        return f"It gives the first output alone, '{first}'; {left} {are} not in it."
    return f"Only the first output, '{first}', was compared here; {left} {are} not proved."


def _samples(trained: Evaluation, most: int) -> tuple[np.ndarray, str]:
    """Scaled inputs, and in words whose they are."""
    data = trained.data
    if data.parts:
        return data.part(data.judging)[0][:most], f"the {data.judging} part of {data.name}"
    known = data.seen is not None
    within = (
        "within the ranges of training" if known else "of a usual range, as that of training is not known"
    )
    return random_samples(data, most), f"random samples {within}"


def _caution(trained: Evaluation, judged: int, whose: str) -> str:
    """What else is not proved, or not written: of a network that was not trained, or without its data."""
    data, told = trained.data, []
    if trained.steps == 0 and trained.layout.parameters:
        told.append(UNTRAINED)
    if not data.parts and judged:
        told += [f"The data, '{data.name}', was not at hand: judged on {judged:,} {whose}."]
    if isinstance(trained, Trained) and trained.lacks_weights:
        told.append("Class weights follow from the data, so what is written for training has none.")
    return " ".join(told)


def digest(path: Path) -> str:
    """SHA-256 of a file, or of the files of a folder in the order of their names."""
    result = hashlib.sha256()
    for file in files_of(path):
        result.update(file.read_bytes())
    return result.hexdigest()


def files_of(path: Path) -> list[Path]:
    """The file itself, or those of a folder in the order of their names."""
    return sorted(f for f in path.rglob("*") if f.is_file()) if path.is_dir() else [path]


def _largest_prediction(ours: np.ndarray) -> float:
    """The size of the largest one of all samples; never 0."""
    return float(np.abs(ours).max(initial=1e-12, where=np.isfinite(ours)))


def _differences(ours: np.ndarray, theirs: np.ndarray, top: float) -> np.ndarray:
    """How far each value (values,), float64, is off, by the largest prediction ``top``; infinite where shapes
    or finiteness differ.

    What is not a number, or infinite, in both is the same.
    """
    if ours.shape != theirs.shape:
        return np.full(1, np.inf)
    ours, same = ours.astype(np.float64), (ours == theirs) | (np.isnan(ours) & np.isnan(theirs))
    differences = np.subtract(ours, theirs, out=np.zeros(ours.shape), where=~same)
    relative: np.ndarray = np.abs(differences).ravel() / top
    return np.where(np.isfinite(relative), relative, np.inf)


def report_of(path: Path) -> Path:
    """Where the report on a file or folder lies."""
    return path.with_name(f"{path.name}.parity.json")


def as_report(parity: Parity) -> bytes:
    """What is written beside the exported file."""
    return json.dumps(parity.to_json(), indent=1).encode()
