"""Writes the replay of a training as an animated GIF: every picture waits until all views show its step."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtGui import QImage, QPixmap

from nnstudio.model.atomic_file import write_atomically
from nnstudio.ui.project.messages import Cancelled
from nnstudio.ui.run.runner import NOT_READY, Runner

if TYPE_CHECKING:
    from PIL.Image import Image

# The usual pixels across a picture, colours of each, how long one stands and how long the last.
WIDTH, COLOURS, FRAME_MS, LAST_MS = 1000, 255, 110, 2000
POLL_MS = 15
NOT_WRITTEN = "The animation was not written."


class Recorder(QObject):
    """Goes through steps, one picture each. progressed(done, total); ended(sentence), "" if all went well."""

    progressed = Signal(int, int)
    ended = Signal(str)

    def __init__(
        self,
        runner: Runner,
        steps: list[int | None],
        grab: Callable[[], QPixmap],
        path: Path,
        width: int = WIDTH,
    ) -> None:
        """Pictures that are more than ``width`` pixels wide are made smaller."""
        super().__init__()
        self.runner, self.path, self._grab, self._width = runner, path, grab, width
        self._steps, self._done, self._run_id = steps, 0, runner.snapshot.run_id
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="nnstudio-gif")
        self._frames: list[Future[Image]] = []
        self._file: Future[None] | None = None
        self._cancelled = threading.Event()
        self._timer = QTimer(self, interval=POLL_MS)
        self._timer.timeout.connect(self._look)

    def start(self) -> None:
        """Begin; returns at once."""
        self.runner.orders.is_recorded = True
        self.runner.orders.travel(self._steps[0])
        self._timer.start()

    def cancel(self) -> None:
        """Stop and write nothing; once the file is being written, `ended` tells whether it came too late."""
        self._cancelled.set()
        if self._file is None:
            self._end(NOT_WRITTEN)

    def close(self) -> None:
        """The window ends: what is being written is still written, but nobody hears of it."""
        if self._file is None:
            self.cancel()
        self._timer.stop()
        self._pool.shutdown(wait=False)

    def _look(self) -> None:
        if self._file is not None:
            if self._file.done():
                error = self._file.exception()
                self._end("" if error is None else str(error))
            return
        # Between two looks, another network may have come.
        if not self.runner.planner.holds(self._run_id) or not self.runner.has_network:
            self._end(f"{NOT_WRITTEN} {NOT_READY}")
            return
        wanted = self._steps[self._done]
        if self.runner.snapshot.shown != wanted or not self.runner.worker.is_pictured():
            return
        picture = sized(self._grab().toImage(), self._width)
        self._frames.append(self._pool.submit(_with_few_colours, picture))
        self._done += 1
        self.progressed.emit(self._done, len(self._steps) + 1)
        if self._done < len(self._steps):
            self.runner.orders.travel(self._steps[self._done])
        else:
            self._file = self._pool.submit(_write, self.path, self._frames, self._check)

    def _check(self) -> None:
        if self._cancelled.is_set():
            raise Cancelled(NOT_WRITTEN)

    def _end(self, sentence: str) -> None:
        self._timer.stop()
        self.runner.orders.is_recorded = False
        if self._file is None:
            # Else all views show the network as it is, and a person may have gone on with it.
            self.runner.orders.travel(None)
        self._pool.shutdown(wait=False, cancel_futures=True)
        self.ended.emit(sentence)


def sized(picture: QImage, width: int) -> QImage:
    """A picture at most so many pixels wide."""
    if picture.width() <= width:
        return picture
    return picture.scaledToWidth(width, Qt.TransformationMode.SmoothTransformation)


def bytes_of(picture: QImage, width: int) -> int:
    """What a picture takes in an animation where nothing of it was seen before."""
    content = io.BytesIO()
    _with_few_colours(sized(picture, width)).save(content, "GIF")
    return content.tell()


def _with_few_colours(picture: QImage) -> Image:
    from PIL import Image

    plain = picture.convertToFormat(QImage.Format.Format_RGB888)
    size, line = (plain.width(), plain.height()), plain.bytesPerLine()
    return Image.frombuffer("RGB", size, bytes(plain.constBits()), "raw", "RGB", line, 1).quantize(COLOURS)


def _write(path: Path, frames: list[Future[Image]], cancel_point: Callable[[], None]) -> None:
    """All pictures were made before: the pool has one thread. Raises FileError, or as ``cancel_point``."""
    pictures = [frame.result() for frame in frames]
    times = [FRAME_MS] * (len(pictures) - 1) + [LAST_MS]
    content = io.BytesIO()
    pictures[0].save(content, "GIF", save_all=True, append_images=pictures[1:], duration=times, loop=0)
    write_atomically(path, content.getvalue(), cancel_point)
