"""An officer corrects what was read: with a reason, beside the picture, and everything is weighed again."""

from litestar import Litestar
from sqlmodel import col, select

from portal.db.models import Application, Document, DocumentField, FieldChange, Provenance, Role, StepRun
from portal.db.uow import UnitsOfWork
from portal.documents.files import FileStore
from portal.documents.service import find_document
from portal.domain.events import EventKind
from portal.domain.workflow import Step
from portal.settings import Settings
from portal.testing.desk import Desk, desk_of
from portal.tests.test_helpdesk_case import document_of, events_of, keep_picture, refer

FORM = {"value": "15,200.50", "reason": "misread", "note": "", "_key": "k1"}


async def runs_about(units: UnitsOfWork, application: Application) -> set[Step]:
    async with units.begin() as uow:
        statement = select(StepRun.step).where(
            col(StepRun.application_id) == application.id, col(StepRun.subject_id).in_(select(FieldChange.id))
        )
        return {Step(step) for step in await uow.session.exec(statement)}


async def look(desk: Desk, application: Application, document: Document) -> str:
    return (await desk.reveal(application.reference, f"document:{document.id}", "review_case")).text


async def test_a_reading_is_corrected(app: Litestar, units: UnitsOfWork, settings: Settings, files: FileStore) -> None:
    application = await refer(units)
    proof = await document_of(units, application, "income_proof")
    await keep_picture(units, files, application, proof)
    address = f"/helpdesk/cases/{application.reference}/documents/{proof.id}/fields/net_pay"
    async with desk_of(app, units, settings) as desk:
        assert (await desk.open(address)).status_code == 403  # nobody looks without a reason
        panel = await look(desk, application, proof)
        page = await desk.open(address)
        done = await desk.send(address, **FORM)
        again = await desk.send(address, **FORM)
        shown = await look(desk, application, proof)
    assert f'href="{address}"' in panel
    assert "¥14,800.00" in page.text
    assert 'viewBox="-8 -8 226 86"' in page.text  # the box 10, 10, 200, 60 with its margin
    assert (done.status_code, again.status_code) == (303, 303)
    assert done.headers["location"].endswith("?done=corrected#documents")
    assert "¥15,200.50" in shown
    assert "¥14,800.00" in shown
    assert "王审批" in shown
    async with units.begin() as uow:
        document = await find_document(uow, application.id, "income_proof")
        (change,) = await uow.session.exec(select(FieldChange))
        row = await uow.session.get_one(DocumentField, change.field_id)
    assert document is not None
    assert document.fields["net_pay"].value == "1520050"
    assert row.provenance is Provenance.STAFF_CORRECTED
    assert (change.staff_id, change.reason) == (desk.staff.id, "misread")
    (event,) = await events_of(units, application, EventKind.DOCUMENT_CORRECTED)
    assert event.data == {"slot": "income_proof", "field": "net_pay", "reason": "misread", "confidence": 0.98}
    assert await runs_about(units, application) == {Step.VERIFY_DOCUMENTS, Step.DECIDE}


async def test_what_was_not_read_is_filled_in(
    app: Litestar, units: UnitsOfWork, settings: Settings, files: FileStore
) -> None:
    application = await refer(units)
    front = await document_of(units, application, "id_front")
    address = f"/helpdesk/cases/{application.reference}/documents/{front.id}/fields/"
    async with units.begin() as uow:
        statement = select(DocumentField).where(
            col(DocumentField.document_id) == front.id, col(DocumentField.name) == "birth_date"
        )
        await uow.session.delete((await uow.session.exec(statement)).one())
    async with desk_of(app, units, settings) as desk:
        assert "没有读到" in await look(desk, application, front)
        form = {"value": "1990年5月12日", "reason": "not_read", "note": "右下角有反光", "_key": "k2"}
        assert (await desk.send(f"{address}birth_date", **form)).status_code == 303
        assert (await desk.send(f"{address}balance", **form)).status_code == 404
        page = (await desk.open(f"/helpdesk/cases/{application.reference}")).text
    assert "右下角有反光" in page
    async with units.begin() as uow:
        document = await find_document(uow, application.id, "id_front")
    assert document is not None
    assert document.fields["birth_date"].value == "1990-05-12"
    assert [turn.value for turn in document.fields["birth_date"].history] == ["", "1990-05-12"]


async def test_a_correction_needs_a_value_a_reason_and_an_officer(
    app: Litestar, units: UnitsOfWork, settings: Settings
) -> None:
    application = await refer(units)
    proof = await document_of(units, application, "income_proof")
    address = f"/helpdesk/cases/{application.reference}/documents/{proof.id}/fields/net_pay"
    async with desk_of(app, units, settings) as desk, desk_of(app, units, settings, Role.SUPPORT) as helper:
        await look(desk, application, proof)
        await look(helper, application, proof)
        for change in ({"value": "很多"}, {"reason": ""}, {"reason": "other", "note": "短"}):
            refused = await desk.send(address, **{**FORM, **change})
            assert refused.status_code == 422
            assert "更正还没有保存" in refused.text
        assert (await helper.send(address, **FORM)).status_code == 403
    assert await runs_about(units, application) == set()
