"""Access of a partner, files that wait for him, life-cycle files that he sent."""

from typing import ClassVar

from django.db import models

from accounts.models import Compte
from edi.enums import EtatStatuts, Nature
from invoices.models import Flux
from sandbox import clock
from sandbox.cohorts.scoping import MondeModel, monde_manager
from sandbox.documents.fields import EmpreinteField
from structures.models import FicheRaccordement


class AccesSftp(MondeModel):
    """How the partner of a fiche opens the SFTP server: a login of the whole installation, a password, public keys."""

    fiche = models.OneToOneField(
        FicheRaccordement, models.CASCADE, related_name="acces_sftp", verbose_name="fiche de raccordement"
    )
    identifiant = models.CharField("identifiant", max_length=40, unique=True)
    mot_de_passe = models.CharField("mot de passe (condensé)", max_length=128)
    version = models.PositiveIntegerField("version du mot de passe", default=1)
    cles = models.JSONField("clés publiques", default=list, blank=True)
    """``cle`` (OpenSSH: type and base64), ``empreinte`` (SHA256:…), ``commentaire``."""
    cree_par = models.ForeignKey(Compte, models.SET_NULL, null=True, related_name="+", verbose_name="créé par")
    cree_le = models.DateTimeField("créé le", default=clock.now)
    echecs = models.PositiveSmallIntegerField("mots de passe faux à la suite", default=0)
    bloque_jusqua = models.DateTimeField("bloqué jusqu'au (temps réel)", null=True, blank=True)
    connecte_le = models.DateTimeField("dernière connexion (temps réel)", null=True, blank=True)

    objects = monde_manager()

    class Meta:
        verbose_name = "accès SFTP"

    def __str__(self) -> str:
        return self.identifiant

    def est_bloque(self) -> bool:
        return self.bloque_jusqua is not None and self.bloque_jusqua > clock.real_now()


class FichierSortant(MondeModel):
    """A file of ``out``, until its partner deletes it: he has collected it (``releve_le``).

    ``cle`` says what it tells (« cr:12 »): the same thing is told once, even after it was collected.
    """

    fiche = models.ForeignKey(
        FicheRaccordement, models.CASCADE, related_name="sortants", verbose_name="fiche de raccordement"
    )
    nature = models.CharField("nature", max_length=20, choices=Nature)
    nom = models.CharField("nom", max_length=80)
    sequence = models.PositiveBigIntegerField("séquence", null=True, blank=True)
    cle = models.CharField("clé d'unicité", max_length=60)
    flux = models.ForeignKey(
        Flux, models.SET_NULL, null=True, blank=True, related_name="sortants", verbose_name="flux concerné"
    )
    empreinte = EmpreinteField("contenu")
    taille = models.PositiveIntegerField("taille (octets)")
    cree_le = models.DateTimeField("créé le", default=clock.now)
    releve_le = models.DateTimeField("relevé le (temps réel)", null=True, blank=True)

    objects = monde_manager()

    class Meta:
        verbose_name = "fichier sortant"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["cohort", "fiche", "cle"], name="fichier_sortant_cle_unique"),
            models.UniqueConstraint(fields=["cohort", "fiche", "nom"], name="fichier_sortant_nom_unique"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["cohort", "fiche", "id"],
                condition=models.Q(releve_le__isnull=True),
                name="fichier_sortant_attente_idx",
            ),
        ]

    def __str__(self) -> str:
        return self.nom


class FichierStatuts(MondeModel):
    """A CPPStatut file deposited by a recipient (FEN1200A), and what became of each of its lines."""

    fiche = models.ForeignKey(
        FicheRaccordement, models.CASCADE, related_name="statuts_recus", verbose_name="fiche de raccordement"
    )
    compte = models.ForeignKey(Compte, models.CASCADE, related_name="+", verbose_name="déposant")
    nom = models.CharField("nom", max_length=60)
    empreinte = EmpreinteField("contenu")
    taille = models.PositiveIntegerField("taille (octets)")
    etat = models.CharField("état", max_length=20, choices=EtatStatuts, default=EtatStatuts.EN_ATTENTE)
    recu_le = models.DateTimeField("reçu le", default=clock.now)
    traite_le = models.DateTimeField("traité le", null=True, blank=True)
    erreurs = models.JSONField("erreurs techniques", default=list, blank=True)
    resultats = models.JSONField("résultat de chaque ligne", default=list, blank=True)

    objects = monde_manager()

    class Meta:
        verbose_name = "fichier de statuts"
        indexes: ClassVar = [models.Index(fields=["cohort", "fiche", "-id"], name="fichier_statuts_idx")]

    def __str__(self) -> str:
        return self.nom

    @property
    def est_traite(self) -> bool:
        return self.etat != EtatStatuts.EN_ATTENTE
