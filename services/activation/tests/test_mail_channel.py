"""`mail`: a mail to the customer alone, in which nothing that is told begins a header."""

import asyncio
import ssl
from dataclasses import replace

import pytest
from c360_activation.domain.telling import Withheld
from c360_activation.handlers.channels.kinds import channel_of
from c360_kernel.catalog.targets.mail import Mail
from c360_kernel.errors import C360Error, SettingsError
from c360_kernel.outgoing.reaching import Reach
from hypothesis import given
from hypothesis import strategies as st

from tests.servers.certificates import Authority

from .channel_contract import NOW, REACH, ChannelContract, There, destination, keep, means, parcel
from .smtp_server import SmtpServer

LOGIN = "shop:p:ss"


def _target(port, tls, **changes):
    whole = {
        "sender": "Läden <shop@shop.example>",
        "to": "traits.email",
        "subject": "Hello {traits.name}",
        "text": "From {traits.city}, {{yes}}.\n.\nBye.",
        "html": "<p>{traits.city}</p>",
    }
    return Mail(host="localhost", port=port, tls=tls, **(whole | changes))


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def context(authority):
    found = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    found.load_cert_chain(*authority.vouch("mail"))
    return found


def _means(folder, authority=None, login="", **changes):
    found = means(folder, **changes)
    if authority is not None:
        (found.keys / "mailer.ca.pem").write_text(authority.file.read_text())
    if login:
        keep(found.keys / "mailer.login", login)
    return found


class _OfMail(ChannelContract):
    tls, login = "starttls", LOGIN

    @pytest.fixture
    async def there(self, tmp_path, authority, context):
        server = SmtpServer(context, at_once=self.tls == "tls", login=self.login)
        async with server.listening():
            with_means = _means(tmp_path, authority, self.login)

            async def arrived():
                mails = [mail for _, _, mail in server.mails]
                return [(_id(mail), _city(mail)) for mail in mails]

            async def away():
                server.close()

            one = destination("mail", _target(server.port, self.tls))
            yield There(one, with_means, arrived, away)
            assert server.connections <= 4


def _id(mail):
    return mail["Message-ID"].strip("<>").partition("@")[0]


def _city(mail):
    return mail.get_body(("plain",)).get_content().partition(",")[0].removeprefix("From ")


class TestStarttls(_OfMail):
    pass


class TestTls(_OfMail):
    tls = "tls"


class TestPlain(_OfMail):
    tls, login = "none", ""


async def _sent(folder, server, authority=None, login="", tls="none", target=None, **said):
    with_means = _means(folder, authority, login)
    one = destination("mail", target or _target(server.port, tls))
    channel = channel_of(one, with_means)
    try:
        return await channel.packed(parcel(one, **said))()
    finally:
        await with_means.post.close()


async def test_a_mail_is_whole_and_to_one_customer(tmp_path):
    async with SmtpServer().listening() as server:
        await _sent(tmp_path, server, name="杭州 Jane", city="<b>")
    ((sender, recipients, mail),) = server.mails
    assert (sender, recipients) == ("shop@shop.example", ["jane@shop.example"])
    assert mail["From"] == "Läden <shop@shop.example>"
    assert mail["To"] == "jane@shop.example"
    assert mail["Subject"] == "Hello 杭州 Jane"
    assert mail["Message-ID"] == "<msg_1@shop.example>"
    assert mail["Date"].datetime.timestamp() == NOW // 1_000
    assert mail.get_body(("plain",)).get_content() == "From <b>, {yes}.\n.\nBye.\n"
    assert mail.get_body(("html",)).get_content() == "<p>&lt;b&gt;</p>\n"


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"email": None}, "RECIPIENT_MISSING"),
        ({"email": ""}, "RECIPIENT_MISSING"),
        ({"masked": ("email",)}, "RECIPIENT_MISSING"),
        ({"kind": "customer.ended"}, "RECIPIENT_MISSING"),
        ({"email": "j***@***.com"}, "RECIPIENT_INVALID"),
        ({"email": "a@b.example, c@d.example"}, "RECIPIENT_INVALID"),
        ({"email": "a@b.example\r\nBcc: c@d.example"}, "RECIPIENT_INVALID"),
        ({"email": "a@b.example\n"}, "RECIPIENT_INVALID"),
        ({"email": "Jane <a@b.example>"}, "RECIPIENT_INVALID"),
        ({"email": "a..b@c.example"}, "RECIPIENT_INVALID"),
        ({"email": "nobody"}, "RECIPIENT_INVALID"),
        ({"email": ["a@b.example"]}, "RECIPIENT_INVALID"),
        ({"email": "ü@b.example"}, "RECIPIENT_INVALID"),
        ({"name": "Jane\r\nBcc: c@d.example"}, "VALUE_INVALID"),
        ({"name": "Jane\nBcc: c@d.example"}, "VALUE_INVALID"),
        ({"name": "Jane\u2028"}, "VALUE_INVALID"),
    ],
)
async def test_who_cannot_be_written_to_is_not(tmp_path, said, code):
    async with SmtpServer().listening() as server:
        with pytest.raises(Withheld) as kept:
            await _sent(tmp_path, server, **said)
    assert kept.value.code == code
    assert server.connections == 0


