"""What an edit did is said layer by layer, and how far predictions moved in one sentence."""

from __future__ import annotations

from dataclasses import replace

import pytest
from training.surgery.edited import insert, learned, set_options, taught

from nnstudio.training.learned import Learned, difference
from nnstudio.training.surgery.changes import (
    Change,
    Difference,
    What,
    joined_changes,
    joined_differences,
    sentence,
)

NAMES = {"dense_1": "First", "dense_2": "Second"}


def whats(carried) -> list[tuple[str, What, int]]:
    return [(change.node, change.what, change.count) for change in carried.changes]


def test_each_layer_says_what_became_of_it():
    project, old = learned("spiral", 3)
    graph = project.document.graph
    set_options(graph, "dense_1", units=11)
    set_options(graph, "dense_2", bias=False)
    new = insert(graph, "tanh_1", "batchnorm")
    _session, carried = taught(old, project)
    assert whats(carried) == [
        ("dense_1", What.GREW, 3), (new, What.PASSES_ON, 0), ("dense_2", What.SHARES, 0),
        ("dense_2", What.PARTLY_GONE, 8),
    ]  # fmt: skip


def test_a_layer_that_is_gone_is_told_with_its_weights():
    project, old = learned("spiral", 3)
    graph = project.document.graph
    (source,), (target,) = graph.sources("dense_2"), graph.targets("dense_2")
    for link in graph.links_of(["dense_2"]):
        graph.remove_link(link)
    graph.remove_node("dense_2")
    graph.insert_link(type(link)(source, target))
    _session, carried = taught(old, project)
    assert whats(carried) == [("dense_2", What.GONE, 72)]
    told = sentence(carried.changes, carried.difference, NAMES)
    assert told.startswith(
        "'Second' is gone, with 72 weights. All other weights are kept. The predictions have"
    )


@pytest.mark.parametrize(
    "difference, told",
    [
        (Difference(0.0, 1.0, 1), "The predictions are exactly the same on 1 sample."),
        (Difference(2e-7, 1.0, 9), "The predictions are the same on 9 samples: at most 2e-07 apart."),
        (Difference(2e-4, 50.0, 9), "The predictions are the same on 9 samples: at most 0.0002 apart."),
        (
            Difference(0.25, 1.0, 9),
            "The predictions have changed on 9 samples: output values of the network by up to 0.25.",
        ),
        (
            Difference(0.25, 1.0, 9, "'price'", 1000.0),
            "The predictions have changed on 9 samples: 'price' by up to 250.",
        ),
        (None, "The predictions cannot be compared."),
    ],
)
def test_how_far_predictions_moved(difference, told):
    change = Change("dense_1", What.RANDOM)
    assert sentence([change], difference, NAMES) == (
        f"'First' is new and starts from random weights. All other weights are kept. {told}"
    )


def test_how_far_is_told_in_the_unit_of_the_target_or_as_probabilities():
    told = []
    for example in ("celsius", "iris"):
        _project, session = learned(example, 3)
        session.data = replace(session.data, y_scale=18.0)
        before = Learned.of(session)
        # The bias of the last layer.
        session.parameters[-1] += 0.5
        told.append(difference(before, session).sentence)
    assert told[0].endswith(": 'Fahrenheit' by up to 9.") and ": probabilities by up to 0." in told[1]


def test_many_changes_are_counted():
    told = sentence([Change(f"n{i}", What.ZERO) for i in range(9)], Difference(0.0, 1.0, 5), {})
    assert told.count("starts at zero") == 4 and "5 more layers changed alike" in told


def test_two_edits_that_are_one_step_are_told_as_one():
    more, fewer = Change("a", What.GREW, 3), Change("a", What.SHRANK, 5)
    other = Change("b", What.TAKES_MORE)
    assert joined_changes([more, other], [more, other]) == (Change("a", What.GREW, 6), other)
    assert joined_changes([more], [fewer]) == (Change("a", What.SHRANK, 2),)
    assert joined_changes([Change("a", What.GREW, 5), other], [fewer]) == (other,)
    weights = Change("c", What.PARTLY_NEW, 4)
    assert joined_changes([weights], [weights]) == (Change("c", What.PARTLY_NEW, 8),)


def test_of_two_edits_that_changed_predictions_the_last_alone_is_measured():
    none, some, more = (Difference(far, 1.0, 9) for far in (0.0, 0.25, 0.5))
    assert joined_differences(none, none) == none and joined_differences(none, None) is None
    assert joined_differences(some, none) == some and joined_differences(none, some) == some
    both = joined_differences(some, more)
    assert both.sentence.startswith("With the last change alone, the predictions have changed on 9 samples")
    assert "by up to 0.5" in both.sentence and joined_differences(both, none) == both
