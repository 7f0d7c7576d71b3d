"""Operations that select entries by index, with their transposes, and one-hot encoding."""

from chainrule.ops.indexing.getitem import getitem, put_add
from chainrule.ops.indexing.one_hot import check_labels, one_hot

__all__ = ["check_labels", "getitem", "one_hot", "put_add"]
