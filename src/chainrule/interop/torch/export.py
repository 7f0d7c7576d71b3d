"""From a module to its recording, by `torch.export`.

The operations are taken as the user wrote them (`linear`, `conv2d`, `gelu`), so that a story has
them too.  Only what has no counterpart here is taken apart, into PyTorch's core operations.
"""

# pyright: reportMissingImports=false
# (PyTorch is an extra: types are checked without it)
from __future__ import annotations

import contextlib
import io
import logging
import operator
import traceback
import warnings
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
import torch
from torch.fx import Node
from torch.fx.experimental.proxy_tensor import make_fx
from torch.utils import _pytree as pytree

from chainrule.errors import OptionError
from chainrule.graph import Spec
from chainrule.interop.torch.operations import OPERATIONS
from chainrule.interop.torch.place import line, of_user, place
from chainrule.interop.torch.recording import Call, Input, Place, Recording, Ref
from chainrule.interop.torch.titles import titles

__all__ = ["export"]

_IGNORED = ("_assert_tensor_metadata", "sym_constrain_range_for_size", "_assert_scalar")


def export(module: torch.nn.Module, specs: Sequence[Spec]) -> Recording:
    """Record `module`, in the mode it is in, on inputs of these shapes and dtypes.

    Raises OptionError where `torch.export` cannot, and for operations without counterpart.
    """
    examples = tuple(torch.zeros(s.shape, dtype=_torch_dtype(s.dtype)) for s in specs)
    with _quiet():
        try:
            exported = torch.export.export(module, examples)
        except Exception as error:  # anything may come from a user's forward
            raise OptionError(
                f"from_torch: {type(module).__name__}",
                expected=f"a module that runs on {', '.join(map(str, specs)) or 'no inputs'} "
                "and that torch.export can record",
                got=_told(error),
            ) from error
        return _read(exported)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without PyTorch's notes about its own inside: nobody here could act on them."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


def _read(exported: Any) -> Recording:
    leaves: list[Input] = []
    signature = {part.arg.name: part for part in exported.graph_signature.input_specs}
    calls: list[Call] = []
    outputs: tuple[Any, ...] = ()
    place_of_inputs = 0
    for node in exported.graph.nodes:
        if node.op == "placeholder":
            leaf = _leaf(exported, node, signature[node.name], place_of_inputs)
            place_of_inputs += leaf.kind == "input"
            leaves.append(leaf)
        elif node.op == "output":
            outputs = _arguments(tuple(node.args[0]))
        else:
            calls.extend(_calls(node, exported.graph_module))
    structure = exported.call_spec.out_spec
    named, modules = titles(calls, outputs)
    return Recording(
        tuple(leaves),
        tuple(calls),
        outputs,
        named,
        modules,
        partial(pytree.tree_unflatten, treespec=structure),
    )


def _leaf(exported: Any, node: Node, part: Any, position: int) -> Input:
    kind = torch.export.graph_signature.InputKind
    if part.kind == kind.USER_INPUT:
        return Input(node.name, "input", str(position))
    held = exported.state_dict.get(part.target, exported.constants.get(part.target))
    if part.kind in (kind.PARAMETER, kind.BUFFER) and held.is_floating_point():
        return Input(node.name, "parameter", part.target)
    return Input(node.name, "constant", part.target, held.detach().cpu().numpy().copy())


# one node of PyTorch's graph


def _calls(node: Node, owner: Any, within: Place | None = None, prefix: str = "") -> Iterator[Call]:
    """The calls that stand for a node: one, or those it is made of.

    A node inside another has that one's place `within` the module, and its key as a `prefix`.
    """
    if node.op == "get_attr":  # the graph of a block, which its call brings in
        return
    where = within or place(node)
    name = _name(node)
    if name in _IGNORED:
        return
    if name == "wrap_with_set_grad_enabled":
        yield from _block(node, owner, where, prefix)
        return
    stem = name.removesuffix("_") if name not in OPERATIONS else name
    if stem in OPERATIONS:
        reshapes = stem != name and OPERATIONS[stem].reshapes
        schema = getattr(node.target, "_schema", None)
        returned = schema.returns[0].alias_info if schema and schema.returns else None
        yield Call(
            prefix + node.name,
            stem,
            _arguments(node.args, prefix),
            _arguments(dict(node.kwargs), prefix),
            where,
            views=reshapes or name == "getitem" or bool(returned and not returned.is_write),
            writes=stem != name and not reshapes,
        )
        return
    yield from _parts(node, where, prefix)


