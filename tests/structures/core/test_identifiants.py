"""Shapes of identifiers and bank accounts (comptes-structures.md §3, §4.2; exercices.md §0.2)."""

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum import iban as stdnum_iban
from stdnum.fr import siret as stdnum_siret

from structures.enums import TypeIdentifiant as T
from structures.identifiants import (
    AIDES,
    BanqueInvalide,
    IdentifiantInvalide,
    cle_rib,
    compacter,
    en_groupes,
    iban_de_base,
    identifiant_hors_ue,
    pays_possibles,
    siret_de_base,
    sur_une_ligne,
    verifier,
    verifier_bic,
    verifier_iban,
)
from structures.pays import PAYS, UNION_EUROPEENNE, nom, prefixe_tva

SIRET = "00010101400017"
IBAN = "FR7699999000010000001010176"
BASES = st.integers(0, 99_999_999).map(lambda n: f"{n:08d}")
SANS_DELAI = settings(deadline=None)
"""Two cores shared by a whole suite: the time of one example says nothing."""
SEPARATEURS = st.sampled_from(["", " ", "\u00a0", "\u202f", ".", "-", "\u200b", "\ufeff", "\t"])


def colle(texte, tirage):
    """The same digits as a spreadsheet or a PDF gives them."""
    return "".join(c + tirage.draw(SEPARATEURS) for c in texte)


# --- types and countries


def test_chaque_type_a_son_aide_et_ses_pays():
    assert set(AIDES) == set(T.values)
    assert all(pays_possibles(t) for t in T.values)


def test_les_pays_de_chaque_type():
    assert pays_possibles(T.SIRET) == ("FR",)
    assert set(pays_possibles(T.UE_HORS_FRANCE)) == UNION_EUROPEENNE - {"FR"}
    assert pays_possibles(T.RIDET) == ("NC",)
    assert pays_possibles(T.TAHITI) == ("PF",)
    hors_ue = set(pays_possibles(T.HORS_UE))
    assert {"CH", "GB", "WF"} <= hors_ue
    assert not hors_ue & (UNION_EUROPEENNE | {"NC", "PF", "RE", "GP", "FR"})
    assert pays_possibles(T.PARTICULIER)[0] == "FR"
    assert set(pays_possibles(T.AUTRE)) == set(PAYS)


def test_noms_des_pays():
    assert (nom("BE"), nom("ZZ")) == ("Belgique", "ZZ")
    assert (prefixe_tva("GR"), prefixe_tva("BE")) == ("EL", "BE")


@pytest.mark.parametrize(
    ("type_identifiant", "valeur", "pays", "raison", "attendu"),
    [
        (T.SIRET, " 000 101 014\u00a000017 ", "FR", "", SIRET),
        (T.SIRET, "356 000 000 00048", "FR", "", "35600000000048"),
        # La Poste: the sum of the digits is a multiple of 5, Luhn is not asked
        (T.SIRET, "35600000041105", "FR", "", "35600000041105"),
        (T.UE_HORS_FRANCE, "be 0428.759.497", "BE", "", "BE0428759497"),
        (T.UE_HORS_FRANCE, "BE0123456789", "BE", "", "BE0123456789"),  # key false: nobody here knows who exists
        (T.UE_HORS_FRANCE, "EL 094259216", "GR", "", "EL094259216"),
        (T.HORS_UE, "chmenuiserie  du la", "CH", "Menuiserie du lac", "CHMENUISERIE DU LA"),
        (T.HORS_UE, "CHACME", "CH", "Acme", "CHACME"),
        (T.HORS_UE, "FRWFTONGA-SOLEIL ", "WF", "Tonga-Soleil", "FRWFTONGA-SOLEIL"),
        (T.RIDET, "0 123 456.001", "NC", "", "0123456001"),
        (T.RIDET, "123456001", "NC", "", "123456001"),
        (T.TAHITI, "a12345-001", "PF", "", "A12345001"),
        (T.PARTICULIER, "", "FR", "DURAND Léa", "DURAND LÉA"),
        (T.PARTICULIER, "irep 42", "BE", "DURAND Léa", "IREP 42"),
        (T.AUTRE, "  dossier\u00a0 2026-17 ", "FR", "", "DOSSIER 2026-17"),
    ],
)
def test_formes_acceptees(type_identifiant, valeur, pays, raison, attendu):
    assert verifier(type_identifiant, valeur, pays=pays, raison_sociale=raison) == attendu


