"""What would break the content policy (no inline style or script, no eval) is found before a browser finds it."""

import re
from pathlib import Path

import pytest

from portal.settings import ROOT

TEMPLATES = ROOT / "templates"
# Notices are e-mails: they have no stylesheet to refer to.
PAGES = sorted(
    path.relative_to(TEMPLATES)
    for path in TEMPLATES.rglob("*.html")
    if "notices" not in path.relative_to(TEMPLATES).parts
)
FORBIDDEN = {
    "inline style": re.compile(r"<style\b|\sstyle="),
    "inline script": re.compile(r"<script(?![^>]*\bsrc=)"),
    "inline handler": re.compile(r"\s(?:hx-on|on[a-z]+)(?::[\w:-]+)?="),
    "htmx evaluates js: values": re.compile(r"""hx-[\w:-]+=["'](?:js|javascript):"""),
    "htmx evaluates trigger filters": re.compile(r'hx-trigger="[^"]*\['),
    "foreign host": re.compile(r"""(?:src|href)=["'](?:https?:)?//"""),
}


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_page_keeps_the_content_policy(page: Path) -> None:
    text = (TEMPLATES / page).read_text(encoding="utf-8")
    assert [name for name, pattern in FORBIDDEN.items() if pattern.search(text)] == []


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_page_is_short(page: Path) -> None:
    assert len((TEMPLATES / page).read_text(encoding="utf-8").splitlines()) <= 150
