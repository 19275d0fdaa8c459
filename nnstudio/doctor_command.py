"""The doctor on the command line: what keeps a network from learning, with evidence and tried remedies."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Generator, Iterator
from typing import Any, TypeVar

from nnkernels.graph.network import NodeError, outer_name
from nnkernels.planning.optimizer_groups import takes_turns
from nnkernels.spec import SpecError
from nnstudio.command_help import Command
from nnstudio.data.facts import facts_of_data
from nnstudio.doctor.examination import examine
from nnstudio.doctor.finding import Diagnosis
from nnstudio.doctor.patient import Patient
from nnstudio.doctor.trying import Trial, try_all
from nnstudio.exit_codes import ExitCode
from nnstudio.model.locations import distinct_names, facts_at
from nnstudio.model.problems import Problem, find_problems, problems_of_training, repairs
from nnstudio.project import Project
from nnstudio.training.evaluation import Evaluation, Past
from nnstudio.training.session import Session
from nnstudio.training.threads import limit_threads

# Turns plain data into a line.
Writer = Callable[[dict[str, Any]], str]
T = TypeVar("T")
WELL = "Nothing is wrong with it, as far as the doctor can see."
IN_TURN = (
    "nnstudio: groups of layers take turns here, each with losses of its own. What judges a network by one "
    "loss, such as overfitting, was not looked at."
)
# Kept steps that a sentence names.
NAMED = 8


def add_doctor_options(command: Command) -> None:
    """What the command takes besides a project."""
    command.add_argument(
        "--step", type=int, metavar="N", help="look at the network as it was after this step"
    )
    command.add_argument(
        "--no-trials", action="store_true", help="name remedies without trying them on a copy: much faster"
    )
    command.add_argument("--threads", type=int, metavar="T", help="threads (default: all cores)")
    command.add_argument("--json", action="store_true", help="print a JSON object for each finding")


def write_report(project: Project, options: argparse.Namespace, as_json: Writer | None) -> ExitCode:
    """Print what is wrong; the exit code says whether anything is. Raises SpecError or DataError."""
    is_well = True
    for told in _told(project, options, as_json is None):
        print(told if as_json is None else as_json(told))
        is_well = False
    if is_well and as_json is None:
        print(WELL)
    return ExitCode.DONE if is_well else ExitCode.UNWELL


def _told(project: Project, options: argparse.Namespace, in_words: bool) -> Iterator[Any]:
    """Each thing that is wrong, as a paragraph or as plain data."""
    document = project.document
    given = facts_of_data(project.load_data())
    names = distinct_names(document.graph.names())
    problems = [*find_problems(document.graph, facts_at(document, given)), *problems_of_training(document)]
    session: Session | None = None
    try:
        session = project.session(limit_threads(options.threads or os.cpu_count() or 1))
    except SpecError as error:
        node = outer_name(error.node) if isinstance(error, NodeError) else ""
        if not any(problem.node == node and problem.serious for problem in problems):
            problems.append(Problem(node, str(error)))
    for problem in problems:
        mends = [repair.title for repair in repairs(document, problem, given)]
        yield _paragraph_of(problem, names, mends) if in_words else _plain(problem, mends)
    if session is None:
        return
    if takes_turns(session.layout):
        print(IN_TURN, file=sys.stderr)
    seen, may_try = _seen(session, options.step), not options.no_trials
    report = _finished(examine(Patient.of(seen, names), may_try, {problem.node for problem in problems}))
    if report.remark:
        print(report.remark, file=sys.stderr)
    for diagnosis in report.diagnoses:
        trials = _finished(try_all(document.copying(), session, diagnosis)) if may_try else ()
        if in_words:
            yield _paragraph(diagnosis, names, trials)
        else:
            tried = [
                {"title": t.remedy.title, "helps": t.helps, "text": t.text, "after": t.after,
                 "as_it_is": t.as_it_is, "steps": t.steps}
                for t in trials
            ]  # fmt: skip
            untried = [{"title": r.title} for r in diagnosis.remedies] if not may_try else []
            right = [{"title": correction.title} for correction in diagnosis.corrections]
            yield {**diagnosis.plain(), "corrections": right, "remedies": tried or untried}


def _finished(pieces: Generator[Any, None, T]) -> T:
    """What a generator returns in the end."""
    while True:
        try:
            next(pieces)
        except StopIteration as end:
            result: T = end.value
            return result


def _seen(session: Session, step: int | None) -> Evaluation:
    """The network as it is, or after a step that was kept. Raises SpecError for one that was not."""
    if step is None or step == session.steps:
        return session
    steps = session.checkpoint_steps
    if step not in steps:
        near = sorted(sorted(steps, key=lambda s: abs(s - step))[:NAMED])
        raise SpecError(
            f"Step {step:,} was not kept. Those nearest to it are {', '.join(f'{s:,}' for s in near)}."
        )
    past, at = Past(session), steps.index(step)
    past.go(steps[: at + 1], session.parameter_history[: at + 1])
    return past


def _plain(problem: Problem, mends: list[str]) -> dict[str, Any]:
    return {
        "finding": "problem", "title": "Problem", "node": problem.node, "serious": problem.serious,
        "severity": str(problem.severity),
        "text": problem.text, "numbers": {}, "step": 0, "chart": None,
        "remedies": [{"title": title} for title in mends],
    }  # fmt: skip


def _paragraph_of(problem: Problem, names: dict[str, str], mends: list[str]) -> str:
    what = problem.severity.capitalize()
    lines = [f"{what} ({names.get(problem.node, 'network')})", f"  {problem.text}"]
    return "\n".join([*lines, *(f"  - {title}" for title in mends), ""])


def _paragraph(diagnosis: Diagnosis, names: dict[str, str], trials: tuple[Trial, ...]) -> str:
    where = f"{names[diagnosis.node]}, " if diagnosis.node in names else ""
    what = f"{diagnosis.severity.capitalize()}: {diagnosis.title}"
    lines = [f"{what} ({where}step {diagnosis.step:,})", f"  {diagnosis.text}"]
    lines += [f"  {name}: {value}" for name, value in diagnosis.numbers]
    lines += [f"  - {correction.title}." for correction in diagnosis.corrections]
    lines += [f"  - {trial.remedy.title}. {trial.text}" for trial in trials if trial.helps]
    if not trials:
        lines += [f"  - {remedy.title}. (Not tried.)" for remedy in diagnosis.remedies]
    idle = [trial for trial in trials if not trial.helps]
    if idle:
        lines.append("  Tried on a copy, and no help:")
    lines += [f"    {trial.remedy.title}: {trial.text}" for trial in idle]
    return "\n".join([*lines, ""])
