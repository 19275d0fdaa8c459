"""What a layer says its numbers are made of makes the numbers of its NumPy reference."""

from __future__ import annotations

import numpy as np
import pytest

from nnkernels.spec import layers, size_of


def has_terms(layer, case: int) -> bool:
    """Whether its numbers are told term by term; the others are told by small changes."""
    given, inputs = layer.samples[case]
    options = layer.complete(given)
    return layer.terms(options, inputs, (0,) * len(layer.shape(options, inputs))) is not None


CASES = [
    (layer.id, i)
    for layer in layers
    for i in range(len(layer.samples))
    if layer.role == "layer" and has_terms(layer, i)
]


@pytest.mark.parametrize(("name", "case"), CASES)
def test_terms_make_the_reference(name, case):
    layer = layers[name]
    given, inputs = layer.samples[case]
    options = layer.complete(given)
    shape = layer.shape(options, inputs)
    rng = np.random.default_rng(case)
    x = [rng.normal(size=s) for s in inputs]
    arrays = {p.name: rng.normal(size=p.shape) for p in layer.parameters(options, inputs)}
    if name == "batchnorm":
        arrays["running_var"] = np.abs(arrays["running_var"])
    expected = layer.reference(options, [v[None] for v in x], arrays)[0]
    units = list(np.ndindex(*shape))
    for at in rng.permutation(len(units))[:12]:
        unit = units[at]
        terms = layer.terms(options, inputs, unit)
        values = [
            x[t.port][t.place] * t.scale * (arrays[t.weight[0]][t.weight[1]] if t.weight else 1.0)
            for t in terms.terms
        ]
        if terms.rule == "sum":
            found = sum(values) + (arrays[terms.offset[0]][terms.offset[1]] if terms.offset else 0.0)
        elif terms.rule == "product":
            found = np.prod(values)
        elif terms.rule == "largest":
            found = max(values)
        else:
            # A formula: only what is named may matter.
            assert len(terms.terms) == 1
            other = [v + rng.normal(size=v.shape) for v in x]
            other[terms.terms[0].port][terms.terms[0].place] = x[terms.terms[0].port][terms.terms[0].place]
            found = layer.reference(options, [v[None] for v in other], arrays)[0][unit]
        assert found == pytest.approx(expected[unit], rel=1e-9, abs=1e-9)
    assert size_of(shape) == len(units)


def tells_uses(layer, case: int) -> bool:
    given, inputs = layer.samples[case]
    return layer.uses(layer.complete(given), inputs, 0, (0,) * len(inputs[0])) is not None


USES = [(name, case) for name, case in CASES if tells_uses(layers[name], case)]


@pytest.mark.parametrize(("name", "case"), USES)
def test_uses_are_the_terms_the_other_way_round(name, case):
    layer = layers[name]
    given, inputs = layer.samples[case]
    options = layer.complete(given)
    found: dict[tuple, list] = {}
    for unit in np.ndindex(*layer.shape(options, inputs)):
        for term in layer.terms(options, inputs, unit).terms:
            found.setdefault(term.place, []).append((unit, term))
    for place in np.ndindex(*inputs[0]):
        uses = layer.uses(options, inputs, 0, place)
        assert sorted(uses, key=repr) == sorted(found.get(place, []), key=repr)


def test_layers_of_every_kind_tell_their_uses():
    assert {name for name, _ in USES} >= {
        "dense", "conv1d", "conv2d", "maxpool1d", "maxpool2d", "averagepool1d", "averagepool2d",
    }  # fmt: skip
