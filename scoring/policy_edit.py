"""What of a policy can be changed without writing a file: its figures and outcomes, each under a key of its own.

A table's threshold is one parameter wherever the column names it: 8 in `>= 8` of one row and in `< 8` of another move
together, so that moving it leaves neither a gap nor an overlap. What can't be right all the same (lines that cross, a
bound of the law) is found by `scoring.policy_file.load_policy` on the files that `edit` gives.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scoring.policy_file import LANES, POLICY, Policy, PolicyError, load_policy, read_folder
from scoring.rulebook.facts import FACTS
from scoring.rulebook.graphs import OUTCOMES

Edits = Mapping[str, int | str]

_PIECES = re.compile(r'\{[^}]*\}|"[^"]*"|-?\d[\d_]*')
"""Of a cell; only the last kind is a number of its own."""

_LINES = (
    ("approve_max_pd_ppm", "自动通过：违约概率不超过", "approved up to a probability of default of"),
    ("decline_min_pd_ppm", "仅凭评分拒绝：违约概率达到", "declined by score from a probability of default of"),
)
_LIMITS = (
    ("product.min_amount_fen", "fen", "最低金额", "least amount"),
    ("product.max_amount_fen", "fen", "最高金额", "highest amount"),
    ("product.amount_step_fen", "fen", "金额步长", "step between amounts"),
    ("fraud.window_days", "days", "核查窗口", "days looked back at other applications"),
    ("fraud.people_same_device", "count", "同一设备上的其他人，最多", "most other people on one device"),
    ("fraud.people_same_ip", "count", "同一网络地址上的其他人，最多", "most other people at one network address"),
    ("fraud.people_same_bank_card", "count", "同一银行卡上的其他人，最多", "most other people with one bank card"),
    ("fraud.people_same_phone", "count", "同一手机号上的其他人，最多", "most other people with one phone"),
    ("fraud.corrected_fields", "count", "申请人改过的识别内容，最多", "most readings that the applicant changed"),
    ("fraud.income_gap_bp", "bp", "填写收入与经证明收入之比，最多", "most of declared over proven income"),
    ("fraud.submissions_24h", "count", "24 小时内的提交次数，最多", "most submissions in 24 hours"),
)
BY_HAND = """\
# Lines set by hand in a change of the policy: nothing has certified what they promise. `xindai score lanes` finds lines
# that keep a promise. Probabilities of default in parts per million.
approve_max_pd_ppm = {approve_max_pd_ppm:_}
decline_min_pd_ppm = {decline_min_pd_ppm:_}
"""


@dataclass(frozen=True, slots=True)
class Parameter:
    """`kind` is a kind of fact, or `outcome`; `rows` are those it takes part in, none for a named limit."""

    key: str
    file: str
    table: str
    rows: tuple[str, ...]
    kind: str
    zh: str
    en: str
    value: int | str


def parameters(folder: Path) -> tuple[Parameter, ...]:
    """All of a policy that loads, in the order of its files, tables and rows."""
    policy = load_policy(folder)
    files = read_folder(folder)
    lines = [
        Parameter(f"lanes.{key}", "lanes", "", (), "ppm", zh, en, getattr(policy.lanes, key)) for key, zh, en in _LINES
    ]
    limits = [
        Parameter(f"policy.{key}", "policy", "", (), kind, zh, en, _limit(policy, key)) for key, kind, zh, en in _LIMITS
    ]
    tables = [
        one for name in (*policy.limits.rules, "means") for one in _of_graph(name, json.loads(files[f"{name}.json"]))
    ]
    return (*lines, *limits, *tables)


def _limit(policy: Policy, key: str) -> int:
    section, name = key.split(".")
    return int(getattr(getattr(policy.limits, section), name))


def _of_graph(file: str, graph: Mapping[str, Any]) -> Iterator[Parameter]:
    for table, content in _tables(graph):
        for column in content["inputs"]:
            fact = FACTS[column["field"]]
            for number, (value, rows) in enumerate(_cuts(content, column["id"])):
                key = f"{file}.{table}.{fact.name}.{number}"
                yield Parameter(key, file, table, rows, fact.kind, fact.zh, fact.en, value)
        for rule in content["rules"]:
            for output in content["outputs"]:
                name, cell = output["field"], str(rule[output["id"]])
                place = (f"{file}.{table}.{rule['_id']}.{name}", file, table, (rule["_id"],))
                if name == "outcome":
                    yield Parameter(*place, "outcome", "结果", "outcome", cell.strip('"'))
                elif name in FACTS:
                    fact = FACTS[name]
                    yield Parameter(*place, fact.kind, fact.zh, fact.en, int(cell))


def _tables(graph: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for node in graph["nodes"]:
        if node["type"] == "decisionTableNode":
            yield str(node["id"]), node["content"]


def _cuts(content: Mapping[str, Any], column: str) -> list[tuple[int, tuple[str, ...]]]:
    """The column's numbers, least first, each with the rows that name it."""
    found: dict[int, dict[str, None]] = {}
    for rule in content["rules"]:
        for piece in _PIECES.findall(str(rule.get(column, ""))):
            if piece[0] not in '{"':
                found.setdefault(int(piece), {})[str(rule["_id"])] = None
    return [(value, tuple(found[value])) for value in sorted(found)]


