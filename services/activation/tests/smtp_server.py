"""A server of mail that takes what it is told to, over TLS, STARTTLS or neither."""

from __future__ import annotations

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default


class SmtpServer:
    """`answers` are what a command is answered with instead, by its first word."""

    def __init__(
        self,
        context: ssl.SSLContext | None = None,
        *,
        at_once: bool = False,
        login: str = "",
        answers: Mapping[str, str] | None = None,
    ) -> None:
        self.mails: list[tuple[str, list[str], EmailMessage]] = []
        self.said: list[str] = []
        self.connections = 0
        self.port = 0
        self._context, self._at_once, self._login = context, at_once, login
        self._answers = answers or {}

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[SmtpServer]:
        over = self._context if self._at_once else None
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=over)
        self.port = self._server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            self.close()

    def close(self) -> None:
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        session = _Session(reader, writer, is_encrypted=self._at_once)
        try:
            await session.say("220 here")
            while line := (await reader.readline()).decode().strip():
                self.said.append(line)
                if not await self._answered(session, line):
                    break
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            pass
        finally:
            writer.close()

    async def _answered(self, session: _Session, line: str) -> bool:
        word, _, rest = line.partition(" ")
        command = word.upper()
        if given := self._answers.get(command):
            await session.say(given)
            return True
        if command == "EHLO":
            await session.say(*self._offers(session))
        elif command == "STARTTLS" and self._context is not None:
            await session.say("220 go on")
            await session.writer.start_tls(self._context)
            session.is_encrypted = True
        elif command == "AUTH":
            session.is_known = self._is_let_in(rest)
            await session.say("235 known" if session.is_known else "535 unknown")
        elif command == "MAIL" and self._login and not session.is_known:
            await session.say("530 log in first")
        elif command == "MAIL":
            session.begin(rest)
            await session.say("250 ok")
        elif command == "RCPT":
            session.recipients.append(_address(rest))
            await session.say("250 ok")
        elif command == "DATA":
            await session.say("354 go on")
            self.mails.append(await session.mail())
            await session.say("250 taken")
        elif command == "QUIT":
            await session.say("221 bye")
            return False
        else:
            await session.say("250 ok")
        return True

    def _offers(self, session: _Session) -> list[str]:
        offers = ["250-here"]
        if self._context is not None and not session.is_encrypted:
            offers.append("250-STARTTLS")
        if self._login:
            offers.append("250-AUTH PLAIN")
        return [*offers, "250 SIZE 1000000"]

    def _is_let_in(self, given: str) -> bool:
        told = base64.b64decode(given.partition(" ")[2]).decode()
        return told == "\0" + self._login.replace(":", "\0", 1)


class _Session:
    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, is_encrypted: bool
    ) -> None:
        self.reader, self.writer, self.is_encrypted = reader, writer, is_encrypted
        self.is_known = False
        self.begin("")

    def begin(self, sender: str) -> None:
        self.sender, self.recipients = _address(sender), list[str]()

    async def say(self, *lines: str) -> None:
        self.writer.write("".join(f"{line}\r\n" for line in lines).encode())
        await self.writer.drain()

    async def mail(self) -> tuple[str, list[str], EmailMessage]:
        lines = []
        while (line := await self.reader.readline()) != b".\r\n":
            lines.append(line[1:] if line.startswith(b"..") else line)
        mail = message_from_bytes(b"".join(lines).replace(b"\r\n", b"\n"), policy=default)
        return self.sender, self.recipients, mail


def _address(text: str) -> str:
    return text.partition("<")[2].partition(">")[0]
