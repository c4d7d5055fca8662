"""N7, once a week to the managers, and N8, once a day to who asked for it (factures.md §3.6)."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count

from accounts.models import Compte
from invoices.enums import Motif, Statut
from invoices.models import Facture, HistoriqueStatut
from sandbox import clock
from sandbox.cohorts.models import Cohort
from sandbox.events.scheduling import Promesse, schedule
from sandbox.mail.services import send
from structures import queries as structures
from structures.models import Structure

QUOTIDIEN, HEBDOMADAIRE = "invoices.recapitulatif_quotidien", "invoices.recapitulatif_hebdomadaire"
HEURE = time(7)
OUVERTS: dict[str, tuple[str, str]] = {
    Statut.SUSPENDUE: ("facture suspendue, à compléter", "factures suspendues, à compléter"),
    Statut.A_RECYCLER: ("facture à recycler", "factures à recycler"),
    Statut.REJETEE: ("facture rejetée, à traiter", "factures rejetées, à traiter"),
}
"""What waits for the supplier, in one and in several."""
MAXIMUM = 50
"""Lines of a daily message: beyond, it says how many more."""


def _prochain(depuis: datetime, zone: ZoneInfo, *, lundi: bool = False) -> datetime:
    """Next 7 h after ``depuis``, of a Monday if asked for."""
    local = depuis.astimezone(zone)
    jour = local.date() if local.time() < HEURE else local.date() + timedelta(days=1)
    if lundi:
        jour += timedelta(days=(7 - jour.weekday()) % 7)
    return datetime.combine(jour, HEURE, tzinfo=zone)


def promettre_quotidien(compte: Compte, cohort: Cohort, depuis: datetime) -> None:
    """One message for the day, whatever the number of changes."""
    instant = _prochain(depuis, cohort.zone)
    cle = f"{QUOTIDIEN}:{compte.pk}:{instant:%Y%m%d}"
    schedule(cohort, Promesse(kind=QUOTIDIEN, cle=cle, du_le=instant, cible=compte.pk, place=compte.place))


def promettre_hebdomadaire(facture: Facture, depuis: datetime) -> None:
    """One message for the week and the structure, as long as something waits."""
    if facture.fournisseur_id is not None:
        _promettre_semaine(facture.cohort, facture.fournisseur_id, depuis, facture.place)


def _promettre_semaine(cohort: Cohort, structure_id: int, depuis: datetime, place: int | None) -> None:
    instant = _prochain(depuis, cohort.zone, lundi=True)
    cle = f"{HEBDOMADAIRE}:{structure_id}:{instant:%Y%m%d}"
    schedule(cohort, Promesse(kind=HEBDOMADAIRE, cle=cle, du_le=instant, cible=structure_id, place=place))


def envoyer_quotidien(compte_id: int) -> bool:
    """N8: what moved since the same hour of the day before."""
    compte = Compte.objects.select_related("cohort").filter(pk=compte_id).first()
    if compte is None or not compte.recap_quotidien:
        return False
    depuis = clock.now() - timedelta(days=1)
    lignes = (
        HistoriqueStatut.objects.filter(facture__cree_par=compte, survenu_le__gte=depuis, survenu_le__lt=clock.now())
        .exclude(acteur="FOURNISSEUR")
        .select_related("facture", "facture__destinataire")
        .order_by("survenu_le", "pk")
    )
    nombre = lignes.count()
    if not nombre:
        return False
    corps = ["Bonjour,", "", "Depuis hier, vos factures ont changé de statut :", ""]
    for ligne in lignes[:MAXIMUM]:
        motif = f" – {Motif(ligne.motif).label}" if ligne.motif else ""
        corps.append(
            f"– {ligne.facture.numero}, {ligne.facture.destinataire} : « {Statut(ligne.statut).label} »{motif} "
            f"({ligne.survenu_le.astimezone(compte.cohort.zone):%d/%m à %H:%M})"
        )
    if nombre > MAXIMUM:
        corps.append(f"… et {nombre - MAXIMUM} autres changements.")
    send(
        compte.cohort,
        compte.contact_email,
        "[Bac à sable Chorus Pro] Récapitulatif quotidien de vos factures",
        "\n".join(corps),
        type="N8",
        place=compte.place,
        lien="/portail/facturation/factures-emises/",
        lien_libelle="Ouvrir la Synthèse",
    )
    return True


def envoyer_hebdomadaire(structure_id: int) -> bool:
    """N7: how many invoices wait for the supplier; promised again for the next week as long as some do."""
    structure = Structure.objects.select_related("cohort").filter(pk=structure_id).first()
    gestion = structures.gestionnaire_principal(structure) if structure else None
    if structure is None or gestion is None:
        return False
    nombres = dict(
        Facture.objects.filter(fournisseur=structure, statut__in=list(OUVERTS))
        .exclude(statut=Statut.REJETEE, rejet_traite=True)
        .values_list("statut")
        .annotate(nombre=Count("pk"))
    )
    if not nombres:
        return False
    corps = ["Bonjour,", "", f"Ces factures de {structure} attendent une action de votre part :", ""]
    corps += [
        f"– {nombre} {singulier if nombre == 1 else pluriel}"
        for statut, (singulier, pluriel) in OUVERTS.items()
        if (nombre := nombres.get(statut, 0))
    ]
    send(
        structure.cohort,
        gestion.compte.contact_email,
        f"[Bac à sable Chorus Pro] {structure} : factures en attente de votre action",
        "\n".join([*corps, "", "Retrouvez-les dans « Factures émises » > « Synthèse »."]),
        type="N7",
        place=gestion.compte.place,
        lien="/portail/facturation/factures-emises/",
        lien_libelle="Ouvrir la Synthèse",
    )
    _promettre_semaine(structure.cohort, structure.pk, clock.now(), structure.place)
    return True
