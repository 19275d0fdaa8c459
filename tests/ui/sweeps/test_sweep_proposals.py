"""Every value that is proposed can be had: it is read again as a sweep would."""

from __future__ import annotations

import pytest

from nnkernels.spec import Option
from nnstudio.data.dataset import sources
from nnstudio.project import open_example
from nnstudio.sweep.options import variables
from nnstudio.sweep.space import read_space
from nnstudio.ui.sweeps.proposals import Proposal, proposal_for


def test_numbers_are_tried_around_what_they_are():
    rate = Option("learning_rate", 0.01, "Rate.", 0.0, 10.0)
    assert proposal_for(rate, 0.02) == Proposal("0.002, 0.02, 0.2", "0.002", "0.2", True)
    assert proposal_for(rate, 5.0).values == "0.5, 5, 10"
    assert proposal_for(rate, 0.0) == Proposal("0, 0.001, 0.01", "0", "0.01", False)
    units = Option("units", 8, "Units.", 1, 100)
    assert proposal_for(units, 16) == Proposal("8, 16, 32", "8", "32", False)
    assert proposal_for(units, 1).values == "1, 2"


def test_words_and_switches_are_all_proposed():
    assert proposal_for(Option("init", "he", "Start.", choices=("he", "zeros")), "he").values == "he, zeros"
    assert proposal_for(Option("bias", True, "Bias."), False) == Proposal("on, off")


@pytest.mark.parametrize("example", ["iris", "celsius", "mnist-convnet"])
def test_proposals_can_be_read(example):
    document = open_example(example).document
    source = sources[document.data.kind]
    for variable in variables(document):
        proposal = proposal_for(variable.option, variable.value)
        if proposal.values:
            assert read_space(document, source, [f"{variable.name}={proposal.values}"]).searched
        if proposal.low:
            ends = f"{proposal.low}..{proposal.high}{':log' * proposal.log}"
            assert read_space(document, source, [f"{variable.name}={ends}"]).searched, variable.name
