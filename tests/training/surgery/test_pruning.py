"""Units that do nothing are told from those that do, and the loss without them is what it then is."""

from __future__ import annotations

import numpy as np
import pytest
from training.surgery.edited import apart, learned, set_options, taught

from nnkernels.spec import SpecError
from nnstudio.training.surgery.flow import Pick
from nnstudio.training.surgery.pruning import Pruning


def silenced(session, units):
    """What these units of the first layer give is not read any more."""
    slot = next(s for s in session.layout.parameters if (s.node, s.name) == ("dense_2", "weight"))
    weight = session.parameters[slot.offset :][: slot.size].reshape(slot.shape)
    weight[units] = 0


def test_units_that_nobody_reads_come_first_and_cost_nothing():
    project, session = learned("spiral", 40)
    silenced(session, [3, 6])
    pruning = Pruning(session, "dense_1", "units")
    units = pruning.look()
    assert units.idle == 2 and set(units.order[:2]) == {3, 6}
    assert sorted(units.order) == list(range(8))
    kept = units.kept(2)
    assert pruning.remove(kept).after == pytest.approx(pruning.remove(kept).before, abs=1e-6)
    set_options(project.document.graph, "dense_1", units=6)
    new, carried = taught(session, project, {"dense_1": Pick(kept)})
    assert apart(session, new) < 1e-6 and carried.keeps_function


def test_the_loss_that_is_told_is_the_one_that_comes():
    project, session = learned("spiral", 40)
    pruning = Pruning(session, "dense_1", "units")
    kept = pruning.look().kept(3)
    told = pruning.remove(kept)
    set_options(project.document.graph, "dense_1", units=5)
    new, _carried = taught(session, project, {"dense_1": Pick(kept)})
    x, y, _part = session.samples()
    x, y = np.ascontiguousarray(x[:256]), np.ascontiguousarray(y[:256])
    assert told.after == pytest.approx(new.evaluate(x, y)[0], rel=1e-5)
    assert told.before == pytest.approx(session.evaluate(x, y)[0], rel=1e-5)
    assert told.after != pytest.approx(told.before, rel=1e-3)


def test_a_layer_whose_width_others_depend_on_is_refused_with_the_reason():
    project, session = learned("iris", 1)
    last = [n.id for n in project.document.graph.nodes if n.kind == "dense"][-1]
    with pytest.raises(SpecError, match="its units are the outputs of the network"):
        Pruning(session, last, "units").look()


def test_the_only_unit_stays():
    project, _session = learned("xor", 1)
    with pytest.raises(SpecError, match="just one unit"):
        Pruning(project.session(), "dense_2", "units")
