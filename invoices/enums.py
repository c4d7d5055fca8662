"""Codes of the API and labels of the screen (factures.md §1, §2.3, §3.1, §3.5; api.md §5, §15)."""

from decimal import Decimal
from enum import StrEnum

from django.db import models


class Famille(StrEnum):
    """Badge family of LOOK.md; the letter of factures.md §3.1 in the table below."""

    BROUILLON = "brouillon"
    ACHEMINE = "achemine"
    ATTENTE = "attente"
    RETOUR = "retour"
    REFUS = "refus"
    ACCEPTE = "accepte"
    PAYE = "paye"


class Statut(models.TextChoices):
    """Status catalogue of simple invoices (factures.md §3.1)."""

    INTERPRETEE_OCR = "INTERPRETEE_OCR", "PDF à vérifier"
    BROUILLON = "BROUILLON", "Brouillon"
    SUPPRIMEE = "SUPPRIMEE", "Supprimée"
    DEPOSEE = "DEPOSEE", "Déposée"
    A_VALIDER_1 = "A_VALIDER_1", "À valider 1"
    VALIDEE_1 = "VALIDEE_1", "Validée 1"
    REFUSEE_1 = "REFUSEE_1", "Refusée 1"
    ERREUR_FOURNISSEUR_SUR_VALIDEUR = "ERREUR_FOURNISSEUR_SUR_VALIDEUR", "Erreur du fournisseur sur le valideur"
    ABSENCE_VALIDATION_1_HORS_DELAI = "ABSENCE_VALIDATION_1_HORS_DELAI", "Absence de validation 1 (hors délai)"
    A_VALIDER_2 = "A_VALIDER_2", "À valider 2"
    VALIDEE_2 = "VALIDEE_2", "Validée 2"
    REFUSEE_2 = "REFUSEE_2", "Refusée 2"
    ERREUR_COTRAITANT_SUR_VALIDEUR = "ERREUR_COTRAITANT_SUR_VALIDEUR", "Erreur du cotraitant sur le valideur"
    ABSENCE_VALIDATION_2_HORS_DELAI = "ABSENCE_VALIDATION_2_HORS_DELAI", "Absence de validation 2 (hors délai)"
    EN_COURS_ACHEMINEMENT = "EN_COURS_ACHEMINEMENT", "En cours d'acheminement"
    MISE_A_DISPOSITION = "MISE_A_DISPOSITION", "Mise à disposition du destinataire"
    A_RECYCLER = "A_RECYCLER", "À recycler"
    SUSPENDUE = "SUSPENDUE", "Suspendue"
    COMPLETEE = "COMPLETEE", "Complétée"
    PRISE_EN_COMPTE_DESTINATAIRE = "PRISE_EN_COMPTE_DESTINATAIRE", "Prise en compte par le destinataire"
    SERVICE_FAIT = "SERVICE_FAIT", "Service fait"
    MANDATEE = "MANDATEE", "Mandatée"
    MISE_A_DISPOSITION_COMPTABLE = "MISE_A_DISPOSITION_COMPTABLE", "Mise à disposition du comptable"
    COMPTABILISEE = "COMPTABILISEE", "Comptabilisée"
    MISE_EN_PAIEMENT = "MISE_EN_PAIEMENT", "Mise en paiement"
    REJETEE = "REJETEE", "Rejetée"

    @property
    def famille(self) -> Famille:
        return _FAMILLES[self]

    @property
    def icone(self) -> str:
        return ICONES[self.famille]

    @property
    def reserve(self) -> str:
        """Doubt about the label, for trainers only (factures.md D-04)."""
        return "libellé non vérifié" if self in LIBELLES_NON_VERIFIES else ""


