"""Portal accounts: the identity that trainees create as an exercise (comptes-structures.md §2)."""

from datetime import datetime, timedelta
from typing import ClassVar

from django.contrib.auth.hashers import check_password, make_password
from django.db import models
from django.utils.crypto import salted_hmac

from accounts.enums import DeuxiemeFacteur, EtatCompte, UsageJeton
from sandbox import clock
from sandbox.cohorts.scoping import MondeModel, monde_manager


class Compte(MondeModel):
    """A portal account, unique by login address in its session. Real time rules its locks and links."""

    login_email = models.EmailField("adresse électronique de connexion", max_length=120)
    contact_email = models.EmailField("adresse e-mail de contact", max_length=120)
    prenom = models.CharField("prénom", max_length=60)
    nom = models.CharField("nom", max_length=60)
    telephone = models.CharField("téléphone", max_length=30, blank=True)
    mot_de_passe = models.CharField("mot de passe", max_length=128, blank=True)
    etat = models.CharField("état", max_length=25, choices=EtatCompte, default=EtatCompte.EN_ATTENTE_ACTIVATION)
    echecs = models.PositiveSmallIntegerField("mots de passe faux de suite", default=0)
    bloque_jusqua = models.DateTimeField("bloqué jusqu'au (temps réel)", null=True, blank=True)
    derniere_connexion = models.DateTimeField("dernière connexion", null=True, blank=True)
    connexions = models.PositiveIntegerField("nombre de connexions", default=0)
    deuxieme_facteur = models.CharField(
        "second facteur", max_length=5, choices=DeuxiemeFacteur, default=DeuxiemeFacteur.COURRIEL
    )
    secret_totp = models.CharField("clé de l'application d'authentification", max_length=64, blank=True)
    adresse_travail = models.CharField("adresse du lieu de travail", max_length=200, blank=True)
    biographie = models.CharField("biographie", max_length=500, blank=True)
    pigp = models.BooleanField("agent public venant du PIGP", default=False)
    notif_facturation = models.BooleanField("notification Facturation", default=True)
    notif_engagements = models.BooleanField("notification Engagements", default=False)
    notif_cessibilite = models.BooleanField("notification Certificats de cessibilité", default=False)
    recap_quotidien = models.BooleanField("récapitulatif quotidien", default=False)
    cree_le = models.DateTimeField("créé le", default=clock.now)

    objects = monde_manager()

    class Meta:
        verbose_name = "compte"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["cohort", "login_email"], name="compte_login_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.prenom} {self.nom}".strip()

    def est_bloque(self, reel: datetime | None = None) -> bool:
        return self.bloque_jusqua is not None and self.bloque_jusqua > (reel or clock.real_now())

    def set_password(self, mot_de_passe: str) -> None:
        self.mot_de_passe = make_password(mot_de_passe)

    def check_password(self, mot_de_passe: str) -> bool:
        return check_password(mot_de_passe, self.mot_de_passe)

    def empreinte_session(self) -> str:
        """Changes with the password: an open session of the old one ends."""
        return salted_hmac("accounts.Compte.session", self.mot_de_passe).hexdigest()[:20]


class Jeton(MondeModel):
    """Link sent by mail, valid 60 real minutes whatever the simulated clock (formation.md MSG-3)."""

    VALIDITE = timedelta(minutes=60)

    compte = models.ForeignKey(Compte, models.CASCADE, related_name="jetons", verbose_name="compte")
    usage = models.CharField("usage", max_length=14, choices=UsageJeton)
    jeton = models.CharField("jeton", max_length=64)
    nouvelle_adresse = models.EmailField("nouvelle adresse de connexion", max_length=120, blank=True)
    expire_le = models.DateTimeField("expire le (temps réel)")
    utilise_le = models.DateTimeField("utilisé le (temps réel)", null=True, blank=True)

    objects = monde_manager()

    class Meta:
        verbose_name = "jeton"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["cohort", "jeton"], name="jeton_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.get_usage_display()} de {self.compte}"

    def est_valide(self) -> bool:
        return self.utilise_le is None and self.expire_le > clock.real_now()


class CodeConnexion(MondeModel):
    """Second factor sent by mail: six digits, ten real minutes, five tries (comptes-structures.md §2.3, §13.4)."""

    VALIDITE = timedelta(minutes=10)
    ESSAIS_MAXIMUM = 5

    compte = models.ForeignKey(Compte, models.CASCADE, related_name="codes", verbose_name="compte")
    code = models.CharField("empreinte du code", max_length=128)
    expire_le = models.DateTimeField("expire le (temps réel)")
    essais = models.PositiveSmallIntegerField("essais faux", default=0)
    utilise_le = models.DateTimeField("utilisé le (temps réel)", null=True, blank=True)

    objects = monde_manager()

    class Meta:
        verbose_name = "code de connexion"
        indexes: ClassVar = [models.Index(fields=["cohort", "compte", "-id"], name="code_connexion_idx")]

    def __str__(self) -> str:
        return f"Code de {self.compte}"
