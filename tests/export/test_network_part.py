"""A generator alone gives of noise what it gives in its network, a judge alone what it says of samples."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from onnxruntime import InferenceSession

from nnstudio.export.exporting import export, exported
from nnstudio.export.format import ExportError
from nnstudio.export.network_part import Part, part_of, parts_of
from nnstudio.export.pytorch.readme import readme_text
from nnstudio.model.graph import Link
from nnstudio.project import Project, open_example

START = Path(__file__).parents[2] / "resources" / "lessons" / "gan" / "start.nns"


@pytest.fixture(scope="module")
def gan():
    return Project.open(START).session()


def test_the_generator_takes_noise_and_gives_samples_in_the_units_of_the_data(gan, tmp_path):
    # A scaling as of a table, which the points of the lesson do not have.
    gan.data = replace(gan.data, x_shift=np.array([5.0, 0.0]), x_scale=np.array([2.0, 3.0]))
    parity = export(gan, tmp_path / "forger.onnx", part=Part.GENERATOR)
    assert parity.holds and "N(0, 1)" in parity.remark and "2 random numbers" in parity.sentence
    zeros = np.zeros((5, 2), np.float32)
    noise, inside = gan.predict(zeros, "noise"), gan.predict(zeros, "gen")
    alone = InferenceSession(str(tmp_path / "forger.onnx"))
    (given,) = alone.run(None, {alone.get_inputs()[0].name: noise})[:1]
    scaled = part_of(gan, Part.GENERATOR).data
    np.testing.assert_allclose(given, inside * [2.0, 3.0] + [5.0, 0.0], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(scaled.y_scale, (2.0, 3.0))
    np.testing.assert_allclose(scaled.y_shift, (5.0, 0.0))


def test_the_judge_alone_says_of_samples_what_it_says_in_its_network(gan, tmp_path):
    assert export(gan, tmp_path / "judge.npz", part=Part.JUDGE).holds
    judge = part_of(gan, Part.JUDGE)
    x = gan.samples()[0][:9]
    np.testing.assert_allclose(judge.predict(x), gan.predict(x, gan.layout.targets[0].node), rtol=1e-5)
    assert judge.data.classes == ("generated", "real")
    assert not any(node.layer.id == "noise" for node in judge.layout.nodes.values())


def test_what_it_takes_stands_in_the_files(gan):
    told = readme_text(exported(part_of(gan, Part.GENERATOR)), "1")
    assert "random.default_rng" in told and "N(0, 1)" in told


def test_only_a_network_that_generates_has_parts(gan):
    assert parts_of(gan.layout, gan.data.input_shape) == tuple(Part)
    iris = open_example("iris").session()
    assert parts_of(iris.layout, iris.data.input_shape) == (Part.WHOLE,)
    assert part_of(iris, Part.WHOLE) is iris
    with pytest.raises(ExportError, match="no generator in this network"):
        part_of(iris, Part.GENERATOR)


def test_a_generator_that_reads_the_data_too_is_refused(tmp_path):
    project = Project.open(START)
    graph = project.document.graph
    noise = next(node for node in graph.nodes if node.kind == "noise")
    (entry,) = graph.sources(noise.id)
    (first,) = graph.targets(noise.id)
    join = graph.new_node("concatenate", 0.0, 0.0)
    graph.insert_node(join)
    graph.remove_link(Link(noise.id, first))
    for source, target in ((noise.id, join.id), (entry, join.id), (join.id, first)):
        graph.insert_link(Link(source, target))
    with pytest.raises(ExportError, match=f"'{entry}' enters, too"):
        part_of(project.session(), Part.GENERATOR)