_F = Famille
_FAMILLES: dict[str, Famille] = {
    Statut.INTERPRETEE_OCR: _F.BROUILLON,
    Statut.BROUILLON: _F.BROUILLON,
    Statut.SUPPRIMEE: _F.BROUILLON,
    Statut.DEPOSEE: _F.ACHEMINE,
    Statut.A_VALIDER_1: _F.ATTENTE,
    Statut.VALIDEE_1: _F.ACHEMINE,
    Statut.REFUSEE_1: _F.REFUS,
    Statut.ERREUR_FOURNISSEUR_SUR_VALIDEUR: _F.RETOUR,
    Statut.ABSENCE_VALIDATION_1_HORS_DELAI: _F.ACHEMINE,
    Statut.A_VALIDER_2: _F.ATTENTE,
    Statut.VALIDEE_2: _F.ACHEMINE,
    Statut.REFUSEE_2: _F.REFUS,
    Statut.ERREUR_COTRAITANT_SUR_VALIDEUR: _F.RETOUR,
    Statut.ABSENCE_VALIDATION_2_HORS_DELAI: _F.ACHEMINE,
    Statut.EN_COURS_ACHEMINEMENT: _F.ACHEMINE,
    Statut.MISE_A_DISPOSITION: _F.ATTENTE,
    Statut.A_RECYCLER: _F.RETOUR,
    Statut.SUSPENDUE: _F.RETOUR,
    Statut.COMPLETEE: _F.ATTENTE,
    Statut.PRISE_EN_COMPTE_DESTINATAIRE: _F.ACCEPTE,
    Statut.SERVICE_FAIT: _F.ACCEPTE,
    Statut.MANDATEE: _F.ACCEPTE,
    Statut.MISE_A_DISPOSITION_COMPTABLE: _F.ACCEPTE,
    Statut.COMPTABILISEE: _F.ACCEPTE,
    Statut.MISE_EN_PAIEMENT: _F.PAYE,
    Statut.REJETEE: _F.REFUS,
}
ICONES: dict[Famille, str] = {
    _F.BROUILLON: "pencil",
    _F.ACHEMINE: "truck",
    _F.ATTENTE: "hourglass-split",
    _F.RETOUR: "arrow-counterclockwise",
    _F.REFUS: "x-circle",
    _F.ACCEPTE: "check",
    _F.PAYE: "cash-coin",
}

TERMINAUX = frozenset({Statut.SUPPRIMEE, Statut.MISE_EN_PAIEMENT, Statut.REJETEE})
"""Whatever the cadre and the regime; a refusal by a validator: ``lifecycle.est_definitive``."""
AVANT_ENVOI = frozenset({Statut.INTERPRETEE_OCR, Statut.BROUILLON, Statut.SUPPRIMEE})
"""Not sent: outside of duplicates, seen by the issuer only (factures.md §2.12)."""
OUVERTS = frozenset(
    {
        Statut.MISE_A_DISPOSITION,
        Statut.COMPLETEE,
        Statut.SUSPENDUE,
        Statut.A_RECYCLER,
        Statut.PRISE_EN_COMPTE_DESTINATAIRE,
        Statut.SERVICE_FAIT,
        Statut.MANDATEE,
        Statut.MISE_A_DISPOSITION_COMPTABLE,
        Statut.COMPTABILISEE,
    }
)
"""From which the recipient may set any of his statuses (factures.md §3.3)."""


class Acteur(models.TextChoices):
    FOURNISSEUR = "FOURNISSEUR", "Fournisseur"
    VALIDEUR_1 = "VALIDEUR_1", "Valideur 1"
    VALIDEUR_2 = "VALIDEUR_2", "Valideur 2"
    DESTINATAIRE = "DESTINATAIRE", "Destinataire"
    COMPTABLE = "COMPTABLE", "Comptable"
    PLATEFORME = "PLATEFORME", "Plateforme"


class Action(models.TextChoices):
    """Buttons of factures.md §3.3."""

    ENREGISTRER = "enregistrer", "Enregistrer"
    LIRE_PDF = "lire-pdf", "Lire le PDF"
    ENVOYER = "envoyer", "Valider et envoyer"
    SUPPRIMER = "supprimer", "Supprimer"
    DEMANDER_VALIDATION = "demander-validation", "Transmettre au valideur"
    ACHEMINER = "acheminer", "Acheminer"
    LIVRER = "livrer", "Mettre à disposition du destinataire"
    VALIDER = "valider", "Valider"
    MAUVAIS_VALIDEUR = "mauvais-valideur", "Mauvais valideur"
    REFUSER = "refuser", "Refuser"
    CONSTATER_SILENCE = "constater-silence", "Absence de validation"
    MODIFIER_VALIDEUR = "modifier-valideur", "Modifier le valideur"
    SUSPENDRE = "suspendre", "Suspendre"
    DEMANDER_RECYCLAGE = "demander-recyclage", "Demander le recyclage"
    REJETER = "rejeter", "Rejeter"
    CONSTATER_SERVICE_FAIT = "constater-service-fait", "Constater le service fait"
    MANDATER = "mandater", "Mandater"
    TRANSMETTRE_COMPTABLE = "transmettre-comptable", "Mettre à disposition du comptable"
    COMPTABILISER = "comptabiliser", "Comptabiliser"
    METTRE_EN_PAIEMENT = "mettre-en-paiement", "Mettre en paiement"
    COMPLETER = "completer", "Compléter"
    RECYCLER = "recycler", "Recycler"
    DECLARER_COMPLETEE = "declarer-completee", "Déclarer complétée"
    REMETTRE_A_DISPOSITION = "remettre-a-disposition", "Remettre à disposition"
    PRENDRE_EN_COMPTE = "prendre-en-compte", "Prendre en compte"
    ACQUITTER = "acquitter", "Acquitter"
    TRAITER_REJET = "traiter-rejet", "Traiter le rejet"
    TELECHARGER = "telecharger", "Télécharger"
    SOLDER_AVOIR = "solder-avoir", "Solder l'avoir"


