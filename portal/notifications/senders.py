"""How messages leave the house: the sandbox's inbox, the console, or a mail server.

Sending is repeated after a fault, so every message carries a key by which the other side can tell a repetition. No
address and no text gets into a log line or an exception.
"""

import ssl
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from functools import cache
from typing import Protocol
from urllib.parse import unquote, urlsplit

import aiosmtplib
import httpx

from portal.db.models import Channel
from portal.domain.errors import Unavailable, XindaiError
from portal.domain.identity import mask_mobile
from portal.settings import Settings

_SECONDS = httpx.Timeout(8.0, connect=2.0)
_SMTP_SECONDS = 10.0
# Our own fault (a wrong key) or a passing one: the message itself may be fine.
_NOT_THE_MESSAGE = frozenset({401, 403, 404, 408, 425, 429})
_SMTP_PORTS = {"smtp": 25, "smtps": 465}


class SendingUnavailable(Unavailable):
    """The gateway can't take it now; it may have taken it, so send it again under the same key."""


class SendingRefused(XindaiError):
    """The gateway will never take this one, such as for a number that doesn't exist."""

    status = 502


@dataclass(frozen=True, slots=True)
class Message:
    """`to` is a phone number or an e-mail address; `subject` is the e-mail's. `key` tells a repetition."""

    to: str
    text: str
    key: str
    subject: str = ""


class Sender(Protocol):
    """One way out for one channel."""

    async def send(self, message: Message) -> None:
        """Hand the message over; raises SendingUnavailable or SendingRefused."""


class SandboxSender:
    """The stand-in's HTTP interface, where the inbox page shows what arrived."""

    def __init__(self, messages_url: str, channel: Channel) -> None:
        self._url = messages_url
        self._channel = channel

    async def send(self, message: Message) -> None:
        """As the protocol says."""
        body = {"to": message.to, "text": message.text}
        path = "/v1/sms"
        if self._channel is Channel.EMAIL:
            body["subject"] = message.subject
            path = "/v1/emails"
        try:
            async with httpx.AsyncClient(
                verify=_tls(), timeout=_SECONDS, follow_redirects=False, trust_env=False
            ) as http:
                answer = await http.post(self._url + path, json=body, headers={"Idempotency-Key": message.key})
        except httpx.TransportError:
            raise SendingUnavailable from None
        if answer.status_code >= 500 or answer.status_code in _NOT_THE_MESSAGE:
            raise SendingUnavailable
        if not answer.is_success:
            raise SendingRefused


class ConsoleSender:
    """Standard output, for a developer's machine: the text in full, the address masked."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    async def send(self, message: Message) -> None:
        """Never fails."""
        name, at, host = message.to.partition("@")
        to = f"{name[:1]}***@{host}" if at else mask_mobile(message.to)
        subject = f" {message.subject}" if message.subject else ""
        sys.stdout.write(f"[{self._channel.value} {to}]{subject} {message.text}\n")
        sys.stdout.flush()


class SmtpSender:
    """A mail server. `smtp://` takes STARTTLS when it is offered, `smtps://` is TLS from the start."""

    def __init__(self, smtp_url: str, mail_from: str, lender: str) -> None:
        self._server = urlsplit(smtp_url)
        self._from = mail_from
        self._lender = lender

    async def send(self, message: Message) -> None:
        """As the protocol says. The Message-ID is made of the key, so that a second copy is known as one."""
        mail = EmailMessage()
        mail["From"] = f'"{self._lender}" <{self._from}>'
        mail["To"] = message.to
        mail["Subject"] = message.subject
        mail["Message-ID"] = f"<{message.key}@{self._from.rpartition('@')[2]}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(message.text)
        server = self._server
        try:
            await aiosmtplib.send(
                mail,
                hostname=server.hostname or "localhost",
                port=server.port or _SMTP_PORTS.get(server.scheme, 25),
                username=unquote(server.username) if server.username else None,
                password=unquote(server.password) if server.password else None,
                use_tls=server.scheme == "smtps",
                timeout=_SMTP_SECONDS,
            )
        except aiosmtplib.SMTPRecipientsRefused as error:
            raise (SendingRefused if _for_good(error.recipients[0].code) else SendingUnavailable) from None
        except aiosmtplib.SMTPDataError as error:
            raise (SendingRefused if _for_good(error.code) else SendingUnavailable) from None
        except (aiosmtplib.SMTPException, OSError):
            raise SendingUnavailable from None


@cache
def _tls() -> ssl.SSLContext:
    """Reading the trusted certificates takes longer than sending a message, so it is done once."""
    return httpx.create_ssl_context(trust_env=False)


def _for_good(code: int) -> bool:
    """RFC 5321, 4.2.1: 4yz may pass, 5yz will not."""
    return code >= 500


def senders_for(settings: Settings) -> Mapping[Channel, Sender]:
    """The senders that the settings name, by channel. They hold no connection."""
    sms: Sender
    email: Sender
    match settings.sms_sender:
        case "sandbox":
            sms = SandboxSender(settings.messages_url, Channel.SMS)
        case "console":
            sms = ConsoleSender(Channel.SMS)
    match settings.email_sender:
        case "sandbox":
            email = SandboxSender(settings.messages_url, Channel.EMAIL)
        case "console":
            email = ConsoleSender(Channel.EMAIL)
        case "smtp":
            email = SmtpSender(settings.smtp_url.get_secret_value(), settings.mail_from, settings.lender_name)
    return {Channel.SMS: sms, Channel.EMAIL: email}
