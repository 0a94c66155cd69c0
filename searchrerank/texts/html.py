"""The text of HTML, as a reader sees it.

Source: the tokens of the HTML standard (html.spec.whatwg.org, 13.2.5), without its tree: every input is HTML, nothing is an
error. html.parser is not used because many of the Python versions that we run on take quadratic time over malformed input
(CVE-2025-6069). Here each token's pattern never gives back what it took, and one that is not closed ends with the text, so that
each character is read a bounded number of times, whatever the input.
"""

import re
from html import unescape

__all__ = ["decoded", "strip_html"]

_TOKEN = re.compile(
    r"""
    (?P<text>(?:[^<]++|<(?![a-z!?/]))++)
  | (?P<raw><(?P<name>script|style)(?=[\s/>])(?s:.*?)(?:(?=</(?P=name)[\s/>])|\Z))
  | (?P<comment><!--(?:-?>|(?s:.*?)(?:--!?>|\Z)))
  | </?(?P<tag>[a-z][^\s/>]*+)(?:[^>=]++|=\s*+(?:"[^"]*+(?:"|\Z)|'[^']*+(?:'|\Z))?)*+(?:>|\Z)
  | (?P<declaration><[!?/][^>]*+(?:>|\Z))
    """,
    re.VERBOSE | re.IGNORECASE,
)
# Elements that a browser puts on lines of their own, and those whose contents would otherwise run into their neighbours'.
_BREAK = re.compile(
    "address|article|aside|blockquote|body|br|caption|center|dd|details|dialog|dir|div|dl|dt|fieldset|figcaption|figure|footer|"
    "form|h[1-6]|head|header|hgroup|hr|html|legend|li|main|menu|nav|ol|optgroup|option|p|pre|search|section|select|summary|"
    "table|tbody|td|textarea|tfoot|th|thead|title|tr|ul",
    re.IGNORECASE,
)
# unescape() raises ValueError for a number of thousands of digits, and no character's has eight.
_NO_CHARACTER = re.compile(r"&#[0-9]{8,}+;?")


def strip_html(text: str) -> str:
    """The text without tags, comments, declarations, scripts and styles, its character references decoded.

    Block elements, cells and `br` become line breaks; other white space is collapsed as a browser does. Time grows with the
    length alone.
    """
    pieces = [_shown(token) for token in _TOKEN.finditer(text)]
    lines = (" ".join(line.split()) for line in "".join(pieces).split("\n"))
    return "\n".join(filter(None, lines))


def decoded(text: str) -> str:
    """The text with its character references decoded."""
    return unescape(_NO_CHARACTER.sub("\ufffd", text))


def _shown(token: re.Match[str]) -> str:
    match token.lastgroup:
        case "text":
            return decoded(token[0].replace("\n", " "))
        case "tag":
            return "\n" if _BREAK.fullmatch(token["tag"]) else ""
    return ""
