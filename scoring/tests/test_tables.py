import json
from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.policy_file import STANDARD, Policy, PolicyError, load_policy
from scoring.rulebook.cells import Cell, parse_cell
from scoring.rulebook.coverage import TooWide, flaws
from scoring.rulebook.facts import FACTS, Fact, Value
from scoring.rulebook.graphs import load_rules
from scoring.rulebook.wording import cell_words
from scoring.tests.conftest import Edited

Graph = dict[str, Any]
AGE, EMPLOYMENT, LISTED = FACTS["months_past_due_now"], FACTS["employment"], FACTS["watch_listed"]


def small_graph(rows: list[tuple[str, str]], fact: str = "months_past_due_now") -> Graph:
    """One table over one fact: cells and outcomes."""
    rules = [
        {"_id": f"t-{i}", "in": cell, "o": f'"{outcome}"', "z": '"好。"', "e": '"Fine."'}
        for i, (cell, outcome) in enumerate(rows)
    ]
    names = {"o": "outcome", "z": "zh", "e": "en"}
    content = {
        "hitPolicy": "first",
        "outputPath": "t",
        "inputs": [{"id": "in", "field": fact, "name": fact}],
        "outputs": [{"id": key, "field": field, "name": field} for key, field in names.items()],
        "rules": rules,
    }
    return {
        "tables": {"t": {"basis": "内规 / own"}},
        "nodes": [
            {"id": "a", "type": "inputNode", "name": "a"},
            {"id": "t", "type": "decisionTableNode", "name": "t", "content": content},
            {"id": "z", "type": "outputNode", "name": "z"},
        ],
        "edges": [{"id": "1", "sourceId": "a", "targetId": "t"}, {"id": "2", "sourceId": "t", "targetId": "z"}],
    }


WHOLE = [("null", "unknown"), ("< 3", "pass"), (">= 3", "decline")]


def refusal(graph: Graph) -> PolicyError:
    with pytest.raises(PolicyError) as refused:
        load_rules("f", json.dumps(graph), {})
    return refused.value


def test_a_whole_table_loads_and_fires() -> None:
    rules = load_rules("f", json.dumps(small_graph(WHOLE)), {})
    assert [rules.fired({"months_past_due_now": n})["t"] for n in (None, 0, 2, 3, 8)] == [
        "t-0",
        "t-1",
        "t-1",
        "t-2",
        "t-2",
    ]


@pytest.mark.parametrize(
    ("rows", "zh", "en"),
    [
        (WHOLE[1:], "没有一行说明这种情况：当前逾期月数（8 为呆账）：未知", "no row says what happens when"),
        ([*WHOLE[:2], ("> 3", "decline")], "没有一行说明这种情况：当前逾期月数（8 为呆账）：3 个月", "3 months"),
        (
            [*WHOLE[:2], (">= 2", "decline")],
            "t-1, t-2 同时适用于：当前逾期月数（8 为呆账）：2 个月",
            "rows t-1, t-2 both",
        ),
        ([*WHOLE[:2], ("", "decline")], "t-1, t-2 同时适用于", "both hold"),
        ([("", "pass")], "资料未知时不能判为通过", "what is not known can't pass"),
        ([("null", "unknown"), ("!= null", "maybe")], "没有这种结果：maybe", "no such outcome"),
        ([*WHOLE, ("> 9", "refer")], "单元格 > 9 什么都不包含", "matches nothing"),
        ([*WHOLE, ("about 3", "refer")], "无法读懂单元格 about 3", "can't be read"),
        ([*WHOLE, ("NaN", "refer")], "无法读懂单元格 NaN", "can't be read"),
        ([*WHOLE, ("< 2.5", "refer")], "无法读懂单元格 < 2.5", "can't be read"),
        ([*WHOLE, ('"three"', "refer")], '没有 "three" 这个值', "is no value of"),
        ([*WHOLE, ("{lanes.nothing}", "refer")], "政策里没有参数 lanes.nothing", "no setting"),
    ],
)
def test_a_table_with_holes_doubles_or_nonsense_is_refused(rows: list[tuple[str, str]], zh: str, en: str) -> None:
    error = refusal(small_graph(rows))
    assert zh in error.zh
    assert en in error.problem


def change(path: str, value: Any) -> Callable[[Graph], None]:
    def act(graph: Graph) -> None:
        *parents, last = path.split(".")
        place: Any = graph
        for key in parents:
            place = place[int(key)] if isinstance(place, list) else place[key]
        place[int(last) if isinstance(place, list) else last] = value

    return act


