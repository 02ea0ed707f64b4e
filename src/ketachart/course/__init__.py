"""The plan and what follows from it: dose arithmetic, series, next-session decision."""
