"""Values that stand for nobody: what programs, sheets and people write where there is no value."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from html import unescape
from urllib.parse import unquote

from c360_kernel.catalog.placeholder_words import (
    folded,
    is_word_for_nobody,
    is_word_for_nothing,
)

# In any language of a spreadsheet: an error is a word between `#` and `!` or `?`.
_SHEETS = (
    r"#(?:[^\W\d_][\w./ ]{0,20}[!?]|\u00a1\w+!|n/a.*|n/?d|nv|ref|value|name|null|num|spill|calc|"
    r"error|missing|unavailable|getting_data|#+|)|div/0!?|#div/0!?|err:\d{3}"
)
_OBJECTS = (
    r"\[object [a-z]+\]|\{\}|\[\]|<[^<>]*>|\(null\)|\\n|0x0|function ?\(.*|"
    r"(?:java\.(?:lang|util)|system|org\.json)\.[\w.$\[\];]+(?:@[0-9a-f]+)?|"
    r"[+-]?nan(?:\(\w+\))?|[+-]?1\.#(?:ind|inf|qnan|snan)\d*|[+-]inf(?:inity)?"
)
_TEMPLATES = (
    r"\{\{.*\}\}|\{%.*%\}|\$\{.*\}|\$\(.*\)|#\{.*\}|%[sd]|%\([^)]*\)[sd]?|%%.*%%|\{[\w.]+\}|:\w+_id|"
    r"%[a-z_]\w*%|__\w+__|\*\|.*\|\*|\[\[.*\]\]|\$[a-z_][\w.]*|@@\w+@@|\[[a-z]+_\w+\]"
)
_EPOCHS = r"(?:0000-00-00|0001-01-01|1899-12-3[01]|1900-01-0[01]|9999-12-31)(?:[ t]00:00:00\S*)?"
# Most identifiers are; and no digits alone are a word, a template or marks.
_NUMBER = re.compile(r"\+?[0-9]+")
# What a machine or a register made, mostly. No word of a list holds five digits, and no template
# or error of a sheet is letters and digits alone; a test holds it equal to the slow way.
_MANY_DIGITS = re.compile(r"\+?[A-Za-z]*(?:[0-9][A-Za-z]*){5,}")
# The same with marks between its parts: a template, or a date of nothing, may be made of such.
_MANY_IN_PARTS = re.compile(
    r"(?:[A-Za-z0-9]+[._:-]+)*[A-Za-z]*(?:[0-9][A-Za-z]*){5,}(?:[._:-]+[A-Za-z0-9]+)*"
    r"|[0-9+](?:[ ().+-]*[0-9]){5,}"
)
# No word, but it may be a date.
_GROUPED = re.compile(r"[0-9+][0-9 ().+-]*[0-9]")
# It is words alone only if its first and its last one are.
_ADDRESS = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*@(?:[A-Za-z0-9-]+\.)+[A-Za-z]+")
_MARKS = re.compile(r"[\W_]*", re.UNICODE)
# With what these begin: to try each of them on every text would take longer than all else.
_BEGINNINGS = r"(?=[#<(\[{}\\+\-:%$*@_0-9dejnfos])"
_PATTERNS = re.compile(
    rf"{_BEGINNINGS}(?:{_SHEETS}|{_OBJECTS}|{_TEMPLATES}|{_EPOCHS})", re.IGNORECASE | re.DOTALL
)
_BARE = ("nan", "0x0")
_CODED = frozenset("%&")
_QUOTES = "\"'`“”‘’«»„‚「」『』《》<>()[]{}（）【】 \t"
_EDGES = re.compile(r"^[\W_]+|[\W_]+$")
_BETWEEN = (re.compile(r"[\s|,;+]+"), re.compile(r"[\W_]+"))
_DUMMY_ADDRESS = re.compile(
    r"(?:user|name|username|you|me|your[._-]?name|e?mail|someone|somebody|abc|xyz|test)"
    r"@(?:domain|(?:your|my)[_-]?(?:domain|company|email)|e?mail|company|abc|xyz)\..+"
)
_NO_DOMAINS = frozenset(
    ("none", "null", "nil", "unknown", "undefined", "invalid", "nobody", "noone", "nothing")
    + ("nomail", "noemail", "noreply", "no-mail", "no-email", "no-reply")
)
_OWN_NAMES = frozenset(("email", "mail", "user", "name", "abc", "abcd", "xyz", "qwe", "asd"))


def stands_for_nothing(text: str) -> bool:
    """Whether a text is no value at all: a word for none, an unfilled template, marks alone.

    In any case, in quotes or brackets, with blanks, dots, dashes or underlines between its parts,
    several times over, or in the encoding of an address or a page.
    """
    if text.isascii() and text.isalnum():
        return _is_nothing_bare(text.lower())
    if _NUMBER.fullmatch(text):
        return False
    if _GROUPED.fullmatch(text):
        return any(map(_PATTERNS.fullmatch, (text, text[1:-1])))
    if text.isascii() and text[:1].isalnum() and text[-1].isalnum() and not _CODED & {*text}:
        return _is_nothing_unquoted(text)
    return any(map(_is_nothing, _readings(text)))


def stands_for_nobody(text: str) -> bool:
    """Whether a text identifies nobody: nothing, an account of many, why there is no number."""
    if _MANY_DIGITS.fullmatch(text):
        return False
    if "@" not in text and _MANY_IN_PARTS.fullmatch(text):
        return any(map(_PATTERNS.fullmatch, (text, text[1:-1])))
    return _stands_for_nobody(text)


def _stands_for_nobody(text: str) -> bool:
    if _ADDRESS.fullmatch(text) and not all(map(_is_word, _first_and_last(text))):
        return False
    if stands_for_nothing(text):
        return True
    return is_word_for_nobody(folded(_core(unicodedata.normalize("NFKC", text))))


def is_dummy_address(address: str) -> bool:
    """Whether an e-mail address is one of those that are typed where one is asked for.

    Such as `a@a.com`, `123@123.com`, `name@domain.com`, `x@noemail.com`.
    """
    local, _, domain = address.casefold().rpartition("@")
    label = domain.partition(".")[0]
    if _DUMMY_ADDRESS.fullmatch(f"{local}@{domain}") or is_no_domain(label):
        return True
    return local == label and (len(set(label)) == 1 or label.isdigit() or label in _OWN_NAMES)


def is_no_domain(label: str) -> bool:
    """Whether the name of a domain says that there is none; `example` may be somebody's."""
    return label in _NO_DOMAINS


