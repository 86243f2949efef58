"""Consents as the log tells them: nobody is asked, and what is not known shows nothing."""

from types import SimpleNamespace

import pytest
from c360_gateway.transport.consent_states import Owner
from c360_gateway.transport.published_consents import LoggedConsentStates, PublishedConsents
from c360_kernel.errors import Transient
from c360_kernel.log.memory import MemoryLog
from c360_kernel.log.topics import CONSENT_STATES
from c360_kernel.payload import ConsentStatesChanged
from c360_kernel.testing.entries import new_entry
from c360_kernel.version import Version

MARKETING = SimpleNamespace(caller=SimpleNamespace(purpose="marketing"))


class Asked:
    """The service, which says yes to everybody and is remembered to have been asked."""

    def __init__(self):
        self.owners = []

    async def granted(self, owners, context):
        self.owners.append(set(owners))
        return frozenset(owners)


class Away(MemoryLog):
    """A log that cannot be read for a while."""

    away = False

    async def read(self, partition, offset, limit):
        if self.away:
            raise Transient("not now", code="LOG_UNAVAILABLE")
        return await super().read(partition, offset, limit)


@pytest.fixture
def log():
    return Away()


async def tell(log, *given):
    entries = [
        new_entry(CONSENT_STATES, customer, ConsentStatesChanged(customer, Version(0, n), states))
        for customer, n, states in given
    ]
    await log.append(entries)


def customers(*names):
    return {Owner(name) for name in names}


async def test_the_newest_state_of_the_callers_purpose_counts_and_nobody_is_asked(log):
    service = Asked()
    states = LoggedConsentStates(PublishedConsents(log), service)
    await tell(
        log,
        ("a", 1, {"marketing": "granted"}),
        ("b", 1, {"marketing": "denied", "service": "granted"}),
        ("c", 2, {"marketing": "withdrawn"}),
        ("c", 1, {"marketing": "granted"}),
    )
    owners = customers("a", "b", "c", "unheard of")
    assert await states.granted(owners, MARKETING) == customers("a")
    await tell(log, ("a", 2, {"marketing": "withdrawn"}), ("b", 2, {"marketing": "granted"}))
    assert await states.granted(owners, MARKETING) == customers("b")
    no_purpose = SimpleNamespace(caller=SimpleNamespace(purpose=""))
    assert await states.granted(owners, no_purpose) == frozenset()
    assert service.owners == []


async def test_whose_record_it_is_is_asked(log):
    service = Asked()
    states = LoggedConsentStates(PublishedConsents(log), service)
    record = Owner("1", "crm")
    assert await states.granted({record, Owner("a")}, MARKETING) == {record}
    assert service.owners == [{record}]


async def test_while_the_log_is_not_read_to_its_end_the_service_is_asked(log):
    service = Asked()
    states = LoggedConsentStates(PublishedConsents(log), service)
    await tell(log, ("a", 1, {"marketing": "denied"}))
    log.away = True
    assert await states.granted(customers("a"), MARKETING) == customers("a")
    log.away = False
    assert await states.granted(customers("a"), MARKETING) == frozenset()
    await tell(log, *((f"n{n}", 1, {"marketing": "granted"}) for n in range(9_000)))
    await tell(log, ("a", 2, {"marketing": "granted"}))
    requests = 0
    while True:
        requests += 1
        before = len(service.owners)
        assert await states.granted(customers("a"), MARKETING) == customers("a")
        if len(service.owners) == before:
            break
    assert requests >= 2


async def test_a_log_that_is_shorter_than_what_was_read_is_read_anew(log):
    consents = PublishedConsents(log)
    await tell(log, ("a", 1, {"marketing": "granted"}), ("a", 2, {"marketing": "granted"}))
    assert await consents.read_on() and consents.grants("a", "marketing")
    consents._log = MemoryLog()
    assert not await consents.read_on()
    assert not consents.grants("a", "marketing")
    assert await consents.read_on()
