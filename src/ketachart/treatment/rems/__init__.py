"""The Spravato REMS patient monitoring form: drafted from the session's events, answered, and on its way in time."""
