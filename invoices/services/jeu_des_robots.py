"""The counterparts act: the same services, and the same traces, as a person (formation.md SIM-5)."""

from invoices import lifecycle, queries_contreparties, robots
from invoices.enums import Acteur, Action, Cadre, Espace, Motif, Statut
from invoices.models import Facture, HistoriqueStatut
from invoices.robots import reactions, textes
from invoices.services import contreparties, notifications, traitement, validation
from invoices.services.echeances import RANGS
from invoices.services.transitions import Auteur
from sandbox import clock
from sandbox.cohorts.enums import Regime
from sandbox.events.registry import publish
from sandbox.events.scheduling import schedule
from sandbox.mail.services import send
from structures import queries as structures
from structures.models import Personnage, Structure

PRETES = (Statut.MISE_A_DISPOSITION, Statut.COMPLETEE, Statut.PRISE_EN_COMPTE_DESTINATAIRE)
"""Where a mistake is still looked at: further on, somebody has already accepted the invoice."""


def _auteur(destinataire: Structure, statut: Statut) -> Auteur:
    service = "comptable" if statut in robots.COMPTABLES else "service gestionnaire"
    return Auteur(nom=f"{destinataire.raison_sociale} – {service}", robot=True)


def poser(facture: Facture, vise: Statut) -> str | None:
    """Set a status of the plan, unless somebody has gone further; returns its label."""
    if facture.destinataire is None or not robots.joue_encore(facture.statut, vise):
        return None
    if lifecycle.find(facture.situation(), lifecycle.par_cible(vise), Acteur.DESTINATAIRE) is None:
        return None
    return _traiter(facture, facture.destinataire, vise)


def _traiter(facture: Facture, destinataire: Structure, vise: Statut, *, motif: str = "", commentaire: str = "") -> str:
    traitement.traiter(
        facture,
        traitement.Traitement(statut=vise, motif=motif, commentaire=commentaire, strict=False),
        auteur=_auteur(destinataire, vise),
    )
    return str(vise.label)


def _annoncer(facture: Facture, regle: str, explication: str) -> None:
    """For the trainer alone (SIM-3): why the robot did this."""
    publish(
        "robot.reaction",
        cohort_id=facture.cohort_id,
        facture_id=facture.pk,
        regle=regle,
        explication=explication,
    )


def reagir(facture: Facture) -> str | None:
    """The day of the reaction has come: look again, then recycle, reject or suspend; nothing wrong any more: pay."""
    if facture.destinataire is None or facture.statut not in PRETES:
        return None
    regard = queries_contreparties.regarder(facture)
    ecart = reactions.constater(regard.vue, regard.attendu, regard.attendus, regard.autres)
    if ecart is None and regard.vue.est_avoir:
        return poser(facture, Statut.PRISE_EN_COMPTE_DESTINATAIRE)
    if ecart is None:
        derniere = HistoriqueStatut.objects.filter(facture=facture).latest("survenu_le", "pk")
        schedule(facture.cohort, *contreparties.etapes(facture, facture.destinataire, derniere, clock.now()))
        return None
    statut = ecart.statut
    if statut == Statut.A_RECYCLER and facture.cohort.regime == Regime.REFORME_2026:
        statut = Statut.REJETEE
    texte = ecart.texte
    if statut == Statut.A_RECYCLER and facture.recyclages:
        texte = f"{texte} {textes.TEXTES['annuaire']}"
    profil = facture.cohort.profils.get(facture.destinataire.profil, {})
    message = textes.habiller(texte, profil.get("style", ""), motif=ecart.motif, numero=facture.numero)
    libelle = _traiter(facture, facture.destinataire, statut, motif=ecart.motif, commentaire=message)
    _annoncer(facture, ecart.regle, ecart.explication)
    return libelle


def relancer(facture: Facture) -> str | None:
    """ERR-07, two days after a completion that is still wrong: a letter to who deposited, never to a robot."""
    compte = facture.cree_par
    if compte is None or facture.destinataire is None or facture.statut in contreparties.ARRETS:
        return None
    regard = queries_contreparties.regarder(facture)
    completee = HistoriqueStatut.objects.filter(facture=facture, statut=Statut.COMPLETEE).last()
    if completee is None or regard.attendu is None or Personnage.objects.filter(compte=compte).exists():
        return None
    zone = facture.cohort.zone
    limite = robots.instant(
        reactions.SANS_REPONSE_A_LA_RELANCE,
        profil=facture.cohort.profils.get(facture.destinataire.profil, {}),
        depart=completee.survenu_le,
        zone=zone,
        graine=facture.cohort.graine,
        dossier=contreparties.dossier(facture),
    )
    texte = reactions.relancer(regard.vue, regard.attendu, limite=f"{limite.astimezone(zone):%d/%m/%Y}")
    if not texte:
        return None
    send(
        facture.cohort,
        compte.contact_email,
        f"{notifications.PREFIXE} Facture n° {facture.numero} : votre complément",
        f"Bonjour,\n\n{texte}\n\n{facture.destinataire}",
        type="courriel",
        place=compte.place,
        expediteur=str(facture.destinataire)[:120],
        lien=notifications.lien(facture, Espace.EMISES),
        lien_libelle="Ouvrir la facture",
    )
    _annoncer(facture, "ERR-07", "ERR-07 : complément encore insuffisant, courriel de relance")
    return "Courriel de relance"


def repondre_en_valideur(facture: Facture) -> str | None:
    """A simulated titulaire or mandataire answers (Table C): he validates, refuses, or is not the right one."""
    second = facture.statut == Statut.A_VALIDER_2
    structure = facture.valideur_2 if second else facture.valideur
    if structure is None or facture.statut not in RANGS:
        return None
    lien = structures.gestionnaire_principal(structure)
    auteur = Auteur(nom=f"{lien.compte} – {structure}"[:150] if lien else str(structure), robot=True)
    regard = queries_contreparties.regarder(facture)
    # The mandataire of a second validation is named by the first one, never by the order.
    siret = regard.attendu.valideur if second and regard.attendu else structure.identifiant
    refus = reactions.valider(regard.vue, regard.attendu, regard.autres, siret=siret)
    reponse = _accord(facture) if refus is None else _desaccord(refus)
    ligne = validation.repondre(facture, reponse, auteur=auteur)
    if refus is not None:
        _annoncer(facture, refus.regle, refus.explication)
    return str(Statut(ligne.statut).label)


def _accord(facture: Facture) -> validation.Reponse:
    exige = facture.cadre == Cadre.A9 and facture.cohort.regime == Regime.REFORME_2026
    return validation.Reponse(
        action=Action.VALIDER,
        qualite=validation.qualites(facture)[0],
        complement=textes.TEXTES["conforme"] if exige else "",
    )


def _desaccord(refus: reactions.Refus) -> validation.Reponse:
    return validation.Reponse(action=refus.action, motif=Motif(refus.motif), complement=refus.texte[:255])