@pytest.mark.parametrize(
    ("type_identifiant", "valeur", "pays", "message"),
    [
        (T.SIRET, "", "FR", "obligatoire"),
        (T.SIRET, "\u00a0", "FR", "obligatoire"),
        (T.SIRET, "FR010101400017", "FR", "que des chiffres"),
        (T.SIRET, "٠٠٠١٠١٠١٤٠٠٠١٧", "FR", "que des chiffres"),
        (T.SIRET, "0001010140001", "FR", "vous en avez saisi 13"),
        (T.SIRET, "00010101400018", "FR", "clé de ce SIRET"),
        (T.SIRET, "35600000041106", "FR", "clé de ce SIRET"),
        (T.SIRET, SIRET, "BE", "ne va pas avec"),
        (T.UE_HORS_FRANCE, "FR26000101014", "BE", "s'identifie par son SIRET"),
        (T.UE_HORS_FRANCE, "DE136695976", "BE", "commence par BE"),
        (T.UE_HORS_FRANCE, "GR094259216", "GR", "commence par EL"),
        (T.UE_HORS_FRANCE, "BE" + "1" * 17, "BE", "18 caractères au plus"),
        (T.UE_HORS_FRANCE, "BE123", "BE", "n'a pas la forme"),
        (T.UE_HORS_FRANCE, "BE0428759497", "FR", "ne va pas avec"),
        (T.HORS_UE, "CHAUTRE", "CH", "Attendu : « CHACME »"),
        (T.HORS_UE, "CHACME", "NC", "ne va pas avec"),
        (T.HORS_UE, "WFACME", "WF", "FRWF puis les 14"),
        (T.RIDET, "12345678", "NC", "9 ou 10 chiffres"),
        (T.RIDET, "12345678901", "NC", "9 ou 10 chiffres"),
        (T.RIDET, "A23456789", "NC", "9 ou 10 chiffres"),
        (T.TAHITI, "A", "PF", "compte 1 signe."),
        (T.TAHITI, "A12345_01", "PF", "compte 9 signes."),
        (T.AUTRE, "x" * 81, "FR", "80 caractères au plus"),
        (T.PARTICULIER, "x" * 81, "FR", "80 caractères au plus"),
    ],
)
def test_formes_refusees(type_identifiant, valeur, pays, message):
    with pytest.raises(IdentifiantInvalide, match=message) as refus:
        verifier(type_identifiant, valeur, pays=pays, raison_sociale="Acme")
    assert refus.value.champ == ("pays" if "ne va pas" in message else "identifiant")


@SANS_DELAI
@given(BASES, st.integers(1, 9999), st.data())
def test_tout_siret_construit_est_accepte_quelle_que_soit_sa_presentation(base, nic, tirage):
    siret = siret_de_base(base, f"{nic:04d}")
    assert stdnum_siret.is_valid(siret)
    assert verifier(T.SIRET, colle(siret, tirage)) == siret


@SANS_DELAI
@given(BASES, st.integers(0, 13), st.integers(1, 9))
def test_un_chiffre_faux_se_voit(base, rang, ecart):
    siret = siret_de_base(base)
    faux = siret[:rang] + str((int(siret[rang]) + ecart) % 10) + siret[rang + 1 :]
    if not faux.startswith("356000000"):
        with pytest.raises(IdentifiantInvalide):
            verifier(T.SIRET, faux)


@SANS_DELAI
@given(st.sampled_from(pays_possibles(T.HORS_UE)), st.text(min_size=1, max_size=99))
def test_hors_ue_dix_huit_caracteres_et_retour(pays, raison):
    attendu = identifiant_hors_ue(pays, raison)
    assert attendu.startswith("FRWF" if pays == "WF" else pays)
    # « ß » or « ŉ » grow in capitals: the cut is made after
    assert len(attendu) <= 18
    assert verifier(T.HORS_UE, attendu, pays=pays, raison_sociale=raison) == attendu


