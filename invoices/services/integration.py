"""Integrate a flow, a few invoices at a time: each slice in a transaction, its marks with it (flux-edi.md §5, §7)."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import InvalidOperation
from uuid import uuid4

from django.db import DataError, transaction
from django.db.models import Model

from accounts.profils import Profil
from invoices.depot import ZERO, Depot
from invoices.enums import EtatElement, EtatFlux, ModeDepot
from invoices.formats.chorus import controler_chorus, controler_structuree
from invoices.formats.modele import FactureLue
from invoices.models import ElementFlux, Flux
from invoices.models.flux import Constat
from invoices.queries_parties import Parties
from invoices.services import deposer, examen, notifications, recevabilite
from invoices.services.constats import CHAMPS, INCIDENT, constat, de_chorus
from invoices.services.deposer import DepotRefuse
from invoices.services.ecriture import TropGrand
from invoices.services.examen import Examen
from invoices.services.facture_de_flux import creer, depot_de
from invoices.services.recevabilite import Document, Lu, Recu, panne
from sandbox import clock, hasard
from sandbox.cohorts.verrou import attendre
from sandbox.events.models import DueEvent
from sandbox.events.registry import publish
from sandbox.events.scheduling import Promesse, ensemble, schedule
from structures import queries as structures
from structures.models import Structure
from structures.raccordement import PROPRE

logger = logging.getLogger(__name__)

COMMENCER = "invoices.commencer_flux"
INTEGRER = "invoices.integrer_flux"
ELEMENT = "invoices.integrer_element"
CLORE = "invoices.clore_flux"

REGLES_D_ANNUAIRE = frozenset(
    {
        *("SBX_001", "SBX_002", "SBX_003", "SBX_004", "SBX_005", "SBX_006", "SBX_010", "SBX_030"),
        *("SBX_061", "SBX_062", "SBX_063"),
    }
)
"""Rules that need the directory, the account or other invoices; the form of values is ``formats.chorus``'s."""
TRANCHE = 10
"""Invoices integrated in one transaction: a commit costs as much as an invoice."""
TRAITEES = "Factures d'un lot contrôlées"
INTERROMPUE = "Le traitement a été interrompu : déposez la facture."
RESULTATS = {
    EtatFlux.INTEGRE: "Flux intégré",
    EtatFlux.INTEGRE_PARTIEL: "Flux intégré partiellement",
    EtatFlux.REJETE: "Flux rejeté",
    EtatFlux.INCIDENTE: "Flux incidenté",
}
REFUS_SIMULE = (
    "La facture n'a pas pu être intégrée : incident de traitement simulé par le formateur. Elle n'a pas de défaut."
)


def _flux(flux_id: int, *, seul: bool = False) -> Flux | None:
    """A flow that still has to move; ``seul``: locked for the transaction, another worker comes after."""
    flux_lus = Flux.objects.select_related("compte", "fournisseur", "cohort", "raccordement").filter(pk=flux_id)
    flux = (flux_lus.select_for_update(of=("self",), no_key=True) if seul else flux_lus).first()
    if flux is None or flux.etat_final:
        return None
    flux.compte.cohort = flux.cohort
    return flux


def commencer(flux_id: int) -> str | None:
    """« En cours de traitement »."""
    flux = _flux(flux_id)
    return None if flux is None else _commencer(flux)


def _commencer(flux: Flux) -> str | None:
    if flux.etat == EtatFlux.EN_COURS:
        return None
    flux.etat, flux.commence_le = EtatFlux.EN_COURS, clock.now()
    flux.save(update_fields=["etat", "commence_le"])
    return str(EtatFlux.EN_COURS.label)


@dataclass(slots=True)
class Reception:
    """A flow looked at before its transaction, and its document when it has one only."""

    recu: Recu
    examen: Examen | None = None

    def __str__(self) -> str:
        return self.recu.numero


def recevoir(flux_id: int) -> Reception | None:
    """Look at a flow outside any transaction: no lock is held while an archive is inflated and its documents read."""
    flux = _flux(flux_id)
    return None if flux is None else _recevoir(flux)


def _recevoir(flux: Flux) -> Reception:
    recu = recevabilite.examiner(flux)
    if recu.erreurs or len(recu.documents) != 1:
        return Reception(recu)
    return Reception(recu, _examiner(flux, recu.documents[0], recu.lu))


