"""Structures as a depositor needs them: his own, his recipients, the INSEE directory (api.md §7)."""

import re
import tempfile
import zipfile
from typing import Annotated

from django.db.models import QuerySet

from accounts.profils import Profil
from api import annuaire
from api.entree import Booleen, Entier, Entree, Pagination, Parmi, Texte
from api.erreurs import RIEN_TROUVE, Refus
from api.espaces import PROFILS
from api.fichiers import encoder
from api.listes import entiere, rien
from api.registre import GCU, Appel, Contenu, operation
from api.sortie import rechercher, trier
from sandbox import clock
from structures import queries, queries_annuaire
from structures.enums import EtatService, EtatStructure, Nature, TypeIdentifiant
from structures.models import CoordonneesBancaires, EntrepriseInsee, Service, Structure
from structures.queries_annuaire import Recherche, identifiant_cherche, simple
from structures.services import annuaire_export

PUBLIQUE = "00020001400017"
"""A public body of every pack, for the examples."""


# --- the account's own


class CoordonneesValides(Entree):
    idStructure: Entier | None = None


@operation(
    "recupererCoordonneesBancairesValides",
    "transverses",
    "recuperer/coordbanc/valides",
    "Lister les coordonnées bancaires d'une de vos structures",
    CoordonneesValides,
    exemple={"idStructure": 1},
)
def coordonnees(appel: Appel, entree: CoordonneesValides) -> Contenu:
    """Those that an invoice of today may name; without a structure, of all those of the account."""
    voulues = set(appel.droits.rattachees)
    if entree.idStructure:
        voulues = {annuaire.la_sienne(appel, annuaire.structure(entree.idStructure)).pk}
    comptes = CoordonneesBancaires.objects.valides(clock.today()).filter(structure__in=voulues)
    return entiere(
        "listeCoordonneeBancaire",
        ({"idCoordonneeBancaire": compte.pk, "nomCoordonneeBancaire": compte.nom} for compte in comptes.order_by("pk")),
    )


def _actives(appel: Appel, profil: Profil) -> Contenu:
    structures = queries.structures_pour(appel.droits, profil, modification=False).order_by("identifiant", "pk")
    return entiere(
        "listeStructures",
        (
            {"idStructureCPP": s.pk, "identifiant": s.identifiant, "designationStructure": s.raison_sociale}
            for s in structures
        ),
    )


@operation(
    "recupererStructuresActivesPourFournisseur",
    "transverses",
    "recuperer/structures/actives/fournisseur",
    "Lister vos structures qui émettent des factures",
)
def actives_fournisseur(appel: Appel, entree: Entree) -> Contenu:
    return _actives(appel, Profil.FACTURES_EMISES)


@operation(
    "recupererStructuresActivesPourDestinataire",
    "transverses",
    "recuperer/structures/actives/destinataire",
    "Lister vos structures qui reçoivent des factures",
)
def actives_destinataire(appel: Appel, entree: Entree) -> Contenu:
    return _actives(appel, Profil.FACTURES_RECUES)


@operation(
    "recupererStructuresActivesPourFactureTravaux",
    "transverses",
    "recuperer/structures/actives/facturetravaux",
    "Lister vos structures qui traitent des factures de travaux",
)
def actives_travaux(appel: Appel, entree: Entree) -> Contenu:
    return _actives(appel, Profil.FACTURES_TRAVAUX)


class PourUtilisateur(Entree):
    espaceFo: Entier | None = None


@operation(
    "recupererStructuresPourUtilisateur",
    "transverses",
    "recuperer/structuresPourUtilisateur",
    "Lister vos structures dans un espace",
    PourUtilisateur,
    exemple={"espaceFo": 7},
    depreciee=True,
)
def pour_utilisateur(appel: Appel, entree: PourUtilisateur) -> Contenu:
    """An espace whose number is not known filters nothing: only 7 is (api.md §14)."""
    profil = PROFILS.get(entree.espaceFo or 0)
    pks = appel.droits.rattachees if profil is None else appel.droits.structures(profil)
    structures = Structure.objects.actives().filter(pk__in=pks).order_by("identifiant", "pk")
    return {
        "listeStructures": [
            {
                "idStructure": s.pk,
                "identifiantStructure": s.identifiant,
                "designationStructure": s.raison_sociale,
                "typeIdentifiantStructure": s.type_identifiant,
            }
            for s in structures
        ]
    }


# --- the others


class RechercherDestinataire(Entree):
    identifiant: Texte = ""
    typeStructure: Annotated[str, Parmi(Nature.values)] = Nature.PUBLIQUE.value
    nomVilleCodePostal: Texte = ""
    parametresRecherche: Pagination | None = None


COLONNES_DESTINATAIRE = {
    "NomDestinataire": "raison_sociale",
    "Siret": "identifiant",
    "AdresseCodePostal": "code_postal",
    "AdresseVille": "ville",
    "IdStructureCPP": "pk",
}


def _destinataires(entree: RechercherDestinataire) -> QuerySet[Structure]:
    conditions = {"nature": entree.typeStructure, "etat": EtatStructure.ACTIF}
    boite = simple(entree.nomVilleCodePostal)
    if boite.vide and entree.nomVilleCodePostal:
        return Structure.objects.none()
    cherchee = Recherche(
        mots=boite.mots,
        chiffres=boite.chiffres,
        identifiant=identifiant_cherche(entree.identifiant),
        conditions=conditions,
    )
    return queries_annuaire.toutes(cherchee)


