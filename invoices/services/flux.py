"""A structured file: received at once, controlled in real seconds, integrated or rejected (flux-edi.md §5–§7)."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from django.db import DataError, transaction
from django.db.models import CharField, DecimalField, Model

from accounts.models import Compte
from accounts.profils import Profil
from invoices import calculs
from invoices.depot import ZERO, Depot, Ligne, LigneTva
from invoices.enums import Cadre, EtatFlux, ModeDepot, Statut, TypeFacture
from invoices.formats.chorus import controler_chorus
from invoices.formats.erreurs import FichierIllisible
from invoices.formats.lecture import lire
from invoices.formats.modele import FactureLue
from invoices.formats.pdf import examine
from invoices.models import Facture, Flux, PieceJointe
from invoices.models import LignePoste as LigneModele
from invoices.models import LigneTva as LigneTvaModele
from invoices.services import deposer, notifications
from invoices.services.deposer import DepotRefuse
from sandbox import clock
from sandbox.cohorts.models import Cohort
from sandbox.documents import store
from sandbox.events.scheduling import Promesse, schedule
from structures import queries as structures
from structures.enums import TypeIdentifiant
from structures.models import Structure

INTEGRER = "invoices.integrer_flux"
DELAI = 1.0
SYNTAXE_FACTURX = "IN_DP_E2_CII_FACTURX"


@transaction.atomic
def deposer_flux(
    cohort: Cohort, *, compte: Compte, fournisseur: Structure, nom: str, contenu: bytes, place: int | None
) -> Flux:
    """Receive a Factur-X: answers a flow number at once (flux-edi.md §3); the invoice comes with the integration.

    The same bytes deposited again within the minute are a second click: the first flow is returned.
    """
    empreinte = store.store(contenu)
    recent = Flux.objects.filter(
        compte=compte, empreinte=empreinte, etat__in=[EtatFlux.EN_ATTENTE, EtatFlux.EN_COURS]
    ).first()
    if recent is not None:
        return recent
    flux = Flux.objects.create(
        cohort=cohort,
        place=place,
        numero=f"tmp-{clock.real_now().timestamp()}-{compte.pk}",
        nom_fichier=nom[:200],
        syntaxe=SYNTAXE_FACTURX,
        empreinte=empreinte,
        taille=len(contenu),
        compte=compte,
        fournisseur=fournisseur,
    )
    flux.numero = f"CPP0011117{flux.pk:015d}"
    flux.save(update_fields=["numero"])
    schedule(cohort, Promesse(kind=INTEGRER, cle=f"{INTEGRER}:{flux.pk}", reel_dans=DELAI, cible=flux.pk, place=place))
    return flux


@dataclass(slots=True)
class _Refus(Exception):
    """Findings that reject the flow; ``code`` is that of flux-edi.md §7, empty for a functional one."""

    constats: list[dict[str, str]]


def _constat(code: str, champ: str, message: str) -> dict[str, str]:
    return {"code": code, "champ": champ, "message": message}


def _lire(contenu: bytes) -> FactureLue:
    try:
        examen = examine(contenu).exiger()
        if examen.xml is None:
            raise _Refus(
                [_constat("IRR_TYPE_F", "fichier", "Le PDF ne contient pas de fichier de facture (factur-x.xml).")]
            )
        lue = lire(examen.xml)
    except FichierIllisible as illisible:
        raise _Refus([_constat(illisible.code, "fichier", illisible.message_fr)]) from illisible
    return lue


def _structure(identifiant: str) -> Structure | None:
    compact = "".join(identifiant.split())
    return Structure.objects.filter(type_identifiant=TypeIdentifiant.SIRET, identifiant=compact).first()


_CADRES = {cadre.name: cadre.value for cadre in Cadre}


def depot_de(lue: FactureLue, *, fournisseur: Structure | None, destinataire: Structure | None) -> Depot:
    """Mapping of flux-edi.md §9. Totals are those of the file; its lines are kept as read."""
    lignes = tuple(
        Ligne(
            numero=rang,
            reference=ligne.reference[:50],
            denomination=(ligne.designation or ligne.description or "Ligne")[:1024],
            quantite=(ligne.quantite if ligne.quantite is not None else calculs.CENTIME * 100).quantize(
                calculs.CENTIME / 100
            ),
            unite=ligne.unite[:50] or "unité",
            prix_unitaire=ligne.prix_unitaire or ZERO,
            remise=ligne.remise or ZERO,
            taux=ligne.taux_tva or ZERO,
        )
        for rang, ligne in enumerate(lue.lignes, 1)
    )
    tva: dict[object, LigneTva] = {}
    for lt in lue.lignes_tva:
        taux, base, montant = lt.taux or ZERO, lt.base or ZERO, lt.montant or ZERO
        deja = tva.get(taux)
        tva[taux] = LigneTva(
            taux=taux, base=base + (deja.base if deja else ZERO), montant=montant + (deja.montant if deja else ZERO)
        )
    return Depot(
        mode=ModeDepot.UPLOAD_PORTAIL,
        fournisseur_id=fournisseur.pk if fournisseur else None,
        destinataire_id=destinataire.pk if destinataire else None,
        cadre=_CADRES.get(lue.cadre, lue.cadre),
        type_facture=lue.type_facture or f"type {lue.type_document or 'absent'}",
        numero=lue.numero,
        date_facture=lue.date_facture,
        code_service=lue.code_service,
        numero_engagement=lue.numero_engagement,
        numero_marche=lue.numero_marche,
        numero_facture_origine=lue.facture_origine,
        devise=lue.devise,
        mode_paiement=lue.mode_paiement,
        type_tva=lue.type_tva,
        motif_exoneration=lue.motif_exoneration,
        commentaire=lue.commentaire[:2000],
        lignes=lignes,
        lignes_tva=tuple(tva.values()),
        montant_ht=lue.montant_ht,
        montant_tva=lue.montant_tva if lue.montant_tva is not None else ZERO,
        montant_ttc=lue.montant_ttc,
        montant_a_payer=lue.montant_a_payer if lue.montant_a_payer is not None else lue.montant_ttc,
    )


REGLES_D_ANNUAIRE = frozenset(
    {
        "SBX_001",
        "SBX_002",
        "SBX_003",
        "SBX_004",
        "SBX_005",
        "SBX_006",
        "SBX_010",
        "SBX_030",
        "SBX_061",
        "SBX_062",
        "SBX_063",
    }
)
"""Rules that need the directory, the account or other invoices; the form of values is ``formats.chorus``'s."""


