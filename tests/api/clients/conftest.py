"""The site behind a real HTTP server, and the access that a session gives to its callers."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from sandbox.events import engine
from structures.models import CompteTechnique, Structure
from structures.services import comptes_techniques, piste
from tests.api.appels import application


@dataclass
class Acces:
    """What a caller types in its settings: a base address, an application, technical accounts by SIRET."""

    base: str
    client_id: str
    secret: str
    cohort: Any
    comptes: dict[str, tuple[str, str]] = field(default_factory=dict)
    structures: dict[str, int] = field(default_factory=dict)

    def laisser_passer(self, duree: timedelta = timedelta(minutes=2)) -> None:
        """What the worker does meanwhile."""
        self.cohort.refresh_from_db()
        engine.advance(self.cohort, self.cohort.simulated_now() + duree)


@pytest.fixture
def acces(live_server, cohort):
    app = application(cohort)
    with cohort.monde():
        comptes = {
            technique.structure.identifiant: (
                technique.compte.login_email,
                comptes_techniques.mot_de_passe_fourni(technique),
            )
            for technique in CompteTechnique.objects.select_related("compte", "structure").filter(numero=1)
        }
        structures = dict(Structure.objects.values_list("identifiant", "pk"))
    return Acces(live_server.url, str(app.client_id), piste.secret(app), cohort, comptes, structures)
