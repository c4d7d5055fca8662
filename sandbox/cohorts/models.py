"""Training side of the sandbox: trainers, sessions (« Cohort » in code), seats, journal."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, ClassVar
from zoneinfo import ZoneInfo

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django_scopes import scope

from sandbox import clock
from sandbox.cohorts.enums import FUSEAUX, EtatSession, ModeHorloge, Regime
from sandbox.cohorts.scoping import monde_manager

if TYPE_CHECKING:
    _Gestionnaire = BaseUserManager["Formateur"]
else:
    _Gestionnaire = BaseUserManager


class FormateurManager(_Gestionnaire):
    def create_user(self, email: str, password: str | None = None, **champs: Any) -> "Formateur":
        formateur = self.model(email=self.normalize_email(email).lower(), **champs)
        formateur.set_password(password)
        formateur.save()
        return formateur

    def get_by_natural_key(self, username: str | None) -> "Formateur":
        return self.get(email=(username or "").strip().lower())


class Formateur(AbstractBaseUser):
    """Trainer or administrator: the only kind of user that Django's own login knows."""

    email = models.EmailField("adresse électronique", unique=True)
    nom = models.CharField("nom", max_length=120, blank=True)
    is_active = models.BooleanField("actif", default=True)
    est_admin = models.BooleanField("administrateur", default=False)

    USERNAME_FIELD = "email"
    objects = FormateurManager()

    class Meta:
        verbose_name = "formateur"

    def __str__(self) -> str:
        return self.nom or self.email


class Cohort(models.Model):
    """A session: one world of data, one clock, one code to join (formation.md §3)."""

    code = models.CharField("code", max_length=8, unique=True)
    titre = models.CharField("titre", max_length=120)
    formateur = models.ForeignKey(
        Formateur, models.SET_NULL, null=True, blank=True, related_name="sessions", verbose_name="formateur"
    )
    pack = models.CharField("pack", max_length=60)
    pack_version = models.CharField("version du pack", max_length=20)
    profils = models.JSONField("profils des contreparties", default=dict)
    places = models.PositiveSmallIntegerField(
        "nombre de places", validators=[MinValueValidator(1), MaxValueValidator(60)]
    )
    graine = models.CharField("graine", max_length=40)
    ancrage = models.DateField("date d'ancrage")
    date_debut = models.DateField("premier jour de formation", null=True, blank=True)
    date_fin = models.DateField("dernier jour de formation", null=True, blank=True)
    regime = models.CharField("régime", max_length=20, choices=Regime, default=Regime.HISTORIQUE)
    fuseau = models.CharField("fuseau horaire", max_length=40, choices=FUSEAUX, default="Europe/Paris")
    etat = models.CharField("état", max_length=20, choices=EtatSession, default=EtatSession.PREPAREE)
    cree_le = models.DateTimeField("créée le (temps réel)", default=clock.real_now)
    demonstration = models.BooleanField("session de démonstration", default=False)
    second_facteur = models.BooleanField("second facteur à la connexion", default=False)
    delai_flux = models.PositiveSmallIntegerField(
        "délai de traitement d'un flux (secondes réelles)", default=5, validators=[MaxValueValidator(600)]
    )
    controle_strict = models.BooleanField("contrôle strict des fichiers", default=False)
    """EN 16931, profile and schema findings of a deposited file refuse it instead of warning (api.md A-09)."""

    horloge_mode = models.CharField("horloge", max_length=12, choices=ModeHorloge, default=ModeHorloge.ARRETEE)
    horloge_vitesse = models.PositiveSmallIntegerField(
        "jours simulés par heure", default=5, validators=[MinValueValidator(1), MaxValueValidator(60)]
    )
    sim_reference = models.DateTimeField("instant simulé de référence")
    reel_reference = models.DateTimeField("instant réel de référence", default=clock.real_now)
    cible = models.DateTimeField("saut en cours jusqu'au", null=True, blank=True)
    wake_at = models.DateTimeField("prochain réveil (temps réel)", null=True, blank=True)
    sequence = models.PositiveBigIntegerField("dernier numéro d'évènement", default=0)
    revision = models.PositiveBigIntegerField("révision", default=0)
    """Grows each time something was played or reset: open pages look again when it has."""

    class Meta:
        verbose_name = "session"
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(places__gte=1, places__lte=60), name="cohort_places"),
            models.CheckConstraint(condition=Q(horloge_vitesse__gte=1, horloge_vitesse__lte=60), name="cohort_vitesse"),
        ]
        indexes: ClassVar = [models.Index(fields=["wake_at"], name="cohort_reveil_idx")]

    def __str__(self) -> str:
        return f"{self.titre} ({self.code})"

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.fuseau)

    @property
    def facteur(self) -> int:
        """Simulated seconds per real second."""
        if self.horloge_mode == ModeHorloge.ARRETEE:
            return 0
        return 24 * self.horloge_vitesse if self.horloge_mode == ModeHorloge.ACCELEREE else 1

    def simulated_now(self, reel: datetime | None = None) -> datetime:
        """Simulated instant (aware) at this real one, now by default."""
        facteur = self.facteur
        if not facteur:
            return self.sim_reference
        ecoule = (reel or clock.real_now()) - self.reel_reference
        return self.sim_reference + max(ecoule, timedelta()) * facteur

    def real_of(self, simule: datetime) -> datetime | None:
        """Real instant at which the clock will show ``simule``; None when it is stopped before it."""
        if simule <= self.sim_reference:
            return self.reel_reference
        facteur = self.facteur
        return self.reel_reference + (simule - self.sim_reference) / facteur if facteur else None

    @property
    def jour(self) -> int:
        """n of « J+n »: simulated days since the anchor date."""
        return (self.simulated_now().astimezone(self.zone).date() - self.ancrage).days

    def depart(self) -> datetime:
        """Instant at which the world starts: the anchor date at 9 h (exercices.md §0.1).

        In UTC: adding days to a local instant would miss the hour of summer time.
        """
        return datetime.combine(self.ancrage, time(9), tzinfo=self.zone).astimezone(UTC)

    @contextmanager
    def monde(self, instant: datetime | None = None) -> Iterator["Cohort"]:
        """Open this world: scoped reads, simulated clock, time zone of the session."""
        with scope(cohort=self), clock.at(instant or self.simulated_now(), self.zone):
            yield self


