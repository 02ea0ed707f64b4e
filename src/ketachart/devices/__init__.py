"""Monitors and pumps: what they send by HL7 v2, kept whole, matched to a session, offered to a person."""
