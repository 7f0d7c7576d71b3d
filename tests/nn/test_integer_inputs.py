"""Integers as inputs: a model gets them as such if it needs them, and as floats otherwise."""

from __future__ import annotations

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn
from chainrule.errors import ChainruleError


class Lookup(nn.Layer):
    """Takes integers, and does not say so."""

    def __init__(self) -> None:
        super().__init__(slots={"weight": nn.Slot((20, 3), nn.Normal(1.0))}, seed=1)

    def apply(self, scope, x):
        return cr.mean(scope["weight"][x], axis=1)


class Index(Lookup):
    """The same, and says so."""

    accepts = "integers"

    def apply(self, scope, x):
        return super().apply(scope, x)


class Whole(nn.Layer):
    """Layers one after the other, in a layer of one's own."""

    def __init__(self, *layers: nn.Layer) -> None:
        super().__init__(children={f"part{i}": layer for i, layer in enumerate(layers)})

    def apply(self, scope, x):
        for name, layer in self.children.items():
            x = layer.apply(scope.child(name), x)
        return x


class OneHot(nn.Layer):
    """Takes integers without selecting anything by them."""

    def apply(self, scope, x):
        return cr.mean(cr.one_hot(x, 20), axis=1) @ np.arange(60.0).reshape(20, 3)


class Scaled(nn.Layer):
    """Takes anything: integers are cast to floats before it sees them."""

    def apply(self, scope, x):
        assert x.dtype == np.float64
        return x[:, :3] * 0.1


class Tokens:
    """A source of one batch."""

    def batches(self, epoch, start):
        yield TOKENS, TOKENS[:, 0] % 2

    def state(self):
        return {}


TOKENS = np.random.default_rng(0).integers(0, 20, size=(300, 5))
LABELS = TOKENS[:, 0] % 2

USES = {
    "call": lambda model: model(TOKENS).value,
    "call with a list": lambda model: model(TOKENS.tolist()).value,
    "predict": lambda model: model.predict(TOKENS),
    "predict in chunks": lambda model: model.predict(np.tile(TOKENS, (4, 1))),
    "fit": lambda model: cr.fit(model, (TOKENS, LABELS), epochs=1).history[-1].train_loss,
    "fit in narrow integers": lambda model: (
        cr.fit(model, (TOKENS.astype(np.uint8), LABELS), epochs=1).history[-1].train_loss
    ),
    "fit with validation": lambda model: (
        cr.fit(model, (TOKENS, LABELS), epochs=1, validation_fraction=0.2)
        .history[-1]
        .validation_loss
    ),
    "fit a source": lambda model: (
        cr.fit(model, Tokens(), epochs=1, loss="cross_entropy").history[-1].train_loss
    ),
    "predict after fit": lambda model: cr.fit(model, (TOKENS, LABELS), epochs=1).model.predict(
        TOKENS
    ),
    "summary": lambda model: [row.shape for row in nn.summary(model, (300, 5))],
}


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("inside", [lambda *layers: nn.Sequential(*layers, seed=0), Whole])
def test_integers_for_a_layer_that_does_not_declare_them(inside, use):
    """It gets integers, as a layer does that says so."""
    found, expected = (
        USES[use](inside(layer, nn.Linear(3, 2, seed=1))) for layer in (Lookup(), Index())
    )
    np.testing.assert_equal(found, expected)


@pytest.mark.parametrize("use", ["call", "predict", "fit"])
def test_integers_that_are_needed_or_not(use):
    assert np.all(np.isfinite(USES[use](nn.Sequential(OneHot(), nn.Linear(3, 2, seed=0)))))
    assert np.all(np.isfinite(USES[use](nn.Sequential(Scaled(), nn.Linear(3, 2, seed=0)))))


def test_floats_for_a_layer_that_needs_integers():
    floats = TOKENS.astype(float)
    for known in (False, True):
        for use in (
            lambda model: model(floats),
            lambda model: model.predict(floats),
            lambda model: cr.fit(model, (floats, LABELS), epochs=1),
        ):
            model = nn.Sequential(Lookup(), nn.Linear(3, 2), seed=0)
            if known:
                model.predict(TOKENS)
            with pytest.raises(ChainruleError, match=r"convert .* with x\.astype\(int\)"):
                use(model)