def _is_nothing_bare(word: str) -> bool:
    """`_is_nothing` of letters and digits alone: of what has marks around only these have none."""
    if word.isdigit():
        return False
    return word in _BARE or word[1:-1] in _BARE or is_word_for_nothing(word)


def _is_nothing_unquoted(text: str) -> bool:
    """`_is_nothing` of what has no marks around it."""
    if _PATTERNS.fullmatch(text) or _PATTERNS.fullmatch(text[1:-1]):
        return True
    if is_word_for_nothing(folded(text)):
        return True
    by_blanks, by_marks = _BETWEEN
    return _is_many(text, by_blanks) or _is_many(text, by_marks)


def _first_and_last(text: str) -> Iterator[str]:
    yield text.rpartition(".")[2]
    yield _BETWEEN[1].split(text, 1)[0]


def _readings(text: str) -> Iterator[str]:
    whole = unicodedata.normalize("NFKC", text).strip()
    yield whole
    if "%" in whole:
        yield unquote(whole)
    if "&" in whole:
        yield unescape(whole)


def _is_nothing(whole: str) -> bool:
    bare = whole.strip(_QUOTES)
    # Most texts have nothing around them: then these are one.
    if _MARKS.fullmatch(bare) or any(map(_PATTERNS.fullmatch, {whole, bare, whole[1:-1]})):
        return True
    core = _core(bare)
    if is_word_for_nothing(folded(bare)) or (core != bare and _is_word(core)):
        return True
    return any(_is_many(core, separator) for separator in _BETWEEN)


def _core(text: str) -> str:
    """A text without the marks around it."""
    if text and text[0].isalnum() and text[-1].isalnum():
        return text
    return _EDGES.sub("", text)


def _is_many(text: str, separator: re.Pattern[str]) -> bool:
    first = separator.search(text)
    if first is None or not _is_word(text[: first.start()]):
        return False
    return all(map(_is_word, separator.split(text[first.end() :])))


def _is_word(text: str) -> bool:
    return is_word_for_nothing(folded(text)) or _PATTERNS.fullmatch(text) is not None
