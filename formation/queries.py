"""What the console shows of a session: a constant number of queries, whatever the number of seats."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Max, Min, Q, QuerySet

from accounts.enums import EtatCompte, UsageJeton
from accounts.models import Compte, Jeton
from invoices.enums import Statut
from invoices.models import Facture, HistoriqueStatut
from sandbox import clock
from sandbox.cohorts.models import Cohort, Participant, Trace
from sandbox.cohorts.scoping import scopes_disabled
from sandbox.mail.models import Message
from structures.enums import Role, StatutRattachement
from structures.models import Rattachement

PRESENCE = timedelta(minutes=2)
"""Real time since the last page after which a seat is shown as absent."""
BROUILLON_DORMANT = timedelta(minutes=10)
"""Real time without a change after which a draft says that its author is stuck (formation.md CON-2)."""
DOUBLON = "saisit une adresse déjà prise"
CREE = "crée son compte"
"""Verbs of the journal: after the first one without the second, a seat meets a duplicate address (§2.7)."""
SIRET_CLIENT = "saisit le SIRET d'un client comme sien"
STRUCTURE_CREEE = "crée sa structure"
"""Same for a seat that takes its customer's structure for its own (§2.7)."""
RECENT = timedelta(minutes=30)
"""Real time after which such a mistake is no longer shown as a block."""
JALONS = (
    ("rejoint", "Rejoint"),
    ("cree", "Compte créé"),
    ("actif", "Compte actif"),
    ("structure", "Structure"),
    ("brouillon", "Brouillon"),
    ("deposee", "Déposée"),
    ("disposition", "Mise à disposition"),
    ("paiement", "Mise en paiement"),
)
DOMAINE_DU_JEU = "jeu.example"
"""Of the accounts of a data set (comptes-structures.md §10)."""
NUMEROS_DU_JEU = "JEU-"
"""Beginning of the numbers of its ready-made invoices."""
_JAMAIS_SERVI = {"connexions": 0, "bloque_jusqua": None, "login_email__endswith": f"@{DOMAINE_DU_JEU}"}
BROUILLONS = (Statut.BROUILLON, Statut.INTERPRETEE_OCR)


@dataclass(frozen=True, slots=True)
class Jalon:
    """A milestone of a seat: ``etat`` is fait, attente, bloque, suivant (the next to reach) or afaire."""

    libelle: str
    etat: str
    texte: str


@dataclass(frozen=True, slots=True)
class Blocage:
    """Why a seat is stuck, and the account whose repair ends it."""

    poste: Participant
    raison: str
    geste: str = ""
    compte_id: int = 0


@dataclass(slots=True)
class LignePoste:
    """A seat in the grid."""

    poste: Participant
    present: bool
    jalons: list[Jalon]
    non_lus: int
    derniere: Trace | None
    bloque: bool = False


@dataclass(slots=True)
class Grille:
    lignes: list[LignePoste]
    blocages: list[Blocage]
    entetes: list[tuple[str, int]]
    """Name of each milestone, number of seats that have reached it."""
    rejoints: int
    presents: int


@dataclass(slots=True)
class _Comptes:
    nombre: int = 0
    actifs: int = 0
    bloques: list[Compte] = field(default_factory=list)
    expires: list[Compte] = field(default_factory=list)


def jouees() -> QuerySet[Rattachement, Any]:
    """Ids of the structures that somebody of the cast runs: their technical accounts are nobody's of the class."""
    gestion = Rattachement.objects.filter(role=Role.GESTIONNAIRE_PRINCIPAL, compte__personnage__isnull=False)
    return gestion.values("structure")


def comptes_du_stagiaire() -> QuerySet[Compte]:
    """Accounts of the seats' own people: not a program's, nor a robot's, nor one of a data set that nobody used."""
    personnes = Compte.objects.filter(place__isnull=False, personnage__isnull=True).exclude(etat=EtatCompte.TECHNIQUE)
    return personnes.exclude(**_JAMAIS_SERVI)


def _comptes(reel: datetime) -> dict[int, _Comptes]:
    """Portal accounts by seat: 2 queries."""
    vivants = dict(
        Jeton.objects.filter(usage=UsageJeton.ACTIVATION, utilise_le=None)
        .values_list("compte")
        .annotate(Max("expire_le"))
    )
    par_poste: dict[int, _Comptes] = defaultdict(_Comptes)
    for compte in comptes_du_stagiaire().order_by("pk"):
        etat = par_poste[compte.place or 0]
        etat.nombre += 1
        etat.actifs += compte.etat == EtatCompte.ACTIF
        if compte.est_bloque(reel):
            etat.bloques.append(compte)
        if compte.etat == EtatCompte.EN_ATTENTE_ACTIVATION and vivants.get(compte.pk, reel) <= reel:
            etat.expires.append(compte)
    return par_poste


