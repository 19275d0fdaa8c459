"""Memory is counted before the first byte is taken, against what machine and control group leave."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest
from kernels.networks import between

from nnkernels.graph.network import NetworkSpec
from nnkernels.planning import memory_limits
from nnkernels.planning.plan import build, evaluator_bytes
from nnkernels.program import Layout
from nnkernels.spec import NodeError, NodeSpec, Parameter, SpecError, initialisers, layers, size_of


def chain(*layers: tuple[str, dict]) -> NetworkSpec:
    nodes, before = [NodeSpec("input", "input")], "input"
    for number, (kind, options) in enumerate(layers):
        nodes.append(NodeSpec(f"n{number}", kind, options, (before,)))
        before = f"n{number}"
    return NetworkSpec((*nodes, NodeSpec("output", "output", {}, (before,))))


def test_the_tightest_limit_counts(tmp_path, monkeypatch):
    table, own, groups = tmp_path / "meminfo", tmp_path / "own", tmp_path / "groups"
    inner = groups / "a" / "b"
    inner.mkdir(parents=True)
    table.write_text("MemTotal: 9000 kB\nMemAvailable: 4000 kB\n")
    own.write_text("0::/a/b\n")
    monkeypatch.setattr(memory_limits, "MEMORY_TABLE", table)
    monkeypatch.setattr(memory_limits, "OWN_GROUP", own)
    monkeypatch.setattr(memory_limits, "GROUPS", groups)
    assert memory_limits.free_memory() == 4000 * 1024
    for folder, limit in ((inner, "max"), (groups / "a", str(3_000_000))):
        (folder / "memory.max").write_text(limit + "\n")
        (folder / "memory.current").write_text("2500000\n")
        (folder / "memory.stat").write_text("anon 1\ninactive_file 100000\n")
    assert memory_limits.free_memory() == 600_000


def test_the_sentence_names_the_largest_layer(monkeypatch):
    monkeypatch.setattr(memory_limits, "free_memory", lambda: 10**6)
    network = chain(("dense", {"units": 10}), ("dense", {"units": 4000}), ("dense", {"units": 200}))
    with pytest.raises(NodeError, match="The largest layer is 'n2', with 800,200 parameters") as caught:
        build(network, (2,), "mse", "adam", 8, 200)
    assert caught.value.node == "n2"


def test_what_the_caller_needs_beside_the_program_counts(monkeypatch):
    monkeypatch.setattr(memory_limits, "free_memory", lambda: 10**8)
    network = chain(("dense", {"units": 3}))
    build(network, (2,), "mse", "adam", 8, 3, beside=7 * 10**7)
    with pytest.raises(NodeError, match="memory"):
        build(network, (2,), "mse", "adam", 8, 3, beside=8 * 10**7)


def test_an_evaluator_takes_what_was_counted():
    layout = Layout.of(chain(("dense", {"units": 300}), ("tanh", {}), ("dense", {"units": 3})), (20,), "mse")
    program = build(layout, (20,), "mse", None, 64, 3, keep=(layout.output,))
    assert evaluator_bytes(layout, (20,), "mse", 64, 3, {}) == sum(
        array.nbytes for array in (program.acts, program.grads, program.work)
    )


@pytest.mark.parametrize("name", ["he", "glorot", "lecun", "uniform", "normal"])
def test_values_drawn_in_blocks_are_those_drawn_at_once(name):
    shape = (3, initialisers.BLOCK - 5)
    parameter, values = Parameter("weight", shape, name, 7, 9), np.empty(3 * shape[1], np.float32)
    initialisers.draw(parameter, np.random.default_rng(4), values)
    rng = np.random.default_rng(4)
    expected = {
        "he": lambda: rng.normal(0, (2 / 7) ** 0.5, shape),
        "glorot": lambda: rng.uniform(-((6 / 16) ** 0.5), (6 / 16) ** 0.5, shape),
        "lecun": lambda: rng.normal(0, (1 / 7) ** 0.5, shape),
        "uniform": lambda: rng.uniform(-0.05, 0.05, shape),
        "normal": lambda: rng.normal(0, 0.05, shape),
    }[name]()
    assert np.array_equal(values, expected.ravel().astype(np.float32))


@pytest.mark.parametrize("units", [20_000, 10**6, 10**12, 2**53])
def test_layers_of_any_size_are_a_sentence(units):
    network = chain(*[("dense", {"units": units})] * 3, ("dense", {"units": 1}))
    with pytest.raises(NodeError, match=r"smaller|must be") as caught:
        build(network, (784,), "mse", "adam", 32, 1, beside=10**11)
    assert len(str(caught.value)) < 500


def samples_of_options():
    """Each whole-number option of each layer, at its largest and beyond."""
    for layer in layers:
        if not layer.samples:
            continue
        options, shapes = layer.samples[0]
        for option in layer.options:
            if type(option.default) is int:
                yield pytest.param(layer.id, {**options}, shapes, option, id=f"{layer.id}-{option.name}")


@pytest.mark.parametrize("kind, options, shapes, option", list(samples_of_options()))
def test_the_largest_value_of_an_option_is_planned_or_a_sentence(monkeypatch, kind, options, shapes, option):
    monkeypatch.setattr(memory_limits, "free_memory", lambda: 2**24)
    assert option.high is not None, "without a limit there is no end to what is planned"
    for value in (int(option.high), 10**12, 10**30):
        # Whatever else comes out than a sentence fails the test.
        with contextlib.suppress(SpecError):
            network = between(kind, {**options, option.name: value}, shapes)
            program = build(network, (sum(map(size_of, shapes)),), "mse", "adam", 32, 1)
            assert program.nbytes < 2**24
