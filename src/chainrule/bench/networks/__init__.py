"""The networks that are timed: their data and initial parameters, and the products of a step."""

from __future__ import annotations

from chainrule.bench.networks.characters import CharacterLSTM, Transformer
from chainrule.bench.networks.convolution import ConvolutionalNetwork
from chainrule.bench.networks.network import Network, Product
from chainrule.bench.networks.perceptron import Dense, Perceptron
from chainrule.bench.networks.series import SeriesGRU

__all__ = [
    "NETWORKS",
    "CharacterLSTM",
    "ConvolutionalNetwork",
    "Dense",
    "Network",
    "Perceptron",
    "Product",
    "SeriesGRU",
    "Transformer",
]

NETWORKS: dict[str, type[Network]] = {
    network.kind: network
    for network in (Perceptron, CharacterLSTM, SeriesGRU, ConvolutionalNetwork, Transformer)
}
"""Every class of networks by its kind."""
