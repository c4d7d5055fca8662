"""Pure tables of the raccordement EDI/API: flows, interfaces, protocols, APIs, states of a fiche and who moves them.

Sources: flux-edi.md §1 (families), §2 (interfaces), §4 (protocols); api.md §1 (APIs); comptes-structures.md §9.4
(fiche; its states are ours, §13.11). Screens, services, tests and documentation read these tables.
"""

import ipaddress
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Protocol

from structures.enums import Environnement, EnvironnementPiste, EtatRaccordement, ModeRaccordement

PREAVIS = timedelta(days=30)
"""A certificate, or a technical password, is announced as ending soon (simulated days)."""


class Sens(StrEnum):
    """comptes-structures.md §9.4."""

    EMISSION = "EMISSION"
    RECEPTION = "RECEPTION"

    @property
    def libelle(self) -> str:
        return "partenaire → portail" if self is Sens.EMISSION else "portail → partenaire"


@dataclass(frozen=True, slots=True)
class Famille:
    """A family of flows (flux-edi.md §1); those that are not ``offerte`` are named, and cannot be chosen."""

    code: str
    libelle: str
    offerte: bool = True


FAMILLES: dict[str, Famille] = {
    f.code: f
    for f in (
        Famille("E1", "E1 – Flux structuré facture"),
        Famille("E2", "E2 – Flux mixte facture"),
        Famille("E3", "E3 – Mémoire de frais de justice", offerte=False),
        Famille("E4", "E4 – Flux structuré, marchés de travaux", offerte=False),
        Famille("E5", "E5 – Flux mixte, marchés de travaux", offerte=False),
        Famille("CR", "CR – Compte rendu d'intégration"),
        Famille("CDV", "CDV – Cycle de vie"),
        Famille("PIVOT", "Pivot – Facture et pièces jointes pour le destinataire"),
        Famille("ANNUAIRE", "Annuaire des structures publiques"),
    )
}


@dataclass(frozen=True, slots=True)
class Interface:
    """Something to subscribe to; ``accuse`` is the secondary interface that comes with it (flux-edi.md §2)."""

    code: str
    libelle: str
    famille: str
    sens: Sens
    accuse: str = ""


def _emission(code: str, libelle: str, famille: str) -> Interface:
    """An input flow: its compte rendu is named after its four digits (flux-edi.md §2)."""
    return Interface(code, libelle, famille, Sens.EMISSION, f"CSO{code[3:7]}A")


INTERFACES: dict[str, Interface] = {
    i.code: i
    for i in (
        _emission("FSO1100A", "UBL Invoice 2.1", "E1"),
        _emission("FSO1106A", "CII 16B", "E1"),
        _emission("FSO1110A", "UBL Invoice Minimal", "E2"),
        _emission("FSO1116A", "CII 16B Minimal", "E2"),
        _emission("FSO1117A", "Factur-X", "E2"),
        Interface("FEN1200A", "Cycle de vie, forme CPPStatut", "CDV", Sens.RECEPTION),
        Interface("FEN1201A", "Cycle de vie, forme de l'ancien portail (AIFE_Statut)", "CDV", Sens.RECEPTION),
        Interface("OUT_DP_CPP_FACTURE", "Facture pivot (CPPFacturePivot)", "PIVOT", Sens.RECEPTION),
        Interface("OUT_REF_SP_FAR0037", "Annuaire des structures publiques", "ANNUAIRE", Sens.RECEPTION),
    )
}
"""Main interfaces. E3, E4, E5 and CPPFactureMixte have no schema here (flux-edi.md §17.2): not offered."""


@dataclass(frozen=True, slots=True)
class Abonnement:
    """A subscription of a fiche: chosen (``principale`` empty) or brought by the one it acknowledges."""

    code: str
    libelle: str
    famille: str
    sens: Sens
    principale: str = ""


def abonnements(codes: Iterable[str]) -> list[Abonnement]:
    """The main interfaces chosen, each followed by its secondary one."""
    lignes = []
    choisis = set(codes)
    for interface in INTERFACES.values():
        if interface.code not in choisis:
            continue
        lignes.append(Abonnement(interface.code, interface.libelle, interface.famille, interface.sens))
        if interface.accuse:
            libelle = f"Compte rendu d'intégration de {interface.code}"
            lignes.append(Abonnement(interface.accuse, libelle, "CR", Sens.RECEPTION, interface.code))
    return lignes


def familles_de(codes: Iterable[str]) -> set[str]:
    """Families of flows that these interfaces carry, their acknowledgements included."""
    return {a.famille for a in abonnements(codes)}


