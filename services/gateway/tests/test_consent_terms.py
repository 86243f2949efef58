"""Under which terms a purpose is answered: said by the item, else by the catalog."""

from __future__ import annotations

import pytest
from c360_federation.execute.transport import SubgraphResponse, TransportError
from c360_gateway.auth.principal import Principal
from c360_gateway.collect.asked_again import SubgraphReplacedAnswers, replacing
from c360_gateway.collect.fields import Refused
from c360_gateway.collect.kinds import consent_kind
from c360_gateway.context import OperationContext
from c360_kernel.catalog.document import CatalogError
from c360_kernel.catalog.loader import parse_catalog
from c360_kernel.context import CallerContext
from c360_kernel.payload import ConsentRecorded, ConsentTerms
from c360_kernel.record import RecordKey

TEXT = """
sources: {crm: {priority: 0}}
traits: {email: {type: string, tag: email}}
purposes:
  plain: {}
  marketing: {basis: contract, wording: v7, jurisdiction: CN, validDays: 2, traits: [email]}
"""
CATALOG = parse_catalog(TEXT, "test")
READ = consent_kind(CATALOG).read
DAY = 86_400_000
NOW = 20_000 * DAY
ITEM = {"source": "crm", "key": "a", "status": "GRANTED", "at": NOW - 5}


def terms(**said: object) -> ConsentTerms:
    payload = READ({**ITEM, "purpose": "plain", **said}, NOW)
    assert isinstance(payload, ConsentRecorded)
    return payload.terms


def test_what_the_catalog_says_of_a_purpose_holds_where_the_answer_says_nothing() -> None:
    assert terms() == ConsentTerms("consent")
    assert terms(purpose="marketing") == ConsentTerms(
        "contract", "v7", "", "CN", "", "", NOW - 5 + 2 * DAY
    )
    said = {"basis": "CONSENT", "wordingVersion": "v8", "jurisdiction": "DE", "language": "de"}
    found = terms(purpose="marketing", givenBy="GUARDIAN", proof="x", **said)
    assert found[:6] == ("consent", "v8", "de", "DE", "guardian", "x")


@pytest.mark.parametrize(
    ("purpose", "stated", "ends"),
    [
        ("plain", None, 0),
        ("plain", NOW + 9 * DAY, NOW + 9 * DAY),
        ("marketing", NOW + DAY, NOW + DAY),
        ("marketing", NOW + 9 * DAY, NOW - 5 + 2 * DAY),
    ],
)
def test_a_grant_ends_when_it_says_and_no_later_than_the_catalog_allows(
    purpose: str, stated: int | None, ends: int
) -> None:
    assert terms(purpose=purpose, expiresAt=stated).expires_at == ends


def test_what_is_no_grant_has_no_end() -> None:
    for status in ("DENIED", "WITHDRAWN", "EXPIRED"):
        assert terms(purpose="marketing", status=status).expires_at == 0


@pytest.mark.parametrize(
    ("said", "path"),
    [
        ({"status": "DENIED", "expiresAt": NOW + DAY}, "expiresAt"),
        ({"expiresAt": NOW - 5}, "expiresAt"),
        ({"expiresAt": "soon"}, "expiresAt"),
        ({"basis": "because"}, "basis"),
        ({"givenBy": "dog"}, "givenBy"),
        ({"proof": 5}, "proof"),
        ({"status": "perhaps"}, "status"),
    ],
)
def test_terms_that_say_nothing_sound_are_refused(said: dict[str, object], path: str) -> None:
    with pytest.raises(Refused) as refused:
        terms(**said)
    assert (refused.value.refusal.code, refused.value.refusal.path) == ("FIELD_TYPE", path)


@pytest.mark.parametrize(
    "field", ["basis: why", "validDays: 0", "traits: [phone]", "recipients: x", "until: 3"]
)
def test_a_purpose_that_is_not_understood_refuses_the_catalog(field: str) -> None:
    with pytest.raises(CatalogError):
        parse_catalog(f"sources: {{crm: {{priority: 0}}}}\npurposes: {{p: {{{field}}}}}", "test")


class Profile:
    """The subgraph, and what it was asked."""

    def __init__(self, answer: list[list[str]] | None) -> None:
        self.answer = answer
        self.asked: list[dict[str, object]] = []

    async def execute(self, subgraph: str, request: object, context: object) -> SubgraphResponse:
        self.asked.append(request.variables)  # type: ignore[attr-defined]
        assert context.caller.predicate == ""  # type: ignore[attr-defined]
        if self.answer is None:
            raise TransportError("away", code="SUBGRAPH_UNAVAILABLE")
        return SubgraphResponse({"replacedAnswers": self.answer}, ())


def consent(status: str, at: int, claimed_at: int = 0) -> ConsentRecorded:
    record = RecordKey("crm", "a")
    return ConsentRecorded(record, "plain", status, at, "", claimed_at)  # type: ignore[arg-type]


async def asked_again(profile: Profile, *answers: ConsentRecorded) -> list[tuple[str, ...]]:
    principal = Principal("ann", ("connector",), "", frozenset({"*"}), 0)
    caller = CallerContext("ann", ("connector",), predicate="nobody")
    found = await replacing(
        answers,
        [NOW] * len(answers),
        SubgraphReplacedAnswers(profile),  # type: ignore[arg-type]
        OperationContext(caller, principal),
    )
    return [one.supersedes for one in found]  # type: ignore[union-attr]


async def test_a_grant_of_now_names_what_it_replaces_and_nothing_else_does() -> None:
    profile = Profile([["s1", "s2"], []])
    answers = (
        consent("denied", NOW),
        consent("granted", NOW - 1000),
        consent("granted", NOW - DAY),
        consent("granted", NOW, NOW + DAY),
        consent("granted", NOW),
    )
    assert await asked_again(profile, *answers) == [(), ("s1", "s2"), (), (), ()]
    assert [one["purposes"] for one in profile.asked] == [["plain", "plain"]]


async def test_where_profile_is_away_nothing_is_replaced() -> None:
    assert await asked_again(Profile(None), consent("granted", NOW)) == [()]
    away = Profile(None)
    assert await asked_again(away, consent("withdrawn", NOW), consent("granted", 1)) == [(), ()]
    assert away.asked == []
