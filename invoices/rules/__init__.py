"""Règles de gestion: pure functions over a deposit. Importing the package registers them in the form's order."""

from invoices.rules import parties, references, montants, pieces  # isort: skip
from invoices.rules.registre import REGISTRE, Contexte, Manquement, VueService, VueStructure, codes, controler

__all__ = [
    "REGISTRE",
    "Contexte",
    "Manquement",
    "VueService",
    "VueStructure",
    "codes",
    "controler",
    "montants",
    "parties",
    "pieces",
    "references",
]
