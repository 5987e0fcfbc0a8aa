"""The personal consumer loan contract (个人消费借款合同) and the sheet of the applicant's answers, as PDF/A."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from portal.domain.clock import CHINA
from portal.domain.identity import mask_bank_card
from portal.domain.money import (
    CEILING_BP,
    Fee,
    Fen,
    Installment,
    all_in_cost_bp,
    capital_yuan,
    format_rate,
    format_yuan,
    late_rate_bp,
    misuse_rate_bp,
)
from workers.signing.typesetting import Value, typeset

_LENDER = "贷款人（甲方）"

Box = tuple[int, int, int, int]
# Where the last page keeps room for the signatures: left, bottom, right, top in points from its lower left corner.
BORROWER_BOX: Box = (62, 68, 287, 152)
LENDER_BOX: Box = (308, 68, 533, 152)
_FRAME: dict[str, Value] = {
    "side": BORROWER_BOX[0],
    "bottom": BORROWER_BOX[1],
    "gap": LENDER_BOX[0] - BORROWER_BOX[2],
    "height": BORROWER_BOX[3] - BORROWER_BOX[1],
}


@dataclass(frozen=True, slots=True)
class Lender:
    """The lending institution as registered."""

    name: str
    credit_code: str
    address: str
    phone: str


@dataclass(frozen=True, slots=True)
class Borrower:
    """The person who borrows, in full: a contract names its parties unmasked."""

    name: str
    id_number: str
    mobile: str


@dataclass(frozen=True, slots=True)
class ContractFee:
    """A fee beside interest, with what 金规〔2026〕2号 wants shown: standard, way and receiver."""

    name: str
    fee: Fee
    standard: str
    collected: str
    collector: str


@dataclass(frozen=True, slots=True)
class ContractData:
    """Everything a contract says.

    `payout_card` may be whole or masked, only its last four digits are printed; `drawn_at` is aware and dates
    the paper. ValueError when the schedule does not repay the principal or the all-in cost is above the ceiling.
    """

    number: str
    application_reference: str
    drawn_at: datetime
    disbursed_on: date
    lender: Lender
    borrower: Borrower
    principal_fen: Fen
    term_months: int
    annual_rate_bp: int
    purpose: str
    payout_bank: str
    payout_card: str
    schedule: tuple[Installment, ...]
    fees: tuple[ContractFee, ...] = ()
    sandbox: bool = False

    def __post_init__(self) -> None:
        """Refuse a contract whose figures contradict each other or the law."""
        if len(self.schedule) != self.term_months:
            raise ValueError("the schedule has another number of payments than the term has months")
        if sum(row.principal_fen for row in self.schedule) != self.principal_fen:
            raise ValueError("the schedule does not repay the principal")
        if self.all_in_bp > CEILING_BP:
            raise ValueError("the all-in cost is above the ceiling")

    @property
    def all_in_bp(self) -> int:
        """正常履约年化综合融资成本 (bp)."""
        return all_in_cost_bp(self.principal_fen, self.schedule, [fee.fee for fee in self.fees])


@dataclass(frozen=True, slots=True)
class AnswerSection:
    """A titled part of the answers; each row is (question, answer)."""

    title: str
    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class AnswerSheet:
    """The answers of one application as submitted (`submitted_at` aware); `issuer` is the lender's name."""

    issuer: str
    application_reference: str
    applicant: str
    submitted_at: datetime
    sections: tuple[AnswerSection, ...]
    sandbox: bool = False


def draw_contract(data: ContractData, fonts: Path) -> bytes:
    """The contract as PDF/A-2u, room for both signatures on its last page; equal data gives equal bytes."""
    return typeset("contract.typ", _contract_values(data), data.drawn_at, fonts)


def draw_answers(sheet: AnswerSheet, fonts: Path) -> bytes:
    """我的申请: the applicant's answers as PDF/A-2u; equal data gives equal bytes."""
    values: dict[str, Value] = {
        "issuer": sheet.issuer,
        "application": sheet.application_reference,
        "applicant": sheet.applicant,
        "submitted_at": chinese_time(sheet.submitted_at),
        "footer": f"{sheet.issuer} · 申请编号 {sheet.application_reference}",
        "specimen": sheet.sandbox,
        "frame": _FRAME,
        "sections": [
            {"title": section.title, "rows": [list[Value](row) for row in section.rows]} for section in sheet.sections
        ],
    }
    return typeset("answers.typ", values, sheet.submitted_at, fonts)


