"""A pandas `query` expression, looked at without data: its syntax, its columns, and what needs more than one row."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator

from trakt.steps.expression_grammar import ROW_WISE_FUNCTIONS, ROW_WISE_METHODS, is_below_accessor

_PANDAS_NAMES = ROW_WISE_FUNCTIONS | {"Timestamp", "datetime", "inf", "Inf", "list", "tuple"}
_TEXT_OR_BACKTICKS = re.compile(r"""("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|`([^`]*)`""")
_VALUES = (ast.List, ast.Tuple, ast.Set, ast.Constant)
_QUOTED = "BACKTICK_QUOTED_"
_AND_OR = {"&": "and", "|": "or"}
"""As pandas has it: they bind as loosely as the words do."""


class SyntaxFault(Exception):
    """The text is no expression: what is wrong, and what to do."""


def parse(where: str) -> ast.Expression:
    """The expression as Python's syntax tree, columns in backticks as names that `backticked` turns back.

    Raises:
        SyntaxFault: it is none.
    """
    # however the file breaks its lines
    where = " ".join(where.split("\n")).strip()
    if not where:
        raise SyntaxFault("the expression is empty", 'write a condition, like "amount > 0"')
    plain = _TEXT_OR_BACKTICKS.sub(lambda found: found[1] or _QUOTED + found[2].encode().hex(), where)
    try:
        tree = ast.parse(_in_words(plain), mode="eval")
        evaluable(tree)
    except (SyntaxError, ValueError, tokenize.TokenError) as error:
        raise SyntaxFault(f"this is no expression: {where}", _advice(plain)) from error
    except (RecursionError, MemoryError) as error:
        raise SyntaxFault("the expression is nested too deeply", "compute parts of it in a step before") from error
    return tree


def _in_words(plain: str) -> str:
    tokens = tokenize.generate_tokens(io.StringIO(plain).readline)
    return tokenize.untokenize(
        (tokenize.NAME, _AND_OR[each.string])
        if each.type == tokenize.OP and each.string in _AND_OR
        else (each.type, each.string)
        for each in tokens
    )


def evaluable(tree: ast.Expression) -> str:
    """The expression as pandas is to have it: made from the tree, so that it holds what was looked at and no more."""
    return ast.unparse(tree)


def backticked(tree: ast.Expression) -> dict[str, str]:
    """The columns that stood in backticks, by the names they have in the tree."""
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id.startswith(_QUOTED)}
    return {name: _unquoted(name) for name in names}


def columns_in(tree: ast.Expression) -> list[str]:
    """The columns an expression names, in its order, each once."""
    names = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id not in _PANDAS_NAMES]
    return list(dict.fromkeys(_unquoted(name) for name in names))


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


def _arguments_beyond_the_row(call: ast.Call, method: str) -> Iterator[str]:
    """Methods that look at one row, unless an argument tells them to look at others."""
    if method == "isin" and not all(isinstance(argument, _VALUES) for argument in call.args):
        yield "'.isin()' of a column"
    if method == "fillna":
        yield from (f"'.fillna({word.arg}=)'" for word in call.keywords if word.arg != "value")


def _is_row_wise(node: ast.Attribute, called: bool) -> bool:
    if is_below_accessor(node):
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
