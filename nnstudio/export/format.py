"""What a format does, the registry that finds formats, and the parity report.

Every export is read back, and an independent NumPy network with the read weights must predict the
same as the engine on samples of the person's own data; otherwise it is not called done.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from nnkernels.registry import Registry
from nnkernels.spec import SpecError
from nnstudio import __version__
from nnstudio.model.atomic_file import FileError, write_atomically
from nnstudio.training.session import Session

# Largest difference, relative to the largest prediction, at which two float32 networks are the same.
TOLERANCE = 1e-4
SAMPLES = 64


class ExportError(ValueError):
    """An export that failed or does not predict the same; the text is a sentence."""


class Format:
    """A file format. A file in this folder that registers one is all it takes."""

    id: str = ""
    title: ClassVar[str] = ""
    suffix: ClassVar[str] = ""
    order: ClassVar[int] = 0

    def encode(self, arrays: dict[str, np.ndarray], metadata: dict[str, str]) -> bytes:
        """The file's content; metadata values are JSON texts."""
        raise NotImplementedError

    def decode(self, content: bytes) -> tuple[dict[str, np.ndarray], dict[str, str]]:
        """Arrays and metadata of a file's content."""
        raise NotImplementedError


formats: Registry[Format] = Registry("export format", "nnstudio.export", "nnstudio.formats")


@dataclass(frozen=True)
class Parity:
    """How an exported file compares with the engine."""

    file: str
    sha256: str
    samples: int
    largest_difference: float
    tolerance: float
    nnstudio: str
    numpy: str

    @property
    def holds(self) -> bool:
        return self.largest_difference <= self.tolerance

    @property
    def sentence(self) -> str:
        verdict = "predicts the same" if self.holds else "does NOT predict the same"
        return (
            f"{self.file} {verdict}: largest relative difference {self.largest_difference:.1e} "
            f"over {self.samples} samples."
        )


def export(session: Session, path: Path) -> Parity:
    """Write, read back, compare; the report lies beside the file. Raises ExportError or FileError.

    The suffix decides the format. A file that fails the comparison is not left behind.
    """
    known = {f.suffix: f for f in formats}
    if path.suffix not in known:
        raise ExportError(f"'{path.name}' must end in {' or '.join(known)}; the suffix decides the format.")
    form = known[path.suffix]
    metadata = {key: json.dumps(value) for key, value in describe(session).items()}
    content = form.encode(session.arrays(), metadata)
    arrays, read = form.decode(content)
    if read != metadata:
        raise ExportError(f"'{path.name}' was not written: its description did not survive the format.")
    parity = compare(session, arrays, path.name, content)
    if not parity.holds:
        raise ExportError(f"{parity.sentence} It was not written.")
    write_atomically(path, content)
    report = {**asdict(parity), "holds": parity.holds}
    try:
        write_atomically(path.with_name(path.name + ".parity.json"), json.dumps(report, indent=1).encode())
    except FileError as error:
        raise ExportError(
            f"{parity.sentence} The file was written, but its report was not: {error}"
        ) from error
    return parity


def describe(session: Session) -> dict[str, Any]:
    """What must travel with the weights: structure, classes, scaling."""
    nodes = [
        {"id": n.id, "layer": n.layer.id, "options": dict(n.options), "inputs": list(n.inputs),
         "shape": list(n.shape)}
        for n in session.layout.nodes.values()
    ]  # fmt: skip
    return {
        "nnstudio": __version__,
        "layout": "NHWC; dense weights (in, out); convolution weights (height, width, in, out)",
        "nodes": nodes,
        "loss": session.settings.loss,
        "preprocessing": session.data.preprocessing(),
    }


def compare(session: Session, arrays: dict[str, np.ndarray], name: str, content: bytes) -> Parity:
    """Predict with the read weights in plain NumPy, and with the engine."""
    data = session.data
    x = (data.x_test if len(data.x_test) else data.x_train)[:SAMPLES]
    ours = session.predict(x).astype(np.float64)
    theirs = reference_predict(session, arrays, x.astype(np.float64))
    scale = max(float(np.abs(theirs).max()), 1e-12)
    difference = float(np.abs(ours - theirs).max()) / scale
    if not np.isfinite(difference):
        difference = float("inf")
    digest = hashlib.sha256(content).hexdigest()
    return Parity(name, digest, len(x), difference, TOLERANCE, __version__, np.__version__)


def reference_predict(session: Session, arrays: dict[str, np.ndarray], x: np.ndarray) -> np.ndarray:
    """The network in the layers' slow NumPy references, with these weights."""
    values: dict[str, np.ndarray] = {}
    for node in session.layout.nodes.values():
        if node.layer.role == "input":
            values[node.id] = node.layer.reference(node.options, [x], {})
            continue
        owner = session.layout.owners.get(node.id, node.id)
        mine = {p.name: arrays[f"{owner}.{p.name}"].astype(np.float64) for p in node.parameters}
        for p in node.parameters:
            if mine[p.name].shape != p.shape:
                raise ExportError(f"'{node.id}.{p.name}' came back with another shape.")
        inputs = [values[s] for s in node.inputs]
        values[node.id] = node.layer.reference(node.options, inputs, mine)
    return values[session.layout.output]


__all__ = ["ExportError", "Format", "Parity", "SpecError", "export", "formats"]
