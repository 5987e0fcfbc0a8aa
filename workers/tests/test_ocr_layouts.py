"""Layouts that nobody here drew: other employers', other banks', other wordings; as lines of text, without OCR."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from portal.documents.queries import HIGH
from workers.ocr.kinds import KINDS, recognise
from workers.ocr.kinds.capitals import capitals_fen
from workers.ocr.layout import Document, make_rows
from workers.sandbox.specimens import make_person
from workers.tests.sheets import TODAY, failed, read, rows_of, sheet, sure, values

NUMBER = make_person(3, sex="F", birth_date=date(1990, 3, 2)).id_number
CARD = ["姓名|古丽", "性别|女|民族|维吾尔", "出生|1990年3月2日", "住址|某省某市某路12号", f"公民身份号码|{NUMBER}"]


def test_a_card_whose_labels_were_not_read() -> None:
    card = ["古丽", "女|维吾尔", "1990年3月2日", "某省某市某路12号", f"公民身份号码|{NUMBER}"]
    document = sheet(*card)
    facts = KINDS[0].read(document, TODAY)
    assert values(facts) == values(read(sheet(*CARD))[1]) | {"ethnicity": "维吾尔"}
    assert sure(facts) == {"sex", "ethnicity", "birth_date", "id_number"}


def test_an_older_form_of_a_character_is_the_printed_one() -> None:
    """The recogniser knows Taiwan's and Japan's forms too; a mainland paper has none of them."""
    facts = read(sheet("姓名|黃瑤", "性别|女|民族|漢", *CARD[2:4], CARD[4]))[1]
    assert (facts.fields["name"].value, facts.fields["ethnicity"].value) == ("黄瑶", "汉")


def test_what_was_not_read_is_taken_from_the_number_and_asked() -> None:
    facts = read(sheet(CARD[0], "性别|民族|汉", "出生", CARD[3], CARD[4]))[1]
    assert (facts.fields["sex"].value, facts.fields["birth_date"].value) == ("F", "1990-03-02")
    assert not {"sex", "birth_date"} & sure(facts)


def test_one_wrong_digit_is_mended_but_asked() -> None:
    wrong = NUMBER[:9] + str((int(NUMBER[9]) + 3) % 10) + NUMBER[10:]
    facts = read(sheet(*CARD[:-1], f"公民身份号码|{wrong}"))[1]
    assert facts.fields["id_number"].value == NUMBER
    assert "id_number" not in sure(facts)


def test_an_address_over_three_lines_ends_above_the_number() -> None:
    address = ["住址|某省某市某某区长江-路一", "|百二十三号某某小区十二", "|号楼三单元"]
    facts = read(sheet(*CARD[:3], *address, CARD[4]))[1]
    assert facts.fields["address"].value == "某省某市某某区长江一路一百二十三号某某小区十二号楼三单元"


def test_a_weak_character_is_asked() -> None:
    document = sheet(*CARD, scores={"古丽": 0.8})
    assert "name" not in sure(read(document)[1])


def test_a_character_lost_without_a_trace_is_asked() -> None:
    """The gap it left is all there is to see of it."""
    for gap, trusted in ((1.0, True), (2.0, False)):
        document = sheet("太原瑞科技有限公司一", "工资条", "姓名|李四", "应发工资|9000", "实发工资|8000")
        steps = np.cumsum([0.5, 1, 1, gap, 1, 1, 1, 1, 1])
        line = replace(
            document.rows[0].cells[0].line,
            text="太原瑞科技有限公司",
            characters=(1.0,) * 9,
            places=tuple(steps / (steps[-1] + 0.5)),
        )
        facts = read(Document((*make_rows([line], 0), *document.rows[1:])))[1]
        assert ("employer" in sure(facts)) is trusted


def test_a_wide_payslip_has_its_values_under_its_labels() -> None:
    facts = read(
        sheet(
            "某某科技有限公司",
            "2026年02月工资表",
            "姓名|部门|基本工资|绩效|应发合计|养老|医疗|公积金|个税|实发工资",
            "王小明|技术部|8,000.00|2,000.00|10,000.00|800.00|200.00|700.00|90.00|8,210.00",
        )
    )[1]
    assert values(facts) == {
        "name": "王小明",
        "employer": "某某科技有限公司",
        "period": "2026-02",
        "gross_pay": "1000000",
        "net_pay": "821000",
    }
    assert {"gross_pay", "net_pay"} <= sure(facts)
    assert "pay_adds_up" in {check.id for check in facts.checks if check.passed}


@pytest.mark.parametrize(
    ("period", "name"),
    [
        ("工资月份:2026-02", "员工姓名:李四部门:财务部"),
        ("2026年2月份薪资单", "姓名|李四|工号|00123"),
        ("薪资条|所属期|202602", "姓 名:李 四"),
        ("工资单(2026.02)", "员工|李四"),
        ("工资条2026年2月", "姓名:_|李四"),
    ],
)
def test_payslips_in_lists(period: str, name: str) -> None:
    facts = read(
        sheet(
            "公司名称:某某(北京)餐饮管理有限公司",
            period,
            name,
            "应发工资(元)|9000",
            "代扣合计|-1,000.5",
            "实发金额:¥7,999.50",
        )
    )[1]
    assert values(facts) == {
        "name": "李四",
        "employer": "某某(北京)餐饮管理有限公司",
        "period": "2026-02",
        "gross_pay": "900000",
        "deductions": "100050",
        "net_pay": "799950",
    }
    assert not failed(facts)


def test_an_amount_that_lost_a_digit_is_asked() -> None:
    facts = read(sheet("工资条", "应发工资|12,50.00", "实发工资|1,000.00"))[1]
    assert "gross_pay" not in sure(facts)


@pytest.mark.parametrize(
    "letter",
    [
        (
            "工作收入证明",
            "兹证明__王小明__同志(身份证号码__{n}__)系我单位员工,在我单位工作3年,",
            "近12个月平均月收入(税后)为__12500__元(大写__壹万贰仟伍佰元整__)。",
        ),
        (
            "收入证明",
            "兹证明王小明先生,身份证号{n},系我公司正式员工,现任工程师一职,",
            "其月收入(税前)为人民币12,500.00元(大写:壹万贰仟伍佰元整)。",
        ),
        (
            "在职及收入证明",
            "兹有我单位员工王小明,身份证号码:{n}。近一年月平均工资为人民币(大写)壹万贰仟伍佰圆整,",
            "(小写)¥12500元。",
        ),
        (
            "收入证明",
            "某某银行股份有限公司:",
            "兹证明王小明同志(身份证:{n})在我单位工作,税后月薪12500元,大写壹万贰仟伍佰元正。",
        ),
        (
            "收入证明",
            "王小明同志,身份证号{n},系我单位职工,其月工资收入为:¥12,500.00(人民币壹万贰仟伍佰元整)。",
        ),
        ("工作收入证明", "证明王小明(身份证号{n})为我司职工,每月工资收入约¥12,500.00元人民币(壹万贰仟伍佰元整)。"),
    ],
)
def test_letters_in_many_words(letter: tuple[str, ...]) -> None:
    kind, facts = read(
        sheet(*(line.format(n=NUMBER) for line in letter), "特此证明。", "单位(盖章):某某科技有限公司", "2026年3月1日")
    )
    assert kind == "income_certificate"
    found = values(facts)
    assert capitals_fen(found.pop("amount_in_words")) == 1250000
    assert found == {
        "name": "王小明",
        "id_number": NUMBER,
        "employer": "某某科技有限公司",
        "monthly_income": "1250000",
        "issued_on": "2026-03-01",
    }
    assert not failed(facts)


def test_a_yearly_income_gives_a_month_to_be_asked() -> None:
    facts = read(sheet("收入证明", "兹证明张三系我公司员工,年收入为人民币15万元(大写:壹拾伍万元整)。", "特此证明。"))[1]
    assert (facts.fields["annual_income"].value, facts.fields["monthly_income"].value) == ("15000000", "1250000")
    assert sure(facts) >= {"annual_income"}
    assert "monthly_income" not in sure(facts)


@pytest.mark.parametrize(
    ("text", "fen_"),
    [
        ("人民币壹万贰仟伍佰元整", 1250000),
        ("伍万元整", 5000000),
        ("捌仟零叁拾元伍角陆分", 803056),
        ("叁仟元零伍分", 300005),
        ("一万二千五百元", 1250000),
        ("拾万圆正", 10000000),
        ("特此证明", None),
    ],
)
def test_amounts_in_capitals(text: str, fen_: int | None) -> None:
    assert capitals_fen(text) == fen_


HEAD = [
    "某某银行个人活期账户交易明细清单",
    "户名:王小明|卡号:6222 0212 3456 7890 123",
    "起始日期:20260101|截止日期:20260301",
]


@pytest.mark.parametrize(
    "table",
    [
        [
            "交易日期|摘要|借方发生额|贷方发生额|余额",
            "20260110|代发工资||8,000.00|9,000.00",
            "20260111|消费|500.00||8,500.00",
            "20260112|转账|1.50||8,498.50",
        ],
        [
            "序号|记账日期|存入金额|支取金额|账户余额|摘要",
            "3|2026/01/12||1.50|8,498.50|转账",
            "2|2026/01/11||500.00|8,500.00|消费",
            "1|2026/01/10|8,000.00||9,000.00|工资",
        ],
        [
            "序号|记账日|收/支|交易金额|账户余额|对方户名",
            "1|2026-01-10|收入|8000.00|9000.00|某某公司",
            "2|2026-01-11|支出|500.00|8500.00|李四",
            "3|2026-01-12|支出|1.50|8498.50|王五",
        ],
        [
            "交易时间|币种|余额|发生额|交易摘要",
            "2026/01/12 10:11:12|人民币|8,498.50|-1.50|快捷支付",
            "2026/01/11|人民币|8,500.00|-500.00|快捷支付",
            "2026/01/10|人民币|9,000.00|+8,000.00|工资",
        ],
        [
            "记账日期|货币|交易金额|联机余额|交易摘要|对手信息",
            "Date|Currency|Transaction|Balance|Type|Counter Party",
            "|||||某某科技",
            "2026-01-10|CNY|8,000.00|9,000.00|代发工资|有限公司",
            "2026-01-11|CNY|-500.00|8,500.00|网上支付|支付宝",
            "2026-01-12|CNY|-1.50|8,498.50|网上支付|财付通",
        ],
        [
            "交易日|摘要|金额|结余",
            "2026.01.10|工资|8,000.00|9,000.00",
            "2026.01.11|消费|500.00|8,500.00",
            "2026.01.12|消费|1.50|8,498.50",
            "本页小计|支出|501.50|",
        ],
    ],
)
def test_columns_are_known_by_their_heads(table: list[str]) -> None:
    kind, facts = read(sheet(*HEAD, *table))
    assert kind == "bank_statement"
    expected = [
        ("2026-01-10", "800000", "900000"),
        ("2026-01-11", "-50000", "850000"),
        ("2026-01-12", "-150", "849850"),
    ]
    assert sorted(rows_of(facts)) == expected
    assert not failed(facts)
    assert values(facts).items() >= {"name": "王小明", "account": "6222021234567890123"}.items()
    assert (facts.fields["period_from"].value, facts.fields["period_to"].value) == ("2026-01-01", "2026-03-01")


def test_columns_of_a_large_bank_on_tall_rows() -> None:
    """Rows as high as their longest cell, the date in the middle of it, the time under the date."""
    facts = read(
        sheet(
            *HEAD,
            "交易日期|账号|储种|序号|币种|摘要|收入/支出金额|余额|对方户名",
            "|||||||某某科技",
            "2026-01-10|0200|活期|1|人民币|工资|+8,000.00|9,000.00|有限公司",
            "10:11:12",
            "|||||||",
            "2026-01-11|0200|活期|2|人民币|消费|-500.00|8,500.00|财付通",
            "11:11:12",
        )
    )[1]
    assert rows_of(facts) == [("2026-01-10", "800000", "900000"), ("2026-01-11", "-50000", "850000")]
    assert facts.fields["salary_monthly"].value == "800000"


def test_a_statement_without_balances() -> None:
    facts = read(
        sheet(
            "微信支付交易明细证明",
            "兹证明:王小明",
            "交易时间|交易类型|收/支|金额(元)|交易对方",
            "2026-02-10|转账|收入|100.00|李四",
            "2026-02-11|商户消费|支出|35.50|超市",
        )
    )[1]
    assert rows_of(facts) == [("2026-02-10", "10000", None), ("2026-02-11", "-3550", None)]
    assert facts.fields["name"].value == "王小明"


def test_a_lost_minus_is_found_by_the_balances_and_a_wrong_balance_is_not_trusted() -> None:
    head = [*HEAD, "交易日期|摘要|交易金额|账户余额"]
    rows = ["2026-03-01|工资|8,000.00|9,000.00", "2026-03-02|消费|500.00|8,500.00", "2026-03-03|消费|-1.50|8,498.50"]
    facts = read(sheet(*head, *rows))[1]
    assert facts.rows[1]["amount"].value == "-50000"
    wrong = read(sheet(*head, *rows[:2], "2026-03-03|消费|-1.50|8,598.50"))[1]
    assert wrong.rows[2]["balance"].confidence < HIGH
    assert wrong.rows[1]["balance"].confidence >= HIGH


def test_a_head_stands_only_on_the_first_page() -> None:
    first = sheet(*HEAD, "交易日期|摘要|交易金额|账户余额", "2026-03-01|代发工资|8,000.00|9,000.00")
    second = make_rows([c.line for r in sheet("", "2026-03-02|消费|-500.00|8,500.00").rows for c in r.cells], 1)
    assert len(read(Document((*first.rows, *second)))[1].rows) == 2


@pytest.mark.parametrize(
    "paper",
    [
        ["住房公积金个人账户缴存证明", f"姓名|王小明|证件号码|{NUMBER}", "单位名称|某某科技有限公司|账户状态|正常",
         "缴存基数|10,000.00|月缴存额|2,400.00", "单位缴存比例|12%|个人缴存比例|12%",
         "账户余额|50,000.00|缴至年月|2026年2月"],
        ["公积金账户查询", f"职工姓名:王小明|身份证号:{NUMBER}", "缴存单位:某某科技有限公司", "个人缴存基数:10000元",
         "个人月缴存额|1,200.00", "单位月缴存额|1,200.00", "当前余额|50,000.00", "最近汇缴月|202602"],
    ],
)  # fmt: skip
def test_fund_statements(paper: list[str]) -> None:
    kind, facts = read(sheet(*paper))
    assert kind == "fund_statement"
    assert values(facts) == {
        "name": "王小明",
        "id_number": NUMBER,
        "employer": "某某科技有限公司",
        "base": "1000000",
        "monthly_deposit": "240000",
        "balance": "5000000",
        "paid_to": "2026-02",
    }
    assert not failed(facts) - {"id_county"}


def test_the_last_paid_month_of_a_social_insurance_record() -> None:
    facts = read(
        sheet(
            "社会保险个人参保证明",
            "姓名|王小明|社会保障号|" + NUMBER,
            "参保单位|某某科技有限公司",
            "缴费年月|缴费基数|养老个人|医疗个人",
            "202601|6,000.00|480.00|120.00",
            "202602|6,000.00|480.00|120.00",
        )
    )[1]
    assert values(facts).items() >= {"base": "600000", "paid_to": "2026-02", "employer": "某某科技有限公司"}.items()


def test_one_misread_character_does_not_hide_the_kind() -> None:
    assert recognise(sheet("住房公积金个人帐户缴存证明", "缴存基教|1", "月缴存颔|2", "缴至年月|2026-02")) is not None


def test_a_box_covers_its_own_characters_of_a_line() -> None:
    facts = read(sheet("工资条", "姓名:李四部门:财务部", "应发工资|9000", "实发工资|8000"))[1]
    left, _, right, _ = facts.fields["name"].box
    assert 100 < left < 190
    assert right < 330
