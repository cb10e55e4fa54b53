"""What a set of hide rules hides."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Rule:
    """Hides the keys of `family` that match `pattern`; on all servers where `server_key` is None.

    In a pattern `*` stands for any characters, slashes too, and `?` for one.
    """

    family: str
    pattern: str
    server_key: int | None = None

    def hides(self, server_key: int, family: str, key: str) -> bool:
        """Whether it hides that series."""
        return (
            family == self.family
            and self.server_key in (None, server_key)
            and _compiled(self.pattern).match(key) is not None
        )


class Rules:
    """Rules as they apply together, looked up by server and family."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._by_family: dict[str, list[Rule]] = {}
        for rule in rules:
            self._by_family.setdefault(rule.family, []).append(rule)

    def touches(self, family: str) -> bool:
        """Whether there is any rule for the family."""
        return family in self._by_family

    def hides(self, server_key: int, family: str, key: str) -> bool:
        """Whether any of them hides that series."""
        rules = self._by_family.get(family, ())
        return any(rule.hides(server_key, family, key) for rule in rules)


@lru_cache(1_024)
def _compiled(pattern: str) -> re.Pattern[str]:
    # A key may well hold a bracket: only * and ? are special.
    return re.compile(fnmatch.translate(pattern.replace("[", "[[]")))
