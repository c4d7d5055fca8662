"""Sessions ready for invoicing, made in the product's own shell: signing up is not what these journeys are about."""

from tests import factories
from tests.e2e.gestes import MOT_DE_PASSE


def preparer(nombre: int, places: int) -> list[str]:
    """Codes of new sessions anchored on Monday 7 December 2026. In each seat: account, company, mandate."""
    return [_preparer(places) for _ in range(nombre)]


def _preparer(places: int) -> str:
    cohort = factories.cohort(places=places)
    for place in range(1, places + 1):
        _equiper(cohort, place)
    return cohort.code


def equiper(code: str, places: int) -> str:
    """The same seats, in a session that a trainer has made in his console."""
    from sandbox.cohorts.models import Cohort

    cohort = Cohort.objects.get(code=code)
    for place in range(1, places + 1):
        _equiper(cohort, place)
    return code


def _equiper(cohort, place: int) -> None:
    compte = factories.compte(cohort, place, mot_de_passe=MOT_DE_PASSE)
    entreprise = factories.structure(cohort, place)
    factories.rattachement(compte, entreprise)
    factories.mandat(entreprise)


def retours_de_valideurs(code: str) -> None:
    """What nobody of the cast does: a valideur who says that he is not the one, at each of the two ranks."""
    from invoices.enums import Cadre, Statut
    from sandbox.cohorts.models import Cohort
    from structures.models import Structure

    cohort = Cohort.objects.get(code=code)
    client = factories.publique(cohort)
    with cohort.monde():
        mienne, autre = (Structure.objects.get(identifiant=factories.siret_du_poste(n)) for n in (1, 2))
    mienne.cohort = autre.cohort = cohort
    a9 = {"cadre": Cadre.A9, "valideur": autre}
    factories.facture(mienne, client, numero="ARB-ERR-1", statut=Statut.ERREUR_FOURNISSEUR_SUR_VALIDEUR, **a9)
    a9 = {"cadre": Cadre.A9, "valideur": mienne, "valideur_2": autre}
    factories.facture(autre, client, numero="ARB-ERR-2", statut=Statut.ERREUR_COTRAITANT_SUR_VALIDEUR, **a9)


def factures(code: str) -> list[dict[str, str]]:
    """What the invoices of a session say, and the dates of their statuses: what the screens must have written."""
    from invoices.models import Facture
    from sandbox.cohorts.models import Cohort

    cohort = Cohort.objects.get(code=code)
    with cohort.monde():
        return [_faits(f, cohort.zone) for f in Facture.objects.select_related("destinataire", "valideur")]


def _faits(facture, zone):
    return {
        "pk": facture.pk,
        "place": facture.place,
        "numero": facture.numero,
        "type": facture.type_facture,
        "origine": facture.numero_facture_origine,
        "mode": facture.mode_depot,
        "cadre": facture.cadre.split("_")[0],
        "client": facture.destinataire.identifiant if facture.destinataire else "",
        "service": facture.code_service,
        "engagement": facture.numero_engagement,
        "marche": facture.numero_marche,
        "valideur": facture.valideur.identifiant if facture.valideur else "",
        "type_tva": facture.type_tva,
        "commentaire": facture.commentaire,
        "statut": facture.statut,
        "montants": [_euros(m) for m in (facture.montant_ht, facture.montant_tva, facture.montant_ttc)],
        "a_payer": _euros(facture.montant_a_payer),
        "tva": {f"{t.taux:.2f}": [_euros(t.base), _euros(t.montant)] for t in facture.lignes_tva.all()},
        "document": next((p.pk for p in facture.pieces.all() if p.principale), None),
        "pieces": sorted(p.nom for p in facture.pieces.all() if not p.principale),
        "histoire": [
            [h.statut, f"{h.survenu_le.astimezone(zone):%d/%m/%Y}", h.commentaire]
            for h in facture.historique.order_by("pk")
        ],
    }


def _euros(montant):
    return "" if montant is None else f"{montant:.2f}"
