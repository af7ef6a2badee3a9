"""What a case's evidence is made of: its claims and their reports, how far they stand on their own, and exports of them."""
