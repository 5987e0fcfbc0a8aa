import io
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyhanko.pdf_utils.reader import PdfFileReader

from portal.domain.money import Fee, annuity_schedule
from workers.signing.contract import (
    BORROWER_BOX,
    LENDER_BOX,
    AnswerSection,
    AnswerSheet,
    Borrower,
    ContractData,
    ContractFee,
    Lender,
    draw_answers,
    draw_contract,
)
from workers.signing.typesetting import FontsMissing

FONTS = Path(__file__).parents[2] / "static" / "vendor" / "fonts"
SCHEDULE = annuity_schedule(5_000_000, 1440, 36, date(2026, 12, 24))
DATA = ContractData(
    number="XD-HT-20261123-000127",
    application_reference="XD7K-2M4P",
    drawn_at=datetime(2026, 11, 23, 2, 32, tzinfo=UTC),
    disbursed_on=date(2026, 11, 24),
    lender=Lender("云溪消费金融有限公司", "91330000MA27XXXX0X", "浙江省杭州市文三路 100 号", "400-800-0000"),
    borrower=Borrower("陈静怡", "330106199203074129", "13800001234"),
    principal_fen=5_000_000,
    term_months=36,
    annual_rate_bp=1440,
    purpose="房屋装修",
    payout_bank="招商银行",
    payout_card="6225880112345678",
    schedule=SCHEDULE,
)


def pages_of(pdf: bytes) -> list[str]:
    with pdfium.PdfDocument(pdf) as document:
        return [page.get_textpage().get_text_range() for page in document]


def text_of(pdf: bytes) -> str:
    """The whole text without white space, so that line breaks do not matter."""
    return "".join("".join(pages_of(pdf)).split())


def test_the_contract_says_what_was_agreed() -> None:
    text = text_of(draw_contract(DATA, FONTS))
    for expected in (
        "陈静怡", "330106199203074129", "云溪消费金融有限公司", "¥50,000.00", "人民币伍万元整", "14.40%", "¥1,718.61",
        "21.60%", "24.00%", "房屋装修", "招商银行", "5678", "综合融资成本明示表", "2026年11月24日", "2029年11月24日",
        "¥61,870.02", "¥11,870.02", "电子签名法",
    ):  # fmt: skip
        assert expected in text, expected
    assert "62258801" not in text, "the payout card is masked"


def test_every_instalment_is_printed() -> None:
    text = text_of(draw_contract(DATA, FONTS))
    for row in SCHEDULE:
        assert f"{row.due_on.year}年{row.due_on.month}月{row.due_on.day}日¥{row.payment_fen / 100:,.2f}" in text


def test_fees_raise_the_all_in_cost_and_are_listed() -> None:
    fee = ContractFee("担保费", Fee(0, 100_000), "借款本金 × 2%", "放款当日一次收取", "某融资担保有限公司")
    data = replace(DATA, fees=(fee,))
    text = text_of(draw_contract(data, FONTS))
    assert data.all_in_bp > 1440
    assert f"{data.all_in_bp / 100:.2f}%" in text
    assert "某融资担保有限公司" in text
    assert "¥12,870.02" in text


def test_it_is_pdf_a_and_tagged_in_chinese() -> None:
    pdf = draw_contract(DATA, FONTS)
    root = PdfFileReader(io.BytesIO(pdf)).root
    metadata = root["/Metadata"].data
    assert b"<pdfaid:part>2</pdfaid:part>" in metadata
    assert b"<pdfaid:conformance>U</pdfaid:conformance>" in metadata
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"].lower() == "zh-cn"


@pytest.mark.parametrize("sandbox", [True, False])
def test_only_a_sandbox_contract_is_a_specimen(sandbox: bool) -> None:
    pages = pages_of(draw_contract(replace(DATA, sandbox=sandbox), FONTS))
    assert [("SPECIMEN" in page) for page in pages] == [sandbox] * len(pages)


def test_equal_data_gives_equal_bytes() -> None:
    first = draw_contract(DATA, FONTS)
    assert draw_contract(replace(DATA), FONTS) == first
    assert draw_contract(replace(DATA, drawn_at=datetime(2026, 11, 24, tzinfo=UTC)), FONTS) != first


@pytest.mark.parametrize("term", [1, 12, 27, 28, 36, 38, 39, 60])
def test_the_signatures_stand_below_text_where_they_are_expected(term: int) -> None:
    schedule = annuity_schedule(5_000_000, 1440, term, date(2026, 12, 24))
    with pdfium.PdfDocument(draw_contract(replace(DATA, term_months=term, schedule=schedule), FONTS)) as document:
        assert 3 <= len(document) <= 5
        last = document[len(document) - 1].get_textpage()
        assert "生效与其他" in last.get_text_range()
        for label, box in (("借款人（电子签名）", BORROWER_BOX), ("贷款人（电子合同专用章）", LENDER_BOX)):
            index, _ = last.search(label).get_next()
            left, bottom, _, _ = last.get_charbox(index)
            assert left == pytest.approx(box[0], abs=2)
            assert box[3] < bottom < box[3] + 14


