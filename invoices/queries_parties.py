"""The parties of invoices and what their deposit needs of them, each read once: those of a lot share most of them."""

from collections.abc import Iterable

from invoices.rules import VueService
from sandbox import clock
from structures.models import CoordonneesBancaires, Engagement, Service, Structure


class Parties:
    """What was read of the directory for one deposit, or for many that come together."""

    def __init__(self) -> None:
        self._structures: dict[int, Structure] = {}
        self._identifiants: dict[tuple[str, str], Structure | None] = {}
        self._services: dict[int, tuple[VueService, ...]] = {}
        self._engagements: dict[int, frozenset[str]] = {}
        self._service: dict[tuple[int, str], Service | None] = {}
        self._comptes: dict[int, dict[str, CoordonneesBancaires]] = {}

    def identifiee(self, type_identifiant: str, identifiant: str) -> Structure | None:
        """The structure that bears this identifier of this type."""
        cle = (type_identifiant, identifiant)
        if cle not in self._identifiants:
            trouvee = Structure.objects.filter(type_identifiant=type_identifiant, identifiant=identifiant).first()
            self._identifiants[cle] = trouvee
            if trouvee is not None:
                self._structures[trouvee.pk] = trouvee
        return self._identifiants[cle]

    def structures(self, ids: Iterable[int | None]) -> dict[int, Structure]:
        """Those of these ids that exist; ``None`` is nobody."""
        voulus = {pk for pk in ids if pk}
        if manquants := voulus - self._structures.keys():
            self._structures |= {s.pk: s for s in Structure.objects.filter(pk__in=manquants)}
        return {pk: self._structures[pk] for pk in voulus & self._structures.keys()}

    def services(self, structure: Structure) -> tuple[VueService, ...]:
        if structure.pk not in self._services:
            self._services[structure.pk] = tuple(
                VueService(
                    code=s.code,
                    actif=s.est_actif,
                    engagement_obligatoire=s.engagement_obligatoire,
                    reserve_public=s.est_reserve_public,
                )
                for s in Service.objects.filter(structure=structure)
            )
        return self._services[structure.pk]

    def service(self, structure: Structure | None, code: str) -> Service | None:
        """Active service of this code, whatever its case."""
        if structure is None or not code:
            return None
        cle = (structure.pk, code.casefold())
        if cle not in self._service:
            trouve = Service.objects.filter(structure=structure, code__iexact=code).first()
            self._service[cle] = trouve if trouve is not None and trouve.est_actif else None
        return self._service[cle]

    def compte_bancaire(self, structure: Structure | None, iban: str) -> CoordonneesBancaires | None:
        """The account of this IBAN, blanks left out, that may be chosen today."""
        if structure is None or not iban:
            return None
        if structure.pk not in self._comptes:
            valides = CoordonneesBancaires.objects.valides(clock.today()).filter(structure=structure).order_by("-pk")
            self._comptes[structure.pk] = {"".join(c.iban.split()): c for c in valides}
        return self._comptes[structure.pk].get(iban)

    def engagements(self, structure: Structure) -> frozenset[str]:
        """Numbers known; of a body of the State alone, the others check none."""
        if not structure.etat_public:
            return frozenset()
        if structure.pk not in self._engagements:
            numeros = Engagement.objects.filter(structure=structure).values_list("numero", flat=True)
            self._engagements[structure.pk] = frozenset(numeros)
        return self._engagements[structure.pk]
