"""Storage: files and folders that are either complete or absent, checkpoints, and locks.

Nothing here knows of training; a checkpoint is named arrays and counters.
"""

from chainrule.train.storage.checkpoint import Checkpoint
from chainrule.train.storage.lock import Lock

__all__ = ["Checkpoint", "Lock"]