@dataclass(frozen=True, slots=True)
class Protocole:
    code: str
    libelle: str
    ouvert: bool = False


PROTOCOLES: dict[str, Protocole] = {
    p.code: p
    for p in (
        Protocole("SFTP", "SFTP", ouvert=True),
        Protocole("PESIT", "PeSIT HS E sur TLS"),
        Protocole("AS2", "AS/2 sur TLS"),
    )
}
"""flux-edi.md §4: one only a partner; the sandbox plays SFTP."""

PROPRE = "PROPRE"
POUR_QUI: tuple[tuple[str, str], ...] = (
    (PROPRE, "La structure elle-même"),
    ("CLIENTS", "Ses clients (opérateur ou solution de dématérialisation)"),
)


@dataclass(frozen=True, slots=True)
class ApiPiste:
    """An API of the gateway: its name in the address, its name on screen (api.md §1)."""

    code: str
    libelle: str


APIS: dict[str, ApiPiste] = {
    a.code: a
    for a in (
        ApiPiste("factures", "Factures"),
        ApiPiste("transverses", "Transverses"),
        ApiPiste("structures", "Structures"),
        ApiPiste("utilisateurs", "Utilisateurs"),
        ApiPiste("engagementsJuridiques", "Engagements juridiques"),
        ApiPiste("facturesTravaux", "Factures de travaux"),
    )
}

PISTE_DE: dict[str, str] = {
    Environnement.QUALIFICATION: EnvironnementPiste.SANDBOX,
    Environnement.PRODUCTION: EnvironnementPiste.PRODUCTION,
}
"""Environment of PISTE that a fiche of this environment goes through."""


# --- states


class Action(StrEnum):
    """What moves a fiche; the key of ``TRANSITIONS``."""

    SOUMETTRE = "soumettre"
    ABANDONNER = "abandonner"
    INSTRUIRE = "instruire"
    VALIDER = "valider"
    REFUSER = "refuser"
    REPRENDRE = "reprendre"
    ACTIVER = "activer"
    SIGNALER = "signaler"
    RENOUVELER = "renouveler"
    CLOTURER = "cloturer"


class Acteur(StrEnum):
    DEMANDEUR = "demandeur"
    FORMATEUR = "formateur"
    TEMPS = "temps"


@dataclass(frozen=True, slots=True)
class Transition:
    """A row of the table: what it is called, from where to where, who does it, whether it needs a reason."""

    action: Action
    libelle: str
    depuis: tuple[str, ...]
    vers: str
    acteur: Acteur
    motif: bool = False
    note: str = ""


_E = EtatRaccordement
_D, _F, _T = Acteur.DEMANDEUR, Acteur.FORMATEUR, Acteur.TEMPS
TRANSITIONS: dict[Action, Transition] = {
    t.action: t
    for t in (
        Transition(Action.SOUMETTRE, "Soumettre", (_E.BROUILLON,), _E.SOUMISE, _D, note="la fiche doit être complète"),
        Transition(Action.ABANDONNER, "Abandonner le brouillon", (_E.BROUILLON,), _E.CLOTUREE, _D),
        Transition(Action.INSTRUIRE, "Prendre en instruction", (_E.SOUMISE,), _E.EN_INSTRUCTION, _F),
        Transition(Action.VALIDER, "Valider", (_E.EN_INSTRUCTION,), _E.VALIDEE, _F),
        Transition(Action.REFUSER, "Refuser", (_E.EN_INSTRUCTION,), _E.REFUSEE, _F, motif=True),
        Transition(Action.REPRENDRE, "Corriger la fiche", (_E.REFUSEE,), _E.BROUILLON, _D),
        Transition(Action.ACTIVER, "Activer", (_E.VALIDEE,), _E.ACTIVE, _F),
        Transition(
            Action.SIGNALER,
            "Signaler la fin du certificat",
            (_E.ACTIVE,),
            _E.A_RENOUVELER,
            _T,
            note=f"{PREAVIS.days} jours simulés avant la fin de validité du certificat (EDI)",
        ),
        Transition(
            Action.RENOUVELER,
            "Renouveler le certificat",
            (_E.A_RENOUVELER,),
            _E.ACTIVE,
            _D,
            note="un certificat valable plus longtemps que le préavis",
        ),
        Transition(Action.CLOTURER, "Clôturer", (_E.VALIDEE, _E.ACTIVE, _E.A_RENOUVELER), _E.CLOTUREE, _F),
    )
}
"""comptes-structures.md §9.4; the trainer plays AIFE."""

