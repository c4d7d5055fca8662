"""The table of the code against the one of factures.md §3.3, copied by hand: a test of the copyist, not of the code."""

import pytest

from invoices.enums import Acteur, Statut
from invoices.lifecycle import CYCLE

F, V1, V2, D, C, P = (
    Acteur.FOURNISSEUR,
    Acteur.VALIDEUR_1,
    Acteur.VALIDEUR_2,
    Acteur.DESTINATAIRE,
    Acteur.COMPTABLE,
    Acteur.PLATEFORME,
)
OUVERTS = (
    "MISE_A_DISPOSITION COMPLETEE SUSPENDUE A_RECYCLER PRISE_EN_COMPTE_DESTINATAIRE SERVICE_FAIT MANDATEE "
    "MISE_A_DISPOSITION_COMPTABLE COMPTABILISEE"
)
TOUS = " ".join(s for s in Statut if s not in ("SUPPRIMEE", "INTERPRETEE_OCR"))

# (T number, from, usual, to, actors, needs, regime, cadres, mails); « = » : the status stays
DOSSIER = [
    ("T01", "INTERPRETEE_OCR BROUILLON", "", "BROUILLON", {F}, "", "", "", ""),
    ("T03", "BROUILLON INTERPRETEE_OCR", "", "DEPOSEE", {F}, "", "", "", "N1"),
    ("T04", "DEPOSEE", "", "A_VALIDER_1", {P}, "", "", "A9 A12", "N2"),
    # Our addition to T05: a PDF being read, whose deposit is given up, is deleted too.
    ("T05", "BROUILLON INTERPRETEE_OCR", "", "SUPPRIMEE", {F}, "", "", "", ""),
    # « A1, A2, or by T29 »: a condition of the invoice, not of its cadre; test_lifecycle.py checks it.
    ("T06", "DEPOSEE", "", "EN_COURS_ACHEMINEMENT", {P}, "", "", "", ""),
    ("T07", "EN_COURS_ACHEMINEMENT", "", "MISE_A_DISPOSITION", {P}, "", "", "", "N3 N4"),
    ("T09", "A_VALIDER_1", "", "VALIDEE_1", {V1}, "", "", "", "N5"),
    ("T10", "A_VALIDER_1", "", "ERREUR_FOURNISSEUR_SUR_VALIDEUR", {V1}, "motif commentaire", "", "", "N5"),
    ("T11", "A_VALIDER_1", "", "REFUSEE_1", {V1}, "motif commentaire", "", "", "N5"),
    ("T12", "A_VALIDER_1", "", "ABSENCE_VALIDATION_1_HORS_DELAI", {P}, "", "", "A9", "N5"),
    ("T13", "ERREUR_FOURNISSEUR_SUR_VALIDEUR", "", "A_VALIDER_1", {F}, "valideur", "", "", "N2"),
    ("T13b", "ERREUR_COTRAITANT_SUR_VALIDEUR", "", "A_VALIDER_2", {V1}, "valideur", "", "", "N2"),
    ("T14", "VALIDEE_1", "", "EN_COURS_ACHEMINEMENT", {P}, "", "", "", ""),
    ("T15", "VALIDEE_1", "", "A_VALIDER_2", {P}, "", "", "", "N2"),
    ("T16a", "A_VALIDER_2", "", "VALIDEE_2", {V2}, "", "", "", "N5"),
    ("T16b", "A_VALIDER_2", "", "REFUSEE_2", {V2}, "motif commentaire", "", "", "N5"),
    ("T16c", "A_VALIDER_2", "", "ERREUR_COTRAITANT_SUR_VALIDEUR", {V2}, "motif commentaire", "", "", "N5"),
    ("T17", "A_VALIDER_2", "", "ABSENCE_VALIDATION_2_HORS_DELAI", {P}, "", "", "", "N5"),
    (
        "T18",
        "VALIDEE_2 ABSENCE_VALIDATION_1_HORS_DELAI ABSENCE_VALIDATION_2_HORS_DELAI",
        "",
        "EN_COURS_ACHEMINEMENT",
        {P},
        "",
        "",
        "",
        "",
    ),
    ("T19a", "REFUSEE_1 REFUSEE_2", "", "EN_COURS_ACHEMINEMENT", {P}, "", "reforme-2026", "A9", ""),
    ("T20", OUVERTS, "MISE_A_DISPOSITION COMPLETEE", "SUSPENDUE", {D}, "motif commentaire", "", "", "N4"),
    ("T21", OUVERTS, "MISE_A_DISPOSITION COMPLETEE", "A_RECYCLER", {D}, "motif commentaire", "historique", "", "N4"),
    ("T22", OUVERTS, "MISE_A_DISPOSITION COMPLETEE", "REJETEE", {D}, "motif", "", "", "N6"),
    ("T23", OUVERTS, "MISE_A_DISPOSITION COMPLETEE", "SERVICE_FAIT", {D}, "", "", "", "N4"),
    ("T24", OUVERTS, "SERVICE_FAIT", "MANDATEE", {D}, "", "", "", "N4"),
    ("T25", OUVERTS, "MANDATEE", "MISE_A_DISPOSITION_COMPTABLE", {D, C}, "", "", "", "N4"),
    ("T26", OUVERTS, "MISE_A_DISPOSITION_COMPTABLE", "COMPTABILISEE", {D, C}, "", "", "", "N4"),
    ("T27", OUVERTS, "COMPTABILISEE", "MISE_EN_PAIEMENT", {D, C}, "", "", "", "N4"),
    ("T28", "SUSPENDUE", "", "COMPLETEE", {F}, "complement", "", "", "N3"),
    ("T29", "A_RECYCLER", "", "DEPOSEE", {F}, "", "", "", "N3 N4"),
    ("T30a", OUVERTS, "PRISE_EN_COMPTE_DESTINATAIRE", "MISE_A_DISPOSITION", {D}, "", "", "", "N4"),
    ("T30b", OUVERTS, "MISE_A_DISPOSITION COMPLETEE", "PRISE_EN_COMPTE_DESTINATAIRE", {D}, "", "", "", "N4"),
    ("T30c", OUVERTS, "SUSPENDUE", "COMPLETEE", {D}, "", "", "", "N4"),
    ("T31", "REJETEE", "", "=", {F}, "", "", "", ""),
    ("T32", "REJETEE REFUSEE_1 REFUSEE_2", "", "=", {F}, "", "", "", ""),
    ("T33", "SUSPENDUE", "", "=", {F}, "", "", "", ""),
    ("T34", TOUS, "", "=", {F, D, V1, V2}, "", "", "", ""),
    ("T35", "MISE_A_DISPOSITION", "", "PRISE_EN_COMPTE_DESTINATAIRE", {P}, "", "", "", "N4"),
]

