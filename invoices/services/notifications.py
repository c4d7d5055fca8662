"""Notifications N1–N6 of factures.md §3.6: rows of the simulated mailbox, nothing leaves the machine."""

from accounts.gardiens import notifie_facturation
from accounts.models import Compte
from accounts.profils import Profil
from invoices.enums import Motif, Statut
from invoices.models import Facture, Flux, HistoriqueStatut
from invoices.rules.montants import euros
from sandbox.mail.services import send
from structures.enums import StatutRattachement

PREFIXE = "[Bac à sable Chorus Pro]"


def _presentation(facture: Facture) -> str:
    date_facture = f"{facture.date_facture:%d/%m/%Y}" if facture.date_facture else "date inconnue"
    service = f" (service {facture.code_service})" if facture.code_service else ""
    return f"la facture n° {facture.numero} du {date_facture} adressée à {facture.destinataire}{service}"


def _majuscule(phrase: str) -> str:
    return phrase[0].upper() + phrase[1:]


def _montant(facture: Facture) -> str:
    return f"{euros(facture.montant_a_payer)} {facture.devise}" if facture.montant_a_payer is not None else "–"


def _lien(facture: Facture) -> str:
    return f"/portail/facturation/factures-emises/{facture.pk}/"


def _au_fournisseur(facture: Facture, ligne: HistoriqueStatut, type_message: str) -> None:
    compte = facture.cree_par
    if compte is None or (type_message == "N4" and not notifie_facturation(compte)):
        return
    statut = Statut(ligne.statut).label
    instant = ligne.survenu_le.astimezone(facture.cohort.zone)
    if type_message == "N1":
        phrase = f"{_presentation(facture)} a bien été déposée le {instant:%d/%m/%Y à %H:%M}."
        suite = "Le portail l'achemine maintenant vers son destinataire ; vous serez prévenu à chaque étape."
    else:
        phrase = f"{_presentation(facture)} est passée au statut « {statut} » le {instant:%d/%m/%Y à %H:%M}."
        suite = "Consultez-la dans « Factures émises » > « Rechercher »."
    details = [f"Motif : {Motif(ligne.motif).label}."] if ligne.motif else []
    details += [f"Commentaire : {ligne.commentaire}"] if ligne.commentaire else []
    corps = "\n".join(
        ["Bonjour,", "", _majuscule(phrase), *details, f"Montant à payer : {_montant(facture)}.", "", suite]
    )
    send(
        facture.cohort,
        compte.contact_email,
        f"{PREFIXE} Facture n° {facture.numero} – {statut}",
        corps,
        type=type_message,
        place=facture.place,
        lien=_lien(facture),
        lien_libelle="Ouvrir la facture",
    )


def _au_destinataire(facture: Facture, ligne: HistoriqueStatut) -> None:
    destinataires = Compte.objects.filter(
        rattachements__structure=facture.destinataire,
        rattachements__statut=StatutRattachement.VALIDEE,
        rattachements__habilitations__profil=Profil.FACTURES_RECUES,
        personnage__isnull=True,  # a simulated person reads no mail
    ).distinct()
    for compte in destinataires:
        send(
            facture.cohort,
            compte.contact_email,
            f"{PREFIXE} Facture n° {facture.numero} reçue de {facture.fournisseur}",
            f"Bonjour,\n\n{_majuscule(_presentation(facture))} vous attend dans « Factures reçues ».\n"
            f"Montant à payer : {_montant(facture)}.",
            type="N3",
            place=compte.place,
        )


def notifier(facture: Facture, ligne: HistoriqueStatut, mails: tuple[str, ...]) -> None:
    """Write the messages that the lifecycle table names for this line."""
    for type_message in mails:
        match type_message:
            case "N1" | "N4" | "N6":
                _au_fournisseur(facture, ligne, type_message)
            case "N3":
                _au_destinataire(facture, ligne)
            case _:
                pass  # N2, N5 concern validation: sent with its screens


def refus_de_flux(flux: Flux) -> None:
    """N9: a flow was rejected, with its first reasons."""
    motifs = [f"– {constat['message']}" for constat in flux.compte_rendu[:5]]
    send(
        flux.compte.cohort,
        flux.compte.contact_email,
        f"{PREFIXE} Flux {flux.numero} – Rejeté",
        "\n".join(
            [
                "Bonjour,",
                "",
                f"Le flux {flux.numero} a été rejeté pour le ou les motifs suivants :",
                *motifs,
                "",
                flux.consigne,
            ]
        ),
        type="N9",
        place=flux.place,
        lien=f"/portail/facturation/suivi-des-flux/{flux.numero}/",
        lien_libelle="Ouvrir le compte rendu",
    )
