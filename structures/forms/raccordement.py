"""Forms of the domaine « Raccordements » (comptes-structures.md §9)."""

from typing import Any

from django import forms

from accounts.models import Compte
from sandbox.web.demandes import FormulaireDemande
from sandbox.web.forms import DateField, FichierField
from structures import queries
from structures.acces import droits_de
from structures.enums import Environnement, ModeRaccordement
from structures.models import ApplicationPiste, CompteTechnique, FicheRaccordement, Structure
from structures.permissions import Acte
from structures.raccordement import (
    ADRESSES_MAXIMUM,
    APIS,
    CODE_DU_PORTAIL,
    CODE_PARTENAIRE,
    INTERFACES,
    POUR_QUI,
    PROTOCOLES,
    adresses_ip,
    offertes,
)
from structures.services.comptes_techniques import login_de, prochain_numero
from structures.services.piste import NOM_MAXIMUM
from structures.services.raccordement import MOTIF_MAXIMUM

CERTIFICATS = (".pem", ".crt", ".cer")
CERTIFICAT_MAXIMUM = 64_000
_PEM, _DER, _PRIVEE = b"-----BEGIN CERTIFICATE-----", b"\x30\x82", b"PRIVATE KEY"


def _structures(acte: Acte, request: Any) -> Any:
    autorisees: Any = queries.autorisees(droits_de(request), acte)
    return autorisees.actives()


class StructureChoice(forms.ModelChoiceField):
    def label_from_instance(self, obj: Structure) -> str:
        return f"{obj.raison_sociale} ({obj.identifiant})"


class _SurUneStructure(FormulaireDemande):
    """« Choisir la structure », among those whose technical accounts this account manages."""

    relance = ("structure",)
    structure = StructureChoice(Structure.objects.none(), label="Choisir la structure", empty_label="Choisissez…")

    def composer(self) -> None:
        offertes_ici = list(_structures(Acte.GERER_COMPTES_TECHNIQUES, self.request))
        champ: Any = self.fields["structure"]
        champ.queryset = _structures(Acte.GERER_COMPTES_TECHNIQUES, self.request)
        if len(offertes_ici) == 1:
            champ.initial = offertes_ici[0].pk
        valeur = self.choix("structure")
        choisie = next((s for s in offertes_ici if str(s.pk) == valeur), None)
        if choisie is not None:
            self.suite(choisie)

    def suite(self, structure: Structure) -> None:
        """Add what depends on the structure."""


class CreationForm(_SurUneStructure):
    """« Création d'un compte technique » (§9.2)."""

    numero = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def suite(self, structure: Structure) -> None:
        numero = prochain_numero(structure)
        self.initial["numero"] = numero
        self.fields["structure"].help_text = f"Identifiant qui sera créé : {login_de(structure, numero)}"


class CompteTechniqueChoice(forms.ModelChoiceField):
    def label_from_instance(self, obj: CompteTechnique) -> str:
        return obj.compte.login_email


class ReinitialisationForm(_SurUneStructure):
    """« Réinitialisation du mot de passe d'un compte technique » (§9.2)."""

    def suite(self, structure: Structure) -> None:
        comptes = CompteTechnique.objects.filter(structure=structure).select_related("compte").order_by("numero")
        self.fields["compte_technique"] = CompteTechniqueChoice(
            comptes, label="Compte technique", empty_label="Choisissez…"
        )
        if not comptes:
            self.fields["compte_technique"].help_text = "Cette structure n'a aucun compte technique : créez-en un."


class ApplicationForm(forms.Form):
    """« Créer une application » on the simulated PISTE."""

    nom = forms.CharField(
        label="Nom de l'application", max_length=NOM_MAXIMUM, help_text="Celui de votre logiciel, par exemple."
    )


class CocherForm(forms.Form):
    """APIs that an application calls."""

    apis = forms.MultipleChoiceField(
        label="API appelées",
        required=False,
        choices=[(a.code, a.libelle) for a in APIS.values()],
        widget=forms.CheckboxSelectMultiple,
    )


