"""Reads a file through once before anything of it is sent."""

from __future__ import annotations

import codecs
import hashlib
import zlib
from dataclasses import dataclass
from gzip import BadGzipFile
from pathlib import Path

from c360_mapping.encodings import EncodingCheck
from c360_mapping.refusals import InputRefused

from c360_cli.imports.opening import open_bytes

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Survey:
    """What a file is: SHA-256 of its bytes, its number of lines, when it was written (ms UTC)."""

    digest: str
    lines: int
    modified_ms: int


def survey(path: Path, encoding: str) -> Survey:
    """Checks that the whole file can be read in `encoding`.

    Raises `InputRefused` with the code FILE_NOT_FOUND, FILE_DAMAGED, FILE_NOT_UTF8
    (FILE_NOT_DECODABLE for any other encoding) or FILE_ENCODING_MISNAMED.
    """
    try:
        if not path.is_file():
            raise InputRefused(f"{path} is not a file", code="FILE_NOT_FOUND")
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        lines = _decoded_lines(path, encoding)
    except (EOFError, BadGzipFile, zlib.error) as error:
        raise InputRefused(f"{path} is damaged gzip", code="FILE_DAMAGED") from error
    except OSError as error:
        message = f"cannot read {path}: {error.strerror}"
        raise InputRefused(message, code="FILE_NOT_FOUND") from error
    return Survey(digest, lines, path.stat().st_mtime_ns // 1_000_000)


def _decoded_lines(path: Path, encoding: str) -> int:
    decoder = codecs.getincrementaldecoder(encoding)()
    check = EncodingCheck(encoding)
    lines = 0
    offset = 0
    with open_bytes(path) as file:
        while True:
            chunk = file.read(_CHUNK)
            held = len(decoder.getstate()[0])
            try:
                lines += decoder.decode(chunk, final=not chunk).count("\n")
            except UnicodeError as error:
                # UTF-16 without its mark, and others, are refused as a whole.
                start = error.start if isinstance(error, UnicodeDecodeError) else 0
                raise _undecodable(encoding, offset - held + start) from error
            check.see(chunk, final=not chunk)
            if not chunk:
                _refuse_misnamed(check.misnamed(), encoding)
                return lines
            offset += len(chunk)


def _refuse_misnamed(found: str, encoding: str) -> None:
    if found:
        message = f"the file is {found}, the mapping says encoding: {encoding}"
        raise InputRefused(message, code="FILE_ENCODING_MISNAMED")


def _undecodable(encoding: str, offset: int) -> InputRefused:
    name = "UTF-8" if encoding == "utf-8" else encoding
    code = "FILE_NOT_UTF8" if encoding == "utf-8" else "FILE_NOT_DECODABLE"
    hint = "; name its encoding in the mapping (encoding: …)"
    return InputRefused(f"the file is not {name} at byte {offset}{hint}", code=code)
