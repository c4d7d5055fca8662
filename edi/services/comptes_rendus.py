"""Compte rendu of what came in ``in``, put in ``out`` (flux-edi.md §5, §17 n° 17)."""

from django.utils import timezone

from edi import formats, rules
from edi.enums import Nature
from edi.models import FichierSortant, FichierStatuts
from edi.queries import FINAUX
from edi.services import sortants
from invoices.enums import EtatElement
from invoices.models import Flux
from invoices.services import compte_rendu
from sandbox import clock
from structures.models import FicheRaccordement


def du_flux(flux_id: int) -> FichierSortant | None:
    """Of a flow that came by SFTP and has reached its final state; None for any other."""
    flux = Flux.objects.select_related("raccordement__structure", "cohort").filter(pk=flux_id).first()
    if flux is None or flux.raccordement is None or not flux.etat_final:
        return None
    flux.raccordement.cohort = flux.cohort
    le = flux.traite_le or flux.depose_le
    envoi = sortants.Envoi(
        Nature.COMPTE_RENDU,
        f"cr:{flux.pk}",
        lambda nom: _ecrire_du_flux(flux, nom),
        nom=flux.nom_compte_rendu,
        flux=flux,
    )
    return sortants.deposer(flux.raccordement, envoi, le=le)


def _ecrire_du_flux(flux: Flux, nom: str) -> bytes:
    assert flux.raccordement is not None  # noqa: S101 -- ``du_flux`` has looked
    detail = compte_rendu.detaille(flux)
    return formats.ecrire_compte_rendu(
        sortants.enveloppe(flux.raccordement, nom, flux.traite_le or flux.depose_le),
        formats.CompteRendu(
            nom_fichier=detail["nomFichier"],
            numero_flux=flux.numero,
            interface=detail["codeInterfaceDepotFlux"],
            depose_le=detail["dateDepotFlux"],
            etat=flux.etat,
            etat_libelle=str(flux.get_etat_display()),
            etat_le=detail["dateHeureEtatCourantFlux"],
            erreurs=[
                formats.Erreur(e["codeErreur"], e["natureErreur"], e["libelleErreur"])
                for e in detail["listeErreurTechnique"]
            ],
            lignes=[
                formats.Ligne(
                    element.numero,
                    element.fournisseur,
                    element.destinataire,
                    EtatElement(element.etat).name,
                    "|".join(compte_rendu.libelle(c) for c in element.refus),
                    [compte_rendu.libelle(c) for c in element.avertissements],
                )
                for element in flux.elements.all()
            ],
        ),
    )


def rattraper(fiche: FicheRaccordement) -> int:
    """Write what a stop between a treatment and its announcement has left out; returns how many."""
    oublies = Flux.objects.filter(raccordement=fiche, etat__in=FINAUX, sortants__isnull=True)
    manquants = list(oublies.order_by("pk").values_list("pk", flat=True)[: sortants.LISTE_MAXIMUM])
    for flux_id in manquants:
        du_flux(flux_id)
    return len(manquants)


def des_statuts(recu: FichierStatuts) -> FichierSortant:
    """Of a life-cycle file, named after it when its name can be read."""
    zone = recu.fiche.cohort.zone
    lu = rules.lire_nom_statuts(recu.nom)
    code = recu.fiche.code_partenaire
    suite = recu.nom.partition("_")[2] if lu else f"{code}_{code}1200{recu.pk:015d}"
    le = recu.traite_le or clock.now()
    envoi = sortants.Envoi(
        Nature.COMPTE_RENDU,
        f"statuts:{recu.pk}",
        lambda nom: formats.ecrire_compte_rendu(
            sortants.enveloppe(recu.fiche, nom, le),
            formats.CompteRendu(
                nom_fichier=recu.nom,
                numero_flux=rules.numero_de(recu.nom),
                interface=rules.STATUTS,
                depose_le=timezone.localtime(recu.recu_le, zone).isoformat(timespec="milliseconds"),
                etat=recu.etat,
                etat_libelle=str(recu.get_etat_display()),
                etat_le=timezone.localtime(le, zone).isoformat(timespec="milliseconds"),
                erreurs=[
                    formats.Erreur(c["code"], compte_rendu.TECHNIQUE, compte_rendu.libelle(c)) for c in recu.erreurs
                ],
                lignes=[formats.Ligne(**resultat) for resultat in recu.resultats],
            ),
        ),
        nom=f"CSO1200A_{suite}",
    )
    return sortants.deposer(recu.fiche, envoi, le=le)
