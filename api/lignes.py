"""Rows of the searches of invoices: a table says which columns each field reads, and how it is written (api.md §6).

Which invoices a page shows is asked first, what it shows of them next: sorting ten thousand invoices does not read
their parties, and a page costs the same queries whatever its size.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db.models import QuerySet

from api import banque, sortie
from api.entree import Pagination
from api.sortie import instant, jour
from invoices.models import Facture
from invoices.queries_export import calculees
from invoices.queries_lecture import commentaire_d_etat

TRI = "DateDepot"


def _tel_quel(valeur: Any) -> Any:
    return valeur


@dataclass(frozen=True, slots=True)
class Champ:
    """``sources``: columns of the query, none for what is always the same; ``tri``: those that order it, if others."""

    sources: tuple[str, ...]
    ecrire: Callable[..., Any] = _tel_quel
    tri: tuple[str, ...] = ()


Champs = Mapping[str, Champ]


def toujours(valeur: Any) -> Champ:
    """The same on every row."""
    return Champ((), lambda: valeur)


def _colonnes(**sources: str) -> Champs:
    return {nom: Champ((source,)) for nom, source in sources.items()}


def _premier(*valeurs: str | None) -> str | None:
    return next((valeur for valeur in valeurs if valeur), None)


def _de_l_iban(attribut: str) -> Champ:
    def ecrire(iban: str | None) -> str | None:
        lu = banque.parties(iban)
        return getattr(lu, attribut) if lu else None

    return Champ(("coordonnees_bancaires__iban",), ecrire)


COMMUNS: Champs = {
    "typeDemandePaiement": toujours("FACTURE"),
    "dateFacture": Champ(("date_facture",), jour),
    "dateDepot": Champ(("date_depot",), jour),
    **_colonnes(
        typeFacture="type_facture",
        numeroFacture="numero",
        montantHT="montant_ht",
        montantTTC="montant_ttc",
        montantAPayer="montant_a_payer",
        devise="devise",
        statut="statut",
        numeroMarche="numero_marche",
        codeServiceFournisseur="service_fournisseur__code",
        nomServiceFournisseur="service_fournisseur__libelle",
        idServiceExecutant="service",
        codeServiceExecutant="code_service",
        designationFournisseur="fournisseur__raison_sociale",
        typeIdentifiantFournisseur="fournisseur__type_identifiant",
        designationDestinataire="destinataire__raison_sociale",
        idDestinataire="destinataire",
    ),
    "nomServiceExecutant": Champ(("libelle_service", "service__libelle"), _premier),
}
"""Every row has them."""
ETAT: Champs = {
    "dateHeureEtatCourant": Champ(("statut_depuis",), instant),
    "commentaireEtatCourant": Champ(("_motif", "_commentaire"), commentaire_d_etat),
}
TAILLE: Champs = {"taille": Champ(("_taille",), lambda octets: octets or 0)}
"""Only when it is asked for."""
_PARTIES = _colonnes(
    codeFournisseur="fournisseur__identifiant",
    codeDestinataire="destinataire__identifiant",
    numeroBonCommande="numero_engagement",
)


def _valideur(rang: int, partie: str) -> Champs:
    noms = {
        f"typeIdentifiantValideur{rang}": f"{partie}__type_identifiant",
        f"codeValideur{rang}": f"{partie}__identifiant",
        f"raisonSocialeValideur{rang}": f"{partie}__raison_sociale",
        f"nomValideur{rang}": f"{partie}__nom",
        f"prenomValideur{rang}": f"{partie}__prenom",
    }
    return {**_colonnes(**noms), f"dateValidation{rang}": Champ((f"_validee_{rang}",), jour)}


A_TRAITER_FOURNISSEUR: Champs = {**_colonnes(identifiantFactureCPP="pk"), **COMMUNS, **_PARTIES}
FOURNISSEUR: Champs = {
    **A_TRAITER_FOURNISSEUR,
    **_valideur(1, "valideur"),
    **_valideur(2, "valideur_2"),
    **_colonnes(
        numeroFluxDepot="flux__numero",
        numeroFactureOrigine="numero_facture_origine",
        modeDepot="mode_depot",
        rejetTraite="rejet_traite",
        coordBancairesFournisseurNomCb="coordonnees_bancaires__nom",
        affactureurRaisonSociale="coordonnees_bancaires__affactureur",
    ),
    "coordBancairesFournisseurCleIban": _de_l_iban("cle_iban"),
    "coordBancairesFournisseurCleRib": _de_l_iban("cle_rib"),
    "coordBancairesFournisseurCodeBanque": _de_l_iban("banque"),
    "coordBancairesFournisseurCodePays": _de_l_iban("pays"),
    "coordBancairesFournisseurCompteBancaire": _de_l_iban("compte"),
    "nomPrenomUtilisateurCreateur": Champ(
        ("cree_par__nom", "cree_par__prenom"), lambda *noms: " ".join(filter(None, noms))
    ),
    **ETAT,
}
RECIPIENDAIRE: Champs = {
    **_colonnes(idFacture="pk", factureTelechargeeParDestinataire="telechargee"),
    **COMMUNS,
    **_PARTIES,
    **ETAT,
}
_A_VALIDER: Champs = {
    **COMMUNS,
    **_colonnes(
        idFacture="pk",
        idFournisseur="fournisseur",
        identifiantFournisseur="fournisseur__identifiant",
        identifiantDestinataire="destinataire__identifiant",
        typeIdentifiantDestinataire="destinataire__type_identifiant",
        numeroEngagement="numero_engagement",
    ),
}
_DU_VALIDEUR = {
    "idValideur": "pk",
    "typeIdentifiantValideur": "type_identifiant",
    "identifiantValideur": "identifiant",
    "designationValideur": "raison_sociale",
}


def valideur(miennes: Collection[int]) -> Champs:
    """Rows of « Factures à valider »: the valideur is that of the two which this account speaks for, the last asked."""

    def choisir(second: int | None, du_premier: Any, du_second: Any) -> Any:
        return du_second if second in miennes else du_premier

    champs = {}
    for nom, attribut in _DU_VALIDEUR.items():
        deux = (f"valideur__{attribut}", f"valideur_2__{attribut}")
        champs[nom] = Champ(("valideur_2", *deux), choisir, tri=deux)
    return {**_A_VALIDER, **champs}


DEMANDE: Champs = {
    **{nom: COMMUNS[nom] for nom in ("typeDemandePaiement", "typeFacture", "montantHT", "montantTTC", "montantAPayer")},
    **{nom: COMMUNS[nom] for nom in ("numeroMarche", "dateDepot")},
    **_colonnes(
        idDemandePaiement="pk",
        numeroDemandePaiement="numero",
        cadreFacturation="cadre",
        etatCourant="statut",
        numeroBonCommande="numero_engagement",
        numeroFactureOrigine="numero_facture_origine",
        numeroDpMandat="numero_mandat",
        idStructureFournisseur="fournisseur",
        idStructureDestinataire="destinataire",
        idStructureValideur1="valideur",
        idStructureValideur2="valideur_2",
        idServiceFournisseur="service_fournisseur",
        idServiceDestinataire="service",
        codeServiceDestinataire="code_service",
        identifiantStructureFournisseur="fournisseur__identifiant",
        identifiantStructureDestinataire="destinataire__identifiant",
        siretFournisseurQualif="fournisseur__identifiant",
        siretDestinataireQualif="destinataire__identifiant",
    ),
    "dateFournisseur": COMMUNS["dateFacture"],
    "nomServiceDestinataire": COMMUNS["nomServiceExecutant"],
    **ETAT,
}


def lire(champs: Champs, pages: QuerySet[Facture], **annotations: Any) -> Iterator[dict[str, Any]]:
    """What the rows show of the invoices of a page, in its order: two queries."""
    pks = list(pages.values_list("pk", flat=True))
    sources = list(dict.fromkeys(("pk", *(source for champ in champs.values() for source in champ.sources))))
    annotees = Facture.objects.filter(pk__in=pks).annotate(**calculees(sources), **annotations)
    lues = annotees.values_list(*sources)
    trouvees = {ligne[0]: ligne for ligne in lues}
    rangs = {source: rang for rang, source in enumerate(sources)}
    ecrire = [(nom, champ.ecrire, [rangs[s] for s in champ.sources]) for nom, champ in champs.items()]
    for pk in pks:
        if (ligne := trouvees.pop(pk, None)) is not None:
            yield {nom: ecrit(*(ligne[rang] for rang in ou)) for nom, ecrit, ou in ecrire}


def _colonnes_de_tri(champs: Champs) -> dict[str, tuple[str, ...]]:
    """``triColonne``: the fields of the answer with a capital; the recipient's are named otherwise (api.md §5)."""
    tri = {nom[0].upper() + nom[1:]: champ.tri or champ.sources for nom, champ in champs.items()}
    return {**tri, "Fournisseur": tri["DesignationFournisseur"], "Destinataire": tri["DesignationDestinataire"]}


def rechercher(
    factures: QuerySet[Facture],
    demande: Pagination | None,
    champs: Champs,
    *,
    taille: bool = False,
    racine: bool = False,
) -> dict[str, Any]:
    """``listeFactures`` of a search, by date de dépôt, the newest first. Raises ``Refus`` when nothing is found."""
    colonnes = _colonnes_de_tri(champs)
    voulue = colonnes.get(demande.triColonne, ()) if demande else ()
    triees = sortie.trier(factures.annotate(**calculees(voulue)), demande, colonnes, TRI)
    montres = {**champs, **TAILLE} if taille else champs
    return sortie.rechercher("listeFactures", triees, demande, dict, racine=racine, charger=partial(lire, montres))
