"""train.py: a training loop by model.fit with the project's settings."""

from __future__ import annotations

from collections.abc import Mapping
from string import Template
from typing import Any

from nnkernels.program import Target
from nnkernels.spec import losses, schedules
from nnkernels.spec.class_weights import read_class_weights
from nnstudio.export.format import ExportError
from nnstudio.export.keras import training_text as texts
from nnstudio.export.keras.graph import TITLE, graph_of
from nnstudio.export.keras.label_losses import is_of_labels, loss_of_labels
from nnstudio.export.network import ExportedNetwork
from nnstudio.export.pytorch.model import listed
from nnstudio.export.train_code import FLOAT32, number, reading, refuse_groups, told_factors, train_code
from nnstudio.model.settings import EXTRAS

OPTIMIZERS: Mapping[str, str] = {
    "sgd": "SGD(rate, momentum={momentum}, nesterov={nesterov}, weight_decay={weight_decay}",
    "adam": "Adam(rate, beta_1={beta1}, beta_2={beta2}, epsilon={epsilon}",
    "adamw": "AdamW(rate, weight_decay={weight_decay}, beta_1={beta1}, beta_2={beta2}, epsilon={epsilon}",
    "rmsprop": "RMSprop(rate, rho={alpha}, epsilon={epsilon}",
    "adagrad": "Adagrad(rate, initial_accumulator_value=0.0, epsilon={epsilon}",
    "lion": "Lion(rate, beta_1={beta1}, beta_2={beta2}, weight_decay={weight_decay}",
}
# Of the run's rate; those of a schedule by its options.
FACTORS: Mapping[str, str] = {
    "constant": "1.0",
    "step": "{gamma} ** ops.floor(ops.floor(step / self.per_epoch) / {every})",
    "cosine": "{final} + (1 - {final}) * (1 + ops.cos(np.pi * ops.minimum(step / self.total, 1.0))) / 2",
    "linear": "1 + ({final} - 1) * ops.minimum(step / self.total, 1.0)",
}
HEEDED = {"warmup_steps", "l1", "l2", "clip_value", "clip_norm", "max_norm", "patience"}
# Losses of numbers: Keras's own, the mean of the errors, and what each error costs where they are summed.
NUMBERS = {
    "mse": ('"mean_squared_error"', "ops.square(output - y)"),
    "mae": ('"mean_absolute_error"', "ops.abs(output - y)"),
    "huber": (
        "keras.losses.Huber({delta})",
        "ops.where(ops.abs(output - y) > {delta}, {delta} * (ops.abs(output - y) - {delta} / 2), "
        "ops.square(output - y) / 2)",
    ),
}


def training_text(network: ExportedNetwork) -> str:
    """The whole file. Raises ExportError for a loss that has no counterpart."""
    return _Training(network).text()


