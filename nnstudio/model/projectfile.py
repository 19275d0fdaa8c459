"""Reads and writes projects (`*.nns`), crash-safe, and never trusts what it reads.

History of the format, a zip archive. Its number is its own: it rises when an older program would misread a
file, whatever the program's version is then.

format 1
    project.json
        {"format": 1, "graph": .., "settings": .., "data": .., "run": ..}
    weights.safetensors
        the flat parameters as "params", with the optimizer's slots behind them; "best" where early stopping
        remembers the parameters of run.best's epoch
    data.csv
        the person's own table, so that the project opens on any machine

format 2
    project.json
        with "subnetworks" [{"id", "title", "graph"}], and "notes" in every graph; run.optimizer_began (or 0)

format 3
    project.json
        "data" holds the file's name and the SHA-256 of its content, and no path: where data lies on a machine
        is the person's own affair. Paths in older files are not read. "history" of the run is the number of
        its rows; "schedule" is what it keeps of the losses, absent where that follows from the curve
    history.safetensors
        the curve, a column for each quantity; "absent" holds the bits of what does not apply. "span" is the
        number of epochs that a row covers and "loss_lowest", "loss_highest" and so on their extremes; all
        absent where each row is one epoch

format 4
    project.json
        more options of a table: of "csv" in older files, rows with gaps are left out and the split is random

format 5
    project.json
        data may have a validation part, "validation_ratio" and "fold"; older files have none

format 6
    project.json
        more options of pictures: of "image_folder" in older files, the split is random, without a validation
        part, and folders called train and test are classes. "facts" of data that does not travel along are
        what predictions need of it; absent in older files

format 7
    project.json
        tables have "many_values"; in older files, categories of many values are left out

format 8
    project.json
        "iris" and "mnist" have a validation part, and "audio_folder" has "parts"; in older files there is no
        validation part of these, and folders of sounds called train and test are classes

format 9
    project.json
        "facts" also of tables that do not travel along, with their encoders as "inputs", and of all data
        "seen", the ranges of its training part, and "files", what its pictures or sounds are like; in older
        files tables have no facts, and others neither of these

format 10
    project.json
        drawn data has other shares for testing and validation; in older files those that it had

format 11
    project.json
        a series has "time_gaps"; in older files, missing values are interpolated and missing dates passed
        over
        "image_folder" and "audio_folder" have "hold_back"; in older files without a folder for validation
        there is no validation part
        data may say as "examples" how many samples are learned from, and "mnist" which "digits" there are;
        where they are absent, all
        "facts" of a text say as "text" what it is a sequence of; absent in older files, and in some of this
        format
        "id" of the run, 32 hex digits, "best_of", "returned_to" (both epoch and step), "altered" and "goal":
        absent in older files, and in some of this format. With "best_of", the epoch in "best" is the one from
        which patience counts; "returned_to" is whose weights early stopping brought back
    timeline.safetensors
        "steps" of the run that can be shown again, and "params" after them, a row each, as far as they have
        room; absent where there are none, and in older files

format 12
    project.json
        "groups" of the settings: optimizers of groups of layers. A layer names its group in
        "optimizer_group", an Output the groups that its loss "trains", and the number that is its "target";
        "turns" says which group takes steps when. In older files all layers learn together, from the data.
        "outputs" of the run: names of the Outputs, summed losses and samples of the running epoch; absent
        where there is one, and in older files. "judged_from" is the step from which on losses of the run are
        of its data and settings; absent where all are
    history.safetensors
        "output_epochs" and "output_losses" (rows, outputs) of each Output where there are several

``run`` holds the optimizer, step, epoch, cursor and sums of a run that was begun, and its curve.
Every format that was ever written stays readable. Nothing is pickled.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from nnkernels.spec import SpecError
from nnkernels.spec.registry import UnknownName
from nnstudio.model.archive import read_members
from nnstudio.model.atomic_file import FileError, never
from nnstudio.model.curve_columns import ABSENT, checked_columns, of_rows
from nnstudio.model.document import DataReference, Document
from nnstudio.model.file_mark import FileMark, write_marked
from nnstudio.model.graph import LinkError
from nnstudio.model.older_data import options_before
from nnstudio.model.output_arrays import arrays_of, checked_outputs, plain_outputs
from nnstudio.model.project_schema import (
    DataSchema,
    GraphSchema,
    RunSchema,
    SettingsSchema,
    SubnetworkSchema,
    checked,
)
from nnstudio.model.saved import Opened, SavedData, SavedRun
from nnstudio.model.settings import ScheduleMemory, TrainingSettings
from nnstudio.model.suffix import SUFFIX as SUFFIX
from nnstudio.model.timeline_arrays import PARAMETERS, STEPS, checked_timeline

FORMAT = 12
PROJECT, WEIGHTS, TABLE = "project.json", "weights.safetensors", "data.csv"
HISTORY, TIMELINE = "history.safetensors", "timeline.safetensors"
# The most bytes of each file in the archive; what is larger is no project of this program.
LIMITS = {PROJECT: 2**28, WEIGHTS: 2**31, TABLE: 2**26, HISTORY: 2**30, TIMELINE: 2**28}
# Characters of a file's name, of up to four bytes; systems allow 255 bytes.
MOST_NAME = 60
# Zero weights, curves that stand still and tables with one value pack better than a limit would allow.
SQUEEZED = frozenset((WEIGHTS, TABLE, HISTORY))


FindTable = Callable[[str], bytes | None]


def no_table(_digest: str) -> bytes | None:
    """There is none beside the file."""
    return None


class ProjectError(FileError):
    """A project file that cannot be read; the text says why and what to do."""


def write(
    path: Path,
    document: dict[str, Any],
    run: SavedRun | None,
    data: SavedData | None = None,
    cancel_point: Callable[[], None] = never,
    mark: FileMark | None = None,
    compression: int = zipfile.ZIP_DEFLATED,
) -> FileMark:
    """Write a project (`Document.to_dict`, run, own data); all else as in `write_marked` and `packed`.

    The old file stays as it was unless all went well. Raises ChangedOnDisk or FileError.
    """
    content = packed(document, run, data, cancel_point, compression)
    return write_marked(path, content, cancel_point, mark)


def packed(
    document: dict[str, Any],
    run: SavedRun | None,
    data: SavedData | None = None,
    cancel_point: Callable[[], None] = never,
    compression: int = zipfile.ZIP_DEFLATED,
) -> memoryview:
    """What `write` writes, or the same with another compression of `zipfile`."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, content in members_of(document, run, data):
            # Numbers that were learned hardly pack, and the timeline is written often.
            archive.writestr(name, content, zipfile.ZIP_STORED if name == TIMELINE else None)
            cancel_point()
    return buffer.getbuffer()


