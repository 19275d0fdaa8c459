"""A network for one text made to fit another, whose characters or words are others; knows no data."""

from __future__ import annotations

from nnkernels.spec import Role
from nnstudio.model import commands
from nnstudio.model.document import Document
from nnstudio.model.history import Command, Together
from nnstudio.model.inference import DataFacts
from nnstudio.model.locations import facts_at
from nnstudio.model.tail_repairs import MakeEndFit, Plan, plans

EMBEDDING = "embedding"


def vocabulary_fit(document: Document, data: DataFacts) -> Together | None:
    """The step after which the first layers know all tokens of the data and the last ones tell them apart;
    None where they do already, or where more than numbers of units would have to change.
    """
    graph, facts = document.graph, facts_at(document, data, ())
    size = max((group.size for group in data.tokens), default=0)
    steps: list[Command] = []
    told = []
    for node in graph.nodes:
        if node.kind == EMBEDDING and node.options["size"] < size:
            steps.append(commands.ChangeNode(graph, node.id, "size", size))
            told.append(f"{node.name} to {size:,} numbers")
        if graph.registry[node.kind].role == Role.OUTPUT and node.id in facts and facts[node.id].error:
            ways = plans(document, graph, node.id, facts, data)
            units_alone = [plan for plan in ways if plan.units and plan.cost == 1]
            way = next((plan for plan in units_alone if _mends(plan, document, data)), None)
            if way is None:
                continue
            steps.append(MakeEndFit(document, graph, way))
            told.append(f"{graph[way.end.dense].name} to {way.units:,} units")
    return Together(f"Set {' and '.join(told)}", steps) if steps else None


def _mends(plan: Plan, document: Document, data: DataFacts) -> bool:
    """Whether the end is right after that, tried on a copy."""
    trial = document.copy()
    MakeEndFit(trial, trial.graph, plan).redo()
    return not facts_at(trial, data, ())[plan.end.output].error
