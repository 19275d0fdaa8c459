"""Reads and writes projects (`*.nns`), crash-safe.

History of the format, a zip archive:

version 1 (0.1.0)
    project.json          {"format": 1, "graph": .., "settings": .., "data": .., "run": ..}
    weights.safetensors   the flat parameters as "params", with the optimizer's slots behind them;
                          "best" where early stopping remembers the parameters of run.best's epoch
    data.csv              the person's own table, so that the project opens on any machine

version 2 (0.2.0)
    project.json          with "subnetworks" [{"id", "title", "graph"}], and "notes" in every graph;
                          since 0.3.0 run.optimizer_began, absent means 0

``run`` holds the optimizer, step, epoch, cursor and sums of a run that was begun, and its curve.
Every version that was ever written stays readable. Nothing is pickled.
"""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from nnkernels.spec import SpecError
from nnstudio.model.atomic_file import FileError, write_atomically
from nnstudio.model.document import DataReference, Document
from nnstudio.model.graph import LinkError
from nnstudio.model.settings import TrainingSettings

FORMAT = 2
SUFFIX = ".nns"
# What reading a damaged archive can raise; zipfile lets all of these through.
DAMAGE = (
    zipfile.BadZipFile, zlib.error, KeyError, ValueError, EOFError, RuntimeError, NotImplementedError,
)  # fmt: skip


class ProjectError(FileError):
    """A project file that cannot be read; the text says why and what to do."""


@dataclass(frozen=True)
class SavedRun:
    """A begun run as plain data: see training.session.TrainingState."""

    params: np.ndarray
    optimizer: str
    step: int
    epoch: int
    cursor: int
    partial: tuple[float, float, float]
    history: tuple[dict[str, Any], ...]
    best: tuple[float, int, np.ndarray] | None = None
    optimizer_began: int = 0


def write(path: Path, document: dict[str, Any], run: SavedRun | None, table: bytes | None = None) -> None:
    """Write a project (`Document.to_dict`, run, own table).

    The old file stays as it was unless all went well. Raises FileError.
    """
    from safetensors.numpy import save

    content = {"format": FORMAT, **document}
    if run is not None:
        content["run"] = {
            "optimizer": run.optimizer, "step": run.step, "epoch": run.epoch, "cursor": run.cursor,
            "partial": list(run.partial), "history": list(run.history),
            "optimizer_began": run.optimizer_began,
        }  # fmt: skip
        if run.best is not None:
            content["run"]["best"] = [run.best[0], run.best[1]]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("project.json", json.dumps(content, indent=1, allow_nan=True))
        if run is not None:
            arrays = {"params": run.params} | ({"best": run.best[2]} if run.best is not None else {})
            archive.writestr("weights.safetensors", save(arrays))
        if table is not None:
            archive.writestr("data.csv", table)
    write_atomically(path, buffer.getvalue())


def read(path: Path, document: Document) -> tuple[SavedRun | None, bytes | None]:
    """Fill an empty document; returns the saved run and table. Raises ProjectError."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            content = json.loads(archive.read("project.json"))
            tensors = archive.read("weights.safetensors") if "weights.safetensors" in names else None
            table = archive.read("data.csv") if "data.csv" in names else None
    except OSError as error:
        raise ProjectError(f"'{path}' cannot be opened: {error.strerror or error}.") from error
    except DAMAGE as error:
        raise ProjectError(
            f"'{path.name}' is damaged or not an nnstudio project ({error}). "
            "If an autosave exists, it is offered at the next start."
        ) from error
    return _fill(path, content, document, tensors), table


def _fill(path: Path, content: Any, document: Document, tensors: bytes | None) -> SavedRun | None:
    if not isinstance(content, dict) or not isinstance(content.get("format"), int):
        raise ProjectError(f"'{path.name}' is not an nnstudio project: it states no format.")
    if content["format"] > FORMAT:
        raise ProjectError(
            f"'{path.name}' was written by a newer nnstudio (format {content['format']}, this one reads "
            f"{FORMAT}). Update nnstudio to open it."
        )
    try:
        for item in content.get("subnetworks", ()):
            document.add_subnetwork(document.subnetwork_from_dict(item))
        document.graph.fill(content["graph"])
        document.set_settings(TrainingSettings.from_dict(content["settings"]))
        data = content["data"]
        document.set_data(DataReference(str(data["kind"]), dict(data["options"])))
        return _run(content.get("run"), tensors)
    except LinkError as error:
        raise ProjectError(f"'{path.name}' holds a link that cannot be: {error}") from error
    except SpecError as error:
        raise ProjectError(f"'{path.name}' holds a setting that cannot be: {error}") from error
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise ProjectError(f"'{path.name}' is damaged: {type(error).__name__}: {error}.") from error


def _run(data: dict[str, Any] | None, tensors: bytes | None) -> SavedRun | None:
    if data is None or tensors is None:
        return None
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        arrays = load(tensors)
        params = arrays["params"]
    except SafetensorError as error:
        raise ValueError(f"its weights cannot be read ({error})") from error
    partial = tuple(float(v) for v in data["partial"])
    return SavedRun(
        params, str(data["optimizer"]), int(data["step"]), int(data["epoch"]), int(data["cursor"]),
        (partial[0], partial[1], partial[2]), tuple(data["history"]),
        (float(data["best"][0]), int(data["best"][1]), arrays["best"]) if "best" in data else None,
        int(data.get("optimizer_began", 0)),
    )  # fmt: skip