@transaction.atomic
def ouvrir(flux_id: int, reception: Reception | None = None) -> str | None:
    """Recevabilité, then the invoices: at once when there is one, by ``TRANCHE`` when it is a lot, an event each time.

    Safe to run twice: the elements of a flow are written once.
    """
    flux = _flux(flux_id, seul=True)
    if flux is None:
        return None
    _commencer(flux)
    reception = reception or _recevoir(flux)
    elements = _preparer(flux, reception.recu)
    if elements is None:
        return _clore(flux)
    if len(elements) == 1:
        _integrer_element(Tache(elements[0], _commun(flux), reception.examen))
        return _clore(flux)
    schedule(
        flux.cohort,
        *(
            Promesse(kind=ELEMENT, cle=f"{ELEMENT}:{e.pk}", reel_dans=0, cible=e.pk, place=flux.place)
            for e in elements[::TRANCHE]
        ),
        Promesse(kind=CLORE, cle=f"{CLORE}:{flux.pk}", reel_dans=0, cible=flux.pk, place=flux.place),
    )
    return str(EtatFlux.EN_COURS.label)


def _preparer(flux: Flux, recu: Recu) -> list[ElementFlux] | None:
    """One row for each invoice; None when the flow is irrecevable, its technical errors written."""
    if recu.erreurs:
        flux.compte_rendu = recu.erreurs
        flux.save(update_fields=["compte_rendu"])
        return None
    deja = list(flux.elements.order_by("rang"))
    if deja:
        return deja
    elements = [
        ElementFlux(
            cohort=flux.cohort,
            place=flux.place,
            flux=flux,
            rang=rang,
            fichier=document.fichier.replace("\x00", "")[-200:],
            empreinte=document.empreinte,
            taille=document.taille,
        )
        for rang, document in enumerate(recu.documents, 1)
    ]
    ElementFlux.objects.bulk_create(elements)
    return elements


@dataclass(slots=True)
class Commun:
    """What the invoices that are integrated together share, read once: rights of their depositor, their parties."""

    flux: Flux
    droits: structures.Droits
    parties: Parties = field(default_factory=Parties)


@dataclass(slots=True)
class Tache:
    """One invoice to integrate: what it shares, and what its document says by itself."""

    element: ElementFlux
    commun: Commun
    examen: Examen | None = None

    def __str__(self) -> str:
        return self.commun.flux.numero


@dataclass(slots=True)
class Tranche:
    """Invoices of a flow that are integrated in one transaction."""

    taches: list[Tache]

    def __str__(self) -> str:
        return str(self.taches[0]) if self.taches else ""


def _commun(flux: Flux) -> Commun:
    return Commun(flux, structures.droits(flux.compte))


def charger(element_id: int) -> Tranche | None:
    """What is left of the slice that begins with this element; its flow, the rights of its depositor are read once.

    None when the flow is closed or gone.
    """
    premier = ElementFlux.objects.filter(pk=element_id).first()
    flux = None if premier is None else _flux(premier.flux_id)
    if premier is None or flux is None:
        return None
    rangs = range(premier.rang, premier.rang + TRANCHE)
    restants = flux.elements.filter(rang__in=rangs, etat=EtatElement.A_TRAITER).order_by("rang")
    commun = _commun(flux)
    return Tranche([Tache(element, commun) for element in restants])


def examiner(tranche: Tranche) -> Tranche:
    """Read and check its documents, outside any transaction."""
    for tache in tranche.taches:
        tache.examen = _examiner(tache.commun.flux, tache.element)
    return tranche


def _examiner(flux: Flux, document: ElementFlux | Document, lu: Lu | None = None) -> Examen:
    strict = flux.cohort.controle_strict
    return examen.examiner(document.empreinte, document.fichier, flux.forme, strict=strict, lu=lu)


def integrer_tranche(element_id: int, tranche: Tranche | None = None) -> str | None:
    """Control the invoices of a slice, create each or say why not; does nothing the second time.

    One that fails in a way nobody foresaw undoes the slice: each is then tried by itself, that one alone is refused.
    """
    tranche = tranche or charger(element_id)
    if tranche is None or not tranche.taches:
        return None
    try:
        with transaction.atomic(), ensemble(tranche.taches[0].commun.flux.cohort):
            faites = [_integrer_element(tache) for tache in tranche.taches]
    except Exception:
        logger.exception("Flux %s : tranche reprise facture par facture", tranche)
        faites = [_integrer_a_part(tache) for tache in tranche.taches]
    return TRAITEES if any(faites) else None


def _integrer_a_part(tache: Tache) -> str | None:
    try:
        with transaction.atomic():
            return _integrer_element(tache)
    except Exception:
        logger.exception("Flux %s : facture %s", tache, tache.element.rang)
        return _refuser(tache.element, [constat("IRR_EXTRAC", "fichier", INTERROMPUE)])


