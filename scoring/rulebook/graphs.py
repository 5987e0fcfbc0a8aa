"""A rules file: a JDM graph of decision tables, checked whole before the ZEN engine may run it.

The graph is one input, tables beside each other, one output; every table writes under its own id. Beside JDM's keys the
file has `tables`: for each id its `basis` (what obliges or entitles us, "中文 / English") and whether it is for `staff`
only, that is never told as a reason. Cells may name a setting of the policy, `{section.key}`.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import zen

from scoring.rulebook.cells import Cell, parse_cell
from scoring.rulebook.coverage import TooWide, flaws
from scoring.rulebook.errors import PolicyError
from scoring.rulebook.facts import FACTS, Fact
from scoring.rulebook.wording import box_words

OUTCOMES = ("pass", "refer", "decline", "unknown")
WORDS = ("outcome", "zh", "en")
_SETTING = re.compile(r"\{([a-z_]+\.[a-z_0-9]+)\}")
_QUOTED = re.compile(r"\{([a-z_0-9]+)(\.limit)?\}")
_TEXT = re.compile(r'"([^"\\]*)"')
_NODES = ("inputNode", "decisionTableNode", "outputNode")


@dataclass(frozen=True, slots=True)
class Row:
    """One rule: its cells in the order of the columns, and what it gives, `outcome`, `zh` and `en` among it."""

    id: str
    cells: tuple[Cell, ...]
    gives: Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Table:
    """One question: the facts it asks about and its rows, which cover everything once."""

    id: str
    title: str
    basis: str
    staff: bool
    facts: tuple[Fact, ...]
    rows: tuple[Row, ...]
    figures: tuple[str, ...]

    def row(self, row_id: str) -> Row:
        """KeyError for another table's row."""
        return next(row for row in self.rows if row.id == row_id)


@dataclass(frozen=True, slots=True)
class RulesFile:
    """Tables in the file's order, and the engine's compiled decision over all of them."""

    name: str
    tables: tuple[Table, ...]
    decision: zen.ZenDecision

    def fired(self, facts: Mapping[str, Any]) -> dict[str, str]:
        """The row of each table that the engine says holds; a table where none does is left out."""
        trace = self.decision.evaluate(dict(facts), {"trace": True})["trace"]
        found = {table.id: (trace.get(table.id) or {}).get("traceData") for table in self.tables}
        return {table: data["rule"]["_id"] for table, data in found.items() if data}


def load_rules(name: str, text: str, settings: Mapping[str, str], *, before_offer: bool = False) -> RulesFile:
    """Raises PolicyError for anything but sound, whole, unambiguous tables; `before_offer`: see `Fact.after_offer`."""
    try:
        graph = json.loads(text, object_pairs_hook=_once)
    except ValueError as broken:
        raise PolicyError(name, f"not readable as JSON: {broken}", "不是可读的 JSON 文件") from None
    nodes = _nodes(graph, name)
    _check_order(graph, nodes, name)
    tables = []
    for node_id, node in nodes.items():
        if node["type"] == "decisionTableNode":
            described = graph.get("tables", {}).get(node_id, {})
            tables.append(_table(f"{name}/{node_id}", node, described, settings))
    if not tables:
        raise PolicyError(name, "there is no table in it", "文件里没有决策表")
    for table in tables:
        for fact in table.facts:
            if before_offer and fact.after_offer:
                place = f"{name}/{table.id}"
                raise PolicyError(place, f"{fact.name} is not known yet here", f"此处还不知道“{fact.zh}”")
        _check_rows(f"{name}/{table.id}", table)
    return RulesFile(name, tuple(tables), zen.ZenEngine().create_decision(json.dumps(graph)))


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ValueError(f"{twice} stands twice in one place")
    return dict(pairs)


def _nodes(graph: Any, name: str) -> dict[str, dict[str, Any]]:
    try:
        nodes = {str(node["id"]): node for node in graph["nodes"]}
        kinds = [str(node["type"]) for node in nodes.values()]
        edges = [(edge["sourceId"], edge["targetId"]) for edge in graph["edges"]]
    except (KeyError, TypeError) as missing:
        raise PolicyError(name, f"no graph of nodes and edges: {missing}", "不是由节点和连线组成的决策图") from None
    if len(nodes) != len(graph["nodes"]):
        raise PolicyError(name, "two nodes have the same id", "有两个节点的编号相同")
    other = next((kind for kind in kinds if kind not in _NODES), None)
    if other is not None:
        raise PolicyError(name, f"a {other} is no table: only tables can be checked", f"{other} 不是决策表，无法检查")
    loose = next((end for edge in edges for end in edge if end not in nodes), None)
    if loose is not None or kinds.count("inputNode") != 1 or kinds.count("outputNode") != 1:
        raise PolicyError(
            name, "it needs one input, one output, and edges between nodes it has", "输入、输出或连线不完整"
        )
    return nodes


