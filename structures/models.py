"""Structures, their services and accounts, who is attached to them, and the simulated INSEE directory."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from accounts.enums import Niveau
from accounts.models import Compte
from accounts.profils import Profil
from sandbox import clock
from sandbox.cohorts.scoping import MondeModel, monde_manager
from structures import rules
from structures.enums import EtatService, EtatStructure, Nature, Role, StatutRattachement, TypeIdentifiant


class EntrepriseInsee(MondeModel):
    """Row of the simulated INSEE directory: fictitious, one world's own (comptes-structures.md §13.6)."""

    siret = models.CharField("SIRET", max_length=14)
    raison_sociale = models.CharField("raison sociale", max_length=99)
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


class StructureQuerySet(models.QuerySet):
    def actives(self) -> "StructureQuerySet":
        return self.filter(etat=EtatStructure.ACTIF)

    def publiques(self) -> "StructureQuerySet":
        return self.filter(nature=Nature.PUBLIQUE)


class Structure(MondeModel):
    """A fiche structure (comptes-structures.md §4.1)."""

    type_identifiant = models.CharField("type d'identifiant", max_length=20, choices=TypeIdentifiant)
    identifiant = models.CharField("identifiant", max_length=80)
    raison_sociale = models.CharField("raison sociale", max_length=99)
    nature = models.CharField("nature", max_length=10, choices=Nature)
    etat = models.CharField("état", max_length=10, choices=EtatStructure, default=EtatStructure.ACTIF)
    numero_tva = models.CharField("n° de TVA intracommunautaire", max_length=20, blank=True)
    numero_rcs = models.CharField("identifiant fiscal RCS", max_length=60, blank=True)
    categorie_juridique = models.CharField("catégorie juridique", max_length=80, blank=True)
    email = models.EmailField("e-mail", max_length=120, blank=True)
    telephone = models.CharField("téléphone", max_length=30, blank=True)
    adresse = models.CharField("adresse", max_length=200, blank=True)
    complement_adresse = models.CharField("complément d'adresse", max_length=200, blank=True)
    code_postal = models.CharField("code postal", max_length=10, blank=True)
    ville = models.CharField("ville", max_length=100, blank=True)
    pays = models.CharField("pays", max_length=60, default="France")
    cree_le = models.DateTimeField("créée le", default=clock.now)

    service_obligatoire = models.BooleanField("code service obligatoire", default=False)
    engagement_obligatoire = models.BooleanField("n° d'engagement obligatoire", default=False)
    engagement_ou_service = models.BooleanField("engagement ou service obligatoire", default=False)
    etat_public = models.BooleanField("service de l'État", default=False)
    avec_moa = models.BooleanField("agit aussi comme MOA", default=False)
    moa_uniquement = models.BooleanField("MOA uniquement", default=False)
    mise_en_paiement_non_remontee = models.BooleanField("statut « Mise en paiement » non remonté", default=False)
    delai_paiement = models.PositiveSmallIntegerField("délai global de paiement (jours)", default=30)
    profil = models.CharField("profil de la contrepartie", max_length=40, blank=True)

    objects = monde_manager(StructureQuerySet)

    class Meta:
        verbose_name = "structure"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["cohort", "type_identifiant", "identifiant"], name="structure_identifiant_unique"
            ),
            models.CheckConstraint(
                condition=Q(nature=Nature.PUBLIQUE)
                | Q(
                    service_obligatoire=False,
                    engagement_obligatoire=False,
                    engagement_ou_service=False,
                    etat_public=False,
                ),
                name="structure_parametres_publics",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["cohort", "nature", "etat", "raison_sociale"], name="structure_recherche_idx"),
        ]

    def __str__(self) -> str:
        return self.raison_sociale

    @property
    def est_publique(self) -> bool:
        return self.nature == Nature.PUBLIQUE

    @property
    def est_active(self) -> bool:
        return self.etat == EtatStructure.ACTIF

    @property
    def siren(self) -> str:
        """SIREN of a SIRET; the whole identifier otherwise (key of duplicates, factures.md §10.1)."""
        if self.type_identifiant == TypeIdentifiant.SIRET:
            return self.identifiant[:9]
        return f"{self.type_identifiant}:{self.identifiant}"

    @property
    def parametres(self) -> rules.Parametres:
        return rules.Parametres(
            etat_public=self.etat_public,
            service_obligatoire=self.service_obligatoire,
            engagement_obligatoire=self.engagement_obligatoire,
            engagement_ou_service=self.engagement_ou_service,
            moa_uniquement=self.moa_uniquement,
        )

    @property
    def exigence_phrase(self) -> str:
        return rules.PHRASES[rules.cas(self.parametres)]

    @property
    def adresse_complete(self) -> str:
        return " ".join(p for p in (self.adresse, self.complement_adresse, self.code_postal, self.ville) if p)