@pytest.mark.parametrize(
    "name",
    [
        '#import "x": *', "#sys.inputs", "$x$ *b* _i_ `c` @label <l> // end", '"); #panic("', "\\u{41} \\ #h(1cm)",
        "&amp; <b>", "{{ name }}", "=标题",
    ],
)  # fmt: skip
def test_a_name_is_never_markup(name: str) -> None:
    text = text_of(draw_contract(replace(DATA, borrower=replace(DATA.borrower, name=name)), FONTS))
    assert "".join(name.split()) in text


def test_what_cannot_be_printed_never_stops_a_contract() -> None:
    hostile = "陈\x00静\x1b[31m\u202e怡\ud800\n\U00020bb7😀"
    text = text_of(draw_contract(replace(DATA, borrower=replace(DATA.borrower, name=hostile)), FONTS))
    assert "陈静[31m怡〓(U+20BB7)〓(U+1F600)" in text


@pytest.mark.parametrize("word", ["很" * 400, "W" * 400, "a b " * 100])
def test_a_very_long_name_stays_on_the_page(word: str) -> None:
    with pdfium.PdfDocument(
        draw_contract(replace(DATA, borrower=replace(DATA.borrower, name=word)), FONTS)
    ) as document:
        for page in document:
            right = max(object_.get_bounds()[2] for object_ in page.get_objects())
            assert right <= page.get_width()
            text = page.get_textpage()
            assert max(text.get_charbox(i)[2] for i in range(text.count_chars())) <= page.get_width() - 55


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=60))
def test_any_text_at_all_can_be_drawn(text: str) -> None:
    sheet = AnswerSheet("云溪", "XD7K-2M4P", text, DATA.drawn_at, (AnswerSection(text, ((text, text),)),))
    assert draw_answers(sheet, FONTS).startswith(b"%PDF")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"schedule": SCHEDULE[:-1]}, "number of payments"),
        ({"principal_fen": 5_000_001}, "does not repay"),
        ({"schedule": annuity_schedule(5_000_000, 2401, 36, date(2026, 12, 24))}, "ceiling"),
        ({"fees": (ContractFee("费", Fee(0, 1_000_000), "", "", ""),)}, "ceiling"),
    ],
)
def test_contradicting_or_unlawful_figures_make_no_contract(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(DATA, **change)


def test_default_interest_never_passes_the_ceiling() -> None:
    dear = annuity_schedule(5_000_000, 2000, 36, date(2026, 12, 24))
    text = text_of(draw_contract(replace(DATA, annual_rate_bp=2000, schedule=dear), FONTS))
    assert "30.00%" not in text
    assert "40.00%" not in text
    assert "24.00%" in text


def test_the_answers_are_printed_as_given() -> None:
    sheet = AnswerSheet(
        issuer="云溪消费金融有限公司",
        application_reference="XD7K-2M4P",
        applicant="陈静怡",
        submitted_at=datetime(2026, 11, 22, 16, 5, tzinfo=UTC),
        sections=(AnswerSection("借款需求", (("借款金额", "¥50,000.00"), ("期限", "36 个月"))),),
    )
    drawn = draw_answers(sheet, FONTS)
    text = text_of(drawn)
    assert "2026年11月23日00:05" in text, "times are Chinese"
    assert "借款金额¥50,000.00" in text
    assert draw_answers(sheet, FONTS) == drawn


def test_missing_fonts_are_named(tmp_path: Path) -> None:
    with pytest.raises(FontsMissing, match="NotoSansSC_400Regular"):
        draw_contract(DATA, tmp_path)


def test_drawing_needs_no_network_and_no_machine_fonts() -> None:
    fonts = {
        str(font["/BaseFont"]).split("+")[-1]
        for font in _fonts_of(PdfFileReader(io.BytesIO(draw_contract(DATA, FONTS))))
    }
    assert fonts
    assert all(name.startswith("NotoSansSC") for name in fonts)


def _fonts_of(reader: PdfFileReader) -> list[dict[str, object]]:
    page = reader.root["/Pages"]["/Kids"][0].get_object()
    while "/Kids" in page:
        page = page["/Kids"][0].get_object()
    return [font.get_object() for font in page["/Resources"]["/Font"].values()]