def _check_order(graph: Mapping[str, Any], nodes: Mapping[str, Mapping[str, Any]], name: str) -> None:
    """Edges lead from the input through each table to the output, and never back."""
    follows: dict[str, set[str]] = {node: set() for node in nodes}
    for edge in graph["edges"]:
        follows[edge["targetId"]].add(edge["sourceId"])
    left = dict(follows)
    while ready := [node for node, before in left.items() if not before & left.keys()]:
        for node in ready:
            del left[node]
    # What follows a circle waits for it without being in it.
    while tail := [node for node in left if not any(node in follows[other] for other in left)]:
        for node in tail:
            del left[node]
    if left:
        circle = ", ".join(sorted(left))
        raise PolicyError(name, f"these wait for each other in a circle: {circle}", f"以下节点互相依赖成环：{circle}")
    start = next(node for node, content in nodes.items() if content["type"] == "inputNode")
    end = next(node for node, content in nodes.items() if content["type"] == "outputNode")
    for node, content in nodes.items():
        if content["type"] == "decisionTableNode" and (follows[node] != {start} or node not in follows[end]):
            place = f"{name}/{node}"
            raise PolicyError(place, "the table must stand between input and output", "决策表必须连接输入和输出")


def _table(place: str, node: dict[str, Any], described: Mapping[str, Any], settings: Mapping[str, str]) -> Table:
    try:
        content = node["content"]
        columns = {str(one["id"]): FACTS[one["field"]] for one in content["inputs"]}
        outputs = {str(one["id"]): str(one["field"]) for one in content["outputs"]}
        rules = [{str(key): str(cell) for key, cell in rule.items()} for rule in content["rules"]]
        path = content.get("outputPath")
        basis = str(described["basis"])
    except KeyError as missing:
        raise PolicyError(
            place, f"{missing} is missing or no fact we know", f"缺少 {missing}，或没有这项资料"
        ) from None
    except (TypeError, AttributeError):
        raise PolicyError(place, "not a decision table", "不是决策表") from None
    if content.get("hitPolicy") != "first" or path != node["id"] or set(WORDS) - set(outputs.values()):
        problem = "hitPolicy must be first, outputPath the table's id, and outcome, zh and en given"
        raise PolicyError(place, problem, "hitPolicy 应为 first，outputPath 应为表的编号，并给出 outcome、zh、en")
    for rule, column in product(content["rules"], columns):
        rule[column] = _SETTING.sub(lambda found: _setting(found[1], settings, place), str(rule.get(column, "")))
    rows = tuple(
        Row(
            rule.get("_id", ""),
            tuple(parse_cell(source[column], fact, f"{place}/{rule.get('_id')}") for column, fact in columns.items()),
            {field: _given(rule.get(key, ""), field, f"{place}/{rule.get('_id')}") for key, field in outputs.items()},
        )
        for rule, source in zip(rules, content["rules"], strict=True)
    )
    figures = tuple(field for field in outputs.values() if field not in WORDS)
    staff = bool(described.get("staff", False))
    return Table(str(node["id"]), str(node.get("name", "")), basis, staff, tuple(columns.values()), rows, figures)


def _setting(key: str, settings: Mapping[str, str], place: str) -> str:
    if key not in settings:
        raise PolicyError(place, f"{key} is no setting of the policy", f"政策里没有参数 {key}")
    return settings[key]


def _given(cell: str, field: str, place: str) -> str | int:
    if field not in WORDS and cell.replace("_", "").isdigit() and cell.isascii():
        return int(cell)
    text = _TEXT.fullmatch(cell) if field in WORDS else None
    if text is None or not text[1]:
        raise PolicyError(place, f"{field} can't be read: {cell}", f"{field} 无法读懂：{cell}")
    return text[1]


def _check_rows(place: str, table: Table) -> None:
    ids = [row.id for row in table.rows]
    for row in table.rows:
        where = f"{place}/{row.id}"
        if not row.id or ids.count(row.id) > 1:
            raise PolicyError(where, "each row needs an id of its own", "每一行都要有自己的编号")
        if row.gives["outcome"] not in OUTCOMES:
            raise PolicyError(
                where, f"no such outcome: {row.gives['outcome']}", f"没有这种结果：{row.gives['outcome']}"
            )
        if row.gives["outcome"] == "pass" and any(cell.unknown for cell in row.cells):
            raise PolicyError(where, "what is not known can't pass", "资料未知时不能判为通过")
        _check_sentence(where, table, row)
    _check_coverage(place, table)


def _check_sentence(place: str, table: Table, row: Row) -> None:
    cells = dict(zip((fact.name for fact in table.facts), row.cells, strict=True))
    for name, limit in _QUOTED.findall(f"{row.gives['zh']} {row.gives['en']}"):
        if name not in FACTS or (limit and (name not in cells or len(cells[name].numbers) != 1)):
            quoted = f"{{{name}{limit}}}"
            raise PolicyError(place, f"{quoted} in a sentence stands for nothing", f"句子里的 {quoted} 没有对应的内容")
        if name in cells and cells[name].unknown and not limit:
            raise PolicyError(place, f"a sentence quotes {name}, which may be unknown", f"句子引用了可能未知的 {name}")


def _check_coverage(place: str, table: Table) -> None:
    try:
        found = next(flaws([fact.domain for fact in table.facts], [row.cells for row in table.rows]), None)
    except TooWide:
        raise PolicyError(place, "too many columns and rows to be checked", "列和行太多，无法检查") from None
    if found is None:
        return
    zh, en = box_words(table.facts, found.box)
    if not found.rows:
        raise PolicyError(place, f"no row says what happens when {en}", f"没有一行说明这种情况：{zh}")
    both = ", ".join(table.rows[row].id for row in found.rows)
    raise PolicyError(place, f"rows {both} both hold when {en}", f"{both} 同时适用于：{zh}")
