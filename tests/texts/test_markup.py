import pytest

from searchrerank.texts import Markup


@pytest.mark.parametrize(
    ("markup", "fragment", "text"),
    [
        (Markup(("<em>", "</em>")), "a <em>quick</em> fox", "a quick fox"),
        (Markup(("*", "**")), "a **quick* fox", "a quick fox"),
        (Markup(), "a <em>quick</em> fox", "a <em>quick</em> fox"),
        (Markup(("<em>", "</em>")), "a &lt;em&gt; &amp; <em>b</em>", "a &lt;em&gt; &amp; b"),
        (Markup(("<em>", "</em>"), encoded=True), "a &lt;em&gt; &amp; <em>b</em>", "a <em> & b"),
    ],
)
def test_a_fragments_own_text(markup, fragment, text):
    assert markup.plain(fragment) == text
