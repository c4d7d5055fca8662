"""Bank accounts: keys, fiction, one default, nothing twice (comptes-structures.md §4.2; exercices.md, Exercice 2)."""

from datetime import date

import pytest

from sandbox.documents import store
from structures.enums import TypeActe
from structures.identifiants import iban_de_base
from structures.models import ActeGestion, CoordonneesBancaires
from structures.services import banque
from structures.services.banque import BanqueRefusee

pytestmark = pytest.mark.usefixtures("monde")
IBAN, AUTRE = iban_de_base("00010101"), iban_de_base("00010102")
PDF = b"%PDF-1.7 RIB fictif"


@pytest.fixture
def courant(structure, compte):
    return banque.ajouter(structure, par=compte, nom="Courant", iban=IBAN, bic="FICTFRPPXXX")


def ajouter(structure, compte, iban=AUTRE, **champs):
    return banque.ajouter(structure, par=compte, **({"nom": "Autre", "iban": iban} | champs))


def defaut(structure):
    return [c.nom for c in CoordonneesBancaires.objects.filter(structure=structure, defaut=True)]


def actes(structure):
    return list(ActeGestion.objects.filter(structure=structure).order_by("pk").values_list("type", flat=True))


def test_le_premier_devient_le_defaut(structure, compte):
    courant = ajouter(structure, compte, iban="FR76 9999 9000 0100\u00a00000 1010 176", bic=" fictfrpp ")
    assert (courant.iban, courant.bic, courant.defaut, courant.actif) == (IBAN, "FICTFRPP", True, True)
    assert actes(structure) == [TypeActe.BANQUE_AJOUTEE]
    assert "FR76 9999" in ActeGestion.objects.get(structure=structure).objet


def test_le_second_ne_le_devient_que_si_on_le_demande(structure, compte, courant):
    ajouter(structure, compte)
    assert defaut(structure) == ["Courant"]
    ajouter(structure, compte, iban=iban_de_base("00010103"), nom="Troisième", defaut=True)
    assert defaut(structure) == ["Troisième"]


@pytest.mark.parametrize(
    ("champs", "champ", "message"),
    [
        ({"iban": "FR7699999000010000001010167"}, "iban", "clé IBAN est fausse"),
        ({"iban": "FR1420041010050500013M02606"}, "iban", "Seuls les IBAN fictifs"),
        ({"bic": "FICT"}, "bic", "8 ou 11"),
        ({"debut": date(2026, 12, 2), "fin": date(2026, 12, 1)}, "fin", "précède son début"),
        ({"rib": b"GIF89a"}, "rib", "n'est pas un PDF"),
        ({"iban": IBAN}, "iban", "déjà enregistré"),
    ],
)
def test_refus_au_champ(structure, compte, courant, champs, champ, message):
    with pytest.raises(BanqueRefusee, match=message) as refus:
        ajouter(structure, compte, **champs)
    assert refus.value.champ == champ
    assert CoordonneesBancaires.objects.filter(structure=structure).count() == 1


def test_un_iban_desactive_peut_revenir(structure, compte, courant):
    banque.desactiver(courant, par=compte)
    assert ajouter(structure, compte, iban=IBAN).defaut


def test_le_rib_est_garde(structure, compte):
    avec = ajouter(structure, compte, rib=PDF, rib_nom="rib.pdf")
    assert (store.open_bytes(avec.rib), avec.rib_nom) == (PDF, "rib.pdf")
    sans = ajouter(structure, compte, iban=IBAN, rib_nom="oublié.pdf")
    assert (sans.rib, sans.rib_nom) == ("", "")


def test_modifier(structure, compte, courant):
    assert banque.modifier(
        courant, par=compte, nom="Principal", bic="", fin=date(2027, 1, 31), rib=PDF, rib_nom="r.pdf"
    )
    courant.refresh_from_db()
    assert (courant.nom, courant.bic, courant.fin, courant.rib_nom) == ("Principal", "", date(2027, 1, 31), "r.pdf")
    acte = ActeGestion.objects.get(type=TypeActe.BANQUE_MODIFIEE)
    assert acte.apres == {"nom": "Principal", "bic": "", "fin": "31/01/2027", "rib_nom": "r.pdf"}
    assert acte.avant["fin"] is None
    assert not banque.modifier(courant, par=compte, nom="Principal")


def test_modifier_refuse(compte, courant):
    with pytest.raises(BanqueRefusee, match="précède"):
        banque.modifier(courant, par=compte, debut=date(2026, 2, 1), fin=date(2026, 1, 1))
    with pytest.raises(BanqueRefusee, match="8 ou 11"):
        banque.modifier(courant, par=compte, bic="X")


def test_changer_de_compte_par_defaut(structure, compte, courant):
    autre = ajouter(structure, compte)
    assert banque.definir_par_defaut(autre, par=compte)
    assert not banque.definir_par_defaut(autre, par=compte)
    assert defaut(structure) == ["Autre"]


def test_pas_par_defaut_hors_validite(structure, compte, courant):
    futur = ajouter(structure, compte, debut=date(2026, 12, 8))
    with pytest.raises(BanqueRefusee, match="pas utilisable aujourd'hui"):
        banque.definir_par_defaut(futur, par=compte)


def test_desactiver_passe_la_main_au_plus_ancien_utilisable(structure, compte, courant):
    ajouter(structure, compte, nom="Périmé", fin=date(2026, 12, 6))
    ajouter(structure, compte, iban=iban_de_base("00010103"), nom="Suivant")
    assert banque.desactiver(courant, par=compte)
    assert defaut(structure) == ["Suivant"]
    assert not banque.desactiver(courant, par=compte)
    assert actes(structure).count(TypeActe.BANQUE_DESACTIVEE) == 1


def test_desactiver_le_dernier_ou_un_autre(structure, compte, courant):
    autre = ajouter(structure, compte)
    banque.desactiver(autre, par=compte)
    assert defaut(structure) == ["Courant"]
    banque.desactiver(courant, par=compte)
    assert defaut(structure) == []


@pytest.mark.parametrize(
    ("debut", "fin", "offert"),
    [
        (None, None, True),
        (date(2026, 12, 7), date(2026, 12, 7), True),
        (date(2026, 12, 8), None, False),
        (None, date(2026, 12, 6), False),
    ],
)
def test_offert_aux_factures_selon_sa_validite(structure, compte, debut, fin, offert):
    ajouter(structure, compte, debut=debut, fin=fin)
    valides = CoordonneesBancaires.objects.valides(date(2026, 12, 7)).filter(structure=structure)
    assert valides.exists() == offert
