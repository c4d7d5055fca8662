"""A recipient's life-cycle file: each line goes through « Traiter », its result in a compte rendu (flux-edi.md §15)."""

from django.db import transaction

from accounts.models import Compte
from edi import formats, rules
from edi.enums import EtatStatuts
from edi.formats import StatutLu
from edi.models import AccesSftp, FichierStatuts
from edi.services import comptes_rendus
from invoices.formats.controle import code_irrecevable
from invoices.formats.erreurs import FichierIllisible
from invoices.lifecycle import Canal
from invoices.models import Facture
from invoices.models.flux import Constat
from invoices.services import traitement
from invoices.services.constats import constat
from invoices.services.transitions import TransitionRefusee
from sandbox import clock
from sandbox.documents import store
from sandbox.events.scheduling import Promesse, schedule

KIND = "edi.statuts"
DELAI = 2.0
"""Real seconds before a file is treated, as for a flow (api.md A-07)."""
PRISE, REFUSEE = "PRIS EN COMPTE", "REJETE"


@transaction.atomic
def recevoir(acces: AccesSftp, compte: Compte, nom: str, contenu: bytes) -> FichierStatuts:
    """Keep a file and promise its treatment. The same bytes sent again while they wait: the first file is returned."""
    Compte.objects.select_for_update(no_key=True).get(pk=compte.pk)  # two sendings come one after the other
    empreinte = store.store(contenu)
    cles = {"fiche": acces.fiche, "nom": nom, "empreinte": empreinte, "etat": EtatStatuts.EN_ATTENTE}
    deja = FichierStatuts.objects.filter(**cles).first()
    if deja is not None:
        return deja
    recu = FichierStatuts.objects.create(
        cohort=acces.cohort, place=acces.place, compte=compte, taille=len(contenu), **cles
    )
    promesse = Promesse(kind=KIND, cle=f"{KIND}:{recu.pk}", reel_dans=DELAI, cible=recu.pk, place=recu.place)
    schedule(acces.cohort, promesse)
    return recu


@transaction.atomic
def integrer(recu_id: int) -> FichierStatuts | None:
    """Apply each line, one refusal undoing none of the others; None the second time."""
    recu = (
        FichierStatuts.objects.select_for_update(of=("self",), no_key=True)
        .select_related("fiche__structure", "compte", "cohort")
        .filter(pk=recu_id)
        .first()
    )
    if recu is None or recu.est_traite:
        return None
    recu.fiche.cohort = recu.fiche.structure.cohort = recu.compte.cohort = recu.cohort
    recu.erreurs = _nom(recu)
    if not recu.erreurs:
        try:
            recu.resultats = [
                _appliquer(recu, ligne) for ligne in formats.lire_statuts(store.open_bytes(recu.empreinte))
            ]
        except FichierIllisible as illisible:
            recu.erreurs = [constat(code_irrecevable(illisible.code), "fichier", illisible.message_fr)]
    recu.etat, recu.traite_le = _etat(recu), clock.now()
    recu.save(update_fields=["etat", "traite_le", "erreurs", "resultats"])
    comptes_rendus.des_statuts(recu)
    return recu


def _etat(recu: FichierStatuts) -> EtatStatuts:
    prises = [r["resultat"] == PRISE for r in recu.resultats]
    if not any(prises):
        return EtatStatuts.REJETE
    return EtatStatuts.INTEGRE if all(prises) else EtatStatuts.INTEGRE_PARTIEL


def _nom(recu: FichierStatuts) -> list[Constat]:
    """Control 1 of flux-edi.md §7."""
    lu = rules.lire_nom_statuts(recu.nom)
    if lu is None:
        return [constat("IRR_FORM", "nom", f"Le nom de flux « {recu.nom} » n'a pas la forme attendue.")]
    fiche, trouves = recu.fiche, []
    if lu.interface != "1200":
        message = f"Le nom annonce deux interfaces : {rules.STATUTS} et {lu.interface}."
        trouves.append(constat("IRR_CODE_INTER", "nom", message))
    elif rules.STATUTS not in fiche.interfaces or not fiche.recepteur:
        message = f"La fiche de raccordement n'est pas celle d'un récepteur abonné à {rules.STATUTS}."
        trouves.append(constat("IRR_CODE_INTER", "nom", message))
    if {lu.application, lu.application_repetee} != {fiche.code_partenaire}:
        message = f"Le code application {lu.application} n'est pas le vôtre ({fiche.code_partenaire})."
        trouves.append(constat("IRR_CODE_APP", "nom", message))
    if FichierStatuts.objects.filter(fiche=fiche, nom=recu.nom, pk__lt=recu.pk).exists():
        trouves.append(constat("IRR_UNICITE", "nom", f"Le nom de flux {recu.nom} a déjà servi."))
    return trouves


def _appliquer(recu: FichierStatuts, ligne: StatutLu) -> dict[str, str]:
    """Result of a line, in the fields of ``formats.Ligne``."""
    resultat = {
        "numero": ligne.numero[:40],
        "fournisseur": ligne.fournisseur[:100],
        "destinataire": recu.fiche.structure.identifiant,
        "resultat": REFUSEE,
    }
    if ligne.le and not formats.est_une_date(ligne.le):
        return resultat | {"libelle": "La date n'a pas la forme AAAA-MM-JJ."}
    facture = _facture(recu, ligne)
    if isinstance(facture, str):
        return resultat | {"libelle": facture}
    facture.cohort = recu.cohort
    siret = facture.fournisseur.identifiant if facture.fournisseur else ""
    resultat |= {"numero": facture.numero, "fournisseur": siret}
    demande = traitement.Traitement(
        statut=ligne.statut,
        motif=ligne.motif,
        commentaire=ligne.commentaire,
        numero_mandat=ligne.mandat,
        canal=Canal.API,
    )
    try:
        with transaction.atomic():
            traitement.traiter(facture, demande, auteur=traitement.auteur(recu.compte))
    except TransitionRefusee as refus:
        return resultat | {"libelle": str(refus)}
    return resultat | {"resultat": PRISE, "libelle": ""}


def _facture(recu: FichierStatuts, ligne: StatutLu) -> Facture | str:
    """The invoice that the recipient received under this number, or why none is taken."""
    if not ligne.numero:
        return "Le numéro de la facture manque (Numero)."
    recues = Facture.objects.filter(destinataire=recu.fiche.structure_id, numero=ligne.numero, date_depot__isnull=False)
    if ligne.fournisseur:
        recues = recues.filter(fournisseur__identifiant=ligne.fournisseur)
    trouvees = list(recues.select_related("fournisseur", "destinataire").order_by("pk")[:2])
    if not trouvees:
        return f"Vous n'avez reçu aucune facture {ligne.numero[:40]} de ce fournisseur."
    if len(trouvees) > 1:
        return f"Plusieurs fournisseurs vous ont envoyé une facture {ligne.numero[:40]} : indiquez Fournisseur (SIRET)."
    return trouvees[0]
