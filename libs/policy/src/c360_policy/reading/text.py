"""The text of a policy, line by line: each one is blank, a comment, a rule, a link, or refused.

Nothing is guessed and nothing passed over. Casbin's own reader drops a line whose first word it
does not know, and a deny is lost with it.
"""

from __future__ import annotations

import string
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from c360_policy.errors import PolicyProblem

RULE = "p"
LINK = "g"
_BLANK = " \t"
_COMMENT = "#"
_PLAIN_ASCII = frozenset(string.ascii_letters + string.digits + "\t !#$%&()*+,-./:<=>?@[]^_{}~")
# Letters and marks of Unicode that show nothing.
_UNSEEN_RANGES = (
    (0x034F, 0x034F),
    (0x115F, 0x1160),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x3164, 0x3164),
    (0xFE00, 0xFE0F),
    (0xFFA0, 0xFFA0),
    (0xE0100, 0xE01EF),
)
# Breaks that some editors show and others do not, and what turns or hides the text after it.
_NEVER = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
# Parts of words and of pictures in many languages.
_JOINERS = "\u200c\u200d"


class Row(NamedTuple):
    """A rule or a link: its line, from 1, and its columns after the first."""

    line: int
    columns: tuple[str, ...]


class Rows(NamedTuple):
    """What a text says, in its order, and the lines that say nothing that we understand."""

    rules: tuple[Row, ...]
    links: tuple[Row, ...]
    problems: tuple[PolicyProblem, ...]


def read_rows(text: str) -> Rows:
    """Every rule, every link, and every line that is neither and no comment either.

    Lines end with LF or CRLF. What follows a blank and `#` is a comment, also after a rule.
    """
    rows: dict[str, list[Row]] = {RULE: [], LINK: []}
    problems: list[PolicyProblem] = []
    for number, line in enumerate(text.split("\n"), 1):
        fault = _fault_of(line.removesuffix("\r"))
        if fault is not None:
            problems.append(PolicyProblem(number, fault))
        elif columns := _columns(_code(line.removesuffix("\r"))):
            rows[columns[0]].append(Row(number, tuple(columns[1:])))
    return Rows(tuple(rows[RULE]), tuple(rows[LINK]), tuple(problems))


def _code(line: str) -> str:
    """The line without its comment."""
    before = " "
    for place, character in enumerate(line):
        if character == _COMMENT and before in f"{_BLANK},":
            return line[:place].strip(_BLANK)
        before = character
    return line.strip(_BLANK)


def _columns(code: str) -> list[str]:
    """The columns between commas that stand in no parentheses."""
    columns = [""] if code else []
    depth = 0
    for character in code:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character == "," and depth == 0:
            columns.append("")
        else:
            columns[-1] += character
    return [column.strip(_BLANK) for column in columns]


def _fault_of(line: str) -> str | None:
    code = _code(line)
    return next((fault for fault in _faults(line, code) if fault is not None), None)


def _faults(line: str, code: str) -> Iterator[str | None]:
    yield from map(_never, sorted(set(line)))
    yield from map(_not_plain, sorted(set(code)))
    yield _parentheses(code)
    columns = _columns(code)
    if columns and columns[0] not in (RULE, LINK):
        yield "neither a comment (#) nor a rule (p, …) nor a link (g, …)"
    yield from (_tab_inside(column) for column in columns)


def _never(character: str) -> str | None:
    if character == "\t" or character in _JOINERS:
        return None
    return _refused(character) if unicodedata.category(character) in _NEVER else None


def _not_plain(character: str) -> str | None:
    if character.isascii():
        return None if character in _PLAIN_ASCII else _refused(character)
    is_word = unicodedata.category(character)[0] in "LMN"
    return None if is_word and not _deceives(character) else _refused(character)


def _deceives(character: str) -> bool:
    """Whether it shows nothing, or looks like one of ASCII (a full-width letter, a ligature)."""
    if any(first <= ord(character) <= last for first, last in _UNSEEN_RANGES):
        return True
    return any(one.isascii() for one in unicodedata.normalize("NFKC", character))


def _refused(character: str) -> str:
    name = unicodedata.name(character, "a control character")
    return f"U+{ord(character):04X} ({name}) has no place here"


def _parentheses(code: str) -> str | None:
    depth = 0
    for character in code:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth not in (0, 1):
            break
    return None if depth == 0 else "a parenthesis has no partner"


def _tab_inside(column: str) -> str | None:
    return "a tab is no separator: columns stand between commas" if "\t" in column else None