def members_of(
    document: dict[str, Any], run: SavedRun | None, data: SavedData | None = None
) -> Iterator[tuple[str, bytes]]:
    """The files in a project, by name, as they come to be."""
    from safetensors.numpy import save

    data = data or SavedData()
    content = plain_content(document, data.name, data.hash)
    if data.facts is not None:
        content["data"]["facts"] = data.facts
    if run is not None:
        content["run"] = _plain_run(run)
    yield PROJECT, json.dumps(content, indent=1, allow_nan=True).encode()
    if run is not None:
        arrays = {"params": run.params} | ({"best": run.best[2]} if run.best is not None else {})
        yield WEIGHTS, save(arrays)
        yield HISTORY, save(run.history | arrays_of(run.outputs))
        if run.timeline is not None:
            steps, parameters = run.timeline
            yield TIMELINE, save({STEPS: steps, PARAMETERS: parameters})
    if data.table is not None:
        yield TABLE, data.table


def _plain_run(run: SavedRun) -> dict[str, Any]:
    """What project.json says of a run."""
    plain: dict[str, Any] = {
        "optimizer": run.optimizer, "step": run.step, "epoch": run.epoch, "cursor": run.cursor,
        "partial": list(run.partial), "history": len(run.history[ABSENT]),
        "optimizer_began": run.optimizer_began, "id": run.id, "altered": run.altered, "goal": run.goal,
    }  # fmt: skip
    if run.judged_from:
        plain["judged_from"] = run.judged_from
    if run.outputs is not None:
        plain["outputs"] = plain_outputs(run.outputs)
    if run.best is not None:
        plain["best"] = [run.best[0], run.best[1]]
    for name, moment in (("best_of", run.best_of), ("returned_to", run.returned_to)):
        if moment is not None:
            plain[name] = list(moment)
    if run.schedule is not None and run.schedule.values:
        kept = run.schedule
        plain["schedule"] = [kept.schedule, kept.options, list(kept.values)]
    return plain


