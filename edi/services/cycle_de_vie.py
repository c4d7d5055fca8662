"""Changes of status told to the partner who sent the invoice: FEN1200A (flux-edi.md §15)."""

from edi import formats
from edi.enums import Nature
from edi.models import FichierSortant
from edi.queries import abonnes
from edi.rules import STATUTS
from edi.services import sortants
from invoices.models import ElementFlux, Facture, HistoriqueStatut
from structures.models import FicheRaccordement


def annoncer(facture_id: int) -> int:
    """One file a change of status not told yet, to each fiche that follows this invoice; returns how many."""
    fiches = abonnes(STATUTS, emetteur=True)
    if not fiches:
        return 0
    facture = Facture.objects.select_related("fournisseur", "destinataire").filter(pk=facture_id).first()
    if facture is None:
        return 0
    par = ElementFlux.objects.filter(facture=facture).values_list("flux__raccordement", flat=True).first()
    return sum(_annoncer(f, facture) for f in fiches if f.structure_id == facture.fournisseur_id or f.pk == par)


def _annoncer(fiche: FicheRaccordement, facture: Facture) -> int:
    lignes = HistoriqueStatut.objects.filter(facture=facture, survenu_le__gte=fiche.acces_sftp.cree_le).order_by("pk")
    changements = {f"cdv:{ligne.pk}": ligne for ligne in lignes if ligne.statut != ligne.statut_avant}
    deja = FichierSortant.objects.filter(fiche=fiche, cle__in=list(changements))
    for cle in deja.values_list("cle", flat=True):
        del changements[cle]
    for cle, ligne in changements.items():
        sortants.deposer(fiche, _envoi(fiche, facture, cle, ligne), le=ligne.survenu_le)
    return len(changements)


def _envoi(fiche: FicheRaccordement, facture: Facture, cle: str, ligne: HistoriqueStatut) -> sortants.Envoi:
    statut = formats.StatutLu(
        numero=facture.numero,
        identifiant=str(facture.pk),
        fournisseur=facture.fournisseur.identifiant if facture.fournisseur else "",
        destinataire=facture.destinataire.identifiant if facture.destinataire else "",
        statut=ligne.statut,
        motif=ligne.motif,
        commentaire=ligne.commentaire,
        mandat=ligne.numero_mandat,
        le=ligne.survenu_le.astimezone(fiche.cohort.zone).isoformat(timespec="seconds"),
    )
    return sortants.Envoi(
        Nature.CYCLE_DE_VIE,
        cle,
        lambda nom: formats.ecrire_statuts(sortants.enveloppe(fiche, nom, ligne.survenu_le), [statut]),
    )
