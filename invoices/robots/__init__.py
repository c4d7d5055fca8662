"""Counterparts are actors like the others (formation.md §4.5). Pure functions: no database, no clock.

``plan``: what a recipient does of an invoice without error, and on which day; ``attentes``: the order that a deposit is
about; ``reactions``: the mistake, if any; ``textes``: the words that name it.
"""

from invoices.robots.plan import COMPTABLES, ORDRE, Etape, instant, joue_encore, plan

__all__ = ["COMPTABLES", "ORDRE", "Etape", "instant", "joue_encore", "plan"]
