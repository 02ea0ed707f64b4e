"""The live session: what was charted, what it adds up to, what is due, and which gate holds."""
