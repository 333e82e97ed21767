"""The small mistakes: what each node of a syntax tree could be instead.

Left out is what means nothing when it runs (docstrings, annotations) and what only the type checker needs (asserts).
"""

import ast
from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any

#: each comparison as its opposite, and where there is one as its neighbour
COMPARED: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE), ast.LtE: (ast.Lt, ast.Gt), ast.Gt: (ast.GtE, ast.LtE), ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,), ast.In: (ast.NotIn,), ast.NotIn: (ast.In,), ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}  # fmt: skip
COMPUTED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.Pow: ast.Mult, ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}  # fmt: skip
NAMED = {"any": "all", "all": "any", "min": "max", "max": "min"}

#: fields of nodes that are left as they are
KEPT = {"annotation", "returns", "decorator_list", "bases", "type_params", "ctx", "targets", "target"}
SIDE_EFFECTS = (ast.Expr, ast.AugAssign, ast.Return, ast.Raise, ast.Continue, ast.Break)


@dataclass(frozen=True)
class Mutant:
    """In `field` of `holder` (at `index`, where that is a list) stands `new`; it can be seen in `lines`."""

    holder: ast.AST
    field: str
    index: int | None
    new: Any
    lines: range
    #: line of the outermost function it is in; None: it is there when the module is imported
    function: int | None

    def swap(self) -> Any:
        """The mistake is made, in place; gives what stood there."""
        if self.index is None:
            old = getattr(self.holder, self.field)
            setattr(self.holder, self.field, self.new)
        else:
            held = getattr(self.holder, self.field)
            old, held[self.index] = held[self.index], self.new
        return old

    def restore(self, old: Any) -> None:
        """What stood there stands there again."""
        Mutant(self.holder, self.field, self.index, old, self.lines, self.function).swap()


def mutants(tree: ast.AST) -> Iterator[Mutant]:
    """Every one, in the order of the file."""
    yield from _of(tree, range(0), None)


def _of(holder: ast.AST, lines: range, function: int | None) -> Iterator[Mutant]:
    for field, value in ast.iter_fields(holder):
        if field in KEPT:
            continue
        function = function or _begins(holder, field)
        for index, node in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if not isinstance(node, ast.AST) or _silent(node):
                continue
            here = _lines(node, lines)
            for new in _instead(node, field):
                yield Mutant(holder, field, index, new, here, function)
            yield from _of(node, here, function)


def _begins(holder: ast.AST, field: str) -> int | None:
    """The first line of the function whose body this is."""
    if isinstance(holder, ast.FunctionDef) and field == "body":
        return min([holder.lineno, *(each.lineno for each in holder.decorator_list)])
    return None


def _silent(node: ast.AST) -> bool:
    docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    everything = isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
    return docstring or everything or isinstance(node, ast.Assert | ast.Import | ast.ImportFrom)


def _lines(node: ast.AST, outer: range) -> range:
    """The lines of the statement that it is in; of one that holds others, its head."""
    match node:
        case ast.match_case(pattern=pattern, body=[first, *_]):
            return range(pattern.lineno, first.lineno + 1)
        case ast.Match(cases=[first, *_]):
            return range(node.lineno, first.pattern.lineno)
        case ast.stmt() | ast.ExceptHandler() if body := getattr(node, "body", None):
            return range(node.lineno, max(body[0].lineno, node.lineno + 1))
        case ast.stmt():
            return range(node.lineno, (node.end_lineno or node.lineno) + 1)
    return outer


def _instead(node: ast.AST, field: str) -> Iterator[ast.AST]:  # noqa: PLR0912 -- a table, row by row
    """What could stand in the place of the node."""
    if field in ("test", "guard", "ifs"):
        yield from (ast.Constant(value) for value in (True, False))
    match node:
        case ast.Compare(ops=[op]):
            yield from (_with(node, ops=[other()]) for other in COMPARED[type(op)])
        case ast.BoolOp(op=op, values=values):
            yield _with(node, op=ast.Or() if isinstance(op, ast.And) else ast.And())
            yield from _fewer(node, "values", values)
        case ast.UnaryOp(op=ast.Not() | ast.USub(), operand=operand):
            yield operand
        case ast.BinOp(op=op) if type(op) in COMPUTED:
            yield _with(node, op=COMPUTED[type(op)]())
        case ast.IfExp(body=body, orelse=orelse):
            yield from (body, orelse)
        case ast.Constant(value=bool(value)):
            yield ast.Constant(not value)
        case ast.Constant(value=int() | float() as number):
            yield ast.Constant(number + 1)
        case ast.Constant(value=str(value)):
            yield ast.Constant("XX" + value)
        case ast.Name(id=name, ctx=ast.Load()) if name in NAMED:
            yield _with(node, id=NAMED[name])
        case ast.Tuple(elts=several) | ast.List(elts=several) | ast.Set(elts=several) if len(several) > 1:
            yield from (_with(node, elts=[other for other in several if other is not each]) for each in several)
        case ast.MatchOr(patterns=patterns):
            yield from _fewer(node, "patterns", patterns)
        case ast.match_case(guard=None):
            yield _with(node, guard=ast.Constant(False))
        case ast.Return(value=value) if value and not (isinstance(value, ast.Constant) and value.value is None):
            yield ast.Return(ast.Constant(None))
        case ast.Call():
            yield from _called(node)
    if isinstance(node, SIDE_EFFECTS) and not (isinstance(node, ast.Return) and node.value):
        yield ast.Pass()


def _called(node: ast.Call) -> Iterator[ast.AST]:
    """Without each named argument; with the first two the other way round."""
    yield from (_with(node, keywords=[k for k in node.keywords if k is not each]) for each in node.keywords)
    if len(node.args) > 1 and not (isinstance(node.func, ast.Name) and node.func.id in NAMED):
        yield _with(node, args=[node.args[1], node.args[0], *node.args[2:]])


def _fewer(node: ast.AST, field: str, several: Sequence[ast.AST]) -> Iterator[ast.AST]:
    """Without each of the several, of which one needs nothing around it."""
    for each in several:
        rest = [other for other in several if other is not each]
        yield _with(node, **{field: rest}) if len(rest) > 1 else rest[0]


def _with(node: ast.AST, **changes: Any) -> ast.AST:
    other = copy(node)
    for name, value in changes.items():
        setattr(other, name, value)
    return other
