"""The simulated INSEE directory, and the words by which the annuaire finds a structure."""

from typing import Any, ClassVar

from django.db import models

from sandbox.cohorts.scoping import MondeModel, monde_manager
from structures.models.structures import Structure
from structures.mots import LONGUEUR, mots


class MotsField(models.CharField):
    """Words of another column, each after a space, written with the row (``bulk_create`` included)."""

    def __init__(self, *args: Any, source: str = "", **kwargs: Any) -> None:
        self.source = source
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        nom, chemin, args, kwargs = super().deconstruct()
        return nom, chemin, args, kwargs | {"source": self.source}

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        texte = "".join(f" {mot}" for mot in mots(getattr(model_instance, self.source)))[: self.max_length]
        setattr(model_instance, self.attname, texte)
        return texte


class EntrepriseInsee(MondeModel):
    """Row of the simulated INSEE directory: fictitious, one world's own (comptes-structures.md §13.6)."""

    siret = models.CharField("SIRET", max_length=14)
    raison_sociale = models.CharField("raison sociale", max_length=99)
    mots = MotsField("mots", source="raison_sociale", max_length=250, default="", editable=False)
    adresse = models.CharField("adresse", max_length=200)
    code_postal = models.CharField("code postal", max_length=10)
    ville = models.CharField("ville", max_length=100)
    categorie_juridique = models.CharField("catégorie juridique", max_length=80, blank=True)
    numero_tva = models.CharField("n° de TVA intracommunautaire", max_length=20, blank=True)
    active = models.BooleanField("active", default=True)

    objects = monde_manager()

    class Meta:
        verbose_name = "entreprise de la base INSEE simulée"
        constraints: ClassVar = [models.UniqueConstraint(fields=["cohort", "siret"], name="insee_siret_unique")]
        indexes: ClassVar = [models.Index(fields=["cohort", "raison_sociale"], name="insee_nom_idx")]

    def __str__(self) -> str:
        return self.raison_sociale


class MotAnnuaire(MondeModel):
    """A word of what the annuaire knows of a structure, without accents, in capitals, looked up by its beginning.

    Ours, because neither database searches inside 100,000 names by an index that the other has too.
    """

    structure = models.ForeignKey(Structure, models.CASCADE, related_name="mots", verbose_name="structure")
    mot = models.CharField("mot", max_length=LONGUEUR)
    champs = models.CharField("champs", max_length=6, default="")
    """Where the word stands, one letter a column: ``structures.services.annuaire.LETTRES``."""

    objects = monde_manager()

    class Meta:
        verbose_name = "mot de l'annuaire"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["cohort", "structure", "mot"], name="mot_annuaire_unique"),
        ]
        indexes: ClassVar = [models.Index(fields=["cohort", "mot", "structure"], name="mot_annuaire_idx")]

    def __str__(self) -> str:
        return self.mot
