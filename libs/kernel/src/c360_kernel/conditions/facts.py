"""Names of what is known of a customer beside its traits, in conditions.

No trait can have such a name: it holds a colon.
"""

from __future__ import annotations

from collections.abc import Mapping

from c360_kernel.record import TraitValue

SOURCES = "sources:"
"""The name of the sources that the records come from: a list of texts, in order."""
_CONSENT = "consent:"
_TAG = "tag:"


def with_facts(
    traits: Mapping[str, TraitValue],
    consents: Mapping[str, str],
    sources: tuple[str, ...],
    tags: Mapping[str, TraitValue],
) -> dict[str, TraitValue]:
    """What conditions are held against: golden traits, and facts under names of theirs."""
    known = dict(traits)
    if sources:
        known[SOURCES] = sources
    for purpose, said in consents.items():
        known[consent_fact(purpose)] = said
    for tag, value in tags.items():
        known[tag_fact(tag)] = value
    return known


def consent_fact(purpose: str) -> str:
    """The name of what holds for a purpose: a text, a status of `ConsentStatus`."""
    return f"{_CONSENT}{purpose}"


def purpose_of(name: str) -> str | None:
    """The purpose whose consent has this name; None for any other name."""
    return name.removeprefix(_CONSENT) if name.startswith(_CONSENT) else None


def tag_fact(tag: str) -> str:
    """The name of the value of a customer's tag: true, a whole number or a text."""
    return f"{_TAG}{tag}"


def tag_of(name: str) -> str | None:
    """The tag whose value has this name; None for any other name."""
    return name.removeprefix(_TAG) if name.startswith(_TAG) else None


def is_fact(name: str) -> bool:
    """Whether this is the name of no trait."""
    return ":" in name
