"""Rows of the export of « Rechercher »: the result columns of factures.md §6.2, read one by one."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import CharField, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Concat
from django.utils import timezone

from invoices.enums import DecisionValidation, Espace, ModeDepot, Motif, Statut, TypeFacture
from invoices.models import Facture, HistoriqueStatut, PieceJointe, Validation
from sandbox.web.csv import Identifiant

LOT = 500
CENTIME = Decimal("0.01")
TOUS = frozenset(Espace)
EMISES = frozenset({Espace.EMISES})
PAYEURS = frozenset({Espace.EMISES, Espace.RECUES})


def _tel_quel(valeur: Any) -> Any:
    return valeur


def _identifiant(valeur: Any) -> Any:
    return Identifiant(valeur or "")


def _montant(valeur: Decimal | None) -> Decimal | None:
    """Two decimals, more when the file that brought it had more (factures.md §2.7)."""
    if valeur is None:
        return None
    arrondi = valeur.quantize(CENTIME)
    return arrondi if arrondi == valeur else valeur.normalize()


def _instant(valeur: datetime | None) -> datetime | None:
    return None if valeur is None else timezone.localtime(valeur)


def _libelle(choix: Any) -> Callable[[Any], str]:
    libelles = {valeur: str(label) for valeur, label in choix.choices}
    return lambda valeur: libelles.get(valeur, valeur or "")


@dataclass(frozen=True, slots=True)
class Colonne:
    """Header, column of the query, how it is written, and the applications whose export has it."""

    entete: str
    source: str
    ecrire: Callable[[Any], Any] = _tel_quel
    espaces: frozenset[Espace] = TOUS


COLONNES: tuple[Colonne, ...] = (
    Colonne("Type", "type_facture", _libelle(TypeFacture)),
    Colonne("N° de facture", "numero", _identifiant),
    Colonne("Date de facture", "date_facture"),
    Colonne("Date de dépôt", "date_depot", _instant),
    Colonne("Destinataire (code)", "destinataire__identifiant", _identifiant),
    Colonne("Destinataire", "destinataire__raison_sociale"),
    Colonne("Service (code)", "code_service", _identifiant),
    Colonne("Service", "libelle_service"),
    Colonne("Fournisseur (code)", "fournisseur__identifiant", _identifiant),
    Colonne("Fournisseur", "fournisseur__raison_sociale"),
    Colonne("Service du fournisseur", "service_fournisseur__code", _identifiant),
    Colonne("Cadre de facturation", "cadre", lambda valeur: (valeur or "").partition("_")[0]),
    Colonne("Montant HT", "montant_ht", _montant),
    Colonne("Montant TTC", "montant_ttc", _montant),
    Colonne("Montant à payer", "montant_a_payer", _montant),
    Colonne("Devise", "devise"),
    Colonne("Statut", "statut", _libelle(Statut)),
    Colonne("Date de l'état courant", "statut_depuis", _instant),
    Colonne("Motif de l'état courant", "_motif", _libelle(Motif)),
    Colonne("Commentaire de l'état courant", "_commentaire"),
    Colonne("N° de marché", "numero_marche", _identifiant),
    Colonne("N° de bon de commande (engagement)", "numero_engagement", _identifiant),
    Colonne("N° de flux", "flux__numero", _identifiant, EMISES),
    Colonne("Valideur 1 (code)", "valideur__identifiant", _identifiant),
    Colonne("Valideur 1", "valideur__raison_sociale"),
    Colonne("Date de validation 1", "_validee_1", _instant),
    Colonne("Valideur 2 (code)", "valideur_2__identifiant", _identifiant),
    Colonne("Valideur 2", "valideur_2__raison_sociale"),
    Colonne("Date de validation 2", "_validee_2", _instant),
    Colonne("Facture d'origine", "numero_facture_origine", _identifiant),
    Colonne("Mode de dépôt", "mode_depot", _libelle(ModeDepot), EMISES),
    Colonne("Coordonnées bancaires", "coordonnees_bancaires__iban", _identifiant, PAYEURS),
    Colonne("Affactureur", "coordonnees_bancaires__affactureur", espaces=PAYEURS),
    Colonne("Utilisateur créateur", "_createur", espaces=EMISES),
    Colonne("Taille des fichiers (octets)", "_taille"),
    Colonne("Rejet traité", "rejet_traite", espaces=EMISES),
    Colonne("Téléchargée par le destinataire", "telechargee", espaces=frozenset({Espace.RECUES})),
)
"""What only the supplier may look for (« x – – » of §6.2) is in his export only, but for what is needed to pay."""


def calculees(noms: Collection[str]) -> dict[str, Any]:
    """Those of these columns that another table holds, the last line of the history for instance."""
    de_la_facture = {"facture": OuterRef("pk")}
    derniere = HistoriqueStatut.objects.filter(**de_la_facture).order_by("-survenu_le", "-pk")
    taille = PieceJointe.objects.filter(**de_la_facture).order_by().values("facture").annotate(t=Sum("taille"))
    validees = Validation.objects.filter(**de_la_facture, decision=DecisionValidation.VALIDEE).order_by("-pk")
    toutes = {
        "_motif": Subquery(derniere.values("motif")[:1]),
        "_commentaire": Subquery(derniere.values("commentaire")[:1]),
        "_validee_1": Subquery(validees.filter(rang=1).values("decidee_le")[:1]),
        "_validee_2": Subquery(validees.filter(rang=2).values("decidee_le")[:1]),
        "_createur": Concat("cree_par__prenom", Value(" "), "cree_par__nom", output_field=CharField()),
        "_taille": Subquery(taille.values("t")),
    }
    return {nom: valeur for nom, valeur in toutes.items() if nom in noms}


def entetes(espace: Espace) -> list[str]:
    return [colonne.entete for colonne in COLONNES if espace in colonne.espaces]


def lignes(factures: QuerySet[Facture], espace: Espace) -> Iterator[list[Any]]:
    """One list a row, in one query, a batch in memory at most. To be read while the world is open."""
    colonnes = [colonne for colonne in COLONNES if espace in colonne.espaces]
    sources = [colonne.source for colonne in colonnes]
    lues = factures.annotate(**calculees(sources)).values_list(*sources)
    ecrire = [colonne.ecrire for colonne in colonnes]
    for valeurs in lues.iterator(chunk_size=LOT):
        yield [ecrit(valeur) for ecrit, valeur in zip(ecrire, valeurs, strict=True)]
