"""Two answers side by side, in any of Solr's formats: everything but what two answers never have in common, and scores."""

import json
import re
from xml.etree import ElementTree as ET

from searchrerank.dialects.solr import javabin

# The proxy's own; what frames a message; compression, which Solr begins at 2 KB, and the window is larger than the page (as
# docs/solr.md says); and the times that Solr puts on its errors.
ALLOWED = {"x-searchrerank", "server-timing", "content-length", "transfer-encoding", "content-encoding", "vary"}
ALLOWED_ON_ERRORS = {"etag", "last-modified"}
SCORES = {"score", "maxScore", "relevance"}
MASKED = {*SCORES, "QTime", "time", "elapse", "rid", "trace"}

_JSON = re.compile(rb'("(?:%s)":)(?:[-+\w.]+|"[^"]*")' % "|".join(MASKED).encode())
_OBJECT = re.compile(rb"[\w.]*\(?\s*{")
_XML = re.compile(rb'(<\w+ name="(?:%s)">)[^<]*' % "|".join(MASKED).encode())
_XML_HEAD = re.compile(rb'( maxScore=")[^"]*')


def compared(answer, *, unordered=False):
    """What must be equal. unordered: documents are compared without regard to the order of their fields."""
    allowed = ALLOWED | (ALLOWED_ON_ERRORS if answer.status_code >= 400 else set())
    headers = [(name, value) for name, value in answer.headers.multi_items() if name not in allowed]
    return answer.status_code, answer.reason_phrase, headers, masked(answer.content, unordered=unordered)


def masked(body, *, unordered=False):
    if body.startswith(b"\x02"):
        return _masked_tree(javabin.read(body), unordered)
    if body.lstrip().startswith(b"<?xml"):
        text = _XML_HEAD.sub(rb"\g<1>0", _XML.sub(rb"\g<1>0", body))
        return _sorted_element(ET.fromstring(text)) if unordered else text
    text = _JSON.sub(rb"\g<1>0", body)
    if not unordered or _OBJECT.match(text) is None:
        return text
    begin, end = text.index(b"{"), text.rindex(b"}") + 1
    return text[:begin], json.loads(text[begin:end], parse_float=str, parse_int=str), text[end:]


def _sorted_element(element):
    children = [_sorted_element(child) for child in element]
    if element.tag == "doc":
        children.sort(key=repr)
    return element.tag, sorted(element.items()), (element.text or "").strip(), children


def _masked_tree(node, unordered):
    if isinstance(node, javabin.Entries):
        return node.tag, [(_key(key), _value(key, value, unordered)) for key, value in node]
    if isinstance(node, javabin.Document):
        items = [
            (_key(item[0]), _value(item[0], item[1], unordered))
            if isinstance(item, tuple)
            else ("", _masked_tree(item, unordered))
            for item in node.items
        ]
        return node.tag, sorted(items, key=repr) if unordered else items
    if isinstance(node, javabin.DocumentList):
        head = list(node.head.items)
        head[2] = head[2][:1]
        return head, [_masked_tree(each, unordered) for each in node.documents.items], node.documents.tag, node.head.tag
    if isinstance(node, javabin.Array):
        return node.tag, [_masked_tree(each, unordered) for each in node.items]
    return node


def _key(node):
    return node.text.decode() if isinstance(node, javabin.Name) else node


def _value(key, value, unordered):
    return value[:1] if _key(key) in SCORES else 0 if _key(key) in MASKED else _masked_tree(value, unordered)
