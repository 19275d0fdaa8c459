"""What is shown of layers that act in training only: draws of one sample, and no draws of any other layer."""

from __future__ import annotations

import numpy as np
import pytest

from nnkernels.graph.network import NetworkSpec, NodeSpec
from nnstudio.data.dataset import Dataset
from nnstudio.explain.activations import ActivationProbe, Activations
from nnstudio.explain.draws import DRAWS
from nnstudio.model.settings import TrainingSettings
from nnstudio.training.session import Session


def session_with(kind: str, **options) -> Session:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(12, 6, 6, 3)).astype(np.float32)
    y = rng.normal(size=(12, 1)).astype(np.float32)
    nodes = (
        NodeSpec("i", "input"),
        NodeSpec("a", kind, options, ("i",)),
        NodeSpec("p", "globalaveragepool", {}, ("a",)),
        NodeSpec("d", "dense", {"units": 1}, ("p",)),
        NodeSpec("o", "output", {}, ("d",)),
    )
    return Session(
        NetworkSpec(nodes), Dataset("pictures", x, y, x[:0], y[:0]), TrainingSettings(batch_size=4)
    )


def seen(session: Session, sample: int = 3, node: str = "a") -> Activations:
    (seen,) = ActivationProbe(node, sample).run(session)
    return seen


def test_draws_are_of_the_sample_and_the_output_is_as_predicted():
    activations = seen(session_with("randomflip"))
    picture = activations.source
    np.testing.assert_array_equal(activations.values, picture)
    assert activations.draws.shape == (DRAWS, 6, 6, 3)
    mirrored = [np.array_equal(draw, picture[:, ::-1]) for draw in activations.draws]
    kept = [np.array_equal(draw, picture) for draw in activations.draws]
    assert sum(mirrored) + sum(kept) == DRAWS and any(mirrored) and any(kept)


def test_draws_are_others_at_every_step_and_the_same_when_it_is_looked_at_again():
    session = session_with("gaussiannoise")
    first = seen(session).draws
    assert np.array_equal(first, seen(session).draws)
    session.single_step()
    assert not np.array_equal(first, seen(session).draws)


@pytest.mark.parametrize(
    ("kind", "options"),
    [("relu", {}), ("batchnorm", {}), ("conv2d", {"filters": 2}), ("dropout", {"rate": 0.0})],
)
def test_other_layers_have_no_draws(kind, options):
    session = session_with(kind, **options)
    assert seen(session).draws is None and seen(session, node="i").draws is None
