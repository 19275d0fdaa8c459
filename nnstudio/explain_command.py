"""`nnstudio explain`: why a network gives what it gives, what fools it, and what excites its units."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from nnkernels.spec import SpecError
from nnstudio.data.dataset import DataError, Split
from nnstudio.data.ends import is_picture
from nnstudio.exit_codes import ExitCode
from nnstudio.explain.differentiable import Differentiable
from nnstudio.explain.drawn import SUFFIXES, Drawing
from nnstudio.explain.embedded import stages
from nnstudio.explain.layer_names import called, layer_meant
from nnstudio.explain.method import Explanation, Kind, Method, Question, Target, methods
from nnstudio.explain.style_pictures import (
    LEAST,
    MOST,
    SHIPPED,
    SIZE,
    picture_called,
    style_called,
    style_question,
)
from nnstudio.explain.targets import class_number, class_target, number_target, question, unit_target
from nnstudio.lab_command import add_out, check_files, in_json, tell_files, with_bar, write_files
from nnstudio.model.locations import names_to_tell
from nnstudio.model.quantity import in_digits
from nnstudio.predict_command import UNTRAINED, new_samples
from nnstudio.project import Project
from nnstudio.training.by_output import at_output
from nnstudio.training.evaluation import Evaluation
from nnstudio.training.in_pieces import in_pieces
from nnstudio.training.inputs import check_numbers
from nnstudio.training.threads import limit_threads

# Inputs of a row that are told by name.
MOST_TOLD = 10


def add_explain_options(command: argparse.ArgumentParser) -> None:
    """What the command takes besides a method and a project."""
    command.add_argument(
        "--sample", type=int, metavar="N",
        help="the number of the sample, from 0, as the window numbers them (default: 0)",
    )  # fmt: skip
    command.add_argument(
        "--part", choices=tuple(Split), help="the part of the data that it is of, by default the one watched"
    )
    command.add_argument(
        "--file", type=Path, metavar="PICTURE", help="a new sample instead: a picture, or a table or array"
    )
    command.add_argument(
        "--target", metavar="CLASS",
        help="the class or number that is explained, by default what is predicted; of methods that fool, the "
        "class that the sample should be taken for, by default any other",
    )  # fmt: skip
    command.add_argument(
        "--content", metavar="PICTURE", help="of the method style: whose content, by default the sample's"
    )
    command.add_argument(
        "--style",
        metavar="PICTURE",
        help=f"of the method style: whose style; a file, or one of {', '.join(SHIPPED)}",
    )
    command.add_argument(
        "--size", type=int, metavar="PIXELS",
        help=f"of the method style: the longer side of the content (default: {SIZE})",
    )  # fmt: skip
    command.add_argument("--layer", default="", metavar="NODE", help="explain a layer instead of the output")
    command.add_argument(
        "--unit",
        default="",
        metavar="U",
        help="which of its units or channels, from 0; or a value, as in 2,3,5",
    )
    command.add_argument(
        "--set", dest="method_options", action="append", default=[], metavar="NAME=VALUE",
        help="an option of the method, such as steps=200; may be given several times",
    )  # fmt: skip
    add_out(command, SUFFIXES)
    command.add_argument("--json", action="store_true", help="print a JSON object")


@dataclass(frozen=True, eq=False)
class _Sample:
    """A sample x `(1, *shape)`, its true class or -1, and what it is called."""

    x: np.ndarray
    label: int
    name: str
    notes: tuple[str, ...] = ()


@in_pieces()
def write_explanation(
    open_project: Callable[[], Project], options: argparse.Namespace,
    as_json: Callable[[dict[str, Any]], str] | None,
) -> int:  # fmt: skip
    """Explain, print and write; returns the exit code. Raises SpecError, DataError or FileError."""
    method = methods[options.method]
    settings = _settings(method, options.method_options)
    check_files(options.out, SUFFIXES, options.file or options.project)
    _check_pictures(method, options)
    project = open_project()
    session = _session(project, options)
    if method.needs_classes and session.data.classes:
        # Those that the first of several Outputs tells apart.
        session = at_output(session)
    sample = _sample(project, session, options)
    names = names_to_tell(project.document)
    network = Differentiable(session, names)
    _name_layers(settings, names)
    asked, notes = _question(session, method, sample, options, names)
    _check(method, asked)
    drawing = Drawing(method.kind, session.data, sample.x[0], Explanation(), style=asked.style)
    for file in options.out:
        drawing.check(file.suffix.lower())
    began = time.perf_counter()
    explanation, frames = _run(method, network, asked, settings, options)
    seconds = time.perf_counter() - began
    drawing = Drawing(method.kind, session.data, sample.x[0], explanation, frames, asked.style)
    notes = (*sample.notes, *notes, *explanation.notes)
    if not explanation.is_of_sample and (options.file is not None or options.sample is not None):
        notes += ("The sample has no part in this. To begin with it, use --set start=sample.",)
    write_files(options.out, drawing.content)
    told = {name: _told_layers(name, value, names) for name, value in explanation.figures.items()}
    is_drawn = any(file.suffix.lower() == ".png" for file in options.out) and is_picture(session.data)
    if is_drawn and method.kind == Kind.SAMPLE and explanation.is_of_sample and asked.style is None:
        told["difference drawn times"] = drawing.amplified
    cost = {"samples forward": network.forward, "samples back": network.back}
    if as_json is None:
        _print(method, asked, sample, drawing, told, cost, names)
        tell_files(options.out, seconds)
    else:
        cost |= in_json(options.out, seconds)
        print(as_json(_plain(method, asked, sample, explanation, told, cost, notes, names)))
    for note in notes:
        print(f"nnstudio: {note}", file=sys.stderr)
    if project.state is None:
        print(f"nnstudio: {UNTRAINED}", file=sys.stderr)
    return ExitCode.INCOMPLETE if notes else ExitCode.DONE


def _settings(method: Method, given: list[str]) -> dict[str, Any]:
    """The method's options, complete. Raises SpecError."""
    values: dict[str, Any] = {}
    for text in given:
        name, equals, value = (part.strip() for part in text.partition("="))
        if not equals:
            raise SpecError(f"--set takes NAME=VALUE; received '{text}'.")
        option = next((o for o in method.options if o.name == name), None)
        values[name] = value if option is None else option.parse(value)
    return method.complete(values)


