"""Demandes de paiement: one core that every circuit extends (factures.md §10.1)."""

from invoices.models.commandes import Commande
from invoices.models.factures import Facture, FactureQuerySet, LignePoste, LigneTva
from invoices.models.flux import ElementFlux, Flux
from invoices.models.historiques import ActionUtilisateur, EvenementComplementaire, HistoriqueStatut
from invoices.models.numerotation import Numerotation
from invoices.models.pieces import PieceJointe
from invoices.models.routage import DestinatairePrecedent, Validation
from invoices.models.telechargements import Telechargement

__all__ = [
    "ActionUtilisateur",
    "Commande",
    "DestinatairePrecedent",
    "ElementFlux",
    "EvenementComplementaire",
    "Facture",
    "FactureQuerySet",
    "Flux",
    "HistoriqueStatut",
    "LignePoste",
    "LigneTva",
    "Numerotation",
    "PieceJointe",
    "Telechargement",
    "Validation",
]
