"""The doctor's rows: they follow what is seen, stand still under the pointer, and show what was tried."""

from __future__ import annotations

import numpy as np
import pytest

from nnstudio.doctor.charts import line
from nnstudio.doctor.examination import Report
from nnstudio.doctor.finding import Diagnosis
from nnstudio.doctor.rates import of_losses
from nnstudio.doctor.remedies import setting
from nnstudio.doctor.trying import Trial
from nnstudio.ui.panels.diagnosis_row import STOP
from nnstudio.ui.panels.doctor_section import DoctorSection
from nnstudio.ui.panels.problems_panel import ProblemsPanel
from nnstudio.ui.widgets.wrapping_button import WrappingButton

COLDER, COLD = setting("Colder", learning_rate=0.1), setting("Cold", learning_rate=0.01)


def diagnosis(finding, node="", text="It is so. It should not be.", remedies=(), **more):
    return Diagnosis(finding, finding.title(), node, text, (("Loss", "1"),), 7, remedies=remedies, **more)


def report(*diagnoses):
    return Report(7, diagnoses, ("Overfitting",))


@pytest.fixture
def section(qtbot):
    section = DoctorSection()
    qtbot.addWidget(section)
    return section


def shown(section):
    return [(key, row.text.text(), row.isEnabled()) for key, row in section.rows.items()]


def test_rows_follow_what_is_seen(section):
    assert section.isHidden()
    section.show_report(report(diagnosis("a"), diagnosis("b", "dense_1")), {"dense_1": "First"}, True)
    a, b = section.rows.values()
    assert (a.where.text(), a.where.isEnabled(), b.where.text(), b.where.isEnabled()) == (
        "Network", False, "First", True
    )  # fmt: skip
    assert "2 warnings" in section.status.text()
    tip = section.status.toolTip()
    assert "whether there is" in tip and tip.endswith(" “Overfitting”."), "a title is no statement"
    section.show_report(report(diagnosis("b", "dense_1", "Now it is worse. It grows.")), {}, True)
    assert shown(section) == [(("b", "dense_1"), "Now it is worse. It grows.", True)]
    assert section.rows["b", "dense_1"] is b
    section.show_report(report(), {}, True)
    assert "nothing wrong" in section.status.text() and not section.rows
    section.show_report(None, {}, True)
    assert section.isHidden()


def test_nothing_moves_while_the_pointer_is_there(section):
    section.show_report(report(diagnosis("a"), diagnosis("b")), {}, True)
    section.hold(True)
    section.show_report(report(diagnosis("c"), diagnosis("b", text="Other. Longer.")), {}, True)
    same = "It is so. It should not be."
    assert shown(section) == [(("a", ""), same, False), (("b", ""), same, True), (("c", ""), same, True)]
    section.show_report(None, {}, True)
    assert not section.isHidden() and not any(row.isEnabled() for row in section.rows.values())
    section.show_report(report(diagnosis("b", text="Other. Longer.")), {}, True)
    section.hold(False)
    assert shown(section) == [(("b", ""), "Other. Longer.", True)]


def test_all_that_was_tried_is_told_and_only_what_helped_is_offered(section, qtbot):
    told = diagnosis("a", remedies=(COLDER, COLD))
    section.show_report(report(told), {}, True)
    (row,) = section.rows.values()
    assert row.ask.text() == "Try 2 remedies on a copy" and not row.buttons
    with qtbot.waitSignal(section.try_requested) as asked:
        row.ask.click()
    assert asked.args == [told] and row.ask.text() == STOP
    for what in ("Remedy 1 of 2: up to 300 steps …", "Remedy 2 of 2: up to 300 steps …"):
        section.show_trying(told, what)
        assert [label.text() for label in row.told] == [what]
    helps = Trial(COLD, True, "Tried: 0.5 (without it: 0.7).", 0.7, 0.5, 0.7, 300)
    idle = Trial(COLDER, False, "loss 0.7, no better.", 0.7, 0.7, 0.7, 300)
    section.show_trials(told, [helps, idle])
    assert [button.text() for button in row.buttons] == ["Cold"]
    assert [label.text() for label in row.told] == [
        "Tried: 0.5 (without it: 0.7).", "Colder: loss 0.7, no better."
    ]  # fmt: skip
    with qtbot.waitSignal(section.remedy_requested) as chosen:
        row.buttons[0].click()
    assert chosen.args == [COLD]
    with qtbot.waitSignal(section.remedy_requested) as chosen:
        row.links[0].click()
    assert chosen.args == [COLDER] and len(row.links) == 1
    cannot = Trial(COLDER, False, "cannot be tried: it does not fit.", 0.7, 0.7, 0.7, 0)
    section.show_trials(told, [cannot])
    assert not row.links, "what cannot be made is no choice"
    section.show_trials(told, [idle])
    assert not row.buttons and "did not help" in row.told[0].text()
    assert row.told[1].text() == "Colder: loss 0.7, no better."


