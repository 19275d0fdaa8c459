"""What the training loss does after an edit of a trained network, over that of the same run without the edit.

``PYTHONPATH=.:kernels:tests python tests/benchmarks/edit_stability.py [NETWORK ...]``; prints Markdown. The
figures are the same on any machine. A cell has three numbers: new parameters begin without a memory in the
optimizer; with one, as the studio does; with that and the learning rate factor that the studio proposes, if
it does.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from nnstudio.model.graph import Link, LinkError
from nnstudio.model.growth import Branch, Deepen, Split
from nnstudio.model.inference import NodeFacts
from nnstudio.model.quantity import in_digits
from nnstudio.project import Project, open_example
from nnstudio.training.divergence import Diverged
from nnstudio.training.learned import Carried, Learned
from nnstudio.training.renaming import renamed
from nnstudio.training.session import Session
from nnstudio.training.surgery.flow import Pick, Picks
from nnstudio.training.surgery.graft import Graft
from nnstudio.training.surgery.pruning import Pruning

LONG, SHORT, BLOCK = 2000, 200, 100
OPTIMIZERS = {
    "sgd": {"learning_rate": 0.01, "momentum": 0.9}, "adam": {"learning_rate": 0.003},
    "adamw": {"learning_rate": 0.003}, "rmsprop": {"learning_rate": 0.003},
    "adagrad": {"learning_rate": 0.03}, "lion": {"learning_rate": 0.0003},
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """An example, the layer that is edited, the one behind which others come, and epochs before the edit.

    With a ``kind``, the layer is of that one instead; with a ``rate``, that is the learning rate.
    """

    name: str
    layer: str
    behind: str
    epochs: int
    steps: int = LONG
    optimizers: tuple[str, ...] = tuple(OPTIMIZERS)
    kind: str = ""
    rate: float = 0.0


CASES = {
    "spiral": Case("spiral", "dense_1", "tanh_1", 400),
    "late spiral": Case("spiral", "dense_1", "tanh_1", 1600, optimizers=("adam",), rate=0.01),
    "iris": Case("iris", "dense_1", "relu_1", 100),
    "digits": Case("mnist-dense", "dense_1", "relu_1", 10, optimizers=("sgd", "adam")),
    "convnet": Case("mnist-convnet", "conv2d_1", "relu_1", 4, SHORT, ("sgd", "adam")),
    "lstm": Case("passengers", "n1", "n1", 150, kind="lstm"),
}


def build(case: Case, optimizer: str) -> Project:
    project = open_example(case.name)
    document = project.document
    if case.kind:
        node = document.graph[case.layer]
        options = {**document.graph.registry[case.kind].defaults(), "units": node.options["units"]}
        document.graph.replace_node(replace(node, kind=case.kind, options=options))
    document.settings = document.settings.with_option("optimizer", optimizer)
    for name, value in OPTIMIZERS[optimizer].items():
        document.settings = document.settings.with_option(name, value)
    if case.rate:
        document.settings = document.settings.with_option("learning_rate", case.rate)
    return project


def facts(old: Session, node: str) -> NodeFacts:
    return NodeFacts(shape=old.layout.nodes[node].shape)


def insert(kind: str) -> Callable[[Project, Session, Case], Picks]:
    def edit(project: Project, old: Session, case: Case) -> Picks:
        graph, shape = project.document.graph, old.layout.nodes[case.behind].shape
        is_picture = kind == "dense" and len(shape) == 3
        node = graph.new_node("conv2d" if is_picture else kind, 0.0, 0.0)
        options = {"units": shape[-1]} if kind == "dense" else {}
        if is_picture:
            options = {"filters": shape[-1], "kernel_size": 3, "padding": "same"}
        graph.insert_node(replace(node, options={**node.options, **options}))
        for link in [k for k in graph.links if k.source == case.behind]:
            at = graph.remove_link(link)
            graph.insert_link(Link(node.id, link.target), at)
        graph.insert_link(Link(case.behind, node.id))
        return {}

    return edit


def units(project: Project, case: Case, change: Callable[[int], int]) -> None:
    graph = project.document.graph
    node = graph[case.layer]
    name = "filters" if "filters" in node.options else "units"
    graph.replace_node(replace(node, options={**node.options, name: change(int(node.options[name]))}))


def widen(project: Project, _old: Session, case: Case) -> Picks:
    units(project, case, lambda count: count + count // 2)
    return {}


def prune(project: Project, old: Session, case: Case) -> Picks:
    option = "filters" if "filters" in project.document.graph[case.layer].options else "units"
    kept = Pruning(old, case.layer, option).look().kept(1)
    units(project, case, lambda count: count - 1)
    return {case.layer: Pick(kept)}


def grow(kind: type[Deepen] | type[Branch]) -> Callable[[Project, Session, Case], Picks]:
    def edit(project: Project, old: Session, case: Case) -> Picks:
        project.document.history.push(kind(project.document.graph, case.behind, facts(old, case.behind)))
        return {}

    return edit


def split(project: Project, old: Session, case: Case) -> Picks:
    step = Split(project.document.graph, case.layer, facts(old, case.layer))
    project.document.history.push(step)
    left, all_units = tuple(range(step.left)), tuple(range(step.units))
    return {case.layer: Pick(left), step.other: Pick(all_units[step.left :], case.layer)}


EDITS: dict[str, Callable[[Project, Session, Case], Picks]] = {
    "insert Dense": insert("dense"), "insert BatchNorm": insert("batchnorm"), "wider": widen,
    "deeper": grow(Deepen), "residual branch": grow(Branch), "split": split, "prune": prune,
}  # fmt: skip


def course(session: Session, steps: int) -> np.ndarray:
    """Training loss of each step, infinite from where it diverges."""
    losses = np.full(steps, np.inf)
    try:
        for at in range(steps):
            session.single_step()
            # The last batch of an epoch is smaller: its mean is told a little too low, alike in all runs.
            losses[at] = session.program.loss / session.program.batch
    except Diverged:
        pass
    return losses


def told(losses: np.ndarray, usual: np.ndarray) -> str:
    """The worst stretch, over that of the run without the edit."""
    worst = [max(part.mean() for part in np.array_split(x, max(len(x) // BLOCK, 1))) for x in (losses, usual)]
    return in_digits(worst[0] / worst[1], 2)


def taught(project: Project, learned: Learned, picks: Picks, remembers: bool) -> tuple[Session, Carried]:
    session = project.session()
    carried = learned.teach(session, picks)
    if not remembers:
        layout = renamed(learned.layout, session.layout)
        columns = learned.data.features, session.data.features
        graft = Graft(layout, session.layout, picks, columns, session.settings.seed)
        new = graft.remembered(np.ones(layout.parameter_count, np.float32)) == 0
        count = session.layout.parameter_count
        for start in range(count, len(session.program.params), count):
            session.program.params[start : start + count][new] = 0
    return session, carried


def row(case: Case, name: str, old: Session, learned: Learned, usual: np.ndarray, optimizer: str):
    """Of 200 steps and of all: three numbers each."""
    runs = []
    for remembers in (False, True):
        project = build(case, optimizer)
        picks = EDITS[name](project, old, case)
        session, carried = taught(project, learned, picks, remembers)
        runs.append(course(session, case.steps))
    if carried.beginning.fast:
        graph = project.document.graph
        for pace in carried.beginning.fast:
            options = {**graph[pace.node].options, "learning_rate_factor": carried.beginning.factor}
            graph.replace_node(replace(graph[pace.node], options=options))
        runs.append(course(taught(project, learned, picks, True)[0], case.steps))
    for length in dict.fromkeys((SHORT, case.steps)):
        yield " / ".join(told(run[:length], usual[:length]) for run in runs)


def main() -> None:
    for name in sys.argv[1:] or CASES:
        case = CASES[name]
        print(
            f"\n{name}: cells are without memory / with / and with the factor; 200 steps, then {case.steps}\n"
        )
        print(f"| edit | {' | '.join(case.optimizers)} |")
        print(f"|---|{'---|' * len(case.optimizers)}", flush=True)
        starts = {}
        for optimizer in case.optimizers:
            old = build(case, optimizer).session()
            for _ in old.slices(case.epochs):
                pass
            learned = Learned.of(old)
            assert learned is not None
            same = build(case, optimizer).session()
            learned.teach(same)
            starts[optimizer] = old, learned, course(same, case.steps)
        for edit in EDITS:
            try:
                cells = ["; ".join(row(case, edit, *starts[o], o)) for o in case.optimizers]
            except LinkError as error:
                print(f"| {edit} | {error} |")
                continue
            print(f"| {edit} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