@pytest.mark.parametrize(
    ("act", "zh"),
    [
        (lambda g: g["edges"].append({"id": "3", "sourceId": "z", "targetId": "t"}), "互相依赖成环：t, z"),
        (lambda g: g["edges"].append({"id": "3", "sourceId": "t", "targetId": "t"}), "互相依赖成环：t"),
        (lambda g: g["edges"].pop(), "必须连接输入和输出"),
        (lambda g: g["edges"].append({"id": "3", "sourceId": "t", "targetId": "q"}), "输入、输出或连线不完整"),
        (lambda g: g["nodes"].append(g["nodes"][1]), "有两个节点的编号相同"),
        (change("nodes.1.type", "functionNode"), "functionNode 不是决策表"),
        (change("nodes.1.content.hitPolicy", "collect"), "hitPolicy 应为 first"),
        (change("nodes.1.content.outputPath", "other"), "outputPath 应为表的编号"),
        (change("nodes.1.content.inputs.0.field", "shoe_size"), "没有这项资料"),
        (change("nodes.1.content.rules.1._id", "t-0"), "每一行都要有自己的编号"),
        (change("nodes.1.content.rules.1._id", ""), "每一行都要有自己的编号"),
        (change("nodes.1.content.rules.1.z", '"逾期 {shoe_size}。"'), "{shoe_size} 没有对应的内容"),
        (change("nodes.1.content.rules.2.z", '"从 {age.limit} 起。"'), "{age.limit} 没有对应的内容"),
        (change("nodes.1.content.rules.0.z", '"逾期 {months_past_due_now}。"'), "引用了可能未知的"),
        (change("nodes.1.content.rules.1.z", '""'), "zh 无法读懂"),
        (change("nodes.1.content.rules", "none"), "不是决策表"),
        (change("tables", {}), "缺少 'basis'"),
        (change("nodes", []), "输入、输出或连线不完整"),
        (change("nodes", 3), "不是由节点和连线组成的决策图"),
    ],
)
def test_a_graph_that_is_no_set_of_tables_is_refused(act: Callable[[Graph], None], zh: str) -> None:
    graph = small_graph(WHOLE)
    act(graph)
    assert zh in refusal(graph).zh


def test_text_that_is_no_graph_is_refused() -> None:
    for text in ("", "[", '{"nodes": [], "nodes": []}', "[]", "null"):
        with pytest.raises(PolicyError):
            load_rules("f", text, {})


def test_a_category_needs_every_code_and_only_its_own() -> None:
    rows = [("null", "unknown"), ('"student"', "refer"), ('"employed", "retired"', "pass")]
    missing = refusal(small_graph(rows, "employment"))
    assert "自营 或 机关事业单位 或 无业" in missing.zh
    assert '“就业情况”没有 "pirate" 这个值' in refusal(small_graph([*rows, ('"pirate"', "refer")], "employment")).zh


def test_a_price_cannot_ask_what_is_known_only_after_it() -> None:
    with pytest.raises(PolicyError, match="not known yet"):
        load_rules("f", json.dumps(small_graph(WHOLE, "dti_bp")), {}, before_offer=True)


@pytest.mark.parametrize(
    ("name", "old", "new", "field"),
    [
        ("policy.toml", '"exposure", ', "", "rules"),
        ("policy.toml", '"exposure", ', '"exposure", "exposure", ', "rules"),
        ("policy.toml", '"exposure"', '"exposures"', "rules"),
        ("exposure.json", '"id": "debt"', '"id": "debts"', "exposure"),
        ("means.json", '"<= 5_000"', '"<= 4_000"', "means/means"),
        ("score.json", '"field": "pd_ppm"', '"field": "age"', "score/score/score-decline"),
        ("knock_out.json", '"field": "watch_listed"', '"field": "authorised"', "watch_list"),
        ("exposure.json", "", "{", "exposure"),
    ],
)
def test_a_folder_that_is_no_policy_is_refused(edited: Edited, name: str, old: str, new: str, field: str) -> None:
    with pytest.raises(PolicyError) as refused:
        load_policy(edited(name, old, new))
    assert refused.value.field == field


def test_a_missing_folder_is_refused(tmp_path: Any) -> None:
    with pytest.raises(PolicyError):
        load_policy(tmp_path / "nowhere")


def _edges(cell: Cell, fact: Fact) -> set[int]:
    numbers = {fact.domain[0], fact.domain[1]}
    for low, high in cell.spans:
        numbers |= {low - 1, low, high, high + 1}
    return {n for n in numbers if fact.domain[0] <= n <= fact.domain[1]}


def test_the_engine_and_the_checker_read_every_row_alike(policy: Policy) -> None:
    """At every end of every interval, one beyond it, every code, and not known: exactly the row the cells say."""
    for file in (*policy.rules, policy.means):
        for table in file.tables:
            columns: list[list[Value]] = []
            for i, fact in enumerate(table.facts):
                numbers = sorted(set().union(*(_edges(row.cells[i], fact) for row in table.rows)))
                if fact.kind == "category":
                    columns.append([None, *(code for code, _, _ in fact.values)])
                else:
                    columns.append([None, *(bool(n) if fact.kind == "flag" else n for n in numbers)])
            for values in product(*columns):
                places = [None if v is None else f.number(v) for f, v in zip(table.facts, values, strict=True)]
                expected = [
                    row.id
                    for row in table.rows
                    if all(cell.holds(n) for cell, n in zip(row.cells, places, strict=True))
                ]
                asked = {fact.name: value for fact, value in zip(table.facts, values, strict=True)}
                assert [file.fired(asked)[table.id]] == expected, (table.id, values)


