"""What one operation of a step does to one sample, number by number; see arithmetic.py for all of them.

Each number is made anew in float64 from the values that go in, by the layer's own terms or its NumPy
reference, and stands beside what the engine computed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from nnkernels.graph.network import Resolved
from nnkernels.planning.optimizer_groups import group_of, takes_turns
from nnkernels.planning.turn_taking import TurnTaking
from nnkernels.program import ParameterSlot, named_axes
from nnkernels.spec import TargetKind, losses, optimizers, size_of
from nnkernels.spec.terms import Index, Rule, Term, Terms
from nnstudio.training.by_output import truth_of
from nnstudio.training.evaluation import Evaluation
from nnstudio.training.session import Session

# Terms of a layer's outputs that are searched, at the most, for those that a value goes into.
MOST_TERMS = 300_000
# A gradient that no rule gives is measured by a change this small, of so many inputs at a time, one in each.
CHANGE, AT_ONCE = 1e-5, 64


@dataclass(frozen=True)
class Row:
    """A labelled line of numbers; None where a column has nothing to tell.

    ``named``: which entry of an array it is, axis by axis, as "Input 2, Unit 1".
    """

    label: str
    numbers: tuple[float | None, ...]
    named: str = ""


@dataclass(frozen=True)
class Told:
    """The numbers of an operation.

    Attributes:
        columns: what the rows' numbers are.
        result: what the rows make; ``engine``: what the engine has; None where nothing can be compared.
        left_out: rows that are not shown, because others are larger.
    """

    formula: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    result_name: str = ""
    result: float | None = None
    engine: float | None = None
    note: str = ""
    left_out: int = 0


class Operations:
    """One sample's way through a network and back, as the engine went it."""

    def __init__(self, session: Evaluation, x: np.ndarray, y: np.ndarray) -> None:
        self.session, self.layout, self.target = session, session.layout, y[0]
        self.values = {n: v[0] for n, v in session.predict_all(x, list(self.layout.nodes)).items()}
        self.program = session.gradients(x, y)
        met = sorted({n.layer.title for n in self.layout.nodes.values() if self._differs(n)})
        self.note = (
            f"Loss and backward are as in training, where {', '.join(met)} worked differently." if met else ""
        )

    def in_training(self) -> None:
        """From now on the values are those of the pass through the network as training makes it."""
        self.values = {n: self.program.activation(n, 1)[0].copy() for n in self.layout.nodes}

    def gradient(self, node: str) -> np.ndarray | None:
        """The loss's gradient by what a node gave to this sample, in that shape; None where none flows."""
        gradients = self.program.output_gradient(node, 1)
        return None if gradients is None else gradients[0]

    # The operations.

    def forward(self, node: Resolved, index: Index) -> Told:
        """How one number of a layer's output comes about."""
        terms = node.layer.terms(node.options, node.input_shapes, index)
        engine, formula = float(self.values[node.id][index]), node.layer.formula
        if terms is None:
            inputs = [self.values[name].astype(np.float64) for name in node.inputs]
            account = node.layer.account(node.options, inputs, self._arrays(node), index)
            assert account is not None
            told = tuple(Row(*row) for row in account.rows)
            return Told(account.formula, account.columns, told, "output", account.value, engine)
        if terms.rule == Rule.FORMULA:
            rows, value = self._by_small_changes(node, terms, index)
            note = "Each input with its gradient: how much the output changes when the input does."
            return Told(formula, ("input", "gradient"), tuple(rows), "output", value, engine, note)
        columns, rows, value = self._terms(node, terms, index)
        return Told(formula, columns, tuple(rows), terms.rule, value, engine)

    def _terms(self, node: Resolved, terms: Terms, index: Index) -> tuple[tuple[str, ...], list[Row], float]:
        inputs = [self.values[name] for name in node.inputs]
        weights = any(t.weight for t in terms.terms)
        scaled = any(t.scale != 1 for t in terms.terms)
        values, rows = [], []
        for term in terms.terms:
            x = float(inputs[term.port][term.index])
            factor = self._trained(node, term.weight) if term.weight else term.scale
            values.append(x * factor)
            label = f"{node.inputs[term.port]}{_shown(term.index)}"
            rows.append(Row(label, (x, factor, x * factor) if weights or scaled else (x,)))
        columns: tuple[str, ...] = ("input", "weight" if weights else "share", "product")
        if not (weights or scaled):
            columns = ("input",)
        if terms.rule == Rule.LARGEST:
            return columns, rows, max(values)
        if terms.rule == Rule.PRODUCT:
            return columns, rows, float(np.prod(values))
        total = float(np.sum(values))
        if terms.offset:
            offset = self._trained(node, terms.offset)
            rows.append(Row(terms.offset[0], (None, None, offset) if weights or scaled else (offset,)))
            total += offset
        return columns, rows, total

    def _by_small_changes(self, node: Resolved, terms: Terms, index: Index) -> tuple[list[Row], float]:
        """What goes into one number, with gradients, from the layer's NumPy reference."""
        value, rows = self._reference(node)[index], []
        for first in range(0, len(terms.terms), AT_ONCE):
            changed = terms.terms[first : first + AT_ONCE]
            nudged = {
                port: np.repeat(self.values[name][None].astype(np.float64), len(changed), 0)
                for port, name in enumerate(node.inputs)
            }
            for i, term in enumerate(changed):
                nudged[term.port][(i, *term.index)] += CHANGE
            outputs = np.moveaxis(self._reference(node, nudged), 0, -1)[index]
            for term, gradient in zip(changed, (outputs - value) / CHANGE, strict=True):
                name = node.inputs[term.port]
                x = float(self.values[name][term.index])
                rows.append(Row(f"{name}{_shown(term.index)}", (x, float(gradient))))
        return rows, float(value)

    def _reference(self, node: Resolved, batches: Mapping[int, np.ndarray] | None = None) -> np.ndarray:
        """The layer's NumPy output to this sample, or to a batch for some of its inputs; float64."""
        batches = batches or {}
        count = max((len(b) for b in batches.values()), default=1)
        inputs = [
            batches.get(port, np.repeat(self.values[name][None].astype(np.float64), count, 0))
            for port, name in enumerate(node.inputs)
        ]
        output = np.asarray(node.layer.reference(node.options, inputs, self._arrays(node)), np.float64)
        return output if batches else output[0]

    def loss(self, node: Resolved, index: Index) -> Told:
        """The loss of an Output for this sample, without its weight, and its gradient by every number."""
        targets = self.layout.targets
        number = next((i for i, target in enumerate(targets) if target.node == node.id), 0)
        target = targets[number]
        outputs = self.values[target.logits].ravel().astype(np.float64)
        loss, options = losses[target.loss], self.session.loss_options
        chosen = loss.complete(options if target.loss == self.session.settings.loss else {})
        truth = truth_of(target, self.target, len(outputs))
        plain = {**chosen, "class_weights": ""} if "class_weights" in chosen else chosen
        value = float(loss.reference(plain, outputs[None], truth[None])[0])
        gradients = self.gradient(target.logits)
        rows = []
        # Each label as a 1 among the outputs of its step or pixel, one after the other.
        one_hot = (np.arange(len(outputs) // len(truth)) == truth[:, None]).astype(float).ravel()
        for i, output in enumerate(outputs):
            aim = truth[i] if loss.target == TargetKind.VALUES or len(truth) == len(outputs) else one_hot[i]
            gradient = None if gradients is None else float(gradients.ravel()[i])
            rows.append(Row(f"{target.logits}[{i + 1}]", (float(output), float(aim), gradient)))
        note = self.note
        if chosen.get("class_weights"):
            note = "With class weights, the engine's loss is the weighted sum."
        if len(targets) > 1 and target.weight != 1:
            note = f"{note} The gradient has the Output's weight, {target.weight:g}, too.".strip()
        formula, engine = f"L = {loss.title}: {loss.help}", float(self.program.losses[0, number])
        return Told(formula, ("output", "target", "∂L/∂output"), tuple(rows), "loss", value, engine, note)

    def backward(self, node: Resolved, index: Index) -> Told:
        """How the loss's gradient by one number of an output comes about: by the chain rule."""
        gradients = self.gradient(node.id)
        assert gradients is not None
        rows: list[Row] = []
        total: float | None = 0.0
        if any(t.logits == node.id for t in self.layout.targets):
            rows.append(Row("loss", (None, None, float(gradients[index]))))
            total = None
        for consumer in self.layout.nodes.values():
            if not self.program.has_output_gradient(consumer.id) or node.id not in consumer.inputs:
                continue
            parts = self._through(consumer, node.id, index)
            if parts is None:
                rows.append(Row(f"{consumer.id}, not broken down", (None, None, None)))
                total = None
                continue
            rows += parts
            if total is not None:
                total += sum(r.numbers[2] or 0.0 for r in parts)
        return Told(
            "∂L/∂x = Σ ∂L/∂y · ∂y/∂x over all y that x goes into", ("∂L/∂y", "∂y/∂x", "product"),
            tuple(rows), "∂L/∂x", total, float(gradients[index]), self.note,
        )  # fmt: skip

    def _through(self, consumer: Resolved, name: str, index: Index) -> list[Row] | None:
        """What one consumer gives back to one number; None where it cannot be told."""
        gradients = self.gradient(consumer.id)
        assert gradients is not None
        if self._differs(consumer):
            return self._through_training(consumer, name, index)
        port = consumer.inputs.index(name)
        uses = consumer.layer.uses(consumer.options, consumer.input_shapes, port, index)
        if uses is not None and consumer.inputs.count(name) == 1:
            return self._through_uses(consumer, name, index, uses)
        same = consumer.shape == self.layout.nodes[name].shape
        own = consumer.layer.terms(consumer.options, consumer.input_shapes, index) if same else None
        if own is not None and all(t.index == index for t in own.terms):
            units: list[Index] = [index]
        elif consumer.layer.is_view(consumer.options, True):
            at = np.ravel_multi_index(index, self.layout.nodes[name].shape)
            units = [tuple(int(i) for i in np.unravel_index(at, consumer.shape))]
        else:
            first = consumer.layer.terms(consumer.options, consumer.input_shapes, (0,) * len(consumer.shape))
            if first is None:
                derivatives = self._measured(consumer, name, index)
                units = [tuple(int(i) for i in unit) for unit in np.argwhere(np.abs(derivatives) > 1e-12)]
                return [self._row(consumer, u, float(gradients[u]), float(derivatives[u])) for u in units]
            if len(first.terms) * size_of(consumer.shape) > MOST_TERMS:
                return None
            units = list(product(*map(range, consumer.shape)))
        told = [(unit, self._derivative_of(consumer, unit, name, index)) for unit in units]
        return [
            self._row(consumer, unit, float(gradients[unit]), gradient) for unit, gradient in told if gradient
        ]

    def _differs(self, node: Resolved) -> bool:
        """Whether a layer trains otherwise than it predicts, so that terms and reference do not tell."""
        frozen = self.layout.is_frozen(node)
        return node.layer.differs_in_training({**node.options, "frozen": frozen})

    def _through_training(self, consumer: Resolved, name: str, index: Index) -> list[Row] | None:
        """The same of a layer that trains otherwise than it predicts."""
        gradients = self.gradient(consumer.id)
        assert gradients is not None
        went, passed = self.gradient(name), None
        alone = [n.id for n in self.layout.nodes.values() if name in n.inputs] == [consumer.id]
        if alone and went is not None and went.shape == gradients.shape and gradients[index]:
            passed = float(went[index] / gradients[index])
        pairs = consumer.layer.gradients_in_training(
            consumer.options,
            self.values[name],
            self.values[consumer.id],
            self._arrays(consumer),
            index,
            passed,
        )
        if pairs is None:
            return None
        return [self._row(consumer, unit, float(gradients[unit]), gradient) for unit, gradient in pairs]

    def _through_uses(
        self, consumer: Resolved, name: str, index: Index, uses: tuple[tuple[Index, Term], ...]
    ) -> list[Row] | None:
        """The same of a layer that knows where its values go."""
        gradients = self.gradient(consumer.id)
        assert gradients is not None
        rows = []
        first = consumer.layer.terms(consumer.options, consumer.input_shapes, uses[0][0]) if uses else None
        stored = (
            self._measured(consumer, name, index)
            if first and first.rule in (Rule.FORMULA, Rule.PRODUCT)
            else None
        )
        for unit, term in uses:
            gradient = self._trained(consumer, term.weight) if term.weight else term.scale
            if stored is not None:
                gradient = float(stored[unit])
            elif first is None or first.rule != Rule.SUM:
                gradient = self._derivative_of(consumer, unit, name, index)
            rows.append(self._row(consumer, unit, float(gradients[unit]), gradient))
        return rows

    @staticmethod
    def _row(consumer: Resolved, unit: Index, given: float, gradient: float) -> Row:
        return Row(f"{consumer.id}{_shown(unit)}", (given, gradient, given * gradient))

    def _derivative_of(self, consumer: Resolved, unit: Index, name: str, index: Index) -> float:
        """Gradient of one number of a layer's output by one number that goes in."""
        terms = consumer.layer.terms(consumer.options, consumer.input_shapes, unit)
        if terms is not None:
            mine = [t for t in terms.terms if consumer.inputs[t.port] == name and t.index == index]
            if not mine:
                return 0.0
            if terms.rule == Rule.SUM:
                return sum(self._trained(consumer, t.weight) if t.weight else t.scale for t in mine)
            if terms.rule == Rule.LARGEST:
                values = [float(self.values[consumer.inputs[t.port]][t.index]) for t in terms.terms]
                first = terms.terms[int(np.argmax(values))]
                return float(first.index == index)
        return float(self._measured(consumer, name, index)[unit])

    def _measured(self, consumer: Resolved, name: str, index: Index) -> np.ndarray:
        """Gradients of all of a layer's output by one number that goes in, from its NumPy reference."""
        ends = np.repeat(self.values[name][None].astype(np.float64), 2, 0)
        ends[(0, *index)] += CHANGE
        ends[(1, *index)] -= CHANGE
        ports = {p: ends for p, source in enumerate(consumer.inputs) if source == name}
        up, down = self._reference(consumer, ports)
        result: np.ndarray = (up - down) / (2 * CHANGE)
        return result

    def update(self, node: Resolved, index: Index) -> Told:
        """How the trained values of one unit move, were this sample the whole batch."""
        session, group = self.session, group_of(self.layout, node)
        together = not takes_turns(self.layout)
        own = session.settings.group(group)
        optimizer = optimizers[session.settings.optimizer if together else own.optimizer]
        told = Told(f"{optimizer.title}: {optimizer.help}", ("before", "gradient", "after"), ())
        if optimizer.searches:
            return replace(told, note="This optimizer tries changes of the weights; it uses no gradient.")
        slots = [s for s in self.layout.parameters if s.node == self.layout.owners.get(node.id) and s.trained]
        # An optimizer counts for itself, also where the weights came back from an earlier step.
        steps = self._steps_of(group)
        rows = []
        for slot in slots:
            at = self._of_unit(slot, node, index)
            p = self._array(slot).ravel()[at]
            g = self.program.gradient(slot).astype(np.float64).ravel()[at]
            memory = self._memory(slot, at, optimizer.slots)
            after = p.copy()
            options = optimizer.complete(session.hyperparameters if together else own.optimizer_options)
            optimizer.reference(options, steps + 1, after, g, memory)
            for flat, old, gradient, new in zip(at, p, g, after, strict=True):
                where = tuple(int(i) for i in np.unravel_index(flat, slot.shape))
                rows.append(
                    Row(
                        f"{slot.name}{_shown(where)}",
                        (float(old), float(gradient), float(new)),
                        _named(slot, where),
                    )
                )
        left = "penalties, clipping, mixup, adversarial strength and schedules"
        note = f"The step if this sample were the whole batch; {left} are left out."
        if not together:
            note += f" The gradient is of all losses together, not of those alone that train {group}."
        return replace(told, rows=tuple(rows), note=note)

    def _steps_of(self, group: str) -> int:
        """Steps that the optimizer of a group has made; of a network of the past those of all."""
        if not isinstance(self.session, Session):
            return self.session.steps
        program = self.session.program
        return program.programs[group].steps if isinstance(program, TurnTaking) else program.steps

    def _of_unit(self, slot: ParameterSlot, node: Resolved, index: Index) -> np.ndarray:
        """Flat indices of the trained values that belong to one unit."""
        indices = np.arange(slot.size).reshape(slot.shape)
        # The rows of a table are whole outputs: there the columns count the units.
        axis = slot.unit_axis or -1
        if slot.shape[axis] == node.shape[-1]:
            result: np.ndarray = np.take(indices, index[-1], axis).ravel()
            return result
        return indices.ravel()

    def _memory(self, slot: ParameterSlot, at: np.ndarray, count: int) -> list[np.ndarray]:
        """The optimizer's slots for some values; zeros for a network of the past, where none are kept."""
        size = self.layout.parameter_count
        flat = self.session.flat
        if len(flat) < size * (1 + count):
            return [np.zeros(len(at)) for _ in range(count)]
        return [flat[size * (k + 1) + slot.offset :][at].astype(np.float64) for k in range(count)]

    def _arrays(self, node: Resolved) -> dict[str, np.ndarray]:
        """The trained arrays that a node uses, by name, float64."""
        owner = self.layout.owners.get(node.id)
        return {s.name: self._array(s) for s in self.layout.parameters if s.node == owner}

    def _array(self, slot: ParameterSlot) -> np.ndarray:
        flat = self.session.parameters[slot.offset : slot.offset + slot.size]
        return flat.reshape(slot.shape).astype(np.float64)

    def _trained(self, node: Resolved, which: tuple[str, Index]) -> float:
        """A trained value that a node uses."""
        owner = self.layout.owners[node.id]
        slot = next(s for s in self.layout.parameters if (s.node, s.name) == (owner, which[0]))
        at = int(np.ravel_multi_index(which[1], slot.shape))
        return float(self.session.parameters[slot.offset + at])


def _named(slot: ParameterSlot, index: Index) -> str:
    return ", ".join(f"{axis} {i + 1}" for axis, i in zip(named_axes(slot), index, strict=True))


def _shown(index: Index) -> str:
    """An index as people count: from one."""
    return "[" + ", ".join(str(i + 1) for i in index) + "]"
