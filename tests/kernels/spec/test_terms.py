"""What a layer says its numbers are made of makes the numbers of its NumPy reference."""

from __future__ import annotations

import numpy as np
import pytest

from nnkernels.spec import Role, layers, size_of
from nnkernels.spec.terms import Rule


def has_terms(layer, case: int) -> bool:
    """Whether its numbers are told term by term; the others give an account of what lies in between."""
    given, inputs = layer.samples[case]
    options = layer.complete(given)
    return layer.terms(options, inputs, (0,) * len(layer.shape(options, inputs))) is not None


CASES = [
    (layer.id, i)
    for layer in layers
    for i in range(len(layer.samples))
    if layer.role == Role.LAYER and has_terms(layer, i)
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
            x[t.port][t.index] * t.scale * (arrays[t.weight[0]][t.weight[1]] if t.weight else 1.0)
            for t in terms.terms
        ]
        if terms.rule == Rule.SUM:
            result = sum(values) + (arrays[terms.offset[0]][terms.offset[1]] if terms.offset else 0.0)
        elif terms.rule == Rule.PRODUCT:
            result = np.prod(values)
        elif terms.rule == Rule.LARGEST:
            result = max(values)
        else:
            # A formula: only what is named may matter.
            other = [v + rng.normal(size=v.shape) for v in x]
            for t in terms.terms:
                other[t.port][t.index] = x[t.port][t.index]
            result = layer.reference(options, [v[None] for v in other], arrays)[0][unit]
        assert result == pytest.approx(expected[unit], rel=1e-9, abs=1e-9)
    assert size_of(shape) == len(units)


ACCOUNTS = [
    (layer.id, i)
    for layer in layers
    for i, (options, shapes) in enumerate(layer.samples)
    if layer.role == Role.LAYER
    and not layer.parts(layer.complete(options), shapes)
    and not has_terms(layer, i)
]


@pytest.mark.parametrize(("name", "case"), ACCOUNTS)
def test_what_has_no_terms_gives_an_account_that_ends_in_the_reference(name, case):
    layer = layers[name]
    given, inputs = layer.samples[case]
    options = layer.complete(given)
    rng = np.random.default_rng(case)
    x = [rng.normal(size=s) for s in inputs]
    arrays = {p.name: rng.normal(size=p.shape) for p in layer.parameters(options, inputs)}
    expected = layer.reference(options, [v[None] for v in x], arrays)[0]
    for unit in np.ndindex(*expected.shape):
        account = layer.account(options, x, arrays, unit)
        assert account.value == pytest.approx(expected[unit], rel=1e-9, abs=1e-12)
        assert account.rows and account.formula
        assert all(len(numbers) == len(account.columns) for _, numbers in account.rows)


def rows_of(name, options, shape, unit):
    layer, rng = layers[name], np.random.default_rng(1)
    options = layer.complete(options)
    arrays = {p.name: rng.normal(size=p.shape) for p in layer.parameters(options, (shape,))}
    account = layer.account(options, [rng.normal(size=shape)], arrays, unit)
    return dict(account.rows), account.value


def test_attention_is_told_as_weights_of_each_step():
    rows, value = rows_of("multiheadattention", {"heads": 2, "causal": True}, (5, 6), (3, 1))
    assert "h2, s4" in rows and "h2, s5" not in rows, "later steps are not seen"
    assert sum(numbers[2] for numbers in rows.values()) == pytest.approx(value)
    for head in (1, 2):
        assert sum(n[0] for key, n in rows.items() if f"h{head}," in key) == pytest.approx(1)


def test_recurrent_layers_are_told_by_their_gates():
    rows, value = rows_of("lstm", {"units": 3}, (4, 2), (1,))
    i, f, g, o = (rows[gate][2] for gate in "ifgo")
    assert rows["c after"][2] == pytest.approx(f * rows["c before"][2] + i * g)
    assert value == pytest.approx(o * np.tanh(rows["c after"][2]))
    assert f == pytest.approx(1 / (1 + np.exp(-(rows["f"][0] + rows["f"][1]))))
    rows, value = rows_of(
        "gru", {"units": 3, "return_sequences": True, "bidirectional": True}, (4, 2), (1, 5)
    )
    z, n = rows["z"][2], rows["n"][2]
    assert value == pytest.approx((1 - z) * n + z * rows["h before"][2])
    rows, value = rows_of("gru", {"units": 3, "reset": "before"}, (4, 2), (1,))
    assert rows["n"][2] == pytest.approx(np.tanh(rows["n"][0] + rows["n"][1])), "r is in the sum of U"
    assert value == pytest.approx((1 - rows["z"][2]) * rows["n"][2] + rows["z"][2] * rows["h before"][2])
    assert "(r · h) · U + b" in layers["gru"].formula_for({"reset": "before"})


def test_what_reads_backwards_is_told_from_the_last_step():
    options = {"units": 2, "return_sequences": True, "reverse": True}
    rows, _ = rows_of("simplernn", options, (4, 2), (3, 1))
    assert rows["h"][1] == 0, "no step was read before the last one"
    rows, _ = rows_of("simplernn", options, (4, 2), (0, 1))
    assert rows["h"][1] != 0
    rows, value = rows_of("simplernn", {**options, "activation": "relu"}, (4, 2), (1, 0))
    assert value == max(rows["h"][0] + rows["h"][1], 0)


def tells_uses(layer, case: int) -> bool:
    given, inputs = layer.samples[case]
    return layer.uses(layer.complete(given), inputs, 0, (0,) * len(inputs[0])) is not None


USES = [(name, case) for name, case in CASES if tells_uses(layers[name], case)]


@pytest.mark.parametrize(("name", "case"), USES)
def test_uses_are_the_terms_the_other_way_round(name, case):
    layer = layers[name]
    given, inputs = layer.samples[case]
    options = layer.complete(given)
    result: dict[tuple, list] = {}
    for unit in np.ndindex(*layer.shape(options, inputs)):
        for term in (t for t in layer.terms(options, inputs, unit).terms if t.port == 0):
            result.setdefault(term.index, []).append((unit, term))
    for position in np.ndindex(*inputs[0]):
        uses = layer.uses(options, inputs, 0, position)
        assert sorted(uses, key=repr) == sorted(result.get(position, []), key=repr)


def test_layers_of_every_kind_tell_their_uses():
    assert {name for name, _ in USES} >= {
        "dense", "conv1d", "conv2d", "convtranspose2d", "maxpool1d", "maxpool2d", "averagepool1d",
        "averagepool2d", "layernorm", "softmax", "permute", "pad2d", "dot", "products",
    }  # fmt: skip
