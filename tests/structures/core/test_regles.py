"""What a recipient demands, and fictitious identifiers (comptes-structures.md §3, §4.3; exercices.md §0.2)."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iban as stdnum_iban
from stdnum.fr import nif, siret, tva  # noqa: F401

from structures import identifiants
from structures.rules import PHRASES, Cas, Exigences, Parametres, cas, exigences

BASES = st.integers(0, 99_999_999).map(lambda n: f"{n:08d}")
INTERRUPTEURS = ("etat_public", "engagement_ou_service", "service_obligatoire", "engagement_obligatoire")


def attendu(etat, ou, service, engagement):
    """§4.3, rows 0 to 5, written again from the dossier."""
    if etat:
        return Cas.ETAT
    if ou:
        return Cas.ENGAGEMENT_OU_SERVICE
    return {
        (True, True): Cas.SERVICE_ET_ENGAGEMENT,
        (True, False): Cas.SERVICE,
        (False, True): Cas.ENGAGEMENT,
        (False, False): Cas.RIEN,
    }[service, engagement]


@pytest.mark.parametrize("valeurs", list(product([False, True], repeat=4)))
@pytest.mark.parametrize("moa", [False, True])
def test_regle_derivee_pour_toutes_les_combinaisons(valeurs, moa):
    parametres = Parametres(**dict(zip(INTERRUPTEURS, valeurs, strict=True)), moa_uniquement=moa)
    assert cas(parametres) == attendu(*valeurs)


# factures.md §2.11: case → (service, engagement, one of both, existence checked)
TABLE_2_11 = {
    Cas.RIEN: (False, False, False, False),
    Cas.SERVICE: (True, False, False, False),
    Cas.ENGAGEMENT: (False, True, False, False),
    Cas.ENGAGEMENT_OU_SERVICE: (False, False, True, False),
    Cas.SERVICE_ET_ENGAGEMENT: (True, True, False, False),
    Cas.ETAT: (True, True, False, True),
}


@pytest.mark.parametrize("valeurs", list(product([False, True], repeat=4)))
def test_exigences_de_la_structure_et_du_service(valeurs):
    parametres = Parametres(**dict(zip(INTERRUPTEURS, valeurs, strict=True)))
    service, engagement, un_des_deux, verifie = TABLE_2_11[attendu(*valeurs)]
    assert exigences(parametres) == Exigences(service, engagement, un_des_deux, verifie)
    # case 6: the chosen service raises the engagement, and nothing else
    assert exigences(parametres, service_exige_engagement=True) == Exigences(service, True, un_des_deux, verifie)


def test_chaque_cas_a_sa_phrase_et_son_numero_du_dossier():
    assert set(PHRASES) == set(Cas)
    assert [c.value for c in Cas] == [1, 2, 3, 4, 5, 7]
    assert all(p.endswith(".") for p in PHRASES.values())


# --- identifiers

# exercices.md §0.2: base, SIRET, VAT number, IBAN
ACTEURS = [
    ("00010101", "00010101400017", "FR26000101014", "FR7699999000010000001010176"),
    ("00010102", "00010102200010", "FR50000101022", "FR7699999000010000001010273"),
    ("00010201", "00010201200010", "FR13000102012", "FR7699999000010000001020167"),
    ("00010306", "00010306900019", "FR80000103069", "FR7699999000010000001030643"),
    ("00010302", "00010302800015", "FR54000103028", "FR7699999000010000001030255"),
    ("00010303", "00010303600018", "FR78000103036", "FR7699999000010000001030352"),
    ("00010307", "00010307700012", "FR07000103077", "FR7699999000010000001030740"),
]


@pytest.mark.parametrize(("base", "siret_attendu", "tva_attendue", "iban_attendu"), ACTEURS)
def test_les_identifiants_sont_ceux_du_dossier(base, siret_attendu, tva_attendue, iban_attendu):
    assert identifiants.siret_de_base(base) == siret_attendu
    assert identifiants.numero_tva(siret_attendu) == tva_attendue
    assert identifiants.iban_de_base(base) == iban_attendu


@given(BASES)
def test_toutes_les_cles_sont_justes(base):
    numero = identifiants.siret_de_base(base)
    assert siret.is_valid(numero)
    assert identifiants.est_siret(numero)
    assert numero.startswith(base)
    assert numero[9:13] == "0001"
    assert tva.is_valid(identifiants.numero_tva(numero))
    compte = identifiants.iban_de_base(base)
    assert stdnum_iban.is_valid(compte)
    banque, guichet, numero_compte, cle = compte[4:9], compte[9:14], compte[14:25], compte[25:]
    assert (89 * int(banque) + 15 * int(guichet) + 3 * int(numero_compte) + int(cle)) % 97 == 0


@given(BASES, st.integers(0, 13), st.integers(1, 9))
def test_un_chiffre_faux_se_voit(base, rang, ecart):
    numero = identifiants.siret_de_base(base)
    faux = numero[:rang] + str((int(numero[rang]) + ecart) % 10) + numero[rang + 1 :]
    assert not identifiants.est_siret(faux)


@pytest.mark.parametrize("valeur", ["", "abc", "0001010140001", "000101014000170", "00010101400018", "0001010140001X"])
def test_ce_qui_n_est_pas_un_siret(valeur):
    assert not identifiants.est_siret(valeur)


def test_la_plage_fictive():
    assert identifiants.est_fictif("00010101400017")
    assert identifiants.est_fictif("00020001400017")
    assert not identifiants.est_fictif("11000201100044")
