"""Documents handed out with an exercise: orders, delivery notes, invoices, made of the pack's data (DOC-1)."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time
from decimal import Decimal
from typing import Any

from django.template.loader import render_to_string

from formation.documents.pdf import en_pdf
from formation.services import packs, sessions
from invoices import calculs
from invoices.depot import Ligne
from invoices.formats.cii import FactureAEcrire, LigneAEcrire, PartieAEcrire
from invoices.formats.exemples import pdf_facturx, pdf_scan, pdf_texte
from sandbox import clock
from sandbox.cohorts.models import Participant
from structures.identifiants import BIC_FICTIF, iban_de_base
from structures.models import EntrepriseInsee, Structure

UNITES = {"heure": "HUR", "unité": "C62", "forfait": "C62", "lot": "C62"}
"""UN/ECE recommendation 20: the codes that the XML of a Factur-X needs."""
TITRES = {
    "bon_de_commande": "Bon de commande",
    "bon_de_livraison": "Bon de livraison",
    "attestation": "Attestation de fin d'intervention",
    "acte_special": "Extrait du marché",
}


class DocumentIndisponible(LookupError):
    """The session has neither the seat's company nor the client: its pack has changed."""


def _partie(fiche: Structure | EntrepriseInsee) -> PartieAEcrire:
    siret = fiche.identifiant if isinstance(fiche, Structure) else fiche.siret
    return PartieAEcrire(siret, fiche.raison_sociale, fiche.adresse, fiche.code_postal, fiche.ville)


def _facture(
    entreprise: Structure | EntrepriseInsee,
    client: Structure,
    decrite: Mapping[str, Any],
    lignes: Sequence[Ligne],
    jour: datetime,
) -> FactureAEcrire:
    emetteur = _partie(entreprise)
    return FactureAEcrire(
        numero=decrite["numero"],
        date_facture=jour.date(),
        fournisseur=emetteur,
        destinataire=_partie(client),
        lignes=tuple(
            LigneAEcrire(
                ligne.denomination,
                ligne.quantite,
                ligne.prix_unitaire,
                ligne.taux,
                unite=UNITES.get(ligne.unite, "C62"),
            )
            for ligne in lignes
        ),
        code_service=decrite.get("service", ""),
        numero_engagement=decrite.get("engagement", ""),
        iban=iban_de_base(emetteur.siret[:8]),
        bic=BIC_FICTIF,
    )


def facture_pdf(
    entreprise: Structure | EntrepriseInsee,
    client: Structure,
    decrite: Mapping[str, Any],
    lignes: Sequence[Ligne],
    jour: datetime,
) -> bytes:
    """The invoice as the company's own software would print it."""
    return pdf_texte(_facture(entreprise, client, decrite, lignes, jour))


def _piece(
    entreprise: EntrepriseInsee, client: Structure, decrite: Mapping[str, Any], lignes: Sequence[Ligne], jour: datetime
) -> bytes:
    """An order, a delivery note…: one page, the pack's words, the training mark."""
    totaux = calculs.totaliser(calculs.recapituler(lignes))
    chiffre = decrite["modele"] in ("bon_de_commande", "acte_special")
    return en_pdf(
        render_to_string(
            "formation/documents/piece.html",
            {
                "genre": TITRES[decrite["modele"]],
                "titre": decrite["titre"],
                "jour": jour.date(),
                "entreprise": entreprise,
                "client": client,
                "mentions": decrite.get("mentions", []),
                "lignes": [(ligne, calculs.ht(ligne)) for ligne in lignes],
                "totaux": totaux if chiffre and lignes else None,
                "chiffre": chiffre,
                "autoliquidation": chiffre and bool(lignes) and totaux.tva == Decimal(0),
            },
        )
    )


def composer(participant: Participant, decrite: Mapping[str, Any], lignes: Sequence[Ligne], jour: datetime) -> bytes:
    """Bytes of a document of an exercise; the same day gives the same bytes. Raises ``DocumentIndisponible``."""
    siret = sessions.siret_du_poste(packs.lire(participant.cohort.pack), participant.numero)
    entreprise = EntrepriseInsee.objects.filter(siret=siret).first()
    client = Structure.objects.filter(identifiant=decrite["client"]).first()
    if entreprise is None or client is None:
        raise DocumentIndisponible("Ce pack ne propose plus ce document.")
    match decrite["modele"]:
        case "facture":
            return facture_pdf(entreprise, client, decrite, lignes, jour)
        case "facture_scan":
            return pdf_scan(facture_pdf(entreprise, client, decrite, lignes, jour))
        case "facturx":
            return pdf_facturx(_facture(entreprise, client, decrite, lignes, jour), instant=jour)
        case _:
            return _piece(entreprise, client, decrite, lignes, jour)


def jour_du_document(participant: Participant, ouvert_le: datetime | None) -> datetime:
    """9 h of J0: the day on which the exercise was opened, today before that."""
    zone = participant.cohort.zone
    return datetime.combine((ouvert_le or clock.now()).astimezone(zone).date(), time(9), tzinfo=zone)
