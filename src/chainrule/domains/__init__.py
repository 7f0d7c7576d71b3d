"""What runs learn from besides tables: texts, series, pairs of texts, images; a folder for each.

A domain has its options, reads and divides its data, builds its networks, and judges them beside
simple baselines.  Training, run folders and the command line are the same for all: see
`train/runs/domain.py`.  Nothing here prints.
"""
