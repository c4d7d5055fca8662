"""Sent invoices of earlier versions: their service as a row, and the request that their validator has not answered."""

from django.db import migrations


def reprendre(apps, schema_editor):
    Facture = apps.get_model("invoices", "Facture")
    Validation = apps.get_model("invoices", "Validation")
    Service = apps.get_model("structures", "Service")
    avant_envoi = ["INTERPRETEE_OCR", "BROUILLON", "SUPPRIMEE"]
    envoyees = Facture._base_manager.exclude(statut__in=avant_envoi).filter(service__isnull=True)
    codes = envoyees.exclude(code_service="").values_list("destinataire_id", "code_service").distinct()
    for destinataire, code in list(codes):
        service = Service._base_manager.filter(structure_id=destinataire, code__iexact=code).first()
        if service is not None:
            envoyees.filter(destinataire_id=destinataire, code_service=code).update(service=service)
    for rang, statut, colonne in ((1, "A_VALIDER_1", "valideur_id"), (2, "A_VALIDER_2", "valideur_2_id")):
        attendues = Facture._base_manager.filter(statut=statut).exclude(**{colonne: None})
        for facture in attendues.exclude(validations__decision="").iterator():
            Validation._base_manager.create(
                cohort_id=facture.cohort_id,
                place=facture.place,
                facture=facture,
                rang=rang,
                structure_id=getattr(facture, colonne),
                demandee_le=facture.statut_depuis,
            )


class Migration(migrations.Migration):
    dependencies = [("invoices", "0003_factures_completes"), ("structures", "0004_factures_completes")]
    operations = [migrations.RunPython(reprendre, migrations.RunPython.noop)]
