"""Which calls of an exercise have succeeded: read in the journal of calls of the seat (exercices.md, Bonus 14)."""

from dataclasses import dataclass

from django.db.models import Count, Q

from api.models import AppelApi
from invoices.enums import EtatFlux
from structures.raccordement import Badge


@dataclass(frozen=True, slots=True)
class Controle:
    """A call asked for: ``appel`` is its address, ``attendu`` what it must answer."""

    libelle: str
    appel: str
    attendu: str
    fait: bool

    @property
    def badge(self) -> Badge:
        return FAIT if self.fait else A_FAIRE


FAIT, A_FAIRE = Badge("Fait", "paye", "check-circle"), Badge("À faire", "attente")
_REUSSI = Q(statut=200, code_retour=0)
_REFERENTIELS = (
    "/cpro/structures/v1/rechercher",
    "/cpro/transverses/v1/rechercher/destinataire",
    "/cpro/transverses/v1/consulter/information/siret",
)
"""Where a SIRET is looked for: the last two are what some clients call first (api.md §11)."""


def _demandes(numero: str) -> list[tuple[str, str, str, Q]]:
    """Name, address, answer expected, and the lines of the journal that show it."""
    de_la_facture = _REUSSI & Q(reponse__contains=f'"numeroFacture": "{numero}"')
    return [
        ("Obtenir un jeton", "/api/oauth/token", "200", Q(operation="jeton", statut=200)),
        (
            "Déposer le flux",
            "/cpro/factures/v1/deposer/flux",
            "200 et un numéro de flux",
            _REUSSI & Q(operation="deposerFluxFacture"),
        ),
        (
            "Consulter le compte rendu",
            "/cpro/transverses/v1/consulterCRDetaille",
            EtatFlux.INTEGRE.value,
            _REUSSI
            & Q(chemin__startswith="/cpro/transverses/v1/consulterCR", reponse__contains=f'"{EtatFlux.INTEGRE}"'),
        ),
        (
            "Consulter la facture",
            "/cpro/factures/v1/consulter/fournisseur",
            f"200, facture {numero}",
            de_la_facture & Q(chemin="/cpro/factures/v1/consulter/fournisseur"),
        ),
        (
            "Lire son historique",
            "/cpro/factures/v1/consulter/historique",
            f"200, facture {numero}",
            de_la_facture & Q(chemin="/cpro/factures/v1/consulter/historique"),
        ),
        ("Appeler sans jeton", "/cpro/transverses/v1/health-check", "401", Q(statut=401)),
        (
            "Chercher un SIRET inconnu",
            _REFERENTIELS[0],
            "200, codeRetour 20000",
            Q(chemin__in=_REFERENTIELS, statut=200, code_retour=20000),
        ),
    ]


def marque(controles: list[Controle]) -> str:
    """What tells two states of the list apart: « 1100000 »."""
    return "".join("1" if controle.fait else "0" for controle in controles)


def du_poste(place: int, numero: str) -> list[Controle]:
    """The calls asked for, and whether this seat has made each: 1 query. Inside its world."""
    demandes = _demandes(numero)
    comptes = AppelApi.objects.filter(place=place).aggregate(
        **{f"n{rang}": Count("pk", filter=preuve) for rang, (*_, preuve) in enumerate(demandes)}
    )
    return [
        Controle(libelle, appel, attendu, bool(comptes[f"n{rang}"]))
        for rang, (libelle, appel, attendu, _) in enumerate(demandes)
    ]