def test_what_came_of_a_trial_is_scrolled_to(qtbot):
    panel = ProblemsPanel()
    qtbot.addWidget(panel)
    panel.resize(300, 160)
    with qtbot.waitExposed(panel):
        panel.show()
    told = diagnosis("a", remedies=(COLDER, COLD), text="It is so. It should not be. " * 8)
    panel.doctor.show_report(report(told, diagnosis("b")), {}, True)
    (row, _other) = panel.doctor.rows.values()
    whole = row.ask.rect
    qtbot.waitUntil(lambda: row.ask.height() > 0 and panel.verticalScrollBar().maximum() > 0)
    assert row.ask.visibleRegion().boundingRect() != whole(), "it lies below"
    row.ask.click()
    qtbot.waitUntil(lambda: row.ask.visibleRegion().boundingRect() == whole())
    panel.doctor.show_trials(told, [Trial(COLD, True, "Tried: 0.5 (without it: 0.7).", 0.7, 0.5, 0.7, 300)])
    (last,) = row.told
    qtbot.waitUntil(lambda: last.visibleRegion().boundingRect() == last.rect())
    # Of what has no room the beginning is seen, and what is gone meanwhile is not scrolled to.
    panel.doctor.show_trials(told, [Trial(COLD, False, "No better. " * 90, 0.7, 0.7, 0.7, 300)])
    qtbot.waitUntil(lambda: row.ask.visibleRegion().boundingRect() == whole())
    panel.doctor.show_trials(told, [Trial(COLD, False, "No.", 0.7, 0.7, 0.7, 300)])
    panel.doctor.hold(False)
    panel.doctor.show_report(report(), {}, True)
    qtbot.waitUntil(lambda: panel.verticalScrollBar().maximum() == 0)


def test_a_correction_is_offered_without_a_trial(section, qtbot):
    section.show_report(report(diagnosis("a", corrections=(COLD,))), {}, True)
    (row,) = section.rows.values()
    assert row.ask is None
    (button,) = [b for b in row.findChildren(WrappingButton) if b.text() == "Cold"]
    with qtbot.waitSignal(section.correction_requested) as chosen:
        button.click()
    assert chosen.args == [COLD] and section.anew.isHidden()


def test_another_trial_takes_the_place_of_the_one_that_runs(section):
    one, two = diagnosis("a", remedies=(COLD,)), diagnosis("b", remedies=(COLD,))
    section.show_report(report(one, two), {}, True)
    a, b = section.rows.values()
    a.ask.click()
    b.ask.click()
    assert (a.is_trying, b.is_trying) == (False, True)


def test_a_test_of_rates_is_drawn_and_offers_the_best(section, qtbot):
    section.show_report(report(diagnosis("learning_rate_high"), diagnosis("a")), {}, True)
    row, other = section.rows.values()
    assert other.test is None
    with qtbot.waitSignal(section.test_requested):
        row.test.click()
    rates = np.geomspace(1e-5, 1, 60)
    section.show_rates(of_losses(rates, 1 / (1 + np.exp(8 * (np.log10(rates) + 2)))))
    assert row.test.isEnabled() and row.rates.chart.is_log
    with qtbot.waitSignal(section.remedy_requested):
        row.buttons[0].click()
    assert row.buttons[0].text().startswith("Set the learning rate to 0.0")
    row.test.click()
    section.show_rates(of_losses(rates, np.linspace(1, 2, 60)))
    assert not row.buttons and "none of these rates" in row.told[0].text()


