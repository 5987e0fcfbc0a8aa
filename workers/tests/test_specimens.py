"""Specimens are consistent, marked, and the same for the same seed."""

from datetime import date
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from portal.domain.identity import IdNumber
from workers.sandbox.specimens import (
    make_person,
    make_statement,
    photo,
    render_id_back,
    render_id_front,
    render_statement,
    to_pdf,
    write_set,
)
from workers.sandbox.specimens.drawing import FontsMissing, font
from workers.sandbox.specimens.payslip import pay_of


@pytest.mark.parametrize("seed", range(50))
def test_a_person_is_consistent(seed: int) -> None:
    person = make_person(seed)
    number = IdNumber.parse(person.id_number)
    assert (number.birth_date, number.sex) == (person.birth_date, person.sex)
    # No resident is registered under a city-level code, so the number can't be anybody's.
    assert number.region.endswith("00")
    assert person.valid_to is None or person.valid_from < person.valid_to
    assert person == make_person(seed)


def test_an_id_number_given_decides_birth_date_and_sex() -> None:
    number = make_person(1, sex="F", birth_date=date(1990, 2, 28)).id_number
    person = make_person(2, id_number=number, name="陈思远")
    assert (person.name, person.sex, person.birth_date) == ("陈思远", "F", date(1990, 2, 28))


def test_cards_have_the_proportions_of_a_card() -> None:
    for picture in (render_id_front(make_person(1)), render_id_back(make_person(1))):
        assert picture.width / picture.height == pytest.approx(85.6 / 54, rel=0.005)


def test_a_photo_is_reproducible_and_of_the_size_asked() -> None:
    card = render_id_front(make_person(1))
    first, again, other = photo(card, 7), photo(card, 7), photo(card, 8)
    assert first.size == (2000, 1500)
    assert np.array_equal(np.asarray(first), np.asarray(again))
    assert not np.array_equal(np.asarray(first), np.asarray(other))


def test_a_statement_runs_on_and_brings_the_salary_each_month() -> None:
    person = make_person(4)
    entries = make_statement(person, months=6, as_of=date(2026, 3, 5)).entries
    assert all(b.balance_fen == a.balance_fen + b.amount_fen for a, b in pairwise(entries))
    assert all(a.day <= b.day for a, b in pairwise(entries))
    assert [e.amount_fen for e in entries if e.summary == "代发工资"] == [pay_of(person).net_fen] * 6
    assert (entries[0].day.replace(day=1), entries[-1].day.replace(day=1)) == (date(2025, 9, 1), date(2026, 2, 1))


def test_a_statement_becomes_a_pdf_of_its_pages(tmp_path: Path) -> None:
    pages = render_statement(make_statement(make_person(4)))
    assert len(pages) > 1
    assert to_pdf(pages, tmp_path / "s.pdf") == (tmp_path / "s.pdf").read_bytes()


def test_a_set_holds_every_kind(tmp_path: Path) -> None:
    written = write_set(make_person(4), tmp_path / "set")
    assert set(written) == {
        "id_card_front",
        "id_card_back",
        "payslip",
        "income_certificate",
        "fund_statement",
        "bank_statement_page",
        "bank_statement",
    }
    assert all(path.stat().st_size for path in written.values())


def test_missing_fonts_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XINDAI_FONTS", str(tmp_path))
    font.cache_clear()
    with pytest.raises(FontsMissing, match=r"NotoSansSC_400Regular\.ttf is missing: run `make up`"):
        font(20)
