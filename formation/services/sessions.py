"""Make, list, purge sessions (formation.md SES-1). Built in memory, one bulk insert per table."""

import secrets
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction

from formation.services import packs
from formation.services.distribution import Distribution, du_poste
from formation.services.packs import Pack
from sandbox import calendrier, clock
from sandbox.cohorts.enums import Regime
from sandbox.cohorts.journal import noter
from sandbox.cohorts.models import Cohort, Formateur, Participant, Trace
from sandbox.cohorts.scoping import scopes_disabled
from sandbox.events.models import DueEvent
from sandbox.snapshots import services as snapshots
from sandbox.snapshots.models import Snapshot
from structures.enums import Nature
from structures.identifiants import siret_de_base

ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Without the letters and digits that are read one for the other."""
PLACES_CONSEILLEES = 12
PREMIERE_ANNEE, DERNIERE_ANNEE = 2000, 2100
"""Of the anchor date: an invoice is dated 2000 at the earliest, and jumps must stay in the calendar."""
CREATION = "session créée"
"""Verb of the first line of a session's journal."""


class SessionRefusee(ValueError):
    """A setting of the session cannot be accepted; ``champ`` says which, the message is French."""

    def __init__(self, champ: str, message: str) -> None:
        super().__init__(message)
        self.champ = champ


def courriel_du_poste(numero: int) -> str:
    """Training address of a seat (exercices.md, Exercice 1)."""
    return Participant(numero=numero).courriel


def siret_du_poste(pack: Pack, numero: int) -> str:
    """SIRET printed on the card of a seat."""
    bases = (e["base"] for e in pack.entites.get("par_poste", []) if e.get("entreprise_du_stagiaire"))
    base = next(bases, None)
    return siret_de_base(base.replace("{ii}", f"{numero:02d}")) if base else ""


def _code_libre() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(8))


def ancrage_par_defaut(aujourd_hui: date) -> date:
    """Today, or the next working day."""
    return calendrier.jour_ouvre_a_partir_de(aujourd_hui)


def _peupler(cohort: Cohort, pack: Pack) -> None:
    distribution = Distribution(cohort)
    entites = pack.entites

    def sur_le_portail(entite: dict[str, Any], nature: Nature, place: int | None = None) -> None:
        structure = distribution.structure(entite, nature, place)
        if "gestionnaire" in entite:
            gestionnaire = distribution.gestionnaire_simule(structure, entite["gestionnaire"])
            if entite.get("acces_api"):
                distribution.acces_api(structure, gestionnaire)
            if entite.get("mandat"):
                distribution.mandat(structure, entite["gestionnaire"])

    for cle, nature in (("publiques", Nature.PUBLIQUE), ("privees", Nature.PRIVEE)):
        for entite in entites.get(cle, []):
            sur_le_portail(entite, nature)
            distribution.entreprise(entite)
    for entite in entites.get("insee", []):
        distribution.entreprise(entite)
    for numero in range(1, cohort.places + 1):
        for modele in entites.get("par_poste", []):
            entite = du_poste(modele, numero)
            distribution.entreprise(entite, numero)
            if modele.get("sur_le_portail"):
                sur_le_portail(entite, Nature.PRIVEE, numero)
        for collegue in entites.get("collegues", []):
            distribution.collegue(collegue, numero)
        for commande in pack.commandes:
            distribution.commande(commande, numero)
    distribution.ecrire()


def _verifier(pack: Pack, places: int, ancrage: date, regime: str) -> None:
    if not 1 <= places <= 60:
        raise SessionRefusee("places", f"Le nombre de places va de 1 à 60 ({places} demandées).")
    if regime not in Regime.values:
        raise SessionRefusee("regime", f"Régime inconnu : « {regime} ».")
    if not PREMIERE_ANNEE <= ancrage.year <= DERNIERE_ANNEE:
        raise SessionRefusee(
            "ancrage",
            f"La date d'ancrage se situe entre {PREMIERE_ANNEE} et {DERNIERE_ANNEE} ; {ancrage:%d/%m/}"
            f"{ancrage.year:04d} saisi.",
        )
    if not calendrier.est_ouvre(ancrage):
        suivant = calendrier.jour_ouvre_a_partir_de(ancrage)
        raise SessionRefusee(
            "ancrage",
            f"La date d'ancrage est un jour ouvré ; le {ancrage:%d/%m/%Y} ne l'est pas. Prochain : {suivant:%d/%m/%Y}.",
        )


