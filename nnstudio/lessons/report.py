"""What a learner did in a lesson, on paper: steps that are done, answers, and how the network learned."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from nnkernels.spec import SpecError, losses, optimizers
from nnkernels.spec.registry import UnknownName
from nnstudio.data.dataset import DataError, sources
from nnstudio.data.imitation import holds_only_real
from nnstudio.data.terms import right_called
from nnstudio.lessons.lesson import LessonFolder
from nnstudio.lessons.progress import Progress
from nnstudio.lessons.sheet import Blanks, Heading, Part, Plain, Sheet, Table, Title
from nnstudio.lessons.shown_values import in_words
from nnstudio.model.atomic_file import FileError
from nnstudio.model.quantity import counted, day, in_digits, in_percent
from nnstudio.model.titles import entry_title, titled
from nnstudio.project import Project

# What a program raises where data is not there.
NOT_THERE = (DataError, FileError, SpecError, UnknownName)
NOT_TRAINED = "The network has not been trained, or its weights were set by hand only."


def report(
    folder: LessonFolder, progress: Progress, project: Project, notes: Sequence[str] = (), who: str = ""
) -> Sheet:
    """The sheet; ``project`` is the learner's as it was saved last, ``notes`` say what could not be read, and
    ``who`` is the learner's name, with today's date behind it: without one, both are left to a pen.
    """
    lesson, kept = folder.lesson, progress.within(len(folder.lesson.steps))
    done = f"{len(kept.done)} of {counted(len(lesson.steps), 'step')} done"
    parts: list[Part] = [
        Title(f"My work in “{lesson.title}”", f"{lesson.chapter}  ·  {done}"),
        Plain(f"{who}, {day(datetime.now())}", is_strong=True) if who else Blanks(("Name", "Date")),
        *map(Plain, notes),
        Table(tuple(_steps(folder, kept))), Heading("The network"), Table(tuple(_nodes(project))),
        Heading("The training"), *_training(project),
    ]  # fmt: skip
    return Sheet(f"My work in “{lesson.title}”", tuple(parts))


def _steps(folder: LessonFolder, progress: Progress) -> Iterator[tuple[str, ...]]:
    yield "Step", "Question", "Answer", "Tries", "Hints", "Done"
    for at, step in enumerate(folder.lesson.steps):
        question = step.question.text if step.question is not None else "–"
        answer = progress.answers.get(str(at), "–")
        tries, hints = (str(kept.get(str(at), "–")) for kept in (progress.tries, progress.hints))
        is_done = "yes" if at in progress.done else "not yet"
        yield f"{at + 1}. {step.title}", question, answer, tries, hints, is_done


def _nodes(project: Project) -> Iterator[tuple[str, ...]]:
    """Each node with what was chosen for it."""
    graph = project.document.graph
    yield "Node", "Kind", "Options"
    for node in graph.nodes:
        usual = graph.registry[node.kind].defaults() if node.kind in graph.registry else {}
        # The count of units is what is asked about first, whatever it is.
        own = {
            name: value for name, value in node.options.items() if name == "units" or usual.get(name) != value
        }
        title = entry_title(graph.registry, node.kind)
        yield node.name, title, ", ".join(f"{titled(n)} {in_words(v)}" for n, v in own.items()) or "–"


def _training(project: Project) -> Iterator[Part]:
    document, state = project.document, project.state
    settings = document.settings
    rows = [
        ("What", "Value"),
        ("Data", entry_title(sources, document.data.kind)),
        ("Loss", entry_title(losses, settings.loss)),
        ("Optimizer", entry_title(optimizers, settings.optimizer)),
        ("Learning rate", in_words(settings.hyperparameters()["learning_rate"])),
        ("Batch size", in_words(settings.batch_size)),
    ]
    if state is None or not state.step:
        yield Table(tuple(rows))
        yield Plain(NOT_TRAINED)
        return
    rows += [("Epochs", f"{state.epoch:,}"), ("Steps", f"{state.step:,}")]
    if len(state.history):
        last, right = state.history[-1], _right(project)
        figures = (
            ("Training loss", in_digits(last.loss)),
            ("Validation loss", None if last.val_loss is None else in_digits(last.val_loss)),
            (f"Training {right}", None if last.accuracy is None else in_percent(last.accuracy)),
            (f"Validation {right}", None if last.val_accuracy is None else in_percent(last.val_accuracy)),
        )
        rows += [(name, value) for name, value in figures if value is not None]
    yield Table(tuple(rows))


def _right(project: Project) -> str:
    """What its accuracy is called; of data that is not there nobody knows what it counted."""
    try:
        return right_called("accuracy", holds_only_real(project.load_data()))
    except NOT_THERE:
        return "accuracy"
