"""What happens after a session: check-ins, calls, what they ask for."""