ATTENDENT_LE_FORMATEUR = (_E.SOUMISE, _E.EN_INSTRUCTION, _E.VALIDEE)
QUALIFIEES = (_E.VALIDEE, _E.ACTIVE, _E.A_RENOUVELER, _E.CLOTUREE)
"""A qualification fiche in one of these has been through: production may follow (§9.1)."""


def possibles(etat: str, acteur: Acteur) -> list[Transition]:
    """What this actor may do with a fiche in this state, in the order of the table."""
    return [t for t in TRANSITIONS.values() if t.acteur == acteur and etat in t.depuis]


def action_de(code: str, acteur: Acteur) -> Action | None:
    """The action of this name, when it is this actor's."""
    trouvee = next((t for t in TRANSITIONS.values() if t.action == code), None)
    return trouvee.action if trouvee is not None and trouvee.acteur == acteur else None


@dataclass(frozen=True, slots=True)
class Badge:
    """State on screen, in the shape that ``badge_statut`` reads."""

    label: str
    famille: str
    icone: str = ""


_FAMILLE_ETAT: dict[str, tuple[str, str]] = {
    _E.BROUILLON: ("brouillon", ""),
    _E.SOUMISE: ("achemine", ""),
    _E.EN_INSTRUCTION: ("attente", ""),
    _E.VALIDEE: ("accepte", ""),
    _E.REFUSEE: ("refus", ""),
    _E.ACTIVE: ("paye", "plug"),
    _E.A_RENOUVELER: ("retour", "arrow-repeat"),
    _E.CLOTUREE: ("brouillon", "lock"),
}


def badge(etat: str) -> Badge:
    famille, icone = _FAMILLE_ETAT[etat]
    return Badge(str(EtatRaccordement(etat).label), famille, icone)


@dataclass(frozen=True, slots=True)
class Etape:
    """A step of the path on screen, in the shape that the component ``chemin`` reads."""

    label: str
    etat: str
    famille: str
    date: None = None


PARCOURS: tuple[str, ...] = (_E.BROUILLON, _E.SOUMISE, _E.EN_INSTRUCTION, _E.VALIDEE, _E.ACTIVE)
_FAITES: dict[str, int] = {_E.REFUSEE: 3, _E.A_RENOUVELER: 5, _E.CLOTUREE: 0}
"""Steps of the usual path that lie behind a state which is not on it; a closed fiche may come from several."""


def etapes(etat: str) -> list[Etape]:
    """The usual path, and where a fiche in this state stands."""

    def pas(lequel: str, ou: str) -> Etape:
        vu = badge(lequel)
        return Etape(vu.label, ou, vu.famille)

    if etat in _FAITES:
        return [*(pas(e, "passe") for e in PARCOURS[: _FAITES[etat]]), pas(etat, "present")]
    rang = PARCOURS.index(etat)
    return [pas(e, "passe" if i < rang else "present" if i == rang else "futur") for i, e in enumerate(PARCOURS)]


# --- what a fiche must hold to be sent

CODE_PARTENAIRE = re.compile(r"[A-Z]{3}[0-9]{3}")
CODE_DU_PORTAIL = "CPP001"
"""Code application of the deposits by portal or API (flux-edi.md §3): no partner has it."""
ADRESSES_MAXIMUM = 10


def adresses_ip(texte: str) -> tuple[list[str], list[str]]:
    """(addresses, what is not one), from a text separated by commas, semicolons, spaces or line ends."""
    bonnes, fausses = [], []
    for morceau in re.split(r"[\s,;]+", texte.strip()):
        if not morceau:
            continue
        try:
            bonnes.append(str(ipaddress.ip_address(morceau)))
        except ValueError:
            fausses.append(morceau)
    return list(dict.fromkeys(bonnes)), fausses


class _Application(Protocol):
    active: bool
    environnement: str
    apis: list[str]


class _CompteTechnique(Protocol):
    @property
    def est_expire(self) -> bool: ...


class Fiche(Protocol):
    """What ``manques`` reads of a fiche."""

    mode: str
    environnement: str
    emetteur: bool
    recepteur: bool
    pour_qui: str
    contact_nom: str
    contact_email: str
    contact_telephone: str
    protocole: str
    adresses_ip: str
    certificat: str
    certificat_fin: date | None
    code_partenaire: str
    interfaces: list[str]
    flux: list[str]

    @property
    def application(self) -> _Application | None: ...
    @property
    def compte_technique(self) -> _CompteTechnique | None: ...


Manque = tuple[str, str]
"""(field, what is missing and what to do)."""


