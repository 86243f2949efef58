"""The demonstration says of a phone what it beat and why, and asks what was known before."""

from __future__ import annotations

from typing import Any

import pytest
from c360_kernel.errors import Invalid

from c360_cli.demo.explaining import find
from c360_cli.generate import generate_world

WORLD = generate_world(1, 5)


def customer(**other: Any) -> Any:
    candidate = {
        "source": "erp",
        "observedAt": "2026-02-01T00:00:00Z",
        "lostBecause": "LESS_TRUSTED",
        "traits": {"phone": "139 1234 5679"},
        **other,
    }
    won = {
        "trait": "phone",
        "source": "crm",
        "observedAt": "2026-01-01T00:00:00Z",
        "candidates": [candidate],
    }
    named = {**won, "trait": "name"}
    return {"profile": {"phone": "+8613912345678"}, "provenance": [named, won]}


def asking(*customers: Any) -> Any:
    left = [{"data": {"customerByRecord": one}} for one in customers]

    async def ask(query: str, variables: Any) -> Any:
        return left.pop(0) if left else {"data": {"customerByRecord": None}}

    return ask


async def test_it_is_said_what_a_phone_beat_and_why() -> None:
    found = await find(WORLD, asking(customer()))
    assert found.line() == "phone from CRM, beat ERP's newer one because CRM is trusted more"
    assert found.day_before == "2025-12-31T00:00:00Z"
    assert found.answer["provenance"][0]["trait"] == "phone"


@pytest.mark.parametrize(
    "other",
    [
        {"source": "web"},
        {"observedAt": "2025-12-01T00:00:00Z"},
        {"traits": {"phone": "13912345678"}},
    ],
)
async def test_what_is_no_conflict_is_passed_over(other: Any) -> None:
    found = await find(WORLD, asking(customer(**other), None, customer()))
    assert found.lost["source"] == "erp"
    with pytest.raises(Invalid) as refused:
        await find(WORLD, asking(customer(**other)))
    assert refused.value.code == "DEMO_DIFFERS"
