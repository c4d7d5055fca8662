"""Where the validation of an invoice stands, step by step: supplier, validators, recipient."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import prefetch_related_objects

from invoices.enums import DecisionValidation, Qualite, Statut
from invoices.models import Facture, Validation
from invoices.queries_validation import EN_VALIDATION
from invoices.services import echeances
from sandbox.web.dates import short_date


@dataclass(frozen=True, slots=True)
class EtapeValidation:
    """One step. ``etat``: « passe », « present », « futur », « refus » or « retour ». ``detail`` is what was said."""

    titre: str
    qui: str
    etat: str
    quand: datetime | None = None
    phrase: str = ""
    detail: str = ""


_ETATS = {
    DecisionValidation.VALIDEE: "passe",
    DecisionValidation.REFUSEE: "refus",
    DecisionValidation.ERREUR: "retour",
    DecisionValidation.SILENCE: "passe",
}


def _demande(validation: Validation, zone: ZoneInfo) -> EtapeValidation:
    titre = f"Valideur {validation.rang}"
    if not validation.decision:
        jusque = ""
        if validation.echeance is not None:
            dernier = echeances.reste(validation.echeance, validation.demandee_le, zone).dernier_jour
            jusque = f" jusqu'au {short_date(dernier)} inclus"
        return EtapeValidation(titre, str(validation.structure), "present", None, f"Réponse attendue{jusque}")
    decision = DecisionValidation(validation.decision)
    phrase = str(decision.label)
    if validation.qualite:
        phrase += f" en qualité de {str(Qualite(validation.qualite).label).lower()}"
    if validation.compte_id:
        phrase += f", par {validation.auteur}"
    return EtapeValidation(
        titre, str(validation.structure), _ETATS[decision], validation.decidee_le, phrase, validation.complement
    )


def _a_designer(facture: Facture) -> EtapeValidation | None:
    """Who must name another valideur before the circuit goes on."""
    if facture.statut == Statut.ERREUR_FOURNISSEUR_SUR_VALIDEUR:
        return EtapeValidation(
            "Correction", str(facture.fournisseur), "present", None, "Doit choisir un autre valideur"
        )
    if facture.statut == Statut.ERREUR_COTRAITANT_SUR_VALIDEUR:
        return EtapeValidation(
            "Correction", str(facture.valideur), "present", None, "Doit désigner un autre mandataire"
        )
    return None


def etapes_de_validation(facture: Facture, zone: ZoneInfo) -> list[EtapeValidation]:
    """The whole way, requests made in order, corrected ones included."""
    prefetch_related_objects([facture], "validations__structure")
    demandes = list(facture.validations.all())
    etapes = [EtapeValidation("Dépôt", str(facture.fournisseur), "passe", facture.date_depot)]
    etapes += [_demande(demande, zone) for demande in demandes]
    if (suivante := _a_designer(facture)) is not None:
        etapes.append(suivante)
    elif facture.statut == Statut.VALIDEE_1 and facture.valideur_2 is not None:
        etapes.append(EtapeValidation("Valideur 2", str(facture.valideur_2), "futur"))
    atteint = facture.date_mise_a_disposition
    if atteint is not None or facture.statut in EN_VALIDATION or etapes[-1].etat != "refus":
        etat = "passe" if atteint is not None else "futur"
        etapes.append(EtapeValidation("Destinataire", str(facture.destinataire), etat, atteint))
    return etapes
