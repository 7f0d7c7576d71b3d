"""Every network, written with JAX as a function of its parameters."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from chainrule.bench.contestants.contestant import library
from chainrule.bench.networks import (
    CharacterLSTM,
    ConvolutionalNetwork,
    Network,
    Perceptron,
    SeriesGRU,
    Transformer,
)
from chainrule.bench.networks.characters import LAYER_NORM_EPS
from chainrule.bench.networks.convolution import POOL
from chainrule.bench.networks.perceptron import EPS, MOMENTUM
from chainrule.graph import Array

__all__ = ["Forward", "initial_parameters", "initial_statistics", "make_forward", "make_loss"]

Forward = Callable[[Any, Any, Any], tuple[Any, Any]]
"""A function of parameters, running statistics and inputs: outputs and new statistics."""


def make_forward(network: Network) -> Forward:
    """The network as a function."""
    if isinstance(network, Perceptron):
        return _perceptron(network)
    match network:
        case CharacterLSTM():
            outputs = _lstm
        case SeriesGRU():
            outputs = _gru
        case ConvolutionalNetwork():
            outputs = _convolutional(network)
        case Transformer():
            outputs = _transformer(network)
        case _:
            raise TypeError(type(network).__name__)
    return lambda p, running, x: (outputs(p, x), running)


def make_loss(network: Network) -> Callable[[Any, Any], Any]:
    """A function of outputs and targets."""
    jax, jnp = library("jax"), library("jax.numpy")

    def cross_entropy(z: Any, y: Any) -> Any:
        logs = jax.nn.log_softmax(z)
        return -jnp.take_along_axis(logs, y[..., None], axis=-1).mean()

    def mse(z: Any, y: Any) -> Any:
        return ((z - y) ** 2).mean()

    return mse if network.loss == "mse" else cross_entropy


def initial_parameters(network: Network) -> dict[str, Array]:
    """The initial parameters; those of convolutions are stored as XLA computes them fastest.

    Its images have their channels last, and so have kernels, and the pixels that are flattened.
    """
    found = network.parameters()
    if isinstance(network, ConvolutionalNetwork):
        side = network.sides[-1] // POOL
        for i in range(len(network.channels)):
            found[f"conv{i}.weight"] = found[f"conv{i}.weight"].transpose(2, 3, 1, 0)
        flat = found["linear.weight"].reshape(network.classes, network.channels[-1], side, side)
        found["linear.weight"] = flat.transpose(0, 2, 3, 1).reshape(network.classes, -1)
    return {name: np.ascontiguousarray(array) for name, array in found.items()}


def initial_statistics(network: Network) -> list[tuple[Array, Array]]:
    """Running mean and variance of each BatchNorm."""
    if not isinstance(network, Perceptron) or not network.batch_norm:
        return []
    return [(np.zeros(h, np.float32), np.ones(h, np.float32)) for h in network.sizes[1:-1]]


def _perceptron(network: Perceptron) -> Forward:
    jnp, count = library("jax.numpy"), len(network.sizes) - 1

    def forward(p: Mapping[str, Any], running: Any, a: Any) -> tuple[Any, list[Any]]:
        new: list[Any] = []
        for i in range(count):
            z = a @ p[f"{i}.weight"].T
            if f"{i}.bias" in p:
                z = z + p[f"{i}.bias"]
            else:
                mean, var = z.mean(axis=0), z.var(axis=0)
                unbiased = var * (len(z) / (len(z) - 1))
                old = running[len(new)]
                new.append(
                    (
                        (1 - MOMENTUM) * old[0] + MOMENTUM * mean,
                        (1 - MOMENTUM) * old[1] + MOMENTUM * unbiased,
                    )
                )
                z = (z - mean) / jnp.sqrt(var + EPS) * p[f"{i}.scale"] + p[f"{i}.shift"]
            a = z if i == count - 1 else jnp.maximum(z, 0)
        return a, new

    return forward


def _lstm(p: Mapping[str, Any], x: Any) -> Any:
    jax, jnp = library("jax"), library("jax.numpy")
    e = p["embedding.weight"][x.T]
    z = e @ p["lstm.weight_ih"].T + (p["lstm.bias_ih"] + p["lstm.bias_hh"])

    def step(state: Any, z: Any) -> Any:
        h, c = state
        i, f, g, o = jnp.split(z + h @ p["lstm.weight_hh"].T, 4, axis=-1)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        h = jax.nn.sigmoid(o) * jnp.tanh(c)
        return (h, c), h

    start = jnp.zeros((len(x), p["lstm.weight_hh"].shape[1]), z.dtype)
    _, h = jax.lax.scan(step, (start, start), z)
    return _linear(p, "linear", h.swapaxes(0, 1))


def _gru(p: Mapping[str, Any], x: Any) -> Any:
    jax, jnp = library("jax"), library("jax.numpy")
    z = x.swapaxes(0, 1) @ p["gru.weight_ih"].T + p["gru.bias_ih"]

    def step(h: Any, z: Any) -> Any:
        xr, xu, xn = jnp.split(z, 3, axis=-1)
        hr, hu, hn = jnp.split(h @ p["gru.weight_hh"].T + p["gru.bias_hh"], 3, axis=-1)
        r, u = jax.nn.sigmoid(xr + hr), jax.nn.sigmoid(xu + hu)
        n = jnp.tanh(xn + r * hn)
        return (1 - u) * n + u * h, None

    start = jnp.zeros((len(x), p["gru.weight_hh"].shape[1]), z.dtype)
    return _linear(p, "linear", jax.lax.scan(step, start, z)[0])


def _convolutional(network: ConvolutionalNetwork) -> Callable[[Any, Any], Any]:
    jax = library("jax")

    def outputs(p: Mapping[str, Any], x: Any) -> Any:
        a = x.transpose(0, 2, 3, 1)
        for i in range(len(network.channels)):
            z = jax.lax.conv_general_dilated(
                a, p[f"conv{i}.weight"], (1, 1), "VALID", dimension_numbers=("NHWC", "HWIO", "NHWC")
            )
            z = jax.nn.relu(z + p[f"conv{i}.bias"])
            n = z.shape[1] // POOL
            blocks = z[:, : POOL * n, : POOL * n].reshape(len(z), n, POOL, n, POOL, -1)
            a = blocks.max(axis=(2, 4))
        return _linear(p, "linear", a.reshape(len(a), -1))

    return outputs


def _transformer(network: Transformer) -> Callable[[Any, Any], Any]:
    jax, jnp = library("jax"), library("jax.numpy")
    earlier = np.tri(network.steps, dtype=bool)  # a quicker way than jax.nn.dot_product_attention

    def norm(p: Mapping[str, Any], name: str, x: Any) -> Any:
        mean, var = x.mean(axis=-1, keepdims=True), x.var(axis=-1, keepdims=True)
        normalised = (x - mean) * jax.lax.rsqrt(var + LAYER_NORM_EPS)
        return normalised * p[f"{name}.weight"] + p[f"{name}.bias"]

    def outputs(p: Mapping[str, Any], x: Any) -> Any:
        x = p["embedding.weight"][x] + p["positions.weight"]
        parts = jnp.split(_linear(p, "attention_in", norm(p, "norm1", x)), 3, axis=-1)
        q, k, v = (part.reshape(*x.shape[:2], network.heads, -1) for part in parts)
        scores = jnp.einsum("bthd,bshd->bhts", q, k) / math.sqrt(q.shape[-1])
        weights = jax.nn.softmax(jnp.where(earlier, scores, -jnp.inf))
        context = jnp.einsum("bhts,bshd->bthd", weights, v)
        x = x + _linear(p, "attention_out", context.reshape(x.shape))
        hidden = jax.nn.relu(_linear(p, "hidden", norm(p, "norm2", x)))
        return _linear(p, "linear", x + _linear(p, "out", hidden))

    return outputs


def _linear(p: Mapping[str, Any], name: str, x: Any) -> Any:
    return x @ p[f"{name}.weight"].T + p[f"{name}.bias"]
