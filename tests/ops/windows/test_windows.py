"""Windows, convolution and pooling: settings, shapes and errors."""

from __future__ import annotations

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import OptionError, ShapeError

X = np.arange(12.0).reshape(1, 2, 6)
W = np.ones((4, 2, 3))
V = np.ones((2, 3, 2))


def test_fold_of_ones_counts_the_windows_of_each_entry():
    windows = cr.unfold(np.ones((4, 5)), (3, 2), stride=(1, 2))
    assert windows.shape == (2, 2, 3, 2)
    np.testing.assert_array_equal(
        cr.fold(windows, (4, 5), stride=(1, 2)).value,
        np.outer([1, 2, 2, 1], [1, 1, 1, 1, 0]),
    )


def test_integers_stay_integers_when_folded():
    assert cr.fold(np.ones((3, 2), bool), 4).dtype == np.int64


def test_a_setting_is_one_number_or_one_for_each_axis():
    x, w = np.ones((1, 1, 5, 5)), np.ones((1, 1, 2, 2))
    same = cr.convolution(x, w, stride=2, padding=1).value
    np.testing.assert_array_equal(cr.convolution(x, w, stride=(2, 2), padding=(1, 1)).value, same)


def test_the_stride_of_pooling_is_its_size():
    assert cr.max_pool(X, 3).shape == cr.avg_pool(X, 3).shape == (1, 2, 2)
    assert cr.max_pool(X.astype(int), 3).dtype == np.int64


def test_with_ceil_the_last_window_extends_beyond_the_end():
    x = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    np.testing.assert_array_equal(cr.max_pool(x, 2, ceil=True).value, [2.0, 4.0, 5.0])
    np.testing.assert_array_equal(cr.avg_pool(x, 2, ceil=True).value, [1.5, 3.5, 5.0])
    assert cr.max_pool(x, 2, 4, 1, ceil=True).shape == (2,)  # the third would start in padding


def test_with_ceil_a_window_may_be_larger_than_the_input():
    assert cr.max_pool([3.0], 2, ceil=True).value.tolist() == [3.0]
    assert cr.avg_pool([3.0], 2, ceil=True).value.tolist() == [3.0]


def test_padding_is_counted_in_means_only_on_request():
    x = np.array([3.0, 3.0])
    np.testing.assert_array_equal(cr.avg_pool(x, 2, 1, 1).value, [1.5, 3.0, 1.5])
    np.testing.assert_array_equal(
        cr.avg_pool(x, 2, 1, 1, count_padding=False).value, [3.0, 3.0, 3.0]
    )


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: cr.unfold(np.ones(2), 3), ShapeError, "at least 3 entries"),
        (lambda: cr.unfold(np.ones(4), 0), OptionError, "unfold size"),
        (lambda: cr.unfold(np.ones(4), 2, stride=(1, 1)), OptionError, "unfold stride"),
        (lambda: cr.unfold(np.ones(4), (2, 2)), ShapeError, "at least 2 × 2 entries"),
        (lambda: cr.fold(np.ones((3, 2)), 5), ShapeError, "windows"),
        (lambda: cr.fold(np.ones(3), 5), ShapeError, "at least 2 axes"),
        (lambda: cr.convolution(X, np.ones((4, 3, 2))), ShapeError, "groups=1"),
        (lambda: cr.convolution(X, np.ones((3, 1, 2)), groups=2), ShapeError, "divisible"),
        (lambda: cr.convolution(X, W, np.ones(3)), ShapeError, "convolution bias"),
        (lambda: cr.convolution(X, W, stride=0), OptionError, "convolution stride"),
        (lambda: cr.convolution(X, W, padding=-1), OptionError, "convolution padding"),
        (lambda: cr.convolution(X, W, padding="all"), OptionError, "'same', 'valid'.* got 'all'"),
        (lambda: cr.convolution(X, W, padding="same", stride=2), OptionError, "a stride of 1"),
        (lambda: cr.transposed_convolution(X, W), ShapeError, "D divisible by groups, got"),
        (
            lambda: cr.transposed_convolution(X, V, groups=2, bias=[1.0]),
            ShapeError,
            r"shape \(6,\)",
        ),
        (
            lambda: cr.transposed_convolution(X, V, output_padding=1),
            OptionError,
            "less than",
        ),
        (lambda: cr.transposed_convolution(X, V, padding=4), ShapeError, "which give"),
        (lambda: cr.max_pool(X, 2, padding=2), OptionError, "max_pool padding.*at most half"),
        (lambda: cr.avg_pool(X, 3, padding=2), OptionError, "avg_pool padding.*at most half"),
        (lambda: cr.adaptive_max_pool(X, 0), OptionError, "adaptive_max_pool outputs"),
        (lambda: cr.convolution(np.ones(3), np.ones(3)), ShapeError, "convolution"),
        (lambda: cr.max_pool(X, 7), ShapeError, "at least 7 entries"),
        (lambda: cr.max_pool(X, (1, 1, 1, 1)), ShapeError, "at least 4 axes"),
        (lambda: cr.avg_pool(X, 2, 0), OptionError, "avg_pool stride"),
        (lambda: cr.adaptive_avg_pool(X, 0), OptionError, "adaptive_avg_pool outputs"),
    ],
)
def test_invalid_arguments_are_refused(call, error, words):
    with pytest.raises(error, match=words):
        call()
