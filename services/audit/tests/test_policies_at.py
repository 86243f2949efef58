"""Which policy and schema held at a time, by what is on record."""

import pytest
from c360_audit.store.policies import policy_at, schema_at
from c360_audit.testing.entries import entry, keep, operation
from c360_audit.testing.memory import MemoryAuditLog


@pytest.fixture
async def log():
    made = MemoryAuditLog()
    served = [(10, "s1", {}), (20, "s2", {"before": "s1"}), (30, "s3", {"before": "s2"})]
    acts = [
        operation(at, "c360/gateway", kind="schema_changed", target=version, details=details)
        for at, version, details in served
    ]
    await keep(made, *(entry(f"e{number}", act, number) for number, act in enumerate(acts)))
    return made


@pytest.mark.parametrize(
    ("at", "version"), [(11, "s1"), (20, "s1"), (21, "s2"), (30, "s2"), (31, "s3"), (None, "s3")]
)
async def test_the_schema_of_a_time_is_what_was_served_last_before_it(log, at, version):
    assert await schema_at(log, at) == version


async def test_before_the_first_on_record_there_is_none(log):
    assert await schema_at(log, 5) == ""
    assert await schema_at(MemoryAuditLog(), None) == ""
    assert await policy_at(log, 25) == ""


async def test_what_retention_took_is_told_by_the_first_change_since(log):
    assert await log.expire(15, 10) == 1
    assert await schema_at(log, 18) == "s1"
    assert await schema_at(log, 25) == "s2"
