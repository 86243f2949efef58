"""The demonstration of a steward ends only where everything came back as it was."""

from __future__ import annotations

from typing import Any

import pytest
from c360_kernel.errors import Invalid

from c360_cli.demo.deciding import DECISIONS, show

A, B = ("crm", "1"), ("web", "2")


class Instance:
    """Answers as an instance would whose customers are one or two; `leaks` what stays behind."""

    def __init__(self, leaks: str = "") -> None:
        self.ruling: list[str] = []
        self.leaks = leaks

    async def ask(self, query: str, variables: Any) -> Any:
        if "items" in variables:
            (item,) = variables["items"]
            if item["decision"] == "UNDO":
                self.ruling.pop()
            else:
                self.ruling.append(item["decision"])
            return {"decideIdentity": {"results": [{"status": "APPLIED", "code": None}]}}
        return {"customerByRecord": self.customer(variables["source"])}

    def customer(self, source: str) -> Any:
        is_one = self.ruling[-1:] == ["SAME"]
        mine = {
            "id": "c1" if is_one or source == "crm" else "c2",
            "records": [], "segments": [], "consents": [], "timeline": {"edges": []},
            "profile": {"name": "Ann"},
        }  # fmt: skip
        if self.leaks and self.ruling == ["SAME", "NOT_SAME"]:
            mine[self.leaks] = [{"name": "left behind", "purpose": "p", "status": "GRANTED"}]
        return mine


async def settled() -> None:
    pass


async def test_every_moment_is_shown() -> None:
    moments = await show((A, B), Instance().ask, settled)
    assert [one.decision for one in moments] == ["", *DECISIONS]
    assert [one.is_one for one in moments] == [False, True, False, True, False]
    assert [len(list(one.lines())) for one in moments] == [3, 2, 3, 2, 3]


@pytest.mark.parametrize("leaks", ["segments", "consents"])
async def test_what_does_not_come_back_ends_the_demonstration(leaks: str) -> None:
    with pytest.raises(Invalid) as refused:
        await show((A, B), Instance(leaks).ask, settled)
    assert refused.value.code == "DEMO_DIFFERS"
