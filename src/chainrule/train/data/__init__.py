"""Data: tables read from files, checked, split, encoded, and cut into mini-batches.

`load` leads from the name of a data source to a `Dataset`, `from_arrays` from arrays in memory.
Everything here works on tables and arrays; models and training are elsewhere.
"""

from chainrule.train.data.arrays import from_arrays
from chainrule.train.data.batches import Batches
from chainrule.train.data.dataset import Dataset, Part
from chainrule.train.data.encoding.encoder import Encoder
from chainrule.train.data.load_dataset import DataOptions, load, reload
from chainrule.train.data.reading.sources import read

__all__ = [
    "Batches",
    "DataOptions",
    "Dataset",
    "Encoder",
    "Part",
    "from_arrays",
    "load",
    "read",
    "reload",
]
