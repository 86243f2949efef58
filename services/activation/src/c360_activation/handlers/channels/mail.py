"""`mail`: a mail to the customer, whose subject and text are templates."""

from __future__ import annotations

import asyncio
import re
import smtplib
from datetime import UTC, datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from functools import partial
from html import escape
from typing import cast

from c360_kernel.catalog.model import Destination
from c360_kernel.catalog.targets.mail import Mail
from c360_kernel.catalog.templates import filled
from c360_kernel.errors import SettingsError, Transient
from c360_kernel.outgoing.secret_files import secret_in
from typing_extensions import override

from c360_activation.domain.parcel import Parcel
from c360_activation.domain.telling import Withheld
from c360_activation.domain.trying import Answer
from c360_activation.handlers.channels.port import Channel, Means, Send
from c360_activation.handlers.channels.smtp import Login, Server, conversation

_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9.-]{1,255}")
_POLICY = SMTP.clone(cte_type="7bit")
_BUSY = frozenset({421, 450, 451, 452})
_FOR_EVER = range(500, 600)


class MailChannel(Channel):
    """Logs in as `NAME.login` says, `USER:PASSWORD`, where there is such a file.

    Believes the authorities of `NAME.ca.pem` where there is one, else the system's.
    """

    def __init__(self, destination: Destination, means: Means) -> None:
        self._name, self._means = destination.name, means
        self._target = cast("Mail", destination.target)

    @override
    def ready(self) -> None:
        self._server()

    @override
    def packed(self, parcel: Parcel) -> Send:
        mail = mail_of(self._target, parcel, self._means.now_ms())
        return partial(self._answered, self._server(), mail)

    @override
    def probe(self) -> Send:
        """Nobody is sent a mail."""
        return partial(self._answered, self._server(), None)

    @override
    async def close(self) -> None:
        pass

    def _server(self) -> Server:
        target, authorities = self._target, self._means.keys / f"{self._name}.ca.pem"
        login = self._login()
        if login is not None and target.tls == "none":
            message = f"{self._name}: a password needs TLS"
            raise SettingsError(message, code="DESTINATION_INVALID")
        held = str(authorities) if authorities.exists() else ""
        return Server(target.host, target.port, target.tls, login, held)

    def _login(self) -> Login | None:
        path = self._means.keys / f"{self._name}.login"
        if not path.exists():
            return None
        user, _, password = secret_in(path).partition(":")
        return Login(user, password)

    async def _answered(self, server: Server, mail: EmailMessage | None) -> Answer:
        reach, timeout_s = self._means.reach, self._means.timeout_s
        try:
            async with asyncio.timeout(timeout_s):
                return Answer(said=await conversation(server, mail, reach, timeout_s))
        except smtplib.SMTPRecipientsRefused as refused:
            ((code, _),) = refused.recipients.values()
            return _refused_for(code)
        except smtplib.SMTPResponseException as refused:
            return _not_taken(refused.smtp_code)
        except TimeoutError as error:
            raise Transient("the mail server is too slow", code="RECEIVER_TIMEOUT") from error
        except (smtplib.SMTPException, OSError) as error:
            message = "the mail server is not reached"
            raise Transient(message, code="RECEIVER_UNREACHABLE") from error


def mail_of(target: Mail, parcel: Parcel, now: int) -> EmailMessage:
    """The mail of a parcel, under the same id at every try.

    Raises `Withheld`: RECIPIENT_MISSING, RECIPIENT_INVALID, VALUE_INVALID for a subject of lines.
    """
    mail = EmailMessage(policy=_POLICY)
    mail["From"] = target.sender
    mail["To"] = _recipient(target, parcel)
    mail["Subject"] = _subject(target, parcel)
    mail["Date"] = format_datetime(datetime.fromtimestamp(now / 1_000, UTC))
    mail["Message-ID"] = f"<{parcel.id}@{parseaddr(target.sender)[1].partition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(filled(target.text, parcel.text))
    if target.html:
        told = filled(target.html, lambda name: escape(parcel.text(name)))
        mail.add_alternative(told, subtype="html")
    return mail


def _recipient(target: Mail, parcel: Parcel) -> Address:
    text = parcel.text(target.to)
    if not text or target.to.removeprefix("traits.") in parcel.masked:
        raise Withheld("RECIPIENT_MISSING")
    if not _ADDRESS.fullmatch(text):
        raise Withheld("RECIPIENT_INVALID")
    try:
        return Address(addr_spec=text)
    except (MessageError, ValueError, IndexError) as error:
        raise Withheld("RECIPIENT_INVALID") from error


def _subject(target: Mail, parcel: Parcel) -> str:
    """A value of several lines would begin headers of its own."""
    subject = filled(target.subject, parcel.text)
    if not subject.isprintable():
        raise Withheld("VALUE_INVALID")
    return subject


def _refused_for(code: int) -> Answer:
    """A mailbox that is refused for ever is not tried again."""
    way = "refused" if code in _FOR_EVER else "failed"
    return Answer(f"SMTP_{code}", str(code), way)


def _not_taken(code: int) -> Answer:
    """Whoever may not log in now may the next time."""
    way = "throttled" if code in _BUSY else "failed"
    return Answer(f"SMTP_{code}", str(code), way)
