"""Numbers as people write them: in a case's words and in the prose of documents; it needs nothing else of the package."""
