"""Avoirs: bound to their invoice, closed by the portal when it is rejected (factures.md T35, bonus 13)."""

from datetime import date

import pytest

from invoices import lifecycle
from invoices.enums import Acteur, Statut, TypeFacture
from invoices.models import Facture
from invoices.services import avoirs
from tests import factories

pytestmark = pytest.mark.django_db
S = Statut


@pytest.fixture
def emise(monde, structure, destinataire, compte):
    def faire(numero, statut=S.MISE_A_DISPOSITION, de=structure, **champs):
        faite = factories.facture(de, destinataire, numero=numero, statut=statut, compte=compte, **champs)
        faite.cohort = monde
        return faite

    return faire


@pytest.fixture
def avoir(emise):
    def faire(numero="A-1", origine="F-118", statut=S.MISE_A_DISPOSITION, **champs):
        return emise(numero, statut, type_facture=TypeFacture.AVOIR, numero_facture_origine=origine, **champs)

    return faire


def test_l_avoir_retrouve_sa_facture_et_elle_ses_avoirs(emise, avoir, cohort):
    facture, a1 = emise("F-118"), avoir()
    avoir("A-2", "AUTRE")
    avoir("A-3", statut=S.BROUILLON)
    emise("F-118", de=factories.structure(cohort, 2))
    assert avoirs.origine(a1) == facture
    assert list(avoirs.de(facture)) == [a1]


def test_le_meme_numero_sur_deux_annees_designe_la_derniere(emise, avoir):
    emise("F-118", date_facture=date(2025, 12, 1))
    recente = emise("F-118")
    assert avoirs.origine(avoir()) == recente


@pytest.mark.parametrize("champs", [{"origine": ""}, {"origine": "INCONNUE"}])
def test_un_avoir_sans_origine_connue(avoir, champs):
    assert avoirs.origine(avoir(**champs)) is None


def test_une_facture_n_a_pas_d_origine(emise):
    emise("F-118")
    assert avoirs.origine(emise("F-2", numero_facture_origine="F-118")) is None


def test_l_avoir_arrive_apres_le_rejet_est_clos_a_son_arrivee(emise, avoir):
    emise("F-118", S.REJETEE)
    a1 = avoir()
    assert avoirs.solder_si_besoin(a1)
    a1 = Facture.objects.get(pk=a1.pk)
    assert (a1.statut, a1.solde) == (S.PRISE_EN_COMPTE_DESTINATAIRE, True)
    derniere = a1.historique.order_by("pk").last()
    assert (derniere.transition, derniere.auteur) == ("T35", "Chorus Pro (simulé)")
    assert "F-118 est rejetée" in derniere.commentaire
    assert [r for r in lifecycle.available(a1.situation(), Acteur.DESTINATAIRE) if r.target] == []


@pytest.mark.parametrize("statut", [S.MISE_A_DISPOSITION, S.SUSPENDUE, S.MISE_EN_PAIEMENT])
def test_l_avoir_d_une_facture_vivante_reste(emise, avoir, statut):
    emise("F-118", statut)
    assert not avoirs.solder_si_besoin(avoir())


def test_un_avoir_deja_repris_ou_sans_origine_reste(emise, avoir):
    emise("F-118", S.REJETEE)
    assert not avoirs.solder_si_besoin(avoir(statut=S.SERVICE_FAIT))
    assert not avoirs.solder_si_besoin(avoir("A-2", "INCONNUE"))


def test_le_rejet_solde_les_avoirs_qui_attendent(emise, avoir):
    facture = emise("F-118", S.REJETEE)
    attend, repris, ailleurs = avoir(), avoir("A-2", statut=S.SERVICE_FAIT), avoir("A-3", "AUTRE")
    assert avoirs.solder_ceux_de(facture) == 1
    statuts = dict(Facture.objects.filter(type_facture="AVOIR").values_list("pk", "statut"))
    assert statuts == {
        attend.pk: S.PRISE_EN_COMPTE_DESTINATAIRE,
        repris.pk: S.SERVICE_FAIT,
        ailleurs.pk: S.MISE_A_DISPOSITION,
    }
