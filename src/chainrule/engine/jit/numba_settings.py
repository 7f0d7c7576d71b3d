"""Imports Numba for the first time: what it cannot use of its settings is said in one line."""

from __future__ import annotations

import os
import re
import warnings

from chainrule.errors import OptionError

__all__ = ["check_settings"]

UNREADABLE = r"Environment variable '(\w+)' is defined but its associated value '(.*)' could"
"""How Numba's warning begins, which goes on with a traceback."""

THREADS, FEATURES = "NUMBA_NUM_THREADS", "NUMBA_CPU_FEATURES"


def check_settings() -> None:
    """Raise OptionError for an environment variable that Numba ends in a traceback on, or warns of.

    To be called before anything else imports Numba; later, there is nothing left to check.
    """
    features = os.environ.get(FEATURES, "")
    if not all(one.strip()[:1] in ("+", "-", "") for one in features.split(",")):
        raise _refused(FEATURES, "features such as +avx2,-fma", features)  # LLVM would abort
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("error", "\\s*Environment variable", RuntimeWarning)
            import numba  # noqa: F401
    except RuntimeWarning as warning:
        found = re.search(UNREADABLE, str(warning))
        name, value = found.groups() if found else ("NUMBA_…", str(warning).splitlines()[0])
        raise _refused(name, "a value that Numba can read", value) from None
    except ValueError as error:
        if "threads" not in str(error).lower():
            raise
        value = os.environ.get(THREADS, "")
        raise _refused(THREADS, "a number of threads, 1 or more", value) from None


def _refused(name: str, expected: str, value: str) -> OptionError:
    return OptionError(name, expected=expected, got=repr(value), remedy="unset it, or correct it")
