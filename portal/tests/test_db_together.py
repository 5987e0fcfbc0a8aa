from typing import Any

import pytest
from sqlalchemy import Row
from sqlmodel import col, select

from portal.db.models import Answer, DocumentField, Event, Exchange, StepRun
from portal.db.together import Query, read_together
from portal.db.uow import UnitsOfWork
from portal.testing.cases import fill_draft


@pytest.mark.parametrize(
    "query",
    [
        select(Answer).order_by(col(Answer.slot)),
        select(DocumentField).order_by(col(DocumentField.id)),
        select(Event).order_by(col(Event.seq).desc()).limit(3),
        select(StepRun.due_at, StepRun.state).order_by(col(StepRun.due_at)),
        select(Exchange),
    ],
)
async def test_rows_are_those_of_the_query_alone(units: UnitsOfWork, query: Query) -> None:
    await fill_draft(units)
    async with units.begin() as uow:
        other, read = await read_together(uow.session, select(Answer.slot), query)
        connection = await uow.session.connection()
        alone: list[Row[*tuple[Any, ...]]] = list(await connection.execute(query))
    assert len(other) > 10
    assert [row._asdict() for row in read] == [row._asdict() for row in alone]