def plain_content(document: dict[str, Any], name: str, digest: str) -> dict[str, Any]:
    """What project.json says of a document (`Document.to_dict`) and of the file that its data comes from."""
    data = document["data"]
    options = {key: value for key, value in data["options"].items() if key != "path"}
    return {"format": FORMAT, **document, "data": {**data, "options": options, "name": name, "hash": digest}}


def read(path: Path, document: Document, table_of: FindTable = no_table) -> Opened:
    """Fill an empty document; ``table_of`` gives the data of a file that has none in it, by its SHA-256.

    Raises ProjectError where there is no network to be had.
    """
    return opened_from(members_in(path), f"'{path.name}'", document, table_of)


def members_in(path: Path) -> dict[str, bytes]:
    """The files in a project, by name, as far as they are there. Raises ProjectError."""
    try:
        return read_members(path, LIMITS, SQUEEZED)
    except FileError as error:
        raise ProjectError(str(error)) from error


def opened_from(
    members: Mapping[str, bytes], name: str, document: Document, table_of: FindTable = no_table
) -> Opened:
    """Fill an empty document from the files in a project, which messages call ``name``; ``table_of`` as for
    `read`. Raises ProjectError where there is no network to be had.
    """
    if PROJECT not in members:
        raise ProjectError(f"{name} is not an nnstudio project: it holds no {PROJECT}.")
    warnings: list[str] = []
    content, saved_data = fill(document, members[PROJECT], name, warnings)
    run = _run(content.get("run"), members, warnings)
    table = members[TABLE] if TABLE in members else table_of(saved_data.hash)
    return Opened(run, replace(saved_data, table=table), tuple(warnings))


def fill(document: Document, text: bytes, name: str, warnings: list[str]) -> tuple[dict[str, Any], SavedData]:
    """Fill an empty document from the content of project.json, as JSON; returns all of the content, too.

    ``name`` is what messages call it, as the beginning of a sentence; ``warnings`` get what could not be
    kept. Raises ProjectError where there is no network to be had.
    """
    content = _parsed(text, name)
    data, saved_data = _data(content.get("data"), content["format"], warnings)
    try:
        for item in checked(content.get("subnetworks", []), list[SubnetworkSchema]):
            document.add_subnetwork(document.subnetwork_from_dict(item))
        document.graph.fill(checked(content["graph"], GraphSchema))
        document.set_settings(TrainingSettings.from_dict(checked(content["settings"], SettingsSchema)))
        document.set_data(data)
    except LinkError as error:
        raise ProjectError(f"{name} holds an invalid link: {error}") from error
    except UnknownName as error:
        raise ProjectError(f"{name} cannot be opened: {error}") from error
    except SpecError as error:
        raise ProjectError(f"{name} holds an invalid setting: {error}") from error
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, OverflowError) as error:
        raise ProjectError(f"{name} is damaged: {_reason(error)}.") from error
    return content, saved_data


