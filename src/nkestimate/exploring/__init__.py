"""A case on a page that answers: what can be moved, the refit, the rough answer on the way, and the server on loopback."""
