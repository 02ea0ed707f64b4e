"""Appointments with a room and a person, never two in one place."""