def _session(project: Project, options: argparse.Namespace) -> Evaluation:
    """With its samples where one of them is asked about."""
    threads = limit_threads(os.cpu_count() or 1)
    is_new = options.file is not None or options.content is not None
    if is_new and not methods[options.method].needs_many:
        return project.predictor(threads)
    return project.session(threads)


def _sample(project: Project, session: Evaluation, options: argparse.Namespace) -> _Sample:
    """Raises DataError."""
    data, number = session.data, options.sample or 0
    if options.content is not None:
        x = picture_called(data, options.content, options.size or SIZE)
        return _Sample(x, -1, Path(options.content).name)
    if options.file is not None:
        new = new_samples(data, options.file, project.document.data)
        check_numbers(session, new.x)
        if not 0 <= number < len(new.x):
            raise DataError(f"'{options.file}' holds {len(new.x):,} samples, so there is no number {number}.")
        name = options.file.name if len(new.x) == 1 else f"{options.file.name}, number {number}"
        return _Sample(new.x[number : number + 1], -1, name, new.notes)
    part = Split(options.part) if options.part else data.watched
    if part not in data.parts:
        raise DataError(f"This data has no {part} part. Its samples are: {data.sizes}.")
    x, y = data.part(part)
    if not 0 <= number < len(x):
        raise DataError(
            f"The {part} part has {len(x):,} samples, counted from 0; there is no number {number}."
        )
    tells = bool(data.classes) and data.target_width == 1
    label = int(y[number, 0]) if tells else -1
    return _Sample(np.array(x[number : number + 1]), label, f"{part} sample {number}")


def _question(
    session: Evaluation, method: Method, sample: _Sample, options: argparse.Namespace,
    names: Mapping[str, str],
) -> tuple[Question, tuple[str, ...]]:  # fmt: skip
    """Raises DataError."""
    data = session.data
    tells = bool(data.classes) and data.target_width == 1
    _check_asked(method, options)
    if method.needs_style:
        style = style_called(data, options.style, sample.x)
        return style_question(session, sample.x, style, Path(options.style).name), ()
    target: Target | None = None
    toward = -1
    if options.layer:
        target = unit_target(session.layout, layer_meant(options.layer, names), options.unit, names)
    elif options.target and tells:
        number = class_number(data, options.target)
        target, toward = class_target(session, number), number if method.needs_classes else -1
    elif options.target or not data.classes:
        target = number_target(session, options.target or "")
    part = Split(options.part) if options.part else data.watched if data.parts else None
    many = data.part(part) if part is not None else (sample.x[:0], np.zeros((0, data.target_width)))
    return question(session, sample.x, sample.label, target, toward, many)


def _name_layers(settings: dict[str, Any], names: Mapping[str, str]) -> None:
    """Put identifiers in the place of what a person calls layers. Raises DataError."""
    for name in ("layer", "content_layer"):
        if settings.get(name):
            settings[name] = layer_meant(settings[name], names)
    if settings.get("style_layers"):
        parts = [part.partition(":") for part in settings["style_layers"].split(",")]
        called = [f"{layer_meant(name.strip(), names)}{sign}{weight}" for name, sign, weight in parts]
        settings["style_layers"] = ", ".join(called)


def _told_layers(figure: str, value: float | str, names: Mapping[str, str]) -> float | str:
    """A figure, with what a person calls layers where it names some."""
    if not isinstance(value, str) or figure.split()[-1] not in ("layer", "layers"):
        return value
    return ", ".join(called(node, names) for node in value.split(", "))


