"""The training loop: epochs, early stopping, history, metrics."""
