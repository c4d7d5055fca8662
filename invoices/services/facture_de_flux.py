"""From what a file says to the invoice of the portal (flux-edi.md §9)."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.db.models import Model

from invoices import calculs
from invoices.depot import ZERO, Depot, Ligne, LigneTva
from invoices.enums import Cadre, ModeDepot, Statut, TypeFacture, TypePieceJointe, TypeTva
from invoices.formats import unites
from invoices.formats.a_ecrire import AjustementAEcrire, TvaAEcrire, retrouver_remise
from invoices.formats.modele import FactureLue
from invoices.formats.signalements import signaler
from invoices.models import ElementFlux, Facture, Flux, PieceJointe
from invoices.models import LignePoste as LigneModele
from invoices.models import LigneTva as LigneTvaModele
from invoices.rules.pieces import EXTENSIONS
from invoices.services.ecriture import tenir
from invoices.services.recevabilite import Lu
from sandbox.documents import store
from structures.models import Structure

DEJA_PAYEE = "A2"
_CADRES = {cadre.name: cadre.value for cadre in Cadre}


def depot_de(
    lue: FactureLue,
    *,
    fournisseur: Structure | None,
    destinataire: Structure | None,
    valideur: Structure | None = None,
    mode: ModeDepot = ModeDepot.UPLOAD_PORTAIL,
) -> Depot:
    """Mapping of flux-edi.md §9. Totals are those of the file; its lines are kept as read.

    Discounts HT that are one discount TTC become the « Remise globale » of the portal, which shows the HT
    and the VAT before it.
    """
    lignes = tuple(
        Ligne(
            numero=rang,
            reference=ligne.reference[:50],
            denomination=(ligne.designation or ligne.description or "Ligne")[:1024],
            quantite=(ligne.quantite if ligne.quantite is not None else calculs.CENTIME * 100).quantize(
                calculs.CENTIME / 100
            ),
            unite=unites.lire(ligne.unite, ligne.commentaire)[:50] or "unité",
            prix_unitaire=ligne.prix_unitaire or ZERO,
            remise=ligne.remise or ZERO,
            taux=ligne.taux_tva or ZERO,
        )
        for rang, ligne in enumerate(lue.lignes, 1)
    )
    recapitulatif, remise_globale = _avant_remise(lue)
    tva: dict[object, LigneTva] = {}
    for lt in recapitulatif:
        taux, base, montant = lt.taux, lt.base, lt.montant
        deja = tva.get(taux)
        tva[taux] = LigneTva(
            taux=taux, base=base + (deja.base if deja else ZERO), montant=montant + (deja.montant if deja else ZERO)
        )
    return Depot(
        mode=mode,
        fournisseur_id=fournisseur.pk if fournisseur else None,
        destinataire_id=destinataire.pk if destinataire else None,
        valideur_id=valideur.pk if valideur else None,
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
        motif_exoneration=lue.motif_exoneration if lue.type_tva == TypeTva.EXONERATION else "",
        commentaire=lue.commentaire[:2000],
        lignes=lignes,
        lignes_tva=tuple(tva.values()),
        montant_ht=_total(t.base for t in recapitulatif) if remise_globale else lue.montant_ht,
        montant_tva=_total(t.montant for t in recapitulatif) if remise_globale else lue.montant_tva or ZERO,
        remise_globale=remise_globale,
        motif_remise="; ".join(dict.fromkeys(r.motif for r in lue.remises))[:1024] if remise_globale else "",
        acompte=max(lue.acompte or ZERO, ZERO) if lue.cadre != DEJA_PAYEE else ZERO,
        montant_ttc=lue.montant_ttc,
        montant_a_payer=lue.montant_a_payer if lue.montant_a_payer is not None else lue.montant_ttc,
    )


def _total(montants: Iterable[Decimal]) -> Decimal:
    return sum(montants, ZERO)


def _avant_remise(lue: FactureLue) -> tuple[tuple[TvaAEcrire, ...], Decimal]:
    """The récapitulatif, before the discount TTC when there is one; else as it stands, and zero."""
    lu = tuple(TvaAEcrire(t.categorie, t.taux or ZERO, t.base or ZERO, t.montant or ZERO) for t in lue.lignes_tva)
    if not lue.remises:
        return lu, ZERO
    trouve = retrouver_remise(
        lu,
        [
            AjustementAEcrire(r.categorie_tva, r.taux_tva or ZERO, r.montant or ZERO, charge=r.charge)
            for r in lue.remises
        ],
    )
    if trouve is None:
        return lu, ZERO
    avant, remise = trouve
    ecrits = (_total(li.montant_ht or ZERO for li in lue.lignes), lue.montant_ht, lue.montant_tva)
    comptes = (_total(t.base for t in avant), _total(t.base for t in lu), _total(t.montant for t in lu))
    return (avant, remise) if ecrits == comptes else (lu, ZERO)


def creer(flux: Flux, element: ElementFlux, depot: Depot, lu: Lu, roles: Mapping[str, Model | None]) -> Facture:
    """The invoice with its lines, its VAT and its files, still a draft; ``roles``: its parties, the service and the
    bank account of its supplier, by the name of their column. Raises ``TropGrand``."""
    lue = lu.facture
    facture = Facture(
        cohort=flux.cohort,
        place=flux.place,
        flux=flux,
        cree_par=flux.compte,
        **roles,
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
        remise_globale=depot.remise_globale,
        motif_remise=depot.motif_remise,
        acompte=depot.acompte,
        date_facture=depot.date_facture,
        date_echeance=lue.date_echeance,
        montant_ht=depot.montant_ht,
        montant_tva=depot.montant_tva,
        montant_ttc=depot.montant_ttc,
        montant_a_payer=depot.montant_a_payer,
        statut=Statut.BROUILLON,
    )
    tenir(facture)
    facture.save(force_insert=True)
    commun: dict[str, Any] = {"cohort": flux.cohort, "place": flux.place, "facture": facture}
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
    tenir(*lignes, *lignes_tva)
    LigneModele.objects.bulk_create(lignes)
    LigneTvaModele.objects.bulk_create(lignes_tva)
    _joindre(commun, flux, element, lu)
    return facture


def _joindre(commun: dict[str, Any], flux: Flux, element: ElementFlux, lu: Lu) -> None:
    """The deposited file and what it carries; kept as they are, flagged, never opened (flux-edi.md §11)."""
    pieces = [
        (p.nom, p.contenu, p.designation, p.type_piece == "01" and p.nom.lower().endswith(".pdf"))
        for p in lu.facture.pieces_jointes
        if p.contenu
    ]
    pieces += [
        (nom, contenu, "", False)
        for nom, contenu in lu.pieces_pdf.items()
        if nom.rpartition(".")[2].lower() in EXTENSIONS and contenu
    ]
    principale = next((rang for rang, piece in enumerate(pieces) if piece[3]), None) if lu.examen is None else None
    lignes = [
        PieceJointe(
            **commun,
            principale=rang == principale,
            designation=("Facture" if rang == principale else designation)[:100],
            type=TypePieceJointe.DIVERS,
            nom=nom.replace("\x00", "")[-200:],
            empreinte=store.store(contenu),
            taille=len(contenu),
            signalement=signaler(nom, contenu),
            ajoutee_par=flux.compte,
        )
        for rang, (nom, contenu, designation, _) in enumerate(pieces)
    ]
    en_pdf = lu.examen is not None
    lignes.append(
        PieceJointe(
            **commun,
            principale=en_pdf,
            designation="Facture" if en_pdf else "Facture XML",
            nom=element.fichier,
            empreinte=element.empreinte,
            taille=element.taille,
            signalement=_signalement(lu),
            ajoutee_par=flux.compte,
        )
    )
    PieceJointe.objects.bulk_create(lignes)


def _signalement(lu: Lu) -> str:
    """Of the document itself, already examined: it is not opened twice."""
    examen = lu.examen
    if examen is None:
        return ""
    graves = ("PDF_JAVASCRIPT", "PDF_LANCEMENT", "PDF_EXECUTABLE", "PDF_CHIFFRE")
    return " ; ".join(a.message.rstrip(".") for a in examen.anomalies if a.code in graves)[:200]
