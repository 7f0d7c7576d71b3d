"""The printed listing of programs, compared with stored text."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given, settings

import chainrule as cr
from autodiff.programs import HERE as LIBRARY
from autodiff.programs import programs
from chainrule.nn import Linear, ReLU, Sequential
from chainrule.ops.losses import mse
from chainrule.program import Program
from chainrule.train.steps.tracing import trace_training
from engine.comparison import planned
from program.training import plan_training

HERE = Path(__file__).parent


def test_the_listing_of_a_training_step():
    model = Sequential(Linear(3, 2, seed=1), ReLU(), Linear(2, 1, None, seed=2))
    x, y = cr.spec((4, 3)), cr.spec((4, 1))
    graph = trace_training(model, mse, x, y).graph
    program = plan_training(model, graph)
    assert f"{program}\n" == (HERE / "training_step.txt").read_text(encoding="utf-8")


def test_the_listing_of_views_calls_integers_and_parameters():
    def function(x: cr.Tensor, labels: cr.Tensor) -> list[cr.Tensor]:
        hot = cr.one_hot(labels, 3)
        return [cr.cumsum(cr.leaky_relu(x, 0.25), axis=0) @ hot.T, labels + 1]

    program = planned(cr.trace(function, cr.spec((4, 3)), cr.spec(5, int)))
    assert f"{program}\n" == (HERE / "mixed.txt").read_text(encoding="utf-8")


def check_listed_nodes(program: Program) -> None:
    names = program.graph.names()
    lines = [line for line in str(program).splitlines()[1:] if line[:6].strip()]
    assert len(lines) == len(program.instructions)
    for line, instruction in zip(lines, program.instructions, strict=True):
        assert instruction.nodes
        _, _, listed = line.partition("   # ")
        assert listed == ", ".join(dict.fromkeys(names[node] for node in instruction.nodes))


@settings(max_examples=60, derandomize=True, database=None, deadline=None)
@given(programs())
def test_every_instruction_lists_its_nodes(program):
    specs = [cr.spec(shape) for shape in program.shapes]
    check_listed_nodes(planned(cr.trace(lambda *leaves: program.run(LIBRARY, *leaves), *specs)))
