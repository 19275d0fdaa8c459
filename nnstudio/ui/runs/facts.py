"""What there is to say of one run, beside what stands in the table."""

from __future__ import annotations

from nnkernels.spec import losses, optimizers, schedules
from nnstudio.model.quantity import counted, in_digits
from nnstudio.model.titles import entry_options, entry_title, in_sentence, titled
from nnstudio.runs.record import RunRecord, RunStatus
from nnstudio.training.ending import ending
from nnstudio.training.estimate import show_seconds


def facts(record: RunRecord, came_from: str = "") -> list[tuple[str, str]]:
    """A label and a text each; ``came_from`` is the name of the run that this one followed, if any."""
    rows = [
        ("Trained", _trained(record)),
        ("Ended", record.reason or _ending(record)),
        ("Changed", _changed(record)),
        ("Best", _best(record)),
        ("Data", _data(record)),
        ("Settings", _settings(record)),
        ("Searched", ", ".join(f"{name} = {value}" for name, value in record.values.items())),
        ("After", came_from),
        ("With", _machine(record)),
    ]
    return [(label, text) for label, text in rows if text]


def _trained(record: RunRecord) -> str:
    parts = [counted(record.epochs, "epoch"), counted(record.steps, "step")]
    # Not the time that a person waited: at Watch epochs wait, and a window draws.
    parts.append(f"{show_seconds(record.seconds)} of computing")
    if record.estimate_seconds is not None:
        goal = record.settings.get("epochs", record.epochs)
        of = f" for {counted(goal, 'epoch')}" if goal != record.epochs else ""
        parts.append(f"{show_seconds(record.estimate_seconds)} were estimated{of}")
    return ", ".join(parts)


def _ending(record: RunRecord) -> str:
    by_hand = record.status == RunStatus.STOPPED
    if not (by_hand or record.status == RunStatus.FINISHED):
        return ""
    early = (record.watched or "training") if record.stopped_early else None
    return ending(record.epochs, record.steps, by_hand, early, record.returned_to)


def _changed(record: RunRecord) -> str:
    if not record.changed_at:
        return ""
    return (
        f"at step {record.changed_at:,}, in its course: settings, network and data below are those of its end"
    )


def _best(record: RunRecord) -> str:
    epoch = record.best.get("epoch")
    if epoch is None:
        return ""
    watched = "val_loss" if record.best.get("val_loss") is not None else "loss"
    loss = record.best.get(watched)
    what = f"{record.watched or 'training'} loss"
    told = "" if loss is None else f", {what} {in_digits(loss)}"
    weights = ""
    if record.ended_with_best:
        weights = " (the run ended with its weights)"
    elif epoch != record.epochs:
        weights = " (its weights were kept)" if record.has_best_weights else " (its weights were not kept)"
    return f"epoch {epoch:,.0f}{told}{weights}"


def _data(record: RunRecord) -> str:
    name = record.data_name or record.data_kind
    return f"{name}: {record.split}" if name and record.split else name


def _settings(record: RunRecord) -> str:
    settings = record.settings
    if not settings:
        return ""
    parts = [entry_title(optimizers, settings["optimizer"])]
    given = settings["optimizer_options"]
    for option in entry_options(optimizers, settings["optimizer"]).values():
        value = given.get(option.name, option.default)
        # What everybody asks for, and what is not as it usually is.
        if option.name == "learning_rate" or value != option.default:
            parts.append(f"{in_sentence(option.title)} {value:g}")
    parts.append(f"loss {entry_title(losses, settings['loss'])}")
    if settings["schedule"] != "constant":
        parts.append(f"schedule {entry_title(schedules, settings['schedule'])}")
    parts += [f"batch size {settings['batch_size']:,}", f"seed {settings['seed']}"]
    parts += [f"{in_sentence(titled(name))} {value}" for name, value in settings["extras"].items() if value]
    return ", ".join(parts)


def _machine(record: RunRecord) -> str:
    programs = ", ".join(f"{name} {version}" for name, version in record.versions.items())
    machine = [str(record.machine.get(name, "")) for name in ("system", "processor")]
    cores = record.machine.get("cores")
    parts = [programs, *machine, counted(int(cores), "core") if cores else ""]
    return "; ".join(part for part in parts if part)
