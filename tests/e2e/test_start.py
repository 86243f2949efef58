"""Ready means that the first question is answered whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.running import Running

OF_ALL_SERVICES = """{ customers(first: 1) { totalCount } segments { name }
  customerByRecord(source: "crm", key: "1") { id profile { name } segments { name } } }"""


@pytest.mark.parametrize(
    "flags", [pytest.param((), marks=pytest.mark.slow), pytest.param(("--processes",))]
)
def test_the_first_question_after_ready_has_no_error(
    tmp_path: Path, flags: tuple[str, ...]
) -> None:
    with Running(tmp_path, *flags):
        pass
    # The second time it has a supergraph before its services are asked for theirs.
    with Running(tmp_path, *flags) as instance:
        answer = instance.ask("privacy_officer", OF_ALL_SERVICES)
    assert "errors" not in answer, answer
