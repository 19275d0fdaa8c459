"""A sweep of a network that cannot run is refused, unless what is varied is what is wrong."""

from __future__ import annotations

import pytest
from sweep.projects import iris, plan_of

from nnkernels.spec import SpecError
from nnstudio.project import Project
from nnstudio.sweep.options import with_values
from nnstudio.sweep.runnable import check_runnable


def with_units(units: int) -> Project:
    project = iris()
    project.document = with_values(project.document, {"dense_2.units": units})
    return project


def check(project: Project, *texts: str, **how: object) -> None:
    check_runnable(plan_of(project, *texts, **how), project.document, project.load_data())


def test_a_network_that_runs_is_not_refused():
    check(iris(), "learning_rate=0.01,0.1")


def test_one_that_cannot_run_says_why():
    with pytest.raises(SpecError, match=r"cannot run yet\..* 3 classes, .* gives 7"):
        check(with_units(7), "learning_rate=0.01,0.1")


@pytest.mark.parametrize("values", ["7,3", "2..5"])
def test_what_is_varied_may_mend_it(values):
    project = with_units(7)
    if ".." in values:
        # Neither end fits.
        with pytest.raises(SpecError):
            check(project, f"dense_2.units={values}")
        values = "2..3"
    check(project, f"dense_2.units={values}")
