"""What is told of networks that learned nothing that helps, and of whether they could."""

from __future__ import annotations

import numpy as np
import pytest
from doctor.corpus.building import clouds, columns_of, dense, project, table, train

from nnstudio.doctor.examination import examined
from nnstudio.doctor.finding import findings
from nnstudio.doctor.patient import Patient

BINARY = {"loss": "binary_cross_entropy"}


@pytest.mark.parametrize("count, is_few", [(60, True), (400, False)])
def test_a_network_that_helps_nothing_is_told_and_few_samples_are_said(tmp_path, count, is_few):
    x, _ = clouds(count, features=3, seed=21)
    y = np.random.default_rng(9).normal(0, 1, count).round(3)
    data = table(
        tmp_path, f"untold{count}", columns_of(x, y=y), task="number", test_ratio=0.1, validation_ratio=0.2
    )
    session = project(data, dense(1), loss="mse", learning_rate=0.01, epochs=12).session()
    for epochs, is_over in ((6, False), (12, True)):
        train(session, epochs, 0)
        patient = Patient.of(session, {})
        examined(patient, may_try=False)
        patient.answers[session.data.watched].losses[:] = 100.0
        cases = list(findings["nothing_learned"].look(patient))
        assert bool(cases) == is_over
    size = len(session.data.part(session.data.watched)[0])
    assert ("so this is uncertain" in cases[0].text) == is_few
    assert ("Samples", f"{size}") in cases[0].numbers


def test_a_closer_look_says_whether_ten_samples_were_learned(tmp_path):
    """Those of noise can be learned by heart by a network that is large enough, and not by a line."""
    x, _ = clouds(200, apart=0.0, features=2, seed=22)
    kinds = np.random.default_rng(10).choice(["a", "b"], 200)
    data = table(tmp_path, "noise", columns_of(x, kind=kinds))
    for steps, said in (((dense(64), "tanh"), "it learned them by heart"), ((), "it could not learn even")):
        session = project(data, *steps, dense(1), "sigmoid", **BINARY, learning_rate=0.03).session()
        train(session, 20, 0)
        assert said in examined(Patient.of(session, {})).closer
