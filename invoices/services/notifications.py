"""Notifications N1–N6 and N9 of factures.md §3.6: rows of the simulated mailbox, nothing leaves the machine.

N7 and N8, which sum up a week and a day, are in ``recapitulatifs``.
"""

from collections.abc import Iterable

from django.db.models import Q

from accounts.enums import EtatCompte
from accounts.gardiens import notifie_facturation
from accounts.models import Compte
from accounts.profils import Profil
from invoices.enums import Acteur, Action, Cadre, Espace, EtatFlux, Motif, Statut
from invoices.models import Facture, Flux, HistoriqueStatut
from invoices.rules.montants import euros
from invoices.services import compte_rendu, consequences, echeances, recapitulatifs
from sandbox.cohorts.enums import Regime
from sandbox.mail.services import send
from structures import queries as structures
from structures.enums import StatutRattachement
from structures.models import Rattachement, Service, Structure

PREFIXE = "[Bac à sable Chorus Pro]"
REFUS_DE_FLUX = {
    EtatFlux.REJETE: "a été rejeté",
    EtatFlux.INTEGRE_PARTIEL: "a été intégré partiellement : des factures ont été rejetées",
    EtatFlux.INCIDENTE: "n'a pas été traité",
}


def _presentation(facture: Facture) -> str:
    date_facture = f"{facture.date_facture:%d/%m/%Y}" if facture.date_facture else "date inconnue"
    service = f" (service {facture.code_service})" if facture.code_service else ""
    return f"la facture n° {facture.numero} du {date_facture} adressée à {facture.destinataire}{service}"


def _majuscule(phrase: str) -> str:
    return phrase[0].upper() + phrase[1:]


def _montant(facture: Facture) -> str:
    return f"{euros(facture.montant_a_payer)} {facture.devise}" if facture.montant_a_payer is not None else "–"


def lien(facture: Facture, espace: Espace) -> str:
    """Path of the page of an invoice: fixed, messages keep it."""
    return f"/portail/facturation/{espace}/{facture.pk}/"


def _motivation(ligne: HistoriqueStatut) -> list[str]:
    details = [f"Motif : {Motif(ligne.motif).label}."] if ligne.motif else []
    return details + ([f"Commentaire : {ligne.commentaire}"] if ligne.commentaire else [])


def _ecrire(
    facture: Facture, compte: Compte, type_message: str, objet: str, lignes: Iterable[str], espace: Espace
) -> None:
    send(
        facture.cohort,
        compte.contact_email,
        f"{PREFIXE} {objet}",
        "\n".join(["Bonjour,", "", *lignes]),
        type=type_message,
        place=compte.place,
        lien=lien(facture, espace),
        lien_libelle="Ouvrir la facture",
    )


def _au_fournisseur(facture: Facture, ligne: HistoriqueStatut, type_message: str) -> None:
    compte = facture.cree_par
    if compte is None:
        return
    if type_message == "N4" and not notifie_facturation(compte):
        return
    if type_message == "N4" and compte.recap_quotidien:
        recapitulatifs.promettre_quotidien(compte, facture.cohort, ligne.survenu_le)
        return
    statut = Statut(ligne.statut).label
    instant = ligne.survenu_le.astimezone(facture.cohort.zone)
    if type_message == "N1":
        phrase = f"{_presentation(facture)} a bien été déposée le {instant:%d/%m/%Y à %H:%M}."
        suite = "Le portail l'achemine maintenant vers son destinataire ; vous serez prévenu à chaque étape."
    else:
        phrase = f"{_presentation(facture)} est passée au statut « {statut} » le {instant:%d/%m/%Y à %H:%M}."
        suite = "Consultez-la dans « Factures émises » > « Rechercher »."
    if type_message == "N5":
        suite = f"{consequences.suite(facture, Statut(ligne.statut), facture.valideur_2)} {suite}"
    corps = [_majuscule(phrase), *_motivation(ligne), f"Montant à payer : {_montant(facture)}.", "", suite]
    _ecrire(facture, compte, type_message, f"Facture n° {facture.numero} – {statut}", corps, Espace.EMISES)


def _quelqu_un(structure: Structure) -> bool:
    """Is a real person attached to it? Most recipients are played by robots alone: one small query says so."""
    liens = Rattachement.objects.filter(structure=structure, statut=StatutRattachement.VALIDEE)
    return liens.filter(compte__personnage__isnull=True).exclude(compte__etat=EtatCompte.TECHNIQUE).exists()


def lecteurs(structure: Structure | None, profil: Profil, service: Service | None) -> list[Compte]:
    """People who hold this right today on the structure, or on this very service.

    Neither a simulated person nor a technical account reads mail.
    """
    if structure is None or not _quelqu_un(structure):
        return []
    tenues = structures.en_vigueur().filter(rattachement__structure=structure, profil=profil)
    tenues = tenues.filter(Q(service__isnull=True) | Q(service=service)) if service else tenues.filter(service=None)
    comptes = Compte.objects.filter(pk__in=tenues.values("rattachement__compte"), personnage__isnull=True)
    comptes = comptes.exclude(etat=EtatCompte.TECHNIQUE)
    return [compte for compte in comptes.order_by("pk") if notifie_facturation(compte)]


