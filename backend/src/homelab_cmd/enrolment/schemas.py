"""What enrolment takes and says."""

from __future__ import annotations

from typing import Annotated

from pydantic import UUID4, BaseModel, ConfigDict, Field

from homelab_cmd.auth.schemas import Moment
from homelab_cmd.enrolment.codes import DEFAULT_MINUTES, MAX_MINUTES

ServerId = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,100}$", examples=["nas"])]


class CodeRequest(BaseModel):
    """What the code is for."""

    model_config = ConfigDict(extra="forbid")

    minutes: int = Field(DEFAULT_MINUTES, ge=1, le=MAX_MINUTES, description="How long it is good.")
    server_id: ServerId | None = Field(
        None, description="The server that the host becomes; null: a new one, or its old one."
    )


class EnrolmentLines(BaseModel):
    """One line each, to paste as root on the new host."""

    curl: str
    wget: str
    python: str


class Code(BaseModel):
    """A code and what to do with it."""

    code: str = Field(examples=["7Q2MX-0V9KD-4HJ8T-B3N5P-R6W1Z"])
    expires_at: Moment
    lines: EnrolmentLines


class EnrolRequest(BaseModel):
    """A host that shows its code."""

    model_config = ConfigDict(extra="forbid")

    code: str = Field(max_length=100)
    hostname: str = Field(min_length=1, max_length=255, examples=["nas.lan"])
    server_guid: UUID4 = Field(description="Made by the agent once, kept over renames.")
    same_as: ServerId | None = Field(
        None, description="This host is that server, installed anew: its history goes on."
    )
    new_host: bool = Field(
        default=False, description="It is another host, though one of its name is known."
    )


class Enrolled(BaseModel):
    """Who the host is from now on."""

    server_id: str = Field(examples=["nas"])
    token: str = Field(description="The agent's token, shown this once.", examples=["hca_…"])


class AgentInfo(BaseModel):
    """An agent's token, without its secret."""

    server_id: str
    created_at: Moment
    created_by: str = Field(examples=["enrolment"])


class AgentList(BaseModel):
    """A page of agents' tokens, by server."""

    agents: list[AgentInfo]
    total: int
