"""The syntax of `simple_query_string`, which has no errors: what makes no sense is left out.

https://docs.opensearch.org/latest/query-dsl/full-text/simple-query-string/; operators bind from left to right, as in
org.apache.lucene.queryparser.simple.SimpleQueryParser. Fuzzy terms are refused.
"""

import re

from searchrerank.embedded.errors import not_served
from searchrerank.embedded.queries.syntax_tree import Everything, Group, Member, Node, Prefix, Sign, Words

__all__ = ["parse_simple"]

_LEXEMES = re.compile(
    r"""(?P<space>\s+)
    | (?P<quoted>"(?P<phrase>(?:[^"\\]|\\.)*)"(?:~(?P<slop>\d+))?)
    | (?P<operator>[+|])
    | (?P<not>-)
    | (?P<open>\()
    | (?P<close>\))
    | (?P<word>(?:\\.|[^\s"+|()])+)
    | (?P<stray>.)""",
    re.VERBOSE | re.DOTALL,
)
_FUZZY = re.compile(r"[^~]~\d*$")
_DEEPEST = 50


def parse_simple(text: str, *, conjunctive: bool = False) -> Node:
    """Read a whole query text. conjunctive: words without an operator between them must all match."""
    default: Sign = "must" if conjunctive else "should"
    return _group(list(_LEXEMES.finditer(text)), default, 0)


def _group(lexemes: list[re.Match[str]], default: Sign, depth: int) -> Node:
    """The nodes up to the parenthesis that closes the group; what is read is taken off the front of `lexemes`."""
    tree: Group | None = None
    sign = default
    negative = False
    while lexemes:
        lexeme = lexemes.pop(0)
        kind = lexeme.lastgroup
        if kind == "close" and depth:
            break
        if kind == "operator":
            sign = "must" if lexeme[0] == "+" else "should"
        elif kind == "not":
            negative = not negative
        elif (node := _node(lexeme, lexemes, default, depth)) is not None:
            node = Group((Member("must", Everything()), Member("must_not", node))) if negative else node
            tree = _joined(tree, sign, node)
            sign, negative = default, False
    return tree or Group(())


def _node(lexeme: re.Match[str], lexemes: list[re.Match[str]], default: Sign, depth: int) -> Node | None:
    if lexeme["open"] and depth < _DEEPEST:
        group = _group(lexemes, default, depth + 1)
        return group if group != Group(()) else None
    if lexeme["quoted"]:
        return Words(_unescaped(lexeme["phrase"]), phrase=True, slop=int(lexeme["slop"] or 0))
    if not (word := lexeme["word"]):
        return None
    if _FUZZY.search(word):
        raise not_served("fuzzy terms")
    if word == "*":
        return Everything()
    prefix = word.endswith("*") and not word.endswith("\\*")
    return Prefix(_unescaped(word[:-1])) if prefix else Words(_unescaped(word))


def _joined(tree: Group | None, sign: Sign, node: Node) -> Group:
    if tree is None:
        return Group((Member(sign, node),))
    if len(tree.members) == 1:
        return Group((Member(sign, tree.members[0].node), Member(sign, node)))
    if tree.members[0].sign == sign:
        return Group((*tree.members, Member(sign, node)))
    return Group((Member(sign, tree), Member(sign, node)))


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL)
