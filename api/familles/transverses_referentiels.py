"""Référentiels that depend on nobody: currencies, countries, rates, modes, cadres, statuses (api.md §7, §15).

Each value has its home elsewhere; here is only which of them are listed, and in which order: that of the contract when
it enumerates them, else by code.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Annotated

from api import anglais, contrat
from api.entree import Entree, Parmi, Texte
from api.listes import entiere
from api.registre import Appel, Contenu, operation
from invoices import lifecycle
from invoices.devises import NOMS as DEVISES
from invoices.enums import (
    MOTIFS,
    TAUX_REFERENTIEL,
    Acteur,
    Action,
    Cadre,
    Motif,
    MotifExoneration,
    Statut,
    TypePieceJointe,
)
from structures.pays import PAYS
from travaux.cadres import JUSTICE, SANS_CADRE, TAXES, TOUS
from travaux.cadres import PAR_CODE as CADRES_TRAVAUX

_LIGNE = "F.FactureRechercheRecipiendaire"
STATUTS = contrat.valeurs(_LIGNE, "statut")
"""The 56 of the API."""
MODES_DEPOT = contrat.valeurs("F.FactureCpp", "modeDepot")
MODES_PAIEMENT = contrat.valeurs("F.References", "modePaiement")
TYPES_DP = contrat.valeurs(_LIGNE, "typeDemandePaiement")
TYPES_TRAVAUX = contrat.valeurs(_LIGNE, "typeFactureTravaux")
TYPES_IDENTIFIANT = contrat.valeurs("S.StructureAAfficher", "typeIdentifiantStructure")
SYNTAXES = contrat.valeurs("F.WsRetourDeposerFluxFacture", "syntaxeFlux")
FACTURE, FACTURE_TRAVAUX, MEMOIRE_JUSTICE, DEMANDE_REMBOURSEMENT = TYPES_DP


def _colonne(liste: str, champ: str, valeurs: Iterable[str]) -> Contenu:
    return {liste: [{champ: valeur} for valeur in valeurs]}


class AvecLangue(Entree):
    codeLangue: Texte = ""

    @property
    def en_anglais(self) -> bool:
        """French unless English is asked for, whatever the case (api.md §4)."""
        return self.codeLangue.lower() == "en"


# --- what is written on an invoice


@operation(
    "recupererDevises",
    "transverses",
    "recuperer/devises",
    "Lister les devises (ISO 4217)",
    AvecLangue,
    exemple={"codeLangue": "fr"},
)
def devises(appel: Appel, entree: AvecLangue) -> Contenu:
    noms = anglais.DEVISES if entree.en_anglais else DEVISES
    return {"listeDevises": [{"codeDevise": code, "libelleDevise": noms[code]} for code in sorted(DEVISES)]}


@operation(
    "recupererPays",
    "transverses",
    "recuperer/pays",
    "Lister les pays (ISO 3166)",
    AvecLangue,
    exemple={"codeLangue": "fr"},
)
def pays(appel: Appel, entree: AvecLangue) -> Contenu:
    noms = anglais.PAYS if entree.en_anglais else PAYS
    return {"listePays": [{"codePays": code, "libellePays": noms[code]} for code in sorted(PAYS)]}


LIBELLES_TAUX = {"TVA1": "Art 293B(FranchiseEnBase)"}
"""The only one that is not the rate itself (api.md A-11)."""


def _rang_taux(ligne: tuple[str, Decimal]) -> int:
    return int(ligne[0].removeprefix("TVA"))


@operation(
    "recupererTauxTva",
    "transverses",
    "recuperer/tauxtva",
    "Lister les taux de TVA du référentiel",
    AvecLangue,
    exemple={"codeLangue": "fr"},
)
def taux_tva(appel: Appel, entree: AvecLangue) -> Contenu:
    return {
        "listeTauxTva": [
            {"codeTauxTva": code, "libelleTauxTva": LIBELLES_TAUX.get(code, str(taux)), "valeurTauxTva": taux}
            for code, taux in sorted(TAUX_REFERENTIEL.items(), key=_rang_taux)
        ]
    }


@operation(
    "recupererMotifsExonerationTva",
    "transverses",
    "recuperer/motifs/exonerationtva",
    "Lister les motifs d'exonération de TVA",
    AvecLangue,
    exemple={"codeLangue": "fr"},
)
def motifs_exoneration(appel: Appel, entree: AvecLangue) -> Contenu:
    return entiere(
        "listeMotifsExonerationTva",
        (
            {"codeMotifExonerationTva": motif.value, "libelleMotifExonerationTva": motif.label}
            for motif in MotifExoneration
        ),
    )


@operation("recupererModesReglement", "transverses", "recuperer/modereglements", "Lister les modes de règlement")
def modes_reglement(appel: Appel, entree: Entree) -> Contenu:
    return _colonne("listeModePaiement", "modePaiement", MODES_PAIEMENT)


OBJETS = (
    *("STRUCTURE", "UTILISATEUR", "CB", "MANDAT", "FICHE_RACCORDEMENT", "EJ", "MEMOIRE", "DMD_RBST", "TRANSVERSE"),
    *("FACTURE_TRAVAUX", "FACTURE", "DMDE_CPTE_DEV_SI_EXT", "SOLLICITATION", "CERTIFICAT", "PJ_REJET_EDI"),
)
"""``typeObjet``: what an attachment may belong to (api.md §5)."""
PREMIER_TYPE_PJ = 54_050
TYPES_PJ: dict[int, TypePieceJointe] = dict(enumerate(TypePieceJointe, start=PREMIER_TYPE_PJ))
"""``idTypePieceJointe``: the same types whatever the object."""


class TypesPiece(AvecLangue):
    typeObjet: Annotated[str, Parmi(OBJETS)] = "FACTURE"


@operation(
    "recupererTypesPieceJointe",
    "transverses",
    "recuperer/typespj",
    "Lister les types de pièce jointe",
    TypesPiece,
    exemple={"typeObjet": "FACTURE", "codeLangue": "fr"},
)
def types_piece(appel: Appel, entree: TypesPiece) -> Contenu:
    return {
        "listeTypePieceJointe": [
            {
                "idTypePieceJointe": pk,
                "codeTypePieceJointe": genre.value,
                "libelleTypePieceJointe": genre.label,
                "typeObjet": entree.typeObjet,
            }
            for pk, genre in TYPES_PJ.items()
        ]
    }


# --- how it is sent


@operation("recupererModesDepot", "transverses", "recuperer/modedepot", "Lister les modes de dépôt")
def modes_depot(appel: Appel, entree: Entree) -> Contenu:
    return entiere("listeModeDepot", ({"modeDepot": mode} for mode in MODES_DEPOT))


STRUCTURE, MIXTE, FACTURX = FORMATS = ("IN_DP_E1_STRUCT", "IN_DP_E2_MIXTE", "IN_DP_E2_FACTURX")


@operation("recupererFormatFlux", "transverses", "recuperer/formatflux", "Lister les formats de flux")
def formats_flux(appel: Appel, entree: Entree) -> Contenu:
    return entiere("listeFormatFlux", ({"formatFlux": code} for code in FORMATS))


class SyntaxesFlux(Entree):
    formatFlux: Annotated[str, Parmi(FORMATS)] | None = None


def _format(syntaxe: str) -> str:
    if syntaxe.endswith("_FACTURX"):
        return FACTURX
    return STRUCTURE if syntaxe.startswith("IN_DP_E1_") else MIXTE


@operation(
    "recupererSyntaxeFlux",
    "transverses",
    "recuperer/syntaxeflux",
    "Lister les syntaxes d'un format de flux",
    SyntaxesFlux,
    exemple={"formatFlux": FACTURX},
)
def syntaxes_flux(appel: Appel, entree: SyntaxesFlux) -> Contenu:
    voulues = (s for s in SYNTAXES if entree.formatFlux in (None, _format(s)))
    return _colonne("listeSyntaxeFlux", "syntaxeFlux", voulues)


# --- kinds of documents


class ParTypeDp(Entree):
    typeDemandePaiement: Annotated[str, Parmi(TYPES_DP)] | None = None


def _type_de(ligne_api: str, code: str, lieu: str) -> str | None:
    """Kind of demand that a cadre makes; None: it is offered nowhere (A11)."""
    if ligne_api in Cadre.values:
        return FACTURE
    if code in CADRES_TRAVAUX:
        return FACTURE_TRAVAUX
    return {JUSTICE: MEMOIRE_JUSTICE, TAXES: DEMANDE_REMBOURSEMENT}.get(lieu)


CADRES = {ligne.api: _type_de(ligne.api, ligne.code, ligne.lieu) for ligne in TOUS if ligne is not SANS_CADRE}


@operation(
    "recupererCadresFacturation",
    "transverses",
    "recuperer/cadrefacturation",
    "Lister les cadres de facturation d'un type de demande de paiement",
    ParTypeDp,
    exemple={"typeDemandePaiement": FACTURE},
)
def cadres(appel: Appel, entree: ParTypeDp) -> Contenu:
    voulu = entree.typeDemandePaiement
    trouves = (cadre for cadre, genre in CADRES.items() if genre is not None and voulu in (None, genre))
    return _colonne("listeCadreFacturation", "codeCadreFacturation", trouves)


@operation(
    "recupererTypesDemandePaiement", "transverses", "recuperer/typedp", "Lister les types de demande de paiement"
)
def types_dp(appel: Appel, entree: Entree) -> Contenu:
    return _colonne("listeTypeDemandePaiement", "typeDemandePaiement", TYPES_DP)


@operation(
    "recupererTypesFactureTravaux",
    "transverses",
    "recuperer/typefacturetravaux",
    "Lister les types de facture de travaux",
)
def types_travaux(appel: Appel, entree: Entree) -> Contenu:
    return _colonne("listeTypeFactureTravaux", "typeFactureTravaux", TYPES_TRAVAUX)


@operation(
    "recupererTypesIdentifiantsStructure",
    "transverses",
    "recuperer/typeidentifiant/structure",
    "Lister les types d'identifiant de structure",
)
def types_identifiant(appel: Appel, entree: Entree) -> Contenu:
    return _colonne("listeTypeIdentifiant", "typeIdentifiantStructure", TYPES_IDENTIFIANT)


# --- statuses and motifs

_TECHNIQUES = frozenset({"ABANDONNEE", "INTERPRETEE_OCR", "NON_CONFORME", "EN_COURS_TRAITEMENT_PIVOT_S"})
_AUTRES_CIRCUITS = frozenset(
    {
        *(Statut.BROUILLON, Statut.DEPOSEE, Statut.MISE_A_DISPOSITION, Statut.SUSPENDUE, Statut.COMPLETEE),
        *(Statut.REJETEE, Statut.SERVICE_FAIT, Statut.MISE_EN_PAIEMENT),
    }
)
STATUTS_DE = {
    # AIFE's sample names one that our circuit never meets.
    FACTURE: frozenset({*Statut.values, "ERREUR_FOURNISSEUR_SUR_MOE"}),
    FACTURE_TRAVAUX: frozenset(STATUTS) - _TECHNIQUES - {"TECHNIQUE_INCONNU"},
    MEMOIRE_JUSTICE: _AUTRES_CIRCUITS,
    DEMANDE_REMBOURSEMENT: _AUTRES_CIRCUITS,
}
"""api.md §7 for invoices; travaux.md §8.1; sollicitations-autres.md §3 (« Minimal faithful flow »)."""


@operation(
    "recupererEtatParTypeDemandePaiement",
    "transverses",
    "recuperer/etat/typedp",
    "Lister les statuts d'un type de demande de paiement",
    ParTypeDp,
    exemple={"typeDemandePaiement": FACTURE},
)
def etats(appel: Appel, entree: ParTypeDp) -> Contenu:
    voulu = entree.typeDemandePaiement
    retenus = frozenset().union(*STATUTS_DE.values()) if voulu is None else STATUTS_DE[voulu]
    return _colonne("listeEtatDemandePaiement", "etatDemandePaiement", (s for s in STATUTS if s in retenus))


A_TRAITER = (
    Statut.MISE_A_DISPOSITION,
    Statut.SUSPENDUE,
    Statut.REJETEE,
    Statut.MANDATEE,
    Statut.MISE_EN_PAIEMENT,
    Statut.COMPTABILISEE,
    Statut.MISE_A_DISPOSITION_COMPTABLE,
    Statut.A_RECYCLER,
    Statut.SERVICE_FAIT,
)
"""The eight of AIFE's sample, in its order, and the newer one (api.md §6.10, §7; factures.md §4.1)."""


