"""From facts to English: numbers, units, names, probability words and, above the results, sentences."""
