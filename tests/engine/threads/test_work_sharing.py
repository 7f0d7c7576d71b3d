"""Shares of the work cover everything once."""

from hypothesis import given, settings
from hypothesis import strategies as st

from chainrule.engine.threads.work_sharing import share


@settings(deadline=None)  # the first call compiles
@given(st.integers(0, 200), st.integers(1, 20), st.integers(1, 6))
def test_shares_cover_everything_once(n, grain, ranks):
    shares = [share(n, grain, rank, ranks) for rank in range(ranks)]
    assert [i for a, b in shares for i in range(a, b)] == list(range(n))
    assert all(a % grain == 0 or a == n for a, _ in shares)
