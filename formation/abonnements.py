"""What the training layer learns from below, after commit: the session's journal (DESIGN §3)."""

from accounts.models import Compte
from formation import queries
from invoices.models import Facture, Flux
from sandbox.cohorts.journal import noter
from sandbox.cohorts.models import Cohort, Participant, Trace
from sandbox.events.registry import subscribe
from structures.enums import StatutRattachement
from structures.models import CompteTechnique, FicheRaccordement, Rattachement, Structure
from structures.raccordement import TRANSITIONS, Acteur, Action


def _noter(cohort_id: int, verbe: str, objet: str, place: int | None) -> None:
    cohort = Cohort.objects.get(pk=cohort_id)
    with cohort.monde():
        participant = Participant.objects.filter(numero=place).first() if place else None
        noter(cohort, verbe, objet, participant=participant)


def compte_cree(*, cohort_id: int, compte_id: int, place: int | None) -> None:
    _noter(cohort_id, queries.CREE, _login(cohort_id, compte_id), place)


def compte_cree_pour_autrui(*, cohort_id: int, compte_id: int, place: int | None) -> None:
    _noter(cohort_id, "crée le compte d'un utilisateur", _login(cohort_id, compte_id), place)


def compte_active(*, cohort_id: int, compte_id: int, place: int | None) -> None:
    _noter(cohort_id, "active son compte", _login(cohort_id, compte_id), place)


def compte_bloque(*, cohort_id: int, compte_id: int, place: int | None) -> None:
    _noter(cohort_id, "bloque son compte", _login(cohort_id, compte_id), place)


def compte_doublon(*, cohort_id: int, place: int | None, login_email: str) -> None:
    _noter(cohort_id, queries.DOUBLON, login_email, place)


def compte_desactive(*, cohort_id: int, compte_id: int, place: int | None) -> None:
    _noter(cohort_id, "désactive son compte", _login(cohort_id, compte_id), place)


def compte_reactive(*, cohort_id: int, compte_id: int, place: int | None) -> None:
    _noter(cohort_id, "réactive son compte", _login(cohort_id, compte_id), place)


def adresse_changee(*, cohort_id: int, compte_id: int, place: int | None, ancienne: str) -> None:
    _noter(cohort_id, "change d'adresse de connexion", f"{ancienne} → {_login(cohort_id, compte_id)}", place)


def structure_creee(*, cohort_id: int, structure_id: int, place: int | None) -> None:
    with Cohort.objects.get(pk=cohort_id).monde():
        nom = str(Structure.objects.get(pk=structure_id))
    _noter(cohort_id, queries.STRUCTURE_CREEE, nom, place)


def siret_client(*, cohort_id: int, structure_id: int, place: int | None) -> None:
    """Once a seat and a customer: whoever insists does not fill the journal."""
    verbe = queries.SIRET_CLIENT
    with Cohort.objects.get(pk=cohort_id).monde():
        nom = str(Structure.objects.get(pk=structure_id))
        deja = Trace.objects.filter(place=place, verbe=verbe, objet=nom).exists()
    if not deja:
        _noter(cohort_id, verbe, nom, place)


def mandat_souscrit(*, cohort_id: int, structure_id: int, place: int | None) -> None:
    with Cohort.objects.get(pk=cohort_id).monde():
        nom = str(Structure.objects.get(pk=structure_id))
    _noter(cohort_id, "souscrit le mandat de facturation", nom, place)


def facture_deposee(*, cohort_id: int, facture_id: int, place: int | None, flux: bool) -> None:
    """Those of a flow are told together, by ``flux_traite``: there may be five hundred."""
    if flux:
        return
    with Cohort.objects.get(pk=cohort_id).monde():
        facture = Facture.objects.select_related("destinataire").get(pk=facture_id)
    _noter(cohort_id, "dépose la facture", f"{facture.numero} → {facture.destinataire}", place)


def flux_traite(*, cohort_id: int, flux_id: int) -> None:
    """What became of a flow: its invoice, or how many."""
    with Cohort.objects.get(pk=cohort_id).monde():
        flux = Flux.objects.get(pk=flux_id)
        factures = list(flux.factures.select_related("destinataire").order_by("pk")[:2])
        nombre = flux.factures.count()
    if len(factures) == 1:
        contenu = f" : {factures[0].numero} → {factures[0].destinataire}"
    else:
        contenu = f" : {nombre} factures" if nombre else ""
    _noter(cohort_id, "dépose un flux", f"{flux.numero}, {flux.get_etat_display().lower()}{contenu}", flux.place)


def robot_reagit(*, cohort_id: int, facture_id: int, regle: str, explication: str) -> None:
    """Why a counterpart reacted, in one sentence: for the trainer, trainees read the message only (SIM-3)."""
    cohort = Cohort.objects.get(pk=cohort_id)
    with cohort.monde():
        facture = Facture.objects.get(pk=facture_id)
        objet = f"{facture.numero} : {explication}"
        noter(cohort, "le robot réagit", objet, auteur=Trace.Auteur.ROBOT, place=facture.place, regle=regle)


