"""Damaged projects end in a sentence, whatever is damaged: see mutations.

More of them: `python tests/benchmarks/fuzz_projects.py 50000`.
"""

from __future__ import annotations

import pytest
from mutations import mutations, save_examples, take_through

from nnkernels.planning import memory_limits

# In pieces, so that they can be run side by side.
PIECES, PIECE = 8, 250


@pytest.fixture(scope="module")
def examples(tmp_path_factory) -> list[bytes]:
    return save_examples(tmp_path_factory.mktemp("examples"))


@pytest.mark.parametrize("piece", range(PIECES))
def test_damage_is_a_sentence(piece, examples, tmp_path, monkeypatch):
    monkeypatch.setattr(memory_limits, "free_memory", lambda: 2**28)
    monkeypatch.setattr("os.fsync", lambda _descriptor: None)
    path, again = tmp_path / "a.nns", tmp_path / "b.nns"
    reached = set()
    for number, content in mutations(examples, piece * PIECE, PIECE):
        path.write_bytes(content)
        try:
            reached.add(take_through(path, again))
        except Exception as error:
            error.add_note(f"mutation {number}")
            raise
    assert reached == {"refused", "opened", "trained"}
