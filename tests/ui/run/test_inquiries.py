"""What is worked out elsewhere is told on the window's thread, in whichever way it ended."""

from __future__ import annotations

import threading
from concurrent.futures import Future

import pytest

from nnstudio.ui.run.inquiries import Inquiries


def test_nothing_is_told_before_it_is_known():
    inquiries, told, future = Inquiries(), [], Future()
    inquiries.follow(future, told.append, told.append)
    inquiries.poll()
    assert told == [] and inquiries.are_open
    future.set_result(3)
    inquiries.poll()
    assert told == [3] and not inquiries.are_open
    inquiries.close()


def test_an_error_is_told_to_the_other():
    inquiries, told, failed = Inquiries(), [], []
    future: Future[int] = Future()
    future.set_exception(ValueError("no"))
    inquiries.follow(future, told.append, failed.append)
    inquiries.poll()
    assert told == [] and str(failed[0]) == "no"
    inquiries.close()


def test_files_are_read_on_another_thread_and_told_on_this_one():
    inquiries, told, ready = Inquiries(), [], threading.Event()

    def work() -> int:
        ready.set()
        return threading.get_ident()

    inquiries.in_background(work, lambda ident: told.append((ident, threading.get_ident())), told.append)
    assert ready.wait(60)
    inquiries.close()
    assert told == [], "closing tells nobody any more"


def test_what_follows_may_ask_again():
    inquiries, told = Inquiries(), []
    first: Future[int] = Future()
    second: Future[int] = Future()
    first.set_result(1)
    second.set_result(2)
    inquiries.follow(first, lambda _one: inquiries.follow(second, told.append, told.append), told.append)
    inquiries.poll()
    inquiries.poll()
    assert told == [2]
    inquiries.close()


def test_what_follows_one_may_fail_without_losing_the_others():
    inquiries, told = Inquiries(), []
    first: Future[int] = Future()
    second: Future[int] = Future()
    first.set_result(1)
    second.set_result(2)

    def broken(_value: object) -> None:
        raise IndexError

    inquiries.follow(first, broken, broken)
    inquiries.follow(second, told.append, told.append)
    with pytest.raises(IndexError):
        inquiries.poll()
    inquiries.poll()
    assert told == [2]
    inquiries.close()


def test_what_follows_may_close_everything():
    inquiries, told = Inquiries(), []
    first: Future[int] = Future()
    second: Future[int] = Future()
    first.set_result(1)
    second.set_result(2)
    inquiries.follow(first, lambda _one: inquiries.close(), told.append)
    inquiries.follow(second, told.append, told.append)
    inquiries.poll()
    assert told == []
