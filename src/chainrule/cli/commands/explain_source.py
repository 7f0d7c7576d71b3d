"""Explains the SOURCE of `chainrule explain`: an expression, a worked example, or a run."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chainrule.cli.arguments.run_samples import is_run, parse_rows
from chainrule.errors import OptionError, UnknownNameError

if TYPE_CHECKING:
    from chainrule.gallery.example import Example
    from chainrule.train.runs.trained_network import RecordedLoss

__all__ = ["explanation_of", "record_run"]

_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
"""What the name of an example looks like."""


def explanation_of(source: str, values: dict[str, Any], options: dict[str, Any]) -> Any:
    """Explain an expression, the example of that name, or a run."""
    source, samples = source.strip(), options["samples"]
    options = {name: value for name, value in options.items() if name != "samples"}
    example = None if samples else _example(source)
    member = options.pop("member", None)
    if member is not None and not (samples or is_run(source, values)):
        raise OptionError("--member", expected="a run", got=source, remedy="leave it out")
    if "engine" in options and not (example and example.trains):
        expected = "a worked example that is trained"
        raise OptionError("--engine", expected=expected, got=source, remedy="leave it out")
    if example:
        return example.work(values, **_example_options(options))
    from chainrule.explain import explain, read

    if samples or is_run(source, values):
        run = record_run(source, samples, options["wrt"] or (), values, member)
        options |= {"wrt": run.wrt, "steps": options["steps"] or "names"}
        for name in ("learn", "inputs"):
            if name in options:
                options[name] = [*map(run.labels.plain, options[name])]
        titled: dict[str, Any] = {"title": run.title} | _update_options(options)
        return explain(run.loss, **titled).labelled(run.labels)
    if _looks_like_an_example(source, values):
        from chainrule import gallery

        raise UnknownNameError("example", source, gallery.names())
    output = read(source, values, intermediates=options["steps"] != "names")
    lines = (line.strip() for line in source.splitlines())
    options = {"title": "\n".join(filter(None, lines)), "trim": bool(options["wrt"])} | options
    return explain(output, **_update_options(options))


def _example(source: str) -> Example | None:
    """The example of that name.  The gallery takes 15 ms to import, which no expression needs."""
    if not _WORD.fullmatch(source):
        return None
    from chainrule import gallery

    return gallery.get(source) if source in gallery.names() else None


def _update_options(options: dict[str, Any]) -> dict[str, Any]:
    """The options as `cr.explain` calls them; those about an update need a learning rate."""
    for name in ("learn", "inputs", "repeat"):
        if name in options and options["learning_rate"] is None:
            raise OptionError(
                f"--{name}", expected="a learning rate", got="none", remedy="add --lr 0.1"
            )
    learn = options.get("learn")
    others = {name: value for name, value in options.items() if name != "learn"}
    return others | ({"parameters": learn} if learn else {})


def record_run(
    source: str,
    rows: Sequence[str],
    wrt: Sequence[str],
    values: dict[str, Any],
    member: int | None = None,
) -> RecordedLoss:
    """Record the loss of the held-out `rows` of a run, with the parameters that `wrt` names.

    Of an ensemble, it is that of one `member`.
    """
    if values:
        raise OptionError(
            "value",
            expected="a run alone: its numbers are those it was trained to",
            got=f"values for {', '.join(values)}",
            remedy="leave them out",
        )
    numbers = parse_rows(rows)
    from chainrule.domains import recorded

    return recorded.record_run(Path(source), numbers, wrt, member)


def _looks_like_an_example(source: str, values: dict[str, Any]) -> bool:
    """Whether `source` is a mistyped name of an example; `x-y` with values for x and y is not."""
    if not _WORD.fullmatch(source) or source in values:
        return False
    import difflib  # slow to import, and most sources are no single word

    from chainrule import gallery

    return not values or bool(difflib.get_close_matches(source, gallery.names(), n=1))


def _example_options(options: dict[str, Any]) -> dict[str, Any]:
    """The options as `Example.work` calls them: its `inputs` are values, and it is small."""
    called = {"inputs": "inputs_stay"}
    return {called.get(name, name): v for name, v in options.items() if name != "full"}
