"""The contract of a finding: what it declares, and that it looks at any network without an error."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from doctor.corpus.building import dense, project
from doctor.corpus.table import ALL_SICK

from nnstudio.doctor.examination import examine
from nnstudio.doctor.finding import Case, findings
from nnstudio.doctor.patient import Patient
from nnstudio.model.document import DataReference
from nnstudio.training.evaluation import Past

BINARY = {"loss": "binary_cross_entropy"}


def patients():
    """One that never learned, one that did, one of the past, and one of numbers that goes wrong."""
    learner = project(DataReference("xor"), dense(4), "relu", dense(1), "sigmoid", **BINARY).session()
    yield Patient.of(learner, {})
    for _ in learner.slices(8):
        pass
    yield Patient.of(learner, {"dense_1": "First"})
    past, steps = Past(learner), learner.checkpoint_steps
    past.go(steps[:3], learner.parameter_history[:3])
    yield Patient.of(past, {})
    yield Patient.of(project(DataReference("celsius"), dense(1), loss="mse", optimizer="sgd",
                             learning_rate=1.0).session(), {})  # fmt: skip


@pytest.mark.parametrize("finding", findings, ids=lambda finding: finding.id)
def test_a_finding_declares_itself_and_looks_at_any_network(finding):
    assert re.fullmatch(r"[a-z_0-9]+", finding.id) and finding.sees
    assert finding.title[0].isupper() and not finding.title.endswith(".")
    assert set(finding.explains) <= {other.id for other in findings} - {finding.id}
    for patient in patients():
        pieces = patient.gather(set(finding.sees) | set(finding.may_see), True)
        while True:
            try:
                next(pieces)
            except StopIteration as end:
                had = end.value
                break
        for case in finding.look(patient) if set(finding.sees) <= had else ():
            assert isinstance(case, Case) and case.text.endswith(".") and case.text.count(".") >= 2
            assert case.node == "" or case.node in patient.layout.nodes


@pytest.mark.parametrize("finding", findings, ids=lambda finding: finding.id)
def test_ours_have_a_sick_project(finding):
    """But for those that are only symptoms of others: a cause takes their part in the corpus."""
    if not type(finding).__module__.startswith("nnstudio.doctor."):
        return
    expected = {name for case in ALL_SICK for name in case.expected}
    symptoms = {symptom for other in findings for symptom in other.explains}
    assert finding.id in expected | symptoms


def test_the_page_on_the_doctor_names_them_all():
    page = (Path(__file__).parents[2] / "docs" / "doctor.md").read_text("utf-8")
    ours = [f for f in findings if type(f).__module__.startswith("nnstudio.doctor.")]
    assert [f.id for f in ours if f"**{f.title}** (`{f.id}`)" not in page] == []


def test_no_two_findings_explain_each_other_away():
    for finding in findings:
        for other in finding.explains:
            assert finding.id not in findings[other].explains, (finding.id, other)


def test_an_examination_goes_in_pieces():
    session = project(DataReference("xor"), dense(4), "relu", dense(1), "sigmoid", **BINARY).session()
    assert sum(1 for _ in examine(Patient.of(session, {}))) > len(findings)
