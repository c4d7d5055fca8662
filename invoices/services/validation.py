"""Decisions of the validators, and their correction (factures.md §5, T09–T13b, T16)."""

from dataclasses import dataclass

from django.db import transaction

from invoices import lifecycle
from invoices.enums import Acteur, Action, Cadre, Qualite, Statut
from invoices.models import EvenementComplementaire, Facture, HistoriqueStatut, Validation
from invoices.services.echeances import DECISIONS, JOURS, RANGS
from invoices.services.transitions import Auteur, Depassee, TransitionRefusee, apply
from sandbox import clock
from structures import queries_annuaire
from structures.enums import Nature
from structures.models import Structure

ACTEURS = {1: Acteur.VALIDEUR_1, 2: Acteur.VALIDEUR_2}


def qualites(facture: Facture) -> list[Qualite]:
    """Capacities offered to the validator whose turn it is (factures.md §5.1, §5.2)."""
    if facture.cadre == Cadre.A12 or facture.statut == Statut.A_VALIDER_2:
        return [Qualite.MANDATAIRE]
    return [Qualite.TITULAIRE, Qualite.COTRAITANT, Qualite.MANDATAIRE]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reponse:
    """What a validator answers.

    ``vu``: the status on his page; ``demande``: the request (``Validation``) he answers, for the same status may come
    back with another valideur; ``strict``: comments as the portal demands them; ``canal``: the API demands less (D-02).
    """

    action: Action
    qualite: str = ""
    motif: str = ""
    complement: str = ""
    valideur_2: int | None = None
    vu: str = ""
    demande: int | None = None
    strict: bool = True
    canal: lifecycle.Canal = lifecycle.Canal.PORTAIL


def valideur_possible(structure_id: int | None, facture: Facture, *, ancien: int | None = None) -> Structure:
    """An active structure that may validate this invoice. Raises ``TransitionRefusee`` (SBX_030)."""
    trouvee = Structure.objects.filter(pk=structure_id).first() if structure_id else None
    if structure_id is None:
        raise TransitionRefusee("Le valideur est obligatoire pour ce cadre de facturation.", "SBX_030", "valideur")
    if trouvee is None or not trouvee.est_active:
        raise TransitionRefusee("Le valideur est inconnu.", "SBX_030", "valideur")
    if trouvee.pk == facture.fournisseur_id:
        raise TransitionRefusee("Le valideur ne peut pas être le fournisseur.", "SBX_030", "valideur")
    if ancien is not None and trouvee.pk == ancien:
        raise TransitionRefusee(
            f"{trouvee} vient de répondre qu'elle n'est pas le bon valideur : choisissez-en un autre.",
            "SBX_030",
            "valideur",
        )
    return trouvee


def mandataire_possible(structure_id: int | None, facture: Facture, *, ancien: int | None = None) -> Structure:
    """Whom a cotraitant may name as second validator: neither the supplier nor himself. Raises (SBX_030)."""
    mandataire = valideur_possible(structure_id, facture, ancien=ancien)
    if mandataire.pk == facture.valideur_id:
        raise TransitionRefusee(
            "Le valideur 2 est le mandataire du groupement : il ne peut pas être votre propre structure.",
            "SBX_030",
            "valideur",
        )
    return mandataire


def _champs(facture: Facture, reponse: Reponse) -> dict[str, object]:
    """Columns that the answer writes: the second validator that a cotraitant names."""
    if reponse.action != Action.VALIDER or facture.statut not in RANGS:
        return {}
    offertes = qualites(facture)
    if (reponse.strict or reponse.qualite) and reponse.qualite not in offertes:
        choix = ", ".join(str(qualite.label).lower() for qualite in offertes)
        raise TransitionRefusee(f"Indiquez en quelle qualité vous validez : {choix}.", "SBX_013", "qualite")
    if reponse.qualite != Qualite.COTRAITANT:
        return {}
    return {"valideur_2": mandataire_possible(reponse.valideur_2, facture)}