def _parsed(text: bytes, name: str) -> dict[str, Any]:
    """The content of project.json, of a format that can be read. Raises ProjectError."""
    try:
        content = json.loads(text)
        # Halves of characters would fail wherever the text is shown or saved.
        json.dumps(content, ensure_ascii=False).encode()
    except (ValueError, RecursionError, MemoryError) as error:
        raise ProjectError(f"{name} is damaged: {PROJECT} cannot be read ({error}).") from error
    number = content.get("format") if isinstance(content, dict) else None
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        raise ProjectError(f"{name} is not an nnstudio project: it has no format number.")
    if number > FORMAT:
        raise ProjectError(
            f"{name} was written by a newer nnstudio (format {number}, this one reads {FORMAT}). "
            "Update nnstudio to open it."
        )
    return dict(content)


def _data(content: object, number: int, warnings: list[str]) -> tuple[DataReference, SavedData]:
    """Which data, and what is saved of it but its table; a warning where that cannot be read.

    A path is never taken over: a file must not decide what of this machine is read.
    """
    try:
        saved = checked(content, DataSchema)
    except (ValueError, TypeError, RecursionError) as error:
        warnings.append(f"The choice of data cannot be read ({error}). Choose the data under Data.")
        return DataReference(), SavedData()
    options = options_before(number, saved["kind"])
    for key, value in saved["options"].items():
        if isinstance(value, bool | int | float | str):
            options[key] = value
        else:
            warnings.append(f"The option '{key}' of the data cannot be read; its default is used.")
    old = str(options.pop("path", ""))
    name = saved["name"] or old.replace("\\", "/").rstrip("/").rpartition("/")[2]
    # The table is unpacked under this name: the end of it, which holds the suffix, as systems allow.
    name = name.replace("\0", "")[-MOST_NAME:]
    return DataReference(saved["kind"], options), SavedData(name, saved["hash"], None, saved["facts"])


def _run(content: object, members: Mapping[str, bytes], warnings: list[str]) -> SavedRun | None:
    """The run; None and a warning where it cannot be gone on from, for the network can be kept without it."""
    if content is None:
        return None
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        if WEIGHTS not in members:
            raise ValueError(f"{WEIGHTS} is not there")
        data = checked(content, RunSchema)
        arrays = load(members[WEIGHTS])
        history, outputs = data["history"], None
        if isinstance(history, int):
            columns = load(members[HISTORY])
            outputs = checked_outputs(data["outputs"], columns)
            history = checked_columns(columns, history)
        else:
            history = of_rows(history)
        schedule = None
        if data["schedule"] is not None:
            name, options, values = data["schedule"]
            schedule = ScheduleMemory(name, options, tuple(values))
            if np.isnan(values).any():
                raise ValueError("the memory of its schedule holds NaN")
        for name in ("params", *(["best"] if data["best"] is not None else [])):
            if arrays[name].dtype != np.float32 or arrays[name].ndim != 1:
                raise ValueError(f"'{name}' is {arrays[name].dtype} of shape {arrays[name].shape}")
        if not np.isfinite(data["partial"]).all():
            raise ValueError("its sums are not finite")
        best = (data["best"][0], data["best"][1], arrays["best"]) if data["best"] is not None else None
    except (SafetensorError, KeyError, ValueError, TypeError, OverflowError, RecursionError) as error:
        warnings.append(
            f"The network was kept, but not what it has learned: the saved run is damaged ({_reason(error)})."
        )
        return None
    timeline = None
    try:
        if TIMELINE in members:
            timeline = checked_timeline(load(members[TIMELINE]), len(arrays["params"]), data["step"])
    except (SafetensorError, KeyError, ValueError, TypeError) as error:
        warnings.append(
            f"The run was kept, but not its timeline, which is damaged ({_reason(error)}). Train on to begin "
            "another."
        )
    return SavedRun(
        arrays["params"], data["optimizer"], data["step"], data["epoch"], data["cursor"],
        tuple(data["partial"]), history, best, data["optimizer_began"], schedule, timeline, data["id"],
        data["best_of"], data["returned_to"], data["altered"], data["goal"], outputs,
        data["judged_from"],
    )  # fmt: skip


def _reason(error: Exception) -> str:
    return f"there is no {error}" if isinstance(error, KeyError) else str(error) or type(error).__name__
