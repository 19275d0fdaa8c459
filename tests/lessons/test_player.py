"""A learner without a window loads data as seldom as a window does."""

from __future__ import annotations

from nnstudio.lessons import actions as act
from nnstudio.lessons.lesson import shipped_lesson
from nnstudio.lessons.player import Player
from nnstudio.project import Project


def test_data_is_loaded_anew_where_an_action_changes_it_and_only_there(monkeypatch):
    loaded, load = [], Project.load_data
    monkeypatch.setattr(Project, "load_data", lambda project: loaded.append(load(project)) or loaded[-1])
    player = Player(shipped_lesson("playground").project)
    first = player.session.data
    option = act.SetSetting(setting="learning_rate", value=0.02)
    player.play((act.Train(epochs=1), option, act.Reset(), act.Train(epochs=1)))
    other = player.copy()
    assert other.session.data is player.session.data is first and len(loaded) == 1
    other.play((act.SetData(option="noise", value=0.3),))
    assert other.session.data is loaded[1] and (first.x_train != loaded[1].x_train).any()
    assert player.session.data is first
