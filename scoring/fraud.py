"""Fraud signals from counts and comparisons made elsewhere; this file only weighs them.

Signals are for staff: their sentences tell what was seen, the applicant is only told that something is checked.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from scoring.fields import Count, Fen, Flag
from scoring.wording import percent, yuan

Action = Literal["pass", "refer", "decline"]


@dataclass(frozen=True, slots=True)
class FraudInputs:
    """What the screen looks at; None means the check was not made, and refers (except the device).

    `watch_listed`: the ID number is on the lender's watch-list. `open_applications_same_id`: *other* open
    applications under the same ID number; `running_loans_same_id`: loans under it, paid out and not yet due in full.
    `people_same_*`: *other* people (distinct ID numbers) seen with this application's device, IP, bank card or phone
    within `FraudLimits.window_days`; a browser without an identifier leaves the device None.
    `names_match`: the name read from the ID document equals the answer.
    `corrected_fields`: slots whose value was read with high confidence and then changed by the applicant.
    `duplicate_documents`: documents of *other* people whose perceptual hash is near one of this application's.
    `submissions_24h`: submissions by this ID number or phone in the last 24 hours, this one included.
    """

    watch_listed: Flag | None = None
    open_applications_same_id: Count | None = None
    running_loans_same_id: Count | None = None
    people_same_device: Count | None = None
    people_same_ip: Count | None = None
    people_same_bank_card: Count | None = None
    people_same_phone: Count | None = None
    names_match: Flag | None = None
    corrected_fields: tuple[str, ...] | None = None
    declared_income_fen: Fen | None = None
    proven_income_fen: Fen | None = None
    duplicate_documents: Count | None = None
    submissions_24h: Count | None = None


@dataclass(frozen=True, slots=True)
class FraudLimits:
    """From the policy file. The most that still passes; `income_gap_bp` is declared over proven income."""

    window_days: Annotated[int, Field(strict=True, ge=1)]
    people_same_device: Count
    people_same_ip: Count
    people_same_bank_card: Count
    people_same_phone: Count
    corrected_fields: Count
    income_gap_bp: Annotated[int, Field(strict=True, ge=10_000)]
    submissions_24h: Count


@dataclass(frozen=True, slots=True)
class Signal:
    """Something seen, or a check that could not be made."""

    code: str
    action: Action
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class FraudScreen:
    """All signals, and the strictest action among them."""

    signals: tuple[Signal, ...]
    action: Action


def screen(inputs: FraudInputs, limits: FraudLimits) -> FraudScreen:
    """Only the watch-list declines by itself; every other signal, and every check not made, asks a person."""
    signals = (*_listed(inputs), *_shared(inputs, limits), *_documents(inputs, limits), *_unchecked(inputs))
    actions = {signal.action for signal in signals}
    action: Action = "decline" if "decline" in actions else "refer" if actions else "pass"
    return FraudScreen(signals, action)


def _listed(inputs: FraudInputs) -> Iterator[Signal]:
    if inputs.watch_listed:
        yield Signal("watch_list", "decline", "身份证号在关注名单中。", "The ID number is on the watch-list.")
    others = inputs.open_applications_same_id or 0
    if others:
        yield Signal(
            "open_application",
            "refer",
            f"同一身份证号另有 {others} 笔未办结的申请。",
            f"{others} other open application(s) under the same ID number.",
        )
    loans = inputs.running_loans_same_id or 0
    if loans:
        yield Signal(
            "running_loan",
            "refer",
            f"同一身份证号另有 {loans} 笔在还的借款。",
            f"{loans} other running loan(s) under the same ID number.",
        )


def _shared(inputs: FraudInputs, limits: FraudLimits) -> Iterator[Signal]:
    rows = (
        ("shared_device", "设备", "device", inputs.people_same_device, limits.people_same_device),
        ("shared_ip", "网络地址", "IP address", inputs.people_same_ip, limits.people_same_ip),
        ("shared_bank_card", "银行卡", "bank card", inputs.people_same_bank_card, limits.people_same_bank_card),
        ("shared_phone", "手机号", "phone number", inputs.people_same_phone, limits.people_same_phone),
    )
    for code, zh, en, seen, most in rows:
        if seen is not None and seen > most:
            yield Signal(
                code,
                "refer",
                f"{limits.window_days} 天内另有 {seen} 人使用同一{zh}。",
                f"{seen} other people used the same {en} within {limits.window_days} days.",
            )
    submissions = inputs.submissions_24h or 0
    if submissions > limits.submissions_24h:
        yield Signal(
            "velocity",
            "refer",
            f"24 小时内提交了 {submissions} 次申请。",
            f"{submissions} submissions within 24 hours.",
        )


def _documents(inputs: FraudInputs, limits: FraudLimits) -> Iterator[Signal]:
    if inputs.names_match is False:
        yield Signal(
            "name_mismatch",
            "refer",
            "证件上的姓名与填写的不一致。",
            "The name on the document differs from the answer.",
        )
    corrected = inputs.corrected_fields or ()
    if len(corrected) > limits.corrected_fields:
        yield Signal(
            "confident_read_changed",
            "refer",
            f"识别可信度高的内容被修改：{'、'.join(corrected)}。",
            f"Values read with high confidence were changed: {', '.join(corrected)}.",
        )
    declared, proven = inputs.declared_income_fen, inputs.proven_income_fen
    if declared is not None and proven is not None and declared * 10_000 > proven * limits.income_gap_bp:
        ratio = f"，为证明的 {percent(declared * 10_000 // proven)}" if proven else ""
        ratio_en = f", {percent(declared * 10_000 // proven)} of it" if proven else ""
        yield Signal(
            "income_overstated",
            "refer",
            f"填写的月收入 {yuan(declared)} 元高于收入证明的 {yuan(proven)} 元{ratio}。",
            f"Declared income of {yuan(declared)} yuan exceeds the proof of {yuan(proven)} yuan{ratio_en}.",
        )
    copies = inputs.duplicate_documents or 0
    if copies:
        yield Signal(
            "duplicate_document",
            "refer",
            f"上传的资料与其他人的 {copies} 份资料几乎相同。",
            f"An uploaded document is nearly identical to {copies} document(s) of other people.",
        )


def _unchecked(inputs: FraudInputs) -> Iterator[Signal]:
    rows = (
        ("watch_list", "关注名单", "the watch-list", inputs.watch_listed),
        ("open_application", "在办申请", "open applications", inputs.open_applications_same_id),
        ("running_loan", "在还借款", "running loans", inputs.running_loans_same_id),
        ("shared_ip", "网络地址", "the IP address", inputs.people_same_ip),
        ("shared_bank_card", "银行卡", "the bank card", inputs.people_same_bank_card),
        ("shared_phone", "手机号", "the phone number", inputs.people_same_phone),
        ("name_mismatch", "证件姓名", "the name on the document", inputs.names_match),
        ("confident_read_changed", "识别内容的修改", "changes to values read", inputs.corrected_fields),
        ("duplicate_document", "资料重复", "duplicate documents", inputs.duplicate_documents),
        ("velocity", "提交频率", "how often submissions came", inputs.submissions_24h),
    )
    for code, zh, en, seen in rows:
        if seen is None:
            yield Signal(f"unchecked_{code}", "refer", f"未能核查：{zh}。", f"Not checked: {en}.")