@SANS_DELAI
@given(st.text(max_size=200))
def test_normaliser_deux_fois_ne_change_rien(texte):
    assert compacter(compacter(texte)) == compacter(texte)
    assert sur_une_ligne(sur_une_ligne(texte)) == sur_une_ligne(texte)


@SANS_DELAI
@given(st.sampled_from(T.values), st.text(max_size=120), st.sampled_from(["FR", "BE", "CH", "NC", "PF", "WF"]))
def test_une_valeur_quelconque_est_acceptee_ou_refusee_en_francais(type_identifiant, valeur, pays):
    try:
        lu = verifier(type_identifiant, valeur, pays=pays, raison_sociale="Acme")
    except IdentifiantInvalide as refus:
        lu = str(refus)
        accepte = False
    else:
        accepte = True
    assert 0 < len(lu) <= 80 if accepte else lu.endswith(".")


# --- IBAN, BIC


@SANS_DELAI
@given(BASES, st.data())
def test_tout_iban_construit_est_accepte_et_se_lit_par_quatre(base, tirage):
    iban = iban_de_base(base)
    assert stdnum_iban.is_valid(iban)
    assert verifier_iban(colle(iban, tirage)) == iban
    assert en_groupes(iban).replace(" ", "") == iban
    assert {len(groupe) for groupe in en_groupes(iban).split(" ")[:-1]} == {4}


@SANS_DELAI
@given(BASES, st.integers(4, 25))
def test_deux_chiffres_inverses_faussent_la_cle(base, rang):
    iban = iban_de_base(base)
    faux = iban[:rang] + iban[rang + 1] + iban[rang] + iban[rang + 2 :]
    if faux != iban:
        with pytest.raises(BanqueInvalide, match="clé IBAN est fausse"):
            verifier_iban(faux)


@SANS_DELAI
@given(st.text(alphabet=string.ascii_letters + string.digits + " \u00a0-.", max_size=45))
def test_iban_quelconque_jamais_une_autre_erreur(texte):
    with pytest.raises(BanqueInvalide):
        verifier_iban(texte)


def iban_avec(compte, cle=None):
    """IBAN of the fictitious bank for this account, its RIB key forced if need be."""
    bban = f"9999900001{compte}{cle or cle_rib('99999', '00001', compte)}"
    return f"FR{stdnum_iban.calc_check_digits('FR00' + bban)}{bban}"


def test_un_numero_de_compte_peut_avoir_des_lettres():
    iban = iban_avec("0000000ABCZ")
    assert verifier_iban(iban) == iban


@pytest.mark.parametrize(
    ("valeur", "message"),
    [
        ("", "deux lettres et deux chiffres"),
        ("FR76é999900001000000101017", "deux lettres et deux chiffres"),
        ("FR76 9999 9000 0100 0000 1010 17", "27 caractères ; vous en avez saisi 26"),
        ("FR76 9999 9000 0100 0000 1010 167", "clé IBAN est fausse"),
        ("FR14 2004 1010 0505 0001 3M02 606", "Seuls les IBAN fictifs"),
        ("DE89 3704 0044 0532 0130 00", "Seuls les IBAN fictifs"),
        ("XX53 9999 9000 0100 0000", "n'est pas un pays à IBAN"),
        (iban_avec("00000010101", "77"), "clé RIB « 77 » est fausse"),
    ],
)
def test_iban_refuse(valeur, message):
    with pytest.raises(BanqueInvalide, match=message):
        verifier_iban(valeur)


@pytest.mark.parametrize("valeur", ["FICTFRPPXXX", "fictfrpp", "FICT FR PP XXX"])
def test_bic_accepte(valeur):
    assert verifier_bic(valeur, IBAN) == valeur.replace(" ", "").upper()


@pytest.mark.parametrize(
    ("valeur", "message"),
    [("FICT", "8 ou 11"), ("FICTFRPPXXXX", "8 ou 11"), ("FICTDEPPXXX", r"autre pays \(DE\)"), ("", "8 ou 11")],
)
def test_bic_refuse(valeur, message):
    with pytest.raises(BanqueInvalide, match=message):
        verifier_bic(valeur, IBAN)
