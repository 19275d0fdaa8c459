"""Remedies after which the data is other than it was, and how a trial comes by it without the file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nnstudio.data.dataset import DataError, Dataset, sources
from nnstudio.data.series_file import SeriesFile, series_dataset
from nnstudio.data.tables.series_gaps import TIME_GAPS, TimeGaps
from nnstudio.doctor.corrections import choose
from nnstudio.model.document import Document
from nnstudio.model.problems import Repair


class Rereading(Repair):
    """A remedy that says something else of the data; a series is cut anew as the document says then."""

    def read(self, document: Document, data: Dataset) -> Dataset:
        """The data as it would be read then. Raises DataError."""
        if data.series is None:
            raise DataError("Only a series can be cut anew without its file.")
        reference = document.data
        options: dict[str, Any] = sources[reference.kind].complete(reference.options)
        if reference.kind != SeriesFile.id:
            # As shipped series are read.
            options |= {TIME_GAPS.name: TimeGaps.INTERPOLATE.value, "path": data.name}
        options = sources[SeriesFile.id].complete(options)
        return series_dataset(Path(options["path"]), data.series.series, options)


def series_cut(title: str, **options: Any) -> Repair:
    """Other options of a series, as one undo step."""
    return Rereading(title, lambda document, _graph: choose(document, title, **options))
