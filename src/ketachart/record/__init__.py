"""What every part stands on: identity, append-only events, audit chain, access log."""
