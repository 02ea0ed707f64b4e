from __future__ import annotations

import pytest

from ketachart.record.errors import NotAllowed
from ketachart.record.roles import PERMISSIONS, ROLES, permissions_of


def test_a_role_that_nobody_defined_may_do_nothing():
    assert permissions_of("visitor") == frozenset()


def test_every_permission_names_only_roles_that_exist():
    assert {role for roles in PERMISSIONS.values() for role in roles} <= set(ROLES)


def test_a_patient_never_holds_a_permission_of_staff():
    own = set(permissions_of("patient"))
    assert all(name.endswith("_own") or name in {"web.signed_in", "web.own_record"} for name in own), own


def test_front_desk_may_not_prescribe(actor):
    with pytest.raises(NotAllowed, match=r"course\.prescribe"):
        actor("front_desk").require("course.prescribe")