class Cadre(models.TextChoices):
    """Cadres that this circuit accepts (factures.md §1); works cadres: ``travaux.cadres``."""

    A1 = "A1_FACTURE_FOURNISSEUR", "A1 : Dépôt par un fournisseur d'une facture"
    A2 = "A2_FACTURE_FOURNISSEUR_DEJA_PAYEE", "A2 : Dépôt par un fournisseur d'une facture déjà payée"
    A9 = "A9_FACTURE_SOUSTRAITANT", "A9 : Dépôt par un sous-traitant d'une facture"
    A12 = "A12_FACTURE_COTRAITANT", "A12 : Dépôt par un cotraitant d'une facture"


class TypeFacture(models.TextChoices):
    FACTURE = "FACTURE", "Facture"
    AVOIR = "AVOIR", "Avoir"


class ModeDepot(models.TextChoices):
    """factures.md §2.1."""

    SAISIE_PORTAIL = "SAISIE_PORTAIL", "Saisie sur le portail"
    DEPOT_PDF_PORTAIL = "DEPOT_PDF_PORTAIL", "Dépôt d'un PDF"
    DEPOT_PDF_SIGNE_PORTAIL = "DEPOT_PDF_SIGNE_PORTAIL", "Dépôt d'un PDF signé"
    UPLOAD_PORTAIL = "UPLOAD_PORTAIL", "Dépôt d'un fichier structuré"
    SAISIE_API = "SAISIE_API", "Saisie par API"
    DEPOT_PDF_API = "DEPOT_PDF_API", "Dépôt d'un PDF par API"
    DEPOT_PDF_SIGNE_API = "DEPOT_PDF_SIGNE_API", "Dépôt d'un PDF signé par API"
    UPLOAD_API = "UPLOAD_API", "Dépôt d'un fichier par API"
    EDI = "EDI", "EDI"


SAISIES = frozenset({ModeDepot.SAISIE_PORTAIL, ModeDepot.SAISIE_API})
"""The supplier types, or sends, the lines: each is controlled, and the portal draws up the document (§2.1)."""


class ModePaiement(models.TextChoices):
    VIREMENT = "VIREMENT", "Virement"
    CHEQUE = "CHEQUE", "Chèque"
    PRELEVEMENT = "PRELEVEMENT", "Prélèvement"
    ESPECE = "ESPECE", "Espèces"
    AUTRE = "AUTRE", "Autre"
    REPORT = "REPORT", "Report"


class TypeTva(models.TextChoices):
    TVA_SUR_DEBIT = "TVA_SUR_DEBIT", "TVA sur les débits"
    TVA_SUR_ENCAISSEMENT = "TVA_SUR_ENCAISSEMENT", "TVA sur les encaissements"
    EXONERATION = "EXONERATION", "Exonération"
    SANS_TVA = "SANS_TVA", "Sans TVA"


class MotifExoneration(models.TextChoices):
    """api.md A-16."""

    EXO1 = "EXO1", "Franchise en base (art. 293 B du CGI)"
    EXO2 = "EXO2", "Livraison intracommunautaire (art. 262 ter I du CGI)"
    EXO3 = "EXO3", "Exportation (art. 262 I du CGI)"
    EXO4 = "EXO4", "Exonération (art. 261 du CGI)"
    EXO9 = "EXO9", "Autre"


