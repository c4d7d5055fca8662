"""The console of a session: grid, journal, clock, jumps."""

from hashlib import sha256
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import reswap, retarget, trigger_client_event

from accounts.requete import Requete
from api.services import pannes
from formation import queries
from formation.documents import cartes as planche
from formation.forms.console import ConfirmationSautForm, HorlogeForm, SautForm, nouvelle_cle
from formation.services import gestes, packs, reglages, sauts
from formation.views.console_acces import cle_recue, conflit, contexte, horloge, session_requise, url_participation
from invoices.enums import Statut
from sandbox.cohorts.enums import ModeHorloge
from sandbox.cohorts.models import Cohort, Participant
from sandbox.events import horloge as temps
from sandbox.snapshots.services import InstantaneIncompatible
from sandbox.web import qr
from sandbox.web.telechargements import file_response

PREMIERS = 12
"""Events named in a preview."""


def _vif(request: Requete, cohort: Cohort) -> dict[str, Any]:
    """Faults, blocked seats, grid and journal as text, with the digest that says whether they have changed."""
    faits = {
        "session": cohort,
        "grille": queries.grille(cohort),
        "journal": queries.journal(),
        "pannes": list(pannes.actives()),
    }
    corps = render_to_string("formation/console/_vif.html", faits, request)
    return {"vif": corps, "vif_jeton": sha256(corps.encode()).hexdigest()[:16], "session": cohort}


@session_requise
@require_safe
def session(request: Requete, cohort: Cohort) -> HttpResponse:
    donnees = contexte(request, cohort, "classe")
    titre_pack, pack_duree = cohort.pack, ""
    try:
        pack = packs.lire(cohort.pack)
        titre_pack, pack_duree = pack.titre, pack.duree
    except packs.PackInvalide:
        pass  # the pack has left the disk since: the session lives without it
    donnees |= _vif(request, cohort)
    donnees |= {
        "pack_titre": titre_pack,
        "pack_duree": pack_duree,
        "qr": qr.svg(donnees["url_participation"], f"QR code vers {donnees['url_participation']}"),
    }
    return render(request, "formation/console/session.html", donnees)


@session_requise
@require_safe
def vif(request: Requete, cohort: Cohort) -> HttpResponse:
    """The live region, or 204 when what the page shows is still true."""
    donnees = _vif(request, cohort)
    if request.GET.get("jeton") == donnees["vif_jeton"]:
        return HttpResponse(status=204)
    return render(request, "formation/console/_region_vive.html", donnees)


@session_requise
@require_http_methods(["GET", "HEAD", "POST"])
def regler_horloge(request: Requete, cohort: Cohort) -> HttpResponse:
    """GET: the clock's region, or 204. POST: change its mode."""
    if request.method != "POST":
        return _horloge_vive(request, cohort)
    form = HorlogeForm(request.POST)
    if not form.is_valid():
        erreurs = [str(erreur) for liste in form.errors.values() for erreur in liste]
        return render(
            request,
            "formation/console/horloge.html",
            contexte(request, cohort, "classe", ("Horloge", None)) | {"form": form, "erreurs": erreurs},
            status=422,
        )
    try:
        temps.regler(cohort, form.cleaned_data["mode"], form.cleaned_data["vitesse"], formateur=request.user)
    except temps.SautImpossible as refus:
        return conflit(request, cohort, str(refus))
    libelle = ModeHorloge(cohort.horloge_mode).label.lower()
    precision = f", {cohort.horloge_vitesse} jours par heure" if cohort.horloge_mode == ModeHorloge.ACCELEREE else ""
    messages.success(request, f"Horloge {libelle}{precision}. La date simulée n'a pas bougé.")
    return redirect("formation:session", cohort.code)


