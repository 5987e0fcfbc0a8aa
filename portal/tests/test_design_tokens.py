import re
from itertools import product

import pytest

from portal.settings import ROOT

CSS = ROOT / "static" / "css"
TOKENS = (CSS / "tokens.css").read_text(encoding="utf-8")
THEMES = {
    re.search(r'name: "([\w-]+)"', block)[1]: dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block))  # type: ignore[index]
    for block in re.findall(r'@plugin "daisyui/theme" \{(.*?)\n\}', TOKENS, re.DOTALL)
}
GROUNDS = ("paper", "surface", "accent-tint", "success-tint", "attention-tint", "danger-tint")
WORDS = ("ink", "quiet", "accent-text", "success-text", "attention-text", "danger-text")
PAIRS = [
    *product(WORDS, GROUNDS),
    ("on-accent", "accent"),
    ("on-accent", "accent-deep"),
    ("on-danger", "danger"),
    ("paper", "ink"),
]
# WCAG 2.2, 1.4.11: what has to be seen but not read, such as an icon or a field's border.
SHAPES = list(product(("edge", "accent", "success", "attention", "danger"), ("paper", "surface")))


def _luminance(colour: str) -> float:
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_both_themes_hold_the_same_tokens() -> None:
    assert set(THEMES) == {"xindai", "xindai-dark"}
    assert set(THEMES["xindai"]) == set(THEMES["xindai-dark"])


@pytest.mark.parametrize("theme", ["xindai", "xindai-dark"])
def test_every_word_is_readable_on_every_ground(theme: str) -> None:
    colours = THEMES[theme]
    found = {pair: round(_contrast(colours[pair[0]], colours[pair[1]]), 2) for pair in PAIRS}
    assert {pair: ratio for pair, ratio in found.items() if ratio < 4.5} == {}


@pytest.mark.parametrize("theme", ["xindai", "xindai-dark"])
def test_every_shape_can_be_made_out(theme: str) -> None:
    colours = THEMES[theme]
    found = {pair: round(_contrast(colours[pair[0]], colours[pair[1]]), 2) for pair in SHAPES}
    assert {pair: ratio for pair, ratio in found.items() if ratio < 3} == {}


def test_colours_and_shadows_are_written_in_tokens_only() -> None:
    written = re.compile(r"#[0-9a-f]{3,8}\b(?=[^{]*;)|\b(?:rgb|hsl|oklch|color-mix)a?\(", re.IGNORECASE)
    for sheet in CSS.glob("*.css"):
        if sheet.name != "tokens.css":
            assert written.findall(sheet.read_text(encoding="utf-8")) == [], sheet.name
