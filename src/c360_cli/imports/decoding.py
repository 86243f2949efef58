"""The lines of an input, decoded as they come; where that cannot be is told with the byte."""

from __future__ import annotations

import codecs
import io
import zlib
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from gzip import BadGzipFile
from typing import Protocol

from c360_mapping.refusals import InputRefused

from c360_cli.imports.opening import Buffered

_CHUNK = 1 << 18


class BytesCheck(Protocol):
    """Sees all bytes of an input; see `EncodingCheck`."""

    def see(self, piece: bytes, final: bool = False) -> None:
        """The next bytes."""
        ...

    def misnamed(self) -> str:
        """What the input is instead of what its mapping says."""
        ...


class Unchecked:
    """For what was looked at before."""

    def see(self, piece: bytes, final: bool = False) -> None:
        """Nothing to look at."""

    def misnamed(self) -> str:
        """It is what it is said to be."""
        return ""


@contextmanager
def faults_named(name: str) -> Generator[None]:
    """For a block that reads: what is wrong with the bytes is an `InputRefused`."""
    try:
        yield
    except (EOFError, BadGzipFile, zlib.error) as error:
        raise InputRefused(f"{name} is damaged gzip", code="FILE_DAMAGED") from error
    except OSError as error:
        message = f"cannot read {name}: {error.strerror}"
        raise InputRefused(message, code="FILE_NOT_FOUND") from error


def decoded_lines(file: Buffered, name: str, encoding: str, check: BytesCheck) -> Iterator[str]:
    """Lines with their ends as they are; a byte order mark is no part of the first.

    Raises `InputRefused` with the code FILE_DAMAGED, FILE_NOT_FOUND, FILE_NOT_UTF8
    (FILE_NOT_DECODABLE for any other encoding) or, at the end, FILE_ENCODING_MISNAMED.
    """
    begun: list[str] = []
    for text in _texts(file, name, encoding, check):
        if "\n" not in text and "\r" not in text:
            begun.append(text)
            continue
        lines = io.StringIO("".join([*begun, text]), newline="").readlines()
        is_begun = not lines[-1].endswith(("\n", "\r"))
        begun = [lines.pop()] if is_begun else []
        yield from lines
    if last := "".join(begun):
        yield last


def _texts(file: Buffered, name: str, encoding: str, check: BytesCheck) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)()
    mark = "\ufeff" if encoding == "utf-8" else ""
    # A line end of two characters is not cut in two.
    whole_ends = io.IncrementalNewlineDecoder(None, translate=False)
    offset = 0
    while True:
        with faults_named(name):
            chunk = file.read1(_CHUNK)
        held = len(decoder.getstate()[0])
        try:
            text = decoder.decode(chunk, final=not chunk)
        except UnicodeError as error:
            # UTF-16 without its mark, and others, are refused as a whole.
            start = error.start if isinstance(error, UnicodeDecodeError) else 0
            yield _decoded_before(decoder, chunk[: max(0, start - held)])
            raise _undecodable(encoding, offset - held + start) from error
        check.see(chunk, final=not chunk)
        if mark and text:
            text, mark = text.removeprefix(mark), ""
        yield whole_ends.decode(text, final=not chunk)
        if not chunk:
            _refuse_misnamed(check.misnamed(), encoding)
            return
        offset += len(chunk)


def _decoded_before(decoder: codecs.IncrementalDecoder, begun: bytes) -> str:
    # Not every decoder can go back to before its error.
    try:
        return decoder.decode(begun)
    except UnicodeError:
        return ""


def _refuse_misnamed(found: str, encoding: str) -> None:
    if found:
        message = f"the file is {found}, the mapping says encoding: {encoding}"
        raise InputRefused(message, code="FILE_ENCODING_MISNAMED")


def _undecodable(encoding: str, offset: int) -> InputRefused:
    name = "UTF-8" if encoding == "utf-8" else encoding
    code = "FILE_NOT_UTF8" if encoding == "utf-8" else "FILE_NOT_DECODABLE"
    hint = "; name its encoding in the mapping (encoding: …)"
    return InputRefused(f"the file is not {name} at byte {offset}{hint}", code=code)
