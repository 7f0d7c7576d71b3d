"""Derivations as JSON: a stable form for programs, with all digits of the float64 numbers."""

from __future__ import annotations

from typing import Any

from chainrule.explain.derivation import Chain, Derivation
from chainrule.explain.render.json.encode import encode

__all__ = ["data", "json"]


def json(derivation: Derivation) -> str:
    """The derivation as one JSON object; see `data` for its form."""
    return encode(data(derivation))


def data(derivation: Derivation) -> dict[str, Any]:
    """`output`, `value`, `nodes`, `gradients` and `updates` as plain Python objects.

    `paths`, by parameter, only if the caller asked for a number of them; `descent`, the output and
    the parameters before the update and after each repetition, only with an update; `operands`,
    values that are read and not explained, only where the rest was trimmed; `rounded` only if
    numbers were rounded before they were used; `steps`, how many are listed and how many there are,
    only where some are not; `units`, of the run of a table, what standardised numbers and their
    gradients are in the units of the table.  A number that is not finite is null.
    """
    backward = {step.name: step for step in derivation.backward}
    nodes: list[dict[str, Any]] = []
    for step in derivation.forward:
        back = backward[step.name]
        node: dict[str, Any] = {
            "name": step.name,
            "op": step.op,
            "formula": str(step.formula),
            "value": step.value,
            "gradient": back.gradient,
            "local": [
                {"input": local.input, "formula": str(local.formula), "value": local.value}
                for local in step.locals
            ],
            "contributions": [
                {
                    "via": c.via,
                    "local": c.local.value,
                    "upstream": c.upstream,
                    "product": c.product,
                }
                for c in back.contributions
            ],
        }
        if step.rests:
            node["left_out"] = [{"terms": rest.count, "sum": rest.value} for rest in step.rests]
        if back.omitted:
            node["omitted"] = {"count": back.omitted, "sum": back.rest}
        if back.notes:
            node["notes"] = list(back.notes)
        nodes.append(node)
    found: dict[str, Any] = {
        "output": derivation.output,
        "value": derivation.value,
        "nodes": nodes,
        "gradients": derivation.gradients,
        "updates": {
            update.name: {
                "old": update.old,
                "gradient": update.gradient,
                "learning_rate": update.learning_rate,
                "new": update.new,
            }
            for update in derivation.updates
        },
    }
    if derivation.unlisted:
        listed = len(derivation.forward)
        found["steps"] = {"listed": listed, "of": listed + derivation.unlisted}
    if derivation.units:
        found["units"] = {
            one.name: {
                "standardised": one.value,
                "original": one.original,
                "gradient": one.gradient,
                "original_gradient": one.original_gradient,
            }
            for one in derivation.units
        }
    if derivation.operands:
        found["operands"] = {step.name: step.value for step in derivation.operands}
    if derivation.descent:
        found["descent"] = [
            {
                "value": step.value,
                "estimate": step.estimate,
                "parameters": {
                    update.name: value
                    for update, value in zip(derivation.updates, step.parameters, strict=True)
                },
            }
            for step in derivation.descent
        ]
    if derivation.ranked:
        found["paths"] = {chain.wrt: _paths(chain) for chain in derivation.chains}
    if derivation.rounding is not None:
        found["rounded"] = {
            "digits": derivation.rounding.digits,
            "significant": derivation.rounding.significant,
            "deviations": [
                {"name": one.name, "rounded": one.rounded, "exact": one.exact}
                for one in derivation.rounding.deviations
            ],
        }
    return found


def _paths(chain: Chain) -> dict[str, Any]:
    """Each path from the output to the parameter: n nodes, and the n - 1 factors between them.

    `complete` is only there, and false, where the paths of the record are too many to be counted:
    the numbers are then of those along the contributions shown, and the remainder is all the rest.
    """
    incomplete = {} if chain.complete else {"complete": False}
    return {
        "count": str(chain.count),  # a string: most JSON readers round large integers
        "top": [
            {
                "nodes": chain.route(product),
                "factors": [factor.value for factor in product.factors],
                "product": product.value,
                "share": chain.share(product),
            }
            for product in chain.products
        ],
        "positive": chain.positive,
        "negative": chain.negative,
        "remainder": chain.rest,
        **incomplete,
    }
