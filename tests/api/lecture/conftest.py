"""Two invoices of a supplier that differ in everything, and the programs of all those who read them."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from accounts.models import Compte
from invoices.enums import Cadre, DecisionValidation, Motif, Statut, TypeFacture
from invoices.models import Facture, Flux, HistoriqueStatut, PieceJointe, Validation
from sandbox.cohorts.models import Cohort
from sandbox.documents import store
from structures.models import CompteTechnique, CoordonneesBancaires, Service, Structure
from tests import factories
from tests.api.appels import CORVAN, ETAT, MONTBRISAC, VALMORAN, VOLTAIGNE, Programme, client_api

PARIS = ZoneInfo("Europe/Paris")
IBAN = "FR7699999000010000001028076"


def a_paris(jour: int, heure: int = 0, minute: int = 0) -> datetime:
    return datetime(2026, 12, jour, heure, minute, tzinfo=PARIS)


@dataclass
class Decor:
    cohort: Cohort
    fournisseur: Structure
    valideur: Structure
    hopital: Structure
    commune: Structure
    service: Service
    service_fournisseur: Service
    banque: CoordonneesBancaires
    flux: Flux
    createur: Compte
    visee: Facture
    autre: Facture

    def client(self, siret: str) -> Programme:
        return client_api(self.cohort, siret=siret)

    def facture(self, numero: str, destinataire: Structure | None = None, **champs: Any) -> Facture:
        champs = {"statut": Statut.MISE_A_DISPOSITION, **champs}
        return factories.facture(self.fournisseur, destinataire or self.commune, numero=numero, **champs)


@pytest.fixture
def decor(cohort):
    def lue(siret: str) -> Structure:
        return factories.publique(cohort, siret)

    fournisseur, valideur, hopital, commune = (lue(s) for s in (VOLTAIGNE, CORVAN, MONTBRISAC, VALMORAN))
    service_fournisseur = factories.service(fournisseur, "ATELIER")
    with cohort.monde():
        service = Service.objects.get(structure=hopital, code="CHM-TECH")
        createur = CompteTechnique.objects.select_related("compte").get(structure=fournisseur).compte
        banque = CoordonneesBancaires.objects.create(
            cohort=cohort,
            structure=fournisseur,
            nom="Compte principal",
            iban=IBAN,
            bic="ZZZZFR2A",
            affactureur="FACTOR EXEMPLE",
        )
        flux = Flux.objects.create(
            cohort=cohort,
            numero="CPP0011117000000000000042",
            nom_fichier="f.xml",
            syntaxe="IN_DP_E1_UBL_INVOICE",
            empreinte="0" * 64,
            taille=1,
            compte=createur,
            fournisseur=fournisseur,
        )
    visee = factories.facture(
        fournisseur,
        hopital,
        compte=createur,
        numero="F-A1",
        statut=Statut.REJETEE,
        depuis=a_paris(3, 15, 30),
        type_facture=TypeFacture.AVOIR,
        cadre=Cadre.A9,
        mode_depot="UPLOAD_API",
        date_facture=date(2026, 12, 1),
        date_depot=a_paris(2, 10),
        montant_ht=Decimal("150.5"),
        montant_ttc=Decimal("180.60"),
        montant_a_payer=Decimal("170"),
        service=service,
        code_service="CHM-TECH",
        libelle_service="Services techniques",
        service_fournisseur=service_fournisseur,
        valideur=valideur,
        coordonnees_bancaires=banque,
        flux=flux,
        numero_marche="M-77",
        numero_engagement="CHM2600731",
        numero_facture_origine="F-0",
        numero_mandat="MDT-9",
        rejet_traite=True,
        telechargee=True,
    )
    autre = factories.facture(
        fournisseur,
        commune,
        numero="F-B2",
        statut=Statut.MISE_A_DISPOSITION,
        depuis=a_paris(7, 11),
        date_facture=date(2026, 12, 6),
        date_depot=a_paris(7, 10),
        montant_ht=Decimal("1000"),
        montant_ttc=Decimal("1200"),
        montant_a_payer=Decimal("1200"),
    )
    with cohort.monde():
        HistoriqueStatut.objects.filter(facture=visee, statut=Statut.REJETEE).update(
            motif=Motif.MONTANT_ERR, commentaire="Voir le devis"
        )
        Validation.objects.create(
            cohort=cohort,
            facture=visee,
            rang=1,
            structure=valideur,
            decision=DecisionValidation.VALIDEE,
            decidee_le=a_paris(2, 18),
        )
        PieceJointe.objects.create(
            cohort=cohort,
            facture=visee,
            nom="devis.pdf",
            type="BON_COMMANDE",
            empreinte=store.store(b"%PDF-1.4 devis"),
            taille=14,
        )
    return Decor(
        cohort,
        fournisseur,
        valideur,
        hopital,
        commune,
        service,
        service_fournisseur,
        banque,
        flux,
        createur,
        visee,
        autre,
    )


@pytest.fixture
def emetteur(decor):
    return decor.client(VOLTAIGNE)


@pytest.fixture
def receveur(decor):
    """Of the hospital, to which ``visee`` was sent."""
    return decor.client(MONTBRISAC)


@pytest.fixture
def tiers(decor):
    """Of a body that has to do with none of these invoices."""
    return decor.client(ETAT)


@pytest.fixture
def ailleurs(decor, autre_cohort):
    """The same supplier, in another session."""
    return client_api(autre_cohort, siret=VOLTAIGNE)
