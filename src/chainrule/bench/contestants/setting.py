"""How a contestant is run: its number of threads, and how they wait for work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

__all__ = ["Setting", "thread_counts", "waiting_settings"]


@final
@dataclass(frozen=True)
class Setting:
    """A number of threads; `wait` is the value of OMP_WAIT_POLICY, None to leave it unset."""

    threads: int
    wait: str | None = None

    def __str__(self) -> str:
        """The setting in words.

        >>> str(Setting(1)), str(Setting(2, "active"))
        ('1 thread', '2 threads, active')
        """
        words = f"{self.threads} thread{'s' * (self.threads != 1)}"
        return words if self.wait is None else f"{words}, {self.wait}"

    def to_dict(self) -> dict[str, Any]:
        """The fields as plain data for JSON."""
        return {"threads": self.threads, "wait": self.wait}


def thread_counts(threads: int) -> list[int]:
    """The numbers of threads to try: powers of two below `threads`, and itself, which is first.

    >>> thread_counts(2), thread_counts(6)
    ([2, 1], [6, 4, 2, 1])
    """
    powers = [1 << i for i in range(threads.bit_length()) if 1 << i < threads]
    return [threads, *reversed(powers)]


def waiting_settings(threads: int) -> list[Setting]:
    """The settings of a library whose threads are OpenMP's: they wait passively or actively.

    Those that wait actively come last, when `torch.compile` finds what it compiled for the others.
    """
    counts = thread_counts(threads)
    passive = [Setting(count, "passive" if count > 1 else None) for count in counts]
    return passive + [Setting(count, "active") for count in counts if count > 1]
