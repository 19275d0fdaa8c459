"""Runs with mixup: resumed exactly, evaluated without it, refused in a sentence where it cannot be."""

from __future__ import annotations

import numpy as np
import pytest

from nnkernels.spec import SpecError
from nnstudio.model.settings import TrainingSettings
from nnstudio.project import open_example
from nnstudio.training.curve import Epoch
from nnstudio.training.learner import kernels_needed
from nnstudio.training.session import Session
from nnstudio.training.state import TrainingState


def session(name: str, state: TrainingState | None = None, threads: int = 1, **settings) -> Session:
    project = open_example(name)
    project.state = state
    for key, value in {"mixup": 0.4, **settings}.items():
        project.document.set_settings(project.document.settings.with_option(key, value))
    return project.session(threads)


def finish(session: Session) -> list[Epoch]:
    return [done for done in session.slices() if isinstance(done, Epoch)]


@pytest.mark.parametrize("stop_after", [1, 7, 50])
def test_a_resumed_run_equals_one_that_was_never_interrupted(stop_after):
    whole = session("spiral", epochs=4)
    rows = finish(whole)
    first = session("spiral", epochs=4)
    while first.steps < stop_after:
        first.single_step()
    second = session("spiral", first.state(), threads=2, epochs=4)
    finish(second)
    assert np.array_equal(second.program.params, whole.program.params)
    assert [r.loss for r in second.history] == [r.loss for r in rows]


@pytest.mark.parametrize("name", ["spiral", "celsius"])
def test_what_is_learned_is_evaluated_and_predicted_unmixed(name):
    mixed = session(name, epochs=1)
    row = finish(mixed)[-1]
    plain = session(name, mixup=0.0)
    plain.program.set_parameters(mixed.parameters)
    x, y, _ = mixed.samples()
    assert mixed.evaluate(x, y) == plain.evaluate(x, y) == (row.val_loss, row.val_accuracy)
    np.testing.assert_array_equal(mixed.predict(x), plain.predict(x))
    # The same weights and data: what was learned is another, as mixtures have other losses.
    assert row.loss != finish(session(name, mixup=0.0, epochs=1))[-1].loss


def test_the_loss_of_mixtures_stays_above_that_of_samples_that_are_learned():
    row = finish(session("iris"))[-1]
    assert row.val_accuracy > 0.9 and row.val_loss < row.loss and row.accuracy < row.val_accuracy


def test_what_does_not_go_with_it_says_so():
    with pytest.raises(SpecError, match="Mixup does not go with Hill climber"):
        session("xor", optimizer="hill_climber")


def test_its_operators_are_named_before_a_run():
    plain, mixed = (
        kernels_needed(of.network, of.data, of.settings) for of in (session("iris", mixup=0), session("iris"))
    )
    assert {name.rpartition(".")[2] for name in mixed - plain} == {
        "draw_shares", "mix_samples", "gather_partners", "mix_losses",
    }  # fmt: skip


def test_settings_keep_it_and_refuse_what_cannot_be():
    settings = TrainingSettings().with_option("mixup", 0.3)
    assert TrainingSettings.from_dict(settings.to_dict()).extra("mixup") == 0.3
    with pytest.raises(SpecError, match="Mixup must be from 0"):
        settings.with_option("mixup", -0.1)