class Participant(models.Model):
    """Seat of a session. Outside the world's data: a reset never loses it (formation.md ROL-1)."""

    cohort = models.ForeignKey(Cohort, models.CASCADE, related_name="+", verbose_name="session")
    numero = models.PositiveSmallIntegerField("poste")
    pin = models.CharField("code PIN", max_length=6)
    prenom = models.CharField("prénom", max_length=60, blank=True)
    nom = models.CharField("nom", max_length=60, blank=True)
    arrive_le = models.DateTimeField("arrivé le (temps réel)", null=True, blank=True)
    vu_le = models.DateTimeField("vu le (temps réel)", null=True, blank=True)
    version = models.PositiveSmallIntegerField("version du jeton de place", default=1)

    objects = monde_manager()

    class Meta:
        verbose_name = "participant"
        ordering: ClassVar = ["cohort", "numero"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["cohort", "numero"], name="participant_numero_unique"),
        ]

    def __str__(self) -> str:
        return f"Poste {self.numero:02d} {self.prenom}".strip()

    @property
    def pris(self) -> bool:
        return self.arrive_le is not None

    @property
    def libelle(self) -> str:
        return f"{self.numero:02d}"

    @property
    def courriel(self) -> str:
        """Training address of the seat (exercices.md, Exercice 1)."""
        return f"stagiaire{self.numero:02d}@session.example"


class Trace(models.Model):
    """Journal of the session, append-only: who did what, in real and simulated time (formation.md §3).

    Not part of a snapshot: what happened stays true after a reset.
    """

    class Auteur(models.TextChoices):
        STAGIAIRE = "stagiaire", "Stagiaire"
        FORMATEUR = "formateur", "Formateur"
        ROBOT = "robot", "Robot"
        SYSTEME = "systeme", "Système"

    cohort = models.ForeignKey(Cohort, models.CASCADE, related_name="+", verbose_name="session")
    place = models.PositiveSmallIntegerField("poste", null=True, blank=True)
    reel_le = models.DateTimeField("instant réel", default=clock.real_now)
    simule_le = models.DateTimeField("instant simulé", null=True, blank=True)
    auteur = models.CharField("auteur", max_length=10, choices=Auteur)
    nom = models.CharField("nom de l'auteur", max_length=150, blank=True)
    verbe = models.CharField("action", max_length=60)
    objet = models.CharField("objet", max_length=255, blank=True)
    details = models.JSONField("détails", default=dict, blank=True)

    objects = monde_manager()

    class Meta:
        verbose_name = "trace"
        indexes: ClassVar = [models.Index(fields=["cohort", "-id"], name="trace_fil_idx")]

    def __str__(self) -> str:
        return f"{self.verbe} {self.objet}".strip()
