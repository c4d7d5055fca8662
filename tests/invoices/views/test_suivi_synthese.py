"""« Synthèse » du fournisseur : ce qui attend, le geste de chaque ligne, les rejets (factures.md §6.1)."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from invoices.enums import Acteur, Action, Cadre, ModeDepot, Statut
from invoices.models import Facture, HistoriqueStatut
from sandbox.cohorts.enums import Regime
from tests import factories
from tests.invoices.views.conftest import url

pytestmark = pytest.mark.django_db


def blocs(client, **criteres):
    html = client.get(url("synthese"), criteres).content.decode()
    traiter, _, en_cours = html.partition('<details class="repli')
    return traiter, en_cours


def ligne(html, numero):
    """Text of the row of an invoice."""
    for rangee in re.findall(r"<tr data-bas-cle.*?</tr>", html, re.DOTALL):
        if f">{numero}<" in rangee:
            return " ".join(re.sub(r"<(?!a\s|button\s)[^>]+>", " ", rangee).split())
    return ""


@pytest.fixture
def facture(structure, destinataire):
    def _facture(statut, **champs):
        return factories.facture(structure, destinataire, **({"numero": statut.value[:20], "statut": statut} | champs))

    return _facture


@pytest.mark.parametrize(
    ("statut", "geste", "route"),
    [
        (Statut.SUSPENDUE, "Compléter", "completer"),
        (Statut.A_RECYCLER, "Recycler", "recycler"),
        (Statut.ERREUR_FOURNISSEUR_SUR_VALIDEUR, "Modifier le valideur", "corriger_valideur"),
    ],
)
def test_chaque_ligne_dit_son_geste_et_y_mene(gestionnaire, facture, statut, geste, route):
    attendue = facture(statut, numero="A-FAIRE")
    rangee = ligne(blocs(gestionnaire)[0], "A-FAIRE")
    assert f'href="{url(route, attendue.pk)}"' in rangee
    assert geste in rangee


def test_un_brouillon_se_reprend_et_se_supprime(gestionnaire, structure, destinataire, brouillon):
    a_lire = factories.brouillon(
        structure,
        destinataire,
        numero="A-LIRE",
        statut=Statut.INTERPRETEE_OCR,
        mode_depot=ModeDepot.DEPOT_PDF_PORTAIL,
    )
    html = blocs(gestionnaire)[0]
    assert "Reprendre le brouillon" in ligne(html, "F-2026-001")
    assert url("brouillon", brouillon.pk) in ligne(html, "F-2026-001")
    assert url("supprimer", brouillon.pk) in ligne(html, "F-2026-001")
    assert url("depot", a_lire.pk) in ligne(html, "A-LIRE")


def test_le_motif_et_le_commentaire_du_retour_sont_dans_la_ligne(gestionnaire, cohort, facture):
    suspendue = facture(Statut.SUSPENDUE, numero="F-1")
    facture(Statut.SUSPENDUE, numero="F-2")
    with cohort.monde():
        HistoriqueStatut.objects.create(
            cohort=cohort,
            place=1,
            facture=suspendue,
            action=Action.SUSPENDRE,
            statut=Statut.SUSPENDUE,
            acteur=Acteur.DESTINATAIRE,
            auteur="Mairie",
            motif="JUSTIF_ABS",
            commentaire="Bon de livraison <absent>.",
            survenu_le=cohort.simulated_now() + timedelta(hours=9),
        )
    html = blocs(gestionnaire)[0]
    assert "Justificatif absent ou insuffisant" in ligne(html, "F-1")
    assert "Bon de livraison &lt;absent&gt;." in ligne(html, "F-1")
    assert "Justificatif" not in ligne(html, "F-2")


def test_les_rejets_se_cochent_et_se_traitent(gestionnaire, cohort, facture):
    rejets = [facture(Statut.REJETEE, numero=f"R-{rang}") for rang in range(2)]
    suspendue = facture(Statut.SUSPENDUE)
    html = blocs(gestionnaire)[0]
    cochables = re.findall(r'form="rejets"\s+name="factures"\s+value="(\d+)"', html)
    assert sorted(map(int, cochables)) == [r.pk for r in rejets]
    assert str(suspendue.pk) not in cochables
    assert f'form="rejet-{rejets[0].pk}"' in html
    reponse = gestionnaire.post(url("traiter_rejets"), {"factures": [rejets[0].pk]}, follow=True)
    assert "R-0" not in reponse.content.decode().partition('<details class="repli')[0]
    assert "R-1" in reponse.content.decode()


def test_sans_rejet_rien_a_cocher(gestionnaire, facture):
    facture(Statut.SUSPENDUE)
    html = blocs(gestionnaire)[0]
    assert 'form="rejets"' not in html
    assert "Masquer les rejetées" not in html


def test_masquer_les_rejetees(gestionnaire, facture):
    facture(Statut.REJETEE)
    facture(Statut.SUSPENDUE)
    html = blocs(gestionnaire)[0]
    assert "Masquer les rejetées" in html
    masquees = blocs(gestionnaire, masquer="1")[0]
    assert ">SUSPENDUE<" in masquees
    assert ">REJETEE<" not in masquees
    assert "Montrer la" in " ".join(masquees.split())


def test_quand_il_ne_reste_que_des_rejetees_masquees(gestionnaire, facture):
    facture(Statut.REJETEE)
    assert "Rien d'autre à traiter" in blocs(gestionnaire, masquer="1")[0]


@pytest.mark.parametrize(
    ("regime", "a_traiter", "en_cours"),
    [
        (Regime.HISTORIQUE, {"A9", "A12"}, set()),
        (Regime.REFORME_2026, {"A12"}, {"A9"}),
    ],
)
def test_un_refus_n_est_a_traiter_que_s_il_est_definitif(gestionnaire, cohort, facture, regime, a_traiter, en_cours):
    """D-09: under the 2026 rules an A9 that its validator refuses is transmitted all the same."""
    cohort.regime = regime
    cohort.save()
    facture(Statut.REFUSEE_1, numero="A9", cadre=Cadre.A9)
    facture(Statut.REFUSEE_2, numero="A12", cadre=Cadre.A12)
    facture(Statut.REFUSEE_1, numero="TRAITEE", cadre=Cadre.A12, rejet_traite=True)
    trouves = [{n for n in ("A9", "A12", "TRAITEE") if ligne(bloc, n)} for bloc in blocs(gestionnaire)]
    assert trouves == [a_traiter, en_cours]


def test_en_consultation_on_lit_sans_agir(lecteur, facture, brouillon):
    suspendue, rejetee = facture(Statut.SUSPENDUE), facture(Statut.REJETEE)
    html = blocs(lecteur)[0]
    for pk in (suspendue.pk, rejetee.pk, brouillon.pk):
        assert url("facture", pk) in html
    assert "Traiter le rejet" not in html
    assert "Compléter" not in html
    assert url("supprimer", brouillon.pk) not in html


def test_autant_de_requetes_pour_3_ou_300(gestionnaire, cohort, facture):
    def requetes():
        with CaptureQueriesContext(connection) as vues:
            assert ">F-SEULE<" in blocs(gestionnaire, lignes="100", tri="-numero")[0]
        return len(vues)

    statuts = (Statut.SUSPENDUE, Statut.REJETEE, Statut.ERREUR_FOURNISSEUR_SUR_VALIDEUR)
    modeles = [facture(s, numero="F-SEULE" if not rang else s.value[:20]) for rang, s in enumerate(statuts)]
    une = requetes()
    with cohort.monde():
        copies = []
        for rang in range(297):
            copie = Facture.objects.get(pk=modeles[rang % 3].pk)
            copie.pk, copie.numero = None, f"C-{rang}"
            copies.append(copie)
        Facture.objects.bulk_create(copies)
    assert requetes() == une
    assert une <= 12


def test_l_autre_session_n_y_est_pas(gestionnaire, autre_client, facture):
    facture(Statut.REJETEE, numero="SECRETE")
    assert ligne(blocs(gestionnaire)[0], "SECRETE")
    assert "SECRETE" not in "".join(blocs(autre_client))
