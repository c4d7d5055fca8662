"""Initial state of an exercise: past invoices, suppliers who deposit today, access to the API.

Played by the services of ``invoices`` at past instants, as people would have done; only what an invoice promises for
the future is withdrawn, for nothing more is to come of a past that the trainee must take up himself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

from accounts.models import Compte
from formation.services import acces_exercice, pieces_exercice
from formation.services.matelas_factures import PROMESSES
from invoices import calculs, lifecycle
from invoices.depot import Depot, Ligne
from invoices.enums import Acteur, Action, ModeDepot, Statut
from invoices.models import Facture
from invoices.services import brouillons, deposer, scripts, traitement
from invoices.services.transitions import PLATEFORME, Auteur, apply
from sandbox import clock
from sandbox.cohorts.models import Participant
from sandbox.events.models import DueEvent
from sandbox.events.registry import en_silence
from sandbox.events.scheduling import refresh_wake
from structures import queries as structures
from structures.enums import RoleJoue
from structures.models import Personnage, Structure

DEPOT, REPONSE = time(10), time(8)
ROUTAGE = timedelta(seconds=2)


class MiseEnPlaceImpossible(Exception):
    """What the exercise needs is not there any more; the message says what, in French."""


@dataclass(frozen=True, slots=True)
class Poste:
    """Who invoices for a seat: its company, whoever manages it, and the colleague who deposits for it."""

    participant: Participant
    entreprise: Structure
    gestionnaire: Compte
    deposant: Compte


def _poste(participant: Participant, entreprise: Structure) -> Poste:
    gestion = structures.gestionnaire_principal(entreprise)
    if gestion is None:
        raise MiseEnPlaceImpossible(f"{entreprise} n'a pas de gestionnaire principal : rattachez-y un compte.")
    camille = (
        Personnage.objects.filter(role=RoleJoue.COLLEGUE, place=participant.numero).select_related("compte").first()
    )
    return Poste(participant, entreprise, gestion.compte, camille.compte if camille else gestion.compte)


def lignes_de(lignes: Sequence[Sequence[str]]) -> tuple[Ligne, ...]:
    """Lines of a pack: denomination, quantity, unit, unit price, rate."""
    return tuple(
        Ligne(
            numero=rang,
            denomination=denomination,
            quantite=Decimal(quantite),
            unite=unite,
            prix_unitaire=Decimal(prix),
            taux=Decimal(taux),
        )
        for rang, (denomination, quantite, unite, prix, taux) in enumerate(lignes, 1)
    )


def _client(siret: str) -> Structure:
    trouve = Structure.objects.filter(identifiant=siret).first()
    if trouve is None:
        raise MiseEnPlaceImpossible(f"Le destinataire {siret} n'existe pas dans cette session.")
    return trouve


def _instant(poste: Poste, jours: int, heure: time) -> datetime:
    zone = poste.participant.cohort.zone
    jour = clock.now().astimezone(zone).date() + timedelta(days=jours)
    return datetime.combine(jour, heure, tzinfo=zone)


def _deposer(poste: Poste, decrite: Mapping[str, Any], lignes: tuple[Ligne, ...]) -> Facture:
    """A PDF of the day, deposited by the colleague: same document, same fields as by hand."""
    cohort, client = poste.participant.cohort, _client(decrite["client"])
    recapitulatif = calculs.recapituler(lignes)
    totaux = calculs.totaliser(recapitulatif)
    depot = Depot(
        mode=ModeDepot.DEPOT_PDF_PORTAIL,
        fournisseur_id=poste.entreprise.pk,
        destinataire_id=client.pk,
        numero=decrite["numero"],
        date_facture=clock.today(),
        code_service=decrite.get("service", ""),
        numero_engagement=decrite.get("engagement", ""),
        lignes_tva=recapitulatif,
        montant_ht=totaux.ht,
        montant_tva=totaux.tva,
        montant_ttc=totaux.ttc,
        montant_a_payer=totaux.ttc,
    )
    document = brouillons.Piece(
        nom=f"facture-{decrite['numero']}.pdf",
        contenu=pieces_exercice.facture_pdf(poste.entreprise, client, decrite, lignes, clock.now()),
    )
    place = poste.participant.numero
    brouillon = brouillons.importer(
        brouillons.Demande(depot=depot),
        cohort=cohort,
        compte=poste.deposant,
        place=place,
        document=document,
        extraction={},
    )
    brouillons.enregistrer(
        brouillons.Demande(depot=depot, version=brouillon.version),
        cohort=cohort,
        compte=poste.deposant,
        place=place,
        facture_id=brouillon.pk,
    )
    try:
        facture = deposer.envoyer(brouillon.pk, compte=poste.deposant, droits=structures.droits(poste.gestionnaire))
    except deposer.DepotRefuse as refus:
        raise MiseEnPlaceImpossible(
            f"La facture {decrite['numero']} de l'exercice ne peut pas être préparée : {refus} "
            "Demandez au formateur de remettre votre poste à zéro."
        ) from refus
    facture.cohort = cohort
    return facture


def _preparer(poste: Poste, decrite: Mapping[str, Any], lignes: tuple[Ligne, ...]) -> Facture:
    zone = poste.participant.cohort.zone
    depart = _instant(poste, decrite["depot"], DEPOT)
    with clock.at(depart, zone):
        facture = _deposer(poste, decrite, lignes)
    for rang, action in enumerate((Action.ACHEMINER, Action.LIVRER), 1):
        with clock.at(depart + rang * ROUTAGE, zone):
            champs = {"date_mise_a_disposition": clock.now()} if action == Action.LIVRER else {}
            apply(facture, action, acteur=Acteur.PLATEFORME, auteur=PLATEFORME, champs=champs)
    with clock.at(_instant(poste, decrite["jour"], REPONSE), zone):
        if lifecycle.find(facture.situation(), lifecycle.par_cible(Statut(decrite["statut"])), Acteur.DESTINATAIRE):
            traitement.traiter(
                facture,
                traitement.Traitement(
                    statut=decrite["statut"], motif=decrite["motif"], commentaire=decrite["commentaire"], strict=False
                ),
                auteur=Auteur(nom=f"{facture.destinataire} – service gestionnaire", robot=True),
            )
    return facture


def preparer(
    participant: Participant,
    exercice: Mapping[str, Any],
    lignes: Mapping[str, Sequence[Sequence[str]]],
    entreprise: Structure | None,
) -> list[Facture]:
    """Write the past of an exercise for this seat, inside its world. Raises ``MiseEnPlaceImpossible``."""
    if entreprise is None:
        return []
    decrites = exercice.get("factures", [])
    poste = _poste(participant, entreprise) if decrites or "facture_api" in exercice else None
    if poste and "facture_api" in exercice:
        acces_exercice.fournir(poste.entreprise, poste.gestionnaire)
    faites = []
    with en_silence():
        for decrite in decrites if poste else []:
            faites.append(_preparer(poste, decrite, lignes_de(lignes[decrite["lignes"]])))
    DueEvent.objects.filter(
        kind__in=PROMESSES, cible__in=[facture.pk for facture in faites], etat=DueEvent.Etat.PREVU
    ).delete()
    refresh_wake(participant.cohort)
    try:
        faites += [
            scripts.deposer_pour(participant.cohort, participant.numero, cle)
            for cle in exercice.get("fournisseurs", ())
        ]
    except scripts.ScriptImpossible as impossible:
        raise MiseEnPlaceImpossible(str(impossible)) from impossible
    return faites
