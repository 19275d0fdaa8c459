"""`nnstudio runs`: lists, shows, compares, exports, opens and deletes what was trained on this machine."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from difflib import get_close_matches
from pathlib import Path

from nnstudio.command_help import Command, as_argument
from nnstudio.data.terms import REAL_RIGHT
from nnstudio.exit_codes import ExitCode
from nnstudio.explain.drawn import as_png
from nnstudio.import_table import in_columns
from nnstudio.model.atomic_file import FileError, write_atomically
from nnstudio.model.curve_columns import DRAWN
from nnstudio.model.projectfile import SUFFIX
from nnstudio.model.quantity import counted, in_digits
from nnstudio.runs.csv_table import curves_as_csv, runs_as_csv
from nnstudio.runs.differences import differences
from nnstudio.runs.record import SORTABLE, RunError, RunRecord, RunStatus, local_time, utc
from nnstudio.runs.room import LEAST, MOST, in_bytes
from nnstudio.runs.store import RunStore
from nnstudio.runs_picture import curves_picture
from nnstudio.training.estimate import show_seconds
from nnstudio.written_file import check_free, check_project_name

RUN = "its id, the beginning of that, or its name"
# Digits of an id that are shown; of more than a million runs, two might begin alike.
SHOWN = 8
COLUMNS = (*SORTABLE, *DRAWN, "best.epoch", *(f"best.{name}" for name in DRAWN))
FORMATS = {
    "curves": "a CSV file with the curves, a line for each epoch",
    "picture": "a PNG file with the loss by epoch",
    "summary": "a CSV file with a line for each run: settings and results",
    "tensorboard": "a folder of event files for TensorBoard",
    "project": "a project (.nns) of one run, with its weights",
}
SPAN = re.compile(r"(\d{1,6})([hdw])")
SIZE = re.compile(r"(\d{1,9}(?:\.\d{1,3})?) ?(MB|GB)")
SIZES = {"MB": 2**20, "GB": 2**30}
UNITS = {"h": "hours", "d": "days", "w": "weeks"}


def add_runs(commands: argparse._SubParsersAction[Command]) -> None:
    """The command `nnstudio runs` and what may be said behind it."""
    text = "List, show, compare, export, open or delete the runs that were trained here."
    what = commands.add_parser("runs", help=text, description=text).add_subparsers(
        dest="what", required=True, metavar="WHAT"
    )
    listing = what.add_parser("list", help="the runs, the newest first")
    listing.add_argument("--text", default="", help="words that stand in names, notes, data or settings")
    listing.add_argument("--project", default="", metavar="NAME", help="of this project, or project file")
    listing.add_argument("--tag", default="", help="with this tag")
    listing.add_argument("--status", default="", choices=[str(each) for each in RunStatus])
    listing.add_argument("--sweep", default="", metavar="ID", help="of this sweep")
    listing.add_argument(
        "--since", type=_since, metavar="TIME",
        help="begun since a day (2026-11-30), a time (2026-11-30T14:00), or 12h, 7d, 2w ago",
    )  # fmt: skip
    listing.add_argument(
        "--sort", type=_column, metavar="COLUMN", help="by name, status, seconds, val_loss, best.val_loss ..."
    )
    listing.add_argument("--descending", action="store_true", help="with --sort, the largest first")
    show = what.add_parser("show", help="all that is known of a run")
    show.add_argument("run", metavar="RUN", help=RUN)
    compare = what.add_parser("compare", help="what differs between two runs")
    compare.add_argument("run", metavar="RUN", help=RUN)
    compare.add_argument("other", metavar="OTHER", help="another one")
    for command in (listing, show, compare):
        command.add_argument("--json", action="store_true", help="print JSON, a line for each object")
    export = what.add_parser("export", help="write runs to files: CSV, PNG, TensorBoard, projects")
    export.add_argument("runs", nargs="+", metavar="RUN", help=RUN)
    export.add_argument(
        "out", type=Path, metavar="OUT", help="the file (.csv, .png, .nns) or folder to write"
    )
    export.add_argument(
        "--format",
        choices=tuple(FORMATS),
        help="; ".join(f"{name}: {text}" for name, text in FORMATS.items()),
    )
    opening = what.add_parser("open", help="write a run as a project and open the window on it")
    opening.add_argument("run", metavar="RUN", help=RUN)
    opening.add_argument("out", type=Path, metavar=f"OUT{SUFFIX}", help="the project file to write")
    for command in (export, opening):
        command.add_argument("--best", action="store_true", help="with the weights of its best epoch")
        command.add_argument("--replace", action="store_true", help="replace the file if it exists")
    limit = what.add_parser("limit", help="say how much room runs may take, or change it")
    limit.add_argument("size", nargs="?", type=_bytes, metavar="SIZE", help="such as 500MB or 4GB")
    limit.add_argument("--let-go", action="store_true", help="even where the oldest runs go at once")
    delete = what.add_parser("delete", help="delete runs for good")
    delete.add_argument("runs", nargs="+", metavar="RUN", help=RUN)


def runs(options: argparse.Namespace) -> int:
    """Raises RunError or FileError with a sentence."""
    store, notes = RunStore(), tuple[str, ...]()
    try:
        code = COMMANDS[options.what](store, options)
    finally:
        notes = store.take_notes()
        for note in notes:
            print(f"nnstudio: {note}", file=sys.stderr)
    return ExitCode.INCOMPLETE if notes and code == ExitCode.DONE else code


def _list(store: RunStore, o: argparse.Namespace) -> int:
    order, is_descending = (o.sort, o.descending) if o.sort else ("began", True)
    records = store.list(o.text, o.status, o.tag, o.project, o.since or "", o.sweep, order, is_descending)
    if o.json:
        for record in records:
            print(json.dumps(asdict(record)))
        return ExitCode.DONE
    if records:
        head = ("Run", "Name", "Begun", "Status", "Epochs", "Loss", "Best", "Takes", "Tags")
        print(in_columns([head, *(_row(record) for record in records)]))
    else:
        print("No run is kept here yet." if not store.list() else "No run is like that.")
    print(f"{counted(len(records), 'run')}. {_room(store)}", file=sys.stderr)
    if gone := store.removed():
        when = local_time(gone[0].removed)
        print(f"{counted(len(gone), 'older run')} went to make room, the last on {when}.", file=sys.stderr)
    return ExitCode.DONE


def _row(record: RunRecord) -> tuple[str, ...]:
    watched = "val_loss" if record.metrics.get("val_loss") is not None else "loss"
    numbers = (_number(record.value(name)) for name in (watched, f"best.{watched}"))
    marks = (*(("pinned",) if record.is_pinned else ()), *record.tags)
    return (
        record.id[:SHOWN], record.name, local_time(record.began), str(record.status), f"{record.epochs:,}",
        *numbers, in_bytes(record.bytes), ", ".join(marks),
    )  # fmt: skip


def _number(value: float | None) -> str:
    return "-" if value is None else in_digits(value)


def _show(store: RunStore, o: argparse.Namespace) -> int:
    record = store.get(o.run)
    print(json.dumps(asdict(record)) if o.json else in_columns(_facts(record)))
    return ExitCode.DONE


def _facts(record: RunRecord) -> list[tuple[str, ...]]:
    """What a person reads, a line each; what is empty is left out."""
    expected = record.estimate_seconds
    settings = {name: value for name, value in record.settings.items() if not isinstance(value, dict)}
    inner = {n: v for each in record.settings.values() if isinstance(each, dict) for n, v in each.items()}
    weights = [
        *(["final"] if record.has_weights else []), *(["best"] if record.has_best_weights else [])
    ]  # fmt: skip
    facts = {
        "Run": record.id, "Name": record.name, "Project": record.project_name, "File": record.project_path,
        "Status": str(record.status), "Why": record.reason, "Begun": local_time(record.began),
        "Last written": local_time(record.changed), "Epochs": f"{record.epochs:,}",
        "Steps": f"{record.steps:,}", "Training took": show_seconds(record.seconds),
        "Expected": "" if expected is None else show_seconds(expected), "Last epoch": _told(record.metrics),
        "Best epoch": _told(record.best), "Accuracy": REAL_RIGHT if record.only_real else "",
        "Watched": record.watched, "Data": record.data_name,
        "Samples": record.split, "Settings": _told({**settings, **inner}), "Varied": _told(record.values),
        "Versions": _told(record.versions), "Machine": _told(record.machine),
        "Weights": " and ".join(weights) or "none are kept", "Takes": in_bytes(record.bytes),
        "Tags": ", ".join(record.tags), "Pinned": "yes" if record.is_pinned else "",
        "Came from": record.parent, "Sweep": record.sweep, "Notes": record.notes,
    }  # fmt: skip
    return [(name, text) for name, text in facts.items() if text]


def _told(values: Mapping[str, object]) -> str:
    """Names and values in a line."""
    known = {name: value for name, value in values.items() if value is not None}
    return ", ".join(
        f"{name.replace('_', ' ')} {in_digits(v) if isinstance(v, int | float) else v}"
        for name, v in known.items()
    )


def _compare(store: RunStore, o: argparse.Namespace) -> int:
    first, second = store.get(o.run), store.get(o.other)
    told = differences(first, second, store.project_text(first.id), store.project_text(second.id))
    if o.json:
        rows = [asdict(each) for each in told]
        print(json.dumps({"first": first.id, "second": second.id, "differences": rows}))
    elif told:
        print(f"“{first.name}”, compared with “{second.name}”:")
        print("\n".join(f"  {each.sentence}" for each in told))
    else:
        print(f"“{first.name}” and “{second.name}” have the same network, settings and data.")
    return ExitCode.DONE


def _export(store: RunStore, o: argparse.Namespace) -> int:
    known = {".csv": "curves", ".png": "picture", SUFFIX: "project"}
    form = o.format or known.get(o.out.suffix.lower(), "")
    if not form:
        raise FileError(
            f"'{o.out}' could be several things: give a file that ends in .csv, .png or {SUFFIX}, or say "
            f"--format {', '.join(FORMATS)}."
        )
    if o.best and form != "project":
        raise RunError(f"--best is for projects: write a file that ends in {SUFFIX}.")
    records = list({record.id: record for record in map(store.get, o.runs)}.values())
    if form == "project":
        if len(records) > 1:
            raise RunError(f"A project holds one run, not {len(records)}: export one after the other.")
        return _export_project(store, records[0], o)
    if form == "tensorboard":
        from nnstudio.runs.tensorboard import write_tensorboard

        write_tensorboard([(record, store.curve(record.id)) for record in records], o.out)
        print(f"Wrote {counted(len(records), 'run')}. Look: tensorboard --logdir {as_argument(o.out)}")
        return ExitCode.DONE
    check_free(o.out, o.replace)
    curves = ((record, store.curve(record.id)) for record in records)
    if form == "picture":
        content = as_png(curves_picture(curves))
    else:
        content = (curves_as_csv(curves) if form == "curves" else runs_as_csv(records)).encode()
    write_atomically(o.out, content)
    print(f"Wrote {counted(len(records), 'run')} to {o.out}.")
    return ExitCode.DONE


def _export_project(store: RunStore, record: RunRecord, o: argparse.Namespace) -> int:
    check_free(o.out, o.replace)
    project = store.open(record.id, o.best)
    project.save(o.out)
    epoch = "" if project.state is None else f" after epoch {project.state.epoch}"
    print(f"Wrote “{record.name}”{epoch} to {o.out}.")
    for warning in project.warnings:
        print(f"nnstudio: {warning}", file=sys.stderr)
    return ExitCode.INCOMPLETE if project.warnings else ExitCode.DONE


def _open(store: RunStore, o: argparse.Namespace) -> int:
    from nnstudio.app import run_window

    check_project_name(o.out, "a run is opened as a project")
    _export_project(store, store.get(o.run), o)
    return run_window([str(o.out)])


def _delete(store: RunStore, o: argparse.Namespace) -> int:
    records = [store.get(run) for run in o.runs]
    store.delete([record.id for record in records])
    names = ", ".join(f"“{record.name}”" for record in records)
    print(f"Deleted {names}. The runs that are left take {in_bytes(store.used_bytes)}.")
    return ExitCode.DONE


def _limit(store: RunStore, o: argparse.Namespace) -> int:
    if o.size is not None:
        if store.used_bytes > o.size and not o.let_go:
            raise RunError(
                f"The runs take {in_bytes(store.used_bytes)}, so the oldest would go at once. Pin what must "
                "stay in the window, delete others, or add --let-go."
            )
        for text in store.set_limit(o.size):
            print(f"nnstudio: {text}", file=sys.stderr)
    print(_room(store))
    return ExitCode.DONE


def _room(store: RunStore) -> str:
    return f"All runs together take {in_bytes(store.used_bytes)} of at most {in_bytes(store.limit)}."


def _bytes(text: str) -> int:
    """A size as it is typed. Raises ArgumentTypeError."""
    typed = SIZE.fullmatch(text.strip().upper())
    size = float(typed[1]) * SIZES[typed[2]] if typed is not None else 0.0
    if not LEAST <= size <= MOST:
        raise argparse.ArgumentTypeError(
            f"takes a size of 1MB or more, such as 500MB or 4GB; received '{text}'"
        )
    return int(size)


def _column(text: str) -> str:
    """What a list can be sorted by. Raises ArgumentTypeError with the nearest."""
    if text in COLUMNS:
        return text
    near = get_close_matches(text, COLUMNS, 3)
    meant = f"; did you mean {' or '.join(near)}?" if near else f"; they are {', '.join(COLUMNS)}"
    raise argparse.ArgumentTypeError(f"there is no column '{text}'{meant}")


def _since(text: str) -> str:
    """A time as records have it, from what a person types. Raises ArgumentTypeError."""
    if span := SPAN.fullmatch(text):
        return utc(datetime.now() - timedelta(**{UNITS[span[2]]: int(span[1])}))
    try:
        return utc(datetime.fromisoformat(text))
    except (ValueError, OverflowError) as error:
        raise argparse.ArgumentTypeError(
            f"takes a day such as 2026-11-30, a time such as 2026-11-30T14:00, or 7d; received '{text}'"
        ) from error


COMMANDS: dict[str, Callable[[RunStore, argparse.Namespace], int]] = {
    "list": _list, "show": _show, "compare": _compare, "export": _export, "open": _open, "delete": _delete,
    "limit": _limit,
}  # fmt: skip