def creer(
    *,
    pack: str,
    places: int,
    titre: str = "",
    graine: str = "",
    ancrage: date | None = None,
    regime: str = Regime.HISTORIQUE,
    fuseau: str = "Europe/Paris",
    date_debut: date | None = None,
    date_fin: date | None = None,
    formateur: Formateur | None = None,
    demonstration: bool = False,
    second_facteur: bool = False,
    controle_strict: bool = False,
    cle: str = "",
) -> Cohort:
    """Make a session ready to join: cast, INSEE directory, seats, initial snapshot.

    ``cle`` is that of the form, kept in the journal: ``creer_une_fois`` finds the session by it.
    Raises ``SessionRefusee`` or ``PackInvalide``.
    """
    contenu = packs.lire(pack)
    ancrage = ancrage or ancrage_par_defaut(clock.real_now().date())
    _verifier(contenu, places, ancrage, regime)
    for _ in range(5):
        try:
            with transaction.atomic():
                return _creer(
                    Cohort(
                        code=_code_libre(),
                        titre=titre or contenu.titre,
                        formateur=formateur,
                        pack=contenu.id,
                        pack_version=contenu.version,
                        profils=contenu.profils,
                        places=places,
                        graine=graine or secrets.token_hex(6),
                        ancrage=ancrage,
                        date_debut=date_debut,
                        date_fin=date_fin,
                        regime=regime,
                        fuseau=fuseau,
                        demonstration=demonstration,
                        second_facteur=second_facteur,
                        controle_strict=controle_strict,
                    ),
                    contenu,
                    cle,
                )
        except IntegrityError:
            continue  # the code was already taken: draw another
    raise RuntimeError("Aucun code de session libre n'a été trouvé.")


@transaction.atomic
def creer_une_fois(*, cle: str, formateur: Formateur, **reglages: Any) -> Cohort:
    """``creer``, safe on a double click: the second sending of a form finds the session that the first one made."""
    Formateur.objects.select_for_update().get(pk=formateur.pk)
    with scopes_disabled():
        traces = Trace.objects.filter(cohort__formateur=formateur, verbe=CREATION).select_related("cohort")
        deja = next((t.cohort for t in traces.order_by("-id")[:50] if cle and t.details.get("cle") == cle), None)
    return deja or creer(formateur=formateur, cle=cle, **reglages)


def _creer(cohort: Cohort, contenu: Pack, cle: str) -> Cohort:
    cohort.sim_reference = cohort.depart()
    cohort.save()
    with cohort.monde():
        _peupler(cohort, contenu)
        Participant.objects.bulk_create(
            Participant(cohort=cohort, numero=n, pin=f"{secrets.randbelow(10_000):04d}")
            for n in range(1, cohort.places + 1)
        )
        noter(cohort, CREATION, cohort.titre, formateur=cohort.formateur, cle=cle)
        snapshots.take(cohort, Snapshot.INITIAL, "État à la création de la session")
    return cohort


def purger(cohort: Cohort) -> None:
    """Remove a session and everything it holds; its files go with the next clean-up."""
    with cohort.monde(), transaction.atomic():
        snapshots.effacer_monde(cohort)
        cohort.delete()


def resume(cohort: Cohort) -> dict[str, Any]:
    """Facts for scripts (``cohort list --json``)."""
    with cohort.monde():
        occupes = Participant.objects.filter(arrive_le__isnull=False).count()
        prevus = DueEvent.objects.filter(etat=DueEvent.Etat.PREVU).count()
    return {
        "code": cohort.code,
        "titre": cohort.titre,
        "pack": cohort.pack,
        "places": cohort.places,
        "places_occupees": occupes,
        "graine": cohort.graine,
        "ancrage": cohort.ancrage.isoformat(),
        "regime": cohort.regime,
        "etat": cohort.etat,
        "horloge": cohort.horloge_mode,
        "vitesse": cohort.horloge_vitesse,
        "date_simulee": cohort.simulated_now().astimezone(cohort.zone).isoformat(),
        "jour": cohort.jour,
        "evenements_prevus": prevus,
        "saut_en_cours": cohort.cible.isoformat() if cohort.cible else None,
    }