@dataclass(frozen=True, slots=True)
class _Factures:
    brouillons: int = 0
    deposees: int = 0
    livrees: int = 0
    payees: int = 0
    touche_le: datetime | None = None


def _factures() -> dict[int, _Factures]:
    """Invoices by seat, counted: 1 query. The ready-made ones of a data set are nobody's work."""
    lignes: Any = (
        Facture.objects.filter(place__isnull=False)
        .exclude(numero__startswith=NUMEROS_DU_JEU)
        .values("place")
        .annotate(
            brouillons=Count("pk", filter=Q(statut__in=BROUILLONS)),
            deposees=Count("pk", filter=Q(date_depot__isnull=False)),
            livrees=Count("pk", filter=Q(date_mise_a_disposition__isnull=False)),
            payees=Count("pk", filter=Q(statut=Statut.MISE_EN_PAIEMENT)),
            touche_le=Min("modifie_le", filter=Q(statut__in=BROUILLONS)),
        )
    )
    return {ligne.pop("place"): _Factures(**ligne) for ligne in lignes}


def _par_place(lignes: Iterable[tuple[int | None, int]]) -> dict[int, int]:
    return {place: nombre for place, nombre in lignes if place is not None}


def _dernieres_traces() -> dict[int, Trace]:
    ids = Trace.objects.filter(place__isnull=False).values("place").annotate(m=Max("pk")).values("m")
    return {trace.place or 0: trace for trace in Trace.objects.filter(pk__in=ids)}


_MEPRISES = {
    DOUBLON: (CREE, "Doublon d'adresse : {} a déjà un compte dans la session"),
    SIRET_CLIENT: (STRUCTURE_CREEE, "SIRET d'un client saisi comme le sien : {}"),
}
"""Mistake: what a seat does once it has understood, what the trainer reads until then."""


def _meprises(reel: datetime) -> dict[int, list[str]]:
    """Mistakes that each seat has just made and not put right since: 1 query."""
    fins = {fin: verbe for verbe, (fin, _) in _MEPRISES.items()}
    recentes = Trace.objects.filter(
        verbe__in=(*_MEPRISES, *fins), place__isnull=False, reel_le__gte=reel - RECENT
    ).order_by("pk")
    vues: dict[int, dict[str, str]] = defaultdict(dict)
    for place, verbe, objet in recentes.values_list("place", "verbe", "objet"):
        if verbe in _MEPRISES:
            vues[place or 0][verbe] = _MEPRISES[verbe][1].format(objet)
        else:
            vues[place or 0].pop(fins[verbe], None)
    return {place: list(phrases.values()) for place, phrases in vues.items()}


def _jalons(poste: Participant, comptes: _Comptes, structures: int, factures: _Factures) -> list[Jalon]:
    """The eight milestones; the first one that is not reached is the next."""
    arrivee = poste.arrive_le.astimezone(poste.cohort.zone) if poste.arrive_le else None
    faits = {
        "rejoint": arrivee.strftime("%H:%M") if arrivee else "",
        "cree": str(comptes.nombre or ""),
        "actif": str(comptes.actifs or ""),
        "structure": str(structures or ""),
        "brouillon": str(factures.brouillons or factures.deposees or ""),
        "deposee": str(factures.deposees or ""),
        "disposition": str(factures.livrees or ""),
        "paiement": str(factures.payees or ""),
    }
    jalons: list[Jalon] = []
    suivant = True
    for cle, libelle in JALONS:
        if cle == "actif" and comptes.bloques:
            jalons.append(Jalon(libelle, "bloque", "bloqué"))
        elif cle == "actif" and comptes.expires and not comptes.actifs:
            jalons.append(Jalon(libelle, "bloque", "lien expiré"))
        elif cle == "actif" and comptes.nombre and not comptes.actifs:
            jalons.append(Jalon(libelle, "attente", "lien envoyé"))
        elif cle == "brouillon" and factures.brouillons:
            jalons.append(Jalon(libelle, "attente", f"{factures.brouillons} en cours"))
        elif cle == "brouillon" and faits[cle]:
            jalons.append(Jalon(libelle, "fait", "fait"))
        elif faits[cle]:
            jalons.append(Jalon(libelle, "fait", faits[cle]))
        else:
            jalons.append(Jalon(libelle, "suivant" if suivant else "afaire", "à faire"))
        suivant = suivant and bool(faits[cle])
    return jalons


