"""Délai global de paiement: counting, suspensions, interest, calendar (factures.md §8; A17, A18)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from invoices import calendrier_dgp, delais
from invoices.delais import calculer, interets, taux_du
from invoices.enums import Statut

MAD = date(2026, 9, 1)
S = Statut


def jour(mois, quantieme):
    return date(2026, mois, quantieme)


EXEMPLE = [
    (S.MISE_A_DISPOSITION, MAD),
    (S.SUSPENDUE, jour(9, 11)),
    (S.COMPLETEE, jour(9, 18)),
    (S.MISE_EN_PAIEMENT, jour(11, 5)),
]


def test_exemple_du_dossier():
    """§8.3: ten days used, thirty given back, eighteen late."""
    paye = calculer(MAD, 30, EXEMPLE, jour(12, 1))
    assert (paye.arrivee, paye.depart, paye.echeance) == (MAD, jour(9, 18), jour(10, 18))
    assert (paye.retard, paye.alerte, paye.paye_le) == (18, "refus", jour(11, 5))
    assert interets(Decimal("12000"), 18, Decimal("12.25")) == Decimal("72.49")
    assert interets(Decimal("12000"), 18, Decimal("10.15")) == Decimal("60.07")
    assert delais.INDEMNITE == 40


def test_exercice_12():
    """exercices.md, exercise 12: counted from the deadline, not from the deposit."""
    assert interets(Decimal("6240"), 15, Decimal("10.15")) == Decimal("26.03")


def test_le_reste_l_emporte_quand_il_depasse_trente_jours():
    """A hospital has fifty days: two used, forty-eight left."""
    etapes = [(S.SUSPENDUE, MAD + timedelta(2)), (S.COMPLETEE, MAD + timedelta(10))]
    mesure = calculer(MAD, 50, etapes, MAD + timedelta(11))
    assert (mesure.total, mesure.echeance) == (48, MAD + timedelta(58))


def test_suspendue_sans_echeance():
    mesure = calculer(MAD, 30, EXEMPLE[:2], jour(9, 30))
    assert mesure.suspendu
    assert (mesure.echeance, mesure.ecoule, mesure.retard, mesure.alerte) == (None, 10, 0, "attente")


def test_une_deuxieme_suspension_n_arrete_rien():
    """A17, D-33."""
    etapes = [*EXEMPLE[:3], (S.SUSPENDUE, jour(9, 25)), (S.COMPLETEE, jour(10, 2))]
    mesure = calculer(MAD, 30, etapes, jour(10, 3))
    assert mesure.deuxieme_suspension
    assert not mesure.suspendu
    assert mesure.echeance == jour(10, 18)
    assert [s.compte for s in mesure.suspensions] == [True, False]


def test_reposer_suspendue_n_est_pas_une_deuxieme_suspension():
    etapes = [*EXEMPLE[:2], (S.SUSPENDUE, jour(9, 14)), EXEMPLE[2]]
    mesure = calculer(MAD, 30, etapes, jour(9, 20))
    assert not mesure.deuxieme_suspension
    assert mesure.echeance == jour(10, 18)


def test_une_suspension_anterieure_au_service_fait_ne_compte_pas_de_jours_negatifs():
    mesure = calculer(jour(9, 15), 30, EXEMPLE[1:3], jour(9, 20))
    assert (mesure.depart, mesure.total, mesure.echeance) == (jour(9, 18), 30, jour(10, 18))


@pytest.mark.parametrize(
    ("aujourd_hui", "alerte", "reste"),
    [(jour(9, 25), "", 6), (jour(9, 26), "attente", 5), (jour(10, 1), "attente", 0), (jour(10, 2), "refus", 0)],
)
def test_couleur_du_compteur(aujourd_hui, alerte, reste):
    """Orange at five days, red after the deadline, which is the last day to pay."""
    mesure = calculer(MAD, 30, [], aujourd_hui)
    assert (mesure.alerte, mesure.reste) == (alerte, reste)


def test_payee_a_temps_n_alerte_plus():
    assert calculer(MAD, 30, [(S.MISE_EN_PAIEMENT, jour(9, 30))], jour(12, 1)).alerte == ""


@pytest.mark.parametrize(
    ("echeance", "taux"),
    [
        (date(2023, 9, 1), "12.00"),
        (date(2024, 6, 30), "12.25"),  # interest starts on 1 July
        (date(2024, 6, 29), "10.15"),  # half-year that the dossier does not give
        (date(2025, 12, 30), "10.15"),
        (date(2031, 1, 1), "10.15"),
    ],
)
def test_taux_du_semestre_ou_commencent_les_interets(echeance, taux):
    assert taux_du(echeance) == Decimal(taux)


def test_calendrier_de_l_exemple():
    mesure = calculer(MAD, 30, EXEMPLE, jour(12, 1))
    assert [(r.jour, r.genre) for r in calendrier_dgp.reperes(mesure, jour(12, 1))] == [
        (MAD, "depart"),
        (jour(9, 11), "suspension"),
        (jour(9, 18), "reprise"),
        (jour(10, 18), "echeance"),
        (jour(11, 5), "paiement"),
    ]
    mois = calendrier_dgp.mois(mesure, jour(12, 1))
    assert [m.premier.month for m in mois] == [9, 10, 11]
    cases = {c.jour: c.genre for m in mois for s in m.semaines for c in s if c.jour}
    assert (cases[jour(9, 5)], cases[jour(9, 14)], cases[jour(10, 10)]) == ("court", "suspendu", "court")
    assert (cases[jour(10, 20)], cases[jour(11, 5)], cases[jour(11, 6)]) == ("retard", "paiement", "")
    assert all(len(semaine) == 7 for m in mois for semaine in m.semaines)


def test_calendrier_d_une_facture_suspendue_puis_d_une_deuxieme_suspension():
    suspendue = calculer(MAD, 30, EXEMPLE[:2], jour(9, 15))
    cases = {c.jour: c.genre for m in calendrier_dgp.mois(suspendue, jour(9, 15)) for s in m.semaines for c in s}
    assert (cases[jour(9, 13)], cases[jour(9, 15)], cases[jour(9, 20)]) == ("suspendu", "aujourd-hui", "")
    deux = calculer(MAD, 30, [*EXEMPLE[:3], (S.SUSPENDUE, jour(9, 25))], jour(9, 26))
    assert "sans-effet" in [r.genre for r in calendrier_dgp.reperes(deux, jour(9, 26))]
    cases = {c.jour: c.genre for m in calendrier_dgp.mois(deux, jour(9, 26)) for s in m.semaines for c in s}
    assert cases[jour(9, 30)] == "court"


def test_calendrier_borne():
    """An invoice forgotten for years draws six months, not fifty."""
    assert len(calendrier_dgp.mois(calculer(MAD, 30, [], date(2031, 1, 1)), date(2031, 1, 1))) == 6
