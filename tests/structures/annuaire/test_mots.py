"""The words of the annuaire: what they hold, and that « begins with » is an interval."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from structures.mots import LONGUEUR, intervalle, mots, normaliser

pytestmark = pytest.mark.unit
MOT = st.text(alphabet="ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=1, max_size=LONGUEUR)


@pytest.mark.parametrize(
    ("texte", "attendus"),
    [
        ("DÉPARTEMENT DE L'ORLE", ["DEPARTEMENT", "DE", "L", "ORLE"]),
        ("Œuvre de Saint-Aubrac, œuvre", ["OEUVRE", "DE", "SAINT", "AUBRAC"]),
        ("Straße n° 12 ﬁn", ["STRASSE", "N", "12", "FIN"]),
        ("De\u0301partement", ["DEPARTEMENT"]),
        ("Łódź Ørsted Þór", ["LODZ", "ORSTED", "THOR"]),
        ("٣ Ωmega \x00 🧱", ["MEGA"]),
        ("", []),
        ("  -- ?! ", []),
        ("A" * 100, ["A" * LONGUEUR]),
    ],
)
def test_mots(texte, attendus):
    assert mots(texte) == attendus


@given(st.text())
def test_un_mot_est_en_capitales_sans_accent(texte):
    trouves = mots(texte)
    for mot in trouves:
        assert mot.isascii()
        assert mot.isalnum()
        assert mot == mot.upper()
        assert 1 <= len(mot) <= LONGUEUR
    assert len(trouves) == len(set(trouves))
    assert mots(" ".join(trouves)) == trouves


@given(st.text())
def test_ni_la_casse_ni_la_forme_unicode_ne_comptent(texte):
    assert mots(unicodedata.normalize("NFD", texte)) == mots(unicodedata.normalize("NFC", texte))
    assert normaliser(normaliser(texte)) == normaliser(texte)


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyzéèêàçùïœ '-"))
def test_majuscules_et_minuscules_se_valent(texte):
    assert mots(texte.upper()) == mots(texte)


@given(MOT, MOT)
def test_l_intervalle_est_exactement_le_debut(debut, mot):
    premier, dernier = intervalle(debut)
    assert (premier <= mot <= dernier) == mot.startswith(debut)
    assert premier <= (debut + mot)[:LONGUEUR] <= dernier
