"""What a text will cost, before it has been tokenised."""

__all__ = ["estimated_tokens"]

_CHARACTERS_PER_TOKEN = 4
_CHARACTERS_PER_TOKEN_BEYOND_ASCII = 2


def estimated_tokens(text: str) -> int:
    """About how many tokens the text has, from its number of characters alone, so that a long one costs no more to ask for.

    English has four to five characters a token, other alphabets two to four, Chinese and Japanese one to two.
    """
    per_token = _CHARACTERS_PER_TOKEN if text.isascii() else _CHARACTERS_PER_TOKEN_BEYOND_ASCII
    return len(text) // per_token
