"""Texts, of which a network learns what follows: language models, and the texts they generate."""