class EtatsTraitement(Entree):
    statutCourant: Annotated[str, Parmi(STATUTS)] = Statut.MISE_A_DISPOSITION.value


@operation(
    "recupererEtatsPossiblesPourTraitement",
    "transverses",
    "recuperer/etats/traitement",
    "Lister les statuts qu'un destinataire peut donner à une facture",
    EtatsTraitement,
    exemple={"statutCourant": "MISE_A_DISPOSITION"},
)
def etats_traitement(appel: Appel, entree: EtatsTraitement) -> Contenu:
    """What the circuit offers on a plain invoice in this status, under the rules of the session."""
    possibles: set[Statut | None] = set()
    if entree.statutCourant in Statut.values:
        situation = lifecycle.Situation(statut=entree.statutCourant, regime=appel.cohort.regime, cadre=Cadre.A1)
        possibles = {row.target for row in lifecycle.available(situation, Acteur.DESTINATAIRE)}
    return _colonne(
        "listeStatutsPossiblesPourTraitement",
        "statutPossiblePourTraitement",
        (statut for statut in A_TRAITER if statut in possibles),
    )


A_VALIDER = frozenset(
    {
        *(Cadre.A9, Cadre.A12),
        *(CADRES_TRAVAUX[code].api for code in ("A10", "A13", "A14")),
    }
)
"""Cadres that a valideur reads before the others (factures.md §1)."""


class MotifsRefus(Entree):
    codeCadreFacturationAValider: Annotated[str, Parmi(tuple(CADRES))] | None = None


@operation(
    "recupererMotifsRefusFactureAValider",
    "transverses",
    "recuperer/motifs/refus/Facture/AValider",
    "Lister les motifs de refus d'un valideur",
    MotifsRefus,
    exemple={"codeCadreFacturationAValider": Cadre.A9.value},
)
def motifs_refus(appel: Appel, entree: MotifsRefus) -> Contenu:
    """Nothing for a cadre that nobody validates."""
    motifs = (*MOTIFS[Action.MAUVAIS_VALIDEUR], *MOTIFS[Action.REFUSER])
    if entree.codeCadreFacturationAValider not in (None, *A_VALIDER):
        motifs = ()
    ids = list(Motif)
    return {
        "listeMotifRefusFactureAValider": [
            {"idMotif": ids.index(motif) + 1, "codeMotif": motif.value, "libelleMotif": motif.label} for motif in motifs
        ]
    }