class Service(MondeModel):
    """Subdivision of a structure (comptes-structures.md §4.5)."""

    structure = models.ForeignKey(Structure, models.CASCADE, related_name="services", verbose_name="structure")
    code = models.CharField("code", max_length=100)
    libelle = models.CharField("libellé", max_length=100)
    engagement_obligatoire = models.BooleanField("engagement obligatoire", default=False)
    etat = models.CharField("état", max_length=10, choices=EtatService, default=EtatService.ACTIF)

    objects = monde_manager()

    class Meta:
        verbose_name = "service"
        ordering: ClassVar = ["code"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["cohort", "structure", "code"], name="service_code_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.code} – {self.libelle}"

    @property
    def est_actif(self) -> bool:
        return self.etat == EtatService.ACTIF

    @property
    def est_reserve_public(self) -> bool:
        return self.code == rules.SERVICE_FACTURES_PUBLIQUES


class CoordonneesBancaires(MondeModel):
    """Bank account of a structure; fictitious IBANs only (comptes-structures.md §4.2)."""

    structure = models.ForeignKey(Structure, models.CASCADE, related_name="comptes_bancaires", verbose_name="structure")
    nom = models.CharField("nom du compte", max_length=80)
    iban = models.CharField("IBAN", max_length=34)
    bic = models.CharField("BIC", max_length=11, blank=True)
    defaut = models.BooleanField("compte par défaut", default=False)
    actif = models.BooleanField("actif", default=True)

    objects = monde_manager()

    class Meta:
        verbose_name = "coordonnées bancaires"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["cohort", "structure"], condition=Q(defaut=True), name="banque_un_seul_defaut"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.nom} – {self.iban}"


class Mandat(MondeModel):
    """Mandat de facturation: lets the portal draw invoices up in the supplier's name (factures.md §2.2)."""

    structure = models.ForeignKey(Structure, models.CASCADE, related_name="mandats", verbose_name="structure")
    nom = models.CharField("nom du mandat", max_length=80)
    signataire = models.CharField("signataire", max_length=120)
    signe_le = models.DateTimeField("signé le", default=clock.now)
    actif = models.BooleanField("actif", default=True)

    objects = monde_manager()

    class Meta:
        verbose_name = "mandat de facturation"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["cohort", "structure"], condition=Q(actif=True), name="mandat_un_seul_actif"
            ),
        ]

    def __str__(self) -> str:
        return self.nom


class Engagement(MondeModel):
    """Engagement known of a public body: existence is tested for the State (factures.md §2.11, case 7)."""

    structure = models.ForeignKey(Structure, models.CASCADE, related_name="engagements", verbose_name="structure")
    service = models.ForeignKey(Service, models.CASCADE, null=True, blank=True, related_name="+")
    numero = models.CharField("numéro", max_length=50)

    objects = monde_manager()

    class Meta:
        verbose_name = "engagement"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["cohort", "structure", "numero"], name="engagement_numero_unique"),
        ]

    def __str__(self) -> str:
        return self.numero


class Rattachement(MondeModel):
    """Link between an account and a structure (comptes-structures.md §5.3)."""

    compte = models.ForeignKey(Compte, models.CASCADE, related_name="rattachements", verbose_name="compte")
    structure = models.ForeignKey(Structure, models.CASCADE, related_name="rattachements", verbose_name="structure")
    role = models.CharField("rôle", max_length=12, choices=Role)
    statut = models.CharField(
        "statut", max_length=24, choices=StatutRattachement, default=StatutRattachement.EN_COURS_DE_VALIDATION
    )
    commentaire = models.CharField("commentaire", max_length=255, blank=True)
    motif = models.CharField("motif", max_length=255, blank=True)
    demande_le = models.DateTimeField("demandé le", default=clock.now)
    traite_le = models.DateTimeField("traité le", null=True, blank=True)

    objects = monde_manager()

    class Meta:
        verbose_name = "rattachement"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["cohort", "compte", "structure"],
                condition=Q(statut__in=["EN_COURS_DE_VALIDATION", "VALIDEE"]),
                name="rattachement_un_seul_vivant",
            ),
            models.UniqueConstraint(
                fields=["cohort", "structure"],
                condition=Q(role="GP", statut="VALIDEE"),
                name="rattachement_un_seul_gestionnaire",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.compte} – {self.structure} ({self.get_role_display()})"


class Habilitation(MondeModel):
    """A profile held on a structure, in consultation or modification."""

    rattachement = models.ForeignKey(
        Rattachement, models.CASCADE, related_name="habilitations", verbose_name="rattachement"
    )
    profil = models.CharField("profil", max_length=30, choices=[(p.value, p.value) for p in Profil])
    niveau = models.CharField("niveau", max_length=25, choices=Niveau)

    objects = monde_manager()

    class Meta:
        verbose_name = "habilitation"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["cohort", "rattachement", "profil"], name="habilitation_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.profil} {self.get_niveau_display()}"
