"""A learner who does what a lesson says with the widgets that a person has."""

from __future__ import annotations

from functools import singledispatchmethod

import numpy as np
import pytest
from few_steps import paint_in_few_steps
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QMessageBox, QSpinBox
from ui.lessons.in_views import choose

from nnstudio.data.known_kernels import KNOWN_KERNELS
from nnstudio.lessons import actions as act
from nnstudio.lessons.draft import read_draft
from nnstudio.lessons.lesson import shipped_lesson
from nnstudio.lessons.own import lesson_called
from nnstudio.model.arrange import HEIGHT, WIDTH
from nnstudio.training.messages import Phase
from nnstudio.training.weights import weights_of
from nnstudio.ui.lessons.lesson_panel import WAITS
from nnstudio.ui.run import run_bar

LEFT = Qt.MouseButton.LeftButton
ENDED = (Phase.FINISHED, Phase.DIVERGED)


class Learner:
    """Opens lessons from their page and plays actions."""

    def __init__(self, hands) -> None:
        self.hands, self.window = hands, hands.window
        # As the longest runs would take minutes otherwise.
        self.window.panels.run_bar.speed.setCurrentIndex(1)

    @property
    def run(self):
        return self.window.lessons

    @property
    def panel(self):
        return self.window.lessons.panel

    def open_from_page(self, lesson: str) -> None:
        """Open a lesson from the page of lessons, until it can be worked on."""
        page = self.window.lessons_page
        self.hands.trigger("lessons")
        self.hands.wait(lambda: lesson in page.cards)
        QTest.mouseClick(page.cards[lesson], LEFT)
        self._await(lesson)

    def open(self, lesson: str) -> None:
        """As the page does, without the time that it takes to show it."""
        self.run.begin(lesson_called(lesson))
        self._await(lesson)

    def _await(self, lesson: str) -> None:
        self.hands.wait(lambda: self.run.open is not None and self.run.open.folder.id == lesson)
        self.hands.wait(lambda: self.window.runner.has_network)

    def missing(self) -> list[str]:
        """What the panel says is missing, once it was looked at after the last thing that was done."""
        runner, judge = self.window.runner, self.run.judge
        # A person waits for that.
        runner.planner.settle_now()
        judge.look()

        def is_judged() -> bool:
            judged = judge._judged
            is_known = judged is None or (
                judged.look == judge._look and judged.step == runner.snapshot.step_shown
            )
            quiet = not runner.planner.is_behind and runner.snapshot.phase != Phase.RUNNING
            # A network that cannot run is never looked at.
            cannot_run = runner.is_planned and not runner.has_network
            is_said = cannot_run or WAITS not in self.panel.missing.sentences
            return quiet and is_known and is_said

        # It would look less often by itself.
        runner.ticked.connect(judge.look)
        self.hands.wait(is_judged)
        runner.ticked.disconnect(judge.look)
        return self.panel.missing.sentences

    def click_node(self, name: str) -> str:
        """Click on the node that is called so; its identifier."""
        node = next(n.id for n in self.hands.graph.nodes if n.name == name)
        item = self.hands.canvas.canvas.nodes[node]
        self.hands.canvas.ensureVisible(item)
        self.hands.click_node(node)
        assert self.hands.canvas.canvas.selected_nodes() == [node]
        return node

    def play(self, actions) -> None:
        """Do one after the other."""
        for action in actions:
            self.do(action)
            if self.run.open is not None and any(check.once for check in self.run.open.step.checks):
                # What holds for a moment only counts once it was looked at.
                self.missing()

    @singledispatchmethod
    def do(self, action) -> None:
        # So that a lesson with a new action fails until the widget for it is used here.
        raise NotImplementedError(f"How a learner does {type(action).__name__} with widgets")

    @do.register
    def _(self, action: act.Select) -> None:
        self.click_node(action.node)

    @do.register
    def _(self, action: act.Show) -> None:
        self.window.docks.show(action.panel)
        self.hands.wait(lambda: self.window.docks.is_seen(action.panel))

    @do.register
    def _(self, action: act.ChooseInView) -> None:
        choose(self, action)

    @do.register
    def _(self, action: act.Answer) -> None:
        question = self.panel.question
        if question.choices:
            QTest.mouseClick(question.choices[action.text], LEFT)
            return
        question.field.setFocus()
        question.field.selectAll()
        QTest.keyClicks(question.field, action.text)
        QTest.keyClick(question.field, Qt.Key.Key_Return)

    @do.register
    def _(self, action: act.SetWeight) -> None:
        node = self.click_node(action.node)
        self.window.docks.show("weights")
        view = self.window.live.views["weights"]
        self.hands.wait(view.isVisible)
        view.what.setCurrentIndex(0)
        self.hands.wait(lambda: view._latest is not None and view._latest.node == node)
        self.hands.wait(lambda: not view._latest.units and view.choice.findData(action.parameter) >= 0)
        view.choice.setCurrentIndex(view.choice.findData(action.parameter))
        if not view.table.isVisible():
            view.numbers.click()
        shape = view._latest.arrays[action.parameter].values.shape
        flat = np.ravel_multi_index(action.at[-len(shape) :], shape)
        row, column = divmod(int(flat), view.model.columnCount())
        index = view.model.index(row, column)
        view.table.setCurrentIndex(index)
        view.table.edit(index)
        field = next(f for f in view.table.findChildren(QLineEdit) if f.isVisible())
        field.selectAll()
        QTest.keyClicks(field, f"{action.value:g}")
        QTest.keyClick(field, Qt.Key.Key_Return)
        # It is committed with the next events.
        self.hands.wait(lambda: not any(f.isVisible() for f in view.table.findChildren(QLineEdit)))
        wanted = pytest.approx(action.value, rel=1e-5)
        self.hands.wait(lambda: float(view.model.values[row, column]) == wanted)

    @do.register
    def _(self, action: act.SetKernel) -> None:
        node = self.click_node(action.node)
        self.window.docks.show("kernel")
        view = self.window.live.views["kernel"]
        # A person looks at the picture after the edit, which may have other channels.
        self.window.runner.planner.settle_now()
        self.hands.wait(lambda: self.window.runner.has_network)
        channels = self.hands.compute(lambda session: weights_of(session, node)["weight"].shape[2])
        self.hands.wait(lambda: view._latest is not None and view._latest.source.shape[2] == channels)
        view.channel.setCurrentIndex(action.channel)
        at = view.known.findText(action.kernel)
        assert at > 0
        view.known.setCurrentIndex(at)
        view.known.activated.emit(at)
        wanted = next(kernel.rows for kernel in KNOWN_KERNELS if kernel.title == action.kernel)
        self.hands.wait(
            lambda: view._latest is not None and np.allclose(view._latest.weight[..., action.channel], wanted)
        )

    @do.register
    def _(self, action: act.SetOption) -> None:
        self.click_node(action.node)
        self.window.docks.show("inspector")
        self._enter(self.window.panels.inspector.form.editors[action.option], action.value)

    @do.register
    def _(self, action: act.SetSetting) -> None:
        panel = self.window.panels.training
        self.window.docks.show("training")
        choices = (panel.loss, panel.optimizer, panel.schedule)
        forms = [
            panel.main,
            panel.extras,
            panel.groups.turns,
            *(c.picker for c in choices),
            *(c.form for c in choices if c.form),
        ]
        editors = {name: editor for form in forms for name, editor in form.editors.items()}
        editors.setdefault("learning_rate", self.window.panels.run_bar.rate)
        self._enter(editors[action.setting], action.value)

    @do.register
    def _(self, action: act.SetData) -> None:
        self.window.docks.show("data")
        self._enter(self.window.panels.data.form.editors[action.option], action.value)
        self.hands.wait(
            lambda: self.window.workspace.document.data.options.get(action.option) == action.value
        )

    @do.register
    def _(self, action: act.ChooseData) -> None:
        self.window.docks.show("data")
        picker = self.window.panels.data.picker
        at = picker.findData(action.kind)
        assert at >= 0
        picker.setCurrentIndex(at)
        picker.activated.emit(at)
        self.hands.wait(lambda: self.window.workspace.document.data.kind == action.kind)
        for option, value in action.options.items():
            self.do(act.SetData(option=option, value=value))

    def _enter(self, editor, value) -> None:
        if isinstance(editor, QComboBox):
            editor.setCurrentIndex(editor.findData(value))
        elif isinstance(editor, QCheckBox):
            if editor.isChecked() != value:
                editor.click()
        else:
            assert isinstance(editor, QLineEdit | QSpinBox)
            editor.setFocus()
            editor.selectAll()
            QTest.keyClicks(editor, f"{value:g}" if isinstance(value, float) else str(value))
            QTest.keyClick(editor, Qt.Key.Key_Return)

    @do.register
    def _(self, action: act.AddLayer) -> None:
        graph = self.hands.graph
        behind = next(n for n in graph.nodes if n.name == action.behind)
        (following, *_rest) = graph.targets(behind.id)
        if abs(graph[following].x - behind.x) < 1.5 * WIDTH:
            # A person makes room between two nodes that stand side by side, too.
            self.hands.trigger("arrange")
            behind = graph[behind.id]
        target = graph[following]
        before = {n.id for n in graph.nodes}
        middle = QPointF((behind.x + target.x + WIDTH) / 2, (behind.y + target.y + HEIGHT) / 2)
        self.hands.canvas.fit()
        self.hands.drop_layer(action.kind, middle)
        (added,) = {n.id for n in graph.nodes} - before
        assert graph.sources(added) == [behind.id]
        self.hands.canvas.fit()
        for option, value in action.options.items():
            self.do(act.SetOption(node=graph[added].name, option=option, value=value))

    @do.register
    def _(self, action: act.RemoveLayer) -> None:
        self.click_node(action.node)
        self.hands.trigger("bridge")

    @do.register
    def _(self, action: act.Train) -> None:
        runner, bar = self.window.runner, self.window.panels.run_bar
        self.hands.wait(lambda: runner.has_network)
        before = runner.snapshot
        # A few epochs are over before anybody could press Pause.
        bar.speed.setCurrentIndex(0 if action.epochs else 1)
        QTest.mouseClick(bar.train_button, LEFT)
        self.hands.wait(lambda: runner.snapshot.steps > before.steps or runner.snapshot.phase in ENDED)
        if action.epochs:
            self.hands.wait(
                lambda: (
                    runner.snapshot.epoch >= before.epoch + action.epochs or runner.snapshot.phase in ENDED
                )
            )
            if runner.snapshot.phase == Phase.RUNNING:
                QTest.mouseClick(bar.train_button, LEFT)
            self.hands.wait_phase(Phase.PAUSED, *ENDED)
        else:
            self.hands.wait_phase(*ENDED)

    @do.register
    def _(self, _action: act.Reset) -> None:
        bar, start = self.window.panels.run_bar, self.window.runner.snapshot.start
        if not bar.reset_action.isEnabled():
            # Nothing was learned or set yet, so the first weights are there.
            assert self.window.runner.snapshot.steps == 0
            return
        QTest.mouseClick(bar.widgetForAction(bar.reset_action), LEFT)
        self.hands.wait(lambda: self.window.runner.snapshot.start > start)
        self.hands.wait_phase(Phase.READY)


