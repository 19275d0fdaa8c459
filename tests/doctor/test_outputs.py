"""What the doctor says of a network with several Outputs is of the one that it is true for, by its name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from doctor.corpus.building import train
from several_outputs import KINDS, add, project, trained
from training.surgery.edited import set_options

from nnstudio.data.dataset import Split
from nnstudio.doctor.answers import gather
from nnstudio.doctor.examination import examined
from nnstudio.doctor.patient import Patient
from nnstudio.model.graph import Link


def told(built, epochs=0):
    """By finding, the diagnosis; of a run of so many epochs."""
    session = built.session(1)
    train(session, epochs, 0)
    names = built.document.graph.names()
    return {d.finding: d for d in examined(Patient.of(session, names), may_try=False).diagnoses}


def test_an_output_whose_loss_counts_nothing_is_named_before_and_after_training(tmp_path):
    built = project(tmp_path, "two numbers")
    assert "unweighted_output" not in told(built)
    set_options(built.document.graph, "out_2", weight=0.0)
    for epochs in (0, 4):
        diagnoses = told(built, epochs)
        assert "Nothing is learned for 'cooling': its weight is 0" in diagnoses["unweighted_output"].text
        assert "out_2_dense" in diagnoses["unweighted_output"].text
        # What nothing trains says nothing of how gradients pass through the layers.
        assert not {"no_gradient", "exploding_gradients", "vanishing_gradients"} & diagnoses.keys()


@pytest.mark.parametrize("kind", KINDS)
def test_answers_are_told_of_each_output(tmp_path, kind):
    _project, session = trained(tmp_path, kind)
    *_, answers = gather(session, Split.VALIDATION)
    assert [output for output, _own in answers.outputs] == ["out_1", "out_2"]
    for _output, own in answers.outputs:
        assert np.isfinite(own.losses).all() and len(own.losses) == len(answers.rows)
    assert not np.isfinite(answers.losses).any()


def test_labels_with_a_loss_for_numbers_are_told_of_their_output(tmp_path):
    built = project(tmp_path, "labels and a number")
    assert "labels_as_numbers" not in told(built)
    set_options(built.document.graph, "out_1", loss="mse")
    diagnosis = told(built)["labels_as_numbers"]
    assert diagnosis.node == "out_1" and "'warm'" in str(diagnosis.numbers) and "cool" not in str(diagnosis)


def test_an_output_that_learned_nothing_is_named_beside_one_that_did(tmp_path):
    built = project(tmp_path, "two numbers", epochs=30)
    path = Path(built.document.data.options["path"])
    lines = path.read_text(encoding="utf-8").splitlines()
    rng = np.random.default_rng(3)
    noise = [f"{line.rpartition(',')[0]},{rng.normal():.4f}" for line in lines[1:]]
    path.write_text("\n".join([lines[0], *noise]) + "\n", encoding="utf-8")
    diagnosis = told(built, 30)["nothing_learned"]
    assert diagnosis.node == "out_2" and "cooling is" in diagnosis.text and "heating" not in diagnosis.text


def test_one_number_is_no_bottleneck_where_another_output_goes_around_it(tmp_path):
    built = project(tmp_path, "two numbers")
    graph = built.document.graph
    graph.remove_link(Link("tanh", "out_1_dense"))
    add(graph, "narrow", "dense", ("tanh",), units=1)
    graph.insert_link(Link("narrow", "out_1_dense"))
    assert "bottleneck" not in told(built)
    graph.remove_link(Link("tanh", "out_2_dense"))
    graph.insert_link(Link("narrow", "out_2_dense"))
    assert told(built)["bottleneck"].node == "narrow"
