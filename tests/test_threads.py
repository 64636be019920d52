"""Threads draw their items themselves, and results keep the items' order."""

from collections.abc import Iterator
from threading import Event, Thread, current_thread, main_thread

import pytest

from proxyscan.engines.threads import Drawing, in_threads


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


def noted(items: int, drawn: list[int]) -> Iterator[int]:
    for item in range(items):
        drawn.append(item)
        yield item


def test_where_drawing_is_work_one_item_is_drawn_ahead() -> None:
    drawn: list[int] = []
    drawing = Drawing(noted(4, drawn), lambda item: item != 2)
    assert [drawing.draw() and len(drawn) for _ in range(5)] == [2, 3, 4, 4, None]


def test_where_drawing_is_no_work_nothing_is_drawn_ahead() -> None:
    drawn: list[int] = []
    drawing = Drawing(noted(3, drawn), lambda _: False)
    assert [drawing.draw() and len(drawn) for _ in range(4)] == [1, 2, 3, None]


def test_nothing_is_drawn_ahead_while_a_thread_waits_for_its_own_item() -> None:
    first = Event()
    found: list[tuple[int, int] | None] = []

    def items() -> Iterator[int]:
        yield 0
        assert first.wait(10)
        yield from (1, 2, 3)

    drawing = Drawing(items(), lambda item: item > 0)
    assert drawing.draw() == (0, 0)
    threads = [Thread(target=lambda: found.append(drawing.draw())) for _ in range(2)]
    for thread in threads:
        thread.start()
    while not drawing._waiting:
        pass
    first.set()
    for thread in threads:
        thread.join()
    assert {*found} == {(1, 1), (2, 2)}
    assert list(drawing._ahead) == [(3, 3)]


def test_who_finds_another_one_drawing_takes_what_was_drawn_ahead() -> None:
    drawing_third, go_on = Event(), Event()

    def items() -> Iterator[int]:
        yield from (0, 1)
        drawing_third.set()
        assert go_on.wait(10)
        yield 2

    drawing = Drawing(items(), lambda _: True)
    assert drawing.draw() == (0, 0)
    found: list[tuple[int, int] | None] = []
    other = Thread(target=lambda: found.append(drawing.draw()))
    other.start()
    assert drawing_third.wait(10)
    assert drawing.draw() == (1, 1)
    go_on.set()
    other.join()
    assert found == [(2, 2)]


def test_results_are_the_same_where_items_are_drawn_ahead() -> None:
    assert list(in_threads(lambda _, item: item, "abc", range(500), lambda item: item % 3 > 0)) == [*range(500)]


def test_a_single_thread_draws_nothing_ahead() -> None:
    drawn: list[int] = []
    results = in_threads(lambda _, item: len(drawn) - item, "a", noted(9, drawn), lambda _: True)
    assert set(results) == {1}