def _check_asked(method: Method, options: argparse.Namespace) -> None:
    """Raise SpecError for an option that would say nothing here."""
    if options.unit and not options.layer:
        raise SpecError("--unit says which unit of a layer, so it needs --layer too.")
    if options.layer and options.target:
        raise SpecError("--target names a class or a number, --layer another target. Give one of them.")
    if options.layer and method.needs_classes:
        raise SpecError(f"{method.title} asks for classes. Leave --layer out.")
    given = [f"--{name}" for name in ("target", "file", "sample") if getattr(options, name) is not None]
    if method.needs_many and given:
        raise SpecError(f"{method.title} tries all samples of a part of the data. Leave {given[0]} out.")


def _check_pictures(method: Method, options: argparse.Namespace) -> None:
    """Raise SpecError where pictures for style are missing, or given to another method."""
    given = [f"--{name}" for name in ("content", "style", "size") if getattr(options, name) is not None]
    if not method.needs_style and given:
        raise SpecError(f"{method.title} takes no style from a picture. Leave {given[0]} out.")
    if not method.needs_style:
        return
    if options.style is None:
        raise SpecError(f"Name the picture whose style is wanted: --style FILE, or {', '.join(SHIPPED)}.")
    if options.size is not None and not LEAST <= options.size <= MOST:
        raise SpecError(f"--size must be from {LEAST} to {MOST} pixels; received {options.size}.")
    if options.size is not None and options.content is None:
        raise SpecError("--size is that of the picture --content; a sample has its own. Leave one out.")
    unwanted = ["target", "layer", *(("file", "sample") if options.content is not None else ())]
    others = [f"--{name}" for name in unwanted if getattr(options, name) not in (None, "")]
    if others:
        raise SpecError(f"{method.title} asks about two pictures alone. Leave {others[0]} out.")


def _check(method: Method, asked: Question) -> None:
    """Raise DataError where the method does not suit the network."""
    if method.needs_classes and not asked.class_names:
        raise DataError(f"{method.title} needs a network that tells classes of whole samples apart.")
    if method.needs_many and not len(asked.many[0]):
        raise DataError(
            f"{method.title} judges by many samples, but the data is not here. Give it with --data."
        )


def _run(
    method: Method, network: Differentiable, asked: Question, settings: Mapping[str, Any],
    options: argparse.Namespace,
) -> tuple[Explanation, list[np.ndarray]]:  # fmt: skip
    """The explanation, and the frames of a sample that grows, with a bar on stderr."""
    frames: list[np.ndarray] = []
    keeps = any(file.suffix.lower() == ".gif" for file in options.out)
    for stage in with_bar(stages(method, network, asked, settings)):
        if keeps and stage.sample is not None:
            frames.append(stage.sample)
    assert stage.explanation is not None
    return stage.explanation, frames


def _print(
    method: Method, asked: Question, sample: _Sample, drawing: Drawing, told: Mapping[str, float | str],
    cost: Mapping[str, float], names: Mapping[str, str],
) -> None:  # fmt: skip
    print(f"{method.title}{_about(method, asked, sample, drawing.explanation, names)}")
    for name, value in told.items():
        print(f"  {name}: {value if isinstance(value, str) else in_digits(value, 5)}")
    explanation = drawing.explanation
    if method.kind == Kind.TABLE:
        print(f"  {'  '.join(explanation.columns)}")
        for row in explanation.rows:
            print("  " + "  ".join(f"{v:{len(c)}.4g}" for v, c in zip(row, explanation.columns, strict=True)))
    elif method.kind == Kind.IMPORTANCE and sample.x.ndim == 2:
        for name, value in drawing.strongest(MOST_TOLD):
            print(f"  {name}: {in_digits(value, 4)}")
    print(
        f"  {cost['samples forward']:,} samples went through the network, "
        f"{cost['samples back']:,} of them there and back"
    )


def _about(
    method: Method, asked: Question, sample: _Sample, explanation: Explanation, names: Mapping[str, str]
) -> str:
    """What was asked, behind the name of the method."""
    if not explanation.is_of_sample:
        return f": {asked.target.told(names)}" if method.kind == Kind.SAMPLE else ""
    if method.needs_style:
        return f": {sample.name}, {asked.target.told(names)}"
    is_known = bool(asked.class_names) and sample.label >= 0
    called = f"{sample.name} ({asked.class_names[sample.label]})" if is_known else sample.name
    if not method.needs_classes:
        return f": {asked.target.told(names)}, for {called}"
    is_targeted = asked.toward >= 0
    which = asked.class_names[asked.toward if is_targeted else asked.label]
    return f": {called}, {'towards' if is_targeted else 'away from'} {which}"


def _plain(
    method: Method, asked: Question, sample: _Sample, explanation: Explanation,
    told: Mapping[str, float | str], cost: Mapping[str, Any], notes: tuple[str, ...],
    names: Mapping[str, str],
) -> dict[str, Any]:  # fmt: skip
    of_sample = sample.name if explanation.is_of_sample else None
    return {
        "method": method.id, "target": asked.target.told(names), "sample": of_sample,
        "label": asked.class_names[asked.label] if asked.class_names else None, **told,
        "rows": [dict(zip(explanation.columns, row, strict=True)) for row in explanation.rows],
        **cost, "notes": list(notes),
    }  # fmt: skip
