"""What goes wrong in a browser: bad files, lost networks, impatient thumbs, other people's addresses."""

from playwright.sync_api import expect

from e2e.cast import CAST
from e2e.conftest import NewDevice
from e2e.screens.application import begin
from e2e.screens.chat import Chat
from e2e.screens.device import Device
from workers.sandbox.personas import get_persona
from workers.sandbox.simulation.people import Borrower, Upload, borrower_of, draw_borrower


def test_a_file_that_can_not_serve_is_refused_at_once(phone: Device) -> None:
    chat = _at(phone, draw_borrower(CAST["trouble"][0]), "id_front")
    borrower = chat.borrower
    for upload, sentence in (
        (Upload("empty.jpg", "image/jpeg", b""), "这个文件是空的，请重新选择。"),
        (Upload("song.mp3", "audio/mpeg", b"ID3\x04"), "请选择照片或 PDF 文件。"),
        (Upload("photo.jpg", "image/jpeg", b"MZ\x90\x00" * 100), "这个文件不是照片或 PDF。"),
    ):
        chat.photograph(upload)
        phone.see(sentence)
        chat.see_question("id_front")
    phone.look("chat bad file")

    # The wrong side is seen by the reader only: the chat goes on meanwhile, then comes back to it.
    chat.photograph(borrower.photograph("id_back"))
    chat.see_question("id_back")
    phone.see("这是国徽面。请翻到有照片的一面，重新拍照。")
    phone.look("chat wrong side")
    phone.follow("重新上传")
    chat.see_question("id_front")
    chat.photograph(borrower.photograph("id_front"))
    chat.see_question("id_back")
    chat.see_document("身份证人像面", borrower.person.name)


def test_an_expired_card_stops_gently(phone: Device) -> None:
    expired = borrower_of(get_persona("expired_id"))
    chat = _at(phone, expired, "id_back")
    chat.photograph(expired.photograph("id_back"))
    phone.see("这张身份证已过有效期。请换用有效的身份证重新拍照；已填写的内容会为您保留。")


def test_a_wrong_check_digit_is_said_beside_the_field(phone: Device) -> None:
    borrower = borrower_of(get_persona("bad_checksum"))
    chat = _at(phone, borrower, "id_number")
    chat.type(borrower.person.id_number)
    expect(phone.page.get_by_role("alert")).to_be_focused()
    expect(chat.field).to_have_value(borrower.person.id_number)
    expect(phone.page).to_have_title("错误：借款申请 · 信贷")
    phone.look("chat wrong number")


def test_an_impatient_thumb_answers_once(phone: Device) -> None:
    chat = _at(phone, draw_borrower(CAST["trouble"][1]), "amount")
    chat.field.fill("50000")
    phone.page.locator("form.composer button.act-primary").dblclick()
    chat.see_question("term")
    expect(phone.page.locator(".bubble-me", has_text="¥50,000.00")).to_have_count(1)


def test_somebody_elses_address_leads_nowhere(new_device: NewDevice) -> None:
    owner, stranger = new_device(), new_device()
    reference = _at(owner, draw_borrower(CAST["trouble"][2]), "term").reference
    _at(stranger, draw_borrower(CAST["trouble"][3]), "amount")
    with stranger.expecting(404):
        for page in ("chat", "check", "progress", "decision", "offer", "sign", "contract.pdf", "schedule"):
            stranger.open(f"/applications/{reference}/{page}")
            stranger.see_heading("这里没有内容")
        stranger.look("not found")


def _at(phone: Device, borrower: Borrower, slot: str) -> Chat:
    """A conversation that has come to this question."""
    chat = begin(phone, borrower)
    chat.fill_in(until=slot)
    return chat
