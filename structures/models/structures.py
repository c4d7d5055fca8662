"""Structures and what belongs to them: services, bank accounts, mandates, engagements (comptes-structures.md §4)."""

from datetime import date
from typing import ClassVar

from django.db import models
from django.db.models import Q

from sandbox import clock
from sandbox.cohorts.scoping import MondeModel, monde_manager
from sandbox.documents.fields import EmpreinteField
from structures import rules
from structures.enums import EtatService, EtatStructure, Nature, TypeIdentifiant


def dans_validite(debut: date | None, fin: date | None) -> bool:
    """Is today within these dates, both included, None standing for no limit?"""
    if debut is None and fin is None:
        return True
    jour = clock.today()
    return (debut is None or debut <= jour) and (fin is None or jour <= fin)


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
    nom = models.CharField("nom", max_length=60, blank=True)
    prenom = models.CharField("prénom", max_length=60, blank=True)
    libelle = models.CharField("libellé", max_length=99, blank=True)
    nature = models.CharField("nature", max_length=10, choices=Nature)
    etat = models.CharField("état", max_length=20, choices=EtatStructure, default=EtatStructure.ACTIF)
    numero_tva = models.CharField("n° de TVA intracommunautaire", max_length=20, blank=True)
    numero_rcs = models.CharField("identifiant fiscal RCS", max_length=60, blank=True)
    categorie_juridique = models.CharField("catégorie juridique", max_length=80, blank=True)
    categorie_entreprise = models.CharField("catégorie d'entreprise", max_length=40, blank=True)
    non_diffusible_insee = models.BooleanField("adresse non diffusible (INSEE)", default=False)
    email = models.EmailField("e-mail", max_length=120, blank=True)
    telephone = models.CharField("téléphone", max_length=30, blank=True)
    fax = models.CharField("fax", max_length=30, blank=True)
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

    emetteur_flux_edi = models.BooleanField("émet des flux EDI", default=False)
    recoit_donnees_edi = models.BooleanField("reçoit les données par EDI", default=False)
    recoit_cycles_vie_edi = models.BooleanField("reçoit les cycles de vie par EDI", default=False)
    valideur_delegue = models.BooleanField("validation déléguée des factures reçues", default=False)
    numero_pacage = models.CharField("n° PACAGE", max_length=9, blank=True)
    origine = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="suivantes", verbose_name="structure d'origine"
    )

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
            models.Index(fields=["cohort", "identifiant"], name="structure_identifiant_idx"),
            models.Index(fields=["cohort", "code_postal"], name="structure_code_postal_idx"),
        ]

    def __str__(self) -> str:
        return self.raison_sociale

    @classmethod
    def libelle_de(cls, champ: str) -> str:
        """Name of a column, as the screens say it."""
        return next(str(f.verbose_name) for f in cls._meta.concrete_fields if f.name == champ)

    @classmethod
    def longueur_de(cls, champ: str) -> int | None:
        """Characters that a column holds, None for one without limit."""
        return next(f.max_length for f in cls._meta.concrete_fields if f.name == champ)

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
            avec_moa=self.avec_moa,
            moa_uniquement=self.moa_uniquement,
            mise_en_paiement_non_remontee=self.mise_en_paiement_non_remontee,
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
    description = models.CharField("description", max_length=255, blank=True)
    adresse = models.CharField("adresse", max_length=200, blank=True)
    telephone = models.CharField("téléphone", max_length=30, blank=True)
    engagement_obligatoire = models.BooleanField("engagement obligatoire", default=False)
    mise_en_paiement = models.BooleanField("statut « Mise en paiement » remonté", default=True)
    debut = models.DateField("début de validité", null=True, blank=True)
    fin = models.DateField("fin de validité", null=True, blank=True)
    cree_le = models.DateTimeField("créé le", null=True, blank=True)
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
        """May be chosen today: active, and within its dates of validity."""
        return self.etat == EtatService.ACTIF and dans_validite(self.debut, self.fin)

    @property
    def est_reserve_public(self) -> bool:
        return self.code == rules.SERVICE_FACTURES_PUBLIQUES


class CoordonneesQuerySet(models.QuerySet):
    def valides(self, jour: date) -> "CoordonneesQuerySet":
        """Those that may be chosen on an invoice of this day."""
        return self.filter(
            Q(debut__isnull=True) | Q(debut__lte=jour), Q(fin__isnull=True) | Q(fin__gte=jour), actif=True
        )


class CoordonneesBancaires(MondeModel):
    """Bank account of a structure; fictitious IBANs only (comptes-structures.md §4.2)."""

    structure = models.ForeignKey(Structure, models.CASCADE, related_name="comptes_bancaires", verbose_name="structure")
    nom = models.CharField("nom du compte", max_length=80)
    iban = models.CharField("IBAN", max_length=34)
    bic = models.CharField("BIC", max_length=11, blank=True)
    etablissement = models.CharField("établissement", max_length=80, blank=True)
    debut = models.DateField("début de validité", null=True, blank=True)
    fin = models.DateField("fin de validité", null=True, blank=True)
    rib = EmpreinteField("RIB", blank=True)
    rib_nom = models.CharField("nom du fichier RIB", max_length=150, blank=True)
    affactureur = models.CharField("affactureur", max_length=99, blank=True)
    """Who is paid in the supplier's stead (factures.md D-35)."""
    defaut = models.BooleanField("compte par défaut", default=False)
    actif = models.BooleanField("actif", default=True)

    objects = monde_manager(CoordonneesQuerySet)

    class Meta:
        verbose_name = "coordonnées bancaires"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["cohort", "structure", "iban"], condition=Q(actif=True), name="banque_iban_unique"
            ),
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
