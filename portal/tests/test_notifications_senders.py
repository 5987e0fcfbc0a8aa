"""The ways out, against a mail server and a gateway on this machine; the sandbox's own are tested with the worker."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_string, policy
from email.message import EmailMessage

import pytest

from portal.db.models import Channel
from portal.notifications.senders import (
    ConsoleSender,
    Message,
    SandboxSender,
    SendingRefused,
    SendingUnavailable,
    SmtpSender,
    senders_for,
)
from portal.settings import Settings

MAIL = Message("chen@example.com", "您好：\n\n合同已签署。", "5b0e4c1e-0001", "合同已签署 · 申请 XD23456789AB")


@dataclass
class MailServer:
    """Answers `refusal` to the command it names, else takes everything."""

    refusal: tuple[str, str] | None = None
    taken: list[EmailMessage] = field(default_factory=list)
    port: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 test ESMTP\r\n")
        while line := (await reader.readline()).decode():
            command = line[:4].strip().upper()
            if self.refusal and command == self.refusal[0]:
                writer.write(f"{self.refusal[1]}\r\n".encode())
            elif command == "DATA":
                writer.write(b"354 go on\r\n")
                text = await reader.readuntil(b"\r\n.\r\n")
                self.taken.append(message_from_string(text.decode(), policy=policy.default))
                writer.write(b"250 taken\r\n")
            else:
                writer.write(b"221 bye\r\n" if command == "QUIT" else b"250 test\r\n")
            if command == "QUIT":
                break
        writer.close()


@asynccontextmanager
async def running(server: MailServer) -> AsyncIterator[SmtpSender]:
    listener = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    async with listener:
        yield SmtpSender(f"smtp://127.0.0.1:{port}", "notice@lender.example", "示例消费金融")


async def test_mail_goes_out_with_a_message_id_of_its_key() -> None:
    server = MailServer()
    async with running(server) as sender:
        await sender.send(MAIL)
    [mail] = server.taken
    assert mail["To"] == "chen@example.com"
    assert mail["From"] == "示例消费金融 <notice@lender.example>"
    assert mail["Subject"] == MAIL.subject
    assert mail["Message-ID"] == "<5b0e4c1e-0001@lender.example>"
    assert mail.get_content().strip() == MAIL.text


@pytest.mark.parametrize(
    ("refusal", "error"),
    [
        (("RCPT", "550 no such user"), SendingRefused),
        (("RCPT", "450 try later"), SendingUnavailable),
        (("DATA", "552 too big"), SendingRefused),
        (("DATA", "451 try later"), SendingUnavailable),
        (("MAIL", "530 sign in first"), SendingUnavailable),
    ],
)
async def test_mail_that_is_not_taken(refusal: tuple[str, str], error: type[Exception]) -> None:
    async with running(MailServer(refusal)) as sender:
        with pytest.raises(error) as raised:
            await sender.send(MAIL)
    assert "chen@example.com" not in f"{raised.value!r}{raised.value}"
    assert raised.value.__suppress_context__


async def test_nobody_at_home() -> None:
    async with running(MailServer()) as gone:
        pass
    with pytest.raises(SendingUnavailable):
        await gone.send(MAIL)
    with pytest.raises(SendingUnavailable):
        await SandboxSender("http://127.0.0.1:9", Channel.SMS).send(Message("13800138000", "text", "key-12345"))


async def test_the_console_masks_whom_it_is_for(capsys: pytest.CaptureFixture[str]) -> None:
    await ConsoleSender(Channel.SMS).send(Message("13800138000", "验证码 123456", "k"))
    await ConsoleSender(Channel.EMAIL).send(MAIL)
    shown = capsys.readouterr().out
    assert shown.startswith("[sms 138****8000] 验证码 123456\n[email c***@example.com] 合同已签署")


def test_the_settings_choose(settings: Settings) -> None:
    chosen = senders_for(settings.model_copy(update={"sms_sender": "console", "email_sender": "smtp"}))
    assert isinstance(chosen[Channel.SMS], ConsoleSender)
    assert isinstance(chosen[Channel.EMAIL], SmtpSender)
    assert all(isinstance(sender, SandboxSender) for sender in senders_for(settings).values())
