"""The invoice itself, its lines and its VAT summary."""

from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import Q

from accounts.models import Compte
from invoices import lifecycle
from invoices.enums import AVANT_ENVOI, Cadre, ModeDepot, ModePaiement, Statut, TypeFacture, TypeTva
from invoices.models.commun import MONTANT
from invoices.models.flux import Flux
from sandbox import clock
from sandbox.cohorts.scoping import MondeModel, monde_manager
from sandbox.documents.fields import EmpreinteField
from structures.models import CoordonneesBancaires, Service, Structure


class FactureQuerySet(models.QuerySet):
    COLONNES_DE_LISTE = (
        *("numero", "type_facture", "numero_engagement", "code_service", "devise", "montant_ttc", "montant_a_payer"),
        *("date_facture", "date_depot", "cree_le", "statut", "statut_depuis", "mode_depot", "rejet_traite", "cohort"),
        *("cadre", "montant_ht", "telechargee", "date_mise_a_disposition"),
        *("destinataire__raison_sociale", "destinataire__identifiant", "fournisseur__raison_sociale"),
        "fournisseur__identifiant",
    )

    def for_list(self) -> "FactureQuerySet":
        """What a row shows, and no more: sixty columns would cost half the page."""
        return self.select_related("destinataire", "fournisseur").only(*self.COLONNES_DE_LISTE)

    def des_structures(self, ids: list[int]) -> "FactureQuerySet":
        """Issued by one of these structures, deleted drafts left out."""
        return self.filter(fournisseur_id__in=ids).exclude(statut__in=[Statut.SUPPRIMEE])

    def envoyees(self) -> "FactureQuerySet":
        return self.exclude(statut__in=AVANT_ENVOI)


class Facture(MondeModel):
    """A simple invoice, from its draft to its payment."""

    fournisseur = models.ForeignKey(
        Structure, models.CASCADE, null=True, blank=True, related_name="factures_emises", verbose_name="fournisseur"
    )
    destinataire = models.ForeignKey(
        Structure, models.CASCADE, null=True, blank=True, related_name="factures_recues", verbose_name="destinataire"
    )
    valideur = models.ForeignKey(
        Structure, models.CASCADE, null=True, blank=True, related_name="+", verbose_name="structure valideur"
    )
    service_valideur = models.ForeignKey(
        Service, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="service valideur"
    )
    valideur_2 = models.ForeignKey(
        Structure, models.CASCADE, null=True, blank=True, related_name="+", verbose_name="structure valideur 2"
    )
    service = models.ForeignKey(
        Service, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="service exécutant"
    )
    """Resolved from ``code_service`` when it is sent or recycled: rights limited to a service read it."""
    service_fournisseur = models.ForeignKey(
        Service, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="service du fournisseur"
    )
    coordonnees_bancaires = models.ForeignKey(
        CoordonneesBancaires, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    flux = models.ForeignKey(Flux, models.CASCADE, null=True, blank=True, related_name="factures")
    cree_par = models.ForeignKey(
        Compte, models.CASCADE, null=True, blank=True, related_name="+", verbose_name="utilisateur créateur"
    )

    numero = models.CharField("numéro de facture", max_length=40, blank=True)
    siren_fournisseur = models.CharField("SIREN du fournisseur", max_length=100, blank=True)
    annee = models.PositiveSmallIntegerField("année de la facture", null=True, blank=True)
    type_facture = models.CharField("type de facture", max_length=10, choices=TypeFacture, default=TypeFacture.FACTURE)
    cadre = models.CharField("cadre de facturation", max_length=60, choices=Cadre, default=Cadre.A1)
    mode_depot = models.CharField("mode de dépôt", max_length=30, choices=ModeDepot)
    code_service = models.CharField("code service", max_length=120, blank=True)
    libelle_service = models.CharField("nom du service", max_length=255, blank=True)
    numero_engagement = models.CharField("numéro d'engagement", max_length=80, blank=True)
    numero_marche = models.CharField("numéro de marché", max_length=80, blank=True)
    numero_facture_origine = models.CharField("numéro de facture d'origine", max_length=40, blank=True)
    devise = models.CharField("devise", max_length=3, default="EUR")
    mode_paiement = models.CharField(
        "mode de règlement", max_length=12, choices=ModePaiement, default=ModePaiement.VIREMENT
    )
    type_tva = models.CharField("type de TVA", max_length=22, choices=TypeTva, default=TypeTva.TVA_SUR_DEBIT)
    motif_exoneration = models.CharField("motif d'exonération", max_length=1024, blank=True)
    commentaire = models.TextField("commentaire", blank=True)

    date_facture = models.DateField("date de facture", null=True, blank=True)
    date_echeance = models.DateField("date d'échéance de paiement", null=True, blank=True)
    montant_ht = models.DecimalField("montant HT", null=True, blank=True, **MONTANT)
    montant_tva = models.DecimalField("montant TVA", null=True, blank=True, **MONTANT)
    remise_globale = models.DecimalField("remise globale TTC", default=0, **MONTANT)
    motif_remise = models.CharField("motif de la remise globale", max_length=1024, blank=True)
    montant_ttc = models.DecimalField("montant TTC", null=True, blank=True, **MONTANT)
    acompte = models.DecimalField("acompte déjà versé", default=0, **MONTANT)
    montant_a_payer = models.DecimalField("montant à payer", null=True, blank=True, **MONTANT)

    statut = models.CharField("statut", max_length=40, choices=Statut)
    statut_depuis = models.DateTimeField("dans ce statut depuis", default=clock.now)
    cree_le = models.DateTimeField("créée le", default=clock.now)
    modifie_le = models.DateTimeField("modifiée le (temps réel)", default=clock.real_now)
    date_depot = models.DateTimeField("date de dépôt", null=True, blank=True)
    date_mise_a_disposition = models.DateTimeField("mise à disposition le", null=True, blank=True)
    recyclages = models.PositiveSmallIntegerField("recyclages", default=0)
    rejet_traite = models.BooleanField("rejet traité", default=False)
    solde = models.BooleanField("avoir soldé par le portail", default=False)
    telechargee = models.BooleanField("téléchargée par le destinataire", default=False)
    numero_mandat = models.CharField("n° de mandat / DP", max_length=50, blank=True)
    certificat = EmpreinteField("certificat de dépôt", blank=True)
    extraction = models.JSONField("champs lus dans le document", default=dict, blank=True)
    saisie = models.JSONField("formulaire du brouillon, tel que saisi", default=dict, blank=True)
    version = models.PositiveIntegerField("version du brouillon", default=0)
    cle_envoi = models.CharField("clé du formulaire", max_length=40, blank=True)

    quittee_le: datetime | None = None
    """Set on what a former recipient reads: when it left him by a recycling (``views.commun.facture_visible``)."""

    objects = monde_manager(FactureQuerySet)

    class Meta:
        verbose_name = "facture"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["cohort", "siren_fournisseur", "annee", "numero"],
                condition=~Q(statut__in=sorted(AVANT_ENVOI)),
                name="facture_numero_unique",
            ),
            models.UniqueConstraint(
                fields=["cohort", "cle_envoi"], condition=~Q(cle_envoi=""), name="facture_cle_envoi_unique"
            ),
            models.CheckConstraint(condition=Q(statut__in=Statut.values), name="facture_statut_connu"),
            models.CheckConstraint(
                condition=Q(statut__in=sorted(AVANT_ENVOI))
                | Q(date_depot__isnull=False, fournisseur__isnull=False, destinataire__isnull=False),
                name="facture_envoyee_complete",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["cohort", "fournisseur", "-date_depot", "-id"], name="facture_emises_idx"),
            models.Index(
                fields=["cohort", "destinataire", "statut", "-statut_depuis", "-id"], name="facture_recues_idx"
            ),
            models.Index(fields=["cohort", "fournisseur", "statut", "-statut_depuis"], name="facture_travail_idx"),
            models.Index(fields=["cohort", "destinataire", "-date_depot", "-id"], name="facture_depot_recues_idx"),
            models.Index(fields=["cohort", "valideur", "-date_depot", "-id"], name="facture_valideur_idx"),
            models.Index(fields=["cohort", "valideur_2", "-date_depot", "-id"], name="facture_valideur2_idx"),
        ]

    def __str__(self) -> str:
        return self.numero or f"Brouillon {self.pk}"

    @property
    def statut_enum(self) -> Statut:
        return Statut(self.statut)

    def situation(self, canal: lifecycle.Canal = lifecycle.Canal.PORTAIL) -> lifecycle.Situation:
        """What the table of the circuit reads of it; its session must be loaded."""
        return lifecycle.Situation(
            statut=self.statut,
            regime=self.cohort.regime,
            cadre=self.cadre,
            type_facture=self.type_facture,
            valideur_2=self.valideur_2_id is not None,
            solde=self.solde,
            recyclee=self.recyclages > 0,
            canal=canal,
        )

    @property
    def est_brouillon(self) -> bool:
        return self.statut in (Statut.BROUILLON, Statut.INTERPRETEE_OCR)

    @property
    def montant_ttc_avant_remise(self) -> Decimal | None:
        return None if self.montant_ttc is None else self.montant_ttc + self.remise_globale


