"""A record at scalar resolution: entries of arrays, and the local gradients between them."""
