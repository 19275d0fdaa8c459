"""One sound file as samples: its start, on one channel. soundfile reads it; imported when first needed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nnstudio.data.mel import resampled
from nnstudio.model.atomic_file import FileError, check_regular
from nnstudio.model.folders import files_called

SUFFIXES = {".wav", ".flac", ".ogg", ".mp3"}
# Beyond these a header is damaged.
MOST_CHANNELS, RATES = 64, (1000, 1_000_000)


@dataclass(frozen=True)
class Header:
    """What a file says of itself."""

    rate: int
    channels: int
    frames: int

    @property
    def seconds(self) -> float:
        return self.frames / self.rate


def sound_files(folder: Path) -> list[Path]:
    """Files below a folder that are called like sounds, sorted; no hidden ones. Raises FileError."""
    return files_called(folder, SUFFIXES)


def read_header(path: Path) -> Header | None:
    """None where it is no sound, or an empty one."""
    import soundfile

    try:
        check_regular(path)
        info = soundfile.info(str(path))
    except (FileError, OSError, RuntimeError):
        return None
    header = Header(int(info.samplerate), int(info.channels), int(info.frames))
    is_sound = RATES[0] <= header.rate <= RATES[1] and 1 <= header.channels <= MOST_CHANNELS
    return header if is_sound and header.frames > 0 else None


def read_sound(path: Path, header: Header, rate: int, samples: int) -> np.ndarray | None:
    """The first samples (n,) at a rate, float64, the mean of all channels; None where it cannot be read."""
    import soundfile

    needed = min(-(-samples * header.rate // rate) + 1, header.frames)
    try:
        sound, _ = soundfile.read(str(path), needed, dtype="float32", always_2d=True)
    except (OSError, RuntimeError, ValueError, MemoryError):
        return None
    if not len(sound) or not np.isfinite(sound).all():
        return None
    return resampled(sound.mean(1, dtype=np.float64), header.rate, rate)[:samples]
