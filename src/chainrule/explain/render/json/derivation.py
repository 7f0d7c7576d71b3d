"""Derivations as JSON: a stable form for programs, with all digits of the float64 numbers."""

from __future__ import annotations

import json as encoder
from typing import Any

from chainrule.explain.derivation import Chain, Derivation

__all__ = ["data", "json"]


def json(derivation: Derivation) -> str:
    """The derivation as one JSON object; see `data` for its form."""
    return encoder.dumps(data(derivation), ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def data(derivation: Derivation) -> dict[str, Any]:
    """`output`, `value`, `nodes`, `gradients` and `updates` as plain Python objects.

    `paths`, by parameter, only if the caller asked for a number of them, and `rounded` only if
    numbers were rounded before they were used.
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
    """Each path from the output to the parameter: n nodes, and the n - 1 factors between them."""
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
    }
