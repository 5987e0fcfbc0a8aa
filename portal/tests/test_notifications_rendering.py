"""Every notice in both languages on every channel: short, plain, nothing personal in an address."""

import re

import pytest

from portal.db.models import Channel, CodePurpose
from portal.notifications.catalogue import NOTICES
from portal.notifications.rendering import LANGUAGES, render_notice
from portal.settings import ROOT, Settings

REFERENCE = "XD23456789AB"
CASES = [
    (name, channel, language)
    for name in NOTICES
    for channel in sorted(NOTICES[name].channels)
    for language in LANGUAGES
]
_BANNED = re.compile("秒到账|低门槛|低风险|[!！]")


def data(name: str) -> dict[str, str]:
    return {"code": "123456"} if "code" in NOTICES[name].data else {"reference": REFERENCE}


@pytest.mark.parametrize(("name", "channel", "language"), CASES)
def test_every_notice_renders(settings: Settings, name: str, channel: Channel, language: str) -> None:
    text = render_notice(settings, name, channel, language, data(name), minutes=5)
    assert settings.lender_name in text.body
    assert bool(text.subject) is (channel is Channel.EMAIL)
    assert "{" not in text.body + text.subject
    assert not _BANNED.search(text.body + text.subject)
    assert ("123456" in text.body) is (name.endswith("_code"))
    if channel is Channel.SMS:
        assert len(text.body) <= (160 if language == "zh" else 320)
        assert text.body.startswith(f"【{settings.lender_name}】" if language == "zh" else f"[{settings.lender_name}] ")
    if language == "zh":
        assert re.search("[一-鿿]", text.body)
    links = re.findall(r"https?://\S+", text.body)
    page = NOTICES[name].page
    assert links == ([f"http://portal.test/applications/{REFERENCE}/{page}"] if page else [])


@pytest.mark.parametrize("purpose", CodePurpose)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_code_is_for_our_pages_only(settings: Settings, purpose: CodePurpose, language: str) -> None:
    """The last line of the format for origin-bound one-time codes (WICG): host without port, code in digits."""
    ours = settings.model_copy(update={"base_url": "https://loan.example.com:8443"})
    text = render_notice(ours, f"{purpose.value}_code", Channel.SMS, language, {"code": "123456"}, minutes=5)
    assert text.body.splitlines()[-1] == "@loan.example.com #123456"


def test_an_unknown_language_is_chinese(settings: Settings) -> None:
    known = render_notice(settings, "contract_ready", Channel.SMS, "zh", {"reference": REFERENCE})
    assert render_notice(settings, "contract_ready", Channel.SMS, "fr", {"reference": REFERENCE}) == known


def test_a_text_message_does_not_tell_the_outcome(settings: Settings) -> None:
    said = {
        render_notice(settings, name, Channel.SMS, "zh", {"reference": REFERENCE}).body
        for name in ("application_approved", "application_declined")
    }
    assert len(said) == 1


def test_every_folder_is_a_notice_and_every_purpose_of_a_code_has_one() -> None:
    folders = {path.name for path in (ROOT / "templates" / "notices").iterdir()}
    assert folders == set(NOTICES)
    assert {f"{purpose.value}_code" for purpose in CodePurpose} <= set(NOTICES)
