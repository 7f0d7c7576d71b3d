"""The host of a measurement: what it is, how its reports are recognised, and who else used it."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

from chainrule.bench.processes.machine import available_processors

__all__ = ["UsedTime", "describe_host", "used_since"]

HUGE_PAGES = Path("/sys/kernel/mm/transparent_hugepage/enabled")

IDENTITY = ("vendor_id", "cpu family", "model", "model name", "stepping", "cache size", "flags")
"""Lines of /proc/cpuinfo that stay the same as long as the processor does."""


def describe_host() -> dict[str, Any]:
    """System, processor, processors, huge pages, and a fingerprint, which other hosts do not have.

    The fingerprint is a hash of the processor's identity, the number of processors, the memory in
    GiB, the system and the machine's own identifier: whatever can be read of them.
    """
    info = _first_processor()
    found = {
        "system": f"{platform.system()} {platform.release()}",
        "processor": info.get("model name") or platform.processor() or platform.machine(),
        "processors": os.cpu_count(),
        "available": available_processors(),
        "huge_pages": _huge_pages(),
    }
    identity = {name: info.get(name) for name in IDENTITY}
    others = {"memory": _memory(), "machine": _text("/etc/machine-id"), "node": _node()}
    text = json.dumps([found["system"], found["processor"], found["processors"], identity, others])
    return {"fingerprint": hashlib.sha256(text.encode()).hexdigest()[:16], **found}


@final
@dataclass(frozen=True)
class UsedTime:
    """Seconds of all processors since the system was started; None where it does not say.

    busy    all work, that of this process and its workers included
    stolen  what the host of a virtual machine gave to another machine
    own     that of this process and of its workers that have ended
    """

    total: float
    busy: float
    stolen: float
    own: float

    @classmethod
    def now(cls) -> UsedTime | None:
        """What was used so far."""
        with suppress(OSError, ValueError, AttributeError):
            line = Path("/proc/stat").read_text().partition("\n")[0].split()
            # user, nice, system, idle, iowait, irq, softirq, steal; guests are counted in user
            times = [int(text) / os.sysconf("SC_CLK_TCK") for text in line[1:9]]
            if line[0] == "cpu" and len(times) == 8:
                idle = times[3] + times[4]
                return cls(sum(times), sum(times) - idle - times[7], times[7], sum(os.times()[:4]))
        return None

    def shares_since(self, before: UsedTime) -> dict[str, float]:
        """Of the processors' time since then, the stolen share and that of other processes."""
        total = self.total - before.total
        if total <= 0:
            return {}
        others = (self.busy - before.busy) - (self.own - before.own)
        return {
            "stolen": (self.stolen - before.stolen) / total,
            "others": max(0.0, others / total),
        }


def used_since(before: UsedTime | None) -> dict[str, float]:
    """The shares of processor time that were stolen or used by others since then, if known."""
    now = UsedTime.now()
    return {} if now is None or before is None else now.shares_since(before)


def _first_processor() -> dict[str, str]:
    """The lines of the first processor in /proc/cpuinfo."""
    lines = _text("/proc/cpuinfo").partition("\n\n")[0].splitlines()
    pairs = (line.partition(":") for line in lines)
    return {name.strip(): value.strip() for name, _, value in pairs}


def _huge_pages() -> str | None:
    """The mode of transparent huge pages: always, madvise or never."""
    found = re.search(r"\[(\w+)\]", _text(HUGE_PAGES))
    return found[1] if found else None


def _memory() -> int | None:
    """GiB of memory, rounded: the kernel keeps a little more or less for itself each time."""
    found = re.search(r"MemTotal:\s+(\d+) kB", _text("/proc/meminfo"))
    return round(int(found[1]) / 2**20) if found else None


def _node() -> str:
    """The name of the host, where nothing better tells hosts apart."""
    return "" if _text("/etc/machine-id") else platform.node()


def _text(path: str | Path) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
