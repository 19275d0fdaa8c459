"""Weights of files find their layers, in the layout that they have there; what does not fit is told."""

from __future__ import annotations

import numpy as np
import pytest
from export.cases import GRAPHS, cases, exported
from importing.weight_files import matched, safetensors, wrong
from kernels.networks import chain

from nnstudio.export.format import formats
from nnstudio.export.pytorch.layout import state_dict

# There rows behind a Flatten cannot follow; see the last test.
SHARED = "skip links, shared weights"
with_weights = [name for name, network in cases().items() if network.arrays and name != SHARED]


@pytest.mark.parametrize("name", with_weights)
def test_what_pytorch_saves_of_any_layer_comes_back(name, tmp_path):
    network = cases()[name]
    match = matched(safetensors(tmp_path, state_dict(network)), network)
    assert wrong(match, network) == [] and match.is_complete
    assert all(row.is_loaded or not row.is_needed for row in match.rows)


@pytest.mark.parametrize("graph", sorted(GRAPHS))
@pytest.mark.parametrize("kind", ["safetensors", "npz"])
def test_our_own_files_come_back_and_need_no_guess(graph, kind, tmp_path):
    network = exported(*GRAPHS[graph])
    if not network.arrays:
        return
    file = tmp_path / f"weights{formats[kind].suffix}"
    formats[kind].write(network, file)
    match = matched(file, network)
    assert wrong(match, network) == [] and match.is_complete and match.notes == ()
    assert not match.is_guessed
    assert all("by name" in row.text for row in match.rows if row.is_loaded)


MLP = chain(("dense", {"units": 6}), ("relu", {}), ("dense", {"units": 6}), ("dense", {"units": 3}))


def renamed(arrays: dict[str, np.ndarray], names: dict[str, str]) -> dict[str, np.ndarray]:
    """The layers of a state_dict under other names."""
    changed = {}
    for name, values in arrays.items():
        layer, _, key = name.rpartition(".")
        changed[f"{names[layer]}.{key}"] = values
    return changed


def test_other_names_match_by_order_and_square_arrays_are_told(tmp_path):
    network = exported(MLP, (4,))
    layers = dict.fromkeys(name.rpartition(".")[0] for name in state_dict(network))
    names = {layer: f"model.{2 * i}" for i, layer in enumerate(layers)}
    match = matched(safetensors(tmp_path, renamed(state_dict(network), names)), network)
    assert wrong(match, network) == [] and match.is_complete
    rows = {row.array: row.text for row in match.rows}
    assert all("by shape, which no other layer has" in text for text in rows.values())
    assert "PyTorch has them" in rows["model.2.weight"] and "either way" not in rows["model.0.weight"]
    assert match.is_guessed
    assert "because so 6 of them fit, and the other way 2" in match.notes[0]


def test_wrappers_are_no_part_of_a_name(tmp_path):
    network = exported(MLP, (4,))
    arrays = {f"module._orig_mod.{name}": values for name, values in state_dict(network).items()}
    match = matched(safetensors(tmp_path, arrays), network)
    assert wrong(match, network) == [] and all("by name" in row.text for row in match.rows)


def test_arrays_that_lie_as_ours_are_known_by_their_shapes(tmp_path):
    network = exported(MLP, (4,))
    match = matched(safetensors(tmp_path, dict(network.arrays)), network)
    assert wrong(match, network) == [] and "as nnstudio has them" in match.notes[0]
    np.savez(tmp_path / "torch.npz", **state_dict(network))
    match = matched(tmp_path / "torch.npz", network)
    assert wrong(match, network) == [] and "as PyTorch has them" in match.notes[0]


def test_a_square_network_is_taken_as_is_usual_and_says_so(tmp_path):
    network = exported(chain(("dense", {"units": 4}), ("dense", {"units": 4})), (4,))
    match = matched(safetensors(tmp_path, state_dict(network)), network)
    assert wrong(match, network) == [] and "usual for such files" in match.notes[0]
    assert all("either way" in row.text for row in match.rows if row.array.endswith("weight"))


def test_what_does_not_fit_is_told_and_nothing_takes_its_place(tmp_path):
    network = exported(MLP, (4,))
    arrays = state_dict(network)
    layers = list(dict.fromkeys(name.rpartition(".")[0] for name in arrays))
    arrays[f"{layers[2]}.weight"] = np.zeros((5, 6), np.float32)
    arrays[f"{layers[1]}.weight"][0, 0] = np.nan
    del arrays[f"{layers[2]}.bias"]
    arrays["else.weight"] = np.zeros((3, 6), np.float32)
    match = matched(safetensors(tmp_path, arrays), network)
    rows = {row.array: row for row in match.rows}
    assert not match.is_complete and "3 of 6 arrays" in match.sentence
    assert "5×6 against 3×6" in rows[f"{layers[2]}.weight"].text
    assert "1 of its 36 values are NaN" in rows[f"{layers[1]}.weight"].text
    assert "no layer of the network is called so" in rows["else.weight"].text
    left = {row.target for row in match.rows if not row.array}
    nodes = [node.id for node in network.nodes if node.parameters]
    assert left == {f"{nodes[1]}.weight", f"{nodes[2]}.weight", f"{nodes[2]}.bias"}
    assert match.whole == (nodes[0],)


def test_shared_weights_may_stand_twice_but_must_be_the_same(tmp_path):
    network = exported(*GRAPHS["several inputs and outputs"])
    arrays = state_dict(network)
    arrays |= {"b.weight": arrays["a.weight"], "b.bias": arrays["a.bias"] + 1}
    match = matched(safetensors(tmp_path, arrays), network)
    rows = {row.array: row for row in match.rows}
    assert wrong(match, network) == [] and not match.is_complete
    assert rows["b.weight"].is_loaded and "shared here" in rows["b.weight"].text
    assert not rows["b.bias"].is_loaded and "another array" in rows["b.bias"].text


def test_rows_that_cannot_follow_a_flatten_are_not_taken(tmp_path):
    shape = (4, 3, 2)
    network = exported(
        chain(("conv2d", {"filters": 2}), ("flatten", {}), ("batchnorm", {}), ("dense", {"units": 3})), shape
    )
    arrays = state_dict(network)
    file = safetensors(tmp_path, arrays)
    odd = {row.array for row in matched(file, network).rows if "cannot be followed" in row.text}
    convolution = next(name for name in arrays if arrays[name].ndim == 4)
    own = convolution.removesuffix("weight")
    assert odd == {name for name in arrays if not name.startswith(own) and not name.endswith("tracked")}
    formats["safetensors"].write(network, tmp_path / "ours.safetensors")
    assert wrong(matched(tmp_path / "ours.safetensors", network), network) == []


def test_layers_of_one_shape_are_taken_in_order_and_it_is_said(tmp_path):
    network = exported(chain(*[("dense", {"units": 4})] * 11), (4,))
    layers = dict.fromkeys(name.rpartition(".")[0] for name in state_dict(network))
    names = {layer: f"layers.{i}" for i, layer in enumerate(layers)}
    match = matched(safetensors(tmp_path, renamed(state_dict(network), names)), network)
    assert wrong(match, network) == []
    assert "by the order of the names" in match.rows[0].text and "11 have this shape" in match.rows[0].text
