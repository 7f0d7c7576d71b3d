"""Texts as data: read, cut into tokens, divided by position, and laid out in windows."""
