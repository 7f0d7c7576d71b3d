"""Errors in other processes: every public error arrives as it was raised."""

import copy
import multiprocessing
import pickle
from concurrent.futures import ProcessPoolExecutor

import pytest

from chainrule import errors
from chainrule.autodiff.scan import StepError
from chainrule.bench.processes.process import WorkerError
from failing import example, fail, fit_badly

CLASSES = [
    kind
    for kind in (getattr(errors, name) for name in errors.__all__)
    if issubclass(kind, errors.ChainruleError)
]


def everything(error: BaseException) -> tuple:
    return type(error), str(error), error.args, repr(vars(error))


@pytest.mark.parametrize("kind", [*CLASSES, StepError, WorkerError])
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_an_error_is_pickled_with_all_its_parts(kind, protocol):
    error = example(kind)
    error.add_note("seen in line 3")
    again = pickle.loads(pickle.dumps(error, protocol))
    assert everything(again) == everything(error)
    assert everything(copy.deepcopy(error)) == everything(copy.copy(error)) == everything(error)


def test_every_error_of_the_package_is_among_them():
    def below(kind: type) -> set[type]:
        return {kind, *(each for child in kind.__subclasses__() for each in below(child))}

    assert {k for k in below(errors.ChainruleError) if k.__module__.startswith("chainrule.")} == {
        *CLASSES,
        StepError,
        WorkerError,
    }


@pytest.mark.parametrize("name", [kind.__name__ for kind in CLASSES])
def test_a_pool_reports_the_error_of_a_worker(name):
    pool = multiprocessing.get_context("spawn").Pool(1)
    with pool, pytest.raises(getattr(errors, name)) as caught:
        pool.map_async(fail, [name]).get(timeout=60)
    assert everything(caught.value)[:3] == everything(example(getattr(errors, name)))[:3]


def test_an_executor_reports_a_mistake_in_one_of_many_fits():
    context = multiprocessing.get_context("spawn")
    executor = ProcessPoolExecutor(1, mp_context=context)
    with executor, pytest.raises(errors.ChainruleError, match="expected"):
        list(executor.map(fit_badly, [2], timeout=120))
