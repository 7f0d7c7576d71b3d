"""Times that are measured in turn: the order, the ratio of pairs, its interval and its verdict."""
