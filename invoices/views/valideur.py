"""Another valideur after « mauvais valideur »: by the supplier (T13), by the first validator (T13b)."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.requete import Requete
from invoices import queries_espaces as espaces
from invoices.enums import Acteur, Cadre, Espace, Statut
from invoices.forms.validation import ValideurForm
from invoices.models import Facture
from invoices.services import echeances, validation
from invoices.services.transitions import Auteur, Depassee, TransitionRefusee, depassee
from invoices.views import choix_valideur
from invoices.views.a_valider import a_agir, faits, retour
from invoices.views.commun import adresse, cadre, conflit, espace_requis, exiger_modification, facture_visible
from structures import queries_annuaire
from structures.acces import droits_de
from structures.models import Structure


@dataclass(frozen=True, slots=True)
class Correction:
    """What differs between both: who corrects, from which application, what is written."""

    facture: Facture
    espace: Espace
    second: bool

    @property
    def url(self) -> str:
        nom = "corriger" if self.second else "corriger_valideur"
        return adresse(self.espace, nom, self.facture.pk)

    @property
    def retour(self) -> str:
        return retour(self.facture) if self.second else adresse(self.espace, "facture", self.facture.pk)

    @property
    def exclues(self) -> frozenset[int]:
        return choix_valideur.exclues(self.facture, second=self.second)

    @property
    def statut(self) -> Statut:
        return Statut.ERREUR_COTRAITANT_SUR_VALIDEUR if self.second else Statut.ERREUR_FOURNISSEUR_SUR_VALIDEUR


@require_http_methods(["GET", "HEAD", "POST"])
@espace_requis(Espace.EMISES, modification=True)
def corriger_le_premier(request: Requete, pk: int) -> HttpResponse:
    """By the supplier: the same invoice, the same number, another valideur."""
    facture = facture_visible(request, pk)
    if Acteur.FOURNISSEUR not in espaces.acteurs(facture, droits_de(request), Espace.EMISES):
        exiger_modification(request, facture)
    return _corriger(request, Correction(facture, Espace.EMISES, second=False))


@require_http_methods(["GET", "HEAD", "POST"])
@espace_requis(Espace.A_VALIDER, modification=True)
def corriger_le_second(request: Requete, pk: int) -> HttpResponse:
    """By the first validator, for the mandataire that he had named."""
    facture, mon_tour = a_agir(request, pk)
    if not mon_tour and facture.statut == Statut.ERREUR_COTRAITANT_SUR_VALIDEUR:
        return conflit(
            request, f"C'est à {facture.valideur}, valideur 1, de désigner un autre mandataire.", retour(facture)
        )
    return _corriger(request, Correction(facture, Espace.A_VALIDER, second=True))


def _corriger(request: Requete, ici: Correction) -> HttpResponse:
    facture = ici.facture
    if request.method == "POST":
        return _recevoir(request, ici)
    if facture.statut != ici.statut:
        messages.info(request, _plus_a_corriger(facture))
        return redirect(ici.retour)
    if (resultats := choix_valideur.fragment(request, facture, "valideur", second=ici.second)) is not None:
        return resultats
    return _page(request, ici, ValideurForm(initial={"vu": facture.statut}))


def _plus_a_corriger(facture: Facture) -> str:
    return (
        f"Le valideur de la facture {facture.numero} n'est pas à corriger : elle est « {facture.statut_enum.label} »."
    )


def _choisi(request: Requete) -> Structure | None:
    pk = request.POST.get("valideur", "")
    return choix_valideur.choisie(int(pk)) if pk.isascii() and pk.isdigit() and len(pk) < 10 else None


def _recevoir(request: Requete, ici: Correction) -> HttpResponse:
    facture, donnees, etape = ici.facture, request.POST, request.POST.get("etape", "")
    choisi = _choisi(request)
    if facture.statut != ici.statut:
        actuel = facture.valideur_2_id if ici.second else facture.valideur_id
        derniere = facture.historique.last()
        mien = derniere is not None and derniere.compte_id == request.compte.pk
        if etape == "confirmer" and choisi is not None and choisi.pk == actuel and mien:
            return _fait(request, ici, choisi)  # the second of two clicks
        return conflit(request, str(depassee(facture)), ici.retour)
    if etape in ("chercher", "changer", "modifier"):
        initial = donnees.dict() | ({"valideur": ""} if etape == "changer" else {})
        return _page(request, ici, ValideurForm(initial=initial))
    services = queries_annuaire.services_actifs(choisi) if choisi is not None and not ici.second else None
    form = ValideurForm(donnees, services=services)
    if not form.is_valid():
        return _page(request, ici, form, status=422)
    return _jouer(request, ici, form, etape)


def _jouer(request: Requete, ici: Correction, form: ValideurForm, etape: str) -> HttpResponse:
    facture, lus = ici.facture, form.cleaned_data
    service = lus.get("service")
    try:
        if etape != "confirmer":
            return _question(request, ici, _verifier(ici, lus["valideur"]), form)
        validation.corriger(
            facture,
            lus["valideur"],
            auteur=Auteur(nom=str(request.compte), compte=request.compte),
            service_id=service.pk if service is not None else None,
            vu=lus["vu"],
        )
    except Depassee as refus:
        return conflit(request, str(refus), ici.retour)
    except TransitionRefusee as refus:
        form.add_error("valideur", str(refus))
        return _page(request, ici, form, status=422)
    nouveau = facture.valideur_2 if ici.second else facture.valideur
    return _fait(request, ici, nouveau)


def _verifier(ici: Correction, pk: int) -> Structure:
    facture = ici.facture
    if ici.second:
        return validation.mandataire_possible(pk, facture, ancien=facture.valideur_2_id)
    return validation.valideur_possible(pk, facture, ancien=facture.valideur_id)


def _fait(request: Requete, ici: Correction, nouveau: Structure | None) -> HttpResponse:
    delai = f", qui a {echeances.JOURS} jours pour répondre" if ici.facture.cadre == Cadre.A9 else ""
    messages.success(
        request,
        f"La facture {ici.facture.numero} repart, sous le même numéro, chez {nouveau}{delai}.",
    )
    return redirect(adresse(ici.espace, "synthese") if ici.second else ici.retour)


def _question(request: Requete, ici: Correction, nouveau: Structure, form: ValideurForm) -> HttpResponse:
    contexte = _cadre(ici, "Confirmer le valideur") | {
        "ici": ici,
        "facture": ici.facture,
        "nouveau": nouveau,
        "form": form if "service" in form.fields and form.fields["service"].queryset.exists() else None,  # type: ignore[attr-defined]
        "vu": form.cleaned_data["vu"],
        "personne": validation.personne_ne_validera(nouveau, ici.facture),
        "a9": ici.facture.cadre == Cadre.A9,
        "jours": echeances.JOURS,
    }
    return render(request, "invoices/corriger_valideur_confirmer.html", contexte)


def _cadre(ici: Correction, titre: str) -> dict[str, Any]:
    parents = [(f"Facture {ici.facture.numero}", ici.retour)]
    return cadre(titre, parents=parents, espace=ici.espace)


def _page(request: Requete, ici: Correction, form: ValideurForm, *, status: int = 200) -> HttpResponse:
    facture = ici.facture
    choisi = _choisi(request) if form["valideur"].value() else None
    recherche = (form.data or form.initial).get("recherche", "") if choisi is None else ""
    titre = "Désigner un autre mandataire" if ici.second else "Modifier le valideur"
    derniere = facture.validations.filter(rang=2 if ici.second else 1).select_related("structure").last()
    contexte = (
        _cadre(ici, titre)
        | faits(request, facture)
        | {
            "ici": ici,
            "form": form,
            "choisie": choisi,
            "nom": "valideur",
            "champ_valideur": form["valideur"],
            "derniere": derniere,
            "a9": facture.cadre == Cadre.A9,
            "jours": echeances.JOURS,
        }
    )
    contexte |= choix_valideur.chercher(recherche, ici.exclues)
    return render(request, "invoices/corriger_valideur.html", contexte, status=status)