class OuvrirFicheForm(forms.Form):
    """First page of a fiche: what the rest depends on."""

    structure = StructureChoice(Structure.objects.none(), label="Structure", empty_label="Choisissez…")
    mode = forms.ChoiceField(
        label="Mode",
        choices=[
            (ModeRaccordement.EDI, "EDI : échange de fichiers, pour de gros volumes"),
            (ModeRaccordement.API, "API : votre logiciel appelle le portail, facture par facture"),
        ],
        widget=forms.RadioSelect,
    )
    environnement = forms.ChoiceField(
        label="Environnement",
        choices=Environnement,
        widget=forms.RadioSelect,
        initial=Environnement.QUALIFICATION,
        help_text="D'abord la qualification ; la production ensuite.",
    )

    def __init__(self, *args: Any, request: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        champ: Any = self.fields["structure"]
        champ.queryset = _structures(Acte.GERER_RACCORDEMENT, request)
        uniques = list(champ.queryset[:2])
        if len(uniques) == 1:
            champ.initial = uniques[0].pk


def certificat_field(**kwargs: Any) -> FichierField:
    return FichierField(
        label="Certificat",
        extensions=CERTIFICATS,
        taille_max=CERTIFICAT_MAXIMUM,
        consigne="Le certificat public, jamais la clé privée",
        **kwargs,
    )


def lire_certificat(fichier: Any) -> tuple[str, bytes]:
    """Name and bytes of a file that looks like a certificate. Raises ``ValidationError``."""
    contenu = fichier.read()
    if _PRIVEE in contenu:
        raise forms.ValidationError(
            "Ce fichier contient une clé privée : elle ne doit jamais quitter votre serveur. Joignez le seul "
            "certificat, et considérez cette clé comme compromise."
        )
    if _PEM not in contenu and not contenu.startswith(_DER):
        raise forms.ValidationError(
            f"« {fichier.name[:80]} » n'est pas un certificat X.509 : un fichier PEM commence par "
            "« -----BEGIN CERTIFICATE----- »."
        )
    return str(fichier.name), contenu


class RenouvelerForm(forms.Form):
    """A new certificate, and its end."""

    certificat = certificat_field()
    certificat_fin = DateField(label="Fin de validité du certificat")

    def clean_certificat(self) -> tuple[str, bytes]:
        return lire_certificat(self.cleaned_data["certificat"])


class MotifForm(forms.Form):
    """Reason of a refusal, or nothing but the key of the form."""

    cle = forms.CharField(max_length=40, widget=forms.HiddenInput)
    motif = forms.CharField(
        label="Motif du refus",
        max_length=MOTIF_MAXIMUM,
        widget=forms.Textarea({"rows": 3}),
        help_text="Le demandeur le lira : dites ce qui ne va pas et ce qu'il doit corriger.",
    )


COMMUNS = (
    *("environnement", "contact_nom", "contact_email", "contact_telephone"),
    *("emetteur", "recepteur", "pour_qui", "flux"),
)
EDI = ("protocole", "adresses_ip", "certificat", "certificat_fin", "code_partenaire", "interfaces")
API = ("application", "compte_technique")


def _interfaces(sens: str) -> list[tuple[str, str]]:
    return [
        (i.code, f"{i.code} – {i.libelle} ({i.famille})" + (f", avec {i.accuse} (compte rendu)" if i.accuse else ""))
        for i in INTERFACES.values()
        if i.sens == sens
    ]


class FicheForm(forms.Form):
    """A draft: nothing is required here, sending it asks for everything (``structures.raccordement.manques``)."""

    contact_nom = forms.CharField(label="Nom du contact technique", max_length=120, required=False)
    contact_email = forms.EmailField(label="E-mail du contact technique", max_length=120, required=False)
    contact_telephone = forms.CharField(label="Téléphone du contact technique", max_length=30, required=False)
    environnement = forms.ChoiceField(label="Environnement", choices=Environnement, widget=forms.RadioSelect)
    emetteur = forms.BooleanField(label="Émetteur : la structure envoie", required=False)
    recepteur = forms.BooleanField(label="Récepteur : la structure reçoit", required=False)
    pour_qui = forms.ChoiceField(label="Pour qui", choices=POUR_QUI, widget=forms.RadioSelect, initial="PROPRE")
    protocole = forms.ChoiceField(
        label="Protocole",
        required=False,
        choices=[
            ("", "Choisissez…"),
            *((p.code, p.libelle + ("" if p.ouvert else " (indisponible ici)")) for p in PROTOCOLES.values()),
        ],
        help_text="Un seul par partenaire. Dans le bac à sable, seul SFTP fonctionne.",
    )
    adresses_ip = forms.CharField(
        label="Adresses IP",
        max_length=200,
        required=False,
        help_text=f"Celles d'où partiront vos échanges, séparées par des virgules ; {ADRESSES_MAXIMUM} au plus.",
    )
    certificat = certificat_field(required=False)
    certificat_fin = DateField(label="Fin de validité du certificat", required=False)
    code_partenaire = forms.CharField(
        label="Code application partenaire",
        max_length=10,
        required=False,
        help_text="Trois lettres et trois chiffres, par exemple ABC123. Il entre dans le nom de vos flux.",
    )
    interfaces = forms.MultipleChoiceField(
        label="Abonnements aux interfaces",
        required=False,
        choices=[
            ("Émission : partenaire → portail", _interfaces("EMISSION")),
            ("Réception : portail → partenaire", _interfaces("RECEPTION")),
        ],
        widget=forms.CheckboxSelectMultiple,
        help_text="Choisir une interface principale abonne aussi à son interface secondaire, le compte rendu.",
    )
    application: Any = forms.ModelChoiceField(
        ApplicationPiste.objects.none(), label="Application PISTE", required=False, empty_label="Choisissez…"
    )
    compte_technique = CompteTechniqueChoice(
        CompteTechnique.objects.none(), label="Compte technique", required=False, empty_label="Choisissez…"
    )
    flux = forms.MultipleChoiceField(
        label="Familles de flux",
        required=False,
        choices=[(f.code, f.libelle) for f in offertes()],
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, fiche: FicheRaccordement, compte: Compte, **kwargs: Any) -> None:
        champs = (*COMMUNS, *(EDI if fiche.mode == ModeRaccordement.EDI else API))
        if args and args[0] is None:
            kwargs["initial"] = {nom: getattr(fiche, nom) for nom in champs if nom != "certificat"}
        super().__init__(*args, **kwargs)
        for nom in set(self.fields) - set(champs):
            del self.fields[nom]
        if fiche.mode == ModeRaccordement.API:
            self._choix_api(fiche, compte)
        else:
            self.fields["flux"].help_text = "Celles de vos interfaces s'ajoutent d'elles-mêmes."

    def _choix_api(self, fiche: FicheRaccordement, compte: Compte) -> None:
        """Applications of this account, and the one that the fiche already names; accounts of the structure."""
        application: Any = self.fields["application"]
        application.queryset = (
            ApplicationPiste.objects.filter(compte=compte)
            | ApplicationPiste.objects.filter(pk=fiche.application_id or 0)
        ).order_by("environnement", "nom")
        application.label_from_instance = lambda a: f"{a.nom} ({a.get_environnement_display()})"
        technique: Any = self.fields["compte_technique"]
        technique.queryset = (
            CompteTechnique.objects.filter(structure=fiche.structure_id).select_related("compte").order_by("numero")
        )

    def clean_adresses_ip(self) -> str:
        bonnes, fausses = adresses_ip(self.cleaned_data["adresses_ip"])
        if fausses:
            raise forms.ValidationError(
                f"« {fausses[0][:45]} » n'est pas une adresse IP. Saisissez par exemple 203.0.113.10."
            )
        if len(bonnes) > ADRESSES_MAXIMUM:
            raise forms.ValidationError(f"{len(bonnes)} adresses saisies ; le maximum est de {ADRESSES_MAXIMUM}.")
        texte = ", ".join(bonnes)
        if len(texte) > 200:
            raise forms.ValidationError("Ces adresses sont trop longues ensemble : gardez-en moins.")
        return texte

    def clean_certificat(self) -> tuple[str, bytes] | None:
        fichier = self.cleaned_data["certificat"]
        return lire_certificat(fichier) if fichier else None

    def clean_code_partenaire(self) -> str:
        code: str = self.cleaned_data["code_partenaire"].strip().upper()
        if code and not CODE_PARTENAIRE.fullmatch(code):
            raise forms.ValidationError(
                f"« {code} » n'est pas un code application : trois lettres puis trois chiffres, par exemple ABC123."
            )
        if code == CODE_DU_PORTAIL:
            raise forms.ValidationError(
                f"{CODE_DU_PORTAIL} est le code du portail lui-même : demandez le vôtre au raccordement."
            )
        return code
