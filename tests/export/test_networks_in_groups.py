"""What no other program trains or computes is refused in a sentence, and held by formats of plain arrays."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from export.cases import exported
from kernels.networks import chain

from nnkernels.graph.network import NetworkSpec
from nnkernels.spec import NodeSpec
from nnstudio.export.format import ExportError, formats
from nnstudio.export.network import ExportedNetwork
from nnstudio.project import Project

START = Path(__file__).parents[2] / "resources" / "lessons" / "gan" / "start.nns"


@pytest.mark.parametrize("kind", ["pytorch", "keras", "onnx"])
def test_a_network_that_draws_numbers_is_refused_by_node(kind):
    network = ExportedNetwork.of(Project.open(START).session())
    with pytest.raises(ExportError, match=r"'noise' \(Noise\)"):
        formats[kind].check(network)


def test_arrays_of_it_are_written_and_come_back(tmp_path):
    session = Project.open(START).session()
    network = ExportedNetwork.of(session)
    formats["npz"].write(network, tmp_path / "gan.npz")
    with np.load(tmp_path / "gan.npz") as file:
        for name, values in session.arrays().items():
            assert np.array_equal(file[name], values), name


OTHER_GOALS = (
    ({"target": "1"}, {}, "the Output 'output'"),
    ({"trains": "main"}, {}, "the Output 'output'"),
    ({}, {"optimizer_group": "head"}, "the groups head, main"),
)


@pytest.mark.parametrize("of_output, of_layer, what", OTHER_GOALS)
@pytest.mark.parametrize("kind", ["pytorch", "keras"])
def test_code_that_would_train_in_another_way_is_refused(kind, of_output, of_layer, what):
    nodes = list(chain(("dense", {"units": 3}), ("dense", {"units": 2, **of_layer})).nodes)
    last = nodes.pop()
    nodes.append(NodeSpec(last.id, last.layer, of_output, last.inputs))
    network = exported(NetworkSpec(tuple(nodes)), (4,))
    with pytest.raises(ExportError, match=what):
        formats[kind].check(network)
