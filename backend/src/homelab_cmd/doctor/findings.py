"""What the doctor says of one thing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Grade = Literal["ok", "warning", "error"]


@dataclass(frozen=True)
class Finding:
    """`says` is what was seen, `mend` what to do about it; empty where all is well."""

    subject: str
    grade: Grade
    says: str
    mend: str = ""
