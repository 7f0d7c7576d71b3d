"""The public test suite of the array API standard, run on `chainrule.array_api`.

    git clone --recursive https://github.com/data-apis/array-api-tests
    pip install -r array-api-tests/requirements.txt
    CHAINRULE_ARRAY_API_TESTS=array-api-tests pytest -s tests/array_api/test_public_suite.py

It takes some minutes.  What is excluded, and why, is in `exclusions.txt`.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import pytest

SUITE = os.environ.get("CHAINRULE_ARRAY_API_TESTS", "")
EXCLUSIONS = Path(__file__).parent / "exclusions.txt"
EXAMPLES = 10
"""How many inputs are drawn for each test."""

LEAST_SHARE = 0.9


def excluded() -> list[str]:
    """The tests that are left out; each group has a title and a reason above it."""
    lines = EXCLUSIONS.read_text("utf-8").splitlines()
    return [line for line in lines if line.startswith("array_api_tests/")]


def test_every_exclusion_is_in_a_group_with_a_reason():
    groups = EXCLUSIONS.read_text("utf-8").split("\n## ")[1:]
    assert groups
    assert sum(group.count("\narray_api_tests/") for group in groups) == len(excluded())
    for group in groups:
        assert group.splitlines()[1].startswith("#   ")
    assert len(set(excluded())) == len(excluded())


@pytest.mark.skipif(not SUITE, reason="CHAINRULE_ARRAY_API_TESTS is not set to a folder")
def test_public_suite(tmp_path):
    report = tmp_path / "report.xml"
    options = ["-q", "-p", "no:cacheprovider", "--disable-deadline", "--derandomize"]
    options += ["--max-examples", str(EXAMPLES), "--tb", "line", "-o", "junit_family=xunit1"]
    options += ["--skips-file", str(EXCLUSIONS), "--junit-xml", str(report)]
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", *options, "array_api_tests"],
        cwd=SUITE,
        env={**os.environ, "ARRAY_API_TESTS_MODULE": "chainrule.array_api"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert report.exists(), ran.stdout + ran.stderr
    counts, failed = Counter[str](), list[str]()
    for case in ElementTree.parse(report).iter("testcase"):
        outcome = next((child.tag for child in case if child.tag in OUTCOMES), "passed")
        skipped = case.find("skipped")
        if skipped is not None and "--skips-file" in skipped.get("message", ""):
            outcome = "excluded"
        counts[outcome] += 1
        if outcome in ("failure", "error"):
            failed.append(case.get("name", ""))
    applicable = counts["passed"] + len(failed)
    share = counts["passed"] / applicable
    of_all = counts["passed"] / (applicable + counts["excluded"])
    print("\nfailed:", *failed, sep="\n  ")
    print(
        f"{counts['passed']} of {applicable} applicable tests pass, {share:.1%};"
        f" {of_all:.1%} with the {counts['excluded']} excluded ones counted as failures;"
        f" {counts['skipped']} are of other versions of the standard"
    )
    assert counts["excluded"] == len(excluded()), "an excluded test is no longer in the suite"
    assert share >= LEAST_SHARE
    assert of_all >= LEAST_SHARE


OUTCOMES = ("failure", "error", "skipped")
