"""Writes a lesson as a folder that `read_lesson` reads back as it is."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import tomli_w
from msgspec import Struct

from nnstudio.lessons.lesson import FILE, Lesson
from nnstudio.model.atomic_file import make_folder, write_together


def write_lesson(lesson: Lesson, project: bytes | memoryview, folder: Path) -> None:
    """Write `lesson.toml` and the project that the lesson begins with; both or none. Raises FileError."""
    make_folder(folder)
    write_together([(folder / lesson.project, project), (folder / FILE, as_toml(content_of(lesson)))])


def as_toml(content: Mapping[str, Any]) -> bytes:
    """The text of a `lesson.toml`, in UTF-8."""
    return tomli_w.dumps(content, multiline_strings=True).encode("utf-8")


def content_of(lesson: Lesson) -> dict[str, Any]:
    """A lesson as plain dictionaries and lists, without what is as it would be anyway."""
    content = _plain(lesson)
    assert isinstance(content, dict)
    return content


def _plain(value: Any) -> Any:
    if isinstance(value, Struct):
        config, content = value.__struct_config__, {}
        if config.tag_field is not None:
            content[config.tag_field] = config.tag
        for field in msgspec.structs.fields(value):
            own = getattr(value, field.name)
            if own != _default(field):
                content[field.encode_name] = _plain(own)
        return content
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return value


def _default(field: msgspec.structs.FieldInfo) -> Any:
    if field.default_factory is not msgspec.NODEFAULT:
        return field.default_factory()
    return field.default