def _integrer_element(tache: Tache) -> str | None:
    flux = tache.commun.flux
    # The base manager: the row comes from its world already, and this runs once an invoice.
    element = ElementFlux._base_manager.select_for_update().get(pk=tache.element.pk)
    if element.etat != EtatElement.A_TRAITER:
        return None
    vu = tache.examen or _examiner(flux, element)
    if vu.lu is None:
        return _refuser(element, vu.refus)
    lue = vu.lu.facture
    element.numero = lue.numero[:40]
    element.fournisseur = lue.fournisseur.identifiant[:100]
    element.destinataire = lue.destinataire.identifiant[:100]
    element.avertissements = vu.avertissements
    if element.rang == _rang_refuse(flux):
        return _refuser(element, [constat(INCIDENT, "facture", REFUS_SIMULE)])
    return _deposer(tache.commun, element, vu.lu, vu.refus)


def _rang_refuse(flux: Flux) -> int:
    """Which invoice of a lot a trainer's incident refuses, the same for the same file; 0 for none.

    A flow of one invoice has no part to keep: it follows its course.
    """
    if flux.incident != EtatFlux.INTEGRE_PARTIEL:
        return 0
    nombre = flux.elements.count()
    return hasard.entier(1, nombre, flux.cohort.graine, INCIDENT, flux.empreinte) if nombre > 1 else 0


def _deposer(commun: Commun, element: ElementFlux, lu: Lu, severes: list[Constat]) -> str | None:
    flux, lue = commun.flux, lu.facture
    ubl = lu.document.syntaxe.est_ubl
    roles = {
        role: commun.parties.identifiee(partie.type_identifiant, partie.identifiant) if partie else None
        for role, partie in (
            ("fournisseur", lue.fournisseur),
            ("destinataire", lue.destinataire),
            ("valideur", lue.valideur),
        )
    }
    try:
        depot = depot_de(lue, **roles, mode=ModeDepot(flux.mode))
        refus = [*_controler(commun, depot, lu, roles["fournisseur"]), *severes]
        if not refus:
            with transaction.atomic(), ensemble(flux.cohort):
                facture = creer(flux, element, depot, lu, roles | _du_fournisseur(commun, lue, roles["fournisseur"]))
                deposer.expedier(facture, compte=flux.compte)
    except DepotRefuse as refuse:
        refus = [constat(m.code, CHAMPS.get(m.champ, m.champ), m.message, ubl=ubl) for m in refuse.manquements]
    except TropGrand as trop:
        refus = [constat("IRR_SYNTAX", "fichier", str(trop))]
    except (DataError, InvalidOperation):
        refus = [constat("IRR_SYNTAX", "fichier", "Une valeur dépasse la taille que le portail conserve.")]
    except OSError as erreur:  # the attachments could not be written: the invoice does not exist
        refus = [constat("IRR_EXTRAC", "fichier", panne(erreur))]
    if refus:
        return _refuser(element, refus)
    element.etat, element.facture = EtatElement.INTEGREE, facture
    element.save()
    return "Facture intégrée"


def _du_fournisseur(commun: Commun, lue: FactureLue, fournisseur: Structure | None) -> dict[str, Model | None]:
    """His service and his bank account, when the file names those that the portal knows."""
    return {
        "service_fournisseur": commun.parties.service(fournisseur, lue.service_emetteur),
        "coordonnees_bancaires": commun.parties.compte_bancaire(fournisseur, lue.iban),
    }


def _refuser(element: ElementFlux, refus: list[Constat]) -> str:
    element.etat, element.refus = EtatElement.REJETEE, refus[: recevabilite.ERREURS_MAX]
    element.save()
    return "Facture rejetée"


def _controler(commun: Commun, depot: Depot, lu: Lu, fournisseur: Structure | None) -> list[Constat]:
    """Controls 8 to 17 of flux-edi.md §7: the file by itself, the supplier, then the rules of every door."""
    flux, droits = commun.flux, commun.droits
    facture, forme = lu.facture, flux.forme
    ubl = forme.ubl
    constats = [
        de_chorus(c, ubl=ubl)
        for c in (
            *controler_chorus(facture, aujourd_hui=clock.today(), en_pdf=forme.en_pdf),
            *(controler_structuree(facture) if forme.structuree else ()),
        )
        if forme.structuree or c.code != "vat"
    ]
    codes = {c["code"] for c in constats}
    constats += [*_taux(depot, ubl=ubl), *_fournisseur(flux, fournisseur, droits, lu), *_valideur(depot, lu)]
    deja = codes | {c["code"] for c in constats if c["champ"] == "BG-X-36"}
    for manquement in deposer.controler(depot, droits, parties=commun.parties):
        doublon = manquement.code in deja or (manquement.code == "SBX_063" and "G1.02" in codes)
        if manquement.code in REGLES_D_ANNUAIRE and not doublon:
            champ = CHAMPS.get(manquement.champ, manquement.champ)
            constats.append(constat(manquement.code, champ, manquement.message, ubl=ubl))
    return constats