def _horloge_vive(request: Requete, cohort: Cohort) -> HttpResponse:
    if not request.htmx:  # type: ignore[attr-defined]
        donnees = contexte(request, cohort, "classe", ("Horloge", None))
        form = HorlogeForm(initial={"mode": cohort.horloge_mode, "vitesse": cohort.horloge_vitesse})
        return render(request, "formation/console/horloge.html", donnees | {"form": form})
    etat = horloge(cohort)
    avancement = sauts.avancement(cohort)
    if avancement is None and request.GET.get("jeton") == etat.jeton:
        return HttpResponse(status=204)
    autre_etat = request.GET.get("etat") != etat.etat
    gabarit = "formation/console/_horloge.html" + ("" if autre_etat else "#vive")
    donnees = {"session": cohort, "horloge": etat, "avancement": avancement, "hors_bande": True}
    donnees["arrive"] = sauts.vient_d_arriver(cohort)
    reponse = render(request, gabarit, donnees)
    if autre_etat:
        reponse = reswap(retarget(reponse, "#horloge"), "outerHTML")
        trigger_client_event(reponse, "monde-change", after="settle")
    return reponse


@session_requise
@require_POST
def second_facteur(request: Requete, cohort: Cohort) -> HttpResponse:
    """The switch of the session: a code asked after the password, or not."""
    actif = request.POST.get("actif") == "1"
    try:
        reglages.regler_second_facteur(cohort, actif, formateur=request.user, cle=cle_recue(request))
    except gestes.DejaFait:
        pass
    else:
        etat = "actif : un code est demandé à chaque nouvelle connexion" if actif else "coupé : le mot de passe suffit"
        messages.success(request, f"Second facteur {etat}.")
    return redirect("formation:session", cohort.code)


@session_requise
@require_POST
def controle_strict(request: Requete, cohort: Cohort) -> HttpResponse:
    """The switch of the session: findings of the norm refuse a deposited file, or warn."""
    actif = request.POST.get("actif") == "1"
    try:
        reglages.regler_controle_strict(cohort, actif, formateur=request.user, cle=cle_recue(request))
    except gestes.DejaFait:
        pass
    else:
        etat = "actif : un écart à la norme EN 16931 rejette la facture" if actif else "coupé : un écart avertit"
        messages.success(request, f"Contrôle strict {etat}.")
    return redirect("formation:session", cohort.code)


@session_requise
@require_safe
def apercu(request: Requete, cohort: Cohort) -> HttpResponse:
    """What a jump would do, before it is confirmed; a dialog with JavaScript, a page without."""
    donnees = contexte(request, cohort, "classe", ("Avancer dans le temps", None))
    form = SautForm(request.GET if request.GET else None)
    if not form.is_valid():
        return render(
            request, "formation/console/apercu.html", donnees | {"form": form}, status=422 if form.is_bound else 200
        )
    try:
        cible = temps.cible(
            cohort,
            jours=form.cleaned_data["jours"],
            date=form.instant(cohort),
            suivant=form.cleaned_data["suivant"],
        )
    except temps.SautImpossible as refus:
        form.add_error(None, str(refus))
        return render(request, "formation/console/apercu.html", donnees | {"form": form}, status=422)
    resultat = sauts.apercevoir(cohort, cible)
    statuts = {str(statut.label): statut for statut in Statut}
    effets = [(statuts.get(effet, effet), nombre) for effet, nombre in resultat.bilan.effets.most_common()]
    premiers = [(fait, statuts.get(fait.effet, fait.effet)) for fait in resultat.bilan.fil[:PREMIERS]]
    return render(
        request,
        "formation/console/apercu.html",
        donnees
        | {
            "apercu": resultat,
            "effets": effets,
            "premiers": premiers,
            "autres": resultat.bilan.total - len(premiers),
            "cible_iso": cible.isoformat(timespec="microseconds"),
            "cle_saut": nouvelle_cle(),
        },
    )


@session_requise
@require_POST
def saut(request: Requete, cohort: Cohort) -> HttpResponse:
    """Confirm a jump: the workers play it, the page follows."""
    form = ConfirmationSautForm(request.POST)
    if not form.is_valid():
        return conflit(request, cohort, "Cette demande de saut est incomplète : repassez par l'aperçu.")
    try:
        sauts.demander(cohort, form.cleaned_data["cible"], formateur=request.user, cle=form.cleaned_data["cle"])
    except gestes.DejaFait:
        pass
    except (gestes.SessionOccupee, temps.SautImpossible) as refus:
        return conflit(request, cohort, str(refus))
    return redirect("formation:session", cohort.code)


