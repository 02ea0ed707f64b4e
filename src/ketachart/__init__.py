"""Ketachart runs a ketamine treatment service."""

__version__ = "0.1.0"
