"""What the tests of the exchange share: an active fiche, its access, a server and a client in one event loop."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import asyncssh
import pytest
from django.db import connection

from edi import base, serveur
from edi.services import acces
from invoices.formats.cii import ecrire_cii
from sandbox import clock
from sandbox.documents import store
from sandbox.events import engine
from sandbox.events.models import DueEvent
from structures.enums import EtatRaccordement
from structures.models import FicheRaccordement
from tests.invoices.core.conftest import FACTURE

INTERFACES = ["FSO1106A", "FSO1117A", "FEN1200A", "OUT_DP_CPP_FACTURE", "OUT_REF_SP_FAR0037"]


def nom(sequence=1, interface="1106", code="ABC123"):
    """Name of a flow, as the partner ABC123 makes them."""
    return f"FSO{interface}A_{code}_{code}{interface}{sequence:015d}"


def cii(numero="FX-1", **champs):
    """An E1 invoice of seat 1 to COMMUNE DE VALMORAN."""
    return ecrire_cii(replace(FACTURE, numero=numero, **champs))


def laisser_passer(cohort, tours=4):
    """What waits for real seconds is played now, and what it promises too."""
    for _ in range(tours):
        with cohort.monde():
            DueEvent.objects.filter(etat="prevu", reel_le__isnull=False).update(reel_le=clock.real_now())
        engine.play_due(cohort)


@pytest.fixture
def fiche(structure, compte, mandat):
    """Make an EDI fiche of seat 1: ``fiche(etat=…, **champs)``."""

    def faire(etat=EtatRaccordement.ACTIVE, de=structure, **champs):
        with de.cohort.monde():
            faite = FicheRaccordement.objects.create(
                cohort=de.cohort,
                place=de.place,
                structure=de,
                etat=etat,
                **(
                    {
                        "cree_par": compte,
                        "mode": "EDI",
                        "environnement": "QUALIFICATION",
                        "contact_nom": "Nadia Poste01",
                        "contact_email": "stagiaire01@session.example",
                        "protocole": "SFTP",
                        "certificat": store.store(b"certificat"),
                        "certificat_fin": de.cohort.ancrage + timedelta(days=400),
                        "code_partenaire": "ABC123",
                        "emetteur": True,
                        "recepteur": False,
                        "interfaces": list(INTERFACES),
                    }
                    | champs
                ),
            )
        faite.cohort = faite.structure.cohort = de.cohort
        return faite

    return faire


@pytest.fixture
def ouvrir(compte):
    """Create the access of a fiche: ``ouvrir(fiche)`` gives it and its password."""

    def faire(fiche):
        with fiche.cohort.monde():
            fait, mot_de_passe = acces.ouvrir(fiche, par=compte, version=0)
        return fait, mot_de_passe

    return faire


@pytest.fixture
def acces_et_mot_de_passe(fiche, ouvrir):
    """The access of an active fiche of seat 1, and its password."""
    return ouvrir(fiche())


@pytest.fixture
def partenaire(acces_et_mot_de_passe):
    return acces_et_mot_de_passe[0]


@pytest.fixture
def boucle(settings, tmp_path, monkeypatch):
    """Run a coroutine function ``essai(port)`` beside a server; its database calls go through ``en_base``.

    In-memory SQLite has one connection for all: one thread then does what four do elsewhere.
    """
    settings.DATA_DIR = tmp_path
    fils = ThreadPoolExecutor(1 if connection.vendor == "sqlite" else 4)
    monkeypatch.setattr(base, "_fils", fils)

    def faire(essai, **reglages):
        async def tout():
            async with serveur.ouvrir("127.0.0.1", 0, **reglages) as port:
                return await asyncio.wait_for(essai(port), 60)

        return asyncio.run(tout())

    yield faire
    fils.shutdown()


@asynccontextmanager
async def client(port, acces, mot_de_passe=None, **options):
    """An SFTP client of the library, logged in."""
    choix = {"username": acces if isinstance(acces, str) else acces.identifiant, "known_hosts": None, "config": None}
    choix |= {"password": mot_de_passe, "client_keys": None, "agent_path": None} | options
    async with asyncssh.connect("127.0.0.1", port, **choix) as conn, conn.start_sftp_client() as sftp:
        sftp.conn = conn
        yield sftp


async def deposer(sftp, chemin, contenu):
    async with sftp.open(chemin, "wb") as fichier:
        await fichier.write(contenu)