@session_requise
@require_http_methods(["GET", "HEAD", "POST"])
def annuler_saut(request: Requete, cohort: Cohort) -> HttpResponse:
    """Confirmation, then restore of the state kept before the last jump."""
    instantane = sauts.dernier_saut(cohort)
    retour = reverse("formation:session", args=[cohort.code])
    if request.method == "POST":
        demande = request.POST.get("instantane", "")
        if instantane is None or demande != str(instantane.pk):
            messages.info(request, "Ce saut a déjà été annulé : rien de plus n'a été fait.")
            return redirect(retour)
        try:
            sauts.annuler_dernier(cohort, instantane, formateur=request.user, cle=cle_recue(request))
        except gestes.DejaFait:
            return redirect(retour)
        except (gestes.SessionOccupee, InstantaneIncompatible) as refus:
            return conflit(request, cohort, str(refus))
        date = cohort.simulated_now().astimezone(cohort.zone)
        messages.success(
            request,
            f"Saut annulé : nous sommes de nouveau le {date:%d/%m/%Y à %H h %M}. L'état d'avant est gardé "
            "dans « Instantanés ».",
        )
        return redirect(retour)
    if instantane is None:
        return conflit(request, cohort, "Aucun saut à annuler.")
    return render(
        request,
        "_composants/confirmation.html",
        contexte(request, cohort, "classe", ("Annuler le dernier saut", None))
        | {
            "gabarit": "formation/console/cadre.html",
            "titre": "Annuler le dernier saut",
            "question": "La session revient à l'instant d'avant le saut, pour tous les postes.",
            "perte": [
                "Ce que les stagiaires ont fait depuis ce saut disparaît.",
                "Les courriels et les changements de statut reçus depuis disparaissent aussi.",
                "Un instantané de l'état présent est gardé : vous pourrez y revenir.",
            ],
            "bouton": "Annuler le saut",
            "url_action": request.path,
            "url_retour": retour,
            "champs": {"cle": nouvelle_cle(), "instantane": instantane.pk},
        },
    )


@session_requise
@require_safe
def cartes(request: Requete, cohort: Cohort) -> HttpResponse:
    """The seats' cards, A4, eight a page."""
    postes = list(Participant.objects.order_by("numero"))
    pdf = planche.produire(
        cohort,
        postes,
        adresse=url_participation(request, cohort),
        liens={poste.numero: url_participation(request, cohort, poste) for poste in postes},
    )
    return file_response(pdf, f"Cartes {cohort.code}.pdf", inline=True)


@session_requise
@require_safe
def projecteur(request: Requete, cohort: Cohort) -> HttpResponse:
    """Big screen: nobody's name, nothing of what people do."""
    url = url_participation(request, cohort)
    adresse = request.build_absolute_uri(reverse("formation:rejoindre"))
    donnees: dict[str, Any] = {
        "session": cohort,
        "date": cohort.simulated_now().astimezone(cohort.zone),
        "jour": cohort.jour,
        "horloge_libelle": ModeHorloge(cohort.horloge_mode).label,
        "en_cours": cohort.cible is not None,
        "rejoints": Participant.objects.filter(arrive_le__isnull=False).count(),
    }
    etat = f"{donnees['date']:%Y%m%d%H%M}-{donnees['rejoints']}-{cohort.horloge_mode}-{donnees['en_cours']}"
    donnees |= {"jeton": etat, "url_participation": url, "adresse": adresse.split("://", 1)[1].rstrip("/")}
    if request.htmx:  # type: ignore[attr-defined]
        if request.GET.get("jeton") == etat:
            return HttpResponse(status=204)
        return render(request, "formation/console/projecteur.html#direct", donnees)
    donnees["qr"] = qr.svg(url, f"QR code vers {url}")
    return render(request, "formation/console/projecteur.html", donnees)
