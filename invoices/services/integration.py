"""Integrate a flow, invoice by invoice: each in its own transaction, its mark with it (flux-edi.md §5, §7)."""

from collections.abc import Iterator
from decimal import InvalidOperation

from django.db import DataError, transaction

from accounts.profils import Profil
from invoices.depot import ZERO, Depot
from invoices.enums import EtatElement, EtatFlux, ModeDepot
from invoices.formats.avertissements import avertir
from invoices.formats.chorus import controler_chorus, controler_structuree
from invoices.formats.saxon import valider_en16931
from invoices.models import ElementFlux, Flux
from invoices.models.flux import Constat
from invoices.services import deposer, notifications, recevabilite
from invoices.services.constats import CHAMPS, constat, de_chorus, de_en16931
from invoices.services.deposer import DepotRefuse
from invoices.services.facture_de_flux import TropGrand, creer, depot_de, structure_de
from invoices.services.recevabilite import Irrecevable, Lu, Recu, panne
from sandbox import clock
from sandbox.documents import store
from sandbox.events.scheduling import Promesse, schedule
from structures import queries as structures
from structures.models import Structure

COMMENCER = "invoices.commencer_flux"
INTEGRER = "invoices.integrer_flux"
ELEMENT = "invoices.integrer_element"
CLORE = "invoices.clore_flux"

AVERTISSEMENTS_MAX = 40
REGLES_D_ANNUAIRE = frozenset(
    {
        *("SBX_001", "SBX_002", "SBX_003", "SBX_004", "SBX_005", "SBX_006", "SBX_010", "SBX_030"),
        *("SBX_061", "SBX_062", "SBX_063"),
    }
)
"""Rules that need the directory, the account or other invoices; the form of values is ``formats.chorus``'s."""
SANS_LIGNES = frozenset({"MINIMUM", "BASIC WL"})
"""Profiles that fail the rules of the norm by design: they are not EN 16931 (flux-edi.md §8.3)."""
RESULTATS = {
    EtatFlux.INTEGRE: "Flux intégré",
    EtatFlux.INTEGRE_PARTIEL: "Flux intégré partiellement",
    EtatFlux.REJETE: "Flux rejeté",
}


def _flux(flux_id: int, *, seul: bool = False) -> Flux | None:
    """A flow that still has to move; ``seul``: locked for the transaction, another worker comes after."""
    flux_lus = Flux.objects.select_related("compte", "fournisseur", "cohort").filter(pk=flux_id)
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


