"""Options whose own names say too little are called by what they do, everywhere alike."""

from __future__ import annotations

from nnkernels.spec import layers, losses, optimizers, schedules
from nnstudio.model.titles import LAYER_TITLES, titled


def test_every_title_is_of_an_option_that_there_is():
    names = {
        o.name for registry in (layers, losses, optimizers, schedules) for e in registry for o in e.options
    }
    assert set(LAYER_TITLES) <= names


def test_titles_tell_what_an_option_does():
    assert titled("two_lengths") == "Height and width differ"
    assert titled("kernel_size") == "Kernel size"
    assert len(set(LAYER_TITLES.values())) == len(LAYER_TITLES)
