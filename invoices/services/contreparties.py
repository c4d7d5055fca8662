"""What the counterparts of an invoice promise: its recipient, its validator, the cast supplier whom a validator refuses
(formation.md §4.5, Tables A to C). The day is fixed here; what they decide is looked at when that day comes."""

from datetime import datetime
from typing import Any

from invoices import queries_contreparties, robots
from invoices.enums import Cadre, Statut
from invoices.models import Commande, Facture, HistoriqueStatut
from invoices.robots import reactions
from invoices.robots.plan import Profil
from sandbox import calendrier
from sandbox.events.registry import publish
from sandbox.events.scheduling import Promesse
from structures.enums import Nature, RoleJoue
from structures.models import Personnage, Structure

ROBOT, VALIDEUR, SCRIPT = "invoices.robot", "invoices.valideur", "invoices.script"
ARRETS = frozenset({Statut.SUSPENDUE, Statut.A_RECYCLER, Statut.REJETEE, Statut.MISE_EN_PAIEMENT})
"""Once there, what the recipient's robot had planned is withdrawn."""
REACTION, COURRIEL = "reaction", "courriel"
"""What a promise of the robot holds beside a plain status."""
DELAIS_DU_VALIDEUR = {Cadre.A9: 4, Cadre.A12: 2}
"""Days before a simulated validator answers (Table C)."""
MARQUE = "script"
"""First word of ``Facture.cle_envoi`` of an invoice that the pack wrote."""


def dossier(facture: Facture) -> str:
    """Business key of an invoice: draws owe nothing to the order of deposits (CLK-10)."""
    return f"{facture.siren_fournisseur}/{facture.annee}/{facture.numero}"


def _promesse(facture: Facture, ligne: HistoriqueStatut, suffixe: str, du_le: datetime, **payload: str) -> Promesse:
    return Promesse(
        kind=ROBOT,
        cle=f"{ROBOT}:{ligne.pk}:{suffixe}",
        du_le=du_le,
        cible=facture.pk,
        place=facture.place,
        payload=payload,
    )


def _jour(facture: Facture, profil: Profil, jours: int, depart: datetime) -> datetime:
    return robots.instant(
        jours,
        profil=profil,
        depart=depart,
        zone=facture.cohort.zone,
        graine=facture.cohort.graine,
        dossier=dossier(facture),
    )


def etapes(facture: Facture, destinataire: Structure, ligne: HistoriqueStatut, depart: datetime) -> list[Promesse]:
    """The steps of Table A for an invoice without error."""
    plan = robots.plan(
        profil=facture.cohort.profils.get(destinataire.profil),
        depart=depart,
        zone=facture.cohort.zone,
        graine=facture.cohort.graine,
        dossier=dossier(facture),
        sans_paiement=destinataire.mise_en_paiement_non_remontee,
    )
    return [_promesse(facture, ligne, etape.statut, etape.instant, statut=etape.statut) for etape in plan]


def _jours_de_la_reaction(profil: Profil, ecart: reactions.Ecart) -> int:
    """Table A: « Reaction to an error », sooner for what is to be recycled; 0: this one never answers."""
    erreur = int(profil.get("erreur", 0))
    if not erreur:
        return 0
    if ecart.apres_completion:
        return reactions.SANS_REPONSE_A_LA_RELANCE
    return int(profil.get("erreur_recyclage", erreur)) if ecart.statut == Statut.A_RECYCLER else erreur


