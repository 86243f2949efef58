"""Reads one entry of the catalog field by field and complains of what does not belong."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from c360_kernel.catalog import names
from c360_kernel.catalog.document import Located
from c360_kernel.catalog.spellings import Spellings
from c360_kernel.catalog.titles import ENGLISH, LANGUAGES
from c360_kernel.nearest import did_you_mean


class Entry:
    """One named mapping of a section, read field by field; complains of fields it has not."""

    def __init__(self, at: Located, known: Iterable[str]) -> None:
        self.at = at
        self.given = at.fields()
        known = tuple(known)
        for name, value in self.given.items():
            if name not in known:
                value.complain(f"unknown field '{name}'{did_you_mean(name, known)}")

    def has(self, name: str) -> bool:
        """Whether the field is given at all."""
        return name in self.given and not self.given[name].absent

    def required(self, name: str) -> Located | None:
        """The field, or a complaint that it is missing."""
        if self.has(name):
            return self.given[name]
        if self.at.is_mapping:
            self.at.complain(f"'{name}' is missing")
        return None

    def text(self, name: str) -> str:
        """Text that may be left out."""
        return (self.given[name].text() or "") if self.has(name) else ""

    def choice(self, name: str, allowed: Collection[str], what: str) -> str | None:
        """One of the allowed words, which must be given."""
        found = self.required(name)
        return one_of(found, allowed, what) if found else None

    def integer(self, name: str, least: int) -> int | None:
        """A whole number of at least `least`; `none` and nothing are None."""
        if not self.has(name) or self.given[name].plain() == "none":
            return None
        value = self.given[name].integer()
        if value is not None and value < least:
            self.given[name].complain(f"must be at least {least}")
        return value

    def boolean(self, name: str, *, default: bool) -> bool:
        """`true` or `false`, which may be left out."""
        if not self.has(name):
            return default
        value = self.given[name].plain()
        if isinstance(value, bool):
            return value
        self.given[name].complain("must be true or false")
        return default

    def number(self, name: str) -> float | None:
        """A number that may be left out."""
        return self.given[name].number() if self.has(name) else None

    def patterns(self, name: str) -> tuple[str, ...]:
        """A list of regular expressions that may be left out."""
        if not self.has(name):
            return ()
        return tuple(p for item in self.given[name].items() if (p := pattern(item)) is not None)

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of different texts that may be left out."""
        if not self.has(name):
            return ()
        found = [text for item in self.given[name].items() if (text := item.text()) is not None]
        if len(set(found)) < len(found):
            self.given[name].complain("a value is listed twice")
        return tuple(found)

    def synonyms(self, name: str) -> dict[str, str]:
        """Spellings by the value that they stand for, `{male: [男, M]}`, as spelling to value.

        Each is there in lower case, too, unless that stands for another value.
        """
        table = Spellings()
        for value, spellings in self._listed(name).items():
            for item in spellings.items():
                table.add(value, item.text() or "", item.complain)
        return table.in_any_case()

    def _listed(self, name: str) -> dict[str, Located]:
        return dict(self.given[name].fields()) if self.has(name) else {}

    def titles(self) -> dict[str, str]:
        """`title`, which may be left out: a text, or one for each language."""
        if not self.has("title"):
            return {}
        given = self.given["title"]
        if not given.is_mapping:
            return {ENGLISH: text} if (text := given.text()) else {}
        by_language = Entry(given, LANGUAGES)
        return {name: text for name in by_language.given if (text := by_language.text(name))}

    def tag(self, known: Collection[str]) -> str:
        """The classification, which must be given: `public` says that it is not personal."""
        found = self.required("tag")
        text = found.text() if found else None
        if found and text is not None and not names.TAG.fullmatch(text):
            found.complain(f"'{text}' is not a tag: {names.TAG_STYLE}")
        elif found and text is not None and text not in known:
            hint = did_you_mean(text, known).rstrip("?")
            found.complain(
                f"unknown tag '{text}'{hint} (your own are listed under 'classifications:')"
            )
        return text or ""


def one_of(found: Located, allowed: Collection[str], what: str) -> str | None:
    """A word of a closed list, else a complaint with the nearest one."""
    word = found.text()
    if word is None or word in allowed:
        return word
    listed = ", ".join(sorted(allowed)) or "none"
    hint = did_you_mean(word, allowed) or f"; known: {listed}"
    found.complain(f"unknown {what} '{word}'{hint}")
    return None


def pattern(found: Located) -> str | None:
    """A regular expression that compiles."""
    text = found.text()
    if text is None:
        return None
    try:
        re.compile(text)
    except re.error as error:
        found.complain(f"not a regular expression: {error}")
        return None
    return text


def checked_names(
    section: Located, form: re.Pattern[str], style: str, taken: Collection[str] = ()
) -> dict[str, Located]:
    """The entries of a section whose names are well formed, free and distinct in GraphQL."""
    by_constant: dict[str, str] = {}
    good: dict[str, Located] = {}
    for name, at in section.fields().items():
        twin = by_constant.setdefault(names.constant(name), name)
        if not form.fullmatch(name):
            at.complain(f"'{name}' is not a name: {style}")
        elif name in taken:
            at.complain(f"'{name}' is reserved")
        elif twin != name:
            at.complain(f"'{name}' and '{twin}' are the same name in GraphQL")
        else:
            good[name] = at
    return good
