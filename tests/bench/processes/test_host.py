"""What the host is: its fingerprint, whatever the system lets one read, and who else used it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from chainrule.bench.processes import host
from chainrule.bench.processes.host import UsedTime, describe_host, used_since

CPUINFO = """processor\t: 0
vendor_id\t: AuthenticAMD
model\t\t: 17
model name\t: A processor
cpu MHz\t\t: {mhz}
flags\t\t: fma avx2 avx512f

processor\t: 1
model name\t: Another
"""

FILES = {
    "/proc/cpuinfo": CPUINFO.format(mhz=2600),
    "/proc/meminfo": "MemTotal:       24684096 kB\nMemFree: 1 kB\n",
    "/etc/machine-id": "abc\n",
    str(host.HUGE_PAGES): "always [madvise] never\n",
}


def described(monkeypatch: pytest.MonkeyPatch, **changes: str) -> dict[str, Any]:
    """The description where the files are these; changes are by the file's name."""
    files = {path: changes.get(Path(path).name.replace("-", "_"), FILES[path]) for path in FILES}
    monkeypatch.setattr(host, "_text", lambda path: files[str(path)])
    return describe_host()


def test_this_host_is_described():
    found = describe_host()
    assert found == describe_host()
    assert json.loads(json.dumps(found)) == found
    assert found["available"] >= 1


def test_the_fingerprint_is_of_the_host_and_not_of_its_load(monkeypatch):
    found = described(monkeypatch)
    assert (found["processor"], found["huge_pages"]) == ("A processor", "madvise")
    name = found["fingerprint"]
    assert described(monkeypatch, cpuinfo=CPUINFO.format(mhz=3100))["fingerprint"] == name
    assert described(monkeypatch, meminfo="MemTotal: 24684100 kB\n")["fingerprint"] == name
    assert "abc" not in json.dumps(found)
    for changes in (
        {"machine_id": "abd\n"},
        {"cpuinfo": CPUINFO.replace("A processor", "A faster one")},
        {"cpuinfo": CPUINFO.replace(" avx512f", "")},
        {"meminfo": "MemTotal: 12684100 kB\n"},
    ):
        assert described(monkeypatch, **changes)["fingerprint"] != name


def test_a_system_that_says_nothing(monkeypatch):
    found = described(monkeypatch, cpuinfo="", meminfo="", machine_id="", enabled="")
    assert found["huge_pages"] is None
    assert found["processor"]
    assert len(found["fingerprint"]) == 16
    monkeypatch.setattr(host.platform, "node", lambda: "another")
    other = described(monkeypatch, cpuinfo="", meminfo="", machine_id="", enabled="")
    assert other["fingerprint"] != found["fingerprint"]


def test_shares_of_processor_time():
    before = UsedTime(total=100.0, busy=50.0, stolen=2.0, own=10.0)
    after = UsedTime(total=300.0, busy=170.0, stolen=12.0, own=90.0)
    assert after.shares_since(before) == {"stolen": 0.05, "others": 0.2}
    assert before.shares_since(before) == {}
    assert used_since(None) == {}


def test_the_time_of_this_system(monkeypatch):
    found = UsedTime.now()
    if found is None:
        pytest.skip("the system does not say")
    assert 0 <= found.stolen <= found.total
    assert 0 < found.busy < found.total
    assert set(used_since(UsedTime(0.0, 0.0, 0.0, 0.0))) == {"stolen", "others"}
    monkeypatch.setattr(Path, "read_text", lambda path: "cpu 1 2\n")
    assert UsedTime.now() is None
