"""The page of a derivation: its graph, and its steps one operation at a time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from chainrule.explain.derivation import Derivation
from chainrule.explain.drawing import Diagram, circuit
from chainrule.explain.drawing.collapse import collapsed
from chainrule.explain.render.html.document import document
from chainrule.explain.render.html.escaping import escape
from chainrule.explain.render.html.fragment import rounding_html
from chainrule.explain.render.html.page_steps import Step, steps
from chainrule.explain.render.svg.circuit import svg
from chainrule.formula.numbers import NumberStyle, NumberWriter

__all__ = ["page", "stepping_section"]

PHASES = {
    "given": "Given",
    "forward": "Forward",
    "loss": "Output",
    "backward": "Backward",
    "update": "Update",
}


def page(derivation: Derivation, style: NumberStyle) -> str:
    """Write a complete page, to be opened with a double click; see `document`."""
    body, data = stepping_section(derivation, style)
    title = derivation.title or f"Where the gradient of {derivation.output} comes from"
    return document(title, "", body, data)


def stepping_section(derivation: Derivation, style: NumberStyle) -> tuple[str, dict[str, Any]]:
    """The graph and its steps as a section of a page, and the data that the page's scripts need.

    Without scripts, and on paper, all steps are listed one below the other.
    """
    all_steps = steps(derivation, style)
    number = derivation.writer(style)
    diagram = collapsed(replace(circuit(derivation, number), title=""))
    titles = PHASES | ({"loss": "Loss"} if derivation.updates else {})
    items = "\n".join(_item(step, titles) for step in all_steps)
    after = ""
    if derivation.rounding is not None:
        after = f'<div class="chainrule">{rounding_html(derivation.rounding, number)}</div>'
    body = f"""<section class="walk" aria-label="Step by step">
<div class="stage">
<div class="graph">
<div class="canvas" role="group" aria-label="The graph" aria-describedby="keys">
{_drawing(diagram, number)}
</div>
<div class="zoom" role="group" aria-label="Size of the graph" hidden="">
<button type="button" data-zoom="0.8" aria-label="Smaller">−</button>
<button type="button" data-zoom="1.25" aria-label="Larger">+</button>
</div>
</div>
{_controls(all_steps, titles)}
</div>
<p class="unseen" role="status" aria-live="polite"></p>
<div class="panels">
<section class="detail" aria-label="What was selected" tabindex="-1" hidden=""></section>
<ol class="steps">
{items}
</ol>
</div>
{after}
<p class="keys" id="keys">A dash is a number that is not computed yet. ← and → step through.
Select a node or an edge to see its numbers; in the graph, ↑ and ↓ move, Enter selects.</p>
</section>"""
    return body, _script_data(all_steps, titles, diagram)


def _drawing(diagram: Diagram, number: NumberWriter) -> str:
    """The graph without its style and title, which the page has."""
    return re.sub(r"<style>.*?</style>", "", svg(diagram, number), count=1, flags=re.DOTALL)


def _item(step: Step, titles: dict[str, str]) -> str:
    data = f'data-phase="{step.phase}" data-about="{escape(step.about)}"'
    head = f'<span class="phase">{titles[step.phase]}</span> {step.heading}'
    return (
        f'<li class="step" {data}><h2>{head}</h2><p class="says">{step.sentence}</p>'
        f'<div class="work">{step.equations}</div></li>'
    )


def _controls(all_steps: Sequence[Step], titles: dict[str, str]) -> str:
    first = {step.phase: i for i, step in reversed(list(enumerate(all_steps)))}
    phases = "".join(
        f'<button type="button" data-go="{first[phase]}" data-phase="{phase}">{title}</button>'
        for phase, title in titles.items()
        if phase in first
    )
    return f"""<div class="controls" role="group" aria-label="Steps" hidden="">
<div class="phases" role="group" aria-label="Go to">{phases}</div>
<div class="ride">
{_button("first", "First step (Home)", "M3 3v10M12 3 6 8l6 5z")}
{_button("back", "Step back (←)", "M11 3 5 8l6 5z")}
<input type="range" min="0" max="{len(all_steps) - 1}" value="0" aria-label="Step"/>
{_button("on", "Step on (→)", "M5 3l6 5-6 5z")}
{_button("last", "Last step (End)", "M13 3v10M4 3l6 5-6 5z")}
</div>
<p class="count"><span></span>
<button type="button" data-move="all" aria-pressed="false">All steps</button></p>
</div>"""


def _button(move: str, label: str, path: str) -> str:
    icon = f'<svg viewBox="0 0 16 16" width="16" height="16"><path d="{path}"/></svg>'
    return f'<button type="button" data-move="{move}" title="{label}">{icon}</button>'


def _script_data(
    all_steps: Sequence[Step], titles: dict[str, str], diagram: Diagram
) -> dict[str, Any]:
    """The nodes and edges of each of the `steps`, and the `groups` of nodes drawn as one.

    The scripts find everything else on the page.
    """
    return {
        "groups": {box.name: box.holds for box in diagram.boxes if box.members > 1},
        "steps": [
            {
                "phase": step.phase,
                "about": step.about,
                "label": f"{titles[step.phase]}: {step.label}",
                "nodes": step.nodes,
                "edges": step.edges,
            }
            for step in all_steps
        ],
    }
