"""From a deposit to the rows of an invoice: columns, lines, VAT, files. Every door writes through here."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db.models import CharField, DecimalField, Model

from accounts.models import Compte
from invoices import calculs, rules
from invoices.depot import Depot, Fichier
from invoices.enums import ModeDepot
from invoices.models import Facture, LignePoste, LigneTva, PieceJointe
from invoices.rules.montants import MAXIMUM
from structures.models import Service

_TEXTES = {
    "numero": 40,
    "code_service": 120,
    "numero_engagement": 80,
    "numero_marche": 80,
    "numero_facture_origine": 40,
    "motif_exoneration": 1024,
    "motif_remise": 1024,
}
"""What the columns hold of a text that is too long: the rules refuse it when it is sent."""
_CHOIX = ("cadre", "type_facture", "devise", "mode_paiement", "type_tva", "commentaire", "date_facture")
_MONTANTS = ("montant_ht", "montant_tva", "montant_ttc", "montant_a_payer")
_LIENS = (
    *("fournisseur_id", "destinataire_id", "coordonnees_bancaires_id"),
    *("valideur_id", "service_valideur_id", "service_fournisseur_id"),
)


class TropGrand(Exception):
    """A value that no column can hold. SQLite would keep it, and fail each time the invoice is read."""


def tenir(*objets: Model) -> None:
    """Raises ``TropGrand`` when a text or an amount does not fit in its column."""
    for objet in objets:
        for champ in objet._meta.concrete_fields:
            valeur = getattr(objet, champ.attname)
            if isinstance(champ, DecimalField) and isinstance(valeur, Decimal):
                trop = abs(valeur) >= 10 ** (champ.max_digits - champ.decimal_places)
            else:
                trop = isinstance(champ, CharField) and len(valeur or "") > (champ.max_length or len(valeur or ""))
            if trop:
                texte = f"La valeur « {str(valeur)[:40]} » ({champ.verbose_name})"
                raise TropGrand(f"{texte} dépasse la taille que le portail conserve.")


def _borne(montant: Decimal | None) -> Decimal | None:
    """What the column can hold; the rules refuse the rest when it is sent."""
    return montant if montant is None or abs(montant) <= MAXIMUM else None


def _libelle_service(depot: Depot) -> str:
    if not depot.code_service or not depot.destinataire_id:
        return ""
    libelles = Service.objects.filter(structure_id=depot.destinataire_id, code__iexact=depot.code_service)
    return libelles.values_list("libelle", flat=True).first() or ""


def ecrire_entete(facture: Facture, depot: Depot) -> None:
    """The columns of an invoice that is no sent one yet; the caller saves it."""
    for nom in (*_LIENS, *_CHOIX):
        setattr(facture, nom, getattr(depot, nom))
    for nom, longueur in _TEXTES.items():
        setattr(facture, nom, getattr(depot, nom)[:longueur])
    for nom in _MONTANTS:
        setattr(facture, nom, _borne(getattr(depot, nom)))
    facture.remise_globale = _borne(depot.remise_globale) or Decimal(0)
    facture.acompte = _borne(depot.acompte) or Decimal(0)
    facture.libelle_service = _libelle_service(depot)


def ecrire_lignes(facture: Facture, depot: Depot, *, stricte: bool = False) -> None:
    """Lines and VAT summary, in the place of the former ones. ``stricte``: raises ``TropGrand``."""
    commun: dict[str, Any] = {"cohort": facture.cohort, "place": facture.place, "facture": facture}
    lignes = [
        LignePoste(
            **commun,
            numero=ligne.numero,
            reference=ligne.reference[:50],
            denomination=ligne.denomination[:1024],
            quantite=ligne.quantite,
            unite=ligne.unite[:50],
            prix_unitaire=ligne.prix_unitaire,
            remise=ligne.remise,
            taux=ligne.taux,
            code_taux=ligne.code_taux,
            montant_ht=calculs.ht(ligne),
        )
        for ligne in depot.lignes
    ]
    recapitulatif = calculs.recapituler(depot.lignes) if depot.mode == ModeDepot.SAISIE_PORTAIL else depot.lignes_tva
    lignes_tva = [
        LigneTva(**commun, taux=ligne.taux, base=ligne.base, montant=ligne.montant, code_taux=ligne.code_taux)
        for ligne in {ligne.taux: ligne for ligne in recapitulatif}.values()
        if abs(ligne.base) <= MAXIMUM and abs(ligne.montant) <= MAXIMUM
    ]
    if stricte:
        tenir(*lignes, *lignes_tva)
    facture.lignes.all().delete()
    LignePoste.objects.bulk_create(lignes)
    facture.lignes_tva.all().delete()
    LigneTva.objects.bulk_create(lignes_tva)


def refus_des_pieces(facture: Facture, nouvelles: Sequence[Fichier]) -> list[rules.Manquement]:
    """What the rules say of these files, and of them with those that the invoice has already."""
    presentes = {(p.nom, p.empreinte): p.taille for p in facture.pieces.all() if not p.principale}
    anciennes = [Fichier(nom=nom, taille=taille) for (nom, _), taille in presentes.items()]
    return rules.pieces.controler(nouvelles, [*nouvelles, *anciennes])


def attacher(facture: Facture, fichiers: Sequence[Fichier], *, compte: Compte | None) -> int:
    """Attach files that are stored already; returns how many are new. The same file twice counts once."""
    presentes = {(p.nom, p.empreinte) for p in facture.pieces.all() if not p.principale}
    nouveaux = {(f.nom, f.empreinte): f for f in fichiers if (f.nom, f.empreinte) not in presentes}
    for fichier in nouveaux.values():
        PieceJointe.objects.create(
            cohort_id=facture.cohort_id,
            place=facture.place,
            facture=facture,
            nom=fichier.nom,
            type=fichier.type,
            designation=fichier.designation[: rules.pieces.DESIGNATION_MAXIMUM],
            ligne=fichier.ligne,
            ajoutee_par=compte,
            empreinte=fichier.empreinte,
            taille=fichier.taille,
            signalement=fichier.signalement,
        )
    return len(nouveaux)
