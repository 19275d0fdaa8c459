"""What differs between two runs, in short sentences that speak of the first one; computes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from nnkernels.spec import layers, losses, optimizers, schedules
from nnkernels.spec.registry import Registry
from nnstudio.data.dataset import sources
from nnstudio.model.older_data import options_before
from nnstudio.model.quantity import counted
from nnstudio.model.settings import BATCH_SIZE, EXTRAS
from nnstudio.model.titles import entry_options, entry_title, in_sentence
from nnstudio.runs.network_changes import (
    ANOTHER,
    COUNTED,
    INSTEAD,
    Plain,
    completed,
    computed,
    instead,
    with_kind,
    without_dots,
)
from nnstudio.runs.record import RunRecord

# Of a network, a cell tells so many; a tip tells all.
MOST_TOLD = 3


class DifferenceKind(StrEnum):
    """What it is about."""

    LAYERS = "layers"
    SETTINGS = "settings"
    DATA = "data"
    PROGRAM = "program"


@dataclass(frozen=True)
class Difference:
    """One thing in which the first run is not like the second."""

    about: DifferenceKind
    sentence: str


def differences(
    first: RunRecord, second: RunRecord, first_text: Plain, second_text: Plain
) -> tuple[Difference, ...]:
    """All that differs, layers first. The texts are what `RunStore.project_text` gives of them."""
    told = {
        DifferenceKind.LAYERS: _of_networks(first_text, second_text),
        DifferenceKind.SETTINGS: (
            *_of_settings(first.settings, second.settings),
            *_of_courses(first, second),
        ),
        DifferenceKind.DATA: _of_data(first, second, first_text, second_text),
        DifferenceKind.PROGRAM: _of_programs(first, second),
    }
    return tuple(
        Difference(kind, f"{text[0].upper()}{text[1:]}.") for kind, texts in told.items() for text in texts
    )


def runs_before(records: Iterable[RunRecord]) -> dict[str, RunRecord]:
    """For each run, by its id, the one that it came from, else the one that began before it in its project;
    none for the first of a project. Runs of one sweep are each told from the run before the sweep, or from
    the sweep's first where there is none: in which order they ended says nothing.
    """
    listed = list(records)
    known = {record.id: record for record in listed}
    before: dict[str, RunRecord] = {}
    latest: dict[str, RunRecord] = {}
    of_sweeps: dict[str, RunRecord] = {}
    for record in sorted(listed, key=lambda each: each.began):
        project = record.project_path or record.project_title
        came_from = known.get(record.parent) or latest.get(project)
        if record.sweep:
            # What the first of its sweep is told from, else that first one.
            came_from = of_sweeps.setdefault(record.sweep, came_from or record)
        if came_from is not None and came_from is not record:
            before[record.id] = came_from
        latest[project] = record
    return before


def brief_differences(
    first: RunRecord, second: RunRecord, network: Sequence[str] | None = None
) -> tuple[str, ...]:
    """What differs, in words as short as a cell, as far as records tell it without their projects;
    ``network``: what `network_changes` tells of both, where that is known.
    """
    if network is None:
        network = [ANOTHER] if first.network_hash != second.network_hash else []
    texts = [*network, *(["other data"] if first.data_hash != second.data_hash else [])]
    texts += _of_settings(first.settings, second.settings) if first.settings and second.settings else ()
    texts += [f"changed at step {first.changed_at:,}"] if first.changed_at else []
    return tuple(text.replace(INSTEAD, ", was ") for text in texts)


def briefly(first: RunRecord, second: RunRecord, network: Sequence[str] | None = None) -> str:
    """The same as one line, of a network its first changes; "" where nothing differs."""
    if network is not None and len(network) > MOST_TOLD:
        more = f"{len(network) - MOST_TOLD + 1:,} more changes of the network"
        network = [*network[: MOST_TOLD - 1], more]
    told = "; ".join(brief_differences(first, second, network))
    return told[:1].upper() + told[1:]


# Settings


def _of_courses(first: RunRecord, second: RunRecord) -> Iterator[str]:
    """Settings are those at the end: of a run that was changed on its way, they do not tell all."""
    for record in (first, second):
        if record.changed_at:
            yield (
                f"“{record.name}” was changed in its course, at step {record.changed_at:,}: what is told "
                "here holds of its end"
            )


def _of_settings(one: Plain, other: Plain) -> Iterator[str]:
    chosen: tuple[tuple[str, Registry[Any], str], ...] = (
        ("optimizer", optimizers, "{} instead of {}"),
        ("loss", losses, "loss {} instead of {}"),
        ("schedule", schedules, "learning rate schedule {} instead of {}"),
    )
    for name, registry, phrase in chosen:
        if one.get(name) != other.get(name):
            titles = (entry_title(registry, str(side.get(name, ""))) for side in (one, other))
            yield phrase.format(*titles)
        options = [entry_options(registry, str(side.get(name, ""))) for side in (one, other)]
        given = [side.get(f"{name}_options", {}) for side in (one, other)]
        yield from instead(options[0], options[1], given[0], given[1])
    extras = {option.name: option for option in EXTRAS}
    yield from instead(extras, extras, one.get("extras", {}), other.get("extras", {}), off=True)
    yield from _of_groups(one.get("groups", {}), other.get("groups", {}))
    if one.get("batch_size") != other.get("batch_size"):
        yield f"{in_sentence(BATCH_SIZE.title)} {one.get('batch_size')} instead of {other.get('batch_size')}"
    if one.get("epochs") != other.get("epochs"):
        yield f"set to {counted(int(one.get('epochs', 0)), 'epoch')} instead of {other.get('epochs', 0):,}"
    if one.get("seed") != other.get("seed"):
        yield f"seed {one.get('seed')} instead of {other.get('seed')}"


def _of_groups(one: Plain, other: Plain) -> Iterator[str]:
    """Optimizers of groups of layers that both runs gave one."""
    for group in (name for name in one if name in other):
        first, second = (str(side[group].get("optimizer", "")) for side in (one, other))
        if first != second:
            titles = (entry_title(optimizers, name) for name in (first, second))
            yield "optimizer of {}: {} instead of {}".format(group, *titles)
        options = [entry_options(optimizers, name) for name in (first, second)]
        given = [side[group].get("optimizer_options", {}) for side in (one, other)]
        yield from instead(options[0], options[1], given[0], given[1], prefix=f"{group}: ")


# Layers


def _of_networks(one: Plain, other: Plain) -> Iterator[str]:
    if computed(one) == computed(other):
        return
    yield from _of_graphs(without_dots(one["graph"]), without_dots(other["graph"]), "")
    inner, others = ({sub["id"]: sub for sub in side.get("subnetworks", ())} for side in (one, other))
    for name, sub in inner.items():
        if name in others:
            one_inside, other_inside = (without_dots(side["graph"]) for side in (sub, others[name]))
            yield from _of_graphs(one_inside, other_inside, f"in {sub['title']}: ")


def _of_graphs(one: Plain, other: Plain, prefix: str) -> Iterator[str]:
    nodes, others = ({node["id"]: node for node in side["nodes"]} for side in (one, other))
    for name, node in nodes.items():
        if name not in others:
            yield f"{prefix}has {with_kind(node)}, which the other lacks"
        elif node["kind"] != others[name]["kind"]:
            kinds = (entry_title(layers, side[name]["kind"]) for side in (nodes, others))
            yield "{}{} is {}, not {}".format(prefix, node["name"], *kinds)
        else:
            yield from _of_nodes(node, others[name], prefix)
    for name, node in others.items():
        if name not in nodes:
            yield f"{prefix}lacks {with_kind(node)}"
    links, other_links = ({tuple(link) for link in side["links"]} for side in (one, other))
    if nodes.keys() == others.keys() and links != other_links:
        yield f"{prefix}the layers are linked in another way"


def _of_nodes(node: Plain, other: Plain, prefix: str) -> Iterator[str]:
    """Two of one kind: "Dense 1 has 16 units, not 8"."""
    options = entry_options(layers, node["kind"])
    rest = {name: option for name, option in options.items() if name not in COUNTED}
    first, second = (completed(options, side["options"]) for side in (node, other))
    for name in options:
        if name in COUNTED and first[name] != second[name]:
            yield f"{prefix}{node['name']} has {counted(first[name], name[:-1])}, not {second[name]:,}"
    yield from instead(rest, rest, node["options"], other["options"], prefix=f"{prefix}{node['name']}: ")


# Data


def _of_data(first: RunRecord, second: RunRecord, one: Plain, other: Plain) -> Iterator[str]:
    source = one["data"]["kind"]
    is_same_kind = source == other["data"]["kind"]
    if not is_same_kind or first.data_name != second.data_name:
        yield f"data {first.data_name} instead of {second.data_name}"
    elif first.data_hash != second.data_hash and one["data"].get("hash"):
        yield f"{first.data_name} had another content"
    if is_same_kind:
        options = {name: o for name, o in entry_options(sources, source).items() if name != "path"}
        given = [
            {**options_before(text["format"], source), **text["data"]["options"]} for text in (one, other)
        ]
        yield from instead(options, options, given[0], given[1], prefix="data: ")
    if first.split != second.split and first.split and second.split:
        yield f"samples: {first.split}, not {second.split}"


# What computed it


def _of_programs(first: RunRecord, second: RunRecord) -> Iterator[str]:
    for name, text in first.versions.items():
        if text != second.versions.get(name, text):
            yield f"{name} {text} instead of {second.versions[name]}"
    for name, value in first.machine.items():
        if value != second.machine.get(name, value):
            yield f"{name} {value} instead of {second.machine[name]}"
