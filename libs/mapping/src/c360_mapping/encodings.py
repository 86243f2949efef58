"""Tells a file that is surely in another encoding than its mapping names.

Most bytes can be read in most encodings: a file of UTF-8 is valid GB18030 now and then, and valid
Latin-1 always, with other people's names in it. Only what is sure is told.
"""

from __future__ import annotations

import codecs
import re

_SAME_AS_UTF8 = frozenset({"utf-8", "utf-8-sig", "ascii"})
_WESTERN = frozenset({"iso8859-1", "iso8859-15", "cp1252"})
_CHINESE = frozenset({"gb18030", "gbk", "gb2312"})
_OF_MANY_BYTES = re.compile(r"gb|big5|euc|hz|shift|cp9[345]|iso2022|johab|utf")

_LATER_CHARACTER = re.compile("[\u0800-\U0010ffff]")
_EARLY_CHARACTER = re.compile("[\u0080-\u07ff]")
_HIGH_RUN = re.compile(rb"[\x80-\xff]+")
_HIGH_END = re.compile(rb"[\x80-\xff]*\Z")
_CHANCE = 6
"""So many characters of two bytes are UTF-8 by chance in a file of another such encoding."""
_FEW_LONG_RUNS = 2
_FEW_SINGLE_BYTES = 3


class EncodingCheck:
    """Sees all bytes of a file, in pieces of any length, and says what they cannot be."""

    def __init__(self, encoding: str) -> None:
        self._encoding = encoding
        self._utf8: codecs.IncrementalDecoder | None = codecs.getincrementaldecoder("utf-8")()
        self._early = 0
        self._has_later = False
        self._start = b""
        self._held = b""
        self._runs = 0
        self._single = 0
        self._long = 0
        self._odd = 0

    def see(self, piece: bytes, final: bool = False) -> None:
        """The next bytes; `final` with the last of them, which may be none."""
        if self._encoding in _SAME_AS_UTF8:
            return
        self._start = (self._start + piece[:2])[:2]
        self._see_utf8(piece, final)
        seen = self._held + piece
        self._held = b""
        if not final:
            ending = _HIGH_END.search(seen)
            self._held = ending[0] if ending else b""
        for run in _HIGH_RUN.finditer(seen, 0, len(seen) - len(self._held)):
            self._count(len(run[0]))

    def misnamed(self) -> str:
        """What the file is instead, empty when its encoding may be as named."""
        if self._encoding in _SAME_AS_UTF8:
            return ""
        if self._is_utf8():
            return "UTF-8"
        if self._start in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            return "" if self._encoding.startswith("utf-16") else "UTF-16"
        if self._encoding in _WESTERN and self._has_pairs_only():
            return "an encoding of two bytes a character, such as gb18030"
        if self._encoding in _CHINESE and self._single == self._runs >= _FEW_SINGLE_BYTES:
            return "an encoding of one byte a character, such as latin-1"
        return ""

    def _has_pairs_only(self) -> bool:
        return not self._odd and self._long * 2 > self._runs >= _FEW_LONG_RUNS

    def _see_utf8(self, piece: bytes, final: bool) -> None:
        if self._utf8 is None:
            return
        try:
            text = self._utf8.decode(piece, final)
        except UnicodeDecodeError:
            self._utf8 = None
            return
        self._has_later = self._has_later or _LATER_CHARACTER.search(text) is not None
        if self._early < _CHANCE:
            self._early += len(_EARLY_CHARACTER.findall(text))

    def _count(self, length: int) -> None:
        self._runs += 1
        self._single += length == 1
        self._odd += length % 2
        self._long += length >= 4

    def _is_utf8(self) -> bool:
        if self._utf8 is None:
            return False
        needed = _CHANCE if _OF_MANY_BYTES.match(self._encoding) else 1
        return self._has_later or self._early >= needed
