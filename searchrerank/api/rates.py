"""How much a key may ask for in a minute: token buckets. Pure: whoever asks says what time it is."""

from dataclasses import dataclass

from searchrerank.api.keys import Key
from searchrerank.errors import RateLimitedError

__all__ = ["Bucket", "Rates"]


class Bucket:
    """A token bucket: full at first, with what may be taken in a minute, and filled again at that rate.

    What is larger than the bucket is given once it is full, and leaves it in debt: so nothing is refused for ever, and the rate
    holds in the long run.
    """

    def __init__(self, a_minute: int, now: float) -> None:
        """now: in seconds, on any clock that never goes back; so is that of the methods."""
        self.a_minute = a_minute
        self._level = float(a_minute)
        self._at = now

    def take(self, amount: int, now: float) -> float:
        """Take `amount`, and return 0; or, where there is not so much, nothing, and return the seconds until there is."""
        wait = self.wait(amount, now)
        if not wait:
            self._level -= amount
        return wait

    def wait(self, amount: int, now: float) -> float:
        """The seconds until `amount` may be taken; 0: it may be now."""
        self._level = min(self._level + (now - self._at) * self.a_minute / 60, self.a_minute)
        self._at = now
        lacking = min(amount, self.a_minute) - self._level
        return max(lacking * 60 / self.a_minute, 0.0)


@dataclass(slots=True)
class _Buckets:
    requests: Bucket | None
    tokens: Bucket | None


class Rates:
    """What each key has asked for of late. A key whose limits change begins anew."""

    def __init__(self) -> None:
        self._buckets: dict[str, _Buckets] = {}

    def take_request(self, key: Key, now: float) -> None:
        """Count a request. Raises RateLimitedError where it is one too many, or no token is left to the key."""
        buckets = self._of(key, now)
        if buckets.tokens is not None and (wait := buckets.tokens.wait(1, now)):
            raise RateLimitedError(_told(key.tokens, "tokens"), wait)
        if buckets.requests is not None and (wait := buckets.requests.take(1, now)):
            raise RateLimitedError(_told(key.requests, "requests"), wait)

    def take_tokens(self, key: Key, amount: int, now: float) -> None:
        """Count tokens before they are scored. Raises RateLimitedError where they are too many."""
        buckets = self._of(key, now)
        if buckets.tokens is not None and (wait := buckets.tokens.take(amount, now)):
            raise RateLimitedError(_told(key.tokens, "tokens"), wait)

    def _of(self, key: Key, now: float) -> _Buckets:
        found = self._buckets.setdefault(key.name, _Buckets(None, None))
        found.requests = _renewed(found.requests, key.requests, now)
        found.tokens = _renewed(found.tokens, key.tokens, now)
        return found


def _renewed(bucket: Bucket | None, a_minute: int | None, now: float) -> Bucket | None:
    if a_minute is None:
        return None
    return bucket if bucket is not None and bucket.a_minute == a_minute else Bucket(a_minute, now)


def _told(limit: int | None, what: str) -> str:
    return f"this key may ask for {limit} {what} a minute"
