"""A connector asks whom its file names, at addresses that may be reached, and nobody else."""

from __future__ import annotations

from pathlib import Path

import pytest
from c360_connectors.form import Connector
from c360_connectors.reading.connector import parse_connector
from c360_connectors.secrets import secrets_in
from c360_kernel.errors import SettingsError

from tests.component.connectors.source import Asked, Taken, Told, ran, serving, settings

TEXT = """\
connector: crm
source: crm
pull:
  request: {url: "URL/people", headers: {authorization: "{secret.token}"}}
  pages: {link: {path: next}}
  rows: {path: people}
mapping: {kind: records, key: id, observedAt: at}
"""


def connector(url: str) -> Connector:
    return parse_connector(TEXT.replace("URL", url), "crm")


def chosen(data: Path, networks: str = "127.0.0.0/8"):
    made = settings(data).model_copy(update={"connect_networks": networks})
    folder = made.secrets_of("crm")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "token").write_text("s3cret\n")
    (folder / "token").chmod(0o600)
    return made


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "[::1]", "[::ffff:7f00:1]"],
)
async def test_no_address_of_ones_own_is_reached_unless_it_is_named(
    tmp_path: Path, host: str
) -> None:
    asked: list[Asked] = []

    def answer(one: Asked) -> Told:
        asked.append(one)
        return Told({"people": []})

    with serving(answer) as url:
        own = url.replace("127.0.0.1", host)
        for scheme in ("http", "https"):
            at = own.replace("http:", f"{scheme}:")
            state = await ran(connector(at), chosen(tmp_path, ""), Taken())
            assert (state.code, state.is_stopped) == ("ADDRESS_REFUSED", True)
    assert asked == []


async def test_no_redirect_is_followed_and_no_link_to_another_host(tmp_path: Path) -> None:
    asked: list[Asked] = []

    def elsewhere(one: Asked) -> Told:
        asked.append(one)
        return Told({"people": []})

    with serving(elsewhere) as other:
        with serving(lambda _: Told({}, 302, {"location": other})) as url:
            state = await ran(connector(url), chosen(tmp_path / "a"), Taken())
            assert state.code == "CONNECTOR_REFUSED"
        with serving(lambda _: Told({"people": [], "next": f"{other}/people"})) as url:
            state = await ran(connector(url), chosen(tmp_path / "b"), Taken())
            assert state.code == "CONNECTOR_LINK_FOREIGN"
    assert asked == []


async def test_who_does_not_answer_is_asked_another_time_and_nothing_secret_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with serving(lambda _: Told("s3cret and ada@example.com", 500, {"retry-after": "0"})) as url:
        state = await ran(connector(url), chosen(tmp_path), Taken())
    assert (state.code, state.is_stopped) == ("CONNECTOR_AWAY", False)
    told = f"{state.message} {caplog.text}"
    assert [word for word in ("s3cret", "ada@", url) if word in told] == []


def test_a_secret_that_others_may_read_is_refused(tmp_path: Path) -> None:
    folder = chosen(tmp_path).secrets_of("crm")
    assert secrets_in(folder, ["token"]) == {"secret.token": "s3cret"}
    (folder / "token").chmod(0o644)
    for name, code in (("token", "KEY_FILE_EXPOSED"), ("none", "CONNECTOR_SECRET_MISSING")):
        with pytest.raises(SettingsError) as refused:
            secrets_in(folder, [name])
        assert refused.value.code == code
        assert "s3cret" not in refused.value.message


async def test_the_address_of_a_next_page_may_be_written_as_people_read_it(tmp_path: Path) -> None:
    asked: list[Asked] = []

    def answer(one: Asked) -> Told:
        asked.append(one)
        return Told({"people": [], "next": None if len(asked) > 1 else "/people?q=张 三&at=a%2Bb"})

    with serving(answer) as url:
        state = await ran(connector(url), chosen(tmp_path), Taken())
    assert state.code == ""
    assert asked[-1].query == {"q": "张 三", "at": "a+b"}
