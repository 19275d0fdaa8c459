"""Which nodes can be below 0 is known of all samples from one, and holds for every layer there is."""

from __future__ import annotations

import math

import numpy as np
import pytest

from nnkernels.graph.network import resolve_node
from nnkernels.spec import UNBOUNDED, NodeSpec, Role, layers
from nnstudio.explain.signs import NEVER_BELOW, bounds_of, signed_nodes
from nnstudio.explain.thumbnails import ChosenSample, ThumbnailsProbe
from nnstudio.project import open_example

CASES = [
    pytest.param(layer, options, shapes, id=f"{layer.id}-{i}")
    for layer in layers
    if layer.role == Role.LAYER
    for i, (options, shapes) in enumerate(layer.samples)
    if not layer.parameters(layer.complete(options), tuple(shapes))
]


@pytest.mark.parametrize("layer, options, shapes", CASES)
def test_what_is_never_below_zero_never_is(layer, options, shapes):
    node = resolve_node(NodeSpec("it", layer.id, options, tuple("abcdef"[: len(shapes)])), list(shapes), ())
    rng = np.random.default_rng(0)
    for entering, sign in ((NEVER_BELOW, 0.0), (UNBOUNDED, -1.0)):
        low, high = bounds_of(node, [entering] * len(shapes))
        assert low <= high
        inputs = [rng.uniform(3 * sign, 3.0, (40, *shape)) for shape in shapes]
        with np.errstate(all="ignore"):
            given = layer.reference(node.options, inputs, {})
        assert low < 0 or not (given < 0).any()


@pytest.mark.parametrize(("kind", "options"), [("maxpool2d", {}), ("flatten", {}), ("add", {})])
def test_what_hands_on_is_below_zero_where_what_enters_is(kind, options):
    node = resolve_node(NodeSpec("it", kind, options, ("a",)), [(4, 4, 2)], ())
    assert bounds_of(node, [UNBOUNDED])[0] == -math.inf
    assert bounds_of(node, [NEVER_BELOW])[0] == 0.0


def test_inputs_and_outputs_can_be_below_zero_though_the_sample_that_is_shown_is_not():
    session = open_example("passengers").session()
    for _ in range(20):
        session.single_step()
    samples, output = session.samples()[0], session.layout.output
    given = session.predict(samples)
    above = int(given[:, 0].argmax())
    assert given.min() < 0 < given.max()
    (shown,) = ThumbnailsProbe((output,), (), ChosenSample(above)).run(session)
    assert shown.thumbnails[output].values[0] > 0
    (entering,) = (name for name, node in session.layout.nodes.items() if node.layer.id == "input")
    assert {output, entering} <= shown.signed


def test_of_pictures_the_pixels_and_what_is_bent_are_never_below_zero():
    session = open_example("mnist-convnet").session()
    signed = signed_nodes(session)
    kinds = {name: node.layer.id for name, node in session.layout.nodes.items()}
    assert {kinds[name] for name in signed} == {"conv2d", "dense"}
    assert {"input", "relu", "maxpool2d", "flatten", "softmax", "output"} <= set(kinds.values())