def _taux(depot: Depot, *, ubl: bool) -> list[Constat]:
    """Rates of the breakdown, then of the lines: a rate goes from 0 to 99,99 at every door."""
    lus = [("BT-119", ligne.taux) for ligne in depot.lignes_tva] + [("BT-152", ligne.taux) for ligne in depot.lignes]
    return [
        constat(
            "vat", champ, f"Le taux de TVA {str(taux)[:20].replace('.', ',')} n'est pas entre 0 et 99,99 %.", ubl=ubl
        )
        for champ, taux in dict.fromkeys(lus)
        if not ZERO <= taux < 100
    ]


def _fournisseur(flux: Flux, trouve: Structure | None, droits: structures.Droits, lu: Lu) -> Iterator[Constat]:
    """Control 10: known, active, and one of those for which the depositor may send."""
    siret = lu.facture.fournisseur.identifiant or "absent"
    if trouve is None or not _sienne(flux, trouve, droits):
        message = f"Le fournisseur {siret} est inconnu, ou n'est pas l'une de vos structures."
        yield constat("DP", "BT-30", message, ubl=flux.forme.ubl)
    elif not trouve.est_active:
        yield constat("DP", "BT-30", f"La structure {siret} est inactive.", ubl=flux.forme.ubl)


def _sienne(flux: Flux, fournisseur: Structure, droits: structures.Droits) -> bool:
    """One of the depositor's; by SFTP, the structure of the fiche, unless it is connected for its customers."""
    fiche = flux.raccordement
    if fiche is not None and fiche.pour_qui == PROPRE:
        return fiche.structure_id == fournisseur.pk
    return droits.peut(Profil.FACTURES_EMISES, fournisseur.pk, modification=True)


def _valideur(depot: Depot, lu: Lu) -> Iterator[Constat]:
    valideur = lu.facture.valideur
    if valideur is not None and valideur.identifiant and depot.valideur_id is None:
        yield constat("SBX_030", "BG-X-36", f"Le valideur {valideur.identifiant[:30]} est inconnu.")


@transaction.atomic
def clore(flux_id: int) -> str | None:
    """Final state, from what became of each invoice; N9 when something was refused.

    Another worker may be at the last invoices: it is waited for. What it could not finish comes first, then this again.
    """
    flux = _flux(flux_id, seul=True)
    if flux is None:
        return None
    restantes = flux.elements.filter(etat=EtatElement.A_TRAITER)
    tranches = DueEvent.objects.filter(kind=ELEMENT, cible__in=flux.elements.values("pk"), etat=DueEvent.Etat.PREVU)
    if restantes.exists():
        attendre(tranches.values_list("pk", flat=True))
    if restantes.exists() and tranches.exists():
        cle = f"{CLORE}:{flux.pk}:{uuid4().hex}"
        schedule(flux.cohort, Promesse(kind=CLORE, cle=cle, reel_dans=0, cible=flux.pk, place=flux.place))
        return None
    return _clore(flux)


def _clore(flux: Flux) -> str:
    for oublie in flux.elements.filter(etat=EtatElement.A_TRAITER):
        _refuser(oublie, [constat("IRR_EXTRAC", "fichier", INTERROMPUE)])
    etats = set(flux.elements.values_list("etat", flat=True))
    if flux.incident == EtatFlux.INCIDENTE:
        flux.etat = EtatFlux.INCIDENTE
    elif flux.compte_rendu or EtatElement.INTEGREE not in etats:
        flux.etat = EtatFlux.REJETE
    else:
        flux.etat = EtatFlux.INTEGRE if etats == {EtatElement.INTEGREE} else EtatFlux.INTEGRE_PARTIEL
    flux.traite_le = clock.now()
    flux.save(update_fields=["etat", "traite_le"])
    publish("flux.traite", cohort_id=flux.cohort_id, flux_id=flux.pk)
    if flux.etat != EtatFlux.INTEGRE:
        notifications.refus_de_flux(flux)
    return RESULTATS[EtatFlux(flux.etat)]


def integrer(flux_id: int) -> str | None:
    """The whole of a flow at once, its invoices one after the other; safe to run twice."""
    flux = _flux(flux_id)
    if flux is None:
        return None
    _commencer(flux)
    reception = _recevoir(flux)
    with transaction.atomic():
        prepare = _flux(flux_id, seul=True)  # its rows are written once
        elements = None if prepare is None else _preparer(prepare, reception.recu)
    commun = _commun(flux)
    for element in elements or []:
        with transaction.atomic():
            _integrer_element(Tache(element, commun, reception.examen))
    return clore(flux_id)
