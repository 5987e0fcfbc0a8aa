"""Layout and checks on text as recognised, without running OCR."""

from datetime import date

import numpy as np
import pytest

from portal.documents.queries import HIGH
from workers.ocr.kinds import KINDS, recognise
from workers.ocr.layout import Line, make_rows
from workers.ocr.normal import fen, iso_date, iso_month, person_name
from workers.sandbox.specimens import make_person
from workers.tests.sheets import failed, read, sheet


def payslip(net: str = "8,000.00", month: int = 2) -> list[str]:
    return [
        "某某有限公司",
        f"2026年{month}月工资条",
        "姓名|张三",
        "应发工资|10,000.00|扣款合计|2,000.00",
        f"实发工资|{net}",
    ]


@pytest.mark.parametrize("slope", [-0.08, 0.0, 0.05])
@pytest.mark.parametrize("keystone", [0.0, 4e-5])
def test_rows_are_found_on_a_turned_sheet_in_perspective(slope: float, keystone: float) -> None:
    document = sheet(
        "标题一二三四五六", *(f"第{i}行标签|数值{i}00|备注文字{i}" for i in range(12)), slope=slope, keystone=keystone
    )
    assert [row.text for row in document.rows][1:] == [f"第{i}行标签\t数值{i}00\t备注文字{i}" for i in range(12)]


def test_a_stamp_across_the_sheet_is_no_part_of_it() -> None:
    document = sheet("姓名|张三", "性别|男", "公民身份号码", "住址|某省某市某区某路")
    stamp = Line("SPECIMEN", 0.9, np.array([(100, 160), (300, 60), (310, 80), (110, 180)], float))
    lines = [cell.line for row in document.rows for cell in row.cells]
    assert [row.text for row in make_rows([*lines, stamp], 0)] == [row.text for row in document.rows]


def test_a_label_and_its_value_may_share_a_box() -> None:
    kind, facts = read(sheet("姓 名 欧阳 明", "性别男|民族汉", "出生1990年3月2日", "住址某省某市", "公民身份号码"))
    assert kind == "id_card_front"
    values = {name: field.value for name, field in facts.fields.items()}
    assert values == {
        "name": "欧阳明",
        "sex": "M",
        "ethnicity": "汉",
        "birth_date": "1990-03-02",
        "address": "某省某市",
    }


def test_numbers_of_the_card_are_checked_against_each_other() -> None:
    person = make_person(3, sex="F", birth_date=date(1990, 3, 2))
    card = ["姓名|某某", "性别|男", "出生|1990年3月12日", "住址|某地", f"公民身份号码|{person.id_number}"]
    assert failed(read(sheet(*card))[1]) == {"id_sex", "id_birth_date"}
    wrong = person.id_number[:-1] + str((int(person.id_number[-1].replace("X", "0")) + 1) % 10)
    assert failed(read(sheet(*card[:-1], f"公民身份号码|{wrong}"))[1]) == {"id_checksum"}


def test_a_birth_date_that_the_number_repeats_is_as_certain_as_the_number() -> None:
    person = make_person(3, birth_date=date(1990, 3, 2))
    card = ["姓名|某某", "性别|男", "出生|1990年3月{}日", "住址|某地", f"公民身份号码|{person.id_number}"]
    for day, sure in ((2, True), (12, False)):
        document = sheet(*(row.format(day) for row in card), scores={f"1990年3月{day}日": 0.9})
        fields = read(document)[1].fields
        assert (fields["birth_date"].confidence >= HIGH) is sure
        assert (fields["id_number"].confidence >= HIGH) is sure


@pytest.mark.parametrize(
    ("until", "value", "problems"),
    [
        ("2026.03.15", "2026-03-15", {"id_validity_span"}),
        ("长期", "long_term", set()),
        ("2026.01.02", "2026-01-02", {"id_not_expired"}),
        ("2036.01.02", "2036-01-02", set()),
    ],
)
def test_validity_of_the_card(until: str, value: str, problems: set[str]) -> None:
    kind, facts = read(sheet("中华人民共和国", "居民身份证", "签发机关|某市公安局", f"有效期限|2016.01.02-{until}"))
    assert kind == "id_card_back"
    assert facts.fields["valid_to"].value == value
    assert failed(facts) == problems


def test_a_payslip_must_add_up_and_be_recent() -> None:
    kind, facts = read(sheet(*payslip()))
    assert kind == "payslip"
    assert facts.fields["net_pay"].value == "800000"
    assert not failed(facts)
    assert failed(read(sheet(*payslip(net="8,100.00")))[1]) == {"pay_adds_up"}
    assert failed(read(sheet(*payslip(month=11)))[1]) == {"recent"}


def test_a_whole_amount_does_not_run_into_the_next_cell() -> None:
    facts = read(sheet("工资条", "应发工资|10000|扣款合计|2000.50", "实发工资|7999.50"))[1]
    assert facts.fields["gross_pay"].value == "1000000"


def test_figures_and_words_of_a_certificate_must_agree() -> None:
    letter = "兹证明张三系我单位员工，月收入为人民币12,500.00元(大写:{}整)。"
    right = read(sheet("收入证明", letter.format("壹万贰仟伍佰元"), "特此证明。"))[1]
    assert right.fields["monthly_income"].value == "1250000"
    assert not failed(right)
    assert failed(read(sheet("收入证明", letter.format("壹万叁仟伍佰元"), "特此证明。"))[1]) == {"amount_in_words"}


def test_balances_must_follow_from_each_other() -> None:
    head = ["个人账户交易明细", "户名：张三", "交易日期|摘要|交易金额|账户余额"]
    rows = [
        "2026-03-01|代发工资|8,000.00|9,000.00",
        "2026-03-02|消费|-500.00|8,500.00",
        "2026-03-03|消费|-1.50|8,498.50",
    ]
    kind, facts = read(sheet(*head, *rows))
    assert kind == "bank_statement"
    assert [row["amount"].value for row in facts.rows] == ["800000", "-50000", "-150"]
    assert facts.fields["salary_monthly"].value == "800000"
    assert not failed(facts)
    assert not failed(read(sheet(*head, *reversed(rows)))[1])
    assert failed(read(sheet(*head, *rows[:2], "2026-03-03|消费|-1.50|8,598.50"))[1]) == {"balances_add_up"}


def test_other_text_is_of_no_kind() -> None:
    assert recognise(sheet("超市购物小票", "合计|35.00", "谢谢惠顾")) is None
    assert len({kind.name for kind in KINDS}) == len(KINDS)


def test_normal_forms() -> None:
    assert (iso_date("2018.03.12"), iso_date("2018年3月2日"), iso_date("20180312")) == (
        "2018-03-12",
        "2018-03-02",
        "2018-03-12",
    )
    assert (iso_date("长 期"), iso_date("2018.13.01"), iso_month("2025年9月")) == ("long_term", None, "2025-09")
    assert (fen("12,500.00"), fen("-¥35.5"), fen("+8"), fen("1.2.3")) == ("1250000", "-3550", "800", None)
    assert (person_name("阿依 · 古丽"), person_name("A1")) == ("阿依·古丽", None)