def _blocages(
    poste: Participant, comptes: _Comptes, factures: _Factures, meprises: list[str], reel: datetime
) -> list[Blocage]:
    trouves = [
        Blocage(poste, f"Compte bloqué : {c.login_email} (mots de passe faux)", "debloquer", c.pk)
        for c in comptes.bloques
    ]
    trouves += [
        Blocage(poste, f"Lien d'activation expiré : {c.login_email}", "renvoyer", c.pk) for c in comptes.expires
    ]
    trouves += [Blocage(poste, phrase) for phrase in meprises]
    if factures.touche_le is not None and reel - factures.touche_le >= BROUILLON_DORMANT:
        minutes = int((reel - factures.touche_le).total_seconds() // 60)
        duree = f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"
        trouves.append(Blocage(poste, f"Brouillon non envoyé, inchangé depuis {duree}"))
    return trouves


def grille(cohort: Cohort) -> Grille:
    """Seats × milestones, and who is stuck: 9 queries. Inside the world."""
    reel = clock.real_now()
    comptes, factures, traces = _comptes(reel), _factures(), _dernieres_traces()
    meprises = _meprises(reel)
    structures = _par_place(
        Rattachement.objects.filter(statut=StatutRattachement.VALIDEE, compte__in=comptes_du_stagiaire())
        .values_list("place")
        .annotate(Count("structure", distinct=True))
    )
    non_lus = _par_place(
        Message.objects.filter(lu_le=None, place__isnull=False).values_list("place").annotate(Count("pk"))
    )
    lignes: list[LignePoste] = []
    blocages: list[Blocage] = []
    for poste in Participant.objects.order_by("numero"):
        poste.cohort = cohort
        numero = poste.numero
        siens, ses_factures = comptes.get(numero, _Comptes()), factures.get(numero, _Factures())
        arrets = _blocages(poste, siens, ses_factures, meprises.get(numero, []), reel)
        blocages += arrets
        lignes.append(
            LignePoste(
                poste=poste,
                present=poste.vu_le is not None and reel - poste.vu_le < PRESENCE,
                jalons=_jalons(poste, siens, structures.get(numero, 0), ses_factures),
                non_lus=non_lus.get(numero, 0),
                derniere=traces.get(numero),
                bloque=bool(arrets),
            )
        )
    entetes = [
        (libelle, sum(ligne.jalons[rang].etat == "fait" for ligne in lignes))
        for rang, (_, libelle) in enumerate(JALONS)
    ]
    return Grille(
        lignes=lignes,
        blocages=blocages,
        entetes=entetes,
        rejoints=sum(ligne.poste.pris for ligne in lignes),
        presents=sum(ligne.present for ligne in lignes),
    )


@dataclass(frozen=True, slots=True)
class Entree:
    """A line of the console's journal. ``reel_le`` is None for what a robot did."""

    simule_le: datetime | None
    reel_le: datetime | None
    auteur: str
    icone: str
    texte: str
    place: int | None


ICONES_AUTEURS = {
    Trace.Auteur.STAGIAIRE: "person",
    Trace.Auteur.FORMATEUR: "mortarboard",
    Trace.Auteur.ROBOT: "robot",
    Trace.Auteur.SYSTEME: "gear",
}


def _entree_de_trace(trace: Trace) -> Entree:
    return Entree(
        trace.simule_le,
        trace.reel_le,
        trace.nom or trace.get_auteur_display(),
        ICONES_AUTEURS[Trace.Auteur(trace.auteur)],
        f"{trace.verbe} {trace.objet}".strip(),
        trace.place,
    )


def _entree_de_robot(ligne: HistoriqueStatut) -> Entree:
    texte = f"{ligne.facture} : {ligne.get_statut_display()}"
    return Entree(ligne.survenu_le, None, ligne.auteur, "robot", texte, ligne.place)


def journal(nombre: int = 30) -> list[Entree]:
    """People's actions and robots' ones, newest first: 2 queries. Inside the world.

    Each list is already in order; they are merged by simulated time. After a reset simulated time has gone
    back, but then the robots' lines are newer than the reset: the merge still holds.
    """
    traces = [_entree_de_trace(t) for t in Trace.objects.order_by("-pk")[:nombre]]
    robots = [
        _entree_de_robot(h)
        for h in HistoriqueStatut.objects.filter(robot=True).select_related("facture").order_by("-pk")[:nombre]
    ]
    fil: list[Entree] = []
    while (traces or robots) and len(fil) < nombre:
        if robots and (not traces or _date(robots[0]) > _date(traces[0])):
            fil.append(robots.pop(0))
        else:
            fil.append(traces.pop(0))
    return fil


def _date(entree: Entree) -> float:
    return entree.simule_le.timestamp() if entree.simule_le else 0.0


def traces_du_poste(numero: int, nombre: int = 20) -> list[Entree]:
    """Last actions of a seat, robots' ones on its invoices left out. Inside the world."""
    return [_entree_de_trace(t) for t in Trace.objects.filter(place=numero).order_by("-pk")[:nombre]]


def places_occupees(ids: list[int]) -> dict[int, int]:
    """Seats taken in each of these sessions: 1 query for all."""
    with scopes_disabled():
        lignes = (
            Participant.objects.filter(cohort__in=ids, arrive_le__isnull=False)
            .values_list("cohort")
            .annotate(Count("pk"))
            .order_by("cohort")
        )
        return dict(lignes)
