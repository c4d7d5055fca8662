"""Who sees which invoices, in which application, and under which role he may act on one (factures.md §4.2, §5, §7)."""

from collections.abc import Iterable

from django.db.models import Q

from accounts.profils import Profil
from invoices.enums import VISIBLES, Acteur, Espace, Statut
from invoices.models import Facture, FactureQuerySet, HistoriqueStatut, Validation
from structures.queries import Droits

PROFILS: dict[str, Profil] = {
    Espace.EMISES: Profil.FACTURES_EMISES,
    Espace.RECUES: Profil.FACTURES_RECUES,
    Espace.A_VALIDER: Profil.FACTURES_A_VALIDER,
}
_SERVICES: dict[str, str] = {
    "fournisseur": "service_fournisseur",
    "destinataire": "service",
    "valideur": "service_valideur",
}
"""Column that a right limited to some services of the structure reads; the second validator names none."""


def portee(droits: Droits, espace: Espace, partie: str, *, modification: bool = False) -> Q:
    """Invoices whose ``partie`` (fournisseur, destinataire, valideur, valideur_2) this account speaks for.

    A right on the whole structure gives all its invoices; on some services, those of these services only.
    """
    profil = PROFILS[espace]
    entieres = droits.structures(profil, modification=modification, entieres=True)
    filtre = Q(**{f"{partie}__in": entieres})
    colonne = _SERVICES.get(partie)
    if colonne is None:
        return filtre
    for structure in set(droits.structures(profil, modification=modification)) - set(entieres):
        services = droits.services(profil, structure, modification=modification) or frozenset()
        filtre |= Q(**{partie: structure, f"{colonne}__in": services})
    return filtre


def _parties(droits: Droits, espace: Espace, *, modification: bool = False) -> Q:
    if espace == Espace.EMISES:
        return portee(droits, espace, "fournisseur", modification=modification)
    if espace == Espace.RECUES:
        return portee(droits, espace, "destinataire", modification=modification)
    premiere = portee(droits, espace, "valideur", modification=modification)
    return premiere | portee(droits, espace, "valideur_2", modification=modification)


def visibles(droits: Droits, espace: Espace) -> FactureQuerySet:
    """Invoices that this account sees in this application, in a status that shows them there."""
    lisibles: FactureQuerySet = Facture.objects.filter(_parties(droits, espace))
    if espace == Espace.EMISES:
        return lisibles.exclude(statut=Statut.SUPPRIMEE)
    return lisibles.filter(statut__in=VISIBLES[espace])


def modifiables(droits: Droits, espace: Espace) -> FactureQuerySet:
    """Those on which it may act."""
    trouvees: FactureQuerySet = visibles(droits, espace).filter(_parties(droits, espace, modification=True))
    return trouvees


def quittees(droits: Droits) -> FactureQuerySet:
    """Recycled towards somebody else: their former recipient keeps reading them, as they were (factures.md §7)."""
    profil = PROFILS[Espace.RECUES]
    entieres = droits.structures(profil, entieres=True)
    filtre = Q(precedents__structure__in=entieres)
    for structure in set(droits.structures(profil)) - set(entieres):
        services = droits.services(profil, structure) or frozenset()
        filtre |= Q(precedents__structure=structure, precedents__service__in=services)
    trouvees: FactureQuerySet = Facture.objects.filter(filtre).distinct()
    return trouvees


def d_un_autre_service(droits: Droits, espace: Espace, pk: int) -> bool:
    """The invoice is at a structure of this account, and it is its right, limited to some services, that hides it."""
    siennes = droits.structures(PROFILS[espace])
    partie = {Espace.EMISES: "fournisseur", Espace.RECUES: "destinataire"}.get(espace, "valideur")
    return (
        Facture.objects.filter(pk=pk, statut__in=VISIBLES[espace] - {Statut.SUPPRIMEE}, **{f"{partie}__in": siennes})
        .exclude(_parties(droits, espace))
        .exists()
    )


def validation_en_attente(facture: Facture) -> Validation | None:
    return Validation.objects.filter(facture=facture, decision="").select_related("structure").first()


def acteurs(facture: Facture, droits: Droits, espace: Espace) -> list[Acteur]:
    """Roles under which this account may act on the invoice from this application; none when it only reads."""
    if not Facture.objects.filter(_parties(droits, espace, modification=True), pk=facture.pk).exists():
        return []
    match espace:
        case Espace.EMISES:
            return [Acteur.FOURNISSEUR]
        case Espace.RECUES:
            return [Acteur.DESTINATAIRE, Acteur.COMPTABLE]
        case _:
            # Each rank by its own right: one limited to a service of the second valideur is no right on the first.
            rangs = [(Acteur.VALIDEUR_1, "valideur"), (Acteur.VALIDEUR_2, "valideur_2")]
            return [
                acteur
                for acteur, partie in rangs
                if Facture.objects.filter(portee(droits, espace, partie, modification=True), pk=facture.pk).exists()
            ]


def lignes_visibles(lignes: Iterable[HistoriqueStatut], espace: Espace) -> list[HistoriqueStatut]:
    """History of statuses as this application shows it: the recipient sees neither the draft nor the routing."""
    if espace == Espace.EMISES:
        return list(lignes)
    # What a validator said travels with the invoice (T18, T19a).
    montres = VISIBLES[Espace.A_VALIDER]
    return [ligne for ligne in lignes if ligne.statut in montres or ligne.statut == Statut.DEPOSEE]
