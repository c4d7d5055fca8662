"""What the tests of the raccordement share."""

from datetime import timedelta

import pytest

from sandbox.documents import store
from structures.enums import EtatRaccordement
from structures.models import FicheRaccordement
from structures.services import comptes_techniques

CERTIFICAT = b"-----BEGIN CERTIFICATE-----\nTUFJUyBDRSBOJ0VTVCBQQVMgTEUgQ09EUkU=\n-----END CERTIFICATE-----\n"


@pytest.fixture
def technique(structure, compte):
    """Technical account n° 1 of seat 1's company, and its password."""
    with structure.cohort.monde():
        return comptes_techniques.creer(structure, par=compte)


@pytest.fixture
def fiche(structure, compte):
    """Make a complete EDI fiche: ``fiche(etat=…, **champs)``."""

    def faire(etat=EtatRaccordement.BROUILLON, **champs):
        with structure.cohort.monde():
            return FicheRaccordement.objects.create(
                cohort=structure.cohort,
                place=structure.place,
                structure=structure,
                etat=etat,
                **(
                    {
                        "cree_par": compte,
                        "mode": "EDI",
                        "environnement": "QUALIFICATION",
                        "contact_nom": "Nadia Poste01",
                        "contact_email": "stagiaire01@session.example",
                        "contact_telephone": "0102030405",
                        "protocole": "SFTP",
                        "adresses_ip": "203.0.113.10",
                        "certificat": store.store(CERTIFICAT),
                        "certificat_nom": "societe.pem",
                        "certificat_fin": structure.cohort.ancrage + timedelta(days=400),
                        "code_partenaire": "ABC123",
                        "interfaces": ["FSO1117A"],
                        "flux": ["E2", "CR"],
                    }
                    | champs
                ),
            )

    return faire