# §3.1: code → (label, family letter). The letters are those of the dossier.
CATALOGUE = {
    "INTERPRETEE_OCR": ("PDF à vérifier", "G"),  # no label in the dossier: ours
    "BROUILLON": ("Brouillon", "G"),
    "SUPPRIMEE": ("Supprimée", "G"),
    "DEPOSEE": ("Déposée", "B"),
    "A_VALIDER_1": ("À valider 1", "A"),
    "VALIDEE_1": ("Validée 1", "B"),
    "REFUSEE_1": ("Refusée 1", "X"),
    "ERREUR_FOURNISSEUR_SUR_VALIDEUR": ("Erreur du fournisseur sur le valideur", "R"),
    "ABSENCE_VALIDATION_1_HORS_DELAI": ("Absence de validation 1 (hors délai)", "B"),
    "A_VALIDER_2": ("À valider 2", "A"),
    "VALIDEE_2": ("Validée 2", "B"),
    "REFUSEE_2": ("Refusée 2", "X"),
    "ERREUR_COTRAITANT_SUR_VALIDEUR": ("Erreur du cotraitant sur le valideur", "R"),
    "ABSENCE_VALIDATION_2_HORS_DELAI": ("Absence de validation 2 (hors délai)", "B"),
    "EN_COURS_ACHEMINEMENT": ("En cours d'acheminement", "B"),
    "MISE_A_DISPOSITION": ("Mise à disposition du destinataire", "A"),
    "A_RECYCLER": ("À recycler", "R"),
    "SUSPENDUE": ("Suspendue", "R"),
    "COMPLETEE": ("Complétée", "A"),
    "PRISE_EN_COMPTE_DESTINATAIRE": ("Prise en compte par le destinataire", "V"),
    "SERVICE_FAIT": ("Service fait", "V"),
    "MANDATEE": ("Mandatée", "V"),
    "MISE_A_DISPOSITION_COMPTABLE": ("Mise à disposition du comptable", "V"),
    "COMPTABILISEE": ("Comptabilisée", "V"),
    "MISE_EN_PAIEMENT": ("Mise en paiement", "P"),
    "REJETEE": ("Rejetée", "X"),
}
LETTRES = {
    "brouillon": "G",
    "achemine": "B",
    "attente": "A",
    "retour": "R",
    "refus": "X",
    "accepte": "V",
    "paye": "P",
}
CADRES = {
    "A1": "A1_FACTURE_FOURNISSEUR",
    "A2": "A2_FACTURE_FOURNISSEUR_DEJA_PAYEE",
    "A9": "A9_FACTURE_SOUSTRAITANT",
    "A12": "A12_FACTURE_COTRAITANT",
}


def test_les_numeros_sont_ceux_du_dossier():
    assert [row.numero for row in CYCLE.rows] == [ligne[0] for ligne in DOSSIER]


@pytest.mark.parametrize("ligne", DOSSIER, ids=lambda ligne: ligne[0])
def test_chaque_ligne_dit_ce_que_dit_le_dossier(ligne):
    numero, sources, usual, cible, acteurs, needs, regime, cadres, mails = ligne
    row = next(r for r in CYCLE.rows if r.numero == numero)
    assert row.sources == set(sources.split())
    assert row.usual == set(usual.split())
    assert (row.target or "=") == cible
    assert row.acteurs == acteurs
    assert row.needs == set(needs.split())
    assert row.regimes == set(regime.split())
    assert row.cadres == {CADRES[c] for c in cadres.split()}
    assert row.mails == tuple(mails.split())


def test_le_catalogue_des_statuts_est_celui_du_dossier():
    assert {s.value: (s.label, LETTRES[s.famille]) for s in Statut} == CATALOGUE


def test_une_facture_rejetee_ou_payee_n_accepte_plus_rien():
    for statut in (Statut.REJETEE, Statut.MISE_EN_PAIEMENT, Statut.SUPPRIMEE):
        changements = [r.numero for r in CYCLE.rows if statut in r.sources and r.target is not None]
        assert changements == []
