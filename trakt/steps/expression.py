"""A pandas `query` expression, looked at without data: its syntax, its columns, and what needs more than one row."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

ROW_WISE_METHODS = frozenset(
    {"abs", "add", "astype", "between", "clip", "div", "eq", "fillna", "floordiv", "ge", "gt", "isin", "isna"}
    | {"isnull", "le", "lt", "mod", "mul", "ne", "notna", "notnull", "pow", "round", "sub", "truediv"}
)
"""Methods of a column whose answer for a row depends on that row alone."""

ROW_WISE_FUNCTIONS = frozenset(
    {"abs", "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctan2", "arctanh", "ceil", "cos", "cosh", "exp"}
    | {"expm1", "floor", "log", "log10", "log1p", "sin", "sinh", "sqrt", "tan", "tanh"}
)
"""Functions that pandas knows in an expression."""

_DOING_MORE_THAN_READING = frozenset(
    {"agg", "aggregate", "apply", "dump", "hist", "map", "pipe", "plot", "tofile", "transform"}
)
"""Attributes that write files, or call by name what does; so do all that begin with `to_`."""

_PANDAS_NAMES = ROW_WISE_FUNCTIONS | {"Timestamp", "datetime", "inf", "Inf", "list", "tuple"}
_TEXT_OR_BACKTICKS = re.compile(r"""("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|`([^`]*)`""")
_VALUES = (ast.List, ast.Tuple, ast.Set, ast.Constant)
_QUOTED = "BACKTICK_QUOTED_"


class SyntaxFault(Exception):
    """The text is no expression: what is wrong, and what to do."""


def one_line(where: str) -> str:
    """The expression as pandas takes it, however the file breaks its lines."""
    return " ".join(where.split("\n")).strip()


def parse(where: str) -> ast.Expression:
    """The expression as Python's syntax tree, columns in backticks as names that `columns_in` turns back.

    Raises:
        SyntaxFault: it is none.
    """
    where = one_line(where)
    if not where:
        raise SyntaxFault("the expression is empty", 'write a condition, like "amount > 0"')
    plain = _TEXT_OR_BACKTICKS.sub(lambda found: found[1] or _QUOTED + found[2].encode().hex(), where)
    try:
        return ast.parse(plain, mode="eval")
    except (SyntaxError, ValueError) as error:
        raise SyntaxFault(f"this is no expression: {where}", _advice(plain)) from error


def columns_in(tree: ast.Expression) -> list[str]:
    """The columns an expression names, in its order, each once."""
    names = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id not in _PANDAS_NAMES]
    return list(dict.fromkeys(_unquoted(name) for name in names))


def beyond_reading(tree: ast.Expression) -> Iterator[str]:
    """The parts that could do more than answer a question: an expression may come with an event, code may not."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and (
            node.attr.startswith(("_", "to_")) or node.attr in _DOING_MORE_THAN_READING
        ):
            yield f"'.{node.attr}'"


def beyond_the_row(tree: ast.Expression) -> Iterator[str]:
    """The parts whose answer for a row depends on other rows, in the author's words."""
    called = {node.func for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and not _is_row_wise(node, node in called):
            yield f"'.{node.attr}{'()' if node in called else ''}'"
        elif isinstance(node, ast.Name) and node.id in ("index", "ilevel_0"):
            yield f"'{node.id}'"
        elif isinstance(node, ast.Compare):
            for op, side in zip(node.ops, node.comparators, strict=True):
                if isinstance(op, ast.In | ast.NotIn) and not isinstance(side, _VALUES):
                    yield "'in' with a column on its right"
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield from _arguments_beyond_the_row(node, node.func.attr)
        elif isinstance(node, ast.Subscript):
            yield "'[...]'"


def _arguments_beyond_the_row(call: ast.Call, method: str) -> Iterator[str]:
    """Methods that look at one row, unless an argument tells them to look at others."""
    if method == "isin" and not all(isinstance(argument, _VALUES) for argument in call.args):
        yield "'.isin()' of a column"
    if method == "fillna":
        yield from (f"'.fillna({word.arg}=)'" for word in call.keywords if word.arg != "value")


def _is_row_wise(node: ast.Attribute, called: bool) -> bool:
    if isinstance(node.value, ast.Attribute) and node.value.attr in ("str", "dt"):
        # `.str.cat()` without others makes one text of the whole column
        return node.attr != "cat"
    return node.attr in ROW_WISE_METHODS if called else node.attr in ("str", "dt")


def _advice(plain: str) -> str:
    if "@" in plain:
        return "names with @ are Python's, and a pipeline file has none: write the value itself"
    if re.search(r"(?<![=!<>])=(?!=)", plain):
        return "compare with =="
    return "write it as for pandas' query; a column whose name is no Python name stands in `backticks`"


def _unquoted(name: str) -> str:
    return bytes.fromhex(name.removeprefix(_QUOTED)).decode() if name.startswith(_QUOTED) else name