def plan_du_destinataire(facture: Facture, ligne: HistoriqueStatut) -> list[Promesse]:
    """From this arrival or this completion: a reaction to the mistake, else the steps of the profile."""
    destinataire = facture.destinataire
    profil = facture.cohort.profils.get(destinataire.profil) if destinataire else None
    if destinataire is None or profil is None:
        return []
    depart = ligne.survenu_le
    regard = queries_contreparties.regarder(facture)
    vue, attendu = regard.vue, regard.attendu
    ecart = reactions.constater(vue, attendu, regard.attendus, regard.autres)
    promesses: list[Promesse] = []
    completee = ligne.statut == Statut.COMPLETEE and bool(profil.get("erreur"))
    if completee and attendu is not None and reactions.relancer(vue, attendu, limite=""):
        jour = _jour(facture, profil, reactions.RELANCE, depart)
        promesses.append(_promesse(facture, ligne, COURRIEL, jour, courriel=COURRIEL))
    if ecart is not None:
        jours = _jours_de_la_reaction(profil, ecart)
        if jours:
            jour = _jour(facture, profil, jours, depart)
            promesses.append(_promesse(facture, ligne, REACTION, jour, reaction=ecart.regle))
        return promesses
    if vue.est_avoir:
        return promesses + _avoir_accepte(facture, ligne, profil)
    return promesses + etapes(facture, destinataire, ligne, depart)


def _avoir_accepte(facture: Facture, ligne: HistoriqueStatut, profil: Profil) -> list[Promesse]:
    """Bonus 13: taken into account, and the robot stops there."""
    if profil.get("silencieux") or not profil.get("erreur"):
        return []
    jour = _jour(facture, profil, int(profil["erreur"]), ligne.survenu_le)
    statut = Statut.PRISE_EN_COMPTE_DESTINATAIRE
    return [_promesse(facture, ligne, statut, jour, statut=statut)]


def joue_par_un_robot(structure: Structure | None) -> bool:
    """A private structure of the cast that a simulated person manages: never the company of a seat."""
    if structure is None or structure.nature != Nature.PRIVEE or structure.place is not None:
        return False
    gestionnaires = Personnage.objects.filter(role=RoleJoue.GESTIONNAIRE, compte__rattachements__structure=structure)
    return gestionnaires.exists()


def plan_du_valideur(facture: Facture, ligne: HistoriqueStatut) -> list[Promesse]:
    """Table C; a seat answers by itself, a public body never (exercices.md, EX8: the console is told)."""
    structure = facture.valideur if ligne.statut == Statut.A_VALIDER_1 else facture.valideur_2
    if structure is not None and structure.nature == Nature.PUBLIQUE:
        publish(
            "robot.reaction",
            cohort_id=facture.cohort_id,
            facture_id=facture.pk,
            regle="VALIDEUR",
            explication=f"valideur public, {structure} : personne ne validera",
        )
    if not joue_par_un_robot(structure):
        return []
    jours = DELAIS_DU_VALIDEUR.get(Cadre(facture.cadre), DELAIS_DU_VALIDEUR[Cadre.A9])
    jour = calendrier.instant_robot(ligne.survenu_le, jours, facture.cohort.zone)
    cle = f"{VALIDEUR}:{ligne.pk}"
    return [Promesse(kind=VALIDEUR, cle=cle, du_le=jour, cible=facture.pk, place=facture.place)]


def suites_du_refus(facture: Facture, ligne: HistoriqueStatut) -> list[Promesse]:
    """A cast supplier whose scripted invoice is refused deposits the corrected one, under its new number (Table C)."""
    marque, _, cle = facture.cle_envoi.partition(":")
    if marque != MARQUE or facture.place is None:
        return []
    cle = cle.partition(":")[2]
    depot = depot_du_pack(facture.place, cle)
    suivant = depot[1].get("apres_refus") if depot else None
    if depot is None or not suivant:
        return []
    return [
        Promesse(
            kind=SCRIPT,
            cle=f"{SCRIPT}:{ligne.pk}",
            du_le=calendrier.instant_robot(ligne.survenu_le, depot[1].get("jours", 1), facture.cohort.zone),
            place=facture.place,
            payload={"cle": suivant},
        )
    ]


def depot_du_pack(place: int, cle: str) -> tuple[Commande, dict[str, Any]] | None:
    """The order of this seat under which the pack describes this deposit, and its description."""
    for commande in Commande.objects.filter(place=place).order_by("cle"):
        for depot in commande.contenu.get("depots", ()):
            if depot["cle"] == cle:
                return commande, depot
    return None
