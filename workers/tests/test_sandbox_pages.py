import io
import json
import zipfile
from pathlib import Path
from uuid import uuid4

import httpx
import pyotp
import pytest
from PIL import Image

from workers.sandbox.inbox import STAFF_FILE, link_addresses
from workers.sandbox.personas import PERSONAS
from workers.tests.conftest import Sandbox


def text_to(client: httpx.Client, to: str, text: str, key: str | None = None) -> httpx.Response:
    headers = {"Idempotency-Key": key} if key else {}
    return client.post("/messages/v1/sms", json={"to": to, "text": text}, headers=headers)


def test_a_text_message_arrives_with_its_code(sandbox: Sandbox) -> None:
    assert text_to(sandbox.client, "13800001111", "您的验证码是 381204，5 分钟内有效。").status_code == 202
    page = sandbox.client.get("/messages", params={"to": "13800001111"}).text
    assert '<output class="code">381204</output>' in page
    assert "沙箱" in page
    assert sandbox.client.get("/messages/v1/messages", params={"to": "13800001111"}).json()[0]["code"] == "381204"


def test_newest_first_and_by_recipient(sandbox: Sandbox) -> None:
    for text in ("一", "二"):
        text_to(sandbox.client, "13800002222", text)
    text_to(sandbox.client, "13800003333", "三")
    found = sandbox.client.get("/messages/v1/messages", params={"to": "13800002222"}).json()
    assert [m["text"] for m in found] == ["二", "一"]


def test_the_same_key_arrives_once(sandbox: Sandbox) -> None:
    key = str(uuid4())
    numbers = {text_to(sandbox.client, "13800004444", "一次", key).json()["number"] for _ in range(2)}
    assert len(numbers) == 1
    assert len(sandbox.client.get("/messages/v1/messages", params={"to": "13800004444"}).json()) == 1


def test_an_email_arrives_as_text(sandbox: Sandbox) -> None:
    mail = {
        "to": "lin@example.com",
        "subject": "合同已签署",
        "text": "请下载：http://portal.test/a/1。",
        "html": "<b>x</b>",
    }
    assert sandbox.client.post("/messages/v1/emails", json=mail).status_code == 202
    page = sandbox.client.get("/messages", params={"to": "lin@example.com"}).text
    assert "合同已签署" in page
    assert '<a href="http://portal.test/a/1" rel="noreferrer">' in page
    assert "<b>x</b>" not in page


def test_messages_can_not_bring_markup(sandbox: Sandbox) -> None:
    text_to(sandbox.client, "13800005555", '<script>alert(1)</script> http://a.test/"><img src=x>')
    answer = sandbox.client.get("/messages", params={"to": "13800005555"})
    assert "<script>alert" not in answer.text
    assert "<img" not in answer.text
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")


def test_links_end_where_the_chinese_sentence_goes_on() -> None:
    html = link_addresses("进度：https://a.test/t?n=1&m=2。谢谢")
    assert (
        html == '进度：<a href="https://a.test/t?n=1&amp;m=2" rel="noreferrer">https://a.test/t?n=1&amp;m=2</a>。谢谢'
    )


@pytest.mark.parametrize("body", [{"to": "abc", "text": "x"}, {"to": "13800006666"}, {"to": "13800006666", "text": ""}])
def test_a_malformed_message_is_refused(sandbox: Sandbox, body: dict[str, str]) -> None:
    assert sandbox.client.post("/messages/v1/sms", json=body).status_code == 400


def test_the_gateway_can_fail_too(sandbox: Sandbox) -> None:
    sandbox.order("messages", fail="500", fail_next=1)
    assert text_to(sandbox.client, "13800007777", "x").status_code == 500
    assert text_to(sandbox.client, "13800007777", "x").status_code == 202


def test_seed_staff_are_shown_with_their_codes(sandbox: Sandbox, sandbox_home: Path) -> None:
    totp = pyotp.TOTP(pyotp.random_base32())
    person = {"login": "officer", "password": "counter", "totp_secret": totp.secret, "role": "officer"}
    (sandbox_home / STAFF_FILE).write_text(json.dumps([person]), encoding="utf-8")
    before = totp.now()
    page = sandbox.client.get("/messages").text
    assert any(f">{code}</output>" in page for code in (before, totp.now()))
    assert totp.secret not in page


def test_the_first_page_leads_to_people_and_their_documents(sandbox: Sandbox) -> None:
    page = sandbox.client.get("/", follow_redirects=True).text
    for persona in PERSONAS:
        assert persona.person.id_number in page
        assert f'href="/specimens/{persona.slug}/id-front.jpg"' in page
    assert 'href="http://portal.test"' in page


def test_documents_download(sandbox: Sandbox) -> None:
    photo = sandbox.client.get("/specimens/approve/id-front.jpg")
    assert photo.headers["Content-Type"] == "image/jpeg"
    assert "attachment" in photo.headers["Content-Disposition"]
    assert min(Image.open(io.BytesIO(photo.content)).size) > 1000
    assert photo.content == sandbox.client.get("/specimens/approve/id-front.jpg").content


def test_all_documents_of_a_person_in_one_file(sandbox: Sandbox) -> None:
    archive = zipfile.ZipFile(io.BytesIO(sandbox.client.get("/specimens/decline/all.zip").content))
    assert archive.testzip() is None
    assert {name.removeprefix("decline-") for name in archive.namelist()} == {
        "id-front.jpg",
        "id-back.jpg",
        "payslip.jpg",
        "bank-statement.pdf",
    }
    assert archive.read("decline-bank-statement.pdf").startswith(b"%PDF")


@pytest.mark.parametrize(
    "path", ["/specimens/nobody/id-front.jpg", "/specimens/approve/passport.jpg", "/static/../app.py"]
)
def test_what_is_not_there_is_404(sandbox: Sandbox, path: str) -> None:
    assert sandbox.client.get(path).status_code == 404
