"""What a plan depends on, so that a change of anything else plans nothing anew."""

from __future__ import annotations

from dataclasses import dataclass, replace

from nnkernels.graph.network import NetworkSpec
from nnstudio.model.document import DataReference
from nnstudio.model.settings import TrainingSettings
from nnstudio.project import Project


@dataclass(frozen=True)
class Key:
    """What a plan depends on; other settings apply to a running training."""

    network: NetworkSpec
    data: DataReference
    settings: TrainingSettings

    @staticmethod
    def of(project: Project) -> Key:
        """The key of a project as it is; learning rate and epochs are left out."""
        document = project.document
        settings = replace(document.settings, epochs=1).with_option("learning_rate", 1.0)
        return Key(document.to_network(), document.data, settings)