@operation(
    "rechercherDestinataire",
    "transverses",
    "rechercher/destinataire",
    "Rechercher un destinataire par son identifiant, son nom, sa ville",
    RechercherDestinataire,
    exemple={"nomVilleCodePostal": "VALMORAN", "parametresRecherche": {"triSens": "Ascendant"}},
)
def destinataires(appel: Appel, entree: RechercherDestinataire) -> Contenu:
    """Active public structures; private ones when they are asked for."""
    demande = entree.parametresRecherche
    return rechercher(
        "listeDestinataires",
        trier(_destinataires(entree), demande, COLONNES_DESTINATAIRE, "NomDestinataire"),
        demande,
        lambda s: {
            "idStructureCPP": s.pk,
            "siret": s.identifiant,
            "nomDestinataire": s.raison_sociale,
            "adresseCodePostal": s.code_postal,
            "adresseVille": s.ville,
        },
    )


class RechercherServiceExecutant(Entree):
    idDestinataireCPP: Entier | None = None
    codeServiceExecutant: Texte = ""
    nomServiceExecutant: Texte = ""
    actif: Booleen = False
    parametresRecherche: Pagination | None = None


COLONNES_SERVICE = {"CodeServiceExecutant": "code", "NomServiceExecutant": "libelle", "IdServicesCPP": "pk"}


@operation(
    "rechercherServiceExecutant",
    "transverses",
    "rechercher/serviceexecutant",
    "Rechercher un service d'un destinataire",
    RechercherServiceExecutant,
    exemple={"idDestinataireCPP": 1, "actif": True, "parametresRecherche": {"triSens": "Ascendant"}},
    depreciee=True,
)
def services_executants(appel: Appel, entree: RechercherServiceExecutant) -> Contenu:
    """Services by part of their code or name; ``actif`` false filters nothing (api.md §4)."""
    demande = entree.parametresRecherche
    structure = annuaire.structure(
        entree.idDestinataireCPP, champ="idDestinataireCPP", vide=rien("listeServices", demande)
    )
    services = Service.objects.filter(
        structure=structure,
        code__icontains=entree.codeServiceExecutant,
        libelle__icontains=entree.nomServiceExecutant,
    ).exclude(etat=EtatService.SUPPRIME)
    if entree.actif:
        services = services.filter(queries_annuaire.actif_ce_jour())
    return rechercher(
        "listeServices",
        trier(services, demande, COLONNES_SERVICE, "CodeServiceExecutant"),
        demande,
        lambda s: {"idServicesCPP": s.pk, "codeServiceExecutant": s.code, "nomServiceExecutant": s.libelle},
    )


class InformationSiret(Entree):
    siretStructure: Texte = ""


_SIRET = re.compile(r"\d{14}", re.ASCII)


@operation(
    "consulterInformationsSiret",
    "transverses",
    "consulter/information/siret",
    "Lire la fiche INSEE (simulée) d'un SIRET",
    InformationSiret,
    exemple={"siretStructure": PUBLIQUE},
)
def information_siret(appel: Appel, entree: InformationSiret) -> Contenu:
    """The simulated INSEE directory; else what the portal knows of a structure that has this SIRET."""
    siret = entree.siretStructure
    if not siret:
        raise annuaire.manquant("siretStructure")
    if not _SIRET.fullmatch(siret):
        raise annuaire.inconnu("siretStructure", siret, "14 chiffres sans espace étaient attendus, et aucun SIRET")
    structure = (
        Structure.objects.select_related("origine")
        .filter(type_identifiant=TypeIdentifiant.SIRET, identifiant=siret)
        .first()
    )
    entreprise = EntrepriseInsee.objects.filter(siret=siret).first()
    if structure is None and entreprise is None:
        raise Refus(*RIEN_TROUVE, f"La base INSEE simulée ne connaît pas le SIRET {siret}.")
    return {"siret": siret, "siren": siret[:9], "numeroInterneClassement": siret[9:]} | _fiche(entreprise, structure)


def _fiche(entreprise: EntrepriseInsee | None, structure: Structure | None) -> Contenu:
    lue = entreprise or structure
    assert lue is not None  # noqa: S101 -- one of the two is there
    return {
        "raisonSociale": lue.raison_sociale,
        "adresse": " ".join(partie for partie in (lue.adresse, lue.code_postal, lue.ville) if partie),
        "estActif": entreprise.active if entreprise else structure is not None and structure.est_active,
        "categorieJuridique": lue.categorie_juridique,
        "categorieEntreprise": structure.categorie_entreprise if structure else None,
        "nonDiffusibleInsee": structure is not None and structure.non_diffusible_insee,
        "siretPredecesseurSuccesseur": structure.origine.identifiant if structure and structure.origine else None,
    }


@operation(
    "telechargerAnnuaireDestinataire",
    "transverses",
    "telecharger/annuaire/destinataire",
    "Télécharger l'annuaire des structures publiques",
    libelle=GCU,
)
def telecharger_annuaire(appel: Appel, entree: Entree) -> Contenu:
    """A ZIP that holds the XML, written as it is read."""
    with tempfile.TemporaryFile() as sortie:
        with zipfile.ZipFile(sortie, "w", zipfile.ZIP_DEFLATED) as archive, archive.open(NOM_ANNUAIRE, "w") as xml:
            for morceau in annuaire_export.xml_publiques(appel.cohort):
                xml.write(morceau)
        sortie.seek(0)
        return {"fichierResultat": encoder(sortie.read())}


NOM_ANNUAIRE = "annuaire-structures-publiques.xml"