def manques(fiche: Fiche, *, le: date, qualifiee: bool) -> list[Manque]:
    """What keeps the fiche from being sent, in the order of the form; empty when it is complete.

    ``le``: today, simulated; ``qualifiee``: a fiche of the same mode has been through in qualification.
    """
    trouves = _demandeur(fiche, qualifiee)
    trouves += _edi(fiche, le) if fiche.mode == ModeRaccordement.EDI else _api(fiche)
    if not fiche.flux:
        trouves.append(("flux", "Cochez au moins une famille de flux."))
    return trouves


def _vides(fiche: Fiche, champs: Sequence[Manque]) -> list[Manque]:
    return [(champ, phrase) for champ, phrase in champs if not getattr(fiche, champ)]


def _demandeur(fiche: Fiche, qualifiee: bool) -> list[Manque]:
    trouves = []
    if fiche.environnement == Environnement.PRODUCTION and not qualifiee:
        trouves.append(
            (
                "environnement",
                "Le raccordement se fait d'abord en qualification : une fiche de ce mode doit y être validée avant la "
                "production.",
            )
        )
    trouves += _vides(
        fiche,
        (
            ("contact_nom", "Indiquez le nom du contact technique."),
            ("contact_email", "Indiquez l'adresse électronique du contact technique."),
            ("contact_telephone", "Indiquez le téléphone du contact technique."),
            ("pour_qui", "Dites pour qui vous vous raccordez."),
        ),
    )
    if not (fiche.emetteur or fiche.recepteur):
        trouves.append(("emetteur", "Cochez « Émetteur », « Récepteur », ou les deux."))
    return trouves


def _edi(fiche: Fiche, le: date) -> list[Manque]:
    trouves = []
    if fiche.protocole not in PROTOCOLES:
        trouves.append(("protocole", "Choisissez le protocole d'échange."))
    elif not PROTOCOLES[fiche.protocole].ouvert:
        trouves.append(("protocole", "Seul SFTP fonctionne dans le bac à sable : choisissez-le."))
    trouves += _vides(
        fiche,
        (
            ("adresses_ip", "Indiquez au moins une adresse IP : les autres sont refusées."),
            ("certificat", "Joignez le certificat."),
        ),
    )
    if fiche.certificat_fin is None:
        trouves.append(("certificat_fin", "Indiquez la fin de validité du certificat."))
    elif fiche.certificat_fin <= le:
        trouves.append(("certificat_fin", "Ce certificat n'est plus valable : joignez-en un autre."))
    trouves += _vides(fiche, (("code_partenaire", "Indiquez le code application partenaire."),))
    return trouves + _interfaces(fiche)


def _interfaces(fiche: Fiche) -> list[Manque]:
    sens = {a.sens for a in abonnements(fiche.interfaces) if not a.principale}
    if not sens:
        return [("interfaces", "Abonnez-vous à au moins une interface.")]
    if fiche.emetteur and Sens.EMISSION not in sens:
        return [("interfaces", "Un émetteur s'abonne à une interface d'émission au moins.")]
    if fiche.recepteur and Sens.RECEPTION not in sens:
        return [("interfaces", "Un récepteur s'abonne à une interface de réception au moins.")]
    return []


def _api(fiche: Fiche) -> list[Manque]:
    trouves = []
    application = fiche.application
    if application is None:
        trouves.append(("application", "Choisissez l'application PISTE qui appellera l'API."))
    elif not application.active:
        trouves.append(("application", "Cette application PISTE est désactivée : réactivez-la ou changez-en."))
    elif application.environnement != PISTE_DE[fiche.environnement]:
        voulu = EnvironnementPiste(PISTE_DE[fiche.environnement]).label
        trouves.append(("application", f"Pour cet environnement, choisissez une application PISTE « {voulu} »."))
    elif not application.apis:
        trouves.append(("application", "Cette application PISTE n'a coché aucune API."))
    technique = fiche.compte_technique
    if technique is None:
        trouves.append(("compte_technique", "Choisissez un compte technique ; le gestionnaire principal les crée."))
    elif technique.est_expire:
        trouves.append(
            ("compte_technique", "Le mot de passe de ce compte technique a expiré : faites-le réinitialiser.")
        )
    return trouves


def proche(fin: date, le: date) -> bool:
    """Ends within the notice, or has ended."""
    return fin - le <= PREAVIS


def offertes() -> list[Famille]:
    return [f for f in FAMILLES.values() if f.offerte]


def connues(codes: Collection[str], table: Collection[str]) -> list[str]:
    """Codes of the table among these, in its order."""
    return [code for code in table if code in codes]
