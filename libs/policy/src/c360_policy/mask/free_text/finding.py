"""Where a text holds what names or reaches somebody: phones, e-mails, identity and bank cards."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

import phonenumbers

from c360_policy.mask.free_text.numbers import Span, numbers_in
from c360_policy.mask.free_text.spelling import decoded, plain, spoken
from c360_policy.mask.partial import HIDDEN

REGIONS = ("CN",)
_LOCAL = r"[A-Za-z0-9!$*'+^_`{|}~.-]*[A-Za-z0-9!$*'+^_`{|}~-]"
_HOST = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_MAIL = re.compile(rf"{_LOCAL} ?@ ?(?:{_HOST}\.)+(?:xn--[A-Za-z0-9-]+|[A-Za-z]{{2,63}})")
# What stands before or after an address of another alphabet without a blank goes with it.
_MAIL_ABROAD = re.compile(r"[\w.+-]+@(?:[\w-]+\.)+[^\W\d_]{2,}")
# Dots of host names, as IDNA has them.
_DOTS = str.maketrans("。｡", "..")
_FEWEST_DIGITS = 7
_TEXTS = 8_192


@lru_cache(_TEXTS)
def redacted(text: str, regions: tuple[str, ...] = REGIONS) -> str:
    """The text with `***` for each; as it is where none was found.

    `regions` are where phone numbers without a country code may be dialled. What is left of a text
    in which something was found is in its plain spelling: narrow, addresses decoded.
    """
    for spelling in dict.fromkeys((plain(decoded(text)), plain(text))):
        spans = personal_spans(spelling, regions)
        if spans:
            return _without(spelling, spans)
    return text


def personal_spans(text: str, regions: tuple[str, ...] = REGIONS) -> tuple[Span, ...]:
    """The parts of a plain text that are personal, in their order; none overlap."""
    found = [*_mails(text)]
    for spelling in dict.fromkeys((text, spoken(text))):
        if sum(character.isdigit() for character in spelling) >= _FEWEST_DIGITS:
            found += numbers_in(spelling)
            found += _phones(spelling, regions)
    return tuple(_joined(found))


def _mails(text: str) -> Iterator[Span]:
    if "@" not in text:
        return
    dotted = text.translate(_DOTS)
    found = [Span(*one.span()) for one in _MAIL.finditer(dotted)]
    yield from found
    for one in _MAIL_ABROAD.finditer(dotted):
        if not any(span.start < one.end() and one.start() < span.end for span in found):
            yield Span(*one.span())


def _phones(text: str, regions: tuple[str, ...]) -> Iterator[Span]:
    for region in regions:
        for one in phonenumbers.PhoneNumberMatcher(text, region):
            yield Span(one.start, one.end)


def _joined(spans: Iterable[Span]) -> Iterator[Span]:
    last: Span | None = None
    for span in sorted(spans):
        if last is not None and span.start < last.end:
            last = Span(last.start, max(last.end, span.end))
            continue
        if last is not None:
            yield last
        last = span
    if last is not None:
        yield last


def _without(text: str, spans: Iterable[Span]) -> str:
    kept, at = list[str](), 0
    for span in spans:
        kept += (text[at : span.start], HIDDEN)
        at = span.end
    return "".join((*kept, text[at:]))
