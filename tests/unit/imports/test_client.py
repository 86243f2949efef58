"""An instance that is away or busy is asked again; a refusal is not."""

from __future__ import annotations

import socket
import threading
import time
from typing import TYPE_CHECKING

import pytest
from c360_mapping.mapping import EVENTS

from c360_cli.imports import client
from c360_cli.imports.client import GraphQLClient, RetryPolicy, TooLarge
from c360_cli.imports.refusals import ImportRefused, ImportStopped
from c360_cli.imports.sending import Sender

if TYPE_CHECKING:
    from conftest import Instance

QUICK = RetryPolicy(tries=4, first_pause_s=0.001, longest_pause_s=0.002)
ITEMS = [{"messageId": str(number)} for number in range(10)]


def sender(url: str, retries: RetryPolicy = QUICK, token: str = "t") -> Sender:
    return Sender(GraphQLClient(url, lambda: token, retries), EVENTS, "NONE")


def unused_url() -> str:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{taken.getsockname()[1]}"


def refusal(code: str) -> dict[str, object]:
    return {"message": "m", "extensions": {"code": code, "retryable": True}}


@pytest.mark.parametrize(
    "trouble",
    [
        (503, {"errors": []}),
        (429, b"slow down"),
        (504, b""),
        (200, {"errors": [refusal("UNAVAILABLE")]}),
        (200, {"data": {"trackEvents": None}, "errors": [refusal("AUDIT_UNAVAILABLE")]}),
        (200, {"data": {"trackEvents": None}, "errors": [refusal("LOG_UNAVAILABLE")]}),
        (200, {"data": {"trackEvents": None}, "errors": [refusal("LOG_FULL")]}),
    ],
)  # fmt: skip
def test_a_busy_instance_is_asked_again(instance: Instance, trouble: tuple[int, object]) -> None:
    instance.troubles = [trouble] * 3
    outcomes = sender(instance.url).send(ITEMS)
    assert [outcome.status for outcome in outcomes] == ["ACCEPTED"] * 10
    assert len(instance.requests) == 4


def test_an_instance_that_stays_busy_stops_the_import(instance: Instance) -> None:
    instance.troubles = [(503, b"")] * 9
    with pytest.raises(ImportStopped, match="in 4 tries: it answered 503"):
        sender(instance.url).send(ITEMS)


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that a client made, none of which took any time."""
    made: list[float] = []

    class Cancelled(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            if timeout is None:
                return super().wait()
            made.append(timeout)
            return False

    monkeypatch.setattr(client.threading, "Event", Cancelled)
    return made


def test_a_pause_that_is_asked_for_is_made_and_told(
    instance: Instance, pauses: list[float]
) -> None:
    instance.troubles, instance.retry_after = [(429, b""), (503, b"")], "7"
    collected: list[float] = []
    telling = GraphQLClient(instance.url, lambda: "t", QUICK, collected.append)
    outcomes = Sender(telling, EVENTS, "NONE").send(ITEMS)
    assert [outcome.status for outcome in outcomes] == ["ACCEPTED"] * 10
    assert (pauses, collected) == ([7.0, 7.0], [7.0, 7.0])


def test_waiting_for_ones_turn_is_no_failure(instance: Instance, pauses: list[float]) -> None:
    instance.troubles, instance.retry_after = [(429, b"")] * 30, "1"
    outcomes = sender(instance.url).send(ITEMS)
    assert [outcome.status for outcome in outcomes] == ["ACCEPTED"] * 10
    assert (len(instance.items), len(pauses)) == (10, 30)


@pytest.mark.parametrize("given", ["Sat, 28 Nov 2026 03:00:00 GMT", "-1", "soon", "1.5"])
def test_a_pause_that_is_not_understood_is_one_of_ours(
    instance: Instance, pauses: list[float], given: str
) -> None:
    instance.troubles, instance.retry_after = [(503, b"")] * 3, given
    sender(instance.url).send(ITEMS)
    assert all(pause <= QUICK.longest_pause_s for pause in pauses)


def test_a_body_that_is_refused_before_it_was_sent_is_halved() -> None:
    """The refusal is read although the rest of the body finds nobody."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=refuse_unread, args=(listening,), daemon=True).start()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        with pytest.raises(TooLarge):
            GraphQLClient(url, lambda: "t", QUICK).execute("{ x }", {"pad": "x" * 20_000_000})


