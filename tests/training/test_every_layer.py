"""Every registered layer inside a real session: same bits on two threads, same predictions after a save."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from training.surrounded import CASES, data_of, document_with

from nnstudio.data.dataset import Dataset
from nnstudio.model import projectfile
from nnstudio.model.document import Document
from nnstudio.model.saved import SavedRun
from nnstudio.training.session import Session


def trained(document: Document, data: Dataset, threads: int) -> Session:
    session = Session(document.graph.to_network(), data, document.settings, threads)
    for _ in session.slices():
        pass
    return session


@pytest.mark.parametrize("kind, options, shapes", CASES)
def test_one_thread_equals_two_bit_for_bit(kind, options, shapes, monkeypatch):
    # Even the smallest network is cut into chunks here, or nothing would run in parallel.
    monkeypatch.setattr("nnkernels.planning.micro_batches.MIN_PARALLEL_FLOPS", 0)
    document, data = document_with(kind, options, shapes), data_of(kind, options, shapes)
    one, two = trained(document, data, 1), trained(document, data, 2)
    assert (one.program.groups[:, 6] == 1).any()
    assert np.array_equal(one.program.params, two.program.params)


@pytest.mark.parametrize("kind, options, shapes", CASES)
def test_saved_and_opened_it_predicts_the_same(kind, options, shapes, tmp_path: Path):
    document, data = document_with(kind, options, shapes), data_of(kind, options, shapes)
    session = trained(document, data, 1)
    s = session.state()
    run = SavedRun(s.params, s.optimizer, s.step, s.epoch, s.cursor, s.partial, s.history.columns())
    projectfile.write(tmp_path / "p.nns", document.to_dict(), run)
    again = Document()
    saved = projectfile.read(tmp_path / "p.nns", again).run
    assert again.to_dict() == document.to_dict()
    other = Session(again.graph.to_network(), data, again.settings)
    other.parameters[:] = saved.params[: len(other.parameters)]
    assert np.array_equal(other.predict(data.x_test), session.predict(data.x_test))
