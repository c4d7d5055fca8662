"""What the tables of invoices share."""

MONTANT = {"max_digits": 19, "decimal_places": 6}
"""factures.md §2.7: decimal(19,6) stored."""
