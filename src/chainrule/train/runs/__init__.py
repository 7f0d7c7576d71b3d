"""Runs: the folder of one training, its settings, and what is done with it afterwards."""
