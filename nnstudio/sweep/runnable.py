"""Whether any setting of a sweep can be trained: looked at without compiling or training anything."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

from nnkernels.program import Layout
from nnkernels.spec import NodeError, SpecError
from nnstudio.data.dataset import Dataset
from nnstudio.data.facts import facts_of_data
from nnstudio.model.document import Document
from nnstudio.model.locations import facts_at
from nnstudio.model.problems import find_problems
from nnstudio.sweep.options import with_values
from nnstudio.sweep.plan import Plan
from nnstudio.sweep.space import Between, Listed, Space, Varied
from nnstudio.training.inputs import check_batches

# Settings that are looked at where the project's own network cannot run.
MOST_TRIED = 24


def check_runnable(plan: Plan, document: Document, data: Dataset) -> None:
    """Raises SpecError, with what is wrong with the network, where it cannot run, nor can any of the first
    settings: what is varied may be what is wrong.
    """
    try:
        _check(document, data)
    except SpecError as error:
        ends = Space(tuple(map(_with_ends, plan.space.searched)))
        if not any(_runs(with_values(document, values), data) for values in islice(ends.grid(), MOST_TRIED)):
            raise SpecError(f"The network cannot run yet. {_told(document, error)}") from error


def _check(document: Document, data: Dataset) -> None:
    graph, settings = document.graph, document.settings
    for problem in find_problems(graph, facts_at(document, facts_of_data(data), ())):
        if problem.serious:
            raise NodeError(problem.node, problem.text)
    network = document.to_network()
    layout = Layout.of(network, data.input_shape, settings.loss)
    check_batches(layout, len(data.x_train), min(settings.batch_size, len(data.x_train)))


def _runs(document: Document, data: Dataset) -> bool:
    try:
        _check(document, data)
    except SpecError:
        return False
    return True


def _with_ends(varied: Varied) -> Varied:
    """Of a range, its two ends."""
    domain = varied.domain
    if not isinstance(domain, Between):
        return varied
    ends = (domain.low, domain.high)
    return replace(varied, domain=Listed(tuple(map(int, ends)) if domain.whole else ends))


def _told(document: Document, error: SpecError) -> str:
    """The fault with the name of its node, as the window says it."""
    text, graph = str(error), document.graph
    if not isinstance(error, NodeError) or error.node not in graph:
        return text
    name = graph[error.node].name
    return text if text.startswith(name) else f"{name}: {text}"