def _demande(facture: Facture, rang: int, reponse: Reponse) -> Validation | None:
    """The request that waits: the one that is answered, and its delay has not run out. Raises ``Depassee``."""
    attendue = Validation.objects.filter(facture=facture, rang=rang, decision="").first()
    if attendue is None:
        return None  # the table of the circuit says why
    if reponse.demande is not None and attendue.pk != reponse.demande:
        raise Depassee(
            f"La facture {facture.numero} a changé de valideur entre-temps : elle attend maintenant la réponse de "
            f"{attendue.structure}. Rien n'a été fait ; relisez-la avant d'agir."
        )
    limite = attendue.echeance
    if limite is not None and clock.now() >= limite:
        instant = limite.astimezone(facture.cohort.zone)
        raise Depassee(
            f"Le délai de {JOURS} jours a pris fin le {instant:%d/%m/%Y à %H:%M} : la demande de paiement est réputée "
            "acceptée et part chez son destinataire. Votre réponse n'a pas été enregistrée."
        )
    return attendue


@transaction.atomic
def repondre(facture: Facture, reponse: Reponse, *, auteur: Auteur) -> HistoriqueStatut:
    """Validate, refuse, or say that one is not the right validator. Raises ``TransitionRefusee``."""
    rang = RANGS.get(Statut(facture.statut), 1)
    a_jour = reponse.vu in ("", facture.statut)  # otherwise ``apply`` says who moved it
    demande = _demande(facture, rang, reponse) if a_jour else None
    ligne = apply(
        facture,
        reponse.action,
        acteur=ACTEURS[rang],
        auteur=auteur,
        motif=reponse.motif,
        commentaire=reponse.complement,
        vu=reponse.vu,
        champs=_champs(facture, reponse) if a_jour else {},
        strict=reponse.strict,
        canal=reponse.canal,
    )
    if demande is not None:
        Validation.objects.filter(pk=demande.pk).update(qualite=reponse.qualite)
    return ligne


def deja_repondu(facture: Facture, demande: int, compte_id: int, action: Action) -> bool:
    """This account has given this very answer to this request: the second of two clicks."""
    return Validation.objects.filter(
        facture=facture, pk=demande, compte_id=compte_id, decision=DECISIONS[action]
    ).exists()


SANS_REPONSE = (
    "Aucune réponse du valideur {valideur} dans les 15 jours : la demande de paiement est réputée acceptée "
    "et transmise (CCP, art. R2193-13)."
)
"""Generic comment that warns the buyer (factures.md §5.3)."""


@transaction.atomic
def constater_silence(facture: Facture) -> HistoriqueStatut:
    """T12, T17: the delay has passed."""
    rang = RANGS[Statut(facture.statut)]
    valideur = facture.valideur if rang == 1 else facture.valideur_2
    return apply(
        facture,
        Action.CONSTATER_SILENCE,
        acteur=Acteur.PLATEFORME,
        commentaire=SANS_REPONSE.format(valideur=valideur),
    )


@transaction.atomic
def corriger(
    facture: Facture, structure_id: int | None, *, auteur: Auteur, service_id: int | None = None, vu: str = ""
) -> HistoriqueStatut:
    """T13 (fournisseur) and T13b (first validator, for the second one): another valideur, a new delay."""
    second = facture.statut == Statut.ERREUR_COTRAITANT_SUR_VALIDEUR
    acteur = Acteur.VALIDEUR_1 if second else Acteur.FOURNISSEUR
    action = Action.MODIFIER_VALIDEUR
    if vu not in ("", facture.statut) or lifecycle.find(facture.situation(), action, acteur) is None:
        apply(facture, action, acteur=acteur, auteur=auteur, vu=vu)  # raises, and says why
    ancien = facture.valideur_2 if second else facture.valideur
    champs: dict[str, object]
    if second:
        nouveau = mandataire_possible(structure_id, facture, ancien=facture.valideur_2_id)
        champs = {"valideur_2": nouveau}
    else:
        nouveau = valideur_possible(structure_id, facture, ancien=facture.valideur_id)
        service = queries_annuaire.services_actifs(nouveau).filter(pk=service_id).first() if service_id else None
        champs = {"valideur": nouveau, "service_valideur": service}
    ligne = apply(facture, action, acteur=acteur, auteur=auteur, vu=vu, champs=champs)
    EvenementComplementaire.objects.create(
        cohort=facture.cohort,
        place=facture.place,
        facture=facture,
        libelle=f"Valideur modifié : {ancien} → {nouveau}"[:255],
        compte=auteur.compte,
        auteur=auteur.nom,
        survenu_le=clock.now(),
    )
    return ligne


def personne_ne_validera(structure: Structure, facture: Facture) -> bool:
    """The valideur is the recipient, or a public body: accepted with a warning (D-37)."""
    return structure.pk == facture.destinataire_id or structure.nature == Nature.PUBLIQUE