def refuse_unread(listening: socket.socket) -> None:
    connection, _ = listening.accept()
    connection.recv(1_000)
    connection.sendall(b"HTTP/1.1 413 Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")
    connection.close()


def test_an_instance_that_is_not_there_stops_the_import() -> None:
    with pytest.raises(ImportStopped, match="in 4 tries: connection refused") as caught:
        sender(unused_url()).send(ITEMS)
    assert caught.value.code == "IMPORT_STOPPED"


def test_trying_can_be_cancelled() -> None:
    patient = sender(unused_url(), RetryPolicy(tries=1000, first_pause_s=60, longest_pause_s=60))
    threading.Timer(0.05, patient.cancel).start()
    started = time.monotonic()
    with pytest.raises(ImportStopped):
        patient.send(ITEMS)
    assert time.monotonic() - started < 10


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ((400, {"errors": [{"message": "m", "extensions": {"code": "BAD_INPUT"}}]}), "BAD_INPUT"),
        ((200, {"errors": [{"message": "m"}]}), "OPERATION_REFUSED"),
        ((200, {"data": None, "errors": []}), "OPERATION_REFUSED"),
        ((404, b"<html>"), "NOT_GRAPHQL"),
        ((200, b"[]"), "NOT_GRAPHQL"),
        ((200, {"data": {"trackEvents": {"results": []}}}), "NOT_GRAPHQL"),
    ],
)
def test_a_refusal_is_not_repeated(
    instance: Instance, answer: tuple[int, object], code: str
) -> None:
    instance.troubles = [answer]
    with pytest.raises(ImportRefused) as caught:
        sender(instance.url).send(ITEMS)
    assert caught.value.code == code
    assert len(instance.requests) == 1


def test_a_request_that_is_too_large_is_halved(instance: Instance) -> None:
    instance.largest = 500
    outcomes = sender(instance.url).send([*ITEMS, {"messageId": "x" * 600}, *ITEMS[:1]])
    assert [outcome.status for outcome in outcomes] == [
        *["ACCEPTED"] * 10, "REFUSED", "DUPLICATE",
    ]  # fmt: skip
    assert outcomes[10].code == "ITEM_TOO_LARGE"


def test_a_token_that_ran_out_is_minted_anew_once(instance: Instance) -> None:
    minted = iter(["old", "new"])
    instance.troubles = [(401, {"errors": [{"message": "m"}]})]
    renewing = GraphQLClient(instance.url, lambda: next(minted), QUICK)
    Sender(renewing, EVENTS, "NONE").send(ITEMS)
    assert instance.tokens == ["Bearer old", "Bearer new"]


def test_a_token_that_is_not_accepted_refuses_the_import(instance: Instance) -> None:
    denied = {"errors": [{"message": "m", "extensions": {"code": "UNAUTHENTICATED"}}]}
    instance.troubles = [(401, denied)] * 2
    with pytest.raises(ImportRefused) as caught:
        sender(instance.url).send(ITEMS)
    assert caught.value.code == "UNAUTHENTICATED"


@pytest.mark.parametrize(
    "url",
    [
        "ftp://host",
        "127.0.0.1:8360",
        "http://",
        "http://h:port",
        "http://me:s3cret@h",
        "http://h/?a=s3cret",
    ],
)
def test_a_url_of_another_kind_is_refused(url: str) -> None:
    with pytest.raises(ImportRefused) as caught:
        sender(url)
    assert caught.value.code == "URL_INVALID"
    assert "s3cret" not in caught.value.message


def test_pauses_double_up_to_the_longest() -> None:
    retries = RetryPolicy(first_pause_s=1, longest_pause_s=5)
    for tried, full in [(1, 1), (2, 2), (3, 4), (4, 5), (9, 5)]:
        assert 0.75 * full <= retries.pause(tried) <= full