class Motif(models.TextChoices):
    """factures.md §3.5."""

    AUT_MOTIF_ERR_VALIDEUR = "AUT_MOTIF_ERR_VALIDEUR", "Autre motif que « Erreur de valideur »"
    ERR_VALIDEUR = "ERR_VALIDEUR", "Mauvais valideur"
    COORD_BANC_ERR = "COORD_BANC_ERR", "Erreur de coordonnées bancaires"
    CREANCIER_ERR = "CREANCIER_ERR", "Créancier inconnu ou différent de celui de l'EJ"
    DOUBLE_FACT = "DOUBLE_FACT", "Double facturation"
    EJ_ERR = "EJ_ERR", "EJ incorrect ou inexistant"
    ERREUR_DONNEE_EJ = "ERREUR_DONNEE_EJ", "Erreur au niveau des données de l'engagement"
    SE_ERR = "SE_ERR", "SE incorrect"
    FACT_NON_CONFORME = "FACT_NON_CONFORME", "Facture non conforme à la commande"
    HONORER_LA_COMMANDE = "HONORER_LA_COMMANDE", "Impossibilité d'honorer la commande"
    LIVR_INCOMP = "LIVR_INCOMP", "Livraison incomplète / non effectuée"
    MARCHE_TERM = "MARCHE_TERM", "Marché terminé"
    MONTANT_ERR = "MONTANT_ERR", "Montant de la facture erroné"
    TX_TVA_ERR = "TX_TVA_ERR", "Taux de TVA erroné"
    ST_CT_NON_DECLAR = "ST_CT_NON_DECLAR", "Sous-traitant / cotraitant non déclaré"
    SUPPR_COMP_AVOIR = "SUPPR_COMP_AVOIR", "Suppression pour compensation d'avoirs"
    TRANSF_PMNT_REGIE = "TRANSF_PMNT_REGIE", "Transfert pour paiement en régie"
    CONTACT_ACHTR = "CONTACT_ACHTR", "Autres : contacter votre acheteur"
    AUTRE = "AUTRE", "Autre"
    RETRAIT_MAN_SERV = "RETRAIT_MAN_SERV", "Retraitement manuel par les services"
    SUPPR_MASSE = "SUPPR_MASSE", "Suppression en masse"
    JUSTIF_ABS = "JUSTIF_ABS", "Justificatif absent ou insuffisant"
    SIRET_ERR = "SIRET_ERR", "SIRET erroné ou absent"


M = Motif
MOTIFS_SYSTEME = frozenset({M.RETRAIT_MAN_SERV, M.SUPPR_MASSE})
"""Never offered (factures.md §3.5)."""
_VALIDATION = {M.AUT_MOTIF_ERR_VALIDEUR, M.ERR_VALIDEUR}
_SUSPENSION = {
    M.COORD_BANC_ERR,
    M.ERREUR_DONNEE_EJ,
    M.LIVR_INCOMP,
    M.CONTACT_ACHTR,
    M.AUTRE,
    M.JUSTIF_ABS,
}
_RECYCLAGE = {M.EJ_ERR, M.ERREUR_DONNEE_EJ, M.SE_ERR, M.AUTRE, M.SIRET_ERR}
MOTIFS: dict[str, tuple[Motif, ...]] = {
    Action.REJETER: tuple(m for m in Motif if m not in MOTIFS_SYSTEME | _VALIDATION | {M.JUSTIF_ABS}),
    Action.SUSPENDRE: tuple(m for m in Motif if m in _SUSPENSION),
    Action.DEMANDER_RECYCLAGE: tuple(m for m in Motif if m in _RECYCLAGE),
    Action.REFUSER: (M.AUT_MOTIF_ERR_VALIDEUR,),
    Action.MAUVAIS_VALIDEUR: (M.ERR_VALIDEUR,),
}
"""Motifs offered with each action: our grouping of the single official list (factures.md §3.5)."""


class TypePieceJointe(models.TextChoices):
    """api.md A-15."""

    DIVERS = "DIVERS", "Pièce jointe standard"
    BON_COMMANDE = "BON_COMMANDE", "Bon de commande"
    BON_LIVRAISON = "BON_LIVRAISON", "Bon de livraison"
    PROCES_VERBAL = "PROCES_VERBAL", "Procès-verbal"
    JUSTIFICATIF = "JUSTIFICATIF", "Justificatif"
    RIB = "RIB", "RIB"
    AUTRE = "AUTRE", "Autre"


TYPES_PIECES_MUETS = frozenset({"01", "02", "AAR", "ACE", "ACS", "APC", "APS", "ASF", "AUJ", "AUT", "BFD"})
"""Codes of AIFE's samples whose labels are unknown: accepted from programs, listed nowhere (api.md A-15)."""


class DecisionValidation(models.TextChoices):
    VALIDEE = "VALIDEE", "Validée"
    REFUSEE = "REFUSEE", "Refusée"
    ERREUR = "ERREUR", "Mauvais valideur"
    SILENCE = "SILENCE", "Sans réponse dans le délai"


class Qualite(models.TextChoices):
    """Capacity in which a validator acts (factures.md §5.2): « vous êtes titulaire », cotraitant, mandataire."""

    TITULAIRE = "TITULAIRE", "Titulaire"
    COTRAITANT = "COTRAITANT", "Cotraitant"
    MANDATAIRE = "MANDATAIRE", "Mandataire"