def test_the_picture_follows_and_a_copy_is_not_trained_while_the_network_is(section):
    section.show_report(report(diagnosis("a", chart=line(np.arange(3), np.arange(3), "x", "y"))), {}, True)
    (row,) = section.rows.values()
    first = row.chart
    section.show_report(report(diagnosis("a", chart=line(np.arange(5), np.arange(5), "x", "y"))), {}, True)
    assert row.chart is first and len(row.chart.chart.x) == 5
    section.set_running(True)
    assert not section.closer.isEnabled() and "Pause" in section.closer.toolTip()
    section.set_running(False)
    section.closer.click()
    assert not section.closer.isEnabled()
    section.show_report(report(), {}, True)
    assert section.closer.isEnabled() and section.closer.text() == "Look closer"


def test_a_closer_look_says_what_it_did_where_nothing_is_wrong(section):
    section.show_report(Report(1664, (), (), "trained a copy for 120 steps"), {}, True)
    assert section.status.text() == (
        "Looked closer at step 1,664: trained a copy for 120 steps; nothing wrong."
    )
    section.show_report(Report(1664, (diagnosis("a"),), (), "trained a copy for 120 steps"), {}, True)
    assert section.status.text().endswith("for 120 steps; 1 warning.")


def test_what_is_worth_knowing_stands_behind_what_is_seen(section):
    section.show_report(Report(7, (), (), "", "Worth knowing: it is so."), {}, True)
    said = "At step 7 the doctor sees nothing wrong. Worth knowing: it is so."
    assert section.status.text() == said and not section.rows


def test_what_is_behind_is_greyed_and_says_so_until_the_next_look(section):
    section.show_report(report(), {}, True)
    section.set_late(True, True)
    said = "At step 7 the doctor sees nothing wrong."
    assert not section.status.isEnabled()
    assert section.status.text() == f"{said} Training has gone on since."
    section.set_late(False, True)
    assert section.status.isEnabled() and section.status.text() == said
    section.set_late(True, True)
    section.set_late(True, False)
    assert section.status.text() == f"{said} Looking again …", "training has ended meanwhile"
    assert not section.status.isEnabled()
    section.show_report(report(), {}, True)
    assert section.status.isEnabled()


def test_of_what_is_gone_only_the_last_stays_greyed_under_the_pointer(section):
    section.show_report(report(diagnosis("a"), diagnosis("b")), {}, True)
    section.hold(True)
    section.show_report(report(diagnosis("b")), {}, True)
    assert [(key[0], row.isEnabled()) for key, row in section.rows.items()] == [("a", False), ("b", True)]
    section.show_report(report(diagnosis("b")), {}, True)
    assert ("a", "") in section.rows, "nothing else went"
    section.show_report(report(diagnosis("c")), {}, True)
    assert [(key[0], row.isEnabled()) for key, row in section.rows.items()] == [("b", False), ("c", True)]


def test_a_new_start_is_one_press_away_where_weights_are_of_before(section, qtbot):
    section.show_report(report(diagnosis("a", needs_reset=True), diagnosis("b")), {}, True)
    a, b = section.rows.values()
    assert a.reset.text() == "Reset" and b.reset is None
    with qtbot.waitSignal(section.reset_requested):
        a.reset.click()
    section.show_report(report(diagnosis("a"), diagnosis("b")), {}, True)
    assert a.reset.isHidden()


@pytest.mark.parametrize("shown, title", [((4, 2), "Show these samples"), ((), "Look at the data")])
def test_samples_that_are_told_can_be_looked_at(section, qtbot, shown, title):
    section.show_report(report(diagnosis("a", shown=shown), diagnosis("b")), {}, True)
    a, b = section.rows.values()
    assert a.look.text() == title and b.look is None
    with qtbot.waitSignal(section.samples_requested) as asked:
        a.look.click()
    assert tuple(asked.args[0]) == shown
