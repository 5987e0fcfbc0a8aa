"""The conversation: one question at a time, answered by tapping, typing or photographing."""

import re
from collections.abc import Callable

from playwright.sync_api import Locator, expect

from e2e.screens.device import Device
from portal.script.catalogue import scripts
from portal.script.question import Question
from portal.testing.intake import QUESTIONS
from workers.sandbox.simulation.people import Borrower, Upload

_GO_ON = re.compile("^(继续|确认)$")
_READ = "从身份证上读到"
_CHECK = "核对您的回答"
_CAMERA = re.compile("^(重新)?拍照$")
_ALBUM = "相册或文件"


class Chat:
    """A borrower's conversation on one device."""

    def __init__(self, device: Device, borrower: Borrower) -> None:
        self.device = device
        self.page = device.page
        self.borrower = borrower

    @property
    def reference(self) -> str:
        """The application's number, from the address."""
        return self.device.path.split("/")[2]

    @property
    def field(self) -> Locator:
        """Where the answer is typed."""
        return self.page.locator("#value")

    def see_question(self, slot: str) -> Question:
        """This is what is being asked, and why can be read."""
        question = _question(slot)
        self.device.see_heading(question.prompt)
        return question

    def see_question_above_composer(self) -> None:
        """Nothing that is asked is hidden under the bar that sticks to the foot."""
        for _ in self.device.patiently(seconds=5):
            question = self.page.get_by_role("heading", level=1).bounding_box()
            composer = self.page.locator(".composer").bounding_box()
            assert question is not None
            assert composer is not None
            if 0 < question["y"] < composer["y"] - question["height"]:
                return

    def fill_in(self, *, until: str = "", do_at: dict[str, Callable[["Chat"], None]] | None = None) -> None:
        """Answer everything in order, up to the question `until`; `do_at` happens as a question is asked."""
        for question in QUESTIONS:
            self.see_question(question.slot)
            self.device.look(f"chat {question.slot}")
            if do_at and question.slot in do_at:
                do_at[question.slot](self)
            if question.slot == until:
                return
            self.answer(question.slot)
        self.device.see_heading(_CHECK)

    def answer(self, slot: str) -> None:
        """As this person answers it."""
        question = _question(slot)
        if question.widget == "document":
            self.photograph(self.borrower.photograph(slot))
        elif question.widget == "consents":
            self.consent()
        elif question.widget == "choice":
            self.tap(next(choice.label for choice in question.choices if choice.value == self.borrower.answers[slot]))
        elif question.reading is not None and question.reading.slot == "id_front":
            self.confirm_reading(self.borrower.answers[slot])
        else:
            self.type(self.borrower.answers[slot])

    def tap(self, label: str) -> None:
        """One of the chips."""
        self.page.locator("form.composer").get_by_role("button", name=label, exact=True).click()

    def type(self, text: str) -> None:
        """Type, then go on."""
        self.field.fill(text)
        self.go_on()

    def say(self, text: str) -> None:
        """Free words, in the field beside the question's own way of answering it or in the question's own."""
        beside = self.page.locator("#say")
        field = beside if beside.count() else self.field
        field.fill(text)
        field.press("Enter")
        expect(self.page.locator(".transcript").get_by_text(text, exact=True).last).to_be_visible()

    def see_reply(self, *sentences: str) -> None:
        """In a bubble of ours."""
        for sentence in sentences:
            expect(self.page.locator(".bubble-bot").get_by_text(sentence).last).to_be_visible()

    def go_on(self) -> None:
        """The form's one button."""
        self.page.locator("form.composer button.act-primary").get_by_text(_GO_ON).click()

    def photograph(self, upload: Upload) -> None:
        """拍照 where there is script; else choose a file and send it."""
        file = {"name": upload.name, "mimeType": upload.media_type, "buffer": upload.content}
        if not self.device.scripted:
            self.page.locator("input[type=file]").set_input_files(file)  # type: ignore[arg-type]
            self.device.press("上传")
            return
        names = _ALBUM if upload.media_type == "application/pdf" else _CAMERA
        with self.page.expect_file_chooser() as chooser:
            self.page.get_by_role("button", name=names).click()
        chooser.value.set_files(file)  # type: ignore[arg-type]

    def confirm_reading(self, value: str) -> None:
        """Wait for what was read from the card, see that it is right, and confirm it."""
        self.device.wait_for(self.page.get_by_text(_READ))
        self.device.see("读取清楚")
        fill = self.page.get_by_role("button", name="填入读到的内容")
        if fill.count():
            fill.click()
        expect(self.field).to_have_value(value)
        self.go_on()

    def consent(self) -> None:
        """Four documents, none ticked for us, each read and ticked by itself."""
        boxes = self.page.get_by_role("checkbox")
        expect(boxes).to_have_count(4)
        for box in boxes.all():
            expect(box).not_to_be_checked()
            box.check()
        self.device.press("同意并继续")

    def see_document(self, title: str, *values: str) -> None:
        """A photograph in the transcript, with what was read from it."""
        card = self.page.get_by_role("region", name=title, exact=True)
        for value in values:
            self.device.wait_for(card.get_by_text(value))
        picture = card.get_by_role("img")
        picture.scroll_into_view_if_needed()
        expect(picture).to_be_visible()
        if self.device.scripted:
            expect(picture).to_have_js_property("complete", True)
            assert picture.evaluate("(picture) => picture.naturalWidth") > 0

    def see_answer(self, text: str) -> None:
        """One of our own bubbles."""
        expect(self.page.locator(".bubble-me").get_by_text(text, exact=True).first).to_be_visible()

    def change(self, label: str) -> None:
        """The 更改 link of an earlier answer."""
        self.page.get_by_role("link", name=f"更改 {label}").click()

    def check_and_submit(self) -> str:
        """See everything once more, hand it in; the reference."""
        reference = self.reference
        self.device.see_heading(_CHECK)
        for section in ("借款需求", "身份信息", "收入与负债", "收款与授权"):
            expect(self.page.get_by_role("heading", name=section)).to_be_visible()
        self.device.see(self.borrower.person.name, self.borrower.person.employer, "已分别同意四份文件")
        self.device.look("check")
        self.device.press("提交贷款申请")
        return reference


def _question(slot: str) -> Question:
    question = scripts().find_question(slot)
    assert question is not None
    return question
