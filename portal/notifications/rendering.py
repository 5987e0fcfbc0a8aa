"""A notice as text: `templates/notices/<name>/<channel>.<language>.txt`, an e-mail's subject beside it.

Plain text in two files, one a language: a message of sixty characters is written, not translated. Workers render here,
without the web's templating.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from portal.db.models import Channel
from portal.domain.money import format_yuan
from portal.notifications.catalogue import NOTICES
from portal.settings import ROOT, Settings

LANGUAGES = ("zh", "en")


@dataclass(frozen=True, slots=True)
class Text:
    """`subject` is empty for a text message."""

    body: str
    subject: str = ""


@cache
def _environment() -> Environment:
    environment = Environment(  # noqa: S701 - plain text: escaping would put entities into a text message
        loader=FileSystemLoader(ROOT / "templates" / "notices"), undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters["yuan"] = format_yuan
    return environment


def render_notice(
    settings: Settings,
    name: str,
    channel: Channel,
    language: str,
    data: Mapping[str, Any],
    *,
    minutes: int | None = None,
) -> Text:
    """The text for one person. `data` is the notice's own, with `reference` where there is an application; `minutes`
    is how long a code is good for. A link holds the reference and nothing else about anybody."""
    reference = data.get("reference")
    path = f"/applications/{reference}/{NOTICES[name].page}" if reference else ""
    context = {
        "lender": settings.lender_name,
        "phone": settings.support_phone,
        "data": data,
        "minutes": minutes,
        "link": settings.base_url + path,
        # The last line of a message with a code: the browser hands it to this host's page only (WebOTP).
        "host": urlsplit(settings.base_url).hostname,
    }
    language = language if language in LANGUAGES else "zh"

    def text(suffix: str) -> str:
        template = _environment().get_template(f"{name}/{channel.value}.{language}.{suffix}")
        return template.render(context).strip()

    return Text(text("txt"), text("subject") if channel is Channel.EMAIL else "")
