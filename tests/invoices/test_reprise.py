"""Sessions of earlier versions keep working: what their invoices lacked is filled in by the migration."""

from importlib import import_module

from django.apps import apps

from invoices.enums import Cadre, Statut
from invoices.models import Facture, Validation
from tests import factories

reprendre = import_module("invoices.migrations.0004_services_et_validations").reprendre


def test_les_factures_envoyees_retrouvent_leur_service(structure, compte, cohort):
    hopital = factories.publique(cohort, factories.HOPITAL)
    envoyee = factories.facture(structure, hopital, compte=compte, code_service="chm-tech")
    inconnue = factories.facture(structure, hopital, compte=compte, code_service="AUTRE", numero="F-2")
    brouillon = factories.brouillon(structure, hopital, compte=compte, code_service="CHM-TECH", numero="F-3")
    reprendre(apps, None)
    with cohort.monde():
        assert Facture.objects.get(pk=envoyee.pk).service.code == "CHM-TECH"
        assert Facture.objects.get(pk=inconnue.pk).service is None
        assert Facture.objects.get(pk=brouillon.pk).service is None


def test_une_validation_attendue_a_sa_demande_une_seule_fois(structure, compte, destinataire, cohort):
    valideur = factories.structure(cohort, 2)
    facture = factories.facture(
        structure, destinataire, compte=compte, cadre=Cadre.A12, statut=Statut.A_VALIDER_1, valideur=valideur
    )
    reprendre(apps, None)
    reprendre(apps, None)
    with cohort.monde():
        demande = Validation.objects.get()
        assert (demande.facture, demande.structure, demande.rang, demande.decision) == (facture, valideur, 1, "")
        assert demande.demandee_le == facture.statut_depuis