class EtatFlux(models.TextChoices):
    """flux-edi.md §5."""

    EN_ATTENTE = "IN_DEPOT_PORTAIL_EN_ATTENTE_TRAITEMENT_SE_CPP", "En attente de traitement"
    EN_COURS = "IN_EN_COURS_TRAITEMENT_CPP", "En cours de traitement"
    INCIDENTE = "IN_INCIDENTE", "Incidenté"
    REJETE = "IN_REJETE", "Rejeté"
    INTEGRE_PARTIEL = "IN_INTEGRE_PARTIEL", "Intégré partiellement"
    INTEGRE = "IN_INTEGRE", "Intégré"


class EtatElement(models.TextChoices):
    """What became of one invoice of a flow (flux-edi.md §5: a refused one is not created)."""

    A_TRAITER = "A_TRAITER", "À traiter"
    INTEGREE = "INTEGREE", "Intégrée"
    REJETEE = "REJETEE", "Rejetée"


TAUX_REFERENTIEL: dict[str, Decimal] = {
    "TVA5": Decimal("20"),
    "TVA4": Decimal("10"),
    "TVA3": Decimal("5.5"),
    "TVA2": Decimal("2.1"),
    "TVA1": Decimal("0"),
    "TVA6": Decimal("8.5"),
    "TVA10": Decimal("13"),
    "TVA7": Decimal("1.75"),
    "TVA8": Decimal("1.05"),
    "TVA9": Decimal("0.9"),
    "TVA11": Decimal("19.6"),
}
"""VAT referential (api.md A-11), the usual rates first."""
TAUX_DECLARES = frozenset(
    Decimal(t)
    for t in ["0", "0.9", "1.05", "1.75", "2.1", "5.5", "7", "8.5", "9.2", "9.6", "10", "13", "19.6", "20", "20.6"]
)
"""Rates of the reform's list G1.24; another one is taken with a warning (factures.md §2.10)."""
_ISO_4217 = (
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF "
    "CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD "
    "HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD "
    "MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN "
    "PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY "
    "TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG "
)
DEVISES = ["EUR", *_ISO_4217.split()]
"""ISO 4217, the euro first."""
DEVISES_COURANTES = [
    "EUR",
    "USD",
    "GBP",
    "CHF",
    "XPF",
    "CAD",
    "JPY",
    "CNY",
    "DZD",
    "MAD",
    "TND",
    "SEK",
    "NOK",
    "DKK",
    "PLN",
]
"""Those that the form lists; a file may hold any other."""
UNITES = ["unité", "lot", "heure", "jour", "mois", "forfait", "kg", "m", "m²", "m³", "km", "litre"]
"""factures.md D-15."""


class Espace(models.TextChoices):
    """The three applications in which a simple invoice is met (factures.md §0); the value is its path."""

    EMISES = "factures-emises", "Factures émises"
    RECUES = "factures-recues", "Factures reçues"
    A_VALIDER = "factures-a-valider", "Factures à valider"


DE_VALIDATION = frozenset(
    {
        Statut.A_VALIDER_1,
        Statut.VALIDEE_1,
        Statut.REFUSEE_1,
        Statut.ERREUR_FOURNISSEUR_SUR_VALIDEUR,
        Statut.ABSENCE_VALIDATION_1_HORS_DELAI,
        Statut.A_VALIDER_2,
        Statut.VALIDEE_2,
        Statut.REFUSEE_2,
        Statut.ERREUR_COTRAITANT_SUR_VALIDEUR,
        Statut.ABSENCE_VALIDATION_2_HORS_DELAI,
    }
)
LIBELLES_NON_VERIFIES = DE_VALIDATION | {Statut.SUPPRIMEE, Statut.PRISE_EN_COMPTE_DESTINATAIRE}
"""Labels marked * in factures.md §3.1: read on no screen of the real portal."""
VISIBLES_DESTINATAIRE = OUVERTS | {Statut.MISE_EN_PAIEMENT, Statut.REJETEE}
"""Column « Vis. » of factures.md §3.1."""
VISIBLES: dict[str, frozenset[Statut]] = {
    Espace.EMISES: frozenset(Statut) - {Statut.SUPPRIMEE},
    Espace.RECUES: VISIBLES_DESTINATAIRE,
    Espace.A_VALIDER: DE_VALIDATION | VISIBLES_DESTINATAIRE,
}
"""Statuses in which an invoice is seen from each application (factures.md §3.1, §5.2)."""
