"""The flow of a gradient back in time, against recurrences differentiated by hand."""

from __future__ import annotations

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import OptionError

T, D, H = 7, 3, 4


def draw(*shapes, scale=0.5):
    rng = np.random.default_rng(3)
    return [scale * rng.normal(size=shape) for shape in shapes]


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def rnn(W, U, xs, start=None, reverse=False):
    """hₜ = tanh(W·hₜ₋₁ + U·xₜ), as tensors: the last h, and all of them."""

    def step(h, x):
        h = cr.tanh(W @ h + U @ x).named("h")
        return h, h

    return cr.scan(step, np.zeros(H) if start is None else start, xs, reverse=reverse)


def rnn_by_hand(W, U, xs, at_h, reverse=False):
    """The norm at each lag, and the factors of slopes and weights, by the textbook's loop.

    `at_h` are the loss's own gradients at each h, in the order of computation.
    """
    states = [np.zeros(H)]
    for x in xs[::-1] if reverse else xs:
        states.append(np.tanh(W @ states[-1] + U @ x))
    gradient, rows, before = np.zeros(H), [], (None, None)
    for h, own in zip(states[:0:-1], at_h[::-1], strict=True):
        gradient = gradient + own
        rows.append((np.linalg.norm(gradient), *before))
        at_z = gradient * (1 - h**2)
        slopes = np.linalg.norm(at_z) / np.linalg.norm(gradient)
        gradient = W.T @ at_z
        before = slopes, np.linalg.norm(gradient) / np.linalg.norm(at_z)
    return rows


def check_rows(flow, rows):
    found = [(lag.norm, lag.activation, lag.weights) for lag in flow.lags]
    for got, right in zip(found, rows, strict=True):
        assert got == tuple(None if r is None else pytest.approx(r, rel=1e-12) for r in right)
    for lag in flow.lags[1:]:
        assert lag.factor == pytest.approx(lag.activation * lag.weights, rel=1e-12)
        assert lag.direct == lag.carried == 0


@pytest.mark.parametrize("reverse", [False, True])
def test_a_loss_at_the_last_step(reverse):
    W, U, xs = draw((H, H), (H, D), (T, D))
    last, _ = rnn(cr.variable(W, "W"), cr.variable(U, "U"), xs, reverse=reverse)
    (flow,) = cr.flow((last**2).sum().named("loss"), over_time=True).recurrences
    assert (flow.states, flow.by) == (("h",), ("W",))
    assert [lag.lag for lag in flow.lags] == list(range(T))
    assert [lag.time for lag in flow.lags] == (list(range(T)) if reverse else [*range(T)][::-1])
    own = np.zeros((T, H))
    own[-1] = 2 * last.value
    check_rows(flow, rnn_by_hand(W, U, xs, own, reverse))


def test_a_loss_at_every_step():
    W, U, xs, weight = draw((H, H), (H, D), (T, D), (T, H))
    _, every = rnn(cr.variable(W, "W"), cr.variable(U, "U"), xs)
    (flow,) = cr.flow((every * weight).sum(), over_time=True).recurrences
    check_rows(flow, rnn_by_hand(W, U, xs, weight))


def test_a_transposed_weight_has_the_name_of_the_variable():
    W, U, xs = draw((H, H), (H, D), (T, D))
    last, _ = rnn(cr.variable(W, "W").T, cr.variable(U, "U"), xs)
    (flow,) = cr.flow(last.sum(), over_time=True).recurrences
    assert flow.by == ("W",)


def lstm(weights, xs, bias):
    def step(state, x):
        h, c = state
        z = weights @ h + x + bias
        i, f, g, o = (z[k * H : (k + 1) * H] for k in range(4))
        c = (cr.sigmoid(f) * c + cr.sigmoid(i) * cr.tanh(g)).named("c")
        h = (cr.sigmoid(o) * cr.tanh(c)).named("h")
        return (h, c), h

    return cr.scan(step, (np.zeros(H), np.zeros(H)), xs)


