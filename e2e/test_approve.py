"""The main job: a person applies on a phone, is approved by the machine, signs, and is paid."""

from playwright.sync_api import expect

from e2e.screens.application import apply
from e2e.screens.chat import Chat
from e2e.screens.contract import Contract
from e2e.screens.device import Device
from e2e.screens.progress import PAID, READY_TO_SIGN
from e2e.server import Stack
from workers.sandbox.personas import get_persona
from workers.sandbox.simulation.people import borrower_of


def test_from_the_first_tap_to_the_money(phone: Device, stack: Stack) -> None:
    persona = get_persona("approve")
    borrower = borrower_of(persona)
    bank_before = stack.sandbox.stats("bank")

    progress = apply(phone, borrower, {"name": _see_proposal, "marital_status": _see_front, "employment": _see_back})
    reference = progress.reference
    phone.look("progress")
    progress.wait_for(READY_TO_SIGN)
    progress.see_done("核对材料", "查询征信", "安全核验", "评估还款能力", "得出结果", "准备合同")
    progress.see_next()
    phone.look("progress approved")
    phone.keep_shot("progress")

    contract = Contract(phone, borrower, reference)
    contract.read_decision()
    contract.read_costs()
    contract.sign()
    progress.see_submitted()
    progress.wait_for(PAID)
    progress.see_done("您签署合同", "合同盖章", "放款")
    phone.look("progress paid")
    contract.read_schedule(persona.term_months)
    contract.check_sealed(stack.home)

    _check_bank(stack, bank_before, persona.amount_fen)
    _check_messages(stack, borrower.mobile, reference)


def _see_proposal(chat: Chat) -> None:
    """What is read is proposed where the question is asked, and comes while the page is open."""
    chat.device.see("从身份证上读到", "杭州市公安局西湖分局")
    chat.see_question_above_composer()  # though the cards over it have grown
    chat.device.keep_shot("chat")


def _see_front(chat: Chat) -> None:
    chat.see_document("身份证人像面", "林安然", "1990-05-12")
    expect(chat.page.get_by_text("330100199005120240")).to_have_count(0)  # read over shoulders: masked


def _see_back(chat: Chat) -> None:
    chat.see_document("身份证国徽面", "杭州市公安局西湖分局", "2041-06-08")


def _check_bank(stack: Stack, before: dict[str, int], amount_fen: int) -> None:
    """Paid once, and all of it (民法典 670: no interest kept back)."""
    after = stack.sandbox.stats("bank")
    assert after["payouts"] == before["payouts"] + 1
    assert after["total_fen"] == before["total_fen"] + amount_fen


def _check_messages(stack: Stack, mobile: str, reference: str) -> None:
    """One at each turn, with a way to the page, and none that tells the outcome to who reads over a shoulder."""
    stack.sandbox.wait_for_message(mobile, "借款已转出到您的银行卡")
    messages = [text for text in stack.sandbox.messages(mobile) if reference in text]
    turns = ("已收到您的申请", "审核已有结果", "合同已备好", "合同已由双方签署", "借款已转出")
    for words in turns:
        (told,) = (text for text in messages if words in text)
        assert f"{stack.url}/applications/{reference}/" in told
    assert not [text for text in messages if "通过" in text]
