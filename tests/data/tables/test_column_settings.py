"""What a person says of columns: read as it was written, and every mistake is a sentence."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nnstudio.data.dataset import DataError
from nnstudio.data.tables.settings import (
    Coding,
    ColumnRole,
    ColumnSetting,
    ColumnType,
    Gaps,
    Scaling,
    Units,
    check_names,
    no_such_column,
    read_settings,
    with_word,
    write_settings,
)


def test_words_say_type_role_scaling_and_gaps():
    said = read_settings(
        'zip: category; note:left out ; age: number, as it is, leave rows out; "a: b; \\"c\\"": target, log;'
        "size: ordered small < medium < large"
    )
    assert said == {
        "zip": ColumnSetting(type=ColumnType.CATEGORY),
        "note": ColumnSetting(role=ColumnRole.LEFT_OUT),
        "age": ColumnSetting(ColumnType.NUMBER, None, Scaling.AS_IT_IS, Gaps.LEAVE_ROWS),
        'a: b; "c"': ColumnSetting(role=ColumnRole.TARGET, scaling=Scaling.LOG),
        "size": ColumnSetting(type=ColumnType.ORDERED, order=("small", "medium", "large")),
    }
    assert read_settings("") == read_settings(" ; ") == {}


SETTINGS = (
    st.builds(
        ColumnSetting,
        st.sampled_from([None, ColumnType.NUMBER, ColumnType.CATEGORY, ColumnType.DATE]),
        st.none() | st.sampled_from(ColumnRole),
        st.none() | st.sampled_from(Scaling),
        st.none() | st.sampled_from(Gaps),
    )
    | st.builds(ColumnSetting, st.just(ColumnType.CATEGORY), coding=st.sampled_from(Coding))
    | st.builds(ColumnSetting, st.just(ColumnType.NUMBER), units=st.sampled_from(Units))
    | st.builds(
        ColumnSetting,
        st.just(ColumnType.ORDERED),
        order=st.lists(st.text("abcäß 1", min_size=1).filter(lambda t: t == t.strip()), min_size=1).map(
            tuple
        ),
    )
)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.dictionaries(st.text(min_size=1), SETTINGS.filter(lambda s: s != ColumnSetting())))
def test_what_is_written_is_read_back(said):
    assert read_settings(write_settings(said)) == said


@pytest.mark.parametrize(
    "text, sentence",
    [
        ("zip", "'zip' is none"),
        ("zip: categry", "Did you mean category"),
        ('"zip: category', "is none"),
        ('"z\\q": category', "not quoted right"),
    ],
)
def test_mistakes_are_sentences(text, sentence):
    with pytest.raises(DataError, match=sentence):
        read_settings(text)


def test_a_column_that_is_not_there_is_named_with_the_nearest():
    with pytest.raises(
        DataError, match=r"no column 'zipp'\. Did you mean 'zip'\? Its columns are: age, zip\."
    ):
        check_names(read_settings("zipp: category"), ("age", "zip"), "t.csv")
    many = tuple(f"c{i}" for i in range(9))
    assert no_such_column("x", many, "t.csv").endswith("c6, c7, ....")


@pytest.mark.parametrize(
    "word", ["category", "date", "ordered a < b", "embedding", "guess type", "guess units"]
)
def test_numbers_without_unit_are_numbers_until_another_type_is_said(word):
    text, _target = with_word("v: category, embedding", "v", "without unit", "")
    assert read_settings(text)["v"] == ColumnSetting(ColumnType.NUMBER, units=Units.WITHOUT)
    after = read_settings(with_word(text, "v", word, "")[0]).get("v", ColumnSetting())
    assert after.units is None and (after.type == ColumnType.NUMBER) is (word == "guess units")