@transaction.atomic
def ouvrir(flux_id: int, recu: Recu | None = None) -> str | None:
    """Recevabilité, then the invoices: at once when there is one, each as an event of its own when it is a lot.

    Safe to run twice: the elements of a flow are written once.
    """
    flux = _flux(flux_id, seul=True)
    if flux is None:
        return None
    _commencer(flux)
    elements = _preparer(flux, recu or recevabilite.examiner(flux))
    if elements is None:
        return _clore(flux)
    if len(elements) == 1:
        _integrer_element(flux, elements[0].pk, recu.lu if recu else None)
        return _clore(flux)
    schedule(
        flux.cohort,
        *(
            Promesse(kind=ELEMENT, cle=f"{ELEMENT}:{e.pk}", reel_dans=0, cible=e.pk, place=flux.place)
            for e in elements
            if e.etat == EtatElement.A_TRAITER
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
    deja = list(flux.elements.all())
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


def integrer_element(element_id: int) -> str | None:
    """Control one invoice of a flow, create it or say why not; does nothing the second time."""
    flux = _flux(ElementFlux.objects.values_list("flux_id", flat=True).get(pk=element_id))
    return None if flux is None else _integrer_element(flux, element_id, None)


@transaction.atomic
def _integrer_element(flux: Flux, element_id: int, lu: Lu | None) -> str | None:
    element = ElementFlux.objects.select_for_update().get(pk=element_id)
    if element.etat != EtatElement.A_TRAITER:
        return None
    try:
        if lu is None:
            contenu = store.open_bytes(element.empreinte)
            lu = recevabilite.lire_document(contenu, element.fichier, flux.forme, strict=flux.cohort.controle_strict)
    except Irrecevable as irrecevable:
        return _refuser(element, irrecevable.constats)
    except (OSError, store.FichierAbsent) as erreur:
        return _refuser(element, [constat("IRR_EXTRAC", "fichier", panne(erreur))])
    element.numero = lu.facture.numero[:40]
    element.fournisseur = lu.facture.fournisseur.identifiant[:100]
    element.destinataire = lu.facture.destinataire.identifiant[:100]
    remarques, severes = _remarques(lu, flux)
    if flux.cohort.controle_strict:
        element.avertissements = remarques
    else:
        element.avertissements, severes = [*remarques, *severes][:AVERTISSEMENTS_MAX], []
    return _deposer(flux, element, lu, severes)


def _deposer(flux: Flux, element: ElementFlux, lu: Lu, severes: list[Constat]) -> str | None:
    ubl = lu.document.syntaxe.est_ubl
    fournisseur = structure_de(lu.facture.fournisseur.identifiant)
    try:
        depot = depot_de(
            lu.facture,
            fournisseur=fournisseur,
            destinataire=structure_de(lu.facture.destinataire.identifiant),
            valideur=structure_de(lu.facture.valideur.identifiant) if lu.facture.valideur else None,
            mode=ModeDepot(flux.mode),
        )
        refus = [*_controler(flux, depot, lu, fournisseur), *severes]
        if not refus:
            with transaction.atomic():
                facture = creer(flux, element, depot, lu)
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


def _refuser(element: ElementFlux, refus: list[Constat]) -> str:
    element.etat, element.refus = EtatElement.REJETEE, refus[: recevabilite.ERREURS_MAX]
    element.save()
    return "Facture rejetée"


def _controler(flux: Flux, depot: Depot, lu: Lu, fournisseur: Structure | None) -> list[Constat]:
    """Controls 8 to 17 of flux-edi.md §7: the file by itself, the supplier, then the rules of every door."""
    facture, forme = lu.facture, flux.forme
    ubl = forme.ubl
    droits = structures.droits(flux.compte)
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
    for manquement in deposer.controler(depot, droits):
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
    if trouve is None or not droits.peut(Profil.FACTURES_EMISES, trouve.pk, modification=True):
        message = f"Le fournisseur {siret} est inconnu, ou n'est pas l'une de vos structures."
        yield constat("DP", "BT-30", message, ubl=flux.forme.ubl)
    elif not trouve.est_active:
        yield constat("DP", "BT-30", f"La structure {siret} est inactive.", ubl=flux.forme.ubl)


def _valideur(depot: Depot, lu: Lu) -> Iterator[Constat]:
    valideur = lu.facture.valideur
    if valideur is not None and valideur.identifiant and depot.valideur_id is None:
        yield constat("SBX_030", "BG-X-36", f"Le valideur {valideur.identifiant[:30]} est inconnu.")


def _remarques(lu: Lu, flux: Flux) -> tuple[list[Constat], list[Constat]]:
    """What never refuses, and what refuses in a strict session: schema, EN 16931, Factur-X profile (api.md A-09)."""
    forme = flux.forme
    mixte = not forme.structuree and not forme.en_pdf
    remarques = [de_chorus(c, ubl=forme.ubl) for c in avertir(lu.facture, mixte=mixte)]
    severes = [recevabilite.schema(erreur) for erreur in lu.erreurs_xsd]
    if lu.examen is not None:
        for anomalie in lu.examen.anomalies:
            liste = severes if anomalie.code.startswith("FX_") else remarques
            liste.append(constat(anomalie.code, "PDF", anomalie.message))
    if lu.document.profil not in SANS_LIGNES:
        rapport = valider_en16931(lu.document)
        if rapport is not None:
            premieres = {erreur.regle: erreur for erreur in reversed(rapport.erreurs)}
            severes += [de_en16931(premieres[regle]) for regle in sorted(premieres)]
    return remarques, severes


@transaction.atomic
def clore(flux_id: int) -> str | None:
    """Final state, from what became of each invoice; N9 when something was refused."""
    flux = _flux(flux_id, seul=True)
    return None if flux is None else _clore(flux)


def _clore(flux: Flux) -> str:
    for oublie in flux.elements.filter(etat=EtatElement.A_TRAITER):
        _refuser(oublie, [constat("IRR_EXTRAC", "fichier", "Le traitement a été interrompu : déposez la facture.")])
    etats = set(flux.elements.values_list("etat", flat=True))
    if flux.compte_rendu or EtatElement.INTEGREE not in etats:
        flux.etat = EtatFlux.REJETE
    else:
        flux.etat = EtatFlux.INTEGRE if etats == {EtatElement.INTEGREE} else EtatFlux.INTEGRE_PARTIEL
    flux.traite_le = clock.now()
    flux.save(update_fields=["etat", "traite_le"])
    if flux.etat != EtatFlux.INTEGRE:
        notifications.refus_de_flux(flux)
    return RESULTATS[EtatFlux(flux.etat)]


def integrer(flux_id: int) -> str | None:
    """The whole of a flow at once, its invoices one after the other; safe to run twice."""
    flux = _flux(flux_id)
    if flux is None:
        return None
    _commencer(flux)
    recu = recevabilite.examiner(flux)
    with transaction.atomic():
        prepare = _flux(flux_id, seul=True)  # its rows are written once
        elements = None if prepare is None else _preparer(prepare, recu)
    for element in elements or []:
        _integrer_element(flux, element.pk, recu.lu)
    return clore(flux_id)