def _au_destinataire(facture: Facture, ligne: HistoriqueStatut) -> None:
    verbe = "complétée par" if ligne.action == Action.COMPLETER else "reçue de"
    for compte in lecteurs(facture.destinataire, Profil.FACTURES_RECUES, facture.service):
        corps = [
            f"{_majuscule(_presentation(facture))} vous attend dans « Factures reçues ».",
            f"Montant à payer : {_montant(facture)}.",
        ]
        objet = f"Facture n° {facture.numero} {verbe} {facture.fournisseur}"
        _ecrire(facture, compte, "N3", objet, corps, Espace.RECUES)


def _valideur(facture: Facture, rang: int) -> tuple[Structure | None, Service | None]:
    return (facture.valideur, facture.service_valideur) if rang == 1 else (facture.valideur_2, None)


def _au_valideur(facture: Facture, ligne: HistoriqueStatut) -> None:
    """N2: an invoice waits for your answer, with the day when silence becomes acceptance."""
    attendue = facture.validations.filter(decision="").first()
    structure, service = _valideur(facture, 2 if ligne.statut == Statut.A_VALIDER_2 else 1)
    limite = "Elle attend votre réponse sans limite de temps : aucun accord tacite n'est prévu entre cotraitants."
    if attendue is not None and attendue.echeance is not None:
        jour = echeances.reste(attendue.echeance, ligne.survenu_le, facture.cohort.zone).dernier_jour
        limite = (
            f"Vous avez jusqu'au {jour:%d/%m/%Y} inclus pour répondre ({echeances.JOURS} jours) : sans réponse, elle "
            "sera réputée acceptée et transmise à son destinataire."
        )
    for compte in lecteurs(structure, Profil.FACTURES_A_VALIDER, service):
        corps = [
            f"{_majuscule(_presentation(facture))} par {facture.fournisseur} attend votre validation.",
            f"Montant à payer : {_montant(facture)}.",
            limite,
            "",
            "Répondez dans « Factures à valider » > « Synthèse ».",
        ]
        _ecrire(facture, compte, "N2", f"Facture n° {facture.numero} à valider", corps, Espace.A_VALIDER)


def _resultat(facture: Facture, ligne: HistoriqueStatut) -> None:
    """N5: to the supplier; the second validator's answer to the first one too; a refusal that travels, to both."""
    _au_fournisseur(facture, ligne, "N5")
    du_second = ligne.statut_avant == Statut.A_VALIDER_2
    transmis = (
        ligne.action == Action.REFUSER and facture.cadre == Cadre.A9 and facture.cohort.regime == Regime.REFORME_2026
    )
    if not du_second and not transmis:
        return
    statut = Statut(ligne.statut).label
    structure, service = _valideur(facture, 1)
    corps = [
        f"{_majuscule(_presentation(facture))} par {facture.fournisseur} est passée au statut « {statut} ».",
        *_motivation(ligne),
        "",
        consequences.suite(facture, Statut(ligne.statut), facture.valideur_2),
    ]
    for compte in lecteurs(structure, Profil.FACTURES_A_VALIDER, service):
        _ecrire(facture, compte, "N5", f"Facture n° {facture.numero} – {statut}", corps, Espace.A_VALIDER)


def notifier(facture: Facture, ligne: HistoriqueStatut, mails: tuple[str, ...]) -> None:
    """Write the messages that the lifecycle table names for this line."""
    if ligne.statut in recapitulatifs.OUVERTS and ligne.acteur != Acteur.FOURNISSEUR:
        recapitulatifs.promettre_hebdomadaire(facture, ligne.survenu_le)
    for type_message in mails:
        match type_message:
            case "N1" | "N4" | "N6":
                _au_fournisseur(facture, ligne, type_message)
            case "N2":
                _au_valideur(facture, ligne)
            case "N3" if ligne.action != Action.RECYCLER:  # the new recipient is told at its arrival (T07)
                _au_destinataire(facture, ligne)
            case "N5":
                _resultat(facture, ligne)
            case _:
                pass


def refus_de_flux(flux: Flux) -> None:
    """N9: a flow was rejected, or some of its invoices, or none was looked at, with its first reasons."""
    etat = EtatFlux(flux.etat)
    debut = REFUS_DE_FLUX[etat]
    send(
        flux.compte.cohort,
        flux.compte.contact_email,
        f"{PREFIXE} Flux {flux.numero} – {etat.label}",
        "\n".join(
            [
                "Bonjour,",
                "",
                f"Le flux {flux.numero} {debut} pour le ou les motifs suivants :",
                *(f"– {motif}" for motif in compte_rendu.refus(flux, 5)),
                "",
                compte_rendu.consigne(flux),
            ]
        ),
        type="N9",
        place=flux.place,
        lien=f"/portail/facturation/suivi-des-flux/{flux.numero}/",
        lien_libelle="Ouvrir le compte rendu",
    )
