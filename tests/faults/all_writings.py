"""Everything in the program that writes a file, as functions that return what a person is told."""

from __future__ import annotations

import contextlib
import io
import os
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from nnstudio import cli
from nnstudio.export.exporting import export
from nnstudio.export.format import formats
from nnstudio.lessons.draft import keep, new_draft
from nnstudio.lessons.giving import give_away
from nnstudio.lessons.lesson import lessons_folder, shipped_lesson
from nnstudio.lessons.progress import Progress, prepare, write_progress
from nnstudio.project import Project, open_example
from nnstudio.runs.store import RunStore
from nnstudio.training.checkpointer import Checkpointer

# Formats that are run by programs of their own.
SLOW = ("numpy", "c", "c-int8")
# Their processes take seconds to begin. A sweep saves as the others do, with `Project.save`; what is compiled
# is kept by `nnkernels.cache`, whose tests take its folder away.
LONG = {"sweep", "prepare"}
# Commands that write nothing but what they print.
PRINTS = {
    "estimate", "evaluate", "cross-validate", "compare", "examples", "link", "doctor",
}  # fmt: skip


@dataclass(frozen=True)
class Writing:
    """One kind of writing.

    ``write(path)`` writes once more and returns the sentence that a person sees, "" where it was written.

    Attributes:
        name: as the table of faults calls it.
        file: the name of what is written; "" for what is written into the program's own folders.
        command: which command of the command line it is; "" where that is none.
        slow: whether it runs other programs.
        once: whether it writes only what is not there yet.
        is_whole: whether what is in a folder can be read, for what keeps other files than it did.
    """

    name: str
    file: str
    write: Callable[[Path], str]
    command: str = ""
    slow: bool = False
    once: bool = False
    is_whole: Callable[[Path], bool] = lambda _: True


def _run(*words: object) -> str:
    """What a command says on stderr where it refuses."""
    said = io.StringIO()
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
        code = cli.run([str(word) for word in words])
    return "" if code in (0, 3) else said.getvalue().strip().rpartition("nnstudio: ")[2]


def _told(work: Callable[[], object]) -> str:
    """What the window says."""
    try:
        work()
    except cli.MENDABLE as error:
        return str(error)
    return ""


@contextlib.contextmanager
def own_folders_in(path: Path) -> Iterator[None]:
    """The program's own data and cache lie below a folder for a while."""
    before = {name: os.environ.get(name) for name in ("NNSTUDIO_DATA", "XDG_CACHE_HOME")}
    os.environ.update(dict.fromkeys(before, str(path)))
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


def all_writings(home: Path) -> list[Writing]:
    """Each once; what they read lies in ``home``."""
    return [*_commands(home), *_exports(), *_of_window(home), *_own(home)]


def _commands(home: Path) -> Iterator[Writing]:
    project, table, onnx, series = (home / name for name in ("p.nns", "new.csv", "p.onnx", "months.nns"))
    assert _run("example", "celsius", project) == ""
    assert _run("example", "passengers", series) == ""
    assert _run("train", project, "--epochs", 1) == ""
    assert _run("export", project, onnx) == ""
    table.write_text("°C\n" + "".join(f"{i}\n" for i in range(40)), "utf-8")
    (home / "data.csv").write_text("a,b\n" + "".join(f"{i},{2 * i + i % 3}\n" for i in range(60)))
    lesson = shipped_lesson("celsius")
    run = RunStore().list()[0].id
    flowers = home / "flowers.nns"
    assert _run("example", "iris", flowers) == ""
    assert _run("train", flowers, "--epochs", 1) == ""
    (home / "song.txt").write_text("green bottles on the wall\n" * 40)
    song = home / "song.nns"
    assert _run("new", "--data", home / "song.txt", "--kind", "text", song) == ""
    prepare(lesson)
    give_away(lesson, home / "given.nnlesson")
    link = io.StringIO()
    with contextlib.redirect_stdout(link):
        cli.run(["link", str(project)])
    line = link.getvalue().strip()
    again = "--replace"
    for name, file, words in (
        ("new project for data", "n.nns", ("new", "--data", home / "data.csv", again)),
        ("example", "e.nns", ("example", "xor", again)),
        ("import", "i.nns", ("import", onnx, again)),
        ("project with other layers", "d.nns", ("edit", project, "--set", "dense_1.bias=off", again)),
        ("project with reused layers", "r.nns", ("reuse", flowers, flowers, again)),
        ("weights into a project", "w.nns", ("import", onnx, "--into", project, again)),
        ("project from text", "t.nns", ("open-link", line, again)),
        ("predictions", "out.csv", ("predict", project, table, "--out")),
        ("forecast", "f.csv", ("forecast", series, "--steps", 2, "--out")),
        ("explanation", "x.csv", ("explain", "saliency", project, "--out")),
        ("hidden state", "s.png", ("explain", "hidden_state", series, "--out")),
        ("text that a network writes", "g.csv", ("generate", song, "--length", 300, "--out")),
        ("figure", "f.svg", ("figure", project)),
        ("figure", "f.pdf", ("figure", project)),
        ("figure", "f.png", ("figure", project)),
        ("lesson to give away", "l.nnlesson", ("lesson", "pack", lessons_folder() / "celsius")),
        ("handout", "h.pdf", ("lesson", "print", "celsius")),
        ("handout", "h.md", ("lesson", "print", "celsius")),
        ("work in a lesson", "work.zip", ("lesson", "work", "celsius")),
        ("curves of runs", "r.csv", ("runs", "export", again, run)),
        ("chart of runs", "r.png", ("runs", "export", again, run)),
        ("project of a run", "r.nns", ("runs", "export", again, run)),
    ):
        kind = file.partition(".")[2]
        label = f"{name}, *.{kind}" if name in ("figure", "handout") else name
        yield Writing(label, file, partial(_of_command, words), words[0])
    words = "runs", "export", "--format", "tensorboard", run
    yield Writing("runs for TensorBoard", "logs", partial(_of_command, words), "runs", once=True)
    yield Writing("training", "trained.nns", partial(_train, project), "train")
    yield Writing("export command", "c.npz", lambda path: _run("export", project, path), "export")