@pytest.fixture
def learner(hands, monkeypatch) -> Learner:
    # Nobody would be through with a step and at Train again within a second after a run has ended.
    monkeypatch.setattr(run_bar, "LATE_CLICK", 0.0)
    # A lesson asks whether a painting was waited for, and not what it shows.
    paint_in_few_steps(monkeypatch)
    return Learner(hands)


class Teacher:
    """Opens the editor and uses its widgets."""

    def __init__(self, hands) -> None:
        self.hands, self.window = hands, hands.window

    @property
    def authoring(self):
        return self.window.authoring

    @property
    def editor(self):
        return self.window.authoring.editor

    def opened(self, before=None):
        """The editor, once the nodes of its project are known."""
        self.hands.wait(lambda: self.editor not in (None, before) and self.authoring.names.start is not None)
        return self.editor

    def edit_copy(self):
        self.authoring.copy(shipped_lesson("celsius"))
        return self.opened()

    def checked(self):
        """What is said once the check is over."""
        editor = self.editor
        QTest.mouseClick(editor.check, LEFT)
        self.hands.wait(lambda: editor.said.text().endswith(("step.", "not.", "again.")))
        return editor.said.text()

    def click(self, button) -> None:
        QTest.mouseClick(button, LEFT)

    def kept(self, folder):
        """The draft as it lies on the disk, once all is written."""
        self.hands.wait(lambda: not self.window.runner.inquiries.are_open)
        return read_draft(folder).content


@pytest.fixture
def teacher(hands):
    yield Teacher(hands)
    # By now the window is closed, and answers no more questions.
    hands.window.authoring.leave()


@pytest.fixture
def asked(monkeypatch):
    """What a person is asked; they say yes, and give up what was not saved."""
    asked = []

    def exec_(box):
        asked.append(box.text())
        button = QMessageBox.StandardButton
        return button.Yes if box.standardButtons() & button.Yes else button.Discard

    monkeypatch.setattr(QMessageBox, "exec", exec_)
    return asked