class _Training:
    """The parts of the text; ``notes`` say where it is not what nnstudio does."""

    def __init__(self, network: ExportedNetwork) -> None:
        refuse_groups(TITLE, network)
        self.network, self.settings, self.graph = network, network.settings, graph_of(network)
        self.extras = {option.name: self.settings.extra(option.name) for option in EXTRAS}
        self.notes = ["Fresh weights begin as Keras' layers do, and batches come in another order."]
        self.constants: list[str] = []
        self.functions: list[str] = []
        self.losses: dict[str, str] = {}
        self.callbacks: list[str] = []

    def text(self) -> str:
        parts = {
            "optimizer": self._optimizer(), "compiled": self._compiled(), "prepare_model": self._model(),
            "schedule": self._schedule(),
        }  # fmt: skip
        if self.extras["patience"]:
            self._constants("patience")
            self.callbacks.append(
                "keras.callbacks.EarlyStopping(watched, patience=PATIENCE, restore_best_weights=True)"
            )
        self.notes += told_factors(self.network, self.graph.names)
        self._note_what_is_left_out()
        return train_code(
            texts.TRAIN, self.network, self.notes, **parts,
            constants="".join(f"{line}\n" for line in self.constants),
            losses="".join(f"\n{text}\n" for text in self.losses.values()),
            functions="".join(self.functions), read=reading(self.network, self._parts(), FLOAT32),
            callbacks=", ".join(self.callbacks),
        )  # fmt: skip

    def _optimizer(self) -> str:
        options, name = dict(self.settings.hyperparameters()), self.settings.optimizer
        limits = [
            f", {there}={here.upper()}"
            for here, there in (("clip_value", "clipvalue"), ("clip_norm", "global_clipnorm"))
            if self.extras[here]
        ]
        self._constants("clip_value", "clip_norm")
        if len(limits) > 1:
            limits.pop()
            self.notes.append("Keras limits gradients in one way; that of their norm is left out.")
        if name not in OPTIMIZERS:
            self.notes.append(
                f"The optimizer is {name!r} in nnstudio, which Keras lacks; Adam stands in for it. Choose a "
                "learning rate that suits it."
            )
            return f"keras.optimizers.Adam(rate{''.join(limits)})"
        if name == "sgd":
            # Without momentum there is nothing to look ahead with.
            options["nesterov"] = bool(options["nesterov"] and options["momentum"])
            if options["weight_decay"] and options["momentum"]:
                self.notes.append("Weight decay is no part of the momentum here.")
        elif name != "lion":
            self.notes.append("The optimizer's epsilon acts a little otherwise in Keras.")
        words = OPTIMIZERS[name].format(**{k: number(v) for k, v in options.items()})
        if name == "sgd" and not options["weight_decay"]:
            words = words.replace(", weight_decay=0.0", "")
        words = words.replace(", nesterov=False", "")
        return f"keras.optimizers.{words}{''.join(limits)})"

    def _compiled(self) -> str:
        """The losses of all outputs, and what each counts."""
        targets = self.network.targets
        terms = [self._term(target) for target in targets]
        if len(terms) == 1:
            weight = targets[0].weight
            return terms[0] + ("" if weight == 1 else f", loss_weights={number(weight)}")
        weights = ", ".join(number(t.weight) for t in targets)
        return f"[{', '.join(terms)}], loss_weights=[{weights}]"

    def _term(self, target: Target) -> str:
        given = self.settings.loss_options if target.loss == self.settings.loss else {}
        options = losses[target.loss].complete(given)
        is_sum = options.get("reduction") == "sum"
        if target.loss in NUMBERS:
            plain, each = NUMBERS[target.loss]
            delta = number(options.get("delta", 1.0))
            if not is_sum:
                return plain.format(delta=delta)
            self.losses[target.loss] = Template(texts.SUM).substitute(each=each.format(delta=delta))
            return "sum_of_errors"
        if target.loss not in (*texts.LOSSES, "multi_label_cross_entropy"):
            raise ExportError(
                f"{TITLE} has no counterpart of the loss '{target.loss}' of '{target.node}'. Choose another "
                "loss and train again, or export safetensors: weights alone need none."
            )
        node = next(n for n in self.network.nodes if n.id == target.node)
        # Whether the activation that the loss computes itself in nnstudio is a layer of the model.
        folded = target.logits != node.inputs[0]
        name = f"{target.loss}{'' if folded else '_of_logits'}"
        if target.loss == "multi_label_cross_entropy":
            return f"keras.losses.BinaryCrossentropy(from_logits={not folded})"
        smoothing = options.get("label_smoothing", 0.0)
        smoothed = ""
        if smoothing:
            share = number(smoothing)
            smoothed = f"\n    right = (1 - {share}) * right + {share} / output.shape[-1]"
        shape = next(n for n in self.network.nodes if n.id == target.logits).shape
        if is_of_labels(options, shape):
            weighted = self._class_weights(options)
            self.losses[name] = loss_of_labels(name, target, options, shape, folded, weighted, smoothed)
            return name
        self.losses[name] = Template(texts.LOSSES[target.loss]).substitute(
            name=name, gives="probabilities" if folded else "logits", smoothed=smoothed,
            logs="ops.log(ops.maximum(output, 1e-9))" if folded else "ops.log_softmax(output)",
            logits="" if folded else ", from_logits=True", margin=number(options.get("margin", 1.0)),
            weights=" * weight_of(y)" if self._class_weights(options) else "",
        )  # fmt: skip
        return name

    def _class_weights(self, options: Mapping[str, Any]) -> bool:
        if not str(options.get("class_weights", "")).strip():
            return False
        count = max(len(self.network.classes), 2)
        values = read_class_weights(str(options["class_weights"]), count)
        values = values * count if len(values) == 1 else values
        line = listed("CLASS_WEIGHTS", [float(v) for v in values], "np.array([", '], "float32")')
        if line not in self.constants:
            self.constants.append(line)
        self.losses = {"weights": texts.WEIGHT_OF, **self.losses}
        return True

    def _parts(self) -> str:
        """Of the targets, those of each output."""
        parts = ["y" if t.columns is None else f"y[:, {list(t.columns)}]" for t in self.network.targets]
        return parts[0] if len(parts) == 1 else f"[{', '.join(parts)}]"

    def _model(self) -> str:
        owners = self.network.owners
        lines = [
            f'    model.get_layer("{self.graph.names[n.id]}").trainable = False\n'
            for n in self.network.nodes
            if n.options.get("frozen") and owners.get(n.id) == n.id
        ]
        if self.extras["max_norm"]:
            self._constants("max_norm")
            lines.append(texts.MAX_NORM)
        terms = [t for t, key in (("L1 * ops.sum(ops.abs(p))", "l1"),
                                  ("L2 * ops.sum(ops.square(p)) / 2", "l2")) if self.extras[key]]  # fmt: skip
        if terms:
            self._constants("l1", "l2")
            self.functions.append(Template(texts.PENALISED).substitute(terms=" + ".join(terms)))
            lines.append("    model = Penalised(model.input, model.output)\n")
        return "".join(lines)

    def _schedule(self) -> str:
        name, warmup = self.settings.schedule, self.extras["warmup_steps"]
        options = schedules[name].complete(self.settings.schedule_options)
        texts_of = {k: number(v) for k, v in options.items()}
        if name == "plateau":
            if warmup:
                self.notes.append("The learning rate does not warm up, as nnstudio's does.")
            self.callbacks.append(
                f"keras.callbacks.ReduceLROnPlateau(watched, factor={texts_of['gamma']}, "
                f"patience={texts_of['wait']}, min_delta=0.0)"
            )
            return "options.learning_rate"
        if name not in FACTORS:
            self.notes.append(f"The learning rate stays as it is; nnstudio's schedule {name!r} is left out.")
        if name not in FACTORS or (name == "constant" and not warmup):
            return "options.learning_rate"
        factor = FACTORS[name].format(**texts_of)
        if warmup:
            factor = f"({factor}) * ops.minimum((step + 1) / {number(warmup)}, 1.0)"
        self.functions.append(Template(texts.SCHEDULE).substitute(factor=factor))
        return "Schedule(options.learning_rate, steps, options.epochs * steps)"

    def _constants(self, *names: str) -> None:
        self.constants += [f"{n.upper()} = {number(self.extras[n])}" for n in names if self.extras[n]]

    def _note_what_is_left_out(self) -> None:
        kinds = {n.layer.id for n in self.network.nodes}
        if self.graph.left_out:
            names = ", ".join(self.graph.names[n] for n in self.graph.left_out)
            self.notes.append(f"Pictures are not changed while training by what is left out: {names}.")
        if kinds & {"randomflip", "randomshift", "randomrotation", "randomzoom"}:
            self.notes.append("Pictures are changed at random by Keras' own layers.")
        if "step" in kinds:
            self.notes.append("Step has no gradient here; nnstudio passes on a stand-in.")
        if any(n.layer.id == "gru" and n.options["reset"] == "after" for n in self.network.nodes):
            self.notes.append("A GRU learns a second bias for each gate here, not for the last one alone.")
        if any(n.options.get("statistics") == "cumulative" for n in self.network.nodes):
            self.notes.append("BatchNorm's statistics are moving means here, and not those of all batches.")
        for name, value in self.settings.extras.items():
            if value and name not in HEEDED:
                self.notes.append(f"nnstudio's setting {name!r} is left out.")


__all__ = ["training_text"]
