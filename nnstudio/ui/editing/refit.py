"""Something else is to be predicted of the same data: the network's end is made to fit in the same step."""

from __future__ import annotations

from nnkernels.spec import SpecError, losses
from nnstudio.data.dataset import Dataset
from nnstudio.data.facts import facts_of_data
from nnstudio.model.commands import ChooseData
from nnstudio.model.document import Document
from nnstudio.model.graph import LinkError
from nnstudio.model.history import Command
from nnstudio.model.inference import DataFacts
from nnstudio.model.locations import facts_at
from nnstudio.model.problems import find_problems, repairs
from nnstudio.model.tail_repairs import MakeEndFit
from nnstudio.ui.editing.editor import Editor

# Ends that are mended, at the most.
MOST = 4


def fit_to(editor: Editor, data: Dataset) -> str:
    """Let the loss follow loaded data, and the network's end where a person just said something else of the
    same file; returns a sentence on what was done to the end, "" where nothing was.
    """
    document = editor.document
    before, step = document.settings.loss, _choice(document)
    editor.fit_loss(data)
    if step is None:
        return ""
    done = [] if document.settings.loss == before else [f"Use {losses[document.settings.loss].title}"]
    done += _fit_ends(document, data, step.title)
    if not done:
        return ""
    return f"The end of the network follows what is predicted now: {'; '.join(done)}. Undo takes it all back."


def _choice(document: Document) -> ChooseData | None:
    """The step that just said something else of the data that was there; None where the last is another."""
    step = document.history.last
    if not isinstance(step, ChooseData) or step.after != document.data:
        return None
    (kind, path), (other, other_path) = (
        (each.kind, each.options.get("path")) for each in (step.before, step.after)
    )
    return step if (kind, path) == (other, other_path) and path else None


def _fit_ends(document: Document, data: Dataset, title: str) -> list[str]:
    """What was done to Outputs of the main graph that did not fit, in the words of the repairs."""
    facts, done = facts_of_data(data), list[str]()
    for _end in range(MOST):
        command = _mending(document, facts)
        if command is None:
            break
        try:
            document.history.join(command, title)
        except (SpecError, LinkError, ValueError, KeyError):
            break
        done.append(command.title)
    return done


def _mending(document: Document, facts: DataFacts) -> Command | None:
    """What makes the first end fit that does not; None where all do, or nothing does."""
    graph = document.graph
    for problem in find_problems(graph, facts_at(document, facts, ())):
        if problem.serious:
            for repair in repairs(document, problem, facts):
                command = repair.make(document, graph)
                if isinstance(command, MakeEndFit):
                    return command
    return None
