"""`nnstudio explain` where no method is needed: what a network looks at, remembers, and generates."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from nnkernels.spec import NAME_SEPARATOR, SpecError
from nnstudio.data.dataset import DataError, Dataset
from nnstudio.exit_codes import ExitCode
from nnstudio.explain.attention_maps import AttentionMaps, AttentionProbe, told_mask
from nnstudio.explain.drawn import FOR, NEUTRAL, as_png
from nnstudio.explain.generated import (
    GeneratedPictures,
    GeneratedPicturesProbe,
    GeneratedPoints,
    GeneratedPointsProbe,
)
from nnstudio.explain.hidden_state import HiddenState, HiddenStateProbe, Memory, NoState
from nnstudio.explain.layer_names import called
from nnstudio.explain.looks import (
    attention_picture,
    attention_table,
    pictures_table,
    points_table,
    sheet_of,
    state_picture,
    state_table,
)
from nnstudio.model.atomic_file import check_writable, write_atomically
from nnstudio.model.quantity import counted, in_digits
from nnstudio.predict_command import UNTRAINED, check_result
from nnstudio.project import Project
from nnstudio.training.evaluation import Evaluation
from nnstudio.training.probing import Probe

LOOKS = {
    "attention": "Which steps of a sequence each one looks at, head by head. --layer names one that attends.",
    "hidden_state": "What a recurrent layer holds after each step. --layer names one. --set memory=state: "
    "state, or cell for the memory cell of an LSTM.",
    "generated": "What a generator makes of noise, and what its judge thinks of it.",
}
SUFFIXES = (".png", ".csv")


@dataclass(frozen=True, eq=False)
class Look:
    """What was seen: sentences and figures, and how it is written; without a picture, as a table only."""

    lines: tuple[str, ...]
    figures: dict[str, Any]
    table: Callable[[], str]
    picture: Callable[[], np.ndarray] | None = None


def write_look(
    open_project: Callable[[], Project], options: argparse.Namespace,
    as_json: Callable[[dict[str, Any]], str] | None,
) -> int:  # fmt: skip
    """Look, print and write; returns the exit code. Raises SpecError, DataError or FileError."""
    _check_asked(options)
    if options.out is not None:
        check_result(options.out, options.project)
        check_writable(options.out)
    project = open_project()
    session = project.session()
    names = {node.id: node.name for node in project.document.graph.nodes}
    began = time.perf_counter()
    result = _asked(session, options, names)
    seconds = time.perf_counter() - began
    look = _seen(result, session.data, names)
    if project.state is None:
        print(f"nnstudio: {UNTRAINED}", file=sys.stderr)
    if options.out is not None:
        suffix = options.out.suffix.lower()
        write_atomically(options.out, _content(look, suffix))
    if as_json is not None:
        out = None if options.out is None else str(options.out)
        print(as_json({"method": options.method, **look.figures, "seconds": seconds, "out": out}))
        return ExitCode.DONE
    print("\n".join((*look.lines, f"  took {seconds:.2g} s")))
    if options.out is not None:
        print(f"Wrote {options.out}.")
    return ExitCode.DONE


def _content(look: Look, suffix: str) -> bytes:
    """A file. Raises DataError where there is no picture."""
    if suffix != ".png":
        return look.table().encode()
    if look.picture is None:
        raise DataError("This gives numbers, and no picture. Choose a file that ends in .csv.")
    return as_png(look.picture())


def _check_asked(options: argparse.Namespace) -> None:
    """Raise SpecError for what says nothing here."""
    unwanted = ["target", "file", "part", "content", "style", "size", "unit"]
    unwanted += ["layer", "sample"] if options.method == "generated" else []
    for name in unwanted:
        if getattr(options, name) not in (None, ""):
            raise SpecError(f"The method {options.method} takes no --{name}. Leave it out.")
    if options.method_options and options.method != "hidden_state":
        raise SpecError(f"The method {options.method} takes no --set. Leave it out.")
    if options.out is not None and options.out.suffix.lower() not in SUFFIXES:
        raise SpecError(f"'{options.out.suffix}' is no kind of file for this. Choose {', '.join(SUFFIXES)}.")


def _asked(session: Evaluation, options: argparse.Namespace, names: dict[str, str]) -> Any:
    """What the probe gives at its end."""
    sample, total = options.sample or 0, len(session.samples()[0])
    if not 0 <= sample < total:
        raise DataError(f"There are {total:,} samples, counted from 0; there is no number {sample}.")
    named = [node for node, name in names.items() if name.casefold() == options.layer.casefold()]
    layer = named[0] if len(named) == 1 and options.layer not in names else options.layer
    *_, last = _probe(session, options, layer, sample).run(session)
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


def _seen(result: Any, data: Dataset, names: dict[str, str]) -> Look:
    """Raises DataError where there is nothing to see."""
    if isinstance(result, AttentionMaps):
        return _attention(result, names)
    if isinstance(result, HiddenState):
        return _state(result, names)
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


def _state(state: HiddenState, names: dict[str, str]) -> Look:
    layer, (units, steps) = called(state.node, names), state.values.shape
    told = f"{counted(units, 'unit')} after each of {counted(steps, 'step')} of sample {state.sample}"
    return Look(
        (f"The {state.memory} of {layer}: {told}",
         f"  true: {state.truth}, predicted: {state.prediction}"),
        {"layer": layer, "sample": state.sample, "memory": str(state.memory), "units": units, "steps": steps,
         "true": state.truth, "predicted": state.prediction},
        lambda: state_table(state, layer), lambda: state_picture(state),
    )  # fmt: skip


def _points(drawn: GeneratedPoints, data: Dataset) -> Look:
    assert drawn.points is not None
    figures = {"points": len(drawn.points), "near real ones": drawn.near, "real ones covered": drawn.covered}
    lines = [f"{counted(len(drawn.points), 'generated point')}"]
    lines += [f"  {name}: {in_digits(value, 3)}" for name, value in list(figures.items())[1:]]
    return Look(tuple(lines), figures, lambda: points_table(drawn, data))


def _pictures(drawn: GeneratedPictures, data: Dataset) -> Look:
    assert drawn.pictures is not None and drawn.real is not None
    shares, real = np.clip(data.shares_of_white(drawn.pictures), 0, 1), drawn.real
    mean = float(np.mean(real))
    return Look(
        (f"{counted(len(real), 'generated picture')}, always of the same noise",
         f"  real for the judge, on average: {in_digits(mean, 3)}"),
        {"pictures": len(real), "real on average": mean},
        lambda: pictures_table(drawn, data),
        lambda: sheet_of(shares, real, tuple(FOR), tuple(NEUTRAL)),
    )  # fmt: skip
