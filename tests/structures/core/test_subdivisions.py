"""« Gérer un service »: codes, settings, states, the reserved service (comptes-structures.md §4.5)."""

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from structures.enums import EtatService, TypeActe
from structures.models import ActeGestion, Service
from structures.rules import CODE_SERVICE, SERVICE_FACTURES_PUBLIQUES
from structures.services import subdivisions
from structures.services.subdivisions import ServiceRefuse
from tests import factories

pytestmark = pytest.mark.usefixtures("monde")


@pytest.fixture
def chantiers(structure, compte):
    return subdivisions.creer(structure, par=compte, code=" CHANTIERS ", libelle="Chantiers")


def test_creer(structure, chantiers):
    assert (chantiers.code, chantiers.etat, str(chantiers)) == ("CHANTIERS", EtatService.ACTIF, "CHANTIERS – Chantiers")
    assert chantiers.cree_le.date() == date(2026, 12, 7)
    assert ActeGestion.objects.get(structure=structure).type == TypeActe.SERVICE_CREE


@pytest.mark.parametrize(
    ("champs", "champ", "message"),
    [
        ({"code": "A B"}, "code", "sans espace ni accent"),
        ({"code": "É"}, "code", "sans espace ni accent"),
        ({"code": ""}, "code", "1 à 100"),
        ({"code": "A" * 101}, "code", "1 à 100"),
        ({"code": "chantiers"}, "code", "existe déjà"),
        ({"code": "factures_publiques"}, "code", "tenu par le portail"),
        ({"debut": date(2026, 2, 1), "fin": date(2026, 1, 1)}, "fin", "précède"),
        ({"engagement_obligatoire": True}, "engagement_obligatoire", "Seule une structure publique"),
    ],
)
def test_creer_refuse_au_champ(structure, compte, chantiers, champs, champ, message):
    with pytest.raises(ServiceRefuse, match=message) as refus:
        subdivisions.creer(structure, par=compte, **({"code": "NEUF", "libelle": "Neuf"} | champs))
    assert refus.value.champ == champ


def test_parametres_du_cote_public(destinataire, compte):
    service = subdivisions.creer(
        destinataire, par=compte, code="VOIRIE", libelle="Voirie", engagement_obligatoire=True, mise_en_paiement=False
    )
    assert service.engagement_obligatoire
    assert not service.mise_en_paiement


def test_modifier(compte, chantiers):
    fin = date(2027, 1, 31)
    assert subdivisions.modifier(chantiers, par=compte, libelle="Chantiers et pose", fin=fin, description="")
    assert not subdivisions.modifier(chantiers, par=compte, libelle="Chantiers et pose", fin=fin)
    acte = ActeGestion.objects.get(type=TypeActe.SERVICE_MODIFIE)
    assert acte.avant == {"libelle": "Chantiers", "fin": None}
    assert acte.apres == {"libelle": "Chantiers et pose", "fin": "31/01/2027"}


def test_modifier_refuse(compte, chantiers):
    with pytest.raises(ServiceRefuse, match="précède"):
        subdivisions.modifier(chantiers, par=compte, debut=date(2026, 2, 1), fin=date(2026, 1, 1))


def test_desactiver_puis_activer_une_fois_chacun(structure, compte, chantiers):
    assert subdivisions.desactiver(chantiers, par=compte)
    assert not subdivisions.desactiver(chantiers, par=compte)
    assert not chantiers.est_actif
    assert subdivisions.activer(chantiers, par=compte)
    assert not subdivisions.activer(chantiers, par=compte)
    types = list(ActeGestion.objects.filter(structure=structure).order_by("pk").values_list("type", flat=True))
    assert types == [TypeActe.SERVICE_CREE, TypeActe.SERVICE_DESACTIVE, TypeActe.SERVICE_ACTIVE]


def test_le_service_reserve_ne_se_touche_pas(destinataire, compte):
    reserve = Service.objects.get(structure=destinataire, code=SERVICE_FACTURES_PUBLIQUES)
    for geste in (subdivisions.desactiver, subdivisions.modifier):
        with pytest.raises(ServiceRefuse, match="tenu par le portail"):
            geste(reserve, par=compte)


def test_hors_validite_un_service_actif_ne_se_choisit_pas(structure):
    assert not factories.service(structure, "FUTUR", debut=date(2026, 12, 8)).est_actif
    assert factories.service(structure, "JOUR", debut=date(2026, 12, 7), fin=date(2026, 12, 7)).est_actif


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(code=st.text(max_size=110))
def test_code_quelconque_accepte_tel_quel_ou_refuse(structure, code):
    try:
        service = subdivisions.creer(structure, par=None, code=code, libelle="L")
    except ServiceRefuse:
        assert not CODE_SERVICE.fullmatch(code.strip()) or code.strip().upper() == SERVICE_FACTURES_PUBLIQUES
    else:
        assert CODE_SERVICE.fullmatch(service.code)
        assert service.code == code.strip()
        Service.objects.filter(pk=service.pk).delete()
