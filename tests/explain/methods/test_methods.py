"""What every method owes: a formula and its source, stages that go on, and a sample that stays as it was."""

from __future__ import annotations

import numpy as np
import pytest
from explain.explained import Formula, asked, stages

from nnstudio.explain.method import Kind, methods

METHODS = [pytest.param(method, id=method.id) for method in methods]
PICTURE = np.random.default_rng(3).uniform(0.2, 0.8, (4, 4, 1))


def question():
    rng = np.random.default_rng(8)
    many = rng.uniform(size=(6, *PICTURE.shape)), np.array([[0], [1], [1], [0], [1], [0]], np.float32)
    label = int(Formula(PICTURE.shape).classes(PICTURE[None])[0])
    return asked(PICTURE, label, many=many, style=PICTURE[::-1, ::-1] ** 2)


def test_there_are_methods_and_none_is_broken():
    assert len(methods) >= 10 and methods.broken == {}


@pytest.mark.parametrize("method", METHODS)
def test_it_says_what_it_computes_and_where_that_comes_from(method):
    assert method.title and method.help.endswith(".") and method.paper
    assert type(method).__doc__ and all(option.help.endswith(".") for option in method.options)


@pytest.mark.parametrize("method", METHODS)
def test_it_goes_on_to_the_end_and_leaves_the_sample_as_it_is(method):
    question_ = question()
    before = question_.x.copy()
    seen = stages(method.id, Formula(PICTURE.shape, 0.3), question_)
    shares = [stage.share for stage in seen]
    assert shares == sorted(shares) and shares[-1] == 1 and shares[0] >= 0
    assert [stage.explanation is not None for stage in seen] == [False] * (len(seen) - 1) + [True]
    assert np.array_equal(question_.x, before)
    values = seen[-1].explanation.values
    if method.kind == Kind.TABLE:
        assert values is None and seen[-1].explanation.rows
    else:
        assert values.shape[:2] == PICTURE.shape[:2] and np.isfinite(values).all()
    assert (seen[-1].sample is not None) == (method.kind == Kind.SAMPLE)


@pytest.mark.parametrize("method", METHODS)
def test_it_gives_the_same_again(method):
    one, two = (stages(method.id, Formula(PICTURE.shape), question())[-1].explanation for _ in range(2))
    assert one.figures == two.figures and one.rows == two.rows
    assert one.values is None or np.array_equal(one.values, two.values)