def _taux(depot: Depot) -> list[dict[str, str]]:
    """Rates of the breakdown, then of the lines: a rate goes from 0 to 99,99 at every door."""
    lus = [("BT-119", ligne.taux) for ligne in depot.lignes_tva] + [("BT-152", ligne.taux) for ligne in depot.lignes]
    return [
        _constat("vat", champ, f"Le taux de TVA {str(taux)[:20].replace('.', ',')} n'est pas entre 0 et 99,99 %.")
        for champ, taux in dict.fromkeys(lus)
        if not ZERO <= taux < 100
    ]


def _controler(depot: Depot, lue: FactureLue, droits: structures.Droits) -> list[dict[str, str]]:
    """Controls 8 to 16 of flux-edi.md §7: the file by itself, the supplier, then the rules of every door."""
    constats = [
        _constat(c.code, c.champ, c.message) for c in controler_chorus(lue, aujourd_hui=clock.today(), en_pdf=True)
    ]
    constats += _taux(depot)
    if depot.fournisseur_id is None or depot.fournisseur_id not in droits.structures(
        Profil.FACTURES_EMISES, modification=True
    ):
        constats.append(
            _constat(
                "DP",
                "SellerTradeParty",
                f"L'identifiant fournisseur de la demande de paiement ({lue.fournisseur.identifiant or 'absent'}) "
                "n'est pas reference dans notre systeme.",
            )
        )
    return constats + [
        _constat(m.code, m.champ, m.message) for m in deposer.controler(depot, droits) if m.code in REGLES_D_ANNUAIRE
    ]


def _tenir(*objets: Model) -> None:
    """Refuse what a column cannot hold. SQLite would keep it, and fail each time the invoice is read."""
    for objet in objets:
        for champ in objet._meta.concrete_fields:
            valeur = getattr(objet, champ.attname)
            if isinstance(champ, DecimalField) and isinstance(valeur, Decimal):
                trop = abs(valeur) >= 10 ** (champ.max_digits - champ.decimal_places)
            else:
                trop = isinstance(champ, CharField) and len(valeur or "") > (champ.max_length or len(valeur or ""))
            if trop:
                texte = str(valeur)[:40]
                message = f"La valeur « {texte} » ({champ.verbose_name}) dépasse la taille que le portail conserve."
                raise _Refus([_constat("IRR_SYNTAX", "fichier", message)])


