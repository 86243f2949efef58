"""What is told of a server that is away."""

from __future__ import annotations

import logging

import pytest
from c360_kernel.errors import Transient
from c360_kernel.outage import Outage, address_of, waiting
from hypothesis import given
from hypothesis import strategies as st

STORE = Transient("away", code="STORE_UNAVAILABLE")
LOG = Transient("away", code="LOG_UNAVAILABLE")


def test_who_waits_is_told_while_it_waits() -> None:
    outage = Outage("profile-of-this-test")
    assert "profile-of-this-test" not in waiting()
    outage.seen(Transient("x", code="STORE_FULL"))
    assert waiting()["profile-of-this-test"] == "STORE_FULL"
    outage.seen(Transient("x", code="POSITION_MOVED"))
    assert "profile-of-this-test" not in waiting()
    outage.seen(Transient("x", code="LOG_UNAVAILABLE"))
    outage.over()
    assert "profile-of-this-test" not in waiting()


def test_who_waits_is_told_whatever_others_of_its_name_are_still_about() -> None:
    replaced, outage, later = (Outage("many-of-this-test") for _ in range(3))
    outage.seen(STORE)
    assert waiting()["many-of-this-test"] == "STORE_UNAVAILABLE"
    for one in (replaced, outage, later):
        one.over()
    assert "many-of-this-test" not in waiting()


def test_an_hour_of_tries_each_second_is_told_a_few_times_with_the_address(
    caplog: pytest.LogCaptureFixture,
) -> None:
    seconds = iter(range(4_000))
    outage = Outage("profile", "db:27017", "broker:9092", lambda: next(seconds))
    caplog.set_level(logging.INFO)
    for _ in range(3_600):
        outage.seen(STORE)
    assert 5 < len(caplog.messages) < 20
    assert caplog.messages[0] == "profile waits for its store at db:27017: STORE_UNAVAILABLE"
    caplog.clear()
    outage.seen(LOG)
    outage.over()
    outage.over()
    assert caplog.messages[0] == "profile waits for the log at broker:9092: LOG_UNAVAILABLE"
    assert len(caplog.messages) == 2
    assert "goes on" in caplog.messages[1]


_NAMES = st.text("abcdefghijklmnop0123456789.-", min_size=1, max_size=12)


@given(_NAMES, st.text(min_size=1).map(lambda text: f"SECRET{text}"), _NAMES)
def test_no_part_of_a_password_is_in_an_address(user: str, password: str, host: str) -> None:
    found = address_of(f"mongodb://{user}:{password}@{host}:27017/c360?w=1")
    assert "SECRET" not in found
    assert found in ("", f"{host}:27017")


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("mongodb://ann:secret@a:1,b:2/c360", "a:1,b:2"),
        ("neo4j+s://neo4j:p@graph:7687?prefix=X", "graph:7687"),
        ("kafka://a:9092,b:9092?prefix=x", "a:9092,b:9092"),
        ("sqlite:////data/profile.db", ""),
        (None, ""),
    ],
)
def test_the_address_is_host_and_port(url: str | None, address: str) -> None:
    assert address_of(url) == address
