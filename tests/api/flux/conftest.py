"""A program that deposits flows for VOLTAIGNE, and reads what became of them, all through HTTP."""

import base64
from dataclasses import dataclass
from datetime import date

import pytest

from invoices import tasks
from sandbox.cohorts.models import Cohort
from sandbox.events import engine
from tests.api.appels import VOLTAIGNE, Programme, client_api
from tests.api.flux.adaptation import adapter
from tests.factories import VALMORAN

JOUR = date(2026, 12, 1)


@dataclass(frozen=True)
class Resultat:
    """Compte rendu of a flow: its state, its technical errors, its refused invoices."""

    numero: str
    etat: str
    techniques: tuple[tuple[str, str], ...]
    refus: tuple[tuple[str, str], ...]
    """(invoice number, joined reasons)."""


@dataclass
class Depositaire:
    cohort: Cohort
    programme: Programme

    def adapter(self, contenu, numero, **champs):
        """The file as VOLTAIGNE would send it to COMMUNE DE VALMORAN on the eve."""
        qui = {"fournisseur": VOLTAIGNE, "destinataire": VALMORAN, "jour": JOUR} | champs
        return adapter(contenu, numero=numero, **qui)

    def envoyer(self, contenu, nom, syntaxe):
        """deposer/flux; the number of the flow."""
        statut, recu = self.programme.post(
            "factures/v1/deposer/flux",
            {"fichierFlux": base64.b64encode(contenu).decode(), "nomFichier": nom, "syntaxeFlux": syntaxe},
        )
        assert (statut, recu["codeRetour"]) == (200, 0), recu
        return recu["numeroFluxDepot"]

    def deposer(self, contenu, nom="facture.xml", syntaxe="IN_DP_E1_CII_16B"):
        """Deposit, let the worker pass, read the compte rendu."""
        numero = self.envoyer(contenu, nom, syntaxe)
        engine.play_due(self.cohort)
        statut, recu = self.programme.post("transverses/v1/consulterCRDetaille", {"numeroFluxDepot": numero})
        assert (statut, recu["codeRetour"]) == (200, 0), recu
        return Resultat(
            numero,
            recu["etatCourantDepotFlux"],
            tuple((e["codeErreur"], e["libelleErreur"]) for e in recu["listeErreurTechnique"]),
            tuple((e.get("numeroDP", ""), e["libelleErreurDP"]) for e in recu["listeErreurDP"]),
        )


def depositaire(cohort):
    """Treated at once; nothing is drawn up behind."""
    Cohort.objects.filter(pk=cohort.pk).update(delai_flux=0)
    cohort.refresh_from_db()
    return Depositaire(cohort, client_api(cohort))


@pytest.fixture
def chez_voltaigne(cohort, settings, monkeypatch):
    settings.API_REQUETES_PAR_SECONDE = 10_000
    monkeypatch.setattr(tasks.produire_documents, "delay", lambda *a, **k: None)
    return depositaire(cohort)