cells = st.lists(
    st.one_of(
        st.integers(-1, 9).map(str),
        st.builds(lambda o, n: f"{o} {n}", st.sampled_from(["<", "<=", ">", ">="]), st.integers(0, 8)),
        st.builds(
            lambda a, x, n, b: f"{a}{x}..{x + n}{b}",
            st.sampled_from("[("),
            st.integers(0, 6),
            st.integers(0, 4),
            st.sampled_from("])"),
        ),
        st.just("null"),
    ),
    min_size=1,
    max_size=3,
).map(", ".join) | st.sampled_from(["", "!= null"])


def _parsed(text: str) -> Cell | None:
    try:
        return parse_cell(text, AGE, "t")
    except PolicyError:
        return None


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(cells, cells), min_size=1, max_size=5))
def test_coverage_agrees_with_counting_every_case(texts: list[tuple[str, str]]) -> None:
    rows = [(_parsed(a), _parsed(b)) for a, b in texts]
    whole = [(a, b) for a, b in rows if a is not None and b is not None]
    everything: list[int | None] = [None, *range(9)]
    counts = {
        (x, y): tuple(i for i, (a, b) in enumerate(whole) if a.holds(x) and b.holds(y))
        for x in everything
        for y in everything
    }
    wrong = {case: rows for case, rows in counts.items() if len(rows) != 1}
    found: dict[tuple[int | None, int | None], tuple[int, ...]] = {}
    for flaw in flaws([AGE.domain, AGE.domain], whole):
        for case in counts:
            if all(cell.holds(n) for cell, n in zip(flaw.box, case, strict=False)):
                assert case not in found
                found[case] = flaw.rows
    assert found == wrong


@settings(max_examples=200, deadline=None)
@given(cells)
def test_a_cell_holds_what_the_engine_says(text: str) -> None:
    cell = _parsed(text)
    if cell is None or text in ("", "!= null"):
        return
    others = [("null", "unknown")] if not cell.unknown else []
    graph = small_graph([(text, "refer")])
    graph["nodes"][1]["content"]["rules"] += small_graph(others)["nodes"][1]["content"]["rules"]
    rest = sorted(set(range(9)) - {n for low, high in cell.spans for n in range(low, high + 1)})
    for i, n in enumerate(rest):
        rule = small_graph([(str(n), "refer")])["nodes"][1]["content"]["rules"][0]
        graph["nodes"][1]["content"]["rules"].append(rule | {"_id": f"rest-{i}"})
    for i, rule in enumerate(graph["nodes"][1]["content"]["rules"]):
        rule["_id"] = f"r-{i}"
    rules = load_rules("f", json.dumps(graph), {})
    for n in range(9):
        assert (rules.fired({"months_past_due_now": n})["t"] == "r-0") is cell.holds(n)


def test_a_table_too_wide_to_check_says_so() -> None:
    # Every row asks about every column its own way, so that hardly two cases are alike.
    facts = [Fact(f"f{i}", "count", "", "", high=40) for i in range(12)]
    rows = [[parse_cell(f"> {(r * 7 + c * 5) % 39}", fact, "t") for c, fact in enumerate(facts)] for r in range(30)]
    with pytest.raises(TooWide):
        list(flaws([fact.domain for fact in facts], rows))


@pytest.mark.parametrize(
    ("fact", "text", "zh", "en"),
    [
        ("age", "< 22", "低于 22 周岁", "below 22"),
        ("age", "[22..60]", "不少于 22 周岁、不超过 60 周岁", "at least 22 and at most 60"),
        ("term_months", "6, 12", "6 个月 或 12 个月", "6 months or 12 months"),
        ("residual_fen", "< 200_000", "低于 2,000 元", "below 2,000 yuan"),
        ("dti_bp", "> 5_000", "高于 50%", "above 50%"),
        ("dti_bp", "<= 5_000", "不超过 50%", "at most 50%"),
        ("pd_ppm", "(120_000..250_000)", "高于 12%、低于 25%", "above 12% and below 25%"),
        ("debt_to_income", "<= 2_400", "不超过 24 倍", "at most 24 times"),
        ("employment", '"student", null', "学生 或 未知", "student or not known"),
        ("watch_listed", "true", "是", "yes"),
        ("watch_listed", "", "不限", "anything"),
        ("watch_listed", "!= null", "已知", "known"),
    ],
)
def test_cells_read_as_people_speak(fact: str, text: str, zh: str, en: str) -> None:
    assert cell_words(FACTS[fact], parse_cell(text, FACTS[fact], "t")) == (zh, en)


def test_the_standard_policy_names_every_row_once(policy: Policy) -> None:
    ids = [row.id for table in policy.tables.values() for row in table.rows]
    assert len(ids) == len(set(ids))
    assert {path.name for path in STANDARD.iterdir()} == {
        *(f"{file.name}.json" for file in (*policy.rules, policy.means)),
        "policy.toml",
        "lanes.toml",
    }
