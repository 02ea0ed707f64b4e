"""Outcomes across courses: what became of the people treated."""
