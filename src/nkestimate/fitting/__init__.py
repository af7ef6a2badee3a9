"""A case fitted: its summary, what it finds strange, and the folder it is kept in."""
