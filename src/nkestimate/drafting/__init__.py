"""From a folder of texts to a draft case."""
