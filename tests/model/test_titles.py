"""What an identifier is called where only it is known, as in a file that another machine wrote."""

from __future__ import annotations

import pytest

from nnkernels.spec import layers, optimizers
from nnstudio.model.titles import entry_options, entry_title, in_sentence, titled


def test_an_entry_that_is_not_installed_keeps_its_name_and_has_no_options():
    assert entry_title(optimizers, "sgd") == "SGD" and entry_title(optimizers, "theirs") == "theirs"
    assert "units" in entry_options(layers, "dense") and entry_options(layers, "theirs") == {}


@pytest.mark.parametrize("name, alone, inside", [
    ("learning_rate", "Learning rate", "learning rate"), ("l2", "L2", "L2"), ("seed", "Seed", "seed"),
])  # fmt: skip
def test_a_setting_is_called_so_alone_and_in_a_sentence(name, alone, inside):
    assert titled(name) == alone and in_sentence(titled(name)) == inside