VERBES_RATTACHEMENT = {
    StatutRattachement.EN_COURS_DE_VALIDATION: "demande son rattachement",
    StatutRattachement.VALIDEE: "obtient son rattachement",
    StatutRattachement.REFUSEE: "voit son rattachement refusé",
    StatutRattachement.DESACTIVEE: "voit son rattachement désactivé",
    StatutRattachement.SUPPRIMEE: "n'est plus rattaché",
}


def rattachement_change(*, cohort_id: int, rattachement_id: int, place: int | None) -> None:
    """Told of the seat that asked, whoever answered."""
    lien = _rattachement(cohort_id, rattachement_id)
    _noter(cohort_id, VERBES_RATTACHEMENT[lien.statut_enum], f"{lien.compte} → {lien.structure}", place)


def gestionnaire_transfere(*, cohort_id: int, rattachement_id: int, place: int | None) -> None:
    lien = _rattachement(cohort_id, rattachement_id)
    _noter(cohort_id, "devient gestionnaire principal", f"{lien.compte} → {lien.structure}", place)


def habilitations_modifiees(*, cohort_id: int, rattachement_id: int, place: int | None) -> None:
    lien = _rattachement(cohort_id, rattachement_id)
    _noter(cohort_id, "change des habilitations", f"{lien.compte} sur {lien.structure}", place)


def rattachements_valides(*, cohort_id: int, structure_id: int, nombre: int, place: int | None) -> None:
    _noter(
        cohort_id,
        f"valide {nombre} rattachement{'s' if nombre > 1 else ''} d'un coup",
        _structure(cohort_id, structure_id),
        place,
    )


def rattachements_refuses(*, cohort_id: int, structure_id: int, nombre: int, place: int | None) -> None:
    _noter(
        cohort_id,
        f"refuse {nombre} rattachement{'s' if nombre > 1 else ''} d'un coup",
        _structure(cohort_id, structure_id),
        place,
    )


def compte_technique_cree(*, cohort_id: int, compte_technique_id: int, place: int | None) -> None:
    _noter(cohort_id, "crée le compte technique", _technique(cohort_id, compte_technique_id), place)


def compte_technique_reinitialise(*, cohort_id: int, compte_technique_id: int, place: int | None) -> None:
    _noter(cohort_id, "réinitialise le compte technique", _technique(cohort_id, compte_technique_id), place)


def raccordement_avance(*, cohort_id: int, fiche_id: int, place: int | None, action: str) -> None:
    """What the trainer does is in his own journal already; time is nobody."""
    transition = TRANSITIONS[Action(action)]
    if transition.acteur == Acteur.FORMATEUR:
        return
    with Cohort.objects.get(pk=cohort_id).monde():
        fiche = FicheRaccordement.objects.select_related("structure").get(pk=fiche_id)
    objet = f"Fiche n° {fiche.pk} – {fiche.structure}"
    auteur = place if transition.acteur == Acteur.DEMANDEUR else None
    _noter(cohort_id, f"raccordement : {transition.libelle.lower()}", objet, auteur)


def _technique(cohort_id: int, compte_technique_id: int) -> str:
    with Cohort.objects.get(pk=cohort_id).monde():
        return str(CompteTechnique.objects.select_related("compte").get(pk=compte_technique_id))


def _rattachement(cohort_id: int, rattachement_id: int) -> Rattachement:
    with Cohort.objects.get(pk=cohort_id).monde():
        return Rattachement.objects.select_related("compte", "structure").get(pk=rattachement_id)


def _structure(cohort_id: int, structure_id: int) -> str:
    with Cohort.objects.get(pk=cohort_id).monde():
        return str(Structure.objects.get(pk=structure_id))


def _login(cohort_id: int, compte_id: int) -> str:
    with Cohort.objects.get(pk=cohort_id).monde():
        return str(Compte.objects.values_list("login_email", flat=True).get(pk=compte_id))


subscribe("compte.cree", compte_cree)
subscribe("compte.cree_pour_autrui", compte_cree_pour_autrui)
subscribe("compte.active", compte_active)
subscribe("compte.bloque", compte_bloque)
subscribe("compte.doublon", compte_doublon)
subscribe("compte.desactive", compte_desactive)
subscribe("compte.reactive", compte_reactive)
subscribe("compte.adresse_changee", adresse_changee)
subscribe("structure.creee", structure_creee)
subscribe("structure.siret_client", siret_client)
subscribe("mandat.souscrit", mandat_souscrit)
subscribe("rattachement.demande", rattachement_change)
subscribe("rattachement.valide", rattachement_change)
subscribe("rattachement.refuse", rattachement_change)
subscribe("rattachement.change", rattachement_change)
subscribe("gestionnaire.transfere", gestionnaire_transfere)
subscribe("habilitations.modifiees", habilitations_modifiees)
subscribe("rattachements.valides", rattachements_valides)
subscribe("rattachements.refuses", rattachements_refuses)
subscribe("facture.deposee", facture_deposee)
subscribe("flux.traite", flux_traite)
subscribe("robot.reaction", robot_reagit)
subscribe("compte_technique.cree", compte_technique_cree)
subscribe("compte_technique.reinitialise", compte_technique_reinitialise)
subscribe("raccordement.avance", raccordement_avance)
