"""The rows of the actors that a pack describes, built in memory and written one bulk insert a table (SES-1).

Shared by the creation of a session and by the data set of a seat.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from accounts.enums import EtatCompte, Niveau
from accounts.models import Compte
from accounts.profils import du_gestionnaire
from invoices.models import Commande
from sandbox import clock
from sandbox.cohorts.models import Cohort
from structures.enums import (
    EnvironnementPiste,
    EtatStructure,
    Nature,
    Role,
    RoleJoue,
    StatutRattachement,
    TypeIdentifiant,
)
from structures.identifiants import numero_tva, siret_de_base
from structures.models import (
    VALIDITE_MOT_DE_PASSE,
    ApplicationPiste,
    CompteTechnique,
    ConsentementApi,
    Engagement,
    EntrepriseInsee,
    Habilitation,
    Mandat,
    Personnage,
    Rattachement,
    Service,
    Structure,
)
from structures.raccordement import APIS
from structures.services.annuaire import indexer
from structures.services.comptes_techniques import SANS_MOT_DE_PASSE, login_de, profils_techniques
from structures.services.structures import service_factures_publiques

PARAMETRES = (
    "service_obligatoire",
    "engagement_obligatoire",
    "engagement_ou_service",
    "etat_public",
    "avec_moa",
    "moa_uniquement",
    "mise_en_paiement_non_remontee",
    "delai_paiement",
    "profil",
)


def remplir(texte: str, *, place: int | None = None, siret: str = "") -> str:
    """Put the number of the seat and the SIREN into a text of a pack."""
    return texte.replace("{ii}", f"{place or 0:02d}").replace("{siren}", siret[:9])


def du_poste(entite: Mapping[str, Any], numero: int) -> dict[str, Any]:
    """An entity « par_poste » as this seat meets it."""
    return {
        **entite,
        "siret": siret_de_base(remplir(entite["base"], place=numero)),
        "raison_sociale": remplir(entite["raison_sociale"], place=numero),
    }


HORS_CONTENU = frozenset({"cle", "base", "fournisseur", "ht", "tva"})
"""Of an order: columns of its row, amounts that its lines make."""


def _rempli(valeur: Any, place: int) -> Any:
    """The same value, the number of the seat put into each of its texts."""
    if isinstance(valeur, str):
        return remplir(valeur, place=place)
    if isinstance(valeur, Mapping):
        return {cle: _rempli(v, place) for cle, v in valeur.items()}
    return [_rempli(v, place) for v in valeur] if isinstance(valeur, list) else valeur


@dataclass(slots=True)
class Distribution:
    """Actors to be written in a world, with whoever manages them. Nothing is written before ``ecrire``."""

    cohort: Cohort
    structures: list[Structure] = field(default_factory=list)
    insee: list[EntrepriseInsee] = field(default_factory=list)
    services: list[Service] = field(default_factory=list)
    engagements: list[Engagement] = field(default_factory=list)
    mandats: list[Mandat] = field(default_factory=list)
    comptes: list[Compte] = field(default_factory=list)
    rattachements: list[Rattachement] = field(default_factory=list)
    habilitations: list[Habilitation] = field(default_factory=list)
    personnages: list[Personnage] = field(default_factory=list)
    commandes: list[Commande] = field(default_factory=list)
    techniques: list[CompteTechnique] = field(default_factory=list)
    applications: list[ApplicationPiste] = field(default_factory=list)
    consentements: list[ConsentementApi] = field(default_factory=list)

    def structure(self, entite: Mapping[str, Any], nature: Nature, place: int | None = None) -> Structure:
        """A structure of the portal, its services and its known engagements."""
        neuve = Structure(
            cohort=self.cohort,
            place=place,
            type_identifiant=TypeIdentifiant.SIRET,
            identifiant=entite["siret"],
            raison_sociale=entite["raison_sociale"],
            nature=nature,
            etat=EtatStructure.ACTIF if entite.get("active", True) else EtatStructure.INACTIF,
            numero_tva=numero_tva(entite["siret"]),
            categorie_juridique=entite.get("categorie_juridique", ""),
            adresse=entite["adresse"],
            code_postal=entite["code_postal"],
            ville=entite["ville"],
            **{cle: entite[cle] for cle in PARAMETRES if cle in entite},
        )
        self.structures.append(neuve)
        if nature == Nature.PUBLIQUE:
            self.services.append(service_factures_publiques(neuve))
        commun = {"cohort": self.cohort, "place": place, "structure": neuve}
        self.services += [
            Service(
                **commun,
                code=s["code"],
                libelle=s["libelle"],
                engagement_obligatoire=s.get("engagement_obligatoire", False),
            )
            for s in entite.get("services", [])
        ]
        self.engagements += [Engagement(**commun, numero=numero) for numero in entite.get("engagements", [])]
        return neuve

    def entreprise(self, entite: Mapping[str, Any], place: int | None = None) -> None:
        """A row of the simulated INSEE directory, and one for each other establishment of the company."""
        autres = [
            {**entite, **autre, "siret": siret_de_base(entite["siret"][:8], autre["nic"])}
            for autre in entite.get("secondaires", [])
        ]
        self.insee += [
            EntrepriseInsee(
                cohort=self.cohort,
                place=place,
                siret=ligne["siret"],
                raison_sociale=ligne["raison_sociale"],
                adresse=ligne["adresse"],
                code_postal=ligne["code_postal"],
                ville=ligne["ville"],
                categorie_juridique=ligne.get("categorie_juridique", ""),
                numero_tva=numero_tva(ligne["siret"]),
                active=ligne.get("active", True),
            )
            for ligne in [entite, *autres]
        ]

    def compte(
        self, courriel: str, *, prenom: str, nom: str, place: int | None, mot_de_passe: str = SANS_MOT_DE_PASSE
    ) -> Compte:
        """An active account; ``mot_de_passe`` is the encoded one."""
        neuf = Compte(
            cohort=self.cohort,
            place=place,
            login_email=courriel,
            contact_email=courriel,
            prenom=prenom,
            nom=nom,
            etat=EtatCompte.ACTIF,
            mot_de_passe=mot_de_passe,
        )
        self.comptes.append(neuf)
        return neuf

    def rattacher(self, compte: Compte, structure: Structure, role: Role, profils: Iterable[str]) -> None:
        """A valid attachment, with these profiles in modification."""
        lien = Rattachement(
            cohort=self.cohort,
            place=compte.place,
            compte=compte,
            structure=structure,
            role=role,
            statut=StatutRattachement.VALIDEE,
            traite_le=clock.now(),
        )
        self.rattachements.append(lien)
        self.habilitations += [
            Habilitation(
                cohort=self.cohort,
                place=compte.place,
                rattachement=lien,
                profil=profil,
                niveau=Niveau.MODIFICATION,
            )
            for profil in profils
        ]

    def gestionnaire(self, compte: Compte, structure: Structure) -> None:
        """Make the account the gestionnaire principal: every profile of the column."""
        self.rattacher(
            compte,
            structure,
            Role.GESTIONNAIRE_PRINCIPAL,
            du_gestionnaire(publique=structure.nature == Nature.PUBLIQUE),
        )

    def gestionnaire_simule(self, structure: Structure, bloc: Mapping[str, Any]) -> Compte:
        """The simulated gestionnaire principal of a structure, and what he answers."""
        compte = self.compte(
            remplir(bloc["courriel"], place=structure.place, siret=structure.identifiant),
            prenom=bloc["prenom"],
            nom=bloc["nom"],
            place=structure.place,
        )
        compte.pigp = structure.nature == Nature.PUBLIQUE and not structure.etat_public
        self.gestionnaire(compte, structure)
        script = {cle: bloc[cle] for cle in ("accepte", "motif", "profils") if cle in bloc}
        self._personnage(compte, RoleJoue.GESTIONNAIRE, script)
        return compte

    def collegue(self, bloc: Mapping[str, Any], place: int) -> None:
        """A simulated colleague, who waits for the company of the seat to exist."""
        siret = siret_de_base(remplir(bloc["base"], place=place))
        compte = self.compte(
            remplir(bloc["courriel"], place=place, siret=siret), prenom=bloc["prenom"], nom=bloc["nom"], place=place
        )
        script = {cle: bloc[cle] for cle in ("commentaire", "refus", "maladresse") if cle in bloc}
        self._personnage(compte, RoleJoue.COLLEGUE, {"siret": siret, **script})

    def mandat(self, structure: Structure, bloc: Mapping[str, Any]) -> None:
        """The mandate that a structure of the cast needs to invoice, signed by its gestionnaire."""
        self.mandats.append(
            Mandat(
                cohort=self.cohort,
                place=structure.place,
                structure=structure,
                nom="Mandat de facturation",
                signataire=f"{bloc['prenom']} {bloc['nom']}",
            )
        )

    def commande(self, modele: Mapping[str, Any], place: int) -> None:
        """An order of the pack as this seat lives it: from its company, or from a supplier of the cast to it."""
        contenu = {cle: _rempli(valeur, place) for cle, valeur in modele.items() if cle not in HORS_CONTENU}
        if "{ii}" in modele.get("valideur", ""):
            contenu["valideur"] = siret_de_base(contenu["valideur"])
        if "base" in modele:
            siren = siret_de_base(remplir(modele["base"], place=place))[:9]
        else:
            siren = modele["fournisseur"][:9]
        cle = f"{modele['cle']}-{place:02d}"
        self.commandes.append(Commande(cohort=self.cohort, place=place, fournisseur=siren, cle=cle, contenu=contenu))

    def acces_api(self, structure: Structure, gestionnaire: Compte) -> None:
        """What a program needs to speak for this structure from the first minute: see ``cohort show --json``.

        Its technical account n° 1, whose password is computed, and the sandbox application of its gestionnaire.
        """
        place = structure.place
        login = login_de(structure, 1)
        compte = self.compte(login, prenom="Compte technique", nom="1", place=place)
        compte.etat = EtatCompte.TECHNIQUE
        self.techniques.append(
            CompteTechnique(
                cohort=self.cohort,
                place=place,
                compte=compte,
                structure=structure,
                numero=1,
                expire_le=clock.now() + VALIDITE_MOT_DE_PASSE,
                pret=True,
            )
        )
        publique = structure.nature == Nature.PUBLIQUE
        self.rattacher(compte, structure, Role.TECHNIQUE, profils_techniques(publique=publique))
        self.applications.append(
            ApplicationPiste(
                cohort=self.cohort,
                place=place,
                compte=gestionnaire,
                nom=f"APP_SANDBOX_{gestionnaire.login_email}",
                environnement=EnvironnementPiste.SANDBOX,
                client_id=uuid5(NAMESPACE_OID, f"{self.cohort.code}/{login}"),
                apis=list(APIS),
            )
        )
        self.consentements += [
            ConsentementApi(
                cohort=self.cohort, place=place, compte=gestionnaire, api=api, environnement=EnvironnementPiste.SANDBOX
            )
            for api in APIS
        ]

    def _personnage(self, compte: Compte, role: RoleJoue, script: dict[str, Any]) -> None:
        self.personnages.append(
            Personnage(cohort=self.cohort, place=compte.place, compte=compte, role=role, script=script)
        )

    def ecrire(self) -> None:
        """Parents before children; inside the world."""
        Structure.objects.bulk_create(self.structures)
        indexer(self.structures)
        EntrepriseInsee.objects.bulk_create(self.insee)
        Service.objects.bulk_create(self.services)
        Engagement.objects.bulk_create(self.engagements)
        Mandat.objects.bulk_create(self.mandats)
        Compte.objects.bulk_create(self.comptes)
        Rattachement.objects.bulk_create(self.rattachements)
        Habilitation.objects.bulk_create(self.habilitations)
        Personnage.objects.bulk_create(self.personnages)
        Commande.objects.bulk_create(self.commandes)
        CompteTechnique.objects.bulk_create(self.techniques)
        ApplicationPiste.objects.bulk_create(self.applications)
        ConsentementApi.objects.bulk_create(self.consentements)
