"""What a text varies, and a sentence for each mistake in one."""

from __future__ import annotations

import pytest
from sweep.projects import iris, space_of

from nnkernels.spec import SpecError
from nnkernels.spec.registry import UnknownName
from nnstudio.model.document import DataReference
from nnstudio.project import Project
from nnstudio.sweep.space import Between, Listed, Repeat


def domain_of(text: str) -> Listed | Between:
    (varied,) = space_of(iris(), text).searched
    return varied.domain


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("dense_1.units=4,8,16", Listed((4, 8, 16))),
        ("dense_1.units = 4 , 8", Listed((4, 8))),
        ("dense_1.bias=on,off", Listed((True, False))),
        ("dense_1.init=he,glorot", Listed(("he", "glorot"))),
        ("dense_1.units=4..64", Between(4, 64, whole=True)),
        ("learning_rate=1e-4..1e-1:log", Between(1e-4, 1e-1, log=True)),
        ("learning_rate=1e-4..1e-1:log:4", Listed((0.0001, 0.001, 0.01, 0.1))),
        ("l2=0..1:5", Listed((0.0, 0.25, 0.5, 0.75, 1.0))),
        ("dense_1.units=1..64:log:4", Listed((1, 4, 16, 64))),
        ("batch_size=8,32", Listed((8, 32))),
        ("optimizer=sgd,adam", Listed(("sgd", "adam"))),
        # Class weights have commas of their own.
        ("class_weights=setosa 2, virginica 1; setosa 3", Listed(("setosa 2, virginica 1", "setosa 3"))),
    ],
)
def test_values_have_the_type_of_their_option(text, domain):
    read = domain_of(text)
    assert read == domain
    if isinstance(domain, Listed):
        assert [type(v) for v in read.values] == [type(v) for v in domain.values]


def test_nodes_have_their_name_or_their_identifier():
    (varied,) = space_of(iris(), "Dense 2.bias=on,off").searched
    assert varied.name == "dense_2.bias"


def test_every_setting_of_a_grid_comes_once_and_the_last_option_changes_fastest():
    space = space_of(iris(), "dense_1.units=4,8", "batch_size=8,16,32")
    settings = [(s["dense_1.units"], s["batch_size"]) for s in space.grid()]
    assert settings == [(4, 8), (4, 16), (4, 32), (8, 8), (8, 16), (8, 32)]
    assert space.size == 6


def test_seeds_and_folds_repeat_each_setting():
    space = space_of(iris(), "dense_1.units=4,8", "seed=1..2", "fold=1..3")
    assert [v.name for v in space.searched] == ["dense_1.units"]
    assert space.repeats == tuple(Repeat(s, f"{f} of 3") for s in (1, 2) for f in (1, 2, 3))
    assert space_of(iris(), "batch_size=8,16").repeats == (Repeat(),)


def test_an_option_of_the_optimizer_must_suit_each_that_is_varied():
    momentum, _optimizer = space_of(iris(), "momentum=0,0.9", "optimizer=sgd").searched
    assert momentum.domain == Listed((0.0, 0.9))
    with pytest.raises(SpecError, match=r"no setting 'momentum' with optimizer=adam"):
        space_of(iris(), "momentum=0,0.9", "optimizer=sgd,adam")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("dens_1.units=4", "has no node 'dens_1'. Did you mean 'dense_1'?"),
        ("dense_1.unit=4", "'Dense' has no option 'unit'. Did you mean 'units'?"),
        ("units=4", "'units' is an option of nodes: write dense_1.units or dense_2.units."),
        ("learnig_rate=1", "no setting 'learnig_rate'. Did you mean 'learning_rate'?"),
        ("dense_1.units=four", "dense_1.units: Units must be a whole number; received 'four'."),
        ("dense_1.units=0", "dense_1.units: Units must be from 1"),
        ("dense_1.init=best", "dense_1.init: Init must be one of"),
        ("dense_1.units=8..4", "a range goes from its lower end to its upper one"),
        ("l2=0..1:log", "begins above 0"),
        ("l2=0..1:1", "cut into 2 to 10,000 values; received 1"),
        ("dense_1.units=4,8,4", "dense_1.units: 4 is named twice"),
        ("dense_1.units", "varies nothing"),
        ("=4", "varies nothing"),
        ("fold=1,3", "a sweep takes all folds"),
        ("fold=1..1000000000", "a sweep takes all folds"),
        ("seed=0.5..2", "seed: Seed must be a whole number"),
        ("seed=1..1000000", "seed is a range, and single values are needed"),
    ],
)
def test_a_mistake_is_told_in_a_sentence(text, sentence):
    with pytest.raises(SpecError) as error:
        space_of(iris(), text)
    assert sentence in str(error.value)


def test_what_is_named_twice_or_unknown_is_refused():
    with pytest.raises(SpecError, match=r"'dense_1.units' is varied twice"):
        space_of(iris(), "dense_1.units=4", "Dense.units=8")
    with pytest.raises(UnknownName, match="Did you mean 'adam'"):
        space_of(iris(), "optimizer=adan")
    with pytest.raises(SpecError, match="A sweep varies something"):
        space_of(iris())


def test_a_range_of_broken_numbers_has_no_grid():
    space = space_of(iris(), "learning_rate=1e-4..1e-1:log")
    assert space.size is None
    with pytest.raises(SpecError, match=r"as in 0.0001..0.1:log:5"):
        next(space.grid())


def learning_from(kind: str) -> Project:
    project = Project()
    project.document.data = DataReference(kind)
    return project


def test_data_without_folds_says_so():
    with pytest.raises(SpecError, match="is not divided into folds"):
        space_of(learning_from("shakespeare"), "fold=1..5")
