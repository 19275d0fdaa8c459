"""Remedies for a signal that dies out, and for windows that do not fit: each is one step that trains."""

from __future__ import annotations

import pytest
from doctor.corpus.building import arrays, dense, project, stripes

from nnstudio.doctor.examination import examined
from nnstudio.doctor.patient import Patient
from nnstudio.doctor.proposals import let_through
from nnstudio.model.document import DataReference

CLASSES = {"loss": "softmax_cross_entropy"}
IRIS = DataReference("iris")


def titles(built):
    return [remedy.title for remedy in let_through(Patient.of(built.session(), {}))]


def pictures(folder, side, *steps):
    x, y = stripes(60, side)
    data = arrays(folder, "pictures", x, y, task="classes")
    return project(data, *steps, dense(3), "softmax", **CLASSES)


def deep(*steps):
    return project(IRIS, *steps, dense(3), "softmax", **CLASSES)


def test_each_cause_of_a_dying_signal_has_its_remedy():
    sigmoids = deep(*[step for _ in range(6) for step in (dense(8, init="glorot"), "sigmoid")])
    assert titles(sigmoids) == [
        "Start all weights as He et al.",
        "Replace each hidden Sigmoid with ReLU, and start all weights as He et al.",
        "Replace each hidden Sigmoid with Tanh",
        "Insert BatchNorm behind each hidden layer",
        "Keep only the first 2 of the 6 hidden layers",
    ]
    relus = deep(*[step for _ in range(3) for step in (dense(8), "relu")])
    assert titles(relus) == ["Insert BatchNorm behind each hidden layer"]
    mixed = deep(dense(8, init="he"), "tanh", dense(8, init="he"), "sigmoid")
    assert titles(mixed)[0] == "Replace the hidden activations with ReLU"


@pytest.mark.parametrize("which", range(5))
def test_each_remedy_is_one_step_that_undo_takes_back_and_gives_a_network_that_trains(which):
    built = deep(*[step for _ in range(5) for step in (dense(8, init="glorot"), "sigmoid", "dropout")])
    document = built.document
    before = document.to_dict()
    remedy = let_through(Patient.of(built.session(), {}))[which]
    document.history.push(remedy.make(document, document.graph))
    assert document.history.done == 1
    built.session().single_step()
    kinds = [node.kind for node in document.graph.nodes]
    if which == 1:
        assert "sigmoid" not in kinds and kinds.count("relu") == 5
        assert {n.options.get("init") for n in document.graph.nodes if n.kind == "dense"} == {"he"}
    if which == 3:
        assert kinds.count("batchnorm") == 5
    if which == 4:
        # The activation of the second layer stays, and so does what stands before the last one.
        assert kinds.count("dense") == 3 and kinds.count("sigmoid") == 2
    document.history.undo()
    assert document.to_dict() == before


def test_convolutions_in_a_row_become_fewer_and_what_makes_them_numbers_stays(tmp_path):
    steps = [step for _ in range(6) for step in (("conv2d", {"filters": 4}), "sigmoid")]
    built = pictures(tmp_path, 12, *steps, "flatten")
    document = built.document
    remedy = let_through(Patient.of(built.session(), {}))[-1]
    assert remedy.title == "Keep only the first 2 of the 6 hidden layers"
    document.history.push(remedy.make(document, document.graph))
    kinds = [node.kind for node in document.graph.nodes]
    assert kinds == ["input", *["conv2d", "sigmoid"] * 2, "flatten", "dense", "softmax", "output"]
    built.session().single_step()


@pytest.mark.parametrize(
    "options, wanted",
    [
        ({"kernel_size": 25}, ["kernel size of conv2d_1 to 3", "kernel size of conv2d_1 to 7"]),
        ({"kernel_size": 3, "dilation": 8}, ["dilation of conv2d_1 to 1"]),
    ],
    ids=["too large", "too far apart"],
)
def test_windows_beyond_the_picture_get_a_size_that_fits(tmp_path, options, wanted):
    built = pictures(tmp_path, 12, ("conv2d", {"filters": 4, **options}), "relu", "flatten")
    assert remedies_of(built) == [f"Set the {change}" for change in wanted]


def test_windows_that_see_too_little_get_a_size_that_is_enough(tmp_path):
    built = pictures(tmp_path, 16, ("conv2d", {"filters": 4}), "relu", "globalaveragepool")
    told = remedies_of(built)
    # 40% of 16 pixels are 6.4.
    assert told == ["Insert MaxPool2D, Conv2D and ReLU behind relu_1", "Set the kernel size of conv2d_1 to 7"]
    for remedy in diagnosis_of(built).remedies:
        command = remedy.make(built.document, built.document.graph)
        command.redo()
        assert "receptive_field" not in {d.finding for d in report_of(built).diagnoses}
        built.session().single_step()
        command.undo()


def report_of(built):
    return examined(Patient.of(built.session(), {}), may_try=False)


def diagnosis_of(built):
    return next(d for d in report_of(built).diagnoses if d.finding == "receptive_field")


def remedies_of(built):
    return [remedy.title for remedy in diagnosis_of(built).remedies]
