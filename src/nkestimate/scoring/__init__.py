"""What came true: outcomes read, a fit and its sources scored, and a ledger that keeps the scores."""
