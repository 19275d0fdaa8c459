"""What is shown of an Input while training mixes samples: mixtures, and what the loss is told of each."""

from __future__ import annotations

import numpy as np
import pytest

from nnkernels.graph.network import NetworkSpec, NodeSpec
from nnstudio.data.dataset import Dataset
from nnstudio.explain.activations import ActivationProbe, Activations
from nnstudio.explain.draws import DRAWS
from nnstudio.model.settings import TrainingSettings
from nnstudio.training.session import Session

CLASSES = ("a", "b", "c")


def session_with(classes: tuple[str, ...] = CLASSES, mixup: float = 0.6, columns: str = "all") -> Session:
    """Pictures of their own number alone; targets are classes, or ten times that number."""
    x = np.broadcast_to(np.arange(12, dtype=np.float32)[:, None, None, None], (12, 4, 4, 1)).copy()
    y = x[:, 0, 0] % 3 if classes else 10 * x[:, 0, 0]
    nodes = (
        NodeSpec("i", "input", {"columns": columns}),
        NodeSpec("f", "flatten", {}, ("i",)),
        NodeSpec("d", "dense", {"units": len(classes) or 1}, ("f",)),
        NodeSpec("o", "output", {}, ("d",)),
    )
    settings = TrainingSettings("softmax_cross_entropy" if classes else "mse", batch_size=4)
    data = Dataset("pictures", x, y, x[:0], y[:0], classes=classes)
    return Session(NetworkSpec(nodes), data, settings.with_option("mixup", mixup))


def seen(session: Session, node: str = "i", own: tuple[float, ...] | None = None) -> Activations:
    (seen,) = ActivationProbe(node, 7, own).run(session)
    return seen


def test_mixtures_of_numbers_are_told_with_their_mixed_targets():
    activations = seen(session_with(()))
    draws = activations.draws
    assert draws.shape == (DRAWS, 4, 4, 1) and np.ptp(draws, axis=(1, 2, 3)).max() < 1e-5
    assert len(np.unique(draws[:, 0, 0, 0])) == DRAWS
    told = [float(text) for text in activations.mixed]
    np.testing.assert_allclose(told, 10 * draws[:, 0, 0, 0], rtol=1e-3)
    np.testing.assert_array_equal(activations.values, activations.source)


def test_mixtures_of_classes_are_told_with_their_shares():
    activations = seen(session_with())
    assert any(" + " in text for text in activations.mixed)
    for text, draw in zip(activations.mixed, activations.draws[:, 0, 0, 0], strict=True):
        # Picture 7 is of class b.
        shares = {
            name: int(share.rstrip("%")) / 100 for share, name in (p.split() for p in text.split(" + "))
        }
        assert sum(shares.values()) == pytest.approx(1, abs=0.011)
        rest = 1 - shares.get("b", 0)
        others = [n for n in range(12) if CLASSES[n % 3] in shares]
        assert rest == 0 or min(abs(draw - (7 + rest * (n - 7))) for n in others) < 0.06


def test_an_input_of_some_columns_hands_on_those():
    assert seen(session_with(columns="2-4")).draws.shape == (DRAWS, 3)


def test_mixtures_are_others_at_every_step_and_the_same_when_looked_at_again():
    session = session_with()
    first = seen(session).draws
    np.testing.assert_array_equal(first, seen(session).draws)
    session.single_step()
    assert not np.array_equal(first, seen(session).draws)


def test_a_sample_that_a_person_made_is_mixed_and_has_no_target():
    activations = seen(session_with(), own=(100.0,) * 16)
    assert activations.mixed == () and activations.draws.max() > 12


def test_without_mixup_and_for_other_layers_there_are_none():
    assert seen(session_with(mixup=0.0)).draws is None
    for node in ("f", "d"):
        activations = seen(session_with(), node)
        assert activations.draws is None and activations.mixed is None
