"""`nnstudio explain` without a method: what a network looks at, remembers, reacts to and generates."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nnkernels.spec import NAME_SEPARATOR, SpecError
from nnstudio.data.dataset import DataError, Dataset
from nnstudio.exit_codes import ExitCode
from nnstudio.explain.attention_maps import AttentionMaps, AttentionProbe, told_mask
from nnstudio.explain.drawn import FOR, NEUTRAL, SHADE, SUFFIXES, as_gif, as_png
from nnstudio.explain.generated import (
    GeneratedPictures,
    GeneratedPicturesProbe,
    GeneratedPoints,
    GeneratedPointsProbe,
)
from nnstudio.explain.hidden_state import HiddenState, HiddenStateProbe, Memory, NoState
from nnstudio.explain.layer_names import called, layer_meant
from nnstudio.explain.looks import (
    attention_picture,
    attention_table,
    pictures_table,
    points_picture,
    points_table,
    reactions_picture,
    reactions_table,
    sheet_of,
    state_picture,
    state_table,
)
from nnstudio.explain.over_steps import over_steps
from nnstudio.explain.reactions import Reactions, ReactionsProbe
from nnstudio.lab_command import check_files, in_json, tell_files, with_bar, write_files
from nnstudio.model.locations import names_to_tell
from nnstudio.model.quantity import counted, in_digits
from nnstudio.predict_command import UNTRAINED
from nnstudio.project import Project
from nnstudio.training.evaluation import Evaluation
from nnstudio.training.in_pieces import in_pieces
from nnstudio.training.probing import Probe
from nnstudio.training.underway import Underway

LOOKS = {
    "attention": "Which steps of a sequence each one looks at, head by head. --layer names one that attends.",
    "hidden_state": "What a recurrent layer holds after each step. --layer names one. --set memory=state: "
    "state, or cell for the memory cell of an LSTM.",
    "reacts_to": "The parts of pictures that each filter or unit of a layer reacts to most. --layer names "
    "the layer.",
    "generated": "What a generator makes of noise, and what its judge thinks of it.",
}


@dataclass(frozen=True, eq=False)
class Look:
    """What was seen: sentences and figures, and how it is written, as a table and as a picture."""

    lines: tuple[str, ...]
    figures: dict[str, Any]
    table: Callable[[], str]
    picture: Callable[[], np.ndarray]


@in_pieces()
def write_look(
    open_project: Callable[[], Project], options: argparse.Namespace,
    as_json: Callable[[dict[str, Any]], str] | None,
) -> int:  # fmt: skip
    """Look, print and write; returns the exit code. Raises SpecError, DataError or FileError."""
    _check_asked(options)
    check_files(options.out, SUFFIXES, options.project)
    project = open_project()
    session = project.session()
    names = names_to_tell(project.document)
    began = time.perf_counter()
    look = _seen(_asked(session, options, names), session.data, names)
    frames: list[np.ndarray] = []
    if any(file.suffix.lower() == ".gif" for file in options.out):
        frames = _moving(session, options, names)
    seconds = time.perf_counter() - began
    if project.state is None:
        print(f"nnstudio: {UNTRAINED}", file=sys.stderr)
    write_files(options.out, lambda suffix: _content(look, frames, suffix))
    if as_json is not None:
        print(as_json({"method": options.method, **look.figures, **in_json(options.out, seconds)}))
        return ExitCode.DONE
    print("\n".join(look.lines))
    tell_files(options.out, seconds)
    return ExitCode.DONE


def _content(look: Look, frames: Sequence[np.ndarray], suffix: str) -> bytes:
    """A file."""
    if suffix == ".csv":
        return look.table().encode()
    return as_gif(frames) if suffix == ".gif" else as_png(look.picture())


def _moving(session: Evaluation, options: argparse.Namespace, names: dict[str, str]) -> list[np.ndarray]:
    """The picture at each kept step of the training, the earliest first. Raises DataError."""

    def probe(then: Evaluation) -> Probe:
        return _probe(then, options, _layer(options, names), options.sample or 0)

    pieces = with_bar(over_steps(session, probe))
    results = [piece for piece in pieces if not isinstance(piece, Underway)]
    most = max((float(np.abs(r.values).max()) for r in results if isinstance(r, HiddenState)), default=None)
    return [_seen(result, session.data, names, most).picture() for result in results]


def _check_asked(options: argparse.Namespace) -> None:
    """Raise SpecError for what says nothing here."""
    unwanted = ["target", "file", "part", "content", "style", "size", "unit"]
    unwanted += ["layer"] if options.method == "generated" else []
    unwanted += ["sample"] if options.method in ("generated", "reacts_to") else []
    for name in unwanted:
        if getattr(options, name) not in (None, ""):
            raise SpecError(f"The method {options.method} takes no --{name}. Leave it out.")
    if options.method == "reacts_to" and not options.layer:
        raise SpecError("Name the layer whose filters or units are asked about: --layer NODE.")
    if options.method_options and options.method != "hidden_state":
        raise SpecError(f"The method {options.method} takes no --set. Leave it out.")


def _layer(options: argparse.Namespace, names: dict[str, str]) -> str:
    """The identifier of the layer that a person named. Raises DataError where there is none."""
    return layer_meant(options.layer, names) if options.layer else ""


def _asked(session: Evaluation, options: argparse.Namespace, names: dict[str, str]) -> Any:
    """What the probe gives at its end."""
    sample, total = options.sample or 0, len(session.samples()[0])
    if not 0 <= sample < total:
        raise DataError(f"There are {total:,} samples, counted from 0; there is no number {sample}.")
    layer = _layer(options, names)
    last = None
    for piece in with_bar(iter(_probe(session, options, layer, sample).run(session))):
        last = piece
    if layer and not _lies_in(str(getattr(last, "node", layer)), layer):
        raise DataError(f"'{options.layer}' is no layer of which this can be told. Leave --layer out.")
    if isinstance(last, HiddenState) and last.memory != _memory(options.method_options):
        raise DataError(f"{called(last.node, names)} has no memory cell. Leave --set out.")
    return last


def _probe(session: Evaluation, options: argparse.Namespace, layer: str, sample: int) -> Probe:
    if options.method == "attention":
        (first,) = AttentionProbe(layer, sample).run(session)
        # A block is named by itself, or by the attention inside of it.
        inside = [node for node in first.nodes if _lies_in(node, layer)]
        return AttentionProbe(inside[0] if inside else layer, sample)
    if options.method == "hidden_state":
        return HiddenStateProbe(layer, sample, _memory(options.method_options))
    if options.method == "reacts_to":
        return ReactionsProbe(layer)
    return GeneratedPointsProbe() if session.data.is_plane else GeneratedPicturesProbe()


def _memory(given: list[str]) -> Memory:
    """Raises SpecError."""
    for text in given:
        name, _, value = (part.strip() for part in text.partition("="))
        if name != "memory" or value not in tuple(Memory):
            raise SpecError(f"--set takes memory=state or memory=cell here; received '{text}'.")
    return Memory(given[-1].partition("=")[2].strip()) if given else Memory.STATE


def _lies_in(node: str, layer: str) -> bool:
    """Whether a node is a layer, or a part of it."""
    return bool(layer) and (node == layer or node.startswith(layer + NAME_SEPARATOR))


def _seen(result: Any, data: Dataset, names: dict[str, str], most: float | None = None) -> Look:
    """Raises DataError where there is nothing to see. ``most``: see `state_picture`."""
    if isinstance(result, AttentionMaps):
        return _attention(result, names)
    if isinstance(result, HiddenState):
        return _state(result, names, most)
    if result is None:
        raise DataError("What a layer reacts to can be told where the data is pictures.")
    if isinstance(result, Reactions):
        return _reactions(result, names)
    if isinstance(result, NoState):
        raise DataError("This network has no recurrent layer between Input and Output.")
    if result.problem:
        raise DataError(result.problem)
    return _points(result, data) if isinstance(result, GeneratedPoints) else _pictures(result, data)


def _attention(maps: AttentionMaps, names: dict[str, str]) -> Look:
    if maps.weights is None:
        raise DataError("No layer of this network attends.")
    heads = {str(number): head for number, head in enumerate(maps.weights, 1)}
    layer, mask = called(maps.node, names), told_mask(maps.masked, *maps.weights.shape[1:])
    count = counted(len(heads), "head")
    return Look(
        (f"Attention of {layer}: {count}, {counted(maps.weights.shape[1], 'step')} of sample {maps.sample}",
         *([f"  {mask}"] if mask else [])),
        {"layer": layer, "sample": maps.sample, "heads": len(heads), "hidden": mask},
        lambda: attention_table(maps, layer, heads), lambda: attention_picture(maps),
    )  # fmt: skip


def _state(state: HiddenState, names: dict[str, str], most: float | None) -> Look:
    layer, (units, steps) = called(state.node, names), state.values.shape
    told = f"{counted(units, 'unit')} after each of {counted(steps, 'step')} of sample {state.sample}"
    return Look(
        (f"The {state.memory} of {layer}: {told}",
         f"  true: {state.truth}, predicted: {state.prediction}"),
        {"layer": layer, "sample": state.sample, "memory": str(state.memory), "units": units, "steps": steps,
         "true": state.truth, "predicted": state.prediction},
        lambda: state_table(state, layer), lambda: state_picture(state, most),
    )  # fmt: skip


def _reactions(given: Reactions, names: dict[str, str]) -> Look:
    layer = called(given.node, names)
    if not given.reactions:
        raise DataError(f"'{layer}' is no single layer that gives pictures or a row of units.")
    rows, columns = given.seen
    looked = counted(given.count, f"{given.part} sample")
    lines = [f"What {layer} reacts to, of {looked}; each unit sees {rows} × {columns} pixels"]
    if len(given.reactions) < given.units:
        lines.append(f"  the first {len(given.reactions)} of {given.units:,} units")
    for reaction in given.reactions:
        told = ", ".join(
            f"{sample} ({in_digits(value, 3)})"
            for sample, value in zip(reaction.samples, reaction.values, strict=True)
        )
        lines.append(f"  {reaction.name}: {told or 'the same for all'}")
    return Look(
        tuple(lines),
        {"layer": layer, "samples": given.count, "part": str(given.part), "units": given.units,
         "rows": [
             {"unit": one.name, "samples": list(one.samples), "values": list(one.values)}
             for one in given.reactions
         ]},
        lambda: reactions_table(given, layer), lambda: reactions_picture(given),
    )  # fmt: skip


def _points(drawn: GeneratedPoints, data: Dataset) -> Look:
    assert drawn.points is not None
    figures = {"points": len(drawn.points), "near real ones": drawn.near, "real ones covered": drawn.covered}
    lines = [f"{counted(len(drawn.points), 'generated point')}"]
    lines += [f"  {name}: {in_digits(value, 3)}" for name, value in list(figures.items())[1:]]
    return Look(tuple(lines), figures, lambda: points_table(drawn, data), lambda: points_picture(drawn, data))


def _pictures(drawn: GeneratedPictures, data: Dataset) -> Look:
    assert drawn.pictures is not None and drawn.real is not None
    shares, real = np.clip(data.shares_of_white(drawn.pictures), 0, 1), drawn.real
    mean = float(np.mean(real))
    return Look(
        (f"{counted(len(real), 'generated picture')}, always of the same noise",
         f"  real for the judge, on average: {in_digits(mean, 3)}"),
        {"pictures": len(real), "real on average": mean},
        lambda: pictures_table(drawn, data),
        lambda: sheet_of(shares, real, tuple(FOR), tuple(NEUTRAL), (SHADE,) * 3),
    )  # fmt: skip
