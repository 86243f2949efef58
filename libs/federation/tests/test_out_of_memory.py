"""Want of memory is never told as a wrong request."""

from __future__ import annotations

import orjson
import pytest
from c360_federation.http import reading
from c360_federation.http.messages import HttpProblem
from c360_federation.http.reading import from_body


def _without_memory(_: bytes) -> object:
    raise orjson.JSONDecodeError("Not enough memory to allocate buffer for parsing", "", 0)


def test_a_body_that_there_is_no_memory_for_may_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading.orjson, "loads", _without_memory)
    with pytest.raises(HttpProblem) as refused:
        from_body(b"{}")
    assert (refused.value.status, refused.value.code) == (503, "OUT_OF_MEMORY")
    (error,) = refused.value.payload()["errors"]
    assert error["extensions"] == {"code": "OUT_OF_MEMORY", "retryable": True}


def test_a_body_that_is_no_json_is_wrong() -> None:
    with pytest.raises(HttpProblem) as refused:
        from_body(b"{")
    assert (refused.value.status, refused.value.code) == (400, "BAD_REQUEST")
