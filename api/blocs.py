"""Blocks that several answers share: a structure, its address, its bank, the valideurs, the pages of a list (§6.7)."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from django.db.models import QuerySet

from api import banque, sortie
from api.entree import Entree, Pagination, Parmi
from invoices.documents.donnees import code_pays
from invoices.models import Facture
from structures.models import CoordonneesBancaires, Service, Structure

Bloc = dict[str, Any]
Sens = Annotated[str, Parmi(("Ascendant", "Descendant"))]


def adresse(prefixe: str, structure: Structure, pays: Mapping[str, str]) -> Bloc:
    """``pays``: names of the countries, in the language asked for."""
    code = code_pays(structure.pays)
    return {
        f"{prefixe}Detail": structure.adresse,
        f"{prefixe}Complement1": structure.complement_adresse,
        f"{prefixe}CodePostal": structure.code_postal,
        f"{prefixe}Ville": structure.ville,
        f"{prefixe}CodePays": code,
        f"{prefixe}LibellePays": pays[code],
    }


def service_du_fournisseur(service: Service | None) -> Bloc:
    if service is None:
        return {}
    return {
        "idServiceFournisseur": service.pk,
        "codeServiceFournisseur": service.code,
        "libelleServiceFournisseur": service.libelle,
    }


def service_executant(facture: Facture) -> Bloc:
    """As it was written on the invoice, which may name one that does not exist while it is a draft."""
    service = facture.service
    return {
        "idServiceExecutant": facture.service_id,
        "codeServiceExecutant": facture.code_service,
        "libelleServiceExecutant": facture.libelle_service or (service.libelle if service else ""),
    }


def coordonnees_bancaires(compte: CoordonneesBancaires | None) -> Bloc:
    """An IBAN and the RIB inside it; the affactureur, when the money goes to one."""
    if compte is None:
        return {}
    lu = banque.parties(compte.iban)
    du_compte: Bloc = {
        "coordBancairesFournisseurId": compte.pk,
        "coordBancairesFournisseurType": "IBAN",
        "coordBancairesFournisseurLibelle": compte.nom,
        "coordBancairesBicSwift": compte.bic,
    }
    if lu is not None:
        du_compte |= {
            "coordBancairesFournisseurCodePays": lu.pays,
            "coordBancairesFournisseurCleIban": lu.cle_iban,
            "coordBancairesFournisseurCodeBanque": lu.banque,
            "coordBancairesCodeGuichet": lu.guichet,
            "coordBancairesFournisseurCompteBancaire": lu.compte,
            "coordBancairesFournisseurCleRib": lu.cle_rib,
        }
    if compte.affactureur:
        du_compte["affactureur"] = {"affactureurRaisonSociale": compte.affactureur}
    return du_compte


def valideur(rang: int, structure: Structure | None, validee_le: Any) -> Bloc:
    """Validator 1 or 2, and the day of his agreement."""
    if structure is None:
        return {}
    second = {"designationValideur2": structure.raison_sociale} if rang == 2 else {}
    return second | {
        f"idValideur{rang}": structure.pk,
        f"typeIdentifiantValideur{rang}": structure.type_identifiant,
        f"codeValideur{rang}": structure.identifiant,
        f"raisonSocialeValideur{rang}": structure.raison_sociale,
        f"nomValideur{rang}": structure.nom,
        f"prenomValideur{rang}": structure.prenom,
        f"dateValidation{rang}": sortie.jour(validee_le),
    }


def pagination(bloc: Entree | None, sens: str) -> Pagination:
    """The paging of a list inside an answer, whose four fields are named after it; ``sens`` when nothing is said."""
    lus: dict[str, Any] = {"triSens": sens}
    for nom in type(bloc).model_fields if bloc is not None else ():
        valeur = getattr(bloc, nom)
        for prefixe in ("pageResultatDemandee", "nbResultatsParPage", "triSens", "triColonne"):
            if nom.startswith(prefixe) and valeur:
                lus[prefixe] = valeur
    return Pagination.model_validate(lus)


def liste(
    nom: str,
    suffixe: str,
    lignes: QuerySet[Any],
    demande: Pagination,
    colonnes: Mapping[str, tuple[str, ...]],
    ecrire: Callable[[Any], Bloc],
) -> Bloc:
    """A page of a list inside an answer: the rows, and the four fields named after it; the first column by default."""
    trouvee = sortie.page(demande, lignes.count())
    triees = sortie.trier(lignes, demande, colonnes, next(iter(colonnes)))
    return {nom: [ecrire(ligne) for ligne in triees[trouvee.tranche]], **trouvee.champs(suffixe)}
