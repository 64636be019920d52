"""Threads draw their items themselves, and results keep the items' order."""

from collections.abc import Iterator
from threading import Event, current_thread, main_thread

import pytest

from proxyscan.engines.threads import in_threads


def test_results_keep_the_order_of_items_however_long_one_takes() -> None:
    third = Event()

    def task(_: str, item: int) -> int:
        if item == 0:
            assert third.wait(10)
        if item == 3:
            third.set()
        return item * item

    assert list(in_threads(task, ["a", "b"], range(50))) == [item * item for item in range(50)]


def test_items_are_drawn_by_the_threads_one_at_a_time() -> None:
    drawing: list[str] = []

    def items() -> Iterator[int]:
        for item in range(20):
            drawing.append(current_thread().name)
            assert len(drawing) == item + 1
            yield item

    assert list(in_threads(lambda _, item: item, "ab", items())) == [*range(20)]
    assert main_thread().name not in drawing


def test_what_goes_wrong_reaches_the_caller() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise OSError("no more")

    with pytest.raises(OSError, match="no more"):
        list(in_threads(lambda _, item: item, "ab", items()))
    with pytest.raises(ZeroDivisionError):
        list(in_threads(lambda _, item: 1 // item, "ab", [2, 1, 0]))


def test_who_wants_no_more_results_gets_none() -> None:
    done: list[int] = []
    results = in_threads(lambda _, item: done.append(item), "ab", range(1000))
    next(results)
    results.close()
    assert len(done) < 20
