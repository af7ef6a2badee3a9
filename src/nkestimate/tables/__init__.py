"""Results as tables: for a terminal of 80 columns, as CSV and as JSON."""
