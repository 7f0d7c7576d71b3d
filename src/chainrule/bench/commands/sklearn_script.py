"""Train a network with scikit-learn and say how well it does, as `chainrule train` does.

It is run as a script, so that it imports nothing of chainrule.  Its argument is `digits`, or a CSV
file of numbers with a header, whose last column is the class.
"""

import sys
import warnings
from typing import Any

import numpy as np
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import confusion_matrix
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler


def main(source: str, epochs: int) -> None:
    """Print accuracies and the confusion table of the test rows."""
    if source == "digits":
        x, y = load_digits(return_X_y=True)
    else:
        table = np.loadtxt(source, delimiter=",", skiprows=1)
        x, y = table[:, :-1], table[:, -1]
    rest, test, rest_y, test_y = train_test_split(x, y, test_size=0.2, stratify=y, random_state=0)
    train, held, train_y, held_y = train_test_split(
        rest, rest_y, test_size=0.1, stratify=rest_y, random_state=0
    )
    scaler = StandardScaler().fit(train)
    train, held, test = (scaler.transform(part) for part in (train, held, test))
    options: Any = {"hidden_layer_sizes": (64, 64), "batch_size": 32}
    network = MLPClassifier(max_iter=epochs, n_iter_no_change=epochs, random_state=0, **options)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        network.fit(train, train_y)
    for name, part, labels in (
        ("training", train, train_y),
        ("validation", held, held_y),
        ("test", test, test_y),
    ):
        sys.stdout.write(f"{name} {network.score(part, labels):.4f}\n")
    sys.stdout.write(f"{confusion_matrix(test_y, network.predict(test))}\n")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
