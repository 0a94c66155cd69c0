"""Invariants: text without `<` and `&` is its own text; nothing of a tag, a comment or a script is left; and the time that
any input takes grows with its length alone."""

import html
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchrerank.texts import strip_html


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("plain", "plain"),
        ("", ""),
        ("<p>one</p><p>two</p>", "one\ntwo"),
        ("a<br>b<br/>c<BR />d", "a\nb\nc\nd"),
        ("<ul><li>one<li>two</ul>three", "one\ntwo\nthree"),
        ("<table><tr><td>a</td><td>b</td></tr></table>", "a\nb"),
        ("un<b>believ</b>able <i>story</i>", "unbelievable story"),
        ("  much \n\t white   space ", "much white space"),
        ("fish &amp; chips &lt;b&gt; &#233;&#xe9; &eacute;&nbsp;&copy", "fish & chips <b> éé é ©"),
        ("a<!-- no <b>comment</b> --!>b<!-->c<!--->d<!-- unclosed > e", "abcd"),
        ("a<script>if (x < y) { '<p>' }</script>b<STYLE type='x'>p { }</sTyLe >c", "abc"),
        ("a<script/>b</scripted>c</script>d", "ad"),
        ("a<script>never closed", "a"),
        ("<scripted>a</scripted>", "a"),
        ("<!DOCTYPE html><?xml version='1'?><![CDATA[x]]>a</>b</ c>d", "abd"),
        ('<a title="a > b" href=\'c>d\' e=f"g">text</a>', "text"),
        ("<a title = \"x\"y='>'>text", "text"),
        ("3 < 4 and 4 > 3", "3 < 4 and 4 > 3"),
        ("a <3 b <", "a <3 b <"),
        ("a <b and nothing more", "a"),
        ('a <b c="and > nothing more', "a"),
        ("&#00000000065; &#99999999; &#0;", "\ufffd \ufffd \ufffd"),
        ("&#x110000;&#xd800;&unknown; AT&T", "\ufffd\ufffd&unknown; AT&T"),
    ],
)
def test_the_text_of_html(markup, text):
    assert strip_html(markup) == text


@given(st.text().filter(lambda text: not {"<", "&"} & set(text)))
def test_what_is_no_html_is_left_alone_but_for_white_space(text):
    assert strip_html(text) == " ".join(text.split())


@given(
    st.lists(st.sampled_from(["<", ">", "/", "a", "script", "!--", "--", "=", '"', "'", " ", "&#", "9", ";", "x"])).map("".join)
)
def test_any_input_has_a_text(markup):
    strip_html(markup)


@given(st.text())
def test_what_was_escaped_is_read_back(text):
    assert strip_html(f"<p>{html.escape(text)}</p>") == " ".join(text.split())


HOSTILE = [
    *("<", "<a", "<a ", "<a x=", '<a x="', "<a x='", '<a x=">" ', "<a\n=", "=\n", "<p>", "<b> </b>", " ", "\n"),
    *("<!", "<!-", "<!--", "<!-- -", "</", "</script", "<script", "<script>", "<script>a</script>", "<style></styl"),
    *("&", "&a", "&#", "&#1", "&#x1", "&#" + "9" * 5000),
]


@pytest.mark.parametrize("piece", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_input_takes_no_longer_than_its_length(piece):
    """Two megabytes at quadratic cost are hours, and at this one's a second or two on a slow machine."""
    text = piece * (2 * 2**20 // len(piece))
    began = time.process_time()
    strip_html(text)
    assert time.process_time() - began < 20
