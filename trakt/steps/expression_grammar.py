"""What an expression may be made of. An event may bring one, and must never bring code with it.

A list of what is allowed, since nobody can list all that the methods of pandas can be made to do.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

ROW_WISE_METHODS = frozenset(
    {"abs", "add", "astype", "between", "clip", "div", "eq", "fillna", "floordiv", "ge", "gt", "isin", "isna"}
    | {"isnull", "le", "lt", "mod", "mul", "ne", "notna", "notnull", "pow", "round", "sub", "truediv"}
)
"""Methods of a column whose answer for a row depends on that row alone."""

WHOLE_COLUMN_METHODS = frozenset(
    {"all", "any", "bfill", "count", "cumcount", "cummax", "cummin", "cumprod", "cumsum", "diff", "duplicated", "ffill"}
    | {"first", "groupby", "last", "max", "mean", "median", "min", "mode", "nunique", "pct_change", "prod", "quantile"}
    | {"rank", "sem", "shift", "std", "sum", "unique", "var"}
)
"""Methods that look at other rows too: for batch mode."""

ROW_WISE_FUNCTIONS = frozenset(
    {"abs", "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctan2", "arctanh", "ceil", "cos", "cosh", "exp"}
    | {"expm1", "floor", "log", "log10", "log1p", "sin", "sinh", "sqrt", "tan", "tanh"}
)
"""Functions that pandas knows in an expression."""

_ACCESSORS = frozenset({"str", "dt"})
_COLUMN_FACTS = frozenset(
    {"empty", "hasnans", "is_monotonic_decreasing", "is_monotonic_increasing", "is_unique", "size"}
)
_TEXT_METHODS = frozenset(
    {"capitalize", "casefold", "cat", "center", "contains", "count", "endswith", "extract", "find", "findall"}
    | {"fullmatch", "get", "index", "isalnum", "isalpha", "isascii", "isdecimal", "isdigit", "islower", "isnumeric"}
    | {"isspace", "istitle", "isupper", "join", "len", "ljust", "lower", "lstrip", "match", "normalize", "pad"}
    | {"partition", "removeprefix", "removesuffix", "repeat", "replace", "rfind", "rindex", "rjust", "rpartition"}
    | {"rsplit", "rstrip", "slice", "slice_replace", "split", "startswith", "strip", "swapcase", "title", "upper"}
    | {"zfill"}
)
_DATE_FACTS = frozenset(
    {"date", "day", "day_of_week", "day_of_year", "dayofweek", "dayofyear", "days", "days_in_month", "daysinmonth"}
    | {"hour", "is_leap_year", "is_month_end", "is_month_start", "is_quarter_end", "is_quarter_start", "is_year_end"}
    | {"is_year_start", "microsecond", "microseconds", "minute", "month", "nanosecond", "nanoseconds", "quarter"}
    | {"second", "seconds", "time", "timetz", "tz", "unit", "weekday", "year"}
)
_DATE_METHODS = frozenset(
    {"as_unit", "ceil", "day_name", "floor", "month_name", "normalize", "round", "strftime", "total_seconds"}
    | {"tz_convert", "tz_localize"}
)
_PARTS = (
    *(ast.Expression, ast.Name, ast.Load, ast.Constant, ast.List, ast.Tuple, ast.Set, ast.Attribute, ast.Call),
    *(ast.keyword, ast.BoolOp, ast.boolop, ast.BinOp, ast.operator, ast.UnaryOp, ast.unaryop, ast.Compare, ast.cmpop),
)
_SIGNS = {ast.Subscript: "'[...]'", ast.Lambda: "'lambda'", ast.IfExp: "'if'", ast.Starred: "'*'", ast.JoinedStr: "f''"}
# they would change the rows that are only to be looked at
_CHANGING = frozenset({"inplace", "out"})


def beyond_the_grammar(tree: ast.Expression) -> Iterator[str]:
    """The parts that are not for an expression, in the author's words."""
    called = {node.func for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            if node.attr not in _attributes_of(node.value, node in called):
                yield f"'.{node.attr}'"
        elif isinstance(node, ast.Call):
            if not isinstance(node.func, ast.Attribute) and not _is_function(node.func):
                yield f"calling '{node.func.id}'" if isinstance(node.func, ast.Name) else "calling what is no method"
        elif isinstance(node, ast.keyword) and (node.arg is None or node.arg in _CHANGING):
            yield f"'{node.arg or '**'}'"
        elif isinstance(node, ast.Name) and node.id.startswith("__"):
            yield f"'{node.id}'"
        elif not isinstance(node, _PARTS):
            yield _SIGNS.get(type(node), f"'{type(node).__name__}'")


def is_below_accessor(node: ast.Attribute) -> bool:
    """Whether it stands behind `.str` or `.dt`."""
    return isinstance(node.value, ast.Attribute) and node.value.attr in _ACCESSORS


def _attributes_of(owner: ast.expr, called: bool) -> frozenset[str]:
    accessor = owner.attr if isinstance(owner, ast.Attribute) else ""
    if accessor == "str":
        return _TEXT_METHODS if called else frozenset()
    if accessor == "dt":
        return _DATE_METHODS if called else _DATE_FACTS
    # a method that is not called is a function to hand to another one
    return ROW_WISE_METHODS | WHOLE_COLUMN_METHODS if called else _ACCESSORS | _COLUMN_FACTS


def _is_function(called: ast.expr) -> bool:
    return isinstance(called, ast.Name) and called.id in ROW_WISE_FUNCTIONS
