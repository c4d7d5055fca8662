"""What the trainer's journal says of attachments (formation.md): whoever answered, the seat that asked."""

import pytest

from accounts.profils import Profil
from sandbox.cohorts.models import Trace
from structures.services import approbations, gestion, habilitations, rattachements

pytestmark = pytest.mark.usefixtures("monde")


def verbes(geste, capture):
    dernier = Trace.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    with capture(execute=True):
        geste()
    return list(Trace.objects.filter(pk__gt=dernier).order_by("pk").values_list("verbe", "place"))


def test_chaque_etape_d_un_rattachement(camille, compte, structure, lien, django_capture_on_commit_callbacks):
    def dit(geste):
        return verbes(geste, django_capture_on_commit_callbacks)

    droits = [habilitations.Choix(Profil.ENGAGEMENTS, "MODIFICATION")]
    assert dit(lambda: habilitations.poser(lien, droits, par=compte)) == [("change des habilitations", 1)]
    assert dit(lambda: gestion.desactiver(lien, par=compte)) == [("voit son rattachement désactivé", 2)]
    assert dit(lambda: gestion.reactiver(lien, par=compte)) == [("obtient son rattachement", 2)]
    assert dit(lambda: gestion.detacher(lien, par=compte)) == [("n'est plus rattaché", 2)]
    assert dit(lambda: rattachements.demander(camille, structure)) == [("demande son rattachement", 2)]
    (demande,) = camille.rattachements.filter(statut="EN_COURS_DE_VALIDATION")
    assert dit(lambda: approbations.refuser_en_masse(structure, [demande.pk], motif="Non", par=compte)) == [
        ("refuse 1 rattachement d'un coup", 1)
    ]
    neuve = rattachements.demander(camille, structure)
    assert dit(lambda: approbations.valider_en_masse(structure, [neuve.pk], par=compte)) == [
        ("valide 1 rattachement d'un coup", 1)
    ]
    neuve.refresh_from_db()
    assert dit(lambda: gestion.transferer(structure, vers=neuve, par=compte)) == [("devient gestionnaire principal", 2)]