def chinese_date(day: date) -> str:
    """2026年11月23日."""
    return f"{day.year}年{day.month}月{day.day}日"


def chinese_time(moment: datetime) -> str:
    """2026年11月23日 10:32, in China Standard Time."""
    local = moment.astimezone(CHINA)
    return f"{chinese_date(local)} {local:%H:%M}"


def _contract_values(data: ContractData) -> dict[str, Value]:
    interest = sum(row.interest_fen for row in data.schedule)
    fees = sum(fee.fee.amount_fen for fee in data.fees)
    lender, borrower = data.lender, data.borrower
    return {
        "issuer": lender.name,
        "number": data.number,
        "application": data.application_reference,
        "drawn_on": chinese_date(data.drawn_at.astimezone(CHINA)),
        "disbursed_on": chinese_date(data.disbursed_on),
        "matures_on": chinese_date(data.schedule[-1].due_on),
        "footer": f"{lender.name} · 合同编号 {data.number}",
        "specimen": data.sandbox,
        "frame": _FRAME,
        "lender": {
            "name": lender.name,
            "credit_code": lender.credit_code,
            "address": lender.address,
            "phone": lender.phone,
        },
        "borrower": {"name": borrower.name, "id_number": borrower.id_number, "mobile": borrower.mobile},
        "principal": format_yuan(data.principal_fen),
        "principal_capitals": capital_yuan(data.principal_fen),
        "term": str(data.term_months),
        "purpose": data.purpose,
        "annual_rate": format_rate(data.annual_rate_bp),
        "all_in_rate": format_rate(data.all_in_bp),
        "late_rate": format_rate(late_rate_bp(data.annual_rate_bp)),
        "misuse_rate": format_rate(misuse_rate_bp(data.annual_rate_bp)),
        "ceiling": format_rate(CEILING_BP),
        "monthly_payment": format_yuan(data.schedule[0].payment_fen),
        "payout_bank": data.payout_bank,
        "payout_account": mask_bank_card(data.payout_card),
        "costs": _costs(data, interest),
        "contingent": _contingent(data),
        "total_cost": format_yuan(interest + fees),
        "schedule": _schedule_rows(data.schedule),
        "schedule_payment": format_yuan(data.principal_fen + interest),
        "schedule_interest": format_yuan(interest),
    }


def _costs(data: ContractData, interest: Fen) -> list[Value]:
    rows: list[Value] = [
        {
            "name": "利息",
            "amount": format_yuan(interest),
            "standard": f"剩余本金 × 年利率 {format_rate(data.annual_rate_bp)}",
            "collected": "随每期还款收取",
            "collector": _LENDER,
            "annual_rate": format_rate(all_in_cost_bp(data.principal_fen, data.schedule)),
        }
    ]
    without_fees = all_in_cost_bp(data.principal_fen, data.schedule)
    for item in data.fees:
        with_fee = all_in_cost_bp(data.principal_fen, data.schedule, [item.fee])
        rows.append(
            {
                "name": item.name,
                "amount": format_yuan(item.fee.amount_fen),
                "standard": item.standard,
                "collected": item.collected,
                "collector": item.collector,
                # A fee's own yearly weight: by how much it raises the all-in cost of the bare loan.
                "annual_rate": format_rate(with_fee - without_fees),
            }
        )
    return rows


def _contingent(data: ContractData) -> list[Value]:
    late, misuse = late_rate_bp(data.annual_rate_bp), misuse_rate_bp(data.annual_rate_bp)
    rows = (
        ("逾期罚息", "到期未还清当期款项", f"逾期本金 × 年利率 {format_rate(late)} ÷ 360 × 逾期天数"),
        ("挪用罚息", "未按约定用途使用借款", f"挪用本金 × 年利率 {format_rate(misuse)} ÷ 360 × 挪用天数"),
        ("提前还款", "提前归还部分或全部借款", "不收取任何费用"),
    )
    return [
        {"name": name, "condition": condition, "standard": standard, "collector": _LENDER}
        for name, condition, standard in rows
    ]


def _schedule_rows(schedule: Sequence[Installment]) -> list[Value]:
    return [
        [
            str(row.number),
            chinese_date(row.due_on),
            format_yuan(row.payment_fen),
            format_yuan(row.principal_fen),
            format_yuan(row.interest_fen),
            format_yuan(row.balance_fen),
        ]
        for row in schedule
    ]