def _creer(flux: Flux, depot: Depot, lue: FactureLue) -> Facture:
    facture = Facture(
        cohort=flux.cohort,
        place=flux.place,
        flux=flux,
        cree_par=flux.compte,
        fournisseur_id=depot.fournisseur_id,
        destinataire_id=depot.destinataire_id,
        numero=depot.numero,
        type_facture=TypeFacture(depot.type_facture),
        cadre=depot.cadre,
        mode_depot=depot.mode,
        code_service=depot.code_service,
        numero_engagement=depot.numero_engagement,
        numero_marche=depot.numero_marche,
        numero_facture_origine=depot.numero_facture_origine,
        devise=depot.devise,
        mode_paiement=depot.mode_paiement,
        type_tva=depot.type_tva,
        motif_exoneration=depot.motif_exoneration,
        commentaire=depot.commentaire,
        date_facture=depot.date_facture,
        date_echeance=lue.date_echeance,
        montant_ht=depot.montant_ht,
        montant_tva=depot.montant_tva,
        montant_ttc=depot.montant_ttc,
        montant_a_payer=depot.montant_a_payer,
        statut=Statut.BROUILLON,
    )
    _tenir(facture)
    facture.save(force_insert=True)
    commun = {"cohort": flux.cohort, "place": flux.place, "facture": facture}
    lignes = [
        LigneModele(
            **commun,
            numero=ligne.numero,
            reference=ligne.reference,
            denomination=ligne.denomination,
            quantite=ligne.quantite,
            unite=ligne.unite,
            prix_unitaire=ligne.prix_unitaire,
            remise=ligne.remise,
            taux=ligne.taux,
            montant_ht=lue.lignes[ligne.numero - 1].montant_ht or calculs.ht(ligne),
        )
        for ligne in depot.lignes
    ]
    lignes_tva = [
        LigneTvaModele(**commun, taux=ligne.taux, base=ligne.base, montant=ligne.montant) for ligne in depot.lignes_tva
    ]
    _tenir(*lignes, *lignes_tva)
    LigneModele.objects.bulk_create(lignes)
    LigneTvaModele.objects.bulk_create(lignes_tva)
    PieceJointe.objects.create(
        **commun,
        principale=True,
        designation="Facture",
        nom=flux.nom_fichier,
        empreinte=flux.empreinte,
        taille=flux.taille,
    )
    return facture


def _clore(flux: Flux, etat: EtatFlux, compte_rendu: list[dict[str, str]]) -> None:
    flux.etat, flux.traite_le, flux.compte_rendu = etat, clock.now(), compte_rendu
    flux.save(update_fields=["etat", "traite_le", "compte_rendu"])


def integrer(flux_id: int) -> str | None:
    """Control and integrate a flow; safe to run twice."""
    flux = Flux.objects.select_related("compte", "fournisseur", "cohort").filter(pk=flux_id).first()
    if flux is None or flux.etat_final:
        return None
    flux.compte.cohort = flux.cohort
    try:
        lue = _lire(store.open_bytes(flux.empreinte))
        droits = structures.droits(flux.compte)
        emetteur, destinataire = _structure(lue.fournisseur.identifiant), _structure(lue.destinataire.identifiant)
        depot = depot_de(lue, fournisseur=emetteur, destinataire=destinataire)
        if manquements := _controler(depot, lue, droits):
            raise _Refus(manquements)
        with transaction.atomic():
            facture = _creer(flux, depot, lue)
            deposer.expedier(facture, compte=flux.compte)
    except _Refus as refus:
        constats = refus.constats
    except DepotRefuse as refus:
        constats = [_constat(m.code, m.champ, m.message) for m in refus.manquements]
    except (DataError, InvalidOperation):
        constats = [_constat("IRR_SYNTAX", "fichier", "Une valeur dépasse la taille que le portail conserve.")]
    else:
        _clore(flux, EtatFlux.INTEGRE, [])
        return "Flux intégré"
    _clore(flux, EtatFlux.REJETE, constats)
    notifications.refus_de_flux(flux)
    return "Flux rejeté"
