"""What a command says where something else answers than the instance that it was to ask."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from c360_kernel.errors import C360Error

from c360_cli.api.asking import Api

TOKEN = "s3cret.t0ken"


class Answering:
    """Answers one thing to whatever is asked, and keeps the headers of it."""

    def __init__(self, status: int, body: bytes, **headers: str) -> None:
        self.status, self.body, self.headers = status, body, headers
        self.asked: list[dict[str, str]] = []
        self.url = ""
        self.promised = len(body)


@contextmanager
def listening(one: Answering) -> Iterator[Answering]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            one.asked.append({name.lower(): value for name, value in self.headers.items()})
            self.rfile.read(int(self.headers.get("content-length") or 0))
            self.send_response(one.status)
            for name, value in {**one.headers, "content-length": str(one.promised)}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(one.body)

        do_GET = do_POST  # noqa: N815 - as the server calls it

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    one.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield one
    finally:
        server.shutdown()
        server.server_close()


def refusal(url: str, tmp_path: Path, token: str = TOKEN) -> C360Error:
    with pytest.raises(C360Error) as refused:
        Api(tmp_path, url, token).ask("auditor", "{ me { id } }", {})
    assert "s3cret" not in refused.value.message
    return refused.value


@pytest.mark.parametrize("status", [200, 404, 500, 502])
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>nothing here</html>",
        b"{}",
        b"[]",
        b"null",
        b'"text"',
        b'{"data": null}',
        b'{"data": []}',
        b'{"errors": []}',
        b'{"errors": "no"}',
        b'{"errors": ["no"]}',
        b'{"errors": {"message": "no"}}',
        b"\xff\xfe",
    ],
)
def test_what_is_no_graphql_is_said_to_be_that(status: int, body: bytes, tmp_path: Path) -> None:
    with listening(Answering(status, body)) as one:
        assert refusal(one.url, tmp_path).code == "NOT_GRAPHQL"


@pytest.mark.parametrize("status", [200, 502])
def test_an_answer_that_breaks_off_is_none(status: int, tmp_path: Path) -> None:
    with listening(Answering(status, b"{", connection="close")) as half:
        half.promised = 100
        assert refusal(half.url, tmp_path).code == "INSTANCE_UNREACHABLE"


def test_an_error_without_a_code_of_ours_is_told_by_what_it_says(tmp_path: Path) -> None:
    with listening(Answering(200, b'{"errors": [{"message": "Cannot query field"}]}')) as one:
        found = refusal(one.url, tmp_path)
    assert (found.code, found.message) == ("OPERATION_REFUSED", "Cannot query field")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_token_goes_to_nobody_that_an_answer_leads_to(status: int, tmp_path: Path) -> None:
    with listening(Answering(200, b'{"data": {"me": null}}')) as elsewhere:
        leading = Answering(status, b"", location=f"{elsewhere.url}/graphql")
        with listening(leading) as one:
            assert refusal(one.url, tmp_path).code == "NOT_GRAPHQL"
            assert len(one.asked) == 1
        assert elsewhere.asked == []


@pytest.mark.parametrize(
    "url",
    [
        "localhost:8360",
        "127.0.0.1:8360",
        "file:///etc/hosts",
        "ftp://host",
        "http://",
        "http://h:port",
        "http://h:99999",
        "http://me:s3cret@127.0.0.1:1",
        "http://127.0.0.1:1/?token=s3cret",
        "http://127.0.0.1:1/#s3cret",
        "http://h\nost",
        "http://bücher.example",
    ],
)
def test_an_address_of_no_instance_is_refused(url: str, tmp_path: Path) -> None:
    assert refusal(url, tmp_path).code == "URL_INVALID"


@pytest.mark.parametrize("token", ["s3cret\nx: y", "s3cret t0ken", "s3crét", "s3cret\x00"])
def test_a_token_that_no_header_takes_is_refused(token: str, tmp_path: Path) -> None:
    assert refusal("http://127.0.0.1:1", tmp_path, token).code == "UNAUTHENTICATED"


def test_a_token_may_end_with_its_line(tmp_path: Path) -> None:
    with listening(Answering(200, b'{"data": {"me": null}}')) as one:
        Api(tmp_path, f"{one.url}/", f"{TOKEN}\n").ask("auditor", "{ me { id } }", {})
    assert one.asked[0]["authorization"] == f"Bearer {TOKEN}"
