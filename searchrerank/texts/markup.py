"""What an engine adds to the fragments that it highlights."""

from dataclasses import dataclass

from searchrerank.texts.html import decoded

__all__ = ["Markup"]


@dataclass(frozen=True, slots=True)
class Markup:
    """tags: what stands around highlighted words. encoded: whether the fragments' own text is encoded as HTML."""

    tags: tuple[str, ...] = ()
    encoded: bool = False

    def plain(self, fragment: str) -> str:
        """The fragment's own text."""
        for tag in sorted(self.tags, key=len, reverse=True):
            fragment = fragment.replace(tag, "")
        return decoded(fragment) if self.encoded else fragment
