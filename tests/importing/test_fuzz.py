"""Files with changes at random give a network or a sentence, see `fuzz` and `fuzz_weights`."""

import pytest
from importing import fuzz_weights
from importing.fuzz import SOURCE, run, weights

from nnstudio.importing.importer import importers


def test_the_source_is_read_whole_without_changes(tmp_path):
    (tmp_path / "net.py").write_text(SOURCE, "utf-8")
    (tmp_path / "net.safetensors").write_bytes(weights())
    imported = importers.of(tmp_path / "net.py").read(tmp_path / "net.py")
    assert imported.unread == (), imported.unread


@pytest.mark.parametrize("seed", range(4))
def test_mutations_do_no_harm(tmp_path, seed):
    results = run(470, seed, tmp_path)
    assert min(results.values()) > 20, results


@pytest.mark.parametrize("kind", fuzz_weights.KINDS)
def test_mutations_of_weights_do_no_harm(tmp_path, kind):
    results = fuzz_weights.run(kind, 30, 1, tmp_path)
    assert min(results.values()) > 0, results
