"""Writing requests wait for each other; reading ones never wait."""

import threading
from concurrent.futures import ThreadPoolExecutor, wait

import pytest
from django.http import HttpRequest, HttpResponse

from studio.kit.middleware import WRITES_AT_ONCE, few_writes_at_once, let_others_write

WAIT_S = 10


class Kitchen:
    """A view that holds every writing request until the door is opened, and counts those inside."""

    def __init__(self) -> None:
        self.door = threading.Event()
        self.is_full = threading.Event()
        self.inside = self.most = 0
        self._lock = threading.Lock()

    def view(self, request: HttpRequest) -> HttpResponse:
        if request.method == "GET":
            return HttpResponse("menu")
        with self._lock:
            self.inside += 1
            self.most = max(self.most, self.inside)
            if self.inside == WRITES_AT_ONCE:
                self.is_full.set()
        self.door.wait(WAIT_S)
        with self._lock:
            self.inside -= 1
        return HttpResponse("served")


def request(method: str) -> HttpRequest:
    asked = HttpRequest()
    asked.method = method
    return asked


def test_a_page_is_read_while_writes_wait_for_each_other() -> None:
    kitchen = Kitchen()
    answer = few_writes_at_once(kitchen.view)
    with ThreadPoolExecutor(8) as guests:
        orders = [guests.submit(answer, request("POST")) for _ in range(6)]
        assert kitchen.is_full.wait(WAIT_S)
        assert answer(request("GET")).content == b"menu"
        assert kitchen.inside == WRITES_AT_ONCE
        kitchen.door.set()
        wait(orders, WAIT_S)
    assert [order.result().content for order in orders] == [b"served"] * 6
    assert kitchen.most == WRITES_AT_ONCE


def test_a_write_that_fails_gives_its_place_back() -> None:
    def burn(asked: HttpRequest) -> HttpResponse:
        raise RuntimeError("burnt")

    answer = few_writes_at_once(burn)
    for _ in range(WRITES_AT_ONCE + 1):
        with pytest.raises(RuntimeError, match="burnt"):
            answer(request("POST"))


def test_one_that_waits_for_another_server_lets_the_others_pass_and_leaves_once() -> None:
    kitchen = Kitchen()
    phone = threading.Event()

    def view(asked: HttpRequest) -> HttpResponse:
        if asked.path != "/ask/":
            return kitchen.view(asked)
        let_others_write(asked)
        phone.wait(WAIT_S)
        return HttpResponse("called")

    answer = few_writes_at_once(view)
    asking = [request("POST") for _ in range(WRITES_AT_ONCE)]
    for one in asking:
        one.path = "/ask/"
    with ThreadPoolExecutor(8) as guests:
        calls = [guests.submit(answer, one) for one in asking]
        orders = [guests.submit(answer, request("POST")) for _ in range(6)]
        assert kitchen.is_full.wait(WAIT_S)
        phone.set()
        assert [call.result(WAIT_S).content for call in calls] == [b"called"] * WRITES_AT_ONCE
        kitchen.door.set()
        wait(orders, WAIT_S)
    assert kitchen.most == WRITES_AT_ONCE
