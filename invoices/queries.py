"""Reads shared by screens, rules and robots."""

from accounts.profils import Profil
from invoices.depot import ZERO, Depot, Fichier, Ligne, LigneTva
from invoices.enums import AVANT_ENVOI, ModeDepot
from invoices.models import Facture
from invoices.queries_parties import Parties
from invoices.rules import Contexte, VueService, VueStructure
from sandbox import clock
from structures import queries as structures
from structures.models import CoordonneesBancaires, Mandat, Service, Structure
from structures.rules import Parametres


def _vue(structure: Structure | None) -> VueStructure | None:
    if structure is None:
        return None
    return VueStructure(
        id=structure.pk,
        siren=structure.siren,
        publique=structure.est_publique,
        active=structure.est_active,
        raison_sociale=structure.raison_sociale,
    )


def est_doublon(siren: str, annee: int, numero: str, sauf: int | None = None) -> bool:
    """The key of factures.md §2.12 is taken: by any sent invoice, rejected ones included."""
    prises = Facture.objects.filter(siren_fournisseur=siren, annee=annee, numero=numero).exclude(statut__in=AVANT_ENVOI)
    if sauf is not None:
        prises = prises.exclude(pk=sauf)
    return prises.exists()


def contexte(
    depot: Depot, *, droits: structures.Droits, sauf: int | None = None, parties: Parties | None = None
) -> Contexte:
    """Everything the rules need around a deposit, in at most eight queries; ``parties``: what was read already."""
    lues = parties or Parties()
    trouves = lues.structures((depot.fournisseur_id, depot.destinataire_id, depot.valideur_id))
    miennes = droits.structures(Profil.FACTURES_EMISES, modification=True)
    fournisseur = trouves.get(depot.fournisseur_id or 0) if depot.fournisseur_id in miennes else None
    destinataire = trouves.get(depot.destinataire_id or 0)
    services: tuple[VueService, ...] = ()
    engagements: frozenset[str] = frozenset()
    if destinataire is not None:
        services, engagements = lues.services(destinataire), lues.engagements(destinataire)
    mandat, comptes, doublon = False, frozenset[int](), False
    if fournisseur is not None:
        if depot.mode == ModeDepot.SAISIE_PORTAIL:
            mandat = Mandat.objects.filter(structure=fournisseur, actif=True).exists()
        if depot.coordonnees_bancaires_id:
            comptes = frozenset(
                CoordonneesBancaires.objects.valides(clock.today())
                .filter(structure=fournisseur)
                .values_list("pk", flat=True)
            )
        if depot.numero and depot.date_facture:
            doublon = est_doublon(fournisseur.siren, depot.date_facture.year, depot.numero, sauf)
    services_des_parties: frozenset[tuple[int, int]] = frozenset()
    if voulus := [pk for pk in (depot.service_fournisseur_id, depot.service_valideur_id) if pk]:
        trouves_services = Service.objects.filter(pk__in=voulus)
        services_des_parties = frozenset((s.structure_id, s.pk) for s in trouves_services if s.est_actif)
    return Contexte(
        aujourd_hui=clock.today(),
        fournisseur=_vue(fournisseur),
        destinataire=_vue(destinataire),
        valideur=_vue(trouves.get(depot.valideur_id or 0)),
        parametres=destinataire.parametres if destinataire else Parametres(),
        services=services,
        engagements=engagements,
        mandat_actif=mandat,
        doublon=doublon,
        comptes_bancaires=comptes,
        services_des_parties=services_des_parties,
    )


def depot_de(facture: Facture) -> Depot:
    """The deposit that a draft stands for."""
    lignes = tuple(
        Ligne(
            numero=ligne.numero,
            reference=ligne.reference,
            denomination=ligne.denomination,
            quantite=ligne.quantite,
            unite=ligne.unite,
            prix_unitaire=ligne.prix_unitaire,
            remise=ligne.remise,
            taux=ligne.taux,
            code_taux=ligne.code_taux,
        )
        for ligne in facture.lignes.all()
    )
    recapitulatif = tuple(
        LigneTva(taux=ligne.taux, base=ligne.base, montant=ligne.montant, code_taux=ligne.code_taux)
        for ligne in facture.lignes_tva.all()
    )
    pieces = tuple(
        Fichier(
            nom=p.nom, taille=p.taille, empreinte=p.empreinte, type=p.type, designation=p.designation, ligne=p.ligne
        )
        for p in facture.pieces.all()
        if not p.principale
    )
    return Depot(
        mode=ModeDepot(facture.mode_depot),
        fournisseur_id=facture.fournisseur_id,
        destinataire_id=facture.destinataire_id,
        cadre=facture.cadre,
        type_facture=facture.type_facture,
        numero=facture.numero,
        date_facture=facture.date_facture,
        code_service=facture.code_service,
        numero_engagement=facture.numero_engagement,
        numero_marche=facture.numero_marche,
        numero_facture_origine=facture.numero_facture_origine,
        valideur_id=facture.valideur_id,
        service_valideur_id=facture.service_valideur_id,
        service_fournisseur_id=facture.service_fournisseur_id,
        coordonnees_bancaires_id=facture.coordonnees_bancaires_id,
        devise=facture.devise,
        mode_paiement=facture.mode_paiement,
        type_tva=facture.type_tva,
        motif_exoneration=facture.motif_exoneration,
        commentaire=facture.commentaire,
        lignes=lignes,
        lignes_tva=recapitulatif,
        montant_ht=facture.montant_ht,
        montant_tva=facture.montant_tva,
        montant_ttc=facture.montant_ttc,
        remise_globale=facture.remise_globale or ZERO,
        motif_remise=facture.motif_remise,
        acompte=facture.acompte or ZERO,
        montant_a_payer=facture.montant_a_payer,
        pieces_jointes=pieces,
    )