def _parts(node: Node, where: Place, prefix: str) -> Iterator[Call]:
    """The core operations that an operation without counterpart is made of."""
    if not isinstance(node.target, torch._ops.OpOverload):
        raise _unsupported(node, where)
    sources = list(node.all_input_nodes)

    def applied(*tensors: torch.Tensor) -> Any:
        given = dict(zip(sources, tensors, strict=True))
        args = torch.fx.map_arg(node.args, lambda source: given[source])
        return node.target(*args, **torch.fx.map_arg(node.kwargs, lambda source: given[source]))

    table = torch.export.default_decompositions()
    try:
        examples = [_example(source) for source in sources]
        graph = make_fx(applied, decomposition_table=dict(table.items()), tracing_mode="fake")(
            *examples
        ).graph
    except Exception as error:
        raise _unsupported(node, where) from error
    if any(part.target == node.target for part in graph.nodes):  # it is an elementary one
        raise _unsupported(node, where)
    try:
        yield from _inlined(graph, sources, node.name, where, prefix)
    except OptionError as error:
        raise _unsupported(node, where) from error


def _block(node: Node, owner: Any, where: Place, prefix: str) -> Iterator[Call]:
    """The operations inside `with torch.no_grad():`, whose results pass no gradient on."""
    enabled, block, *sources = node.args
    graph = getattr(owner, block.target).graph
    yield from _inlined(graph, sources, node.name, where, prefix, "alias" if enabled else "detach")


def _inlined(
    graph: Any,
    sources: Sequence[Node],
    key: str,
    where: Place,
    prefix: str,
    ending: str = "alias",
) -> Iterator[Call]:
    """The calls of a graph in the place of one call; its results are those of the call `key`."""
    inside = f"{prefix}{key}."
    given = iter(sources)
    for node in graph.nodes:
        if node.op == "placeholder":
            source = Ref(prefix + next(given).name)
            yield Call(inside + node.name, "alias", (source,), {}, where, views=True)
        elif node.op == "output":
            yield _joined(key, node.args[0], where, prefix, ending)
        else:
            yield from _calls(node, graph.owning_module, place(node, where), inside)


def _joined(key: str, results: Any, where: Place, prefix: str, ending: str) -> Call:
    operation = ending if isinstance(results, Node) else f"{ending}_all"
    arguments = _arguments((results,), f"{prefix}{key}.")
    return Call(prefix + key, operation, arguments, {}, where)


def _name(node: Node) -> str:
    target: Any = node.target
    if target is operator.getitem:
        return "getitem"
    if isinstance(target, torch._ops.OpOverload):
        return target._schema.name.partition("::")[2]
    return getattr(target, "__name__", str(target))


def _arguments(argument: Any, prefix: str = "") -> Any:
    """Arguments as plain data: nodes as references, dtypes as NumPy's, nothing about memory."""
    match argument:
        case Node():
            return Ref(prefix + argument.name)
        case tuple():
            return tuple(_arguments(part, prefix) for part in argument)
        case list():
            return [_arguments(part, prefix) for part in argument]
        case dict():
            kept = {k: v for k, v in argument.items() if k not in _MEMORY}
            return {key: _arguments(part, prefix) for key, part in kept.items()}
        case torch.dtype():
            return _numpy_dtype(argument)
        case torch.device() | torch.memory_format() | torch.layout():
            return None
        case _:
            return argument


_MEMORY = ("device", "layout", "memory_format", "pin_memory", "non_blocking", "copy")


def _example(node: Node) -> torch.Tensor:
    value = node.meta["val"]
    return torch.zeros(tuple(value.shape), dtype=value.dtype)


def _torch_dtype(dtype: np.dtype[Any]) -> torch.dtype:
    return torch.from_numpy(np.zeros(0, dtype)).dtype


def _numpy_dtype(dtype: torch.dtype) -> np.dtype[Any]:
    return torch.zeros(0, dtype=dtype).numpy().dtype


def _unsupported(node: Node, where: Place) -> OptionError:
    return OptionError(
        f"from_torch: {where}",
        expected="operations that have a counterpart in chainrule",
        got=str(node.target),
        remedy="leave it out of the module, or write it with simpler operations",
    )


def _told(error: Exception) -> str:
    """The first line of an error, and the user's line it comes from."""
    said = next((part.strip() for part in str(error).splitlines() if part.strip()), "")
    frames = traceback.extract_tb(error.__traceback__)
    own = [f for f in frames if of_user(f.filename) and f.filename != __file__]
    at = f" at {line(own[-1].filename, own[-1].lineno, own[-1].line)}" if own else ""
    return f"{type(error).__name__}: {said[:200].rstrip('.')}{at}"
