"""Sample invoices of a seat, to be deposited: same data for the class's demonstration and for the tests.

Amounts and references are those of exercices.md, Exercice 3; the parties are the seat's company and its client.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal
from pathlib import Path

from formation.services import packs, sessions
from invoices.formats.cii import FactureAEcrire, LigneAEcrire, PartieAEcrire
from invoices.formats.exemples import pdf_chiffre, pdf_facturx, pdf_scan, pdf_texte
from invoices.formats.facturx import adapter
from sandbox import clock, paths
from sandbox.cohorts.models import Participant
from structures.identifiants import BIC_FICTIF, iban_de_base
from structures.models import EntrepriseInsee, Structure

CLIENT = "00020001400017"
"""COMMUNE DE VALMORAN."""


@dataclass(frozen=True, slots=True)
class Donnees:
    """Who invoices whom, for one seat."""

    entreprise: EntrepriseInsee
    client: Structure

    def facture(self, numero: str, jour: datetime) -> FactureAEcrire:
        return FactureAEcrire(
            numero=numero,
            date_facture=jour.date(),
            fournisseur=_partie(self.entreprise.siret, self.entreprise),
            destinataire=_partie(self.client.identifiant, self.client),
            lignes=(
                LigneAEcrire("Fenêtre bois 120 × 135, fourniture", Decimal(6), Decimal("412.50")),
                LigneAEcrire("Pose, heures", Decimal(18), Decimal("48.00"), unite="HUR"),
                LigneAEcrire("Évacuation des déchets, forfait", Decimal(1), Decimal("135.00")),
            ),
            numero_engagement="2026-BC-0147",
            iban=iban_de_base(self.entreprise.siret[:8]),
            bic=BIC_FICTIF,
        )


def _partie(siret: str, fiche: EntrepriseInsee | Structure) -> PartieAEcrire:
    return PartieAEcrire(siret, fiche.raison_sociale, fiche.adresse, fiche.code_postal, fiche.ville)


def _texte(donnees: Donnees, jour: datetime) -> bytes:
    return pdf_texte(donnees.facture("ARB-2026-118", jour))


def _scan(donnees: Donnees, jour: datetime) -> bytes:
    return pdf_scan(_texte(donnees, jour))


def _protege(donnees: Donnees, jour: datetime) -> bytes:
    return pdf_chiffre(_texte(donnees, jour))


def _facturx(donnees: Donnees, jour: datetime) -> bytes:
    return pdf_facturx(donnees.facture("ARB-2026-119", jour), instant=jour)


def _reel(donnees: Donnees, jour: datetime) -> bytes:
    """A Factur-X that nobody of ours wrote, its parties replaced by those of the seat."""
    source = Path(paths.PACKS_DIR) / "commun" / "documents" / "facture-facturx.pdf"
    return adapter(
        source.read_bytes(),
        siret_fournisseur=donnees.entreprise.siret,
        nom_fournisseur=donnees.entreprise.raison_sociale,
        siret_destinataire=donnees.client.identifiant,
        nom_destinataire=donnees.client.raison_sociale,
        numero="ARB-2026-120",
        date=jour.date(),
    )


@dataclass(frozen=True, slots=True)
class Document:
    """A sample on offer: what it is for is said to the trainee."""

    cle: str
    nom: str
    titre: str
    usage: str
    composer: Callable[[Donnees, datetime], bytes]


DOCUMENTS = (
    Document(
        "texte", "facture-ARB-2026-118.pdf", "Facture PDF", "Le portail lit le texte et préremplit le dépôt.", _texte
    ),
    Document("scan", "facture-ARB-2026-118-scan.pdf", "La même, numérisée", "Une image : rien n'y est reconnu.", _scan),
    Document(
        "protegee",
        "facture-ARB-2026-118-protegee.pdf",
        "La même, protégée",
        "Avec mot de passe : elle est refusée.",
        _protege,
    ),
    Document(
        "facturx",
        "facture-ARB-2026-119-facturx.pdf",
        "Facture Factur-X",
        "Un PDF qui contient ses données : un flux.",
        _facturx,
    ),
    Document(
        "facturx-reel",
        "facture-ARB-2026-120-facturx.pdf",
        "Factur-X d'un autre logiciel",
        "Exemple public d'origine tierce ; ses données sont celles de votre poste, sa page ne change pas.",
        _reel,
    ),
)


def document(cle: str) -> Document | None:
    return next((d for d in DOCUMENTS if d.cle == cle), None)


def composer(participant: Participant, choix: Document) -> bytes:
    """Bytes of a sample for this seat, dated of the simulated day; the same day gives the same bytes.

    Raises ``LookupError`` when the session's pack has neither the seat's company nor the client.
    """
    siret = sessions.siret_du_poste(packs.lire(participant.cohort.pack), participant.numero)
    entreprise = EntrepriseInsee.objects.filter(siret=siret).first()
    client = Structure.objects.filter(identifiant=CLIENT).first()
    if entreprise is None or client is None:
        raise LookupError("Ce pack ne propose pas de document d'exercice.")
    jour = datetime.combine(clock.today(), time(9), tzinfo=participant.cohort.zone)
    return choix.composer(Donnees(entreprise, client), jour)
