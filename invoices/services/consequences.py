"""What follows an answer of a validator, in one sentence: asked before it on the screen, told after it by mail (N5)."""

from dataclasses import replace

from invoices import lifecycle
from invoices.enums import Cadre, Statut
from invoices.models import Facture
from invoices.services.echeances import JOURS
from sandbox.cohorts.enums import Regime
from structures.models import Structure


def _delai(facture: Facture) -> str:
    return f", avec un nouveau délai de {JOURS} jours" if facture.cadre == Cadre.A9 else ""


def _refusee(facture: Facture, statut: Statut) -> str:
    if not lifecycle.est_definitive(replace(facture.situation(), statut=statut)):
        return (
            f"Elle est tout de même transmise à son destinataire, {facture.destinataire}, avec ce commentaire : "
            "c'est lui qui décide (règles de septembre 2026)."
        )
    nouvelle = "un avoir, puis une nouvelle facture" if facture.cadre == Cadre.A12 else "une nouvelle facture"
    return (
        f"Elle s'arrête là : elle n'atteindra pas {facture.destinataire} et son numéro ne peut plus servir. "
        f"{facture.fournisseur} doit émettre {nouvelle}, sous un autre numéro."
    )


def suite(facture: Facture, statut: Statut, mandataire: Structure | None = None) -> str:
    """What becomes of the invoice once it is in this status of validation; ``mandataire``: second validator named."""
    match statut:
        case Statut.VALIDEE_1 if mandataire is not None:
            return f"Elle part chez {mandataire}, valideur 2, qui dispose à son tour de {JOURS} jours pour répondre."
        case Statut.REFUSEE_1 | Statut.REFUSEE_2:
            return _refusee(facture, statut)
        case Statut.ERREUR_FOURNISSEUR_SUR_VALIDEUR:
            return (
                f"Elle revient à {facture.fournisseur}, qui choisit un autre valideur et la transmet sous le même "
                f"numéro{_delai(facture)}."
            )
        case Statut.ERREUR_COTRAITANT_SUR_VALIDEUR:
            return (
                f"Elle revient à {facture.valideur}, valideur 1, qui désigne un autre mandataire{_delai(facture)} ; "
                "son numéro ne change pas."
            )
        case _:
            portee = facture.cadre == Cadre.A9 and facture.cohort.regime == Regime.REFORME_2026
            avec = ", avec ce complément d'information" if portee and statut in _ACCORDS else ""
            return f"Elle est transmise à son destinataire, {facture.destinataire}{avec}."


_ACCORDS = (Statut.VALIDEE_1, Statut.VALIDEE_2)
