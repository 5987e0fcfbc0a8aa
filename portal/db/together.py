"""Several reads in one statement, several writes in one: a request pays for each way to the database and back."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Dialect, Insert, Row, Select, Update, func, literal, select
from sqlalchemy.engine import IteratorResult
from sqlalchemy.engine.result import SimpleResultMetaData
from sqlalchemy.types import TypeEngine, UserDefinedType
from sqlmodel.ext.asyncio.session import AsyncSession

Query = Select[*tuple[Any, ...]]
Rows = Sequence[Row[*tuple[Any, ...]]]
Write = Insert | Update

# The type that a number has in PostgreSQL is not told for what stands in a record; ours with a fraction are all this.
_DOUBLE = 701


class _Rows(UserDefinedType[Rows]):
    """An array of records, as the rows that their query would have given."""

    cache_ok = True

    def __init__(self, names: tuple[str, ...], types: tuple[TypeEngine[Any], ...]) -> None:
        self.names = names
        self.types = types

    def result_processor(self, dialect: Dialect, _coltype: object) -> Callable[[Any], Rows]:
        """Each value goes the way of its own column."""
        opened = [kind.dialect_impl(dialect).result_processor(dialect, _DOUBLE) for kind in self.types]
        names = SimpleResultMetaData(self.names)

        def process(records: Sequence[Sequence[Any]]) -> Rows:
            values = [tuple(o(v) if o else v for o, v in zip(opened, each, strict=True)) for each in records]
            result: IteratorResult[*tuple[Any, ...]] = IteratorResult(names, iter(values))
            return result.all()

        return process


async def read_together(session: AsyncSession, *queries: Query, **values: Any) -> list[Rows]:
    """The rows of each query, all as they are at one moment; a table's columns, not its objects. `values` are what the
    queries leave open: each is built once, and so is the statement that they make together.

    None of them may lock: what the others read would be older than what the lock has waited for.
    """
    return list((await session.execute(_together(queries), values)).one())


@cache
def _together(queries: tuple[Query, ...]) -> Query:
    arrays = []
    for query in queries:
        columns = query.selected_columns
        kind = _Rows(tuple(columns.keys()), tuple(column.type for column in columns))
        row = query.with_only_columns(func.row(*columns), maintain_column_froms=True)
        arrays.append(func.array(row.scalar_subquery(), type_=kind))
    return select(*arrays)


async def write_together(session: AsyncSession, *writes: Write) -> None:
    """All of them in one statement. None sees what another writes, and no two may write the same row."""
    await session.execute(select(literal(len(writes))).add_cte(*(write.cte() for write in writes)))