def test_an_lstm_carries_its_gradient_along_the_cell():
    W, xs, bias = draw((4 * H, H), (T, 4 * H), 4 * H)
    (h, _), _ = lstm(cr.variable(W, "W"), xs, bias)
    (flow,) = cr.flow(h.sum(), over_time=True).recurrences
    assert (flow.states, flow.by) == (("h", "c"), ("W",))
    states, gates = [(np.zeros(H), np.zeros(H))], []
    for x in xs:
        z = (W @ states[-1][0] + x + bias).reshape(4, H)
        i, f, g, o = sigmoid(z[0]), sigmoid(z[1]), np.tanh(z[2]), sigmoid(z[3])
        c = f * states[-1][1] + i * g
        gates.append((i, f, g, o))
        states.append((o * np.tanh(c), c))
    at_h, at_c = np.ones(H), np.zeros(H)
    cell_h, cell_c = at_h, at_c
    before = None
    for t in range(T - 1, -1, -1):
        lag = flow.lags[T - 1 - t]
        norm = np.linalg.norm([at_h, at_c])
        assert lag.norm == pytest.approx(norm, rel=1e-12)
        assert lag.norms == pytest.approx((np.linalg.norm(at_h), np.linalg.norm(at_c)), rel=1e-12)
        assert lag.carried == pytest.approx(np.linalg.norm([cell_h, cell_c]), rel=1e-12)
        if before is not None:
            assert (lag.activation, lag.weights, lag.direct) == pytest.approx(before, rel=1e-10)
        i, f, g, o = gates[t]
        tanh_c, old_c = np.tanh(states[t + 1][1]), states[t][1]
        down = at_c + at_h * o * (1 - tanh_c**2)
        at_z = np.concatenate(
            [
                down * g * i * (1 - i),
                down * old_c * f * (1 - f),
                down * i * (1 - g**2),
                at_h * tanh_c * o * (1 - o),
            ]
        )
        through = W.T @ at_z
        before = (
            np.linalg.norm(at_z) / norm,
            np.linalg.norm(through) / np.linalg.norm(at_z),
            np.linalg.norm(down * f) / norm,
        )
        at_h, at_c = through, down * f
        cell_h, cell_c = np.zeros(H), (cell_c + cell_h * o * (1 - tanh_c**2)) * f


def test_each_of_two_layers_has_its_own_flow():
    W, U, V, A, xs = draw((H, H), (H, D), (H, H), (H, H), (T, D))
    _, first = rnn(cr.variable(W, "W"), cr.variable(U, "U"), xs)
    last, _ = rnn(cr.variable(V, "V"), cr.variable(A, "A"), first)
    upper, lower = cr.flow(last.sum(), over_time=True).recurrences
    assert (upper.by, lower.by) == (("V",), ("W",))
    gradient = cr.grad(lambda shift: _two_layers(W, U, V, A, xs, shift))(np.zeros((T, H)))
    norms = np.linalg.norm(gradient[::-1], axis=1)
    assert [lag.norm for lag in lower.lags] == pytest.approx(norms, rel=1e-12)


def _two_layers(W, U, V, A, xs, shift):
    """The same output, with a shift added to the lower layer's state at every step."""

    def step(h, operands):
        x, moved = operands
        h = cr.tanh(W @ h + U @ x) + moved
        return h, h

    _, first = cr.scan(step, np.zeros(H), (xs, shift))
    return rnn(V, A, first)[0].sum()


def test_integers_in_the_state_have_no_gradient():
    W, xs = draw((H, H), (T, H))
    weight = cr.variable(W, "W")

    def step(state, x):
        h, count = state
        return (cr.tanh(weight @ h + x), count + 1), None

    (last, _), _ = cr.scan(step, (np.zeros(H), np.int64(0)), xs)
    (flow,) = cr.flow(last.sum(), over_time=True).recurrences
    assert [lag.norms[1] for lag in flow.lags] == [0.0] * T
    assert flow.lags[-1].norm > 0


def test_a_record_without_a_recurrence_is_refused():
    with pytest.raises(OptionError, match="expected a record with a recurrence"):
        cr.flow(cr.variable(2.0, "x") ** 2, over_time=True)


def test_every_form_has_the_lags():
    W, U = draw((H, H), (H, D))
    xs = np.random.default_rng(5).normal(size=(60, D))
    last, _ = rnn(cr.variable(W, "W"), cr.variable(U, "U"), xs)
    flow = cr.flow(last.sum().named("loss"), over_time=True)
    text = str(flow)
    assert max(map(len, text.splitlines())) <= 80
    lags = [line.split()[0] for line in text.splitlines() if line.strip()[:1].isdigit()]
    assert lags == ["0", "1", "2", "3", "4", "5", "7", "10", "15", "20", "30", "50", "59"]
    (found,) = flow.to_dict()["flow"]["recurrences"]
    assert [lag["lag"] for lag in found["lags"]] == list(range(60))
    assert found["lags"][3]["norms"] == {"h": found["lags"][3]["norm"]}
    assert "<td>59</td>" in flow.to_html()
    assert "at the state h, from the last step back in time" in flow.to_latex()


def test_the_flow_by_layer_of_a_scan_has_a_named_output():
    W, U, xs = draw((H, H), (H, D), (T, D))
    last, _ = rnn(cr.variable(W, "W"), cr.variable(U, "U"), xs)
    found = cr.flow((last**2).sum().named("loss"))
    assert found.output == "loss"
    (over_time,) = cr.flow((last**2).sum(), over_time=True).recurrences
    slopes = [layer.activation for layer in found.layers if layer.by == ("W",)]
    assert slopes == pytest.approx([lag.activation for lag in over_time.lags[1:]], rel=1e-12)