@given(name=st.text(), city=st.text())
async def test_no_text_of_a_customer_is_a_header(name, city):
    from c360_activation.handlers.channels.mail import mail_of

    one = destination("mail", _target(25, "none"))
    try:
        mail = mail_of(one.target, parcel(one, name=name, city=city), NOW)
    except Withheld as kept:
        assert kept.code == "VALUE_INVALID"
        return
    head, _, _ = mail.as_bytes().partition(b"\r\n\r\n")
    names = [line.partition(b":")[0] for line in head.split(b"\r\n") if line[:1] not in b" \t"]
    assert sorted(names) == sorted(
        [b"From", b"To", b"Subject", b"Date", b"Message-ID", b"Auto-Submitted"]
        + [b"MIME-Version", b"Content-Type"]
    )


@pytest.mark.parametrize(
    ("command", "answer", "code", "way"),
    [
        ("RCPT", "550 no such mailbox", "SMTP_550", "refused"),
        ("RCPT", "452 full", "SMTP_452", "failed"),
        ("DATA", "554 no", "SMTP_554", "failed"),
        ("MAIL", "451 later", "SMTP_451", "throttled"),
        ("MAIL", "421 busy", "SMTP_421", "throttled"),
    ],
)
async def test_what_an_answer_of_the_server_means(tmp_path, command, answer, code, way):
    async with SmtpServer(answers={command: answer}).listening() as server:
        answered = await _sent(tmp_path, server)
    assert (answered.code, answered.way) == (code, way)
    assert server.mails == []


async def test_a_mail_that_was_taken_is_sent_whatever_is_said_at_the_end(tmp_path):
    async with SmtpServer(answers={"QUIT": "421 too busy to part"}).listening() as server:
        answered = await _sent(tmp_path, server)
    assert (answered.code, len(server.mails)) == ("", 1)


@pytest.mark.parametrize("tls", ["none", "starttls"])
async def test_a_server_that_says_a_little_for_ever_holds_nothing(tmp_path, tls):
    left = asyncio.Event()

    async def drip(reader, writer):
        while not reader.at_eof():
            writer.write(b"220-wait\r\n")
            await asyncio.sleep(0.02)
        writer.close()
        left.set()

    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    async with server:
        target = _target(server.sockets[0].getsockname()[1], tls)
        with_means = _means(tmp_path, timeout_s=0.3)
        one = destination("mail", target)
        with pytest.raises(C360Error) as slow:
            await channel_of(one, with_means).packed(parcel(one))()
        await asyncio.wait_for(left.wait(), 10)
    await with_means.post.close()
    assert slow.value.code in ("RECEIVER_TIMEOUT", "RECEIVER_UNREACHABLE")


async def test_nothing_is_said_to_a_server_that_nobody_vouches_for(tmp_path, authority, context):
    other = Authority(tmp_path / "other", "other")
    for tls in ("starttls", "tls"):
        server = SmtpServer(context, at_once=tls == "tls", login=LOGIN)
        async with server.listening():
            with pytest.raises(C360Error) as refused:
                await _sent(tmp_path, server, other, LOGIN, tls)
        assert refused.value.code == "RECEIVER_UNREACHABLE"
        assert not [line for line in server.said if line.startswith(("AUTH", "MAIL"))]


async def test_a_server_without_starttls_is_told_nothing(tmp_path, authority):
    async with SmtpServer().listening() as server:
        with pytest.raises(C360Error) as refused:
            await _sent(tmp_path, server, authority, LOGIN, "starttls")
    assert refused.value.code == "RECEIVER_UNREACHABLE"
    assert server.mails == []


async def test_who_is_not_let_in_may_be_later(tmp_path, authority, context):
    async with SmtpServer(context, login=LOGIN).listening() as server:
        answered = await _sent(tmp_path, server, authority, "shop:wrong", "starttls")
    assert (answered.code, answered.way) == ("SMTP_535", "failed")


async def test_a_password_is_never_said_in_plain(tmp_path):
    with pytest.raises(SettingsError) as refused:
        async with SmtpServer().listening() as server:
            await _sent(tmp_path, server, login=LOGIN)
    assert refused.value.code == "DESTINATION_INVALID"
    assert server.connections == 0


@pytest.mark.parametrize("tls", ["starttls", "tls", "none"])
async def test_a_server_of_ones_own_network_is_not_reached(tmp_path, tls):
    async with SmtpServer().listening() as server:
        with_means = _means(tmp_path, reach=Reach())
        one = destination("mail", _target(server.port, tls))
        with pytest.raises(C360Error) as refused:
            await channel_of(one, with_means).packed(parcel(one))()
        await with_means.post.close()
    assert refused.value.code == "ADDRESS_REFUSED"
    assert server.connections == 0


async def test_in_plain_it_goes_to_no_public_server(tmp_path):
    async def resolve(host, port):
        return ["8.8.8.8"]

    with_means = _means(tmp_path, reach=replace(REACH, resolve=resolve))
    one = destination("mail", _target(25, "none"))
    with pytest.raises(C360Error) as refused:
        await channel_of(one, with_means).packed(parcel(one))()
    assert refused.value.code == "ADDRESS_REFUSED"
    await with_means.post.close()
