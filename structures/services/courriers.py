"""Messages about attachments and rights (comptes-structures.md §5.3): to the user, to those who decide."""

from accounts.models import Compte
from sandbox.mail.models import Message
from sandbox.mail.services import compose, send, send_many
from structures import queries
from structures.models import Personnage, Rattachement, Structure

PREFIXE = "[Bac à sable Chorus Pro]"
TYPE = "rattachement"


def composer_a_l_utilisateur(rattachement: Rattachement, objet: str, corps: str) -> Message:
    """The message, unsaved."""
    compte = rattachement.compte
    return compose(
        rattachement.cohort,
        compte.contact_email,
        f"{PREFIXE} {objet}",
        f"Bonjour {compte},\n\n{corps}",
        type=TYPE,
        place=compte.place,
        lien="/portail/mes-rattachements/",
        lien_libelle="Mes rattachements",
    )


def ecrire_a_l_utilisateur(rattachement: Rattachement, objet: str, corps: str) -> None:
    """Nothing to a simulated person: he reads no mail, his script says what he does."""
    if Personnage.objects.filter(compte=rattachement.compte_id).exists():
        return
    send_many([composer_a_l_utilisateur(rattachement, objet, corps)])


def ecrire_aux_responsables(structure: Structure, objet: str, corps: str, *, sauf: Compte | None = None) -> None:
    """The gestionnaire principal and the holders of « Organisation modification », simulated persons left out."""
    responsables = queries.responsables(structure)
    joues = set(Personnage.objects.filter(compte__in=responsables).values_list("compte_id", flat=True))
    for compte in responsables:
        if compte.pk in joues or (sauf is not None and compte.pk == sauf.pk):
            continue
        send(
            structure.cohort,
            compte.contact_email,
            f"{PREFIXE} {objet}",
            f"Bonjour {compte},\n\n{corps}",
            type=TYPE,
            place=compte.place,
            lien=f"/portail/organisation/structures/{structure.pk}/approbations/",
            lien_libelle="Ouvrir les approbations",
        )
