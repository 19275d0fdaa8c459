"""TensorBoard's files are read here by the published format alone: checksums and protocol buffers."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
from runs.recorded import record, trained

from nnstudio.model.atomic_file import FileError
from nnstudio.runs.record import RunRecord
from nnstudio.runs.tensorboard import folder_name, write_tensorboard
from nnstudio.training.curve import Curve


def crc32c(data: bytes) -> int:
    """Castagnoli's checksum, bit by bit (RFC 3720, appendix B.4)."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def masked(data: bytes) -> int:
    crc = crc32c(data)
    return (crc >> 15 | crc << 17) + 0xA282EAD8 & 0xFFFFFFFF


def records(content: bytes) -> Iterator[bytes]:
    """Payloads of a TFRecord file: length, its checksum, data, its checksum."""
    at = 0
    while at < len(content):
        (length,) = struct.unpack_from("<Q", content, at)
        assert struct.unpack_from("<I", content, at + 8) == (masked(content[at : at + 8]),)
        data = content[at + 12 : at + 12 + length]
        assert struct.unpack_from("<I", content, at + 12 + length) == (masked(data),)
        yield data
        at += 16 + length


def fields(data: bytes) -> Iterator[tuple[int, object]]:
    """Numbers and raw values of a protocol buffer."""

    def varint() -> int:
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    at = 0
    while at < len(data):
        key = varint()
        kind = key & 7
        if kind == 0:
            yield key >> 3, varint()
            continue
        size = {1: 8, 5: 4}.get(kind) or varint()
        raw = data[at : at + size]
        at += size
        yield key >> 3, struct.unpack("<d" if size == 8 else "<f", raw)[0] if kind in (1, 5) else raw


def scalars(file: Path) -> dict[str, list[tuple[int, float, float]]]:
    """By tag: epoch, value and time. An Event has wall_time 1, step 2, summary 5; a Summary.Value has tag 1
    and simple_value 2.
    """
    read: dict[str, list[tuple[int, float, float]]] = {}
    for data in records(file.read_bytes()):
        event = dict(fields(data))
        for _, value in fields(event.get(5, b"")):
            parts = dict(fields(value))
            if 2 in parts:
                read.setdefault(parts[1].decode(), []).append((event.get(2, 0), parts[2], event[1]))
    return read


def test_the_checksum_here_is_the_published_one():
    # RFC 3720, B.4: 32 bytes of zeros, and "123456789" of every catalogue of checksums.
    assert crc32c(bytes(32)) == 0x8A9136AA and crc32c(b"123456789") == 0xE3069283


def test_every_number_of_the_curve_arrives(tmp_path):
    _, session = trained("xor", 3)
    run = record(5, name="mine", watched="validation", began="2026-11-30T00:00:00Z", settings={"seed": 3})
    (folder,) = write_tensorboard([(run, session.history)], tmp_path / "tb")
    (file,) = folder.iterdir()
    assert folder == tmp_path / "tb" / "mine-00000000" and "tfevents" in file.name
    read = scalars(file)
    assert set(read) == {
        "loss/training", "loss/validation", "accuracy/training", "accuracy/validation",
        "speed/samples_per_second",
    }  # fmt: skip
    for tag, name in (("loss/training", "loss"), ("accuracy/validation", "val_accuracy")):
        assert [step for step, _, _ in read[tag]] == [1, 2, 3]
        assert [value for _, value, _ in read[tag]] == pytest.approx(session.history.column(name), rel=1e-6)
    times = [at for _, _, at in read["loss/training"]]
    assert times == pytest.approx([1795996800.0 + epoch.seconds for epoch in session.history])
    assert b"**Seed**: 3" in file.read_bytes()


def test_what_does_not_apply_is_left_out(tmp_path):
    _, session = trained("celsius", 2)
    (folder,) = write_tensorboard([(record(1, name="c"), session.history)], tmp_path)
    assert set(scalars(next(folder.iterdir()))) == {
        "loss/training", "loss/watched", "speed/samples_per_second",
    }  # fmt: skip


def test_runs_of_one_name_have_folders_of_their_own_and_none_is_written_over(tmp_path):
    def run(number: int) -> tuple[RunRecord, Curve]:
        return record(number * 16**30, name="same"), Curve()

    folders = write_tensorboard([run(1), run(2)], tmp_path)
    assert len(set(folders)) == 2
    with pytest.raises(FileError, match="already exists"):
        write_tensorboard([run(3), run(2)], tmp_path)
    assert sorted(tmp_path.iterdir()) == sorted(folders), "nothing is left of the one that came first"


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(FileError, match="cannot be written"):
        write_tensorboard([(record(1), Curve())], tmp_path / "file" / "tb")


@pytest.mark.parametrize(
    "name, folder",
    [("a/b\\c:d", "a_b_c_d"), ("..", ""), ("Ä 1.", "Ä 1"), ("x" * 300, "x" * 60), ("a\nb", "a_b")],
)
def test_names_are_names_of_folders_everywhere(name, folder):
    assert folder_name(record(1, name=name)) == f"{folder}-00000000"
