"""Calls received, and the faults that a trainer has switched on."""

from typing import ClassVar

from django.db import models

from api.enums import TypePanne
from invoices.models import Facture
from sandbox import clock
from sandbox.cohorts.scoping import MondeModel, monde_manager
from sandbox.documents.fields import EmpreinteField
from structures.models import ApplicationPiste, CompteTechnique

RECHERCHE, SANS_RESULTAT = "rechercher", (20_000, 20_007)
"""Beginning of the name of every search, and what one that finds nothing answers."""


class AppelApi(MondeModel):
    """A call as its caller and his trainer read it again: base64 cut, secrets masked (api.md §12).

    ``place`` is the seat of the technical account, or that of the application when the account is not known.
    """

    application = models.ForeignKey(
        ApplicationPiste, models.CASCADE, related_name="appels", verbose_name="application PISTE"
    )
    login = models.CharField("compte technique", max_length=120, blank=True)
    methode = models.CharField("méthode", max_length=8)
    chemin = models.CharField("adresse", max_length=200)
    operation = models.CharField("opération", max_length=80, blank=True)
    statut = models.PositiveSmallIntegerField("statut HTTP")
    code_retour = models.IntegerField("codeRetour", null=True, blank=True)
    raison = models.TextField("raison d'un refus", blank=True)
    requete = models.TextField("requête", blank=True)
    reponse = models.TextField("réponse", blank=True)
    duree = models.PositiveIntegerField("durée (ms)", default=0)
    panne = models.CharField("panne simulée", max_length=20, choices=TypePanne, blank=True)
    correlation = models.CharField("x-correlationid", max_length=40)
    recu_le = models.DateTimeField("reçu le (temps réel)", default=clock.real_now)

    objects = monde_manager()

    class Meta:
        verbose_name = "appel de l'API"
        ordering: ClassVar = ["-pk"]
        indexes: ClassVar = [
            models.Index(fields=["cohort", "place", "-id"], name="appel_api_poste_idx"),
            models.Index(fields=["cohort", "-id"], name="appel_api_session_idx"),
        ]

    def __str__(self) -> str:
        return f"{self.methode} {self.chemin} → {self.statut}"

    @property
    def sans_resultat(self) -> bool:
        """A search that found nothing: a ``codeRetour``, and no refusal (api.md A-05)."""
        return self.operation.startswith(RECHERCHE) and self.code_retour in SANS_RESULTAT

    @property
    def refuse(self) -> bool:
        return self.statut >= 400 or (bool(self.code_retour) and not self.sans_resultat)


class Panne(MondeModel):
    """A fault switched on for a session, or one seat of it (``place``), until an hour or a number of calls."""

    type = models.CharField("panne", max_length=20, choices=TypePanne)
    api = models.CharField("API visée", max_length=30, blank=True)
    """Empty: all of them."""
    restants = models.PositiveIntegerField("appels encore touchés", null=True, blank=True)
    jusqu_a = models.DateTimeField("jusqu'à (temps réel)")
    posee_le = models.DateTimeField("posée le (temps réel)", default=clock.real_now)
    posee_par = models.CharField("posée par", max_length=150, blank=True)

    objects = monde_manager()

    class Meta:
        verbose_name = "panne simulée"
        indexes: ClassVar = [models.Index(fields=["cohort", "jusqu_a"], name="panne_active_idx")]

    def __str__(self) -> str:
        return str(TypePanne(self.type).label)


class FichierApi(MondeModel):
    """A file that a program has deposited, until an invoice names it (api.md §6.2, §7): ``pieceJointeId`` is its id."""

    technique = models.ForeignKey(
        CompteTechnique, models.CASCADE, related_name="fichiers", verbose_name="compte technique"
    )
    nom = models.CharField("nom du fichier", max_length=200)
    type_mime = models.CharField("type MIME", max_length=100, blank=True)
    extension = models.CharField("extension", max_length=20, blank=True)
    empreinte = EmpreinteField("fichier")
    taille = models.PositiveIntegerField("taille (octets)")
    signalement = models.CharField("signalement", max_length=200, blank=True)
    depose_le = models.DateTimeField("déposé le", default=clock.now)
    facture = models.ForeignKey(
        Facture, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="brouillon né de sa lecture"
    )
    """Of deposer/pdf only."""

    objects = monde_manager()

    class Meta:
        verbose_name = "fichier déposé par API"
        indexes: ClassVar = [models.Index(fields=["cohort", "technique", "empreinte"], name="fichier_api_idx")]

    def __str__(self) -> str:
        return self.nom
