"""One conversation with a server of mail, at an address that may be reached, and nowhere else."""

from __future__ import annotations

import asyncio
import smtplib
import socket
import ssl
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from email.message import EmailMessage
from email.utils import parseaddr
from threading import Lock

from c360_kernel.errors import Invalid
from c360_kernel.outgoing.addresses import Address, address_of
from c360_kernel.outgoing.reaching import Reach
from c360_kernel.tls import client_context


@dataclass(frozen=True, slots=True)
class Login:
    """Who we are to a server of mail."""

    user: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Server:
    """`tls` is one of starttls, tls and none; `authorities` is a PEM file, "" for the system's."""

    host: str
    port: int
    tls: str
    login: Login | None = None
    authorities: str = ""

    @property
    def context(self) -> ssl.SSLContext:
        """Whom is believed to be the server."""
        return client_context(self.authorities, "", "")


async def conversation(
    server: Server, mail: EmailMessage | None, reach: Reach, timeout_s: float
) -> str:
    """Log in and hand over a mail, or none; how that was answered.

    In plain to networks that are allowed by name alone. Raises `C360Error` (ADDRESS_REFUSED,
    HOST_UNKNOWN), `smtplib.SMTPException`, `OSError`.
    """
    judged = replace(reach, is_open=False) if server.tls == "none" else reach
    addresses = await judged.addresses(server.host, server.port)
    talk = _Talk(server, addresses, judged, timeout_s)
    try:
        return await asyncio.to_thread(_talk, talk, mail)
    finally:
        talk.line.cut()


class _Line:
    """The one connection of a conversation, which who waits for it may cut.

    A server that says a little now and then would hold its thread for ever.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._is_cut = False
        self._end: socket.socket | None = None

    def expect(self) -> None:
        """Raises `OSError` where nobody waits any more."""
        if self._is_cut:
            raise ConnectionAbortedError("nobody waits for it")

    def keep(self, found: socket.socket) -> None:
        """This is it. Raises as `expect`."""
        with self._lock:
            self.expect()
            # TLS takes the socket over: what is cut is the connection, by another name of it.
            self._end = found.dup()

    def cut(self) -> None:
        """Whoever reads or writes there is told that it has ended."""
        with self._lock:
            self._is_cut = True
            if self._end is not None:
                with suppress(OSError):
                    self._end.shutdown(socket.SHUT_RDWR)
                self._end.close()
                self._end = None


@dataclass(frozen=True, slots=True)
class _Talk:
    server: Server
    addresses: Sequence[Address]
    reach: Reach
    timeout_s: float
    line: _Line = field(default_factory=_Line)

    def socket(self) -> socket.socket:
        """A connection to the first address that answers."""
        error: OSError = OSError("no address")
        for address in self.addresses:
            self.line.expect()
            try:
                found = socket.create_connection((str(address), self.server.port), self.timeout_s)
            except OSError as failed:
                error = failed
            else:
                return self._checked(found)
        raise error

    def _checked(self, found: socket.socket) -> socket.socket:
        """What is at the other end is looked at once more: it is all that counts."""
        if not self.reach.may_reach(address_of(str(found.getpeername()[0]))):
            found.close()
            raise Invalid("the connection leads elsewhere", code="ADDRESS_REFUSED")
        self.line.keep(found)
        if self.server.tls != "tls":
            return found
        return self.server.context.wrap_socket(found, server_hostname=self.server.host)


class _Smtp(smtplib.SMTP):
    """Connects to what was judged, and is told the name that the certificate has to be of."""

    def __init__(self, talk: _Talk) -> None:
        self._talk = talk
        server = talk.server
        super().__init__(server.host, server.port, socket.gethostname(), talk.timeout_s)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        del host, port, timeout
        return self._talk.socket()


def _talk(talk: _Talk, mail: EmailMessage | None) -> str:
    with closing(_Smtp(talk)) as smtp:
        if talk.server.tls == "starttls":
            smtp.starttls(context=talk.server.context)
        if talk.server.login is not None:
            smtp.login(talk.server.login.user, talk.server.login.password)
        if mail is None:
            return str(smtp.noop()[0])
        sender, recipient = parseaddr(mail["From"])[1], parseaddr(mail["To"])[1]
        # Not `send_message`, which puts a mark before lines that begin with "From ".
        smtp.sendmail(sender, [recipient], mail.as_bytes())
        # It is taken: whatever is answered from here on, or is not, must not have it sent again.
        with suppress(OSError):
            smtp.putcmd("quit")
        return "250"
