"""Attention by hand: the last of three tokens looks at all of them."""

from __future__ import annotations

from chainrule.gallery.blocks import Entry, Paragraph, Table
from chainrule.gallery.example import Example, Solution, gradients_by_name
from chainrule.gallery.request import Request

__all__ = ["EXAMPLES"]

EXPRESSION = """
q = wq*x3
k1 = wk*x1
k2 = wk*x2
k3 = wk*x3
v1 = wv*x1
v2 = wv*x2
v3 = wv*x3
s1 = q*k1
s2 = q*k2
s3 = q*k3
e1 = exp(s1)
e2 = exp(s2)
e3 = exp(s3)
total = e1 + e2 + e3
a1 = e1/total
a2 = e2/total
a3 = e3/total
out = a1*v1 + a2*v2 + a3*v3
loss = 0.5*(out - y)**2
""".strip()


def _attention(request: Request) -> Solution:
    main = request.explain(wrt=["x1"], parameters=["wq", "wk", "wv"])
    values = {step.name: step.value for step in main.derivation.forward}
    gradients = gradients_by_name(main)
    out, upstream, wv = values["out"], gradients["out"], request.inputs["wv"]
    scores: list[tuple[Entry, ...]] = []
    tokens: list[tuple[Entry, ...]] = []
    for j in (1, 2, 3):
        a, v = values[f"a{j}"], values[f"v{j}"]
        at_score = request.by_hand(a * (v - out) * upstream)
        scores.append((f"s{j}", values[f"s{j}"], a, v, request.by_hand(v - out), at_score))
        by_value = request.by_hand(upstream * a * wv)
        tokens.append((f"x{j}", 3 - j, a, by_value, gradients[f"x{j}"]))
    return main, [
        Paragraph(
            "Three tokens x1, x2, x3 of a sequence, a number each, and one head of attention for"
            " the last of them. Its query q asks, every token's key k answers: the score s is their"
            " product (with vectors their dot product, divided by the root of their length)."
            " Softmax turns the scores into shares a that add up to 1, and the output is the mean"
            " of the values v with these shares. The weights wq, wk and wv are the same for all"
            " tokens."
        ),
        main,
        Table(
            "The scores, their shares, and what comes back. Softmax and mean together give"
            " ∂loss/∂s = a·(v − out)·∂loss/∂out:",
            ("score", "value", "share a", "value v", "v − out", "gradient at s"),
            tuple(scores),
            named=True,
        ),
        Table(
            "The direct way from the loss to each token, through its value, has the factor a·wv at"
            " any lag; what its keys add, and the query of x3, makes up the rest of the gradient:",
            ("token", "lag", "share a", "direct way", "gradient"),
            tuple(tokens),
            named=True,
        ),
        Paragraph(
            "What to see. The gradients at the scores add up to 0: shares must add up to 1, so"
            " raising one lowers the others. A token whose value is above the output gets a larger"
            " share if the output should rise. No way is longer for a token that is further back:"
            " between x1 and the loss there is no product over the steps in between, as there is"
            " in vanishing-in-time, so attention does not make gradients vanish with the lag."
        ),
    ]


EXAMPLES = (
    Example(
        "attention-by-hand",
        "one head of attention over three tokens, in scalars",
        {"x1": 1, "x2": -0.5, "x3": 0.5, "wq": 0.8, "wk": 1.2, "wv": 0.6, "y": 0.5},
        _attention,
        EXPRESSION,
    ),
)
