"""Invoices that the suppliers of the cast deposit for a seat, as the pack describes them (exercices.md, EX8, EX9)."""

from decimal import Decimal
from typing import Any

from django.db import transaction

from invoices import calculs
from invoices.depot import ZERO, Depot, Ligne
from invoices.enums import ModeDepot, TypeTva
from invoices.models import Commande, Facture
from invoices.services import brouillons, contreparties, deposer
from sandbox import clock
from sandbox.cohorts.models import Cohort
from structures import queries as structures
from structures.models import Structure


class ScriptImpossible(Exception):
    """The deposit cannot be made; the message, French, says what is missing."""


def deposables(place: int) -> list[str]:
    """Keys of the deposits that the pack describes for this seat."""
    commandes = Commande.objects.filter(place=place).order_by("cle")
    return [depot["cle"] for commande in commandes for depot in commande.contenu.get("depots", ())]


def deja(place: int, cle: str) -> Facture | None:
    """What was already deposited for this seat under this key."""
    return brouillons.du_formulaire(_marque(place, cle))


def _marque(place: int, cle: str) -> str:
    return f"{contreparties.MARQUE}:{place}:{cle}"[:40]


def _structure(siret: str, cle: str) -> Structure:
    """Same company, whatever the establishment: a trainee may have moved his."""
    trouvee: Structure | None = (
        Structure.objects.actives().filter(identifiant__startswith=siret[:9]).order_by("pk").first()
    )
    if trouvee is None:
        raise ScriptImpossible(
            f"{cle} ne peut pas être déposée : la structure {siret} n'existe pas encore. Le stagiaire l'enregistre "
            "d'abord (exercice 1)."
        )
    return trouvee


def _lignes(contenu: dict[str, Any], depot: dict[str, Any]) -> tuple[Ligne, ...]:
    """Lines of the order, at the rate of the deposit when it has its own (a mistake to find)."""
    return tuple(
        Ligne(
            numero=rang,
            denomination=ligne["denomination"],
            quantite=Decimal(ligne["quantite"]),
            unite=ligne.get("unite", "unité"),
            prix_unitaire=Decimal(ligne["prix"]),
            taux=Decimal(depot.get("taux", ligne.get("taux", "0"))),
        )
        for rang, ligne in enumerate(contenu["lignes"], 1)
    )


def _depot(contenu: dict[str, Any], depot: dict[str, Any], fournisseur: Structure) -> Depot:
    lignes = _lignes(contenu, depot)
    totaux = calculs.totaliser(calculs.recapituler(lignes))
    return Depot(
        mode=ModeDepot.SAISIE_PORTAIL,
        fournisseur_id=fournisseur.pk,
        destinataire_id=_structure(contenu["client"], depot["cle"]).pk,
        cadre=contenu["cadre"],
        numero=depot["numero"],
        date_facture=clock.today(),
        code_service=contenu.get("service", ""),
        numero_engagement=next(iter(contenu.get("engagements", ())), ""),
        numero_marche=contenu.get("marche", ""),
        valideur_id=_structure(contenu["valideur"], depot["cle"]).pk if contenu.get("valideur") else None,
        type_tva=TypeTva.SANS_TVA if totaux.tva == ZERO else TypeTva.TVA_SUR_DEBIT,
        commentaire="Autoliquidation" if contenu.get("autoliquidation") and totaux.tva == ZERO else "",
        lignes=lignes,
        montant_ht=totaux.ht,
        montant_tva=totaux.tva,
        montant_ttc=totaux.ttc,
        montant_a_payer=totaux.ttc,
    )


@transaction.atomic
def deposer_pour(cohort: Cohort, place: int, cle: str) -> Facture:
    """Deposit this invoice of the pack for a seat, under the name of the supplier's gestionnaire; once, however many
    times it is asked for. Raises ``ScriptImpossible``."""
    faite = deja(place, cle)
    if faite is not None and not faite.est_brouillon:
        return faite
    decrit = contreparties.depot_du_pack(place, cle)
    if decrit is None:
        connus = ", ".join(deposables(place)) or "aucun"
        raise ScriptImpossible(f"Le pack ne décrit pas le dépôt « {cle} » pour ce poste. Dépôts connus : {connus}.")
    commande, depot = decrit
    fournisseur = Structure.objects.filter(identifiant__startswith=commande.fournisseur, place=None).first()
    lien = structures.gestionnaire_principal(fournisseur) if fournisseur else None
    if fournisseur is None or lien is None:
        raise ScriptImpossible(f"{cle} ne peut pas être déposée : personne ne gère {fournisseur or 'ce fournisseur'}.")
    demande = brouillons.Demande(depot=_depot(commande.contenu, depot, fournisseur), cle=_marque(place, cle))
    brouillon = brouillons.enregistrer(demande, cohort=cohort, compte=lien.compte, place=place)
    try:
        envoyee = deposer.envoyer(brouillon.pk, compte=lien.compte, droits=structures.droits(lien.compte))
    except deposer.DepotRefuse as refus:
        raise ScriptImpossible(f"{cle} ne peut pas être déposée : {refus}") from refus
    envoyee.cohort = cohort
    return envoyee
