"""The thirty hosts: an ordinary house, and every odd state that a house comes to in time."""

from __future__ import annotations

from devtools.fleet.house.desks import DESKS
from devtools.fleet.house.edge import EDGE
from devtools.fleet.house.services import SERVICES
from devtools.fleet.house.storage import STORAGE
from devtools.fleet.house.virtual import VIRTUAL
from devtools.fleet.machine import Machine

MACHINES: tuple[Machine, ...] = (*STORAGE, *VIRTUAL, *SERVICES, *EDGE, *DESKS)