def edit(folder: Path, edits: Edits) -> dict[str, bytes]:
    """The policy's files with other values under some keys; a file without any stays as it is, byte for byte.

    Raises PolicyError at a key that the policy doesn't have, or for a value of another kind. Whether the files make a
    policy is for `load_policy` to say.
    """
    files, known = read_folder(folder), {one.key: one for one in parameters(folder)}
    for key, value in edits.items():
        if key not in known:
            raise PolicyError(key, "the policy has no such value", "政策里没有这个参数")
        if isinstance(value, str) is not (known[key].kind == "outcome") or (
            isinstance(value, str) and value not in OUTCOMES
        ):
            raise PolicyError(key, "a value of another kind is expected", "这个参数不能取这样的值")
    for file in {known[key].file for key in edits}:
        values = {key.removeprefix(f"{file}."): value for key, value in edits.items() if known[key].file == file}
        if file == "lanes":
            lines = {name: known[f"lanes.{name}"].value for name, _, _ in _LINES} | values
            files[LANES] = BY_HAND.format(**lines).encode()
        elif file == "policy":
            files[POLICY] = _with_limits(files[POLICY].decode(), values).encode()
        else:
            files[f"{file}.json"] = _with_cells(files[f"{file}.json"].decode(), values).encode()
    return files


def write(files: Mapping[str, bytes], folder: Path) -> Policy:
    """The files in a folder, as a policy; raises PolicyError with the place, both sentences and any citation."""
    for name, content in files.items():
        (folder / name).write_bytes(content)
    try:
        return load_policy(folder)
    except PolicyError as refused:
        if refused.zh:
            raise
        raise PolicyError(refused.field, "the value is out of its range", "这个参数的值不在允许的范围内") from refused


def _with_limits(text: str, values: Edits) -> str:
    section, lines, left = "", [], dict(values)
    for line in text.splitlines():
        name = line.partition("=")[0].strip()
        if line.startswith("["):
            section = line.strip("[] ")
        value = left.pop(f"{section}.{name}", None)
        lines.append(line if value is None else f"{name} = {value:_}")
    if left:
        raise PolicyError(next(iter(left)), "the file does not write this limit", "文件里没有写出这个限额")
    return "\n".join(lines) + "\n"


def _with_cells(text: str, values: Edits) -> str:
    graph = json.loads(text)
    for table, content in _tables(graph):
        for column in content["inputs"]:
            cuts = [value for value, _ in _cuts(content, column["id"])]
            moved = {
                str(cut): f"{values[key]:_}"
                for number, cut in enumerate(cuts)
                if (key := f"{table}.{column['field']}.{number}") in values
            }
            for rule in content["rules"]:
                rule[column["id"]] = _moved(str(rule.get(column["id"], "")), moved)
        for rule in content["rules"]:
            for output in content["outputs"]:
                value = values.get(f"{table}.{rule['_id']}.{output['field']}")
                if value is not None:
                    rule[output["id"]] = f'"{value}"' if isinstance(value, str) else str(value)
    return json.dumps(graph, ensure_ascii=False, indent=1) + "\n"


def _moved(cell: str, moved: Mapping[str, str]) -> str:
    """Numbers of a cell, each exchanged at most once."""
    return _PIECES.sub(lambda found: moved.get(found[0].replace("_", ""), found[0]), cell)
