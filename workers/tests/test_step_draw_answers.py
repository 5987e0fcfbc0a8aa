"""The sheet of answers, from submission to the applicant's own phone."""

import httpx
import pypdfium2 as pdfium
import pytest

from portal.db.uow import UnitsOfWork
from portal.documents.files import FileStore
from portal.domain.workflow import Step
from portal.settings import Settings
from portal.testing.cases import ANSWERS, NAME, make_submitted
from portal.testing.phone import sign_in
from workers.draw_answers import DrawAnswers
from workers.testing import drain
from workers.tests.conftest import Sandbox
from workers.tests.steps import PROCEDURES, open_steps

pytestmark = pytest.mark.usefixtures("swift_retries")


async def test_the_applicant_gets_their_answers_as_a_pdf(
    settings: Settings, units: UnitsOfWork, files: FileStore, sandbox: Sandbox, client: httpx.AsyncClient
) -> None:
    application = await make_submitted(units)
    phone = await sign_in(client, units, application.applicant_id)
    address = f"/applications/{application.reference}/answers.pdf"
    await phone.open(address)
    assert phone.status == 503
    assert "您的回答清单正在制作" in phone.text
    async with units.begin() as uow:
        await uow.make_due(Step.DRAW_ANSWERS, application.id)
    async with open_steps(settings, units, files, bureau_url=f"{sandbox.url}/bureau") as work:
        await drain(work, PROCEDURES | {Step.DRAW_ANSWERS: DrawAnswers()})
        work.cpu_pool.close()
    answer = await client.get(address)
    assert answer.headers["content-type"] == "application/pdf"
    with pdfium.PdfDocument(answer.content) as document:
        text = "".join(page.get_textpage().get_text_range() for page in document)
    plain = "".join(text.split())
    for told in (NAME, "借款金额", "¥50,000.00", "装修", "杭州云岭软件有限公司", application.reference):
        assert told in plain, told
    assert str(ANSWERS["id_number"]) not in plain
    assert str(ANSWERS["bank_card"]) not in plain
