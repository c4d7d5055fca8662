"""Structured files as received, and what became of each invoice in them (factures.md §2.5, flux-edi.md §5)."""

from typing import ClassVar

from django.db import models

from accounts.models import Compte
from invoices.enums import EtatElement, EtatFlux, ModeDepot
from invoices.rules.references import DOUBLON
from invoices.syntaxes import SyntaxeFlux, lire_nom, syntaxe
from sandbox import clock
from sandbox.cohorts.scoping import MondeModel, monde_manager
from sandbox.documents.fields import EmpreinteField
from structures.models import FicheRaccordement, Structure

Constat = dict[str, str]
"""code, champ, libelle (as the compte rendu writes it), message and conseil (for a person), fichier, detail."""


class Flux(MondeModel):
    """A structured file as received, before its invoices exist (factures.md §2.5, flux-edi.md §5)."""

    numero = models.CharField("numéro de flux", max_length=40)
    nom_fichier = models.CharField("nom du fichier", max_length=200)
    nom_flux = models.CharField("nom EDI du flux", max_length=60, blank=True)
    """As sent, checked as EDI does; empty when the sandbox composes it."""
    syntaxe = models.CharField("syntaxe", max_length=40)
    mode = models.CharField("mode de dépôt", max_length=30, choices=ModeDepot, default=ModeDepot.UPLOAD_PORTAIL)
    etat = models.CharField("état", max_length=50, choices=EtatFlux, default=EtatFlux.EN_ATTENTE)
    empreinte = EmpreinteField("fichier")
    taille = models.PositiveIntegerField("taille (octets)")
    compte = models.ForeignKey(Compte, models.CASCADE, related_name="+", verbose_name="déposant")
    fournisseur = models.ForeignKey(Structure, models.CASCADE, null=True, related_name="+", verbose_name="structure")
    raccordement = models.ForeignKey(
        FicheRaccordement,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="fiche de raccordement",
    )
    """Whose partner sent it, by SFTP: its name, supplier and interface are checked against this fiche."""
    depose_le = models.DateTimeField("déposé le", default=clock.now)
    commence_le = models.DateTimeField("en cours depuis", null=True, blank=True)
    traite_le = models.DateTimeField("traité le", null=True, blank=True)
    incident = models.CharField("incident simulé", max_length=50, blank=True, choices=EtatFlux)
    """State that the trainer wants it to end in, whatever its invoices: INCIDENTE, INTEGRE_PARTIEL (api.md A-08)."""
    compte_rendu = models.JSONField("erreurs techniques", default=list)
    """What condemns the whole flow (`listeErreurTechnique`); each invoice's refusals are on its element."""

    objects = monde_manager()

    class Meta:
        verbose_name = "flux"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["cohort", "numero"], name="flux_numero_unique"),
        ]
        indexes: ClassVar = [models.Index(fields=["cohort", "fournisseur", "-depose_le", "-id"], name="flux_suivi_idx")]

    def __str__(self) -> str:
        return self.numero

    @property
    def etat_final(self) -> bool:
        return self.etat in (EtatFlux.REJETE, EtatFlux.INTEGRE, EtatFlux.INTEGRE_PARTIEL, EtatFlux.INCIDENTE)

    @property
    def forme(self) -> SyntaxeFlux:
        return syntaxe(self.syntaxe)

    @property
    def nom_officiel(self) -> str:
        """`nomFichier` of the answers (api.md §10.2)."""
        return self.nom_flux or f"{self.forme.interface}_CPP001_{self.numero}"

    @property
    def nom_compte_rendu(self) -> str:
        """The flow's own name, its interface turned; of a name that is none, the number given here (§2, §17 n° 17)."""
        lu = lire_nom(self.nom_flux)
        if lu is None:
            return f"{self.forme.compte_rendu}_CPP001_{self.numero}"
        dernier = f"{lu.application_repetee}{lu.interface_repetee}{lu.sequence}"
        return f"{self.forme.compte_rendu}_{lu.application}_{dernier}"


class ElementFlux(MondeModel):
    """One invoice of a flow: the mark of what was done with it, and what its compte rendu says."""

    flux = models.ForeignKey(Flux, models.CASCADE, related_name="elements", verbose_name="flux")
    rang = models.PositiveIntegerField("rang")
    fichier = models.CharField("fichier", max_length=200)
    empreinte = EmpreinteField("contenu")
    taille = models.PositiveIntegerField("taille (octets)")
    etat = models.CharField("état", max_length=12, choices=EtatElement, default=EtatElement.A_TRAITER)
    numero = models.CharField("numéro de facture", max_length=40, blank=True)
    fournisseur = models.CharField("identifiant du fournisseur", max_length=100, blank=True)
    destinataire = models.CharField("identifiant du destinataire", max_length=100, blank=True)
    facture = models.OneToOneField(
        "invoices.Facture", models.SET_NULL, null=True, blank=True, related_name="element", verbose_name="facture"
    )
    refus = models.JSONField("motifs de rejet", default=list, blank=True)
    avertissements = models.JSONField("avertissements", default=list, blank=True)

    objects = monde_manager()

    class Meta:
        verbose_name = "élément de flux"
        ordering: ClassVar = ["flux", "rang"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["cohort", "flux", "rang"], name="element_flux_rang_unique"),
        ]

    def __str__(self) -> str:
        return self.numero or self.fichier

    @property
    def numero_pris(self) -> bool:
        """Refused because its number is already another invoice's: correcting the rest would not do."""
        return any(constat.get("code") == DOUBLON for constat in self.refus)
