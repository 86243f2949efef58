"""`kind: mail`: a mail to the customer, made of templates."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from c360_kernel.catalog.document import Located
from c360_kernel.catalog.entry import Entry, one_of
from c360_kernel.catalog.targets.target import Target, template

FIELDS = ("server", "tls", "from", "to", "subject", "text", "html")
TLS = ("starttls", "tls", "none")
_SERVER = re.compile(r"(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+):([0-9]{1,5})")
_FROM = re.compile(r"(?:[^<>@\x00-\x1f]*<)?[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+>?")
_PORT_MOST = 65_535


@dataclass(frozen=True, slots=True)
class Mail(Target):
    """`to` is the name of what holds the address; `subject`, `text` and `html` are templates."""

    host: str
    port: int
    sender: str
    to: str
    subject: str
    text: str
    html: str = ""
    tls: str = "starttls"


def read(entry: Entry, names: Collection[str]) -> Mail:
    """`server: smtp.example:587`, `from:`, `to: traits.email`, `subject:`, `text:`."""
    host, port = _server(entry.required("server"))
    to = entry.required("to")
    if to is not None:
        one_of(to, names, "name")
    return Mail(
        host=host,
        port=port,
        sender=_sender(entry.required("from")),
        to=(to.text() or "") if to is not None else "",
        subject=template(entry.required("subject"), names),
        text=template(entry.required("text"), names),
        html=template(entry.given["html"], names) if entry.has("html") else "",
        tls=(entry.choice("tls", TLS, "tls") if entry.has("tls") else None) or "starttls",
    )


def _server(found: Located | None) -> tuple[str, int]:
    text = (found.text() if found else None) or ""
    match = _SERVER.fullmatch(text)
    port = int(match[2]) if match else 0
    if found is not None and text and not 0 < port <= _PORT_MOST:
        found.complain("must be HOST:PORT")
    return (match[1].strip("[]") if match else ""), port


def _sender(found: Located | None) -> str:
    text = (found.text() if found else None) or ""
    if found is not None and text and not _FROM.fullmatch(text):
        found.complain("must be ADDRESS or NAME <ADDRESS>")
    return text
