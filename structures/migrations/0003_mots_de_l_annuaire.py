"""Words of the annuaire for the sessions made before it: without them, no name would be found there."""

from django.db import migrations

from structures.services.annuaire import mots_de


def indexer(apps, schema_editor):
    Structure, MotAnnuaire = apps.get_model("structures", "Structure"), apps.get_model("structures", "MotAnnuaire")
    mots = (
        MotAnnuaire(cohort_id=s.cohort_id, place=s.place, structure_id=s.pk, mot=mot, champs=champs)
        for s in Structure.objects.iterator(chunk_size=1000)
        for mot, champs in mots_de(s).items()
    )
    MotAnnuaire.objects.bulk_create(mots, batch_size=2000)
    EntrepriseInsee = apps.get_model("structures", "EntrepriseInsee")
    entreprises = list(EntrepriseInsee.objects.all())
    for entreprise in entreprises:
        EntrepriseInsee._meta.get_field("mots").pre_save(entreprise, add=False)
    EntrepriseInsee.objects.bulk_update(entreprises, ["mots"], batch_size=1000)


class Migration(migrations.Migration):

    dependencies = [
        ("structures", "0002_droits_et_raccordement"),
    ]

    operations = [
        migrations.RunPython(indexer, migrations.RunPython.noop),
    ]
