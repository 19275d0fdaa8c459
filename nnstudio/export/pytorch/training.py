"""train.py: a training loop with the project's settings, alone or in several processes."""

from __future__ import annotations

from collections.abc import Mapping
from string import Template
from typing import Any

from nnkernels.program import Target
from nnkernels.spec import losses, schedules
from nnkernels.spec.class_weights import read_class_weights
from nnkernels.target import behind_logits
from nnstudio.export.network import ExportedNetwork
from nnstudio.export.pytorch import training_text as texts
from nnstudio.export.pytorch.graph import Graph, graph_of
from nnstudio.export.pytorch.loss import term
from nnstudio.export.pytorch.model import listed
from nnstudio.export.train_code import number, reading, refuse_groups, told_factors, train_code
from nnstudio.model.settings import EXTRAS

OPTIMIZERS: Mapping[str, str] = {
    "sgd": "torch.optim.SGD(parameters, lr=rate, momentum={momentum}, nesterov={nesterov}, "
    "weight_decay={weight_decay})",
    "adam": "torch.optim.Adam(parameters, lr=rate, betas=({beta1}, {beta2}), eps={epsilon})",
    "adamw": "torch.optim.AdamW(parameters, lr=rate, betas=({beta1}, {beta2}), eps={epsilon}, "
    "weight_decay={weight_decay})",
    "rmsprop": "torch.optim.RMSprop(parameters, lr=rate, alpha={alpha}, eps={epsilon})",
    "adagrad": "torch.optim.Adagrad(parameters, lr=rate, eps={epsilon})",
    "lion": "Lion(parameters, lr=rate, betas=({beta1}, {beta2}), weight_decay={weight_decay})",
}
# Of the run's rate; those of a schedule by its options.
FACTORS: Mapping[str, str] = {
    "constant": "1.0",
    "step": "{gamma} ** (step // per_epoch // {every})",
    "cosine": "{final} + (1 - {final}) * (1 + math.cos(math.pi * min(step / total, 1.0))) / 2",
    "linear": "1 + ({final} - 1) * min(step / total, 1.0)",
}
HEEDED = {"warmup_steps", "l1", "l2", "clip_value", "clip_norm", "max_norm", "patience"}
STAND_IN = "torch.optim.Adam(parameters, lr=rate)"


