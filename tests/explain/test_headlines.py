"""The ends of a network say what enters and what is predicted."""

from __future__ import annotations

import pytest

from nnstudio.explain.activations import ActivationProbe
from nnstudio.explain.thumbnails import ChosenSample, ThumbnailsProbe
from nnstudio.project import open_example


def headlines(session, chosen=None):
    nodes = tuple(session.layout.nodes)
    (result,) = ThumbnailsProbe(nodes, (), chosen or ChosenSample()).run(session)
    return {name: thumbnail.headline for name, thumbnail in result.thumbnails.items() if thumbnail.headline}


@pytest.mark.parametrize("example", ["iris", "mnist-dense"])
def test_an_output_of_classes_says_what_activations_say(example):
    session = open_example(example).session()
    output = session.layout.output
    for sample in (0, 3):
        told = [r for r in ActivationProbe(output, sample).run(session) if r is not None][-1]
        assert headlines(session, ChosenSample(sample)) == {output: told.prediction}


def test_over_a_range_the_quantities_are_named_that_enter_and_come_out():
    assert list(headlines(open_example("celsius").session()).values()) == ["Celsius", "Fahrenheit"]
    # Of classes, colours tell which is where.
    assert list(headlines(open_example("spiral").session()).values()) == ["x1, x2"]


def test_of_one_sample_numbers_stand_beside_their_names_and_need_no_more():
    assert headlines(open_example("passengers").session()) == {}
