"""What a replay found, side by side, for people: figures, groups with their gaps, the cases that turned."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portal.domain.text import N_
from portal.helpdesk.change_wording import LANES
from portal.helpdesk.pages import Badge
from portal.helpdesk.wording import GROUPS, MEMBERS

MOST_SHOWN = 100
"""Cases that turned, on one page; the change keeps more."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the comparison; `title` is a message id, `tone` says whether the change is for the worse."""

    title: str
    before: str
    after: str
    change: str


@dataclass(frozen=True, slots=True)
class Member:
    """A group: approval before and after with intervals, and the gap to everybody else, all in percent words. `clear`:
    the gap of after is not explained by chance."""

    kind: str
    word: str
    count: int
    before: str
    after: str
    before_band: str
    after_band: str
    gap_before: str
    gap_after: str
    gap_band: str
    clear: bool
    shares: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Turn:
    """A case that turned. `why` are (table, row before, row after)."""

    reference: str
    before: Badge
    after: Badge
    why: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Replay:
    """`blind`: a value was changed whose effect kept inputs can't show."""

    count: int
    left_out: int
    model: str
    flipped: int
    figures: tuple[Figure, ...]
    lanes: tuple[tuple[str, float, float], ...]
    prices: tuple[Figure, ...]
    members: tuple[Member, ...]
    moves: tuple[tuple[Badge, Badge, int], ...]
    turns: tuple[Turn, ...]
    blind: bool


def replay_of(result: Mapping[str, Any], described: Mapping[str, Any], which: int) -> Replay:
    """`described` is the drafted policy, for the names of its tables."""
    titles = {table["id"]: table["title"][which] for table in described.get("tables", ())}
    before, after = result["before"], result["after"]
    return Replay(
        count=result["count"],
        left_out=result["left_out"],
        model=result["model"],
        flipped=result["flipped"],
        figures=(
            *(_share(title, before[lane], after[lane]) for lane, (title, _, _) in LANES.items()),
            _share(N_("仅凭评分拒绝"), before["declined_by_score"], after["declined_by_score"]),
            _observed(N_("通过者已知结果中的坏账"), before["bad_rate"], after["bad_rate"]),
            _rate(N_("通过者的平均违约概率"), before["mean_pd"], after["mean_pd"]),
            _price(N_("通过者的平均年利率"), before["mean_rate_bp"], after["mean_rate_bp"]),
            _money(N_("自动通过的总金额"), before["granted_fen"], after["granted_fen"]),
        ),
        lanes=tuple(
            (title, before[lane]["share"] or 0, after[lane]["share"] or 0) for lane, (title, _, _) in LANES.items()
        ),
        prices=_prices(result["prices"]),
        members=tuple(_member(one) for one in result["groups"]),
        moves=tuple((_lane(one["from"]), _lane(one["to"]), one["count"]) for one in result["moves"]),
        turns=tuple(_turn(one, titles) for one in result["flips"][:MOST_SHOWN]),
        blind=bool(result["blind"]),
    )


def _share(title: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Figure:
    return Figure(title, _counted(before), _counted(after), _points(before["share"], after["share"]))


def _observed(title: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Figure:
    """Bads of loans that have turned out, so that a share of few can be seen as one."""
    words = [
        "—" if not one["of"] else f"{one['count']:,} / {one['of']:,} · {one['share']:.1%}" for one in (before, after)
    ]
    return Figure(title, words[0], words[1], _points(before["share"], after["share"]))


def _counted(one: Mapping[str, Any]) -> str:
    return "—" if one["share"] is None else f"{one['count']:,} · {one['share']:.1%}"


def _points(before: float | None, after: float | None) -> str:
    """Percentage points, with a sign."""
    if before is None or after is None:
        return "—"
    change = round((after - before) * 100, 2)
    return "0" if not change else f"{change:+.2f}".rstrip("0").rstrip(".").replace("-", "−")


def _rate(title: str, before: float | None, after: float | None) -> Figure:
    words = ["—" if one is None else f"{one:.2%}" for one in (before, after)]
    return Figure(title, words[0], words[1], _points(before, after))


def _price(title: str, before: float | None, after: float | None) -> Figure:
    shares = [None if one is None else one / 10_000 for one in (before, after)]
    return _rate(title, *shares)


def _money(title: str, before: int, after: int) -> Figure:
    change = (after - before) / 100
    words = "0" if not change else f"{change:+,.0f}".replace("-", "−")
    return Figure(title, f"¥{before / 100:,.0f}", f"¥{after / 100:,.0f}", words)


def _prices(prices: Mapping[str, Any]) -> tuple[Figure, ...]:
    """Of loans granted on both sides; nothing to tell where there is none."""
    if not prices["count"]:
        return ()
    rate = f"{prices['rate_change_bp'] / 100:+.2f}".replace("-", "−")
    payment = f"{prices['payment_change_fen'] / 100:+,.2f}".replace("-", "−")
    return (
        Figure(N_("变贵的笔数"), "", f"{prices['dearer']:,}", ""),
        Figure(N_("变便宜的笔数"), "", f"{prices['cheaper']:,}", ""),
        Figure(N_("金额变大的笔数"), "", f"{prices['larger']:,}", ""),
        Figure(N_("金额变小的笔数"), "", f"{prices['smaller']:,}", ""),
        Figure(N_("平均年利率变化（百分点）"), "", rate, ""),
        Figure(N_("平均每月还款变化（元）"), "", payment, ""),
    )


def _member(one: Mapping[str, Any]) -> Member:
    before, after = one["before"], one["after"]
    gap = after["gap"]
    return Member(
        kind=GROUPS[one["by"]],
        word=MEMBERS.get(one["group"], one["group"]),
        count=one["count"],
        before=f"{before['share']:.1%}",
        after=f"{after['share']:.1%}",
        before_band=_band(before),
        after_band=_band(after),
        gap_before=_signed(before["gap"]),
        gap_after=_signed(gap),
        gap_band="—" if gap is None else f"{_number(gap['low'])} ~ {_number(gap['high'])}",
        clear=gap is not None and (gap["low"] > 0 or gap["high"] < 0),
        shares=(round(before["share"], 4), round(after["share"], 4)),
    )


def _band(one: Mapping[str, Any]) -> str:
    return f"{one['low']:.1%}–{one['high']:.1%}"


def _signed(gap: Mapping[str, float] | None) -> str:
    return "—" if gap is None else _number(gap["value"])


def _number(share: float) -> str:
    points = round(share * 100, 1)
    return f"{points:+.1f}".replace("-", "−") if points else "0"


def _lane(lane: str) -> Badge:
    return Badge(*LANES[lane])


def _turn(one: Mapping[str, Any], titles: Mapping[str, str]) -> Turn:
    rows: Sequence[Mapping[str, str]] = one["why"]
    why = tuple((titles.get(row["table"], row["table"]), row["before"], row["after"]) for row in rows)
    return Turn(one["reference"], _lane(one["from"]), _lane(one["to"]), why)
