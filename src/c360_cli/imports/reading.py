"""One pass over an input, from its first byte to its last."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from c360_mapping.delimited import DelimitedRows
from c360_mapping.envelopes import envelopes_of
from c360_mapping.formats import Csv
from c360_mapping.jsonlines import is_reject, json_rows, reject_rows
from c360_mapping.mapping import ImportMapping
from c360_mapping.row import BrokenRow, Row

from c360_cli.imports.decoding import BytesCheck, decoded_lines, faults_named
from c360_cli.imports.opening import Buffered, Raw, put_back, unpacked


class Reading:
    """The rows of an input; `rejects`: an earlier import refused them, and wrote the input.

    `check` makes what looks at the bytes on their way. Raises `InputRefused`, while rows are
    read too.
    """

    def __init__(
        self, file: Raw, name: str, mapping: ImportMapping, check: Callable[[str], BytesCheck]
    ) -> None:
        self._mapping = mapping
        self._envelopes = envelopes_of(mapping)
        self.lines = 0
        with faults_named(name):
            first, content = first_line(unpacked(file))
        self.rejects = is_reject(first)
        encoding = "utf-8" if self.rejects else mapping.encoding
        self._lines = self._counted(decoded_lines(content, name, encoding, check(encoding)))
        self._delimited: DelimitedRows | None = None

    @property
    def header(self) -> Sequence[str] | None:
        """The columns of a delimited input; None where only the rows say what there is."""
        if self.rejects or not isinstance(self._mapping.format, Csv):
            return None
        if self._delimited is None:
            self._delimited = DelimitedRows(self._lines, self._mapping.format)
        return self._delimited.header

    def rows(self) -> Iterator[Row | BrokenRow]:
        """All rows in order."""
        rows = self._as_written()
        return rows if self._envelopes is None else self._envelopes.rows(rows)

    def state_at(self, rows: int) -> object:
        """The last state that a tap has told before this many rows; None without a new one."""
        return None if self._envelopes is None else self._envelopes.state_at(rows)

    def _as_written(self) -> Iterator[Row | BrokenRow]:
        if self.rejects:
            return reject_rows(self._lines, self._mapping.format)
        if self.header is not None and self._delimited is not None:
            return self._delimited.rows()
        return json_rows(self._lines)

    def read_on(self) -> None:
        """Pass over what is left, without making rows of it."""
        for _ in self._lines:
            pass

    def _counted(self, lines: Iterator[str]) -> Iterator[str]:
        for line in lines:
            self.lines += 1
            yield line


def first_line(content: Buffered) -> tuple[str, Buffered]:
    """The first line that is not blank, if it can be one of a reject file, and the whole content.

    Raises `OSError`, `EOFError` and `zlib.error` as gzip does.
    """
    blank: list[bytes] = []
    for line in iter(content.readline, b""):
        if line.strip():
            return line.decode("utf-8-sig", "replace"), put_back(
                b"".join([*blank, line]), content.read1
            )
        blank.append(line)
    return "", put_back(b"".join(blank), content.read1)