def _of_command(words: tuple[object, ...], path: Path) -> str:
    # The options may stand anywhere, but for one that takes the file.
    return _run(*words, path)


def _train(project: Path, path: Path) -> str:
    """From a copy that another process may have written meanwhile."""
    return _run("train", project, "--epochs", 2, "--json", "--out", path)


def _exports() -> Iterator[Writing]:
    session = open_example("celsius").session()

    def write(name: str, path: Path) -> str:
        return _told(lambda: export(session, path, format_name=name))

    for form in formats:
        yield Writing(f"export, {form.id}", f"x{form.suffix}", partial(write, form.id), "", form.id in SLOW)


def _of_window(home: Path) -> Iterator[Writing]:
    from PIL import Image

    from nnstudio.ui.project.predictions import _written
    from nnstudio.ui.project.recorder import _write

    project = Project.open(home / "p.nns")
    yield Writing("project", "s.nns", lambda path: _told(lambda: project.save(path)))

    class Answers:
        def as_csv(self) -> str:
            return "a\n" + "1\n" * 9

    yield Writing("predictions in the window", "o.csv", lambda path: _written(Answers(), path))
    session = project.session()
    done = next(session.slices(session.epoch + 1))

    def checkpoint(path: Path) -> str:
        checkpointer = Checkpointer(path, project.content, "", True, 0.0)
        checkpointer.offer(done)
        checkpointer.close()
        return checkpointer.problem

    yield Writing("checkpoint", "k.nns", checkpoint)
    frames: list[Future[Image.Image]] = []
    for shade in range(3):
        frames.append(Future())
        frames[-1].set_result(Image.new("P", (20, 20), shade))
    yield Writing("replay", "r.gif", lambda path: _told(lambda: _write(path, frames, lambda: None)))


def _own(home: Path) -> Iterator[Writing]:
    from nnstudio.ui.project.autosave import Autosave
    from nnstudio.unpacked_table import unpacked

    project = open_example("celsius")
    content = (home / "p.nns").read_bytes()
    lesson = shipped_lesson("celsius")
    copies: dict[Path, Autosave] = {}

    def own(work: Callable[[], object]) -> Callable[[Path], str]:
        def write(path: Path) -> str:
            with own_folders_in(path.parent):
                return _told(work)

        return write

    def copy(path: Path) -> str:
        with own_folders_in(path.parent):
            autosave = copies.setdefault(path.parent, Autosave())
            autosave.save(project)
            # An open lock would keep the disk from becoming read-only.
            autosave.close()
            return autosave.problem

    def draft() -> None:
        begun = new_draft(content)
        keep(begun, begun.text())

    record = RunStore().list()[0]

    def keep_run(path: Path) -> str:
        store = RunStore(path.parent / "runs.sqlite")
        return _told(lambda: store.save(replace(record, id=uuid.uuid4().hex)))

    def has_runs(folder: Path) -> bool:
        return bool(RunStore(folder / "runs.sqlite").list())

    yield Writing("database of runs", "", keep_run, is_whole=has_runs)
    yield Writing("recovery copy", "", copy)
    yield Writing("place in a lesson", "", own(lambda: write_progress("celsius", Progress(1))))
    yield Writing("work of a lesson", "", own(lambda: prepare(lesson)), once=True)
    yield Writing("draft of a lesson", "", own(draft))
    yield Writing("table of a project", "", own(lambda: unpacked(b"a,b\n1,2\n" * 99, "t.csv")), once=True)
    yield Writing(
        "added lesson", "", lambda path: _add(path.parent, home / "given.nnlesson"), command="lesson"
    )


def _add(folder: Path, file: Path) -> str:
    with own_folders_in(folder):
        return _run("lesson", "add", file, "--replace")