class Training:
    """The parts of the text; ``notes`` say where it is not what nnstudio does."""

    def __init__(self, network: ExportedNetwork) -> None:
        refuse_groups("PyTorch", network)
        self.network, self.settings, self.graph = network, network.settings, graph_of(network)
        self.extras = {option.name: self.settings.extra(option.name) for option in EXTRAS}
        self.notes = ["Fresh weights begin as PyTorch's modules do, and batches come in another order."]
        self.constants: list[str] = []
        self.functions: list[str] = []

    def text(self) -> str:
        """The whole file."""
        parts = {
            "optimizer": self._optimizer(), "loss": self._loss(), "prepare_model": self._model(),
            "backward": self._backward(), "step": self._step(), "schedule_start": self._schedule(),
            "after_epoch": self._after_epoch(), "after_train": self._after_train(),
            "best": texts.BEST if self.extras["patience"] else "",
        }  # fmt: skip
        self.notes += told_factors(self.network, self.graph.names)
        self._note_what_is_left_out()
        text = train_code(
            texts.TRAIN, self.network, self.notes, **parts,
            constants="".join(f"{line}\n" for line in self.constants),
            functions="".join(self.functions),
            read=reading(self.network, "torch.tensor(y, dtype=torch.float32)"),
        )  # fmt: skip
        return _without_unused(text)

    def _optimizer(self) -> str:
        options = dict(self.settings.hyperparameters())
        name = self.settings.optimizer
        if name == "lion":
            self.functions.append(texts.LION)
        if name not in OPTIMIZERS:
            self.notes.append(
                f"The optimizer is {name!r} in nnstudio, which PyTorch lacks; Adam stands in for it. "
                "Choose a learning rate that suits it."
            )
            return STAND_IN
        if name == "sgd":
            # Without momentum there is nothing to look ahead with.
            options["nesterov"] = bool(options["nesterov"] and options["momentum"])
        return OPTIMIZERS[name].format(**{k: number(v) for k, v in options.items()})

    def _loss(self) -> str:
        terms = []
        for i, target in enumerate(self.network.targets):
            output = "output" if len(self.network.targets) == 1 else f"output[{i}]"
            term = self._term(target, output)
            terms.append(term if target.weight == 1 else f"{number(target.weight)} * {term}")
        if len(terms) == 1:
            return f"    return {terms[0]}"
        lines = ["    return (", f"        {terms[0]}", *(f"        + {term}" for term in terms[1:]), "    )"]
        return "\n".join(lines)

    def _term(self, target: Target, output: str) -> str:
        """The loss of one Output."""
        given = self.settings.loss_options if target.loss == self.settings.loss else {}
        options = losses[target.loss].complete(given)
        shape = next(n.shape for n in self.network.nodes if n.id == target.logits)
        turn = self.graph.turns[target.node]
        computed = term(target, options, shape, output, turn, self._class_weights(options))
        self.functions += [f for f in computed.functions if f not in self.functions]
        return computed.text

    def _class_weights(self, options: Mapping[str, Any]) -> bool:
        if not str(options.get("class_weights", "")).strip():
            return False
        count = max(len(self.network.classes), 2)
        values = read_class_weights(str(options["class_weights"]), count)
        values = values * count if len(values) == 1 else values
        line = listed("CLASS_WEIGHTS", [float(v) for v in values], "torch.tensor([", "])")
        if line not in self.constants:
            self.constants.append(line)
        return True

    def _model(self) -> str:
        lines = []
        for name in self._folded():
            lines.append(f"    model.{name} = nn.Identity()  # the loss takes what enters it\n")
        if any(n.layer.id in ("simplernn", "lstm", "gru") for n in self.network.nodes):
            self.functions.append(texts.ONE_BIAS)
            lines.append("    keep_one_bias(model)\n")
        lines += [f"    model.{name}.requires_grad_(False)\n" for name in self._frozen()]
        return "".join(lines)

    def _folded(self) -> list[str]:
        """Final activations that the losses compute themselves."""
        nodes, targets = {n.id: n for n in self.network.nodes}, self.network.targets
        # Before it, links run through dots alone.
        folded = {behind[-1] for t in targets if (behind := behind_logits(nodes, t))}
        both = [t for t in targets if not behind_logits(nodes, t) and nodes[t.node].inputs[0] in folded]
        if both:
            self.notes.append(
                f"Here the loss of '{self.graph.names[both[0].node]}' sees what enters its last activation, "
                "for another output that shares it needs that; in nnstudio it sees what comes out."
            )
        return sorted(self.graph.names[node] for node in folded)

    def _frozen(self) -> list[str]:
        owners = self.network.owners
        return [
            self.graph.names[n.id]
            for n in self.network.nodes
            if n.options.get("frozen") and owners.get(n.id) == n.id
        ]

    def _backward(self) -> str:
        terms = [t for t, key in (("L1 * p.abs().sum()", "l1"), ("L2 * p.square().sum() / 2", "l2"))
                 if self.extras[key]]  # fmt: skip
        if not terms:
            return "loss.backward()"
        self.functions.append(Template(texts.PENALTY).substitute(terms=" + ".join(terms)))
        self._constants("l1", "l2")
        return "(loss + penalty(trained)).backward()"

    def _constants(self, *names: str) -> None:
        self.constants += [f"{n.upper()} = {number(self.extras[n])}" for n in names if self.extras[n]]

    def _step(self) -> str:
        """What happens between the gradients and the next batch."""
        lines = []
        self._constants("clip_value", "clip_norm", "max_norm")
        if self.extras["clip_value"]:
            lines.append("nn.utils.clip_grad_value_(trained, CLIP_VALUE)")
        if self.extras["clip_norm"]:
            lines.append("nn.utils.clip_grad_norm_(trained, CLIP_NORM)")
        lines.append("optimizer.step()")
        if self._has_factor():
            lines.append("schedule.step()")
        if self.extras["max_norm"]:
            self.functions.append(texts.MAX_NORM)
            lines.append("limit_norms(model)")
        return "".join(f"            {line}\n" for line in lines)

    def _has_factor(self) -> bool:
        return self.settings.schedule in FACTORS and (
            self.settings.schedule != "constant" or bool(self.extras["warmup_steps"])
        )

    def _schedule(self) -> str:
        name, options = self.settings.schedule, self._schedule_options()
        if name == "plateau":
            if self.extras["warmup_steps"]:
                self.notes.append("The learning rate does not warm up, as nnstudio's does.")
            return (
                f"    schedule = torch.optim.lr_scheduler.ReduceLROnPlateau(\n        optimizer, "
                f"factor={options['gamma']}, patience={options['wait']}, threshold=0.0\n    )\n"
            )
        if name not in FACTORS:
            self.notes.append(f"The learning rate stays as it is; nnstudio's schedule {name!r} is left out.")
        if not self._has_factor():
            return ""
        factor = FACTORS[name].format(**options)
        if warmup := self.extras["warmup_steps"]:
            factor = f"({factor}) * min((step + 1) / {number(warmup)}, 1.0)"
        self.functions.append(Template(texts.FACTOR).substitute(factor=factor))
        return (
            "    steps = (len(loader), options.epochs * len(loader))\n"
            "    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: factor(step, *steps))\n"
        )

    def _schedule_options(self) -> dict[str, str]:
        options = schedules[self.settings.schedule].complete(self.settings.schedule_options)
        return {k: number(v) for k, v in options.items()}

    def _after_train(self) -> str:
        """Frozen layers keep their running statistics."""
        return "".join(f"        model.{name}.eval()\n" for name in self._frozen())

    def _after_epoch(self) -> str:
        text = "        schedule.step(watched)\n" if self.settings.schedule == "plateau" else ""
        if self.extras["patience"]:
            self._constants("patience")
            text += texts.PATIENCE
        return text

    def _note_what_is_left_out(self) -> None:
        graph: Graph = self.graph
        if graph.left_out:
            names = ", ".join(graph.names[n] for n in graph.left_out)
            self.notes.append(f"Pictures are not changed while training; left out: {names}.")
        kinds = {n.layer.id for n in self.network.nodes}
        if "step" in kinds:
            self.notes.append("Step has no gradient here; nnstudio passes on a stand-in.")
        if "batchnorm" in kinds:
            self.notes.append("With several processes, BatchNorm goes by the samples of each process.")
        for name, value in self.settings.extras.items():
            if value and name not in HEEDED:
                self.notes.append(f"nnstudio's setting {name!r} is left out.")


def _without_unused(text: str) -> str:
    """Without imports that nothing uses."""
    if "math." not in text:
        text = text.replace("import math\n", "")
    uses = text.replace("torch.nn.", "").replace("import nn", "")
    return text if " nn." in uses or "(nn." in uses else text.replace("from torch import nn\n", "")


def training_text(network: ExportedNetwork) -> str:
    """The whole file."""
    return Training(network).text()
