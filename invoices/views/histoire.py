"""The three histories of an invoice, as each application shows them (factures.md §6.4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts.models import Compte
from invoices import queries_lecture as lecture
from invoices.enums import Espace, Statut
from invoices.models import Facture, HistoriqueStatut
from invoices.views.commun import Onglet
from structures.models import Structure

LISTES = (
    ("statuts", "Historique des statuts"),
    ("evenements", "Événements complémentaires"),
    ("actions", "Historique des actions utilisateurs"),
)


@dataclass(frozen=True, slots=True)
class Ligne:
    """One line of any of the three: who, with what is known to reach him."""

    cle: str
    quand: datetime
    label: str
    auteur: str
    contact: str = ""
    statut: Statut | None = None
    motif: str = ""
    commentaire: str = ""
    numero_mandat: str = ""


def _contact(compte: Compte | None, structure: Structure | None = None) -> str:
    """E-mail and telephone of the person; of his structure for one whom nobody plays."""
    if compte is not None:
        return " · ".join(part for part in (compte.contact_email, compte.telephone) if part)
    return " · ".join(part for part in (structure.email, structure.telephone) if part) if structure else ""


def _statuts(facture: Facture, historique: Sequence[HistoriqueStatut]) -> list[Ligne]:
    return [
        Ligne(
            cle=f"h-{ligne.pk}",
            quand=ligne.survenu_le,
            label=str(Statut(ligne.statut).label),
            auteur=str(ligne.compte) if ligne.compte else ligne.auteur,
            # A robot is read like a person: its name, and how to reach its structure.
            contact=_contact(ligne.compte, lecture.structure_de(facture, ligne.acteur) if ligne.robot else None),
            statut=Statut(ligne.statut),
            motif=lecture.libelle_du_motif(ligne.motif),
            commentaire=ligne.commentaire,
            numero_mandat=ligne.numero_mandat,
        )
        for ligne in reversed(historique)
    ]


def _evenements(facture: Facture) -> list[Ligne]:
    lus = lecture.evenements(facture).order_by("-survenu_le", "-pk")
    return [
        Ligne(f"e-{e.pk}", e.survenu_le, e.libelle, str(e.compte) if e.compte else e.auteur, _contact(e.compte))
        for e in lus
    ]


def _actions(facture: Facture, espace: Espace) -> list[Ligne]:
    lues = lecture.actions(facture, espace).order_by("-faite_le", "-pk")
    return [Ligne(f"a-{a.pk}", a.faite_le, a.get_code_display(), str(a.compte), _contact(a.compte)) for a in lues]


def contexte_de_l_histoire(
    facture: Facture, historique: Sequence[HistoriqueStatut], espace: Espace, url: str, demandee: str
) -> dict[str, Any]:
    """One list at a time, and above the three the last action of all."""
    listes = {
        "statuts": _statuts(facture, historique),
        "evenements": _evenements(facture),
        "actions": _actions(facture, espace),
    }
    liste = demandee if demandee in listes else "statuts"
    suite = {nom: "" if nom == "statuts" else f"&liste={nom}" for nom in listes}
    return {
        "liste": liste,
        "lignes_d_histoire": listes[liste],
        "derniere_action": max((ligne for lignes in listes.values() for ligne in lignes), key=_date, default=None),
        "listes": [
            Onglet(label, f"{url}?volet=historique{suite[nom]}", nom == liste, len(listes[nom]))
            for nom, label in LISTES
        ],
    }


def _date(ligne: Ligne) -> datetime:
    return ligne.quand