class LignePoste(MondeModel):
    facture = models.ForeignKey(Facture, models.CASCADE, related_name="lignes", verbose_name="facture")
    numero = models.PositiveIntegerField("n°")
    reference = models.CharField("référence", max_length=50, blank=True)
    denomination = models.CharField("dénomination", max_length=1024)
    quantite = models.DecimalField("quantité", max_digits=15, decimal_places=4)
    unite = models.CharField("unité", max_length=50)
    prix_unitaire = models.DecimalField("montant unitaire HT", max_digits=19, decimal_places=6)
    remise = models.DecimalField("remise HT", default=0, **MONTANT)
    taux = models.DecimalField("taux de TVA", max_digits=5, decimal_places=2, default=0)
    code_taux = models.CharField("code du taux", max_length=10, blank=True)
    """Referential code (api.md A-11); empty for a rate typed by hand."""
    montant_ht = models.DecimalField("montant HT après remise", **MONTANT)

    objects = monde_manager()

    class Meta:
        verbose_name = "ligne de poste"
        ordering: ClassVar = ["numero"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["cohort", "facture", "numero"], name="ligne_numero_unique"),
        ]

    def __str__(self) -> str:
        return self.denomination


class LigneTva(MondeModel):
    facture = models.ForeignKey(Facture, models.CASCADE, related_name="lignes_tva", verbose_name="facture")
    taux = models.DecimalField("taux", max_digits=5, decimal_places=2)
    code_taux = models.CharField("code du taux", max_length=10, blank=True)
    base = models.DecimalField("base HT", **MONTANT)
    montant = models.DecimalField("montant de TVA", **MONTANT)

    objects = monde_manager()

    class Meta:
        verbose_name = "ligne du récapitulatif TVA"
        ordering: ClassVar = ["-taux"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["cohort", "facture", "taux"], name="ligne_tva_taux_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.taux} %"
