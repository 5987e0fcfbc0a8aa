import pytest

from portal.domain.errors import Invalid
from portal.web.forms import clean_text

PICTURE = "data:image/png;base64,"


def test_text_is_cleaned() -> None:
    assert clean_text(" 林\u200b安然\r\n ") == "林安然"


@pytest.mark.parametrize("text", ["林\x00安然", "\x1b[2J", "字" * 10_001])
def test_text_that_nobody_types_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        clean_text(text)


@pytest.mark.parametrize("pile", ["\u0315\u0300", "\u0f73", "\uff9e\u0300"])
def test_a_pile_of_accents_is_refused_before_it_is_sorted(pile: str) -> None:
    """Sorting takes time that grows with the square: forty such fields would hold everybody up for half a minute."""
    with pytest.raises(Invalid):
        clean_text("a" + pile * 4_000)


@pytest.mark.parametrize("text", ["Nguyễn Văn Ðức", "กำลัง", "สวัสดี", "क्षत्रिय", "z̴̢̛͓̗a̷l̶g̸o̵", "ｶﾞｷﾞ" * 1_000])
def test_accents_of_languages_are_none(text: str) -> None:
    assert clean_text(text)


def test_a_drawn_signature_is_longer_than_any_text() -> None:
    drawn = PICTURE + "iVBORw0KGgo" * 20_000
    assert clean_text(drawn) == drawn


@pytest.mark.parametrize("text", [PICTURE + "A" * 750_000, PICTURE + "字" * 20_000, PICTURE + "A\n" * 20_000])
def test_not_everything_is_a_picture(text: str) -> None:
    with pytest.raises(Invalid):
        clean_text(text)
