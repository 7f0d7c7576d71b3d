"""Record a PyTorch module with `torch.export`.

The recording has the operations that the user wrote (`linear`, `conv2d`, `gelu`), so that
explanations show them too.  Only an operation without a counterpart in chainrule is decomposed into
PyTorch's core operations.
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
from chainrule.interop.torch.recording import Call, Input, Location, Recording, Ref
from chainrule.interop.torch.result_names import result_names
from chainrule.interop.torch.source_location import is_user_file, location, source_line

__all__ = ["record_module"]

_CHECKS = ("_assert_tensor_metadata", "sym_constrain_range_for_size", "_assert_scalar")


def record_module(module: torch.nn.Module, specs: Sequence[Spec]) -> Recording:
    """Record `module`, in its current mode, for inputs of these shapes and dtypes.

    Raises OptionError if `torch.export` fails, and for operations without a counterpart.
    """
    examples = tuple(torch.zeros(s.shape, dtype=_torch_dtype(s.dtype)) for s in specs)
    with _silence():
        try:
            exported = torch.export.export(module, examples)
        except Exception as error:  # a user's `forward` may raise anything
            raise OptionError(
                f"from_torch: {type(module).__name__}",
                expected=f"a module that runs on {', '.join(map(str, specs)) or 'no inputs'} "
                "and that torch.export can record",
                got=_summary(error),
            ) from error
        return _read(exported)


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """Suppress PyTorch's messages about its internals, which users of chainrule cannot act on."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


def _read(exported: Any) -> Recording:
    inputs: list[Input] = []
    signature = {spec.arg.name: spec for spec in exported.graph_signature.input_specs}
    calls: list[Call] = []
    outputs: tuple[Any, ...] = ()
    position = 0
    for node in exported.graph.nodes:
        if node.op == "placeholder":
            inputs.append(_input(exported, node, signature[node.name], position))
            position += inputs[-1].kind == "input"
        elif node.op == "output":
            outputs = _arguments(tuple(node.args[0]))
        else:
            calls.extend(_calls(node, exported.graph_module))
    structure = exported.call_spec.out_spec
    names, modules = result_names(calls, outputs)
    return Recording(
        tuple(inputs),
        tuple(calls),
        outputs,
        names,
        modules,
        partial(pytree.tree_unflatten, treespec=structure),
    )


def _input(exported: Any, node: Node, spec: Any, position: int) -> Input:
    kind = torch.export.graph_signature.InputKind
    if spec.kind == kind.USER_INPUT:
        return Input(node.name, "input", str(position))
    tensor = exported.state_dict.get(spec.target, exported.constants.get(spec.target))
    if spec.kind in (kind.PARAMETER, kind.BUFFER) and tensor.is_floating_point():
        return Input(node.name, "parameter", spec.target)
    return Input(node.name, "constant", spec.target, tensor.detach().cpu().numpy().copy())


def _calls(
    node: Node, owner: Any, outer: Location | None = None, prefix: str = ""
) -> Iterator[Call]:
    """The calls for a node of PyTorch's graph: one, or several if it is decomposed.

    A node inside another has the `outer` node's location, and its key as a `prefix`.
    """
    if node.op == "get_attr":  # the graph of a block, which is read with its call
        return
    where = outer or location(node)
    name = _name(node)
    if name in _CHECKS:
        return
    if name == "wrap_with_set_grad_enabled":
        yield from _block(node, owner, where, prefix)
        return
    operation = name.removesuffix("_") if name not in OPERATIONS else name
    if operation in OPERATIONS:
        in_place = operation != name
        reshapes = in_place and OPERATIONS[operation].reshapes
        schema = getattr(node.target, "_schema", None)
        returned = schema.returns[0].alias_info if schema and schema.returns else None
        yield Call(
            prefix + node.name,
            operation,
            _arguments(node.args, prefix),
            _arguments(dict(node.kwargs), prefix),
            where,
            views=reshapes or name == "getitem" or bool(returned and not returned.is_write),
            writes=in_place and not reshapes,
        )
        return
    yield from _decomposed(node, where, prefix)


def _decomposed(node: Node, where: Location, prefix: str) -> Iterator[Call]:
    """The core operations into which PyTorch decomposes an operation without a counterpart."""
    if not isinstance(node.target, torch._ops.OpOverload):
        raise _unsupported(node, where)
    sources = list(node.all_input_nodes)

    def applied(*tensors: torch.Tensor) -> Any:
        values = dict(zip(sources, tensors, strict=True))
        args = torch.fx.map_arg(node.args, lambda source: values[source])
        return node.target(*args, **torch.fx.map_arg(node.kwargs, lambda source: values[source]))

    table = torch.export.default_decompositions()
    try:
        examples = [_example(source) for source in sources]
        graph = make_fx(applied, decomposition_table=dict(table.items()), tracing_mode="fake")(
            *examples
        ).graph
    except Exception as error:
        raise _unsupported(node, where) from error
    if any(part.target == node.target for part in graph.nodes):  # already a core operation
        raise _unsupported(node, where)
    try:
        yield from _inlined(graph, sources, node.name, where, prefix)
    except OptionError as error:
        raise _unsupported(node, where) from error


def _block(node: Node, owner: Any, where: Location, prefix: str) -> Iterator[Call]:
    """The operations inside `with torch.no_grad():`, whose results are detached."""
    enabled, block, *sources = node.args
    graph = getattr(owner, block.target).graph
    yield from _inlined(graph, sources, node.name, where, prefix, "alias" if enabled else "detach")


def _inlined(
    graph: Any,
    sources: Sequence[Node],
    key: str,
    where: Location,
    prefix: str,
    last: str = "alias",
) -> Iterator[Call]:
    """The calls of the subgraph that replaces the call `key`, ending with the operation `last`."""
    inside = f"{prefix}{key}."
    remaining = iter(sources)
    for node in graph.nodes:
        if node.op == "placeholder":
            source = Ref(prefix + next(remaining).name)
            yield Call(inside + node.name, "alias", (source,), {}, where, views=True)
        elif node.op == "output":
            yield _result(key, node.args[0], where, prefix, last)
        else:
            yield from _calls(node, graph.owning_module, location(node, where), inside)


def _result(key: str, results: Any, where: Location, prefix: str, last: str) -> Call:
    operation = last if isinstance(results, Node) else f"{last}_all"
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
    """Convert arguments to plain data: references, NumPy's dtypes, nothing about memory."""
    match argument:
        case Node():
            return Ref(prefix + argument.name)
        case tuple():
            return tuple(_arguments(part, prefix) for part in argument)
        case list():
            return [_arguments(part, prefix) for part in argument]
        case dict():
            return {
                key: _arguments(part, prefix)
                for key, part in argument.items()
                if key not in _MEMORY
            }
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


def _unsupported(node: Node, where: Location) -> OptionError:
    return OptionError(
        f"from_torch: {where}",
        expected="operations that have a counterpart in chainrule",
        got=str(node.target),
        remedy="leave it out of the module, or write it with simpler operations",
    )


def _summary(error: Exception) -> str:
    """The first line of an error's message, and the user's line that raised it."""
    lines = (line.strip() for line in str(error).splitlines())
    message = next(filter(None, lines), "")
    frames = traceback.extract_tb(error.__traceback__)
    own = [f for f in frames if is_user_file(f.filename) and f.filename != __file__]
    at = f" at {source_line(own[-1].filename, own[-1].lineno, own[-1].line)}" if own else ""
    return f"{type(error).__name__}: {message[:200].rstrip('.')}{at}"
