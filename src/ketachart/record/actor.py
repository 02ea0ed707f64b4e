"""Who is acting: handed to every command and query as its first argument."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from uuid import UUID

from ketachart.record.errors import NotAllowed
from ketachart.record.roles import permissions_of

if TYPE_CHECKING:
    from ketachart.record.models import User


@dataclass(frozen=True)
class Actor:
    """A signed-in person (or the system itself) within one clinic."""

    user_id: UUID | None
    clinic_id: UUID
    name: str
    role: str
    permissions: frozenset[str] = field(default_factory=frozenset, repr=False)
    patient_id: UUID | None = None
    device: str | None = None

    @classmethod
    def of(cls, user: User, device: str | None = None) -> Actor:
        if user.clinic_id is None:
            raise NotAllowed("clinic membership")
        return cls(
            user_id=user.id,
            clinic_id=user.clinic_id,
            name=user.display_name or user.get_username(),
            role=user.role,
            permissions=permissions_of(user.role),
            patient_id=user.patient_id,
            device=device,
        )

    @classmethod
    def system(cls, clinic_id: UUID, name: str = "Ketachart", permissions: frozenset[str] = frozenset()) -> Actor:
        """The software acting by itself: reactions, imports, demo devices."""
        return cls(user_id=None, clinic_id=clinic_id, name=name, role="system", permissions=permissions)

    def may(self, *permissions: str) -> bool:
        """True when the actor holds at least one of them."""
        return not self.permissions.isdisjoint(permissions)

    def require(self, *permissions: str) -> None:
        if not self.may(*permissions):
            raise NotAllowed(" or ".join(permissions))
