"""From what a file says to the invoice of the portal (flux-edi.md §9)."""

from decimal import Decimal
from typing import Any

from django.db.models import CharField, DecimalField, Model

from invoices import calculs
from invoices.depot import ZERO, Depot, Ligne, LigneTva
from invoices.enums import Cadre, ModeDepot, Statut, TypeFacture, TypePieceJointe
from invoices.formats.modele import FactureLue
from invoices.formats.signalements import signaler
from invoices.models import ElementFlux, Facture, Flux, PieceJointe
from invoices.models import LignePoste as LigneModele
from invoices.models import LigneTva as LigneTvaModele
from invoices.rules.pieces import EXTENSIONS
from invoices.services.recevabilite import Lu
from sandbox.documents import store
from structures.enums import TypeIdentifiant
from structures.models import Structure

_CADRES = {cadre.name: cadre.value for cadre in Cadre}


class TropGrand(Exception):
    """A value that no column can hold. SQLite would keep it, and fail each time the invoice is read."""


def structure_de(identifiant: str) -> Structure | None:
    compact = "".join(identifiant.split())
    return Structure.objects.filter(type_identifiant=TypeIdentifiant.SIRET, identifiant=compact).first()


def depot_de(
    lue: FactureLue,
    *,
    fournisseur: Structure | None,
    destinataire: Structure | None,
    valideur: Structure | None = None,
    mode: ModeDepot = ModeDepot.UPLOAD_PORTAIL,
) -> Depot:
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
        motif_exoneration=lue.motif_exoneration,
        commentaire=lue.commentaire[:2000],
        lignes=lignes,
        lignes_tva=tuple(tva.values()),
        montant_ht=lue.montant_ht,
        montant_tva=lue.montant_tva if lue.montant_tva is not None else ZERO,
        montant_ttc=lue.montant_ttc,
        montant_a_payer=lue.montant_a_payer if lue.montant_a_payer is not None else lue.montant_ttc,
    )


def _tenir(*objets: Model) -> None:
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


def creer(flux: Flux, element: ElementFlux, depot: Depot, lu: Lu) -> Facture:
    """The invoice with its lines, its VAT and its files, still a draft. Raises ``TropGrand``."""
    lue = lu.facture
    facture = Facture(
        cohort=flux.cohort,
        place=flux.place,
        flux=flux,
        cree_par=flux.compte,
        fournisseur_id=depot.fournisseur_id,
        destinataire_id=depot.destinataire_id,
        valideur_id=depot.valideur_id,
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
    _tenir(*lignes, *lignes_tva)
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
